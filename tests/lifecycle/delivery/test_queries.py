"""Who brings what beside who decides what; what flags and gates read."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from lifecycle.delivery import actions, queries
from lifecycle.delivery.gate import _settled
from lifecycle.delivery.models import Commitment, CommunityPromise, Contribution, GovernanceBody
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from tests.factories import World

from .conftest import in_days

Given = Callable[..., Contribution]


def picture(place: Place) -> queries.Picture:
    found = queries.picture(place)
    assert found is not None
    return found


def test_kinds_are_apart_and_shares_are_written(
    world: World, given: Given, governed: Callable[..., GovernanceBody]
) -> None:
    governed()
    given(amount=Decimal(5_600_000))
    given(kind="in_kind", what="Rig", amount=Decimal(300_000))
    given(by="ngo", amount=Decimal(20_000))
    given(by="ngo", kind="time", what="Two people", hours=Decimal(1000), hour_rate=Decimal(40))
    given(by="ngo", kind="other", what="The villages know us", amount=None)
    shown = picture(world.ngo)
    rows = {row["party"].name: row for row in shown.shown}
    ngo, company = world.party("ngo").name, world.party("company").name
    assert next(iter(rows)) == company
    assert rows[company]["kinds"] == [
        "5,600,000 cash, 99\u00a0% of all cash; 0\u00a0% put in",
        "300,000 in kind, 100\u00a0% of all in kind; 0\u00a0% put in",
    ]
    assert rows[ngo]["kinds"] == [
        "20,000 cash, under 1\u00a0% of all cash; 0\u00a0% put in",
        "40,000 in time, 100\u00a0% of all time; 0\u00a0% put in",
    ]
    assert rows[ngo]["others"] == ["The villages know us"]
    assert rows[company]["rights"] == "2 votes; veto on site access"
    assert rows[ngo]["rights"] == "2 votes, chair"
    assert shown.lede == f"{company} gives 99\u00a0% of the cash and holds 2 votes of 5."
    # Nowhere is cash added to kind or time.
    for figure in ("5,900,000", "60,000", "5,960,000"):
        assert figure not in str(shown.shown) + str(shown.table)


def test_other_currencies_come_in_at_the_agreed_rate_or_are_named(world: World, given: Given) -> None:
    given(amount=Decimal(6_000_000), currency="XOF", rate=Decimal("0.0017"), rate_on=in_days(-20))
    given(what="Fuel", amount=Decimal(900), currency="EUR")
    (row,) = picture(world.company).rows
    assert row.promised["cash"] == Decimal("10200.00")
    assert row.unvalued == ["Fuel (EUR\u00a0900, no rate agreed)"]


def test_what_was_put_in_counts_until_it_is_refused(world: World, given: Given) -> None:
    promised = given(amount=Decimal(1000))
    gift = actions.put_in(promised, by=world.company, on=in_days(0), amount=Decimal(400))
    given(by="ngo", amount=Decimal(1000))

    def put_in() -> dict[str, Decimal]:
        return {row.party.name: row.given["cash"] for row in picture(world.ngo).rows}

    ngo, company = world.party("ngo").name, world.party("company").name
    assert put_in() == {ngo: 0, company: 400}
    actions.check_gift(gift, by=world.ngo, seen_it=False, why="Nothing came.")
    assert put_in() == {ngo: 0, company: 0}


def test_each_sees_the_contributions_of_its_circles(world: World, given: Given) -> None:
    given(amount=Decimal(10))
    assert queries.picture(world.community) is None
    given(by="ngo", amount=Decimal(7), circle=CircleKind.ALL)
    assert [row.party.name for row in picture(world.community).rows] == [world.party("ngo").name]
    assert picture(world.community).total("cash") == 7


def test_the_picture_takes_two_queries_however_much_there_is(
    world: World,
    given: Given,
    governed: Callable[..., GovernanceBody],
    django_assert_num_queries: Callable[[int], object],
) -> None:
    governed()
    for _ in range(2):
        given(amount=Decimal(10))
        given(by="ngo", kind="in_kind", amount=Decimal(10))
        place = world.ngo
        with django_assert_num_queries(2):  # type: ignore[attr-defined]
            assert picture(place).shown


def test_nothing_owed_is_left_behind_at_the_end(
    world: World, owed: Callable[..., Commitment], promised: Callable[..., CommunityPromise]
) -> None:
    def met() -> list[bool]:
        return [c.met for c in _settled(world.ngo)]

    assert met() == [True, True]
    made, said = owed(), promised()
    assert met() == [False, False]
    actions.propose_write_off(made, by=world.ngo, why="Over.")
    actions.agree_write_off(made, by=world.company)
    actions.end_promise(said, by=world.company, kept=False, note="Told them on Sunday.")
    assert met() == [True, True]


@pytest.mark.parametrize(("cadence", "days"), [("weekly", 7), ("monthly", 28), ("quarterly", 91)])
def test_the_next_meeting_falls_on_the_same_weekday(
    world: World, governed: Callable[..., GovernanceBody], cadence: str, days: int
) -> None:
    from lifecycle.delivery import governance

    body = governed(cadence=cadence)
    seats = [s for s in (world.ngo.seat, world.company.seat) if s is not None]
    governance.record_meeting(body, by=world.ngo, on=in_days(0), present=seats)
    assert queries.next_day(world.ngo, body) == in_days(days)
