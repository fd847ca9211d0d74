"""Two views of the same question: what the partners released about it, side by side."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from partnerships.access.places import Place
from partnerships.catalogue.content import Library, LibraryQuestion
from partnerships.catalogue.queries import content
from partnerships.record.models import Party

from ..models import DiligenceAnswer, TalkingPoint
from .asked import library
from .reading import was_released
from .words import value_in_words


@dataclass
class View:
    """What one partner released about a question, in the words of the question as that partner was asked."""

    party: Party
    answer: DiligenceAnswer
    is_self: bool
    asked: LibraryQuestion
    #: The question as it was asked, where another version asks it in other words.
    asked_then: LibraryQuestion | None = None

    @property
    def words(self) -> str:
        """What was chosen or given, without the note."""
        return value_in_words(self.asked, self.answer)

    @property
    def said(self) -> str:
        """What can be compared: the level, or what was chosen; "" for words alone."""
        if self.answer.level:
            return self.answer.level
        return json.dumps(self.answer.value, sort_keys=True) if self.answer.value is not None else ""


@dataclass
class Compared:
    """A question with at least two views that the reader may read."""

    question: LibraryQuestion
    views: list[View]
    points: list[TalkingPoint] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        """Not all of those that can be compared say the same."""
        return len({v.said for v in self.views if v.said}) > 1

    @property
    def is_words(self) -> bool:
        """Words alone: whether they differ is for people to see."""
        return sum(bool(v.said) for v in self.views) < 2

    @property
    def is_agreed(self) -> bool:
        return any(p.agreed_at for p in self.points)

    @property
    def state(self) -> str:
        """For its list: to talk about, agreed, in words, or the same."""
        if self.is_agreed:
            return "agreed"
        if self.differs or self.points:
            return "differs"
        return "words" if self.is_words else "same"


def compared(place: Place, about: Party, code: str = "") -> list[Compared]:
    """Each question about an organisation of which the reader may read two or more released views; in their order.

    Of what was not released, or not opened by the reader's side, nothing is asked, counted or ordered by. Three
    queries.
    """
    rows: QuerySet[Any] = DiligenceAnswer.objects.visible_to(place).filter(assessment__about=about, withdrawn_at=None)
    if code:
        rows = rows.filter(code=code)
    rows = was_released(rows).filter(stands_released=True).select_related("library", "assessment").order_by("pk")
    parties = {p.pk: p for p in place.parties}
    newest: dict[str, dict[int, DiligenceAnswer]] = defaultdict(dict)
    for answer in rows:
        if answer.says_something:
            newest[answer.code][answer.assessment.party_id] = answer
    points = defaultdict(list)
    for point in points_about(place, about):
        points[point.code].append(point)
    today = library(place.partnership)
    order = {q.code: n for n, q in enumerate(today.items)}
    found = []
    for asked_code, by_party in newest.items():
        views = []
        for party, answer in by_party.items():
            asked = content(answer.library, Library).by_code.get(asked_code)
            if asked is not None and party in parties:
                views.append(View(parties[party], answer, party == about.pk, asked))
        if len(views) < 2:
            continue
        views.sort(key=lambda v: (not v.is_self, v.party.joined_at, v.party.pk))
        question = today.by_code.get(asked_code) or views[0].asked
        for view in views:
            view.asked_then = view.asked if str(view.asked.text) != str(question.text) else None
        found.append(Compared(question, views, points[asked_code]))
    found.sort(key=lambda c: (order.get(c.question.code, len(order)), c.question.code))
    return found


def compared_on(place: Place, about: Party, code: str) -> Compared | None:
    """The same for one question."""
    return next(iter(compared(place, about, code)), None)


def points_about(place: Place, about: Party | None = None) -> list[TalkingPoint]:
    """Talking points that the reader may see, about one organisation or all; the open ones first. One query."""
    rows: QuerySet[TalkingPoint] = TalkingPoint.objects.visible_to(place)
    if about is not None:
        rows = rows.filter(about=about)
    rows = rows.select_related("about__organisation", "party__organisation", "library")
    return sorted(rows, key=lambda p: (p.agreed_at is not None, p.pk))


def concerned(point: TalkingPoint, partners: Sequence[Party]) -> list[Party]:
    """The partners still in that agree on it: those who could read all of it when it was begun. One query."""
    members = set(point.circle.members.values_list("party", flat=True))
    return [p for p in partners if p.pk in members]


def agreed_on(point: TalkingPoint) -> set[int]:
    """The partners whose yes is to it as it stands."""
    return {a.party_id for a in point.agreements.all() if a.seen_version == point.version}
