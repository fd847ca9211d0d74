"""What exists already, and the words by which lessons of others are found."""

from __future__ import annotations

from dataclasses import dataclass

from partnerships.access.places import Place

from ..models import CanvasEntry, Goal, PriorWork, Sentence
from ..states import SentenceKind

#: Where other folders put what they offer on the page of prior work: `register_panel(Panel(…, where=OFFERS))`.
OFFERS = "scoping.prior"
#: Prompts of the canvas that say what this is about.
_TELLING = ("constraints", "opportunities", "root_cause", "reuse")


def prior_work(place: Place) -> list[PriorWork]:
    """Links and notes that this reader may read, oldest first. One query."""
    return list(
        PriorWork.objects.visible_to(place)
        .filter(withdrawn_at=None)
        .select_related("party__organisation", "author", "circle")
        .order_by("pk")
    )


@dataclass(frozen=True)
class Sought:
    """What a partnership is about, as one reader may know it: to find what others learned about the same."""

    country: str
    about: frozenset[str]
    texts: tuple[str, ...]
    #: What the record says that it works on: "health", "water", …
    sectors: frozenset[str] = frozenset()


def sought(place: Place) -> Sought:
    """From goals, the purpose and the canvas. Three queries."""
    goals = Goal.objects.visible_to(place).filter(withdrawn_at=None).values_list("about", "text")
    purpose = Sentence.objects.visible_to(place).filter(kind=SentenceKind.PURPOSE, replaced_at=None, withdrawn_at=None)
    lines = CanvasEntry.objects.visible_to(place).filter(prompt__in=_TELLING, withdrawn_at=None)
    found = list(goals)
    return Sought(
        country=place.partnership.country,
        about=frozenset(about for about, _text in found),
        texts=(
            place.partnership.name,
            *(text for _about, text in found),
            *purpose.values_list("text", flat=True),
            *lines.values_list("text", flat=True),
        ),
        sectors=frozenset(place.partnership.sectors),
    )
