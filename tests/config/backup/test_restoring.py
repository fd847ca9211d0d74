"""Backing up, wrecking and restoring whole installations with the operator's commands, on both engines."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from config.backup.archive import MANIFEST

from .conftest import New
from .installation import RELEASES, ROOT, SERVER, Installation

pytestmark = pytest.mark.slow
RELEASE = RELEASES / "0.1.0.zip"


@pytest.fixture(scope="module")
def home(new: New) -> Installation:
    """The demo world, on the suite's engine."""
    made = new(SERVER)
    made.restore(RELEASE)
    return made


@pytest.fixture(scope="module")
def archive(home: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archives")
    said = home.backup(folder)
    assert "who has this file can read everything" in said
    (path,) = folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return path


def test_everything_is_wrecked_and_comes_back(home: Installation, archive: Path) -> None:
    before = home.content()
    assert len(before["rows"]) > 5000
    assert len(before["files"]) > 8
    home.wreck()
    said = home.restore(archive)
    after = home.content()
    assert after["files"] == before["files"]
    assert after["rows"] == before["rows"]
    assert "Restored, and compared row by row: 12 partnerships" in said
    assert "The keys open all" in said
    assert {stat.S_IMODE(path.stat().st_mode) for path in (home.var / "keys").iterdir()} == {0o600}


@pytest.mark.skipif(not SERVER, reason="the suite runs on SQLite: the other engine's run does this")
def test_from_one_engine_to_the_other_and_back(home: Installation, archive: Path, new: New, tmp_path: Path) -> None:
    """The office that outgrew its laptop, and the laptop that takes a server's archive for a test."""
    laptop = new()
    laptop.restore(archive)
    assert laptop.content() == home.content()
    laptop.backup(tmp_path / "laptop.zip")
    server = new(SERVER)
    server.restore(tmp_path / "laptop.zip")
    assert server.content() == home.content()


def tampered(archive: Path, target: Path, label: str, change: Any, without: tuple[str, ...] = ()) -> Path:
    """An archive whose hashes are right and whose rows are others; perhaps of before some migrations."""
    import hashlib

    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(target, "w") as made:
        manifest = json.loads(old.read(MANIFEST))
        member = manifest["tables"][label]["member"]
        rows = [json.loads(line) for line in old.read(member).splitlines()]
        change(rows, manifest["tables"][label]["columns"])
        manifest["migrations"] = [step for step in manifest["migrations"] if step[1] not in without]
        content = "".join(json.dumps(row) + "\n" for row in rows).encode()
        manifest["tables"][label]["rows"] = len(rows)
        manifest["members"][member] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name in old.namelist():
            made.writestr(name, {member: content, MANIFEST: json.dumps(manifest).encode()}.get(name, old.read(name)))
    return target


def test_what_is_there_stays_as_it_is_when_a_restore_fails(home: Installation, archive: Path, tmp_path: Path) -> None:
    before = home.content()
    said = home.restore(archive, code=1)
    assert "There is data here" in said
    assert "Nothing was changed" in said

    def point_nowhere(rows: list[list[Any]], columns: list[str]) -> None:
        rows[0][columns.index("organisation_id")] = 999_999

    broken = tampered(archive, tmp_path / "broken.zip", "partnerships.membership", point_nowhere)
    said = home.restore(broken, "--over", code=1)
    assert "The database is as it was" in said
    assert "Traceback" not in said
    damaged = bytearray(archive.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / "damaged.zip").write_bytes(damaged)
    assert "Traceback" not in home.restore(tmp_path / "damaged.zip", "--over", code=1)
    assert home.content() == before


@pytest.mark.embedded
def test_an_older_archive_is_brought_up_by_the_migrations_that_came_since(new: New, tmp_path: Path) -> None:
    def without_the_moment_of_leaving(rows: list[list[Any]], columns: list[str]) -> None:
        place = columns.index("left_at")
        columns.pop(place)
        for row in rows:
            row.pop(place)
        rows[0][columns.index("left_on")] = "2026-05-01"

    older = tampered(
        RELEASE, tmp_path / "older.zip", "partnerships.party", without_the_moment_of_leaving, ("0003_party_left_at",)
    )
    place = new()
    assert re.search(r"Brought up to this release by [1-9]\d* migrations", place.restore(older))
    parties = [fields for (model, _), fields in place.content()["rows"].items() if model == "partnerships.party"]
    left = [fields["left_at"] for fields in parties if fields["left_on"] == "2026-05-01"]
    assert left == ["2026-05-02T00:00:00Z"]


def test_over_what_is_there_its_own_files_go_too(home: Installation, archive: Path) -> None:
    wanted = home.content()
    home.run("-c", DELETE_AND_ADD)
    assert home.content() != wanted
    # Where the keys are not those that answers were sealed with, that is said, and the keys of this place stay.
    said = home.restore(archive, "--over", "--without-keys", SEAL_KEYS=Fernet.generate_key().decode())
    assert "4 of 4 sealed answers open with no key here" in said
    assert "1 files of the former data were removed" in said
    assert home.content() == wanted


DELETE_AND_ADD = """
import django, os
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()
from django.core.files.base import ContentFile
from partnerships.documents.models import Document
from partnerships.notices.models import Notice
Notice.objects.all().delete()
document = Document.objects.filter(file__gt="").first()
document.pk = None
document.public_id = "later"
document.file.save("", ContentFile(b"made after the backup"), save=True)
"""


def test_people_go_on_writing_while_it_reads_one_moment(home: Installation) -> None:
    assert home.run("-c", SNAPSHOT).split() == ["kept", "kept", "written"]


SNAPSHOT = """
import django, os, threading
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()
from django.db import connection
from config.backup.making import snapshot
from partnerships.people.models import User

User.objects.filter(pk=1).update(name="kept")
def write():
    User.objects.filter(pk=1).update(name="written")
    connection.close()
with snapshot():
    print(User.objects.get(pk=1).name)
    other = threading.Thread(target=write)
    other.start()
    other.join(15)
    assert not other.is_alive()
    print(User.objects.get(pk=1).name)
print(User.objects.get(pk=1).name)
"""


@pytest.mark.embedded
def test_not_beside_a_running_start(home: Installation, archive: Path, tmp_path: Path) -> None:
    import fcntl

    (tmp_path / "var").mkdir()
    empty = Installation(tmp_path)
    with (tmp_path / "var" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "is running on" in empty.restore(archive, code=1)
    assert not (tmp_path / "var" / "db.sqlite3").exists()


@pytest.mark.skipif(not SERVER, reason="a server's matter")
def test_not_while_others_are_connected_to_the_server(home: Installation, archive: Path) -> None:
    import psycopg2

    other = psycopg2.connect(home.url)
    try:
        assert "1 other connections" in home.restore(archive, "--over", code=1)
    finally:
        other.close()


@pytest.mark.embedded
def test_keys_under_a_passphrase_or_left_out(home: Installation, tmp_path: Path) -> None:
    phrase = tmp_path / "phrase"
    phrase.write_text("three brown goats\n")
    assert "are encrypted" in home.backup(tmp_path / "locked.zip", "--passphrase-file", str(phrase))
    assert "NOT in it" in home.backup(tmp_path / "none.zip", "--without-keys")
    seal = (home.var / "keys" / "seal").read_bytes().strip()
    for name in ("locked.zip", "none.zip"):
        with zipfile.ZipFile(tmp_path / name) as package:
            assert not any(seal in package.read(member) for member in package.namelist())
    other = Installation(tmp_path / "other")
    other.var.mkdir(parents=True)
    assert "give the passphrase" in other.restore(tmp_path / "locked.zip", code=1)
    said = other.restore(tmp_path / "locked.zip", "--print-keys", code=1, BACKUP_PASSPHRASE="two brown goats")
    assert "not the passphrase" in said
    assert not (other.var / "db.sqlite3").exists()
    said = other.restore(tmp_path / "locked.zip", "--print-keys", BACKUP_PASSPHRASE="three brown goats")
    assert f"SEAL_KEYS={seal.decode()}" in said


@pytest.mark.embedded
def test_a_folder_keeps_the_newest(home: Installation, tmp_path: Path) -> None:
    (tmp_path / "common-ground-20250101-020000.zip").touch()
    home.backup(tmp_path, "--keep", "1")
    (kept,) = tmp_path.iterdir()
    assert "2025" not in kept.name
    assert "Every hash is right" in home.restore(kept, "--check")
    assert "is there already" in home.backup(kept, code=1)


@pytest.mark.embedded
def test_the_scripts_find_their_way(home: Installation, tmp_path: Path) -> None:
    """As an operator calls them, from anywhere, with the clone's own Python."""
    clone = tmp_path / "clone"
    shutil.copytree(ROOT / "bin", clone / "bin")
    (clone / ".venv").symlink_to(sys.prefix)
    for script in ("backup", "restore"):
        done = subprocess.run(
            [clone / "bin" / script, "--help"],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert f"usage: bin/{script}" in done.stdout
