"""Lessons of practice, of one's own partnership, and of others once enough cases are closed."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Max, Prefetch, Q, Sum, Value
from django.db.models.functions import StrIndex, Upper
from django.db.models.lookups import GreaterThan
from django.utils.functional import Promise

from evaluation.reviews.models import Round
from lifecycle.scoping.models import Goal
from lifecycle.scoping.queries import Sought
from lifecycle.scoping.states import GoalKind
from partnerships.access.places import Place
from partnerships.catalogue.content import Canvas, CanvasPrompt, Text
from partnerships.catalogue.queries import current_content
from partnerships.record.models import Partnership, Party
from partnerships.record.states import Sector, Standing, sectors_in_order

from . import disclosure
from .models import LessonAnswer, LessonApproval, SharedLesson
from .states import LessonKind

#: Lessons of concluded partnerships are shown once so many cases are closed, so that none can be told by its lesson.
CASES = 5
#: How long what may be told of the cases is kept, where no lesson comes or goes.
KEPT_SECONDS = 600


@dataclass(frozen=True)
class OwnLessons:
    """One partner's lessons as this reader may see them."""

    party: Party
    handed_in: bool
    answers: dict[str, LessonAnswer]


def lessons_of(place: Place, round: Round | None = None) -> list[OwnLessons]:
    """Every partner's lessons, of a round or of the conclusion: the own ones, and the others' once they are handed in.

    Two queries.
    """
    answers: dict[int, dict[str, LessonAnswer]] = {}
    for row in LessonAnswer.objects.visible_to(place).filter(round=round):
        answers.setdefault(row.party_id, {})[row.prompt] = row
    handed = set(handed_in(place, round))
    return [OwnLessons(p, p.pk in handed, answers.get(p.pk, {})) for p in place.partners]


def handed_in(place: Place, round: Round | None = None) -> list[int]:
    """Ids of the partners that handed their lessons in: a fact that all partners may know."""
    return handed_in_by(place.partnership, round)


def handed_in_by(partnership: Partnership, round: Round | None) -> list[int]:
    rows = LessonAnswer.objects.of(partnership).filter(round=round, handed_in_at__isnull=False)
    return list(rows.values_list("party", flat=True).distinct())


def own_answers(place: Place, round: Round | None) -> dict[str, LessonAnswer]:
    """What the own side has written so far, by prompt."""
    rows = LessonAnswer.objects.visible_to(place).filter(party=place.own_party, round=round)
    return {row.prompt: row for row in rows}


def intro() -> Text:
    return current_content(Canvas, "lessons").intro


def prompts(round: Round | None = None) -> list[CanvasPrompt]:
    """What each side is asked. For whom it is useful is asked once, at the end: after a round it is for themselves."""
    items = current_content(Canvas, "lessons").items
    return [item for item in items if round is None or item.code in LessonKind.values]


@dataclass(frozen=True)
class Wording:
    """A lesson worded for others, and whose yes is missing; `late` joined since, and cannot read it."""

    lesson: SharedLesson
    missing: list[Party]
    late: list[Party]


def wordings(place: Place, round: Round | None = None) -> list[Wording]:
    """Those of a round or of the conclusion, oldest first. Three queries."""
    rows = SharedLesson.objects.visible_to(place).filter(round=round, withdrawn_at=None)
    found = []
    for lesson in rows.select_related("circle").prefetch_related("approvals", "circle__members").order_by("pk"):
        yes = {row.party_id for row in lesson.approvals.all()}
        readers = {member.party_id for member in lesson.circle.members.all()}
        missing = [p for p in place.partners if p.pk not in yes]
        late = [p for p in missing if p.pk not in readers]
        found.append(Wording(lesson, [p for p in missing if p.pk in readers], late))
    return found


# The library ----------------------------------------------------------------------------------------------------------
#: Lessons a page.
PAGE = 20


@dataclass(frozen=True)
class Shown:
    """A lesson as everybody reads it; `traits` are what may be told of where it comes from."""

    lesson: SharedLesson
    country: str
    sectors: list[str | Promise]
    goals: list[str | Promise]
    names: list[str]


