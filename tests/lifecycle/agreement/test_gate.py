from __future__ import annotations

from typing import Any

import pytest

from lifecycle.agreement import actions, signing
from lifecycle.agreement.gate import _budget, _people, _record_ready, _signed, _terms_settled
from lifecycle.agreement.registry import signing_conditions
from lifecycle.road.registry import Condition
from partnerships.access.places import Place
from partnerships.record import actions as record
from partnerships.record.models import Seat
from partnerships.record.states import Duty
from tests.factories import World
from tests.lifecycle.agreement.conftest import (
    agree_all,
    agreed_draft,
    clause,
    draft,
    frozen,
    sign,
    signed,
    terms_agreed,
)

pytestmark = pytest.mark.django_db


def only(found: list[Condition]) -> Condition:
    (one,) = found
    return one


def name_hours(world: World, side: str) -> None:
    place = world.place(side)
    assert place.seat is not None
    record.give_seat(
        by=place, membership=place.seat.membership, duty=Duty.LEAD, function="community", level="management", hours=16
    )
    world.colleague(side, duty=Duty.STAND_IN, hours=8)


def test_required_clauses_agreed_and_signed(world: World) -> None:
    assert "No memorandum" in str(only(_signed(world.ngo)).facts)
    agreement = draft(world)
    agree_all(world, agreement, "ngo")
    condition = only(_signed(world.ngo))
    assert not condition.met
    assert "0 of " in str(condition.facts)
    assert condition.waiting_for == (world.party("company").pk,)
    agree_all(world, agreement, "company")
    signing.open_signing(agreement, by=world.ngo, blanks_known=True)
    sign(world.ngo, agreement)
    condition = only(_signed(world.ngo))
    assert "1 of 2 partners have signed" in str(condition.facts)
    assert condition.waiting_for == (world.party("company").pk,)
    sign(world.company, agreement)
    assert only(_signed(world.ngo)).met


def test_an_open_amendment_holds_the_gate_until_it_is_signed(world: World) -> None:
    signing.amend(signed(world), by=world.ngo, reason="More villages")
    assert not only(_signed(world.ngo)).met


def test_who_does_not_read_the_agreement_learns_no_titles_from_the_gate(world: World) -> None:
    agreement = draft(world)
    actions.change_clause(clause(agreement, "2"), by=world.ngo, title="Secret purpose", text="x", seen=1)
    assert "Secret purpose" in str(only(_signed(world.ngo)).facts)
    condition = only(_signed(world.community))
    assert "Secret purpose" not in str(condition.facts)
    assert condition.path == ""


def test_leads_and_stand_ins_with_hours(world: World) -> None:
    condition = only(_people(world.ngo))
    assert not condition.met
    assert "Corvane Gold has no stand-in." in str(condition.facts)
    assert "Corvane Gold has not named its lead's hours." in str(condition.facts)
    name_hours(world, "ngo")
    assert only(_people(world.ngo)).waiting_for == (world.party("company").pk,)
    name_hours(world, "company")
    assert only(_people(world.ngo)).met
    Seat.objects.filter(party=world.party("ngo"), duty=Duty.STAND_IN).update(ended_on="2026-11-01")
    assert not only(_people(world.ngo)).met


def test_a_budget_with_a_review_line(world: World) -> None:
    assert not only(_budget(world.ngo)).met
    terms_agreed(world)
    assert only(_budget(world.ngo)).met


def test_gaps_in_the_terms_hold_the_signing(world: World) -> None:
    agreement = agreed_draft(world)
    assert _terms_settled(world.ngo, agreement) == []
    terms_agreed(world, review_boundary="")
    assert "what the reviews look at" in str(only(_terms_settled(world.ngo, agreement)).facts)


@pytest.mark.parametrize("state", ["nothing", "draft", "frozen", "signed"])
def test_at_most_two_queries_a_batch(world: World, state: str, django_assert_max_num_queries: Any) -> None:
    {"nothing": lambda w: None, "draft": agreed_draft, "frozen": frozen, "signed": signed}[state](world)
    terms_agreed(world) if state in {"nothing", "draft"} else None
    place: Place = world.ngo
    for batch in (_signed, _people, _budget):
        with django_assert_max_num_queries(2):
            batch(place)
    if state == "draft":
        with django_assert_max_num_queries(3):
            _record_ready(place, draft_of(world))


def draft_of(world: World) -> Any:
    from lifecycle.agreement.models import Agreement

    return Agreement.objects.of(world.partnership).get()


def test_conditions_of_signing_are_in_order(world: World) -> None:
    terms_agreed(world)
    codes = [c.code for c in signing_conditions(world.ngo, agreed_draft(world))]
    assert codes[:3] == ["agreement.stage", "agreement.clauses", "agreement.terms"]
