"""Rounds: their history, what changed between two versions of the questions, and which facts decide what is asked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from partnerships.access.places import Place
from partnerships.catalogue.content import Fact, Library, LibraryQuestion
from partnerships.catalogue.models import CatalogueVersion
from partnerships.catalogue.queries import content

from ..models import DiligenceAnswer, DiligenceRound, RecordFact
from .asked import Asked
from .checklists import same_words


@dataclass(frozen=True)
class Changes:
    """What is different between two versions of the questions."""

    new: tuple[LibraryQuestion, ...] = ()
    gone: tuple[LibraryQuestion, ...] = ()
    #: Before, and now.
    changed: tuple[tuple[LibraryQuestion, LibraryQuestion], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.changed)


def changes_between(before: Library, now: Library) -> Changes:
    return Changes(
        tuple(q for q in now.items if q.code not in before.by_code),
        tuple(q for q in before.items if q.code not in now.by_code),
        tuple(
            (old, q) for q in now.items if (old := before.by_code.get(q.code)) is not None and not same_words(old, q)
        ),
    )


@dataclass
class Turn:
    """One round in the history: why it began, and what it asked differently from the one before."""

    round: DiligenceRound
    changes: Changes


def turns_of(place: Place) -> list[Turn]:
    """The rounds, the newest first. One query; the questions of a version are read once."""
    rounds = list(
        DiligenceRound.objects.visible_to(place)
        .select_related("library", "author", "party__organisation")
        .defer("library__content")
        .order_by("number")
    )
    turns, before = [], None
    for one in rounds:
        asked = content(one.library, Library)
        turns.append(Turn(one, changes_between(before, asked) if before is not None else Changes()))
        before = asked
    return turns[::-1]


def changes_ahead(asked: Asked, following: CatalogueVersion) -> Changes:
    """What a new round would ask differently."""
    return changes_between(asked.library, content(following, Library))


@dataclass
class FactState:
    """A fact on which questions depend, with what was said of it."""

    fact: Fact
    said: RecordFact | None = None
    #: Questions that depend on it, of those that the agreed depth asks.
    questions: tuple[LibraryQuestion, ...] = ()
    lessons: tuple[str, ...] = field(default_factory=tuple)

    @property
    def code(self) -> str:
        return self.fact.code


def facts_in(place: Place, asked: Asked) -> list[FactState]:
    """The facts of the library that is asked, each with who said what last. One query, none without facts."""
    if not asked.library.facts:
        return []
    said = {
        one.code: one
        for one in RecordFact.objects.visible_to(place)
        .filter(replaced_at=None)
        .select_related("author", "party__organisation")
    }
    found = []
    for fact in asked.library.facts:
        questions = tuple(q for q in asked.library.items if fact.code in q.only_if and _is_ours(q, place, asked))
        lessons = tuple(dict.fromkeys(code for q in questions for code in q.lessons))
        found.append(FactState(fact, said.get(fact.code), questions, lessons))
    return found


def _is_ours(question: LibraryQuestion, place: Place, asked: Asked) -> bool:
    """Whether anybody here would be asked it, were all its facts true."""
    free = replace(asked, supposed={})
    return any(
        free.question(question.code, one, other) is not None for one in place.partners for other in place.partners
    )


@dataclass(frozen=True)
class Effect:
    """What saying a fact does to what a side is asked."""

    appear: tuple[LibraryQuestion, ...] = ()
    disappear: tuple[LibraryQuestion, ...] = ()
    #: Of the own side's answers, how many would count no longer.
    answered: int = 0


def effect_of(place: Place, asked: Asked, code: str, *, holds: bool) -> Effect:
    """Of saying that a fact holds, or that it does not: over everything that the partners are asked. One query."""
    then = replace(asked, supposed={**asked.facts, code: holds})
    now_asked, then_asked = _codes(place, asked), _codes(place, then)
    items = asked.library.items
    gone = now_asked - then_asked
    answered = 0
    if gone and asked.round is not None:
        rows = DiligenceAnswer.objects.visible_to(place).filter(
            assessment__round=asked.round, assessment__party=place.own_party, superseded_at=None, code__in=gone
        )
        answered = sum(row.says_something for row in rows)
    return Effect(
        tuple(q for q in items if q.code in then_asked - now_asked),
        tuple(q for q in items if q.code in gone),
        answered,
    )


def _codes(place: Place, asked: Asked) -> set[str]:
    return {q.code for one in place.partners for other in place.partners for q in asked.questions(one, other)}
