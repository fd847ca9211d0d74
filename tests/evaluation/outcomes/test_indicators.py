"""Indicators: set, measured by hand and from a file, corrected with what was there before, withdrawn."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluation.outcomes import actions, queries
from evaluation.outcomes.models import IndicatorChange, Measurement, MeasurementChange
from evaluation.outcomes.queries.indicators import withdrawn_values
from evaluation.outcomes.sheets import Value
from evaluation.outcomes.states import Pace
from partnerships.history.models import Act
from partnerships.work.models import WorkItem
from tests.factories import World

from .conftest import in_days, record, set_indicator


def rows(world: World, who: str) -> list[queries.IndicatorRow]:
    return queries.indicator_rows(world.place(who))


def test_an_indicator_goes_from_its_baseline_to_its_target(world: World) -> None:
    wells = set_indicator(world)
    actions.measure(wells, by=world.ngo, on=in_days(-200), measured=Decimal(35), source="Count")
    actions.measure(wells, by=world.company, on=in_days(-20), measured=Decimal(50))
    (row,) = rows(world, "broker")
    assert (row.progress.pace, row.progress.percent) == (Pace.ON_THE_WAY, Decimal(50))
    assert [v.measured for v in row.values] == [35, 50]
    assert rows(world, "community") == [], "shown to the partners"
    assert rows(world, "authority") == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"baseline_on": None}, "baseline_on"),
        ({"baseline": None}, "baseline"),
        ({"target": Decimal(10)}, "target"),
        ({"direction": "less"}, "target"),
        ({"target": None}, "target"),
        ({"frequency": "at_end", "target": None, "target_on": None}, "target_on"),
        ({"baseline_on": in_days(5)}, "baseline_on"),
        ({"target_on": in_days(-400)}, "target_on"),
        ({"target_on": in_days(-500)}, "target_on"),
    ],
)
def test_what_no_value_could_mend_is_refused_at_its_field(world: World, values: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        set_indicator(world, **values)
    assert field in refused.value.message_dict


def test_a_change_puts_no_target_before_its_baseline(world: World) -> None:
    wells = set_indicator(world)
    with pytest.raises(ValidationError) as refused:
        actions.change_indicator(wells, by=world.ngo, values={"target_on": in_days(-401)}, seen=1, why="Sooner")
    assert refused.value.message_dict == {"target_on": ["The day of the target comes after the day of the baseline."]}


def test_who_measures_must_be_able_to_read(world: World) -> None:
    community = world.party("community")
    with pytest.raises(ValidationError) as refused:
        set_indicator(world, measured_by=community)
    assert "measured_by" in refused.value.message_dict
    wells = set_indicator(world, measured_by=community, circle="all")
    actions.measure(wells, by=world.community, on=in_days(-1), measured=Decimal(30))
    (row,) = rows(world, "authority")
    assert row.last is not None
    assert row.last.party_id == community.pk
    with pytest.raises(ValidationError):
        actions.measure(wells, by=world.authority, on=in_days(-2), measured=Decimal(30))


def test_one_value_a_day_and_none_of_tomorrow(world: World) -> None:
    wells = set_indicator(world)
    actions.measure(wells, by=world.ngo, on=in_days(-3), measured=Decimal(30))
    with pytest.raises(ValidationError) as refused:
        actions.measure(wells, by=world.company, on=in_days(-3), measured=Decimal(31))
    assert "on" in refused.value.message_dict
    with pytest.raises(ValidationError):
        actions.measure(wells, by=world.ngo, on=in_days(3), measured=Decimal(31))
    assert Measurement.objects.of(world.partnership).count() == 1


def test_a_correction_keeps_what_was_there_and_why_and_is_refused_when_stale(world: World) -> None:
    wells = set_indicator(world)
    value = actions.measure(wells, by=world.ngo, on=in_days(-3), measured=Decimal(30), source="Survey")
    said = {"on": in_days(-4), "source": "Survey", "note": "", "why": "Two villages counted twice"}
    actions.correct(value, by=world.ngo, measured=Decimal(28), seen=1, **said)
    with pytest.raises(ValidationError) as refused:
        actions.correct(value, by=world.colleague("ngo"), measured=Decimal(99), seen=1, **said)
    assert refused.value.code == "stale"
    (row,) = rows(world, "company")
    assert row.last is not None
    assert (row.last.measured, row.last.on) == (28, in_days(-4))
    change = MeasurementChange.objects.visible_to(world.company).get()
    assert (change.was, change.was_on, change.why) == (30, in_days(-3), "Two villages counted twice")
    assert not MeasurementChange.objects.visible_to(world.community).exists()


def test_a_withdrawn_value_leaves_the_line_and_the_fact_remains(world: World) -> None:
    wells = set_indicator(world)
    value = actions.measure(wells, by=world.ngo, on=in_days(-3), measured=Decimal(30))
    with pytest.raises(ValidationError):
        actions.withdraw_measurement(value, by=world.company)
    actions.withdraw_measurement(value, by=world.ngo)
    (row,) = rows(world, "company")
    assert row.last is None
    assert [(w.party, w.count) for w in withdrawn_values(world.company, wells)] == [(world.party("ngo"), 1)]
    assert Act.objects.filter(kind="outcomes.measured_out", partnership=world.partnership).exists()
    actions.measure(wells, by=world.ngo, on=in_days(-3), measured=Decimal(31))


def test_a_target_that_moves_is_seen_to_have_moved(world: World) -> None:
    wells = set_indicator(world)
    with pytest.raises(ValidationError) as refused:
        actions.change_indicator(wells, by=world.company, values={"target": Decimal(60)}, seen=1, why=" ")
    assert "why" in refused.value.message_dict
    actions.change_indicator(wells, by=world.company, values={"target": Decimal(60)}, seen=1, why="One valley less")
    with pytest.raises(ValidationError) as stale:
        actions.change_indicator(wells, by=world.ngo, values={"target": Decimal(70)}, seen=1, why="More")
    assert stale.value.code == "stale"
    change = IndicatorChange.objects.visible_to(world.ngo).get()
    assert (change.field, change.was, change.why) == ("target", "80", "One valley less")
    actions.change_indicator(wells, by=world.ngo, values={"target": Decimal("60.000")}, seen=2, why="")
    assert IndicatorChange.objects.visible_to(world.ngo).count() == 1, "nothing changed"
    by = world.company
    by.user.language = "fr"
    assert actions.change_indicator(wells, by=by, values={"target": Decimal(50)}, seen=2, why="Moins").language == "en"
    assert actions.change_indicator(wells, by=by, values={"name": "Puits"}, seen=3, why="En clair").language == "fr"


def test_an_indicator_goes_only_without_an_outcome_on_it(world: World) -> None:
    wells = set_indicator(world)
    outcome = record(world, kind="counted", indicator=wells)
    with pytest.raises(ValidationError, match="outcome stands"):
        actions.withdraw_indicator(wells, by=world.ngo)
    actions.withdraw_outcome(outcome, by=world.ngo)
    with pytest.raises(ValidationError):
        actions.withdraw_indicator(wells, by=world.company)
    actions.withdraw_indicator(wells, by=world.ngo)
    assert rows(world, "company") == []


# Whom it waits for ----------------------------------------------------------------------------------------------------
def waits(world: World) -> dict[int, Any]:
    open_ = WorkItem.objects.filter(partnership=world.partnership, kind="outcomes.measure", closed_at=None)
    return {item.party_id: item.due_on for item in open_}


def test_each_side_has_one_item_due_with_its_first_indicator(world: World) -> None:
    ngo, company = world.party("ngo").pk, world.party("company").pk
    first = set_indicator(world, baseline_on=in_days(-100), frequency="yearly")
    set_indicator(world, name="Dust", baseline_on=in_days(-100), frequency="quarterly")
    set_indicator(world, "company", name="Noise", baseline_on=in_days(-100), frequency="at_end")
    due = waits(world)
    assert set(due) == {ngo, company}
    assert due[company] == in_days(400)
    assert in_days(-11) < due[ngo] < in_days(-5)
    dust = queries.indicator_rows(world.ngo)[1].indicator
    actions.measure(dust, by=world.company, on=in_days(-1), measured=Decimal(3))
    assert waits(world)[ngo] > in_days(85)
    actions.withdraw_indicator(dust, by=world.ngo)
    assert waits(world)[ngo] == queries.indicator_rows(world.ngo)[0].due_on
    actions.withdraw_indicator(first, by=world.ngo)
    assert set(waits(world)) == {company}


# From a file ----------------------------------------------------------------------------------------------------------
def values(indicator: Any, count: int) -> list[Value]:
    return [Value(n + 2, indicator.pk, in_days(-n - 1), Decimal(n), "File") for n in range(count)]


def test_a_file_twice_adds_nothing(world: World) -> None:
    wells = set_indicator(world)
    assert actions.take_in(values(wells, 3), by=world.ngo) == 3
    assert actions.take_in(values(wells, 4), by=world.ngo) == 1
    assert actions.take_in(values(wells, 4), by=world.company) == 0
    assert Act.objects.filter(kind="outcomes.imported", partnership=world.partnership).count() == 2


def test_only_what_one_may_measure_comes_in(world: World) -> None:
    hidden, open_ = set_indicator(world), set_indicator(world, name="Noise", circle="all")
    assert actions.take_in(values(hidden, 2), by=world.community) == 0
    assert actions.take_in(values(open_, 2), by=world.community) == 0, "read, and not measured by them"


def test_a_thousand_rows_take_as_many_statements_as_one(world: World) -> None:
    wells, dust = set_indicator(world), set_indicator(world, name="Dust")

    def statements(count: int, indicator: Any) -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert actions.take_in(values(indicator, count), by=world.ngo) == count
        # A database takes so many values in one statement: inserts are counted once.
        return len({q["sql"][:60] for q in asked.captured_queries})

    assert statements(1000, dust) == statements(1, wells)


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_takes_two_queries(world: World, count: int, django_assert_num_queries: Any) -> None:
    for number in range(count):
        one = set_indicator(world, name=f"Wells {number}")
        actions.take_in(values(one, count), by=world.ngo)
    place = world.company
    with django_assert_num_queries(2):
        assert len(queries.indicator_rows(place)) == count


def test_that_a_file_was_taken_in_is_told_to_those_who_read_what_was_in_it(world: World) -> None:
    hidden, open_ = set_indicator(world), set_indicator(world, name="Noise", circle="all")
    actions.take_in([*values(hidden, 2), *values(open_, 2)], by=world.ngo)
    acts = Act.objects.filter(kind="outcomes.imported", partnership=world.partnership)
    assert {act.circle_id for act in acts} == {hidden.circle_id, open_.circle_id}
    assert acts.visible_to(world.community.user).count() == 1
