"""What a party as a whole may read."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Exists, OuterRef, Q, QuerySet

from partnerships.access.models import STANDS, Circled, CircleParty, ReleaseItem
from partnerships.record.models import Party

CircledT = TypeVar("CircledT", bound=Circled)
ANSWER_MODEL = "lifecycle.diligenceanswer"
#: Kind of the release of a checklist.
RELEASED_CHECKLIST = "diligence.checklist"
RELEASED_CONDITIONS = "diligence.conditions"


def readable_by(rows: QuerySet[CircledT], party: Party | int) -> QuerySet[CircledT]:
    """What a party as a whole may read: in its circles, or released to it and opened."""
    circles = CircleParty.objects.filter(party=party).values("circle")
    opened = ReleaseItem.objects.filter(model=rows.model._meta.label_lower, release__openings__party=party).values(
        "object_id"
    )
    return rows.filter(Q(circle__in=circles) | Q(pk__in=opened), withdrawn_at=None)


def was_released(rows: QuerySet[CircledT]) -> QuerySet[Any]:
    """Marks (`stands_released`) what stands in a release that was not recalled, or that somebody opened."""
    items = ReleaseItem.objects.filter(model=rows.model._meta.label_lower, object_id=OuterRef("pk"))
    return rows.annotate(stands_released=Exists(items.filter(STANDS)))
