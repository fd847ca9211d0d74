"""Where the closing texts stand."""

from __future__ import annotations

from dataclasses import dataclass

from partnerships.access.places import Place

from .models import ClosingText, LookBack
from .states import ClosingKind


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
    rows = ClosingText.objects.visible_to(place.user).of(place.partnership).prefetch_related("agreements")
    for row in rows.order_by("number"):
        newest[row.kind] = row
    partners = {p.pk for p in place.partners}
    found = []
    for kind in ClosingKind:
        text = newest.get(kind)
        agreed = frozenset(a.party_id for a in text.agreements.all()) if text else frozenset()
        found.append(Closing(kind.value, str(kind.label), text, agreed, text is not None and partners <= agreed))
    return found


def look_back(place: Place) -> LookBack | None:
    """Who looks back, and when."""
    found: LookBack | None = (
        LookBack.objects.visible_to(place.user)
        .of(place.partnership)
        .select_related("owner__membership__user", "owner__party__organisation")
        .order_by("-pk")
        .first()
    )
    return found
