"""What an earlier release left is taken over by this one: restored as it was, migrated, and gone through."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from config.backup.archive import reading
from config.backup.rows import known, last_steps
from tests.config.backup.installation import RELEASES, SERVER, Installation

pytestmark = pytest.mark.slow
ARCHIVES = sorted(RELEASES.glob("*.zip"))


def test_there_is_one_to_begin_with() -> None:
    assert [path.stem for path in ARCHIVES][:1] == ["0.1.0"]


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda path: str(path.stem))
def test_a_release_is_taken_over(archive: Path, tmp_path: Path) -> None:
    place = Installation(tmp_path, SERVER)
    try:
        said = place.restore(archive)
        with reading(archive) as read:
            made = read.manifest
        assert f"{made.rows_of('partnerships.partnership')} partnerships" in said
        seen = json.loads(place.run("-c", GO_THROUGH, DEBUG="1"))
        assert {tuple(step) for step in seen["migrations"]} >= set(last_steps(known()))
        assert seen["append_only"]
        assert seen["partnerships"] == made.rows_of("partnerships.partnership")
        assert seen["pages"] > 60
        assert seen["failed"] == []
    finally:
        place.close()


#: Every record through the eyes of one who sits in it: its page, and each page of the record that this one links to.
GO_THROUGH = """
import django, json, os, re, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()
from django.db import DatabaseError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from partnerships.history.models import Act
from partnerships.record.models import Partnership, Seat

pages, failed = 0, []
for record in Partnership.objects.order_by("pk"):
    seat = Seat.objects.filter(party__partnership=record, party__left_on=None, ended_on=None).order_by("pk").first()
    if seat is None:
        continue
    client = Client()
    client.force_login(seat.membership.user, backend="django.contrib.auth.backends.ModelBackend")
    first = f"/p/{record.public_id}/"
    linked = set(re.findall(rf'href="({first}[^"#?]*)"', client.get(first, follow=True).content.decode()))
    for address in ["/", first, *sorted(linked)]:
        pages += 1
        status = client.get(address, follow=True).status_code
        if status != 200:
            failed.append([address, status])
try:
    with transaction.atomic():
        Act.objects.update(kind="another")
    append_only = False
except DatabaseError:
    append_only = True
print(json.dumps({
    "pages": pages, "failed": failed, "append_only": append_only, "partnerships": Partnership.objects.count(),
    "migrations": list(MigrationRecorder(connection).applied_migrations()),
}))
"""