@dataclass(frozen=True)
class Library:
    """A page of the library, and what its filters may offer."""

    cases: int
    needed: int = CASES
    lessons: list[Shown] = field(default_factory=list)
    next_key: str = ""

    @property
    def enough(self) -> bool:
        return self.cases >= self.needed

    @property
    def missing(self) -> int:
        return max(0, self.needed - self.cases)


class Cases:
    """Where the lessons come from, and what of that may be told: nothing that is not shared by five.

    One query; three where a lesson came, went or changed its record's standing since it was last worked out. What a
    record changes about itself counts some minutes later: what is told until then was told before.
    """

    def __init__(self) -> None:
        now = _shared().aggregate(
            lessons=Count("pk"),
            ids=Sum("pk"),
            last=Max("approved_at"),
            closed=Count("partnership", distinct=True, filter=Q(partnership__standing=Standing.CLOSED)),
        )
        self.closed = now["closed"]
        self.told: dict[int, frozenset[str]] = {}
        if self.closed >= CASES:
            key = f"lessons.told:{now['lessons']}:{now['ids']}:{now['closed']}:{now['last']:%Y%m%d%H%M%S%f}"
            self.told = cache.get_or_set(key, _told, KEPT_SECONDS) or {}

    def choices(self, kind: str) -> list[str]:
        """Countries, sectors or kinds of goals that a filter may offer."""
        return sorted(set(_by_kind(trait for traits in set(self.told.values()) for trait in traits)[kind]))

    def with_all(self, wanted: set[str]) -> list[int]:
        return [pk for pk, traits in self.told.items() if wanted <= traits]


def _told() -> dict[int, frozenset[str]]:
    """By case. Two queries, and arithmetic over all cases (0.1 s of ten thousand)."""
    found = _shared().values_list("partnership", "partnership__country", "partnership__sectors").distinct()
    rows = {pk: (country, sectors) for pk, country, sectors in found}
    about = _goals_about(rows)
    traits = {
        pk: frozenset(
            [_trait("country", country)] * bool(country)
            + [_trait("sector", code) for code in sectors]
            + [_trait("goal", kind) for kind in about[pk]]
        )
        for pk, (country, sectors) in rows.items()
    }
    return disclosure.told(traits, CASES)


def _goals_about(cases: Iterable[int]) -> dict[int, set[str]]:
    about: dict[int, set[str]] = defaultdict(set)
    goals = Goal.objects.unguarded("what goals of cases are about, as far as five have it in common; never a goal")
    for partnership, kind in goals.filter(partnership__in=cases, withdrawn_at=None).values_list("partnership", "about"):
        about[partnership].add(kind)
    return about


def _trait(kind: str, value: str) -> str:
    return f"{kind}:{value}"


def library(
    cases: Cases,
    *,
    words: str = "",
    country: str = "",
    sector: str = "",
    goal: str = "",
    about: str = "",
    stage: str = "",
    after: str = "",
) -> Library:
    """One page of the lessons that everybody signed in may read; nothing before five cases are closed. Two queries.

    No order of time: the public ids are random, so that a new case cannot be told by what came last.
    """
    if cases.closed < CASES:
        return Library(cases.closed)
    rows = _shared()
    wanted = {_trait(kind, of) for kind, of in (("country", country), ("sector", sector), ("goal", goal)) if of}
    if wanted:
        # By their ids: what may be told of one case depends on all the others, and is worked out above.
        rows = rows.filter(partnership__in=cases.with_all(wanted))
    for word in words.split():
        # As a place and not as a pattern, as the portfolio seeks.
        rows = rows.filter(GreaterThan(StrIndex(Upper("text"), Upper(Value(word))), 0))
    rows = rows.filter(**{name: value for name, value in (("about", about), ("stage", stage)) if value})
    if after:
        rows = rows.filter(public_id__gt=after)
    yes = Prefetch("approvals", LessonApproval.objects.select_related("party__organisation").order_by("party"))
    found = list(rows.prefetch_related(yes).order_by("public_id")[: PAGE + 1])
    shown = [_shown(lesson, cases.told.get(lesson.partnership_id, frozenset())) for lesson in found[:PAGE]]
    return Library(cases.closed, lessons=shown, next_key=found[PAGE - 1].public_id if len(found) > PAGE else "")


