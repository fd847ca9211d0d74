"""Communication's flags: raised for what is missing or late, in implementation, and never for what is private."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from lifecycle.attention import registry
from lifecycle.communication import actions, flags, planning
from partnerships import clock
from partnerships.record.models import Partnership
from tests.factories import World, make_partnership

from .conftest import NOW, approve_everything
from .test_planning import entry


def at_work(world: World) -> World:
    Partnership.objects.filter(pk=world.partnership.pk).update(stage="implementation", stage_since=date(2026, 11, 23))
    return world


def codes(world: World, days: int = 0) -> dict[tuple[str, int | None], bool]:
    with clock.at(NOW + timedelta(days=days)):
        mine = {
            "not_media_ready", "late_media_answer", "staff_uninformed", "no_local_contact", "constituents_unserved"
        }  # fmt: skip
        return {(r.code, r.party_id): r.high for r in registry.raised([world.partnership.pk]) if r.code in mine}


def test_work_without_the_texts_is_flagged_until_they_are_approved(world: World) -> None:
    assert ("not_media_ready", None) not in codes(world), "not before work starts"
    at_work(world)
    assert codes(world)["not_media_ready", None]
    approve_everything(world)
    assert ("not_media_ready", None) not in codes(world)


def test_a_late_answer_to_the_media(world: World) -> None:
    row = actions.report_call(by=world.ngo, outlet="Radio", called_at=NOW)
    assert ("late_media_answer", None) not in codes(world)
    assert codes(world, days=1)["late_media_answer", None]
    actions.take_step(row, "answer", by=world.ngo)
    assert ("late_media_answer", None) not in codes(world, days=1)


def test_staff_that_hears_nothing_flags_its_own_partner(world: World) -> None:
    at_work(world)
    actions.brief_staff(by=world.ngo, covers="both", held_on=date(2026, 11, 23))
    with clock.at(NOW + timedelta(days=40)):
        actions.brief_staff(by=world.ngo, covers="head", held_on=date(2027, 1, 2))
    found = codes(world, days=70)
    assert ("staff_uninformed", world.party("company").pk) in found
    assert ("staff_uninformed", world.party("ngo").pk) not in found


def test_a_question_kept_on_the_own_side_raises_nothing(world: World) -> None:
    row = actions.note_question(topic="Dust", text="", asked_on=date(2026, 11, 20), by=world.ngo)
    own = ("staff_uninformed", world.party("ngo").pk)
    assert own not in codes(world, days=50)
    actions.ask_for_help(row, by=world.ngo)
    assert own in codes(world, days=50)


def test_no_local_contact_warns_and_then_is_high(world: World) -> None:
    at_work(world)
    planning.start_with_the_first(by=world.ngo)
    assert ("no_local_contact", None) not in codes(world, days=30)
    assert codes(world, days=31)["no_local_contact", None] is False
    assert codes(world, days=61)["no_local_contact", None] is True
    with clock.at(NOW + timedelta(days=60)):
        row = entry(world, "communities")
        actions.log_contact(by=world.ngo, who="Assembly", held_on=date(2027, 1, 20), entry=row)
    assert ("no_local_contact", None) not in codes(world, days=61)


def test_nothing_for_the_others_constituents(world: World) -> None:
    at_work(world)
    planning.add_from_catalogue([("constituents", world.party("ngo"))], by=world.ngo)
    assert ("constituents_unserved", None) in codes(world)
    planning.add_from_catalogue([("constituents", world.party("company"))], by=world.ngo)
    assert ("constituents_unserved", None) not in codes(world)


@pytest.mark.parametrize(
    "batch",
    [flags.media_flags, flags.call_flags, flags.staff_flags, flags.question_flags, flags.local_flags,
     flags.constituent_flags],
)  # fmt: skip
def test_two_queries_however_many_partnerships(
    db: None, now: Any, django_assert_max_num_queries: Any, batch: Any
) -> None:
    ids = [at_work(make_partnership()).partnership.pk for _ in range(3)]
    with django_assert_max_num_queries(2):
        batch(ids)
