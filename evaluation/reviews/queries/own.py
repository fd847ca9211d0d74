"""A side's own figures, and to whom it has shown them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partnerships.access.models import Release
from partnerships.access.places import Place

from ..models import OwnFigures, Round

if TYPE_CHECKING:
    from collections.abc import Sequence


def own_figures(round: Round, place: Place) -> list[OwnFigures]:
    """What there is of the own side to release, in the order in which it is shown."""
    if place.party is None:
        return []
    figures: list[OwnFigures] = list(
        OwnFigures.objects.visible_to(place)
        .filter(part__round=round, party=place.party)
        .select_related("part__round__circle")
        .order_by("kind")
    )
    return figures


def releases_of(figures: OwnFigures) -> Sequence[Release]:
    """Every release of these figures by their own side, the newest last."""
    return list(
        Release.objects.filter(
            party=figures.party_id, items__model=figures._meta.label_lower, items__object_id=figures.pk
        )
        .prefetch_related("openings")
        .order_by("released_at", "pk")
    )
