"""Answers in words, each as its question was put."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext

from partnerships.catalogue.content import LibraryQuestion, sign_of
from partnerships.catalogue.queries import text
from partnerships.looks import format as looks

from ..models import Saying
from ..states import Level

#: How much of a question's words stands for it within a sentence.
SHORT = 60


def with_sign(question: LibraryQuestion) -> str:
    """The question in a list: \"6.1 What do the affected people think?\"; an own one by its words alone."""
    return f"{question.sign} {text(question.text)}".strip()


def in_short(code: str, words: str) -> str:
    """A question within a sentence: \"6.1\"; an own one, whose code says nothing, by how its words begin."""
    return sign_of(code) or gettext("“%(words)s”") % {"words": Truncator(words).chars(SHORT)}


def value_in_words(question: LibraryQuestion, said: Saying) -> str:
    """What was chosen or given, without the note: "Some concern", "12.5 tonnes". What fits no more stands as it is."""
    if said.level == Level.NA or (said.level and question.answer == "scale"):
        return str(Level(said.level).label)
    if said.value in (None, "", []):
        return ""
    values = said.value if isinstance(said.value, list) else [said.value]
    match question.answer:
        case "choice" | "choices":
            options = [(each, question.option(str(each))) for each in values]
            return "; ".join(text(option.text) if option is not None else str(each) for each, option in options)
        case "number":
            unit = looks.NBSP + text(question.unit) if question.unit is not None else ""
            return _number(values[0]) + unit
        case "date":
            return _day(values[0])
        case "file":
            return _documents(values[0])
    return ", ".join(map(str, values))


def in_words(question: LibraryQuestion, said: Saying) -> str:
    """All of it in one line: what was chosen, then the note."""
    value = value_in_words(question, said)
    note = said.text.strip()
    return f"{value}. {note}" if value and note else value or note


def _number(value: Any) -> str:
    try:
        exact = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    if not exact.is_finite():
        return str(value)
    return looks.number(exact, max(0, -int(exact.normalize().as_tuple().exponent)))


def _day(value: Any) -> str:
    try:
        return looks.long_date(date.fromisoformat(str(value)))
    except ValueError:
        return str(value)


def _documents(value: Any) -> str:
    if not isinstance(value, int):
        return str(value)
    return ngettext("%(count)s document", "%(count)s documents", value) % {"count": value}
