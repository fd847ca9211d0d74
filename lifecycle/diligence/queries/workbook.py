"""An uploaded workbook beside what stands here: what is new in it, what changed on either side, what is of no use."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.places import Place
from partnerships.catalogue.content import Library, LibraryQuestion
from partnerships.catalogue.queries import content, text
from partnerships.looks.format import number as figures

from ..models import DiligenceAnswer, DiligenceRound, WorkbookImport, WorkbookLine
from ..states import Level, LineProblem, note_limit
from .asked import library_for, round_of
from .checklists import Checklist, Row, checklist, same_words
from .words import in_short, value_in_words


class Group(StrEnum):
    """What a line of a workbook is, beside what stands here."""

    #: It says what it said when it was taken away, or what stands here, or nothing.
    UNCHANGED = "unchanged"
    #: Nothing stood here, and nothing does.
    NEW = "new"
    #: Only the workbook has changed.
    YOURS = "yours"
    #: Both have: cell by cell somebody chooses.
    CONFLICT = "conflict"
    #: From an earlier round or version, with a question that is still asked in the same words.
    OFFERED = "offered"
    #: From an earlier version: the question is another one now.
    REWORDED = "reworded"
    #: It is of no use, for the reason that it gives.
    REJECTED = "rejected"


#: What can be taken over.
TAKEN_OVER = (Group.NEW, Group.YOURS, Group.CONFLICT, Group.OFFERED)


@dataclass(frozen=True)
class Content:
    """An answer as a workbook has it."""

    level: str = ""
    text: str = ""
    value: Any = None

    @property
    def is_blank(self) -> bool:
        return not (self.level or self.text.strip() or self.value)


@dataclass(frozen=True)
class Cell:
    """One cell of a question: as it is now, as it was when the workbook was taken away, and as it stands in it."""

    name: str
    now: str
    was: str
    yours: str

    @property
    def label(self) -> str:
        return _("Answer") if self.name == "answer" else _("Note")


@dataclass
class Compared:
    line: WorkbookLine
    group: Group
    #: The question as it is asked now, and as it was where that is another.
    question: LibraryQuestion | None = None
    before: LibraryQuestion | None = None
    here: DiligenceAnswer | None = None
    #: Those in which the workbook says something else than what stands here.
    cells: list[Cell] = field(default_factory=list)
    #: Why it is of no use, where the line itself could be read.
    reason: str = ""

    @property
    def code(self) -> str:
        return self.line.code

    @property
    def short(self) -> str:
        """The question within a sentence."""
        asked = self.question or self.before
        return in_short(self.code, text(asked.text)) if asked is not None else self.code

    @property
    def field_name(self) -> str:
        return self.code.replace(".", "_")

    @property
    def why(self) -> str:
        if self.line.problem == LineProblem.LONG and self.question is not None:
            most = figures(note_limit(self.question.answer))
            return _("The note is too long: it may have %(most)s characters.") % {"most": most}
        return self.reason or (str(self.line.get_problem_display()) if self.line.problem else "")


@dataclass
class Comparison:
    item: WorkbookImport
    checklist: Checklist
    #: The round that is on, and whether the workbook is of an earlier one, or of another version of the questions.
    number: int
    is_earlier: bool
    rows: list[Compared]

    def of(self, *groups: Group) -> list[Compared]:
        return [row for row in self.rows if row.group in groups]

    @property
    def groups(self) -> dict[str, list[Compared]]:
        return {group.value: self.of(group) for group in Group}

    @property
    def usable(self) -> list[Compared]:
        return self.of(*TAKEN_OVER)

    @property
    def seen(self) -> str:
        """Changes with every answer that this comparison shows: a choice made on an older one is not carried out."""
        stand = [
            [row.code, row.group.value, row.here.pk if row.here else 0, row.here.version if row.here else 0]
            for row in self.rows
        ]
        return hashlib.sha256(json.dumps([self.number, self.is_earlier, stand]).encode()).hexdigest()[:32]


def said_here(answer: DiligenceAnswer | None) -> Content:
    return Content(answer.level, answer.text, answer.value) if answer is not None else Content()


def compare(item: WorkbookImport, place: Place) -> Comparison:
    """Everything that a workbook says, beside what stands here now. Ten queries at most, however many lines."""
    found = checklist(place.own_party, item.about, place.partners)
    now = round_of(place.partnership)
    version = library_for(place.partnership, now)
    before = content(item.library, Library).by_code
    after = content(version, Library).by_code
    # A workbook from before the first round is of the first: it begins with the first answer.
    number = max(round_number(now), 1)
    is_earlier = max(item.number, 1) != number or item.library_id != version.pk
    here = {row.question.code: row for row in found.rows}
    rows = [_compare(line, here, before, after, is_earlier) for line in item.lines.all()]
    # Who changed it last is said beside it.
    prefetch_related_objects([row.here for row in rows if row.here is not None], "author")
    return Comparison(item, found, number, is_earlier, rows)


def _compare(
    line: WorkbookLine,
    here: Mapping[str, Row],
    before: Mapping[str, LibraryQuestion],
    after: Mapping[str, LibraryQuestion],
    is_earlier: bool,
) -> Compared:
    asked, now = before.get(line.code), after.get(line.code)
    found = Compared(line, Group.REJECTED, question=now or asked)
    if line.problem or asked is None:
        return found
    yours = Content(line.level, line.text, line.value)
    was = Content(line.was_level, line.was_text, line.was_value)
    row = here.get(line.code)
    found.here = row.answer if row is not None else None
    stands = said_here(found.here)
    if asked.answer != "scale":
        # What choices stand for follows from them; how many documents are cited, from the page.
        yours, was, stands = (_without(each, stands, asked) for each in (yours, was, stands))
    if yours == was or yours.is_blank:
        found.group = Group.UNCHANGED
        return found
    if now is None or row is None:
        found.reason = _("This question is not asked of you any more.")
        return found
    if not same_words(asked, now):
        found.group, found.before = Group.REWORDED, asked
        found.cells = cells_of(asked, Content(), was, yours)
        return found
    found.cells = cells_of(now, stands, was, yours)
    is_carried = found.here is not None and found.here.is_carried
    if not found.cells and not is_carried:
        found.group = Group.UNCHANGED
    elif stands not in (was, yours):
        # Also where one cell changed here and another there: a note belongs to its answer.
        found.group = Group.CONFLICT
    elif is_earlier:
        found.group = Group.OFFERED
    else:
        found.group = Group.NEW if stands.is_blank else Group.YOURS
    return found


def _without(said: Content, stands: Content, asked: LibraryQuestion) -> Content:
    """An answer that is not of the scale, without what follows from elsewhere."""
    level = Level.NA.value if said.level == Level.NA else ""
    counted = asked.answer == "file" and not level and stands.level != Level.NA
    return replace(said, level=level, value=stands.value if counted else said.value)


def cells_of(question: LibraryQuestion, now: Content, was: Content, yours: Content) -> list[Cell]:
    """The cells in which a workbook differs from what stands here."""
    found = []
    if (now.level, now.value) != (yours.level, yours.value):
        found.append(Cell("answer", *(value_in_words(question, c) for c in (now, was, yours))))
    if now.text != yours.text:
        found.append(Cell("note", now.text, was.text, yours.text))
    return found


def open_imports(place: Place, about: Any) -> Sequence[WorkbookImport]:
    """The uploads about a partner that wait for somebody of the own side. One query."""
    rows = (
        WorkbookImport.objects.visible_to(place)
        .filter(party=place.own_party, about=about, applied_at=None, expires_at__gt=clock.now())
        .select_related("author")
        .order_by("-pk")
    )
    return list(rows)


def round_number(now: DiligenceRound | None) -> int:
    return now.number if now is not None else 0
