"""Answers as words, alone and side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from partnerships.catalogue.content import ScreenQuestion
from partnerships.catalogue.queries import content
from partnerships.record.models import Party

from .. import actions, queries
from ..models import Sheet, SheetAnswer
from ..queries import Question, questions_of
from ..states import SheetKind


def words_of(question: Question, option: str, text: str) -> str:
    """An answer as a reader sees it: the option's words, then one's own."""
    chosen = ""
    if option and isinstance(question, ScreenQuestion):
        chosen = next((str(o.text) for o in question.options if o.code == option), option)
    return "\n".join(x for x in [chosen, text] if x)


@dataclass
class OwnRow:
    question: Question
    label: str
    words: str


def own_rows(sheet: Sheet, answers: dict[str, SheetAnswer], *, every: bool = False) -> list[OwnRow]:
    """The own answers as text; with `every`, the unanswered too."""
    rows = []
    for question in questions_of(content(sheet.catalogue_version)).values():
        answer = answers.get(question.code)
        if answer is None and not every:
            continue
        numbered = f"{question.code}. " if sheet.kind == SheetKind.SCREEN else ""
        label = f"{numbered}{question.text}" if isinstance(question, ScreenQuestion) else str(question.title)
        rows.append(OwnRow(question, label, words_of(question, answer.option, answer.text) if answer else ""))
    return rows


@dataclass
class SaidRow:
    """What one partner says, ready to show."""

    party: Party
    option: str = ""
    text: str = ""
    #: In which it was written.
    language: str = ""
    #: ready, not_yet, stop; empty where nothing was answered.
    outcome: str = ""
    make_it_so: str = ""
    changed_on: datetime | None = None
    before: list[tuple[str, datetime]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.option and not self.text


@dataclass
class QuestionRow:
    code: str
    title: str
    standing: str
    said: list[SaidRow]
    prompt: str = ""


@dataclass
class QuestionGroup:
    """Questions that stand alike, with what that means."""

    title: str
    lede: str
    rows: list[QuestionRow]
    standing: str


def _question_of(answer: SheetAnswer) -> Question | None:
    return questions_of(content(answer.sheet.catalogue_version)).get(answer.question)


def _said_row(said: queries.Said) -> SaidRow:
    answer = said.answer
    if answer is None:
        return SaidRow(said.party)
    question = _question_of(answer)
    row = SaidRow(said.party, text=answer.text, language=answer.language, outcome=answer.outcome)
    if isinstance(question, ScreenQuestion) and answer.option:
        option = question.option(answer.option)
        row.option = str(option.text)
        row.make_it_so = str(option.make_it_so or "")
    if answer.is_change:
        row.changed_on = answer.created_at
    for old in said.before:
        old_question = _question_of(old)
        if old_question is not None:
            row.before.append((words_of(old_question, old.option, old.text), old.created_at))
    return row


def _rows(rows: dict[str, list[queries.Said]]) -> dict[str, QuestionRow]:
    """By question; its title from the list that was asked."""
    made = {}
    for code, said in rows.items():
        question = next((_question_of(s.answer) for s in said if s.answer is not None), None)
        if question is None:
            continue
        title = str(question.text) if isinstance(question, ScreenQuestion) else str(question.title)
        prompt = "" if isinstance(question, ScreenQuestion) else str(question.text)
        made[code] = QuestionRow(code, title, queries.standing_of(said), [_said_row(s) for s in said], prompt)
    return made


def screen_groups(rows: dict[str, list[queries.Said]]) -> list[QuestionGroup]:
    """All answers side by side, stops first, then differences. A stop is never averaged away; nothing is added up."""
    texts = {
        "stop": (
            _("Somebody says stop"),
            _("Talk about these first. A stop stays until the one who said it changes it."),
        ),
        "differ": (_("Where you differ"), _("A difference is an invitation to talk, not a fault.")),
        "not_yet": (_("Not yet, as you all say"), _("You see it alike: something is still missing.")),
        "one_sided": (_("Answered by some"), _("The others have not answered these.")),
        "ready": (_("Where you are all ready"), ""),
    }
    made = _rows(rows)
    ordered = queries.compared(rows, sorted(rows, key=lambda code: (len(code), code)))
    groups = []
    for standing in queries.STANDINGS:
        found = [made[c.question] for c in ordered if c.standing == standing and c.question in made]
        if found:
            title, lede = texts[standing]
            groups.append(QuestionGroup(title, lede, found, standing))
    return groups


def line_rows(kind: str, rows: dict[str, list[queries.Said]]) -> list[QuestionRow]:
    """Lines side by side, in the order in which they were asked."""
    made = _rows(rows)
    order = list(questions_of(content(actions.version_for(kind))))
    return [made[code] for code in [*order, *(c for c in made if c not in order)] if code in made]
