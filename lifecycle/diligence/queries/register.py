"""The register of risks as a page shows it: people first, the picture, and how each has moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from partnerships.access.places import Place
from partnerships.looks.svg import RiskChart, RiskPoint
from partnerships.record.states import Role

from ..models import Risk, RiskMove
from ..states import MoveKind, ToWhom

#: The order of "risk to whom": people first.
_ORDER = {code: place for place, code in enumerate(ToWhom.values)}


@dataclass(frozen=True)
class Entry:
    """An open risk with its number in the list and in the picture."""

    number: int
    it: Risk
    #: "down", "up", "same", or "" while it was weighed once: what remains, against the weighing before.
    direction: str
    #: Its owner's side is not in any more: somebody else must take it on.
    owner_left: bool


@dataclass
class Group:
    to_whom: str
    label: str
    entries: list[Entry] = field(default_factory=list)


@dataclass
class Register:
    groups: list[Group]
    closed: list[Risk]
    chart: RiskChart | None

    @property
    def count(self) -> int:
        return sum(len(g.entries) for g in self.groups)


def _readable(place: Place) -> Any:
    return (
        Risk.objects.visible_to(place)
        .filter(withdrawn_at=None)
        .select_related("owner__membership__user", "owner__party__organisation", "party__organisation", "circle")
    )


def register_of(place: Place) -> Register:
    """Risks that the reader may see: people first, then the worst first. Two queries."""
    rows: list[Risk] = list(_readable(place).prefetch_related(Prefetch("moves", RiskMove.objects.order_by("pk"))))
    opened = [r for r in rows if r.closed_at is None]
    opened.sort(key=lambda r: (_ORDER[r.to_whom], -r.residual, -r.inherent, r.pk))
    present = {p.pk for p in place.present}
    groups: dict[str, Group] = {}
    points = []
    for number, risk in enumerate(opened, 1):
        group = groups.setdefault(risk.to_whom, Group(risk.to_whom, str(ToWhom(risk.to_whom).label)))
        left = risk.owner is not None and risk.owner.party_id not in present
        group.entries.append(Entry(number, risk, direction_of(list(risk.moves.all())), left))
        points.append(
            RiskPoint(number, risk.text, risk.likelihood, risk.impact, risk.residual_likelihood, risk.residual_impact)
        )
    closed = sorted((r for r in rows if r.closed_at is not None), key=lambda r: (r.closed_at, r.pk), reverse=True)
    chart = RiskChart(_("Open risks: how likely and how bad, today and once something is done"), points)
    return Register(list(groups.values()), closed, chart if points else None)


def direction_of(moves: Sequence[RiskMove]) -> str:
    """Where what remains went with the last weighing that changed it."""
    weighed = [m for m in moves if m.kind in {MoveKind.WRITTEN, MoveKind.WEIGHED, MoveKind.ABOVE}]
    if len(weighed) < 2:
        return ""
    before, now = weighed[-2].residual, weighed[-1].residual
    return "down" if now < before else "up" if now > before else "same"


@dataclass(frozen=True)
class Moved:
    """One line of a risk's history."""

    it: RiskMove
    direction: str
    text: str


def history_of(risk: Risk, moves: Sequence[RiskMove]) -> list[Moved]:
    """Every weighing in words, the newest first."""
    found = []
    ordered = sorted(moves, key=lambda m: m.pk)
    for before, now in pairwise([None, *ordered]):
        if now is None:
            continue
        found.append(Moved(now, *_says(before, now)))
    return found[::-1]


def _says(before: RiskMove | None, now: RiskMove) -> tuple[str, str]:
    if now.kind == MoveKind.CLOSED:
        return "closed", str(now.get_kind_display())
    if before is None and now.kind == MoveKind.ABOVE:
        text = _("Taken over from the umbrella: %(inherent)s today, %(residual)s remains.")
        return "", text % {"inherent": now.inherent, "residual": now.residual}
    if before is None or now.kind == MoveKind.WRITTEN:
        text = _("Written down: %(inherent)s today, %(residual)s remains.")
        return "", text % {"inherent": now.inherent, "residual": now.residual}
    values = {"before": before.residual, "now": now.residual, "inherent": now.inherent}
    if now.kind == MoveKind.REOPENED:
        return "up", _("Opened again: %(now)s remains.") % values
    if now.residual < before.residual:
        return "down", _("What remains went down from %(before)s to %(now)s.") % values
    if now.residual > before.residual:
        return "up", _("What remains went up from %(before)s to %(now)s.") % values
    if now.inherent != before.inherent:
        return "same", _("Today it is %(inherent)s; %(now)s remains as before.") % values
    return "same", _("Looked at again: %(now)s remains as before.") % values


def register_panel_of(place: Place) -> dict[str, Any] | None:
    """On the overview of the record, at any stage: how many risks the reader knows of. One query."""
    if place.party is None or place.party.role not in {Role.PARTNER, Role.BROKER}:
        return None
    rows = list(
        Risk.objects.visible_to(place)
        .filter(closed_at=None, withdrawn_at=None)
        .values_list("residual_likelihood", "residual_impact", "to_whom")
    )
    if not rows and not place.is_partner:
        return None
    scores = [a * b for a, b, _whom in rows]
    return {
        "count": len(rows),
        "high": sum(score >= 15 for score in scores),
        "substantial": sum(10 <= score < 15 for score in scores),
        "people": sum(whom == ToWhom.PEOPLE for _a, _b, whom in rows),
    }
