"""Where the closing texts stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from partnerships.access.models import CircleParty
from partnerships.access.places import Place
from partnerships.access.ready import ReadyHere
from partnerships.record.models import Partnership, Party
from partnerships.record.states import Role

from .models import ClosingText, LookBack
from .states import ClosingKind

_TEXTS = ReadyHere(
    lambda place: ClosingText.objects.visible_to(place).prefetch_related("agreements").order_by("number")
)


@dataclass(frozen=True)
class Closing:
    """The newest version of one closing text as this reader may see it."""

    kind: str
    label: str
    text: ClosingText | None
    agreed: frozenset[int]
    done: bool


def closings(place: Place) -> list[Closing]:
    """All five, in order. Two queries."""
    newest: dict[str, ClosingText] = {}
    for row in _TEXTS(place):
        newest[row.kind] = row
    partners = {p.pk for p in place.partners}
    found = []
    for kind in ClosingKind:
        text = newest.get(kind)
        agreed = frozenset(a.party_id for a in text.agreements.all()) if text else frozenset()
        found.append(Closing(kind.value, str(kind.label), text, agreed, text is not None and partners <= agreed))
    return found


def late_to(place: Place, closings: list[Closing]) -> dict[str, list[Party]]:
    """Partners and brokers that joined after a text was written, and cannot read it, by kind. One query."""
    circles = {c.kind: c.text.circle_id for c in closings if c.text is not None}
    members: dict[int, set[int]] = {}
    for circle, party in CircleParty.objects.filter(circle__in=circles.values()).values_list("circle", "party"):
        members.setdefault(circle, set()).add(party)
    readers = [p for p in place.present if p.role in {Role.PARTNER, Role.BROKER}]
    return {kind: [p for p in readers if p.pk not in members.get(circle, set())] for kind, circle in circles.items()}


def look_back(place: Place) -> LookBack | None:
    """Who looks back, and when."""
    found: LookBack | None = (
        LookBack.objects.visible_to(place)
        .select_related("owner__membership__user", "owner__party__organisation")
        .order_by("-pk")
        .first()
    )
    return found


def look_back_on(partnership: Partnership) -> date | None:
    """The day that somebody promised to look back on, for what is planned by it; pages narrow by `look_back`."""
    found: date | None = LookBack.objects.of(partnership).order_by("-pk").values_list("on", flat=True).first()
    return found
