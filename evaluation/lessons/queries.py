"""Lessons of practice, of one's own partnership, and of others once enough cases are closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from partnerships.access.places import Place
from partnerships.catalogue.content import Canvas
from partnerships.catalogue.queries import current_content
from partnerships.record.models import Partnership, Party
from partnerships.record.states import Standing

from .models import LessonAnswer, SharedLesson

#: Lessons of concluded partnerships are shown once so many cases are closed, so that none can be told by its lesson.
CASES = 5
SHOWN = 100


@dataclass(frozen=True)
class OwnLessons:
    """One partner's lessons as this reader may see them."""

    party: Party
    handed_in: bool
    answers: dict[str, LessonAnswer]


def lessons_of(place: Place) -> list[OwnLessons]:
    """Every partner's lessons: the own ones, and the others' once they are handed in. Two queries."""
    answers: dict[int, dict[str, LessonAnswer]] = {}
    for row in LessonAnswer.objects.visible_to(place):
        answers.setdefault(row.party_id, {})[row.prompt] = row
    handed = set(handed_in(place))
    return [OwnLessons(p, p.pk in handed, answers.get(p.pk, {})) for p in place.partners]


def handed_in(place: Place) -> list[int]:
    """Ids of the partners that handed their lessons in: a fact that all partners may know."""
    rows = LessonAnswer.objects.of(place.partnership).filter(handed_in_at__isnull=False)
    return list(rows.values_list("party", flat=True).distinct())


def prompts() -> Canvas:
    return current_content(Canvas, "lessons")


def library_lessons() -> dict[str, Any]:
    """Lessons of concluded partnerships: nothing before five cases are closed; no names, no dates, no order of time."""
    closed = Partnership.objects.unguarded("a count of closed cases, shown as a number only").filter(
        standing=Standing.CLOSED
    )
    shared = SharedLesson.objects.unguarded("wording that every partner approved for everybody").filter(
        approved_at__isnull=False, withdrawn_at=None, partnership__in=closed.values("pk")
    )
    cases = shared.values("partnership").distinct().count()
    if cases < CASES:
        return {"enough": False, "cases": cases, "needed": CASES, "lessons": []}
    return {"enough": True, "cases": cases, "needed": CASES, "lessons": list(shared.order_by("public_id")[:SHOWN])}
