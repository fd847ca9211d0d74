"""What each partner got out of it, as a reader may read it."""

from __future__ import annotations

from collections import defaultdict

from partnerships.access.models import STANDS, ReleaseItem
from partnerships.access.places import Place
from partnerships.access.ready import Ready, ReadyHere

from ..models import ValueEntry

_VALUES = ReadyHere(
    lambda place: (
        ValueEntry.objects.visible_to(place)
        .filter(withdrawn_at=None)
        .select_related("circle", "author")
        .order_by("-ends_on", "-pk")
    )
)
_RELEASED = Ready(
    lambda record, label: ReleaseItem.objects.filter(STANDS, model=label, release__partnership=record).only("object_id")
)


def values_by_party(place: Place) -> dict[int, list[ValueEntry]]:
    """By the party that got it, newest period first. One query."""
    found: dict[int, list[ValueEntry]] = defaultdict(list)
    for row in _VALUES(place):
        found[row.party_id].append(row)
    return found


def released_ids(place: Place, label: str) -> set[int]:
    """Ids of the items of a model that stand in a release which was not recalled. One query."""
    return {item.object_id for item in _RELEASED(record=place.partnership.pk, label=label)}