def _shown(lesson: SharedLesson, traits: frozenset[str]) -> Shown:
    of = _by_kind(traits)
    return Shown(
        lesson,
        country=next(iter(of["country"]), ""),
        sectors=_sectors(of["sector"]),
        goals=_goals(of["goal"]),
        names=[yes.party.name for yes in lesson.approvals.all()] if lesson.is_named else [],
    )


def _by_kind(traits: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for trait in traits:
        kind, _colon, value = trait.partition(":")
        found[kind].append(value)
    return found


def _sectors(codes: Iterable[str]) -> list[str | Promise]:
    return [Sector(code).label for code in sectors_in_order(codes)]


def _goals(kinds: Collection[str]) -> list[str | Promise]:
    return [GoalKind(code).label for code in GoalKind.values if code in kinds]


def _shared() -> Any:
    """What everybody may read: approved by all, of closed partnerships, and of rounds of any."""
    closed = Partnership.objects.unguarded("closed cases, of which only approved wording is shown").filter(
        standing=Standing.CLOSED
    )
    return SharedLesson.objects.unguarded("wording that every partner approved for everybody").filter(
        Q(partnership__in=closed.values("pk")) | Q(round__isnull=False), approved_at__isnull=False, withdrawn_at=None
    )


# What fits a partnership that begins ----------------------------------------------------------------------------------
#: So many lessons are offered, of so many that are looked at.
OFFERED, LOOKED_AT = 6, 2000
#: Letters of a word that are compared: "village" and "villages", "forage" and "forages" are one.
_STEM = 6
_WORD = re.compile(r"[^\W\d_]{4,}")


@dataclass
class Match:
    """A lesson that fits, and why it may be said to."""

    text: str
    language: str
    score: float = 0
    #: Words that both use, as the lesson writes them.
    words: list[str] = field(default_factory=list)
    same_country: bool = False
    about: list[str | Promise] = field(default_factory=list)
    sectors: list[str | Promise] = field(default_factory=list)


def matching_lessons(sought: Sought, *, but_for: Partnership) -> dict[str, Any]:
    """Lessons of the library that fit, best first; nothing before five cases are closed. Two queries (see Cases).

    Of where a lesson comes from counts what the library tells of it, and nothing else: whoever changed the own country
    could otherwise see by what comes first which lesson is from there. Words are in the lesson itself, which all its
    partners approved; those that most lessons use say nothing, and count for little.
    """
    cases = Cases()
    if cases.closed < CASES:
        return {"enough": False, "needed": CASES, "lessons": []}
    rows = list(
        _shared()
        .exclude(partnership=but_for)
        .order_by("public_id")
        .values_list("partnership", "text", "language")[:LOOKED_AT]
    )
    own = {_trait("country", sought.country)} if sought.country else set()
    own |= {_trait("sector", code) for code in sought.sectors} | {_trait("goal", kind) for kind in sought.about}
    own_words = {_stem(w) for text in sought.texts for w in _WORD.findall(text)}
    used = Counter(stem for _case, text, _language in rows for stem in {_stem(w) for w in _WORD.findall(text)})
    found = []
    for partnership, text, language in rows:
        shared = {_stem(w): w for w in _WORD.findall(text) if _stem(w) in own_words}
        weights = {stem: math.log(len(rows) / used[stem]) for stem in shared}
        same = own & cases.told.get(partnership, frozenset())
        of = _by_kind(same)
        match = Match(
            text,
            language,
            score=sum(sorted(weights.values(), reverse=True)[:5]) + 3 * len(same),
            words=[shared[s] for s in sorted(shared, key=lambda s: -weights[s]) if weights[s] > 0][:3],
            same_country=bool(of["country"]),
            about=_goals(of["goal"]),
            sectors=_sectors(of["sector"]),
        )
        if match.score > 0:
            found.append(match)
    found.sort(key=lambda m: -m.score)
    return {"enough": True, "needed": CASES, "lessons": found[:OFFERED]}


def _stem(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))[:_STEM]
