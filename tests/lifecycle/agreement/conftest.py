"""Texts in every state, made by the real actions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from lifecycle.agreement import actions, queries, registry, signing, terms
from lifecycle.agreement.models import Agreement, ClauseText, Signature, Terms
from partnerships.record.states import Stage
from tests.factories import World, make_partnership

TERMS: dict[str, Any] = {
    "starts_on": date(2027, 1, 1),
    "ends_on": date(2032, 12, 31),
    "total_budget": Decimal("7500000.00"),
    "currency": "USD",
    "review_percent": Decimal("2.40"),
    "first_review_on": date(2027, 5, 15),
    "review_every_months": 12,
    "review_days": 30,
    "review_boundary": "This partnership, in the three communes.",
    "monitoring_calendar": "With the half-yearly report.",
    "governance": "Two leads, monthly",
}


@pytest.fixture(autouse=True)
def _own_conditions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signing as this folder knows it; what communication adds has its tests there."""
    own = {
        kind: [batch for batch in batches if batch.__module__.startswith("lifecycle.agreement")]
        for kind, batches in registry._batches.items()
    }
    monkeypatch.setattr(registry, "_batches", own)


@pytest.fixture
def world(db: None) -> World:
    return make_partnership(broker=True, community=True, stage=Stage.AGREEMENT)


def draft(world: World, *, kind: str = "mou", length: str = "short", language: str = "en") -> Agreement:
    return actions.draft(by=world.ngo, kind=kind, length=length, language=language)


def clause(agreement: Agreement, code: str) -> ClauseText:
    return agreement.clauses.select_related("agreement").get(code=code)


def answer(who: Any, found: ClauseText, state: str = "agreed", note: str = "") -> None:
    found.refresh_from_db()
    actions.answer_clause(found, by=who, state=state, seen=found.version, note=note)


def agree_all(world: World, agreement: Agreement, *sides: str) -> None:
    for side in sides or ("ngo", "company"):
        who = world.place(side)
        for found in agreement.clauses.filter(left_out_at=None).select_related("agreement"):
            actions.answer_clause(found, by=who, state="agreed", seen=found.version)


def agreed_draft(world: World, **kwargs: Any) -> Agreement:
    agreement = draft(world, **kwargs)
    agree_all(world, agreement)
    return agreement


def frozen(world: World, **kwargs: Any) -> Agreement:
    agreement = agreed_draft(world, **kwargs)
    signing.open_signing(agreement, by=world.ngo, blanks_known=True)
    agreement.refresh_from_db()
    return agreement


def sign(who: Any, agreement: Agreement, **changes: Any) -> Signature:
    text = queries.standing_text(agreement)
    values = {
        "name": who.user.name,
        "job_title": "Director",
        "mandate": "Board resolution of 3 March",
        "again": who.user.name,
        "sha256": text.sha256 if text else "",
        **changes,
    }
    return signing.sign(agreement, by=who, **values)


def signed(world: World, **kwargs: Any) -> Agreement:
    agreement = frozen(world, **kwargs)
    sign(world.ngo, agreement)
    sign(world.company, agreement)
    agreement.refresh_from_db()
    return agreement


def propose(world: World, *, seen: int = 0, by: str = "ngo", **changes: Any) -> Terms:
    who = world.place(by)
    decisions = {world.party("ngo").pk: "The choice of villages", world.party("company").pk: "Site safety"}
    return terms.propose_terms(by=who, values={**TERMS, **changes}, decisions=decisions, seen=seen)


def terms_agreed(world: World, **kwargs: Any) -> Terms:
    made = propose(world, **kwargs)
    terms.agree_to_terms(made, by=world.company)
    made.refresh_from_db()
    return made
