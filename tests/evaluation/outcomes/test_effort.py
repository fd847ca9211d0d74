"""Value, hours and cost: a side's own until shown, never one figure, and never a person to the others."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError

from evaluation.outcomes import actions, queries
from evaluation.outcomes.counting import quarter_of
from evaluation.outcomes.forms.fields import currency
from evaluation.outcomes.models import CostEntry, EffortStatement, HourEntry, StatedCost, ValueEntry
from evaluation.outcomes.queries import SideMeter
from partnerships import clock
from partnerships.access.actions import open_release, recall
from partnerships.record.holding import set_hold
from tests.factories import World

from .conftest import cost, got, hours, in_days


def last_quarter() -> date:
    """The first day of the quarter that ended last."""
    return quarter_of(quarter_of(clock.today())[0] - (date(2000, 1, 2) - date(2000, 1, 1)))[0]


def meter(world: World, reader: str, whose: str) -> SideMeter:
    return next(m for m in queries.meters(world.place(reader)) if m.party == world.party(whose))


# Value ----------------------------------------------------------------------------------------------------------------
def test_value_is_the_own_sides_until_it_is_shown_and_opened(world: World) -> None:
    entry = got(world, amount=Decimal(9000), currency="XOF")
    assert meter(world, "company", "ngo").values == []
    bundle = actions.show_values([entry], to="partners", by=world.ngo)
    assert meter(world, "company", "ngo").values == [], "released, not opened"
    open_release(bundle, by=world.company)
    assert meter(world, "company", "ngo").values == [entry]
    assert meter(world, "broker", "ngo").values == []
    assert meter(world, "company", "ngo").worth == {("value", "XOF"): Decimal(9000)}
    recall(bundle, by=world.ngo)
    with pytest.raises(ValidationError):
        open_release(bundle, by=world.broker)


def test_value_never_released_goes_and_value_that_was_read_is_withdrawn(world: World) -> None:
    kept, gone = got(world), got(world, words="Nothing")
    open_release(actions.show_values([kept], to="partners", by=world.ngo), by=world.company)
    for entry in (kept, gone):
        actions.take_out_value(entry, by=world.ngo)
    assert list(ValueEntry.objects.of(world.partnership)) == [kept]
    assert meter(world, "company", "ngo").values == []


def test_only_the_own_side_shows_it_and_a_stale_wording_is_refused(world: World) -> None:
    entry = got(world)
    with pytest.raises(ValidationError):
        actions.show_values([entry], to="partners", by=world.company)
    with pytest.raises(ValidationError):
        actions.show_values([entry], to="chosen", by=world.ngo)
    values = {"kind": "reach", "words": "More", "starts_on": in_days(-9), "ends_on": in_days(-1), "amount": None,
              "currency": ""}  # fmt: skip
    actions.change_value(entry, by=world.ngo, values=values, seen=1)
    with pytest.raises(ValidationError) as stale:
        actions.change_value(entry, by=world.ngo, values=values, seen=1)
    assert stale.value.code == "stale"
    for wrong in ({"ends_on": in_days(-20)}, {"amount": Decimal(3)}):
        with pytest.raises(ValidationError):
            got(world, **(values | wrong))


# Hours ----------------------------------------------------------------------------------------------------------------
def test_no_other_side_reads_a_row_of_hours_or_cost(world: World) -> None:
    hours(world, day=last_quarter(), c=10, d=30)
    cost(world)
    for name in ("company", "broker", "community", "authority"):
        assert not HourEntry.objects.visible_to(world.place(name)).exists()
        assert not CostEntry.objects.visible_to(world.place(name)).exists()
        found = meter(world, name, "ngo")
        assert (found.hours, found.costs) == (0, {})
    own = meter(world, "ngo", "ngo")
    assert (own.hours, own.share, own.costs) == (40, 25, {("cash", "XOF"): Decimal(500)})


def test_a_person_writes_the_own_hours_and_a_lead_anybodys_of_its_side(world: World) -> None:
    member, day = world.colleague("ngo"), last_quarter()
    hours(world, member, day=day, d=5)
    hours(world, "ngo", person=member.user, day=in_days(-1), d=5)
    for by, person in ((member, world.ngo.user), (world.ngo, world.company.user)):
        with pytest.raises(ValidationError) as refused:
            hours(world, by, person=person, day=day, d=5)
        assert "person" in refused.value.message_dict


@pytest.mark.parametrize("span", ["week", "month"])
def test_no_hour_is_written_down_twice(world: World, span: str) -> None:
    day = date(2020, 5, 13)
    hours(world, span=span, day=day, c=2)
    for again in ("week", "month"):
        with pytest.raises(ValidationError) as refused:
            hours(world, span=again, day=day, c=2)
        assert "day" in refused.value.message_dict
    hours(world, world.colleague("ngo"), span=span, day=day, c=2)
    for much in ({"c": 700, "d": 100}, {}):
        with pytest.raises(ValidationError):
            hours(world, day=date(2020, 8, 1), **much)
    with pytest.raises(ValidationError):
        hours(world, day=in_days(70), c=1)


def test_hours_are_corrected_by_version(world: World) -> None:
    entry = hours(world, day=last_quarter(), c=2)
    actions.change_hours(entry, by=world.ngo, coordinating=Decimal(3), delivering=Decimal(1), seen=1)
    stale = HourEntry.objects.of(world.partnership).get()
    with pytest.raises(ValidationError) as refused:
        actions.change_hours(stale, by=world.ngo, coordinating=Decimal(9), delivering=Decimal(1), seen=1)
    assert refused.value.code == "stale"
    assert meter(world, "ngo", "ngo").hours == 4


# What is shown --------------------------------------------------------------------------------------------------------
def test_the_others_read_totals_of_a_quarter_once_shown_and_opened(world: World) -> None:
    first, member = last_quarter(), world.colleague("ngo")
    hours(world, day=first, c=10, d=30)
    hours(world, member, day=first, c=5, d=15)
    cost(world, on=first)
    cost(world, on=first, form="in_kind", amount=Decimal(70))
    cost(world, on=first, amount=Decimal(9), currency="EUR")
    bundle = actions.show_effort(first, to="partners", by=world.ngo)
    assert meter(world, "company", "ngo").hours == 0
    open_release(bundle, by=world.company)
    found = meter(world, "company", "ngo")
    assert (found.hours, found.coordinating, found.share) == (60, 15, 25)
    assert found.costs == {("cash", "EUR"): 9, ("cash", "XOF"): 500, ("in_kind", "XOF"): 70}
    assert StatedCost.objects.visible_to(world.company).count() == 3
    assert not StatedCost.objects.visible_to(world.broker).exists()
    with pytest.raises(ValidationError, match="already"):
        actions.show_effort(first, to="partners", by=world.ngo)
    actions.withdraw_statement(EffortStatement.objects.of(world.partnership).get(), by=world.ngo)
    assert meter(world, "company", "ngo").hours == 0


def test_a_quarter_under_way_and_any_other_span_is_refused(world: World) -> None:
    hours(world, day=clock.today(), c=1)
    for day in (quarter_of(clock.today())[0], last_quarter().replace(day=2)):
        with pytest.raises(ValidationError, match="over"):
            actions.show_effort(day, to="partners", by=world.ngo)
    with pytest.raises(ValidationError, match="Nothing"):
        actions.show_effort(last_quarter(), to="partners", by=world.ngo)


def test_the_hours_of_a_side_of_one_are_shown_by_that_person_alone(world: World) -> None:
    first, member = last_quarter(), world.colleague("company")
    hours(world, member, day=first, d=12)
    with pytest.raises(ValidationError, match="one person"):
        actions.show_effort(first, to="partners", by=world.company)
    hours(world, "company", day=first, d=1)
    bundle = actions.show_effort(first, to="partners", by=world.company)
    open_release(bundle, by=world.ngo)
    shown = EffortStatement.objects.visible_to(world.ngo).get()
    assert (shown.hours, shown.coordinating, shown.delivering) == (13, 0, 13)


def test_a_kind_that_one_person_does_stays_out_with_its_complement(world: World) -> None:
    first, member = last_quarter(), world.colleague("ngo")
    hours(world, member, day=first, c=8, d=10)
    hours(world, day=first, d=20)
    open_release(actions.show_effort(first, to="partners", by=world.ngo), by=world.company)
    found = meter(world, "company", "ngo")
    assert (found.hours, found.coordinating, found.delivering, found.share) == (38, 0, 0, None)


def test_a_total_shown_anew_does_not_tell_one_persons_hours_by_the_difference(world: World) -> None:
    first, one, two = last_quarter(), world.colleague("ngo"), world.colleague("ngo")
    hours(world, day=first, d=20)
    hours(world, one, day=first, d=10)
    open_release(actions.show_effort(first, to="partners", by=world.ngo), by=world.company)
    actions.withdraw_statement(EffortStatement.objects.of(world.partnership).get(), by=world.ngo)
    late = hours(world, two, day=first, d=7)
    with pytest.raises(ValidationError, match="difference"):
        actions.show_effort(first, to="partners", by=world.ngo)
    actions.take_out_hours(late, by=two)
    with pytest.raises(ValidationError, match="difference"):
        actions.show_effort(first, to="partners", by=world.ngo)
    mine = HourEntry.objects.of(world.partnership).get(person=world.ngo.user)
    actions.change_hours(mine, by=world.ngo, coordinating=Decimal(0), delivering=Decimal(21), seen=1)
    actions.show_effort(first, to="partners", by=world.ngo)


@pytest.mark.parametrize("count", [1, 3])
def test_the_meters_take_five_queries(world: World, count: int, django_assert_num_queries: Any) -> None:
    first, member = last_quarter(), world.colleague("company")
    for number in range(count):
        got(world)
        hours(world, day=date(2020, 1 + number, 3), c=1, d=1)
        cost(world)
    hours(world, "company", day=first, d=3)
    hours(world, member, day=first, d=3)
    open_release(actions.show_effort(first, to="partners", by=world.company), by=world.ngo)
    place = world.ngo
    with django_assert_num_queries(5):
        found = queries.meters(place)
    assert next(m for m in found if not m.is_own).hours == 6


# Taken out, and held --------------------------------------------------------------------------------------------------
def test_what_somebody_took_out_meanwhile_is_not_changed(world: World) -> None:
    entry, spent, value = hours(world, day=last_quarter(), c=10), cost(world), got(world)
    actions.take_out_hours(entry, by=world.ngo)
    actions.take_out_cost(spent, by=world.ngo)
    actions.show_values([value], to="partners", by=world.ngo)
    actions.take_out_value(value, by=world.ngo)
    with pytest.raises(ValidationError, match="withdrawn in the meantime"):
        actions.change_hours(
            HourEntry.objects.of(world.partnership).get(), by=world.ngo, coordinating=Decimal(1), delivering=Decimal(2),
            seen=entry.version,
        )  # fmt: skip
    first = {"what": "More", "form": "cash", "on": in_days(-3), "amount": Decimal(7), "currency": "XOF"}
    with pytest.raises(ValidationError, match="withdrawn in the meantime"):
        actions.change_cost(CostEntry.objects.of(world.partnership).get(), by=world.ngo, values=first, seen=1)
    names = ("kind", "words", "starts_on", "ends_on", "amount", "currency")
    with pytest.raises(ValidationError, match="withdrawn in the meantime"):
        actions.change_value(value, by=world.ngo, values={n: getattr(value, n) for n in names}, seen=value.version)
    with pytest.raises(ValidationError, match="withdrawn in the meantime"):
        actions.take_out_hours(entry, by=world.ngo)


def test_nothing_is_deleted_while_a_legal_hold_stands(world: World) -> None:
    hidden, shown = got(world), got(world, words="How to blast quietly")
    actions.show_values([shown], to="partners", by=world.ngo)
    set_hold(by=world.ngo, reason="A claim.")
    with pytest.raises(ValidationError, match="legal hold"):
        actions.take_out_value(hidden, by=world.ngo)
    assert ValueEntry.objects.of(world.partnership).filter(pk=hidden.pk).exists()
    actions.take_out_value(shown, by=world.ngo)
    assert ValueEntry.objects.of(world.partnership).get(pk=shown.pk).withdrawn_at is not None
    theirs = got(world, "company")
    actions.take_out_value(theirs, by=world.company)
    assert not ValueEntry.objects.of(world.partnership).filter(pk=theirs.pk).exists()


@pytest.mark.parametrize(("typed", "kept"), [("usd", "USD"), (" xof ", "XOF"), ("dollars", None), ("12", None)])
def test_a_currency_is_three_letters_however_they_are_typed(typed: str, kept: str | None) -> None:
    class Form(forms.Form):
        currency = currency()

    form = Form({"currency": typed})
    assert form.is_valid() is (kept is not None)
    assert form.cleaned_data.get("currency") == kept
