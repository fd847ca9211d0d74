"""Goals with where they came from, and what each partner gains and fears, as a reader may read it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch

from partnerships.access.models import STANDS, ReleaseItem
from partnerships.access.places import Place
from partnerships.record.models import Party

from ..models import CanvasEntry, Goal, GoalSide


@dataclass(frozen=True)
class SideOf:
    """One partner and what it wrote; None where this reader has nothing to read."""

    party: Party
    side: GoalSide | None


@dataclass(frozen=True)
class GoalRow:
    """A goal, the pair it came from, and the partners in their order; those that left come last, where they wrote."""

    goal: Goal
    pair: list[CanvasEntry]
    sides: list[SideOf]

    @property
    def lost_pair(self) -> bool:
        """A constraint that it would ease, or the opportunity itself, was taken out since."""
        return self.goal.opportunity.withdrawn_at is not None or len({e.party_id for e in self.pair}) < 2


def goals(place: Place) -> list[GoalRow]:
    """Every goal this reader may read, oldest first. Three queries, however many."""
    readable = CanvasEntry.objects.visible_to(place.user).filter(withdrawn_at=None)
    rows = (
        Goal.objects.visible_to(place)
        .filter(withdrawn_at=None)
        .select_related("party__organisation", "opportunity", "author")
        .prefetch_related(
            Prefetch("opportunity__eases", readable.select_related("party__organisation")),
            Prefetch(
                "sides", GoalSide.objects.visible_to(place.user).filter(withdrawn_at=None).select_related("circle")
            ),
        )
        .order_by("pk")
    )
    found = []
    for goal in rows:
        wrote = {side.party_id: side for side in goal.sides.all()}
        parties = [*place.partners, *(p for p in place.parties if p.left_on is not None and p.pk in wrote)]
        sides = [SideOf(p, wrote.get(p.pk)) for p in parties]
        found.append(GoalRow(goal, list(goal.opportunity.eases.all()), sides))
    return found


def released_sides(place: Place) -> set[int]:
    """Ids of gains and fears that somebody was shown and reads, or still can."""
    items = ReleaseItem.objects.filter(STANDS, model=GoalSide._meta.label_lower, release__partnership=place.partnership)
    return set(items.values_list("object_id", flat=True))
