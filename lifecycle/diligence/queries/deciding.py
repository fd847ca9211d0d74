"""What a decision stands on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import QuerySet

from lifecycle.attention.models import Flag
from partnerships.access.places import Place
from partnerships.people.models import User
from partnerships.record.models import Partnership, Party, Seat
from partnerships.record.states import Duty, Role
from partnerships.record.states import Level as SeatLevel

from ..decision import Evaluation, Item, Residual, evaluate
from ..models import (
    DecisionMandate,
    DiligenceDecision,
    Risk,
)
from ..states import RoundReason
from .asked import round_of
from .checklists import Checklist, Row, checklists
from .reading import readable_by


def risks_of(party: Party) -> list[Risk]:
    """The open risks that count for a partner: its own, and those others share with it. The worst first."""
    rows = Risk.objects.of(party.partnership).filter(closed_at=None).select_related(
        "owner__membership__user", "owner__party__organisation", "party__organisation", "circle"
    )  # fmt: skip
    return sorted(readable_by(rows, party), key=lambda r: (-r.residual, -r.inherent, r.pk))


@dataclass
class Basis:
    """What a partner's decision stands on."""

    evaluation: Evaluation
    checklists: list[Checklist]
    risks: list[Risk]

    @cached_property
    def rows(self) -> dict[tuple[int, str], Row]:
        return {(c.about.pk, r.question.code): r for c in self.checklists for r in c.rows}

    def about(self, item: Item) -> Party:
        return next(c.about for c in self.checklists if c.about.pk == item.ref[0])


def basis_of(party: Party, partners: Sequence[Party]) -> Basis:
    """The rule applied to what one partner knows now: about itself and about every other partner."""
    found = checklists(party, partners)
    items = []
    for one in found:
        for row in one.rows:
            items.append(
                Item(
                    critical=row.question.critical,
                    level=row.level,
                    measure=bool(row.measures),
                    board=any(m.board_on for m in row.measures),
                    ref=(one.about.pk, row.question.code),
                )
            )
    risks = risks_of(party)
    residuals = [Residual(r.residual, r.is_answered, ref=r.pk) for r in risks]
    return Basis(evaluate(items, residuals), found, risks)


def named_deciders(partnership: Partnership) -> dict[int, User]:
    """Whom each partner named to take its decision, by party, while they have their seat. One query."""
    return {m.party_id: m.seat.membership.user for m in _mandates(partnership)}


def mandate_of(party: Party) -> DecisionMandate | None:
    """Whom a partner named to take its decision. One query."""
    return _mandates(party.partnership).filter(party=party).first()


def _mandates(partnership: Partnership) -> QuerySet[DecisionMandate]:
    rows: QuerySet[DecisionMandate] = (
        DecisionMandate.objects.of(partnership)
        .filter(ended_at=None, seat__ended_on=None, seat__membership__ended_on=None)
        .select_related("seat__membership__user")
    )
    return rows


def deciders(party: Party, *, executive: bool) -> list[Seat]:
    """Who may take a partner's decision: whom it named, else its lead and stand-ins. Two queries.

    `executive`: an executive among all of these, also where somebody else was named.
    """
    named = mandate_of(party)
    seats = list(
        Seat.objects.filter(party=party, ended_on=None, membership__ended_on=None)
        .select_related("membership__user")
        .order_by("pk")
    )
    speakers = [s for s in seats if s.duty in {Duty.LEAD, Duty.STAND_IN}]
    chosen = [s for s in seats if named is not None and s.pk == named.seat_id]
    if executive:
        return [s for s in dict.fromkeys([*chosen, *speakers]) if s.level == SeatLevel.EXECUTIVE]
    return chosen or speakers


@dataclass(frozen=True)
class Offer:
    """Something that the software knows of, and that may be a reason to look again. It is offered, never done."""

    reason: RoundReason
    party: Party | None


def offered_events(place: Place) -> list[Offer]:
    """Leads of a partner that changed twice within a year, since the round began. Two queries."""
    now = round_of(place.partnership)
    if now is None:
        return []
    by_id = {p.pk: p for p in place.partners}
    flags = Flag.objects.visible_to(place).filter(code="lead_turnover", cleared_at=None, raised_at__gt=now.created_at)
    return [Offer(RoundReason.LEADERSHIP, by_id[f.party_id]) for f in flags if f.party_id in by_id]


def decisions_told(place: Place) -> dict[int, DiligenceDecision]:
    """The decisions that a reader is told of, by party: every partner's, to partners and broker; to a partner that left
    its own, as it stood. At most one query."""
    if place.is_partner or place.is_broker:
        return decisions(place.partnership)
    if place.party is None or place.party.role != Role.PARTNER:
        return {}
    rows = DiligenceDecision.objects.visible_to(place).filter(party=place.party, superseded_at=None)
    return {d.party_id: d for d in rows.select_related("party__organisation")}


def decisions(partnership: Partnership) -> dict[int, DiligenceDecision]:
    """Each partner's decision that stands, by party."""
    rows = DiligenceDecision.objects.of(partnership).filter(superseded_at=None).select_related("party__organisation")
    return {d.party_id: d for d in rows}
