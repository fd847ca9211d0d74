"""Clarifications: whose turn it is, what the reader may see of them, and where one may be begun."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from partnerships.access.models import CircleParty, ReleaseOpening
from partnerships.access.places import Place
from partnerships.catalogue.content import Library, LibraryQuestion
from partnerships.catalogue.queries import content
from partnerships.record.models import Party

from ..models import DiligenceAnswer, Thread, ThreadEntry
from ..states import EntryKind
from .reading import was_released
from .together import partners_circle


def turn_of(kind: str, last: int | None, asking: int, asked: int, present: Collection[int]) -> int | None:
    """Whose turn it is after the last entry: the other one's; nobody's when it is closed, or one of them has left."""
    if kind == EntryKind.CLOSED or last is None or not {asking, asked} <= set(present):
        return None
    return asked if last == asking else asking


def with_last_entry(threads: QuerySet[Any]) -> QuerySet[Any]:
    """Marks each thread with its last entry: `last_kind`, `last_party` and `last_at`."""
    last = (
        ThreadEntry.objects.unguarded("who wrote last, and when; never what")
        .filter(thread=OuterRef("pk"))
        .order_by("-pk")
    )
    marked: QuerySet[Any] = threads.annotate(
        last_kind=Subquery(last.values("kind")[:1]),
        last_party=Subquery(last.values("party")[:1]),
        last_at=Subquery(last.values("created_at")[:1]),
    )
    return marked


@dataclass
class ThreadLine:
    """A clarification as a list shows it."""

    thread: Thread
    question: LibraryQuestion | None
    #: Whose turn it is.
    turn: Party | None
    last_at: datetime
    is_mine: bool
    is_closed: bool
    #: The party with which the reader's side speaks; for a reader who is neither, the one that answers.
    other: Party


def _with_parties(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.select_related("party__organisation", "asked__organisation", "about__organisation", "library", "circle")


def lines_for(place: Place, rows: QuerySet[Any]) -> list[ThreadLine]:
    """Threads of the reader, the own turn first, then the newest. One query."""
    present = {p.pk: p for p in place.present}
    own = place.party.pk if place.party is not None else None
    found = []
    for thread in _with_parties(with_last_entry(rows)):
        turn = turn_of(thread.last_kind or "", thread.last_party, thread.party_id, thread.asked_id, present)
        found.append(
            ThreadLine(
                thread=thread,
                question=content(thread.library, Library).by_code.get(thread.code),
                turn=present.get(turn) if turn is not None else None,
                last_at=thread.last_at or thread.created_at,
                is_mine=turn is not None and turn == own,
                is_closed=thread.last_kind == EntryKind.CLOSED,
                other=thread.party if thread.asked_id == own else thread.asked,
            )
        )
    found.sort(key=lambda line: (not line.is_mine, line.turn is None, -line.last_at.timestamp()))
    return found


def threads_of(place: Place) -> list[ThreadLine]:
    """All clarifications of the record that the reader may see. One query."""
    return lines_for(place, Thread.objects.visible_to(place))


def threads_on(place: Place, about: Party, code: str = "") -> list[ThreadLine]:
    """Those on answers about one organisation, or on one question about it. One query."""
    rows = Thread.objects.visible_to(place).filter(about=about)
    return lines_for(place, rows.filter(code=code) if code else rows)


def threads_by_code(place: Place, party: Party, about: Party) -> dict[str, ThreadLine]:
    """By question, the clarification of what one side says about an organisation: the own one before others'."""
    found: dict[str, ThreadLine] = {}
    own = place.party.pk if place.party is not None else None
    rows = Thread.objects.visible_to(place).filter(about=about, asked=party)
    for line in sorted(lines_for(place, rows), key=lambda x: (x.thread.party_id == own, x.thread.pk)):
        found[line.thread.code] = line
    return found


def entries_of(thread: Thread, place: Place) -> list[ThreadEntry]:
    """What the reader may read of it: before the other side has opened an entry, only its own side does. One query."""
    rows = ThreadEntry.objects.visible_to(place).filter(thread=thread)
    return list(
        rows.filter(Q(opened_at__isnull=False) | Q(party=place.party) | ~Q(kind=EntryKind.WORDS))
        .select_related("party__organisation", "author")
        .order_by("pk")
    )


def waiting_entries(thread: Thread, place: Place) -> int:
    """How many entries the other side wrote that the reader's side has not opened."""
    if place.party is None or place.party.pk not in {thread.party_id, thread.asked_id}:
        return 0
    rows = ThreadEntry.objects.visible_to(place).filter(thread=thread, opened_at=None, kind=EntryKind.WORDS)
    return rows.exclude(party=place.party).count()


def answer_asked(thread: Thread, place: Place) -> DiligenceAnswer | None:
    """The released answer that it is about, as the reader may read it now; None when it was withdrawn."""
    rows = DiligenceAnswer.objects.visible_to(place).filter(
        assessment=thread.assessment_id, code=thread.code, withdrawn_at=None
    )
    found: DiligenceAnswer | None = (
        was_released(rows).filter(stands_released=True).select_related("library").order_by("-pk").first()
    )
    return found


def released_answer(place: Place, party: Party, about: Party, code: str) -> DiligenceAnswer | None:
    """Another side's newest answer that was released to the reader's side and opened by it: of which it may ask."""
    found: DiligenceAnswer | None = (
        DiligenceAnswer.objects.visible_to(place)
        .filter(assessment__party=party, assessment__about=about, code=code, withdrawn_at=None)
        .exclude(party=place.party)
        .select_related("library", "assessment")
        .order_by("-pk")
        .first()
    )
    return found


def all_partners_read(place: Place, answer: DiligenceAnswer) -> bool:
    """Whether everybody in the partners' circle reads this answer today: only then may all of them follow."""
    wanted = set(CircleParty.objects.filter(circle=partners_circle(place)).values_list("party", flat=True))
    return wanted <= readers_of([answer])[answer.pk]


def readers_of(answers: Collection[DiligenceAnswer]) -> dict[int, set[int]]:
    """Per answer, the parties that read it: in its circle, or released to them and opened. Two queries."""
    found: dict[int, set[int]] = {a.pk: set() for a in answers}
    circles: dict[int, set[int]] = {}
    for circle, party in CircleParty.objects.filter(circle__in={a.circle_id for a in answers}).values_list(
        "circle", "party"
    ):
        circles.setdefault(circle, set()).add(party)
    for answer in answers:
        found[answer.pk] |= circles.get(answer.circle_id, set())
    opened = ReleaseOpening.objects.filter(
        release__items__model=DiligenceAnswer._meta.label_lower, release__items__object_id__in=list(found)
    )
    for pk, party in opened.values_list("release__items__object_id", "party"):
        if pk in found:
            found[pk].add(party)
    return found
