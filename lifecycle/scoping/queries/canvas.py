"""The lines of the constraint canvas."""

from __future__ import annotations

from django.db.models import Prefetch

from partnerships.access.models import STANDS, ReleaseItem
from partnerships.access.places import Place

from ..models import CanvasEntry, Goal


def canvas(place: Place) -> list[CanvasEntry]:
    """All entries this reader may read, oldest first, with what they ease and became. Three queries."""
    readable = CanvasEntry.objects.visible_to(place.user)
    return list(
        readable.of(place.partnership)
        .filter(withdrawn_at=None)
        .select_related("party__organisation", "circle", "office", "author")
        .prefetch_related(
            Prefetch("eases", readable.filter(withdrawn_at=None).select_related("party__organisation")),
            Prefetch("goals", Goal.objects.visible_to(place.user).filter(withdrawn_at=None).order_by("pk")),
        )
        .order_by("pk")
    )


def released_entries(place: Place) -> set[int]:
    """Ids of canvas entries that somebody was shown and reads, or still can."""
    label = CanvasEntry._meta.label_lower
    items = ReleaseItem.objects.filter(STANDS, model=label, release__partnership=place.partnership)
    return set(items.values_list("object_id", flat=True))
