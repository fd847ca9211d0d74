"""What the data warns of, and who is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from evaluation.outcomes import actions, queries
from evaluation.outcomes.gate import before_closing
from lifecycle.attention import actions as attention
from lifecycle.attention.models import Flag
from partnerships import clock
from partnerships.access.actions import circle_for, circle_here
from partnerships.record.models import Partnership
from tests.factories import World, make_partnership

from .conftest import hours, in_days, record


@pytest.fixture
def running(db: None) -> World:
    """In implementation for a year."""
    world = make_partnership(broker=True, stage="implementation")
    Partnership.objects.filter(pk=world.partnership.pk).update(stage_since=in_days(-365))
    return world


def told(world: World) -> list[Any]:
    return queries.told_flags([world.partnership.pk])


def effort(world: World) -> list[Any]:
    return queries.effort_flags([world.partnership.pk])


def test_no_effect_that_cannot_be_counted_from_month_six_on(running: World) -> None:
    assert [f.code for f in told(running)] == ["nothing_uncounted"]
    Partnership.objects.filter(pk=running.partnership.pk).update(stage_since=in_days(-100))
    assert told(running) == []
    Partnership.objects.filter(pk=running.partnership.pk).update(stage="concluding")
    assert len(told(running)) == 1


@pytest.mark.parametrize("kind", ["told", "harm"])
def test_an_effect_that_is_told_clears_it_and_a_withdrawn_one_does_not(running: World, kind: str) -> None:
    outcome = record(running, kind=kind)
    assert told(running) == []
    actions.withdraw_outcome(outcome, by=running.ngo)
    assert len(told(running)) == 1


def test_what_only_some_may_read_is_not_told_by_a_missing_flag(running: World) -> None:
    place = running.ngo
    values = {"what": "x", "for_whom": "y", "how_known": "z", "since": in_days(-3)}
    actions.record_outcome(kind="told", by=place, circle=circle_here(place, "caucus"), values=values)
    assert len(told(running)) == 1


@pytest.mark.django_db
def test_what_a_body_tells_the_partners_counts() -> None:
    world = make_partnership(community=True, authority=True, stage="implementation")
    Partnership.objects.filter(pk=world.partnership.pk).update(stage_since=in_days(-365))
    place = world.community
    values = {"what": "x", "for_whom": "y", "how_known": "z", "since": in_days(-3)}

    def tell(*names: str) -> None:
        circle = circle_for(world.partnership, "chosen", parties=[place.own_party, *map(world.party, names)])
        outcome = actions.record_outcome(kind="told", by=place, circle=circle, values=values)
        actions.voice(outcome, stance="confirmed", words="", seen=1, by=world.ngo)

    tell("ngo")
    assert (len(told(world)), before_closing(world.ngo)[0].met) == (1, False)
    tell("ngo", "company")
    assert (told(world), before_closing(world.ngo)[0].met) == ([], True)


def test_coordination_over_thirty_per_cent_after_month_six_is_its_own_sides_alone(running: World) -> None:
    hours(running, day=in_days(-360), c=90, d=10)
    assert effort(running) == [], "of the first six months nothing is said"
    hours(running, day=in_days(-70), c=30, d=70)
    assert effort(running) == [], "thirty is not over thirty"
    hours(running, day=in_days(-35), c=10, d=0)
    (flag,) = effort(running)
    assert (flag.code, flag.party_id, flag.is_private, flag.inputs) == (
        "coordination_heavy", running.party("ngo").pk, True, {"percent": 36},
    )  # fmt: skip
    attention.sweep()
    with clock.at(clock.now() + timedelta(days=60)):
        seen = {name: Flag.objects.visible_to(running.place(name)).filter(code="coordination_heavy").exists()
                for name in ("ngo", "company", "broker")}  # fmt: skip
    assert seen == {"ngo": True, "company": False, "broker": False}


def test_two_statements_a_batch_however_many(running: World, django_assert_num_queries: Any) -> None:
    other = make_partnership(stage="implementation")
    Partnership.objects.filter(pk=other.partnership.pk).update(stage_since=in_days(-365))
    ids = [running.partnership.pk, other.partnership.pk]
    for world in (running, other):
        hours(world, day=in_days(-35), c=10, d=0)
    with django_assert_num_queries(2):
        assert len(queries.told_flags(ids)) == 2
    with django_assert_num_queries(2):
        assert len(queries.effort_flags(ids)) == 2


def test_the_record_closes_on_a_told_change_that_another_partner_sees_too(running: World) -> None:
    def condition() -> Any:
        (found,) = before_closing(running.broker)
        return found

    assert not condition().met
    assert condition().facts == "Nobody has written it."
    record(running, kind="harm")
    outcome = record(running)
    assert "not confirmed" in condition().facts
    assert not condition().met
    actions.voice(outcome, stance="different", words="No", seen=1, by=running.company)
    assert not condition().met
    actions.voice(outcome, stance="confirmed", words="", seen=1, by=running.company)
    assert condition().met
    assert condition().waiting_for == ()
    values = {"what": "Anew", "for_whom": "y", "how_known": "z", "since": in_days(-3)}
    actions.reword_outcome(outcome, by=running.ngo, values=values, seen=1)
    assert not condition().met, "said to other words"
