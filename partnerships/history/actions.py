"""Writing an act."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .. import clock
from ..access.actions import circle_for
from ..access.models import Circle, Circled
from ..access.places import Place
from ..access.states import CircleKind
from .models import Act

if TYPE_CHECKING:
    from django.db import models

    from partnerships.record.models import Partnership


def log(kind: str, *, by: Place, item: models.Model | None = None, circle: Circle | None = None) -> Act:
    """An act of a person. Its circle is the item's, else the one given, else all parties."""
    return _write(kind, by.partnership, item, circle, user_id=by.user.pk, party_id=by.party.pk if by.party else None)


def log_system(
    kind: str, *, partnership: Partnership, item: models.Model | None = None, circle: Circle | None = None
) -> Act:
    """An act of time (a round froze, an invitation expired)."""
    return _write(kind, partnership, item, circle, user_id=None, party_id=None)


def log_system_all(kind: str, items: Iterable[Circled]) -> None:
    """An act of time for each of these items, each in its item's own circle, in one statement."""
    Act.objects.bulk_create(
        [
            Act(
                partnership_id=item.partnership_id,
                circle_id=item.circle_id,
                kind=kind,
                model=item._meta.label_lower,
                object_id=item.pk,
                object_public_id=item.public_id,
                at=clock.now(),
            )
            for item in items
        ]
    )


def _write(
    kind: str, partnership: Partnership, item: Any, circle: Circle | None, *, user_id: int | None, party_id: int | None
) -> Act:
    circle = circle or getattr(item, "circle", None) or circle_for(partnership, CircleKind.ALL)
    return Act.objects.create(
        partnership=partnership,
        circle=circle,
        kind=kind,
        by_id=user_id,
        party_id=party_id,
        model=item._meta.label_lower if item is not None else "",
        object_id=item.pk if item is not None else None,
        object_public_id=getattr(item, "public_id", "") if item is not None else "",
        at=clock.now(),
    )
