"""What happened stays: the database itself refuses."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from partnerships.history import triggers
from partnerships.history.actions import log
from partnerships.history.models import Act
from tests.factories import make_partnership

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("verb", ["UPDATE {t} SET kind = 'x'", "DELETE FROM {t}", "TRUNCATE {t} CASCADE"])
def test_no_act_can_be_changed_or_taken_away(verb: str) -> None:
    if verb.startswith("TRUNCATE") and connection.vendor != "postgresql":
        verb = "DELETE FROM {t} WHERE 1 = 1"
    world = make_partnership()
    log("record.opened", by=world.ngo)
    with pytest.raises(DatabaseError, match=triggers.REFUSAL), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb.format(t=Act._meta.db_table))
    assert Act.objects.of(world.partnership).exists()


def test_every_append_only_table_is_guarded() -> None:
    assert Act in triggers.append_only
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT event_object_table FROM information_schema.triggers")
        guarded = {row[0] for row in cursor.fetchall()}
    assert {m._meta.db_table for m in triggers.append_only} <= guarded


def test_an_act_holds_no_content() -> None:
    from django.db import models

    texts = [f.name for f in Act._meta.get_fields() if isinstance(f, models.CharField | models.TextField)]
    assert set(texts) == {"kind", "model", "object_public_id"}


def test_even_the_fact_of_a_private_act_stays_private() -> None:
    from partnerships.record import actions

    world = make_partnership(broker=True)
    assert world.ngo.seat is not None
    actions.save_handover(world.ngo.seat, by=world.ngo, texts={"who": "x"}, finished=True)
    assert Act.objects.visible_to(world.ngo.user).filter(kind="record.handed_over").exists()
    for side in ("company", "broker"):
        assert not Act.objects.visible_to(world.place(side).user).filter(kind="record.handed_over").exists()
