"""What a report is given: plain values, and nothing but what its reader may see."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from evaluation.outcomes import actions, queries
from evaluation.outcomes.queries.reading import OutcomesRead
from partnerships import clock
from partnerships.access.actions import open_release
from tests.factories import World

from .conftest import cost, got, hours, in_days, record, set_indicator
from .test_effort import last_quarter


def fill(world: World) -> None:
    wells = set_indicator(world)
    set_indicator(world, name="Noise", circle="all", baseline=None, baseline_on=None, baseline_source="")
    actions.measure(wells, by=world.ngo, on=in_days(-5), measured=Decimal("50.50"), source="Count")
    told = record(world)
    actions.voice(told, stance="different", words="Only some", seen=1, by=world.company)
    record(world, kind="harm", what="Dust", circle="all")
    got(world, words="Seen by us alone")
    hours(world, day=last_quarter(), c=10, d=30)
    cost(world, on=last_quarter())


def side(read: OutcomesRead, world: World, name: str) -> Any:
    return next(s for s in read.sides if s.party == world.party(name).public_id)


def test_each_reader_gets_what_it_may_see(world: World) -> None:
    fill(world)
    read = {name: queries.read(world.place(name)) for name in ("ngo", "company", "broker", "community")}
    assert [len(read[name].indicators) for name in read] == [2, 2, 2, 1]
    assert [len(read[name].told) for name in read] == [1, 1, 1, 0]
    assert [len(read[name].harm) for name in read] == [1, 1, 1, 1]
    wells = read["broker"].indicators[0]
    assert (wells.values[0].value, wells.pace, wells.percent) == ("50.5", "on_the_way", "50.8")
    assert (wells.baseline, wells.target, wells.circle) == ("20", "80", "partners")
    told = read["broker"].told[0]
    assert (told.is_confirmed, [(v.stance, v.words) for v in told.voices]) == (False, [("different", "Only some")])
    own = side(read["ngo"], world, "ngo")
    assert (own.hours, own.coordination_percent, [c.amount for c in own.costs]) == ("40", "25.0", ["500.00"])
    assert [v.words for v in own.values] == ["Seen by us alone"]
    for name in ("company", "broker", "community"):
        theirs = side(read[name], world, "ngo")
        assert (theirs.hours, theirs.costs, theirs.values, theirs.coordination_percent) == (None, [], [], None)


def test_it_is_plain_and_goes_through_json(world: World) -> None:
    fill(world)
    data = queries.read(world.ngo).as_data()
    assert json.loads(json.dumps(data)) == data


def test_for_a_paper_that_others_read_the_own_side_is_what_every_other_partner_opened(three: World) -> None:
    fill(three)
    (entry,) = queries.values_by_party(three.ngo)[three.party("ngo").pk]
    value = actions.show_values([entry], to="partners", by=three.ngo)
    effort = actions.show_effort(last_quarter(), to="partners", by=three.ngo)

    readers = [three.ngo, three.company, three.third]

    def all_read(item: Any) -> bool:
        return all(type(item).objects.visible_to(reader).filter(pk=item.pk).exists() for reader in readers)

    def own() -> Any:
        return side(queries.read(three.ngo, reads=all_read), three, "ngo")

    assert (own().values, own().hours, own().costs) == ([], None, [])
    for bundle in (value, effort):
        open_release(bundle, by=three.company)
    assert (own().values, own().hours) == ([], None), "the third has opened nothing"
    for bundle in (value, effort):
        open_release(bundle, by=three.third)
    assert (len(own().values), own().hours, len(own().costs)) == (1, "40", 1)
    theirs = side(queries.read(three.company, reads=all_read), three, "ngo")
    assert theirs.hours == "40", "the same paper, whichever partner makes it"


@pytest.mark.parametrize("count", [1, 3])
def test_all_of_it_takes_as_many_queries_for_three_as_for_one(
    world: World, count: int, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        fill_once = set_indicator(world)
        actions.measure(fill_once, by=world.ngo, on=in_days(-5), measured=Decimal(1))
        record(world)
        got(world)
    place = world.ngo
    with django_assert_num_queries(8):
        queries.read(place)


def test_who_left_reads_what_was_said_of_a_change_until_then(three: World) -> None:
    told = record(three)
    party = three.party("third")
    actions.voice(told, stance="different", words="Before", seen=1, by=three.third)
    with clock.at(clock.now() + timedelta(days=1)):
        party.left_on, party.left_at = clock.today(), clock.now()
        party.save()
    with clock.at(clock.now() + timedelta(days=2)):
        actions.voice(told, stance="different", words="Afterwards", seen=1, by=three.company)
        (row,) = queries.outcome_rows(three.third)
        assert [said.voice.words for said in row.voices] == ["Before"]
        (row,) = queries.outcome_rows(three.ngo)
        assert len(row.voices) == 2
