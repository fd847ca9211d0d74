"""What the data warns of: raised by its threshold, gone when it is mended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from lifecycle.attention import registry
from lifecycle.attention.registry import Batch, Raised
from lifecycle.delivery import actions, flags, governance
from lifecycle.delivery.models import Commitment, CommunityPromise, Contribution, GovernanceBody
from partnerships import clock
from partnerships.people.models import Office
from partnerships.record.models import Seat
from tests.factories import World

from .conftest import in_days

Owed = Callable[..., Commitment]
Given = Callable[..., Contribution]


@pytest.fixture
def raised(world: World, django_assert_max_num_queries: Callable[[int], object]) -> Callable[..., list[Raised]]:
    def ask(batch: Batch, days: int = 0) -> list[Raised]:
        with clock.at(clock.now() + timedelta(days=days)), django_assert_max_num_queries(2):  # type: ignore[attr-defined]
            return batch([world.partnership.pk])

    return ask


def test_all_are_registered() -> None:
    batches: Iterator[Batch] = iter(registry._batches)
    assert {flags.owed_flags, flags.waiting_flags, flags.power_flags, flags.field_flags} <= set(batches)


def test_more_than_a_fifth_badly_late(world: World, owed: Owed, raised: Callable[..., list[Raised]]) -> None:
    late = owed(days=1)
    for _ in range(3):
        owed(days=300)
    assert raised(flags.owed_flags, 31) == []
    (flag,) = raised(flags.owed_flags, 32)
    assert (flag.code, flag.high, flag.party_id, flag.inputs) == (
        "commitments_late", True, None, {"count": 1, "percent": 25},
    )  # fmt: skip
    actions.deliver(late, by=world.company)
    assert raised(flags.owed_flags, 32) == []


def test_shares_put_in_drift_apart(world: World, given: Given, raised: Callable[..., list[Raised]]) -> None:
    first = given(amount=Decimal(1000))
    given(by="ngo", amount=Decimal(1000))
    given(by="ngo", amount=Decimal(1000), what="Later", starts_on=in_days(100))
    actions.put_in(first, by=world.company, on=in_days(0), amount=Decimal(240))
    assert raised(flags.owed_flags) == []
    actions.put_in(first, by=world.company, on=in_days(0), amount=Decimal(10))
    assert [f.inputs for f in raised(flags.owed_flags)] == [{"percent": 25}]


def test_a_promise_overdue_is_the_weakness_of_who_gave_it(
    world: World, promised: Callable[..., CommunityPromise], raised: Callable[..., list[Raised]]
) -> None:
    made = promised(due_on=in_days(2))
    promised(due_on=None)
    assert raised(flags.waiting_flags, 2) == []
    (flag,) = raised(flags.waiting_flags, 5)
    assert (flag.code, flag.party_id) == ("promise_overdue", world.party("company").pk)
    assert flag.inputs == {"count": 1, "days": 3}
    actions.end_promise(made, by=world.company, kept=False, note="Told them.")
    assert raised(flags.waiting_flags, 5) == []


def test_a_decision_that_waits(
    world: World, governed: Callable[..., GovernanceBody], raised: Callable[..., list[Raised]]
) -> None:
    seats = [s for s in (world.ngo.seat, world.company.seat) if s is not None]
    meeting = governance.record_meeting(governed(), by=world.ngo, on=in_days(0), present=seats)
    governance.add_resolution(meeting, by=world.ngo, text="Who hires?", state="left_open")
    assert raised(flags.waiting_flags, 30) == []
    assert [f.code for f in raised(flags.waiting_flags, 31)] == ["decision_pending"]


def test_who_pays_most_also_decides(
    world: World, governed: Callable[..., GovernanceBody], given: Given, raised: Callable[..., list[Raised]]
) -> None:
    governed()
    given(by="ngo", amount=Decimal(1000))
    given(amount=Decimal(4000))
    assert raised(flags.power_flags) == []
    given(amount=Decimal(100))
    (flag,) = raised(flags.power_flags)
    assert (flag.code, flag.inputs) == ("money_and_votes", {"percent": 80})
    # A funder's cash is cash too: with it nobody gives over 80 %.
    given(by="ngo", giver="authority", circle="all", amount=Decimal(900))
    assert raised(flags.power_flags) == []


def test_a_site_without_a_seat(
    world: World, governed: Callable[..., GovernanceBody], raised: Callable[..., list[Raised]]
) -> None:
    office = Office.objects.create(organisation=world.party("ngo").organisation, name="Tandi", kind="field")
    world.colleague("ngo", office=office)
    assert raised(flags.field_flags) == [], "before there is governance nothing is missing from it"
    governed()
    assert [(f.code, f.party_id) for f in raised(flags.field_flags)] == [("site_left_out", world.party("ngo").pk)]
    assert Seat.objects.filter(office=office).count() == 1
