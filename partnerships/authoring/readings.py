"""A library as people read it: from its plain data, be it published or half written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import get_language

from ..catalogue.building import is_added
from ..catalogue.content import LANGUAGES, DocumentKinds
from ..catalogue.drafting import INSTEAD, Data, of_theme, words
from ..catalogue.loading import shipped_lessons
from ..catalogue.queries import current_content
from ..catalogue.states import Kind
from ..looks.format import language_inside
from .states import (
    RECORD_FACTS,
    Answer,
    Critical,
    Depth,
    Direction,
    Means,
)


@dataclass(frozen=True)
class Said:
    """A text as the reader sees it, and in which language where it is not the reader's."""

    text: str
    lang: str = ""

    def __str__(self) -> str:
        return self.text

    def __bool__(self) -> bool:
        return bool(self.text)

    @property
    def language(self) -> str:
        return language_inside(self.lang) if self.lang else ""


def said(text: Mapping[str, Any] | None) -> Said:
    """An unfinished or published text, without what only repeats another language."""
    text = text or {}
    own = (get_language() or "en")[:2]
    there = [each for each in (own, *LANGUAGES) if text.get(each) and each not in text.get("missing", ())]
    return Said(text[there[0]], "" if there[0] == own else there[0]) if there else Said("")


@dataclass
class QuestionShown:
    """One question, with everything in words."""

    code: str
    number: str
    theme: str
    text: Said
    direction: str
    critical: int
    critical_label: str
    depth: str
    answer: str
    answer_label: str
    options: list[tuple[Said, str]]
    unit: Said
    guidance: Said
    evidence: Said
    documents: list[str]
    lessons: list[tuple[str, str]]
    only_if: list[str]
    instead_of: str = ""


@dataclass
class ThemeShown:
    code: str
    title: Said
    text: Said
    #: QuestionShown, or StatementShown.
    questions: list[Any] = field(default_factory=list)
    #: A dimension that an organisation added.
    own: bool = False

    @property
    def added(self) -> int:
        """How many statements an organisation added."""
        return sum(getattr(each, "own", False) for each in self.questions)


@dataclass
class LibraryShown:
    intro: Said
    themes: list[ThemeShown]
    facts: list[tuple[str, Said, Said]]

    @property
    def count(self) -> int:
        return sum(len(theme.questions) for theme in self.themes)


def library_shown(content: Data) -> LibraryShown:
    """A draft's or a version's content. Questions are numbered as they stand: 2.3 is the third of the second theme."""
    facts = facts_in_words(content)
    kinds = {kind.code: str(kind.title) for kind in current_content(DocumentKinds).items}
    themes = []
    for place, theme in enumerate(content.get("themes", ()), start=1):
        shown = ThemeShown(theme["code"], said(theme.get("title")), said(theme.get("text")))
        for number, item in enumerate(of_theme(content.get("items", ()), theme["code"]), start=1):
            shown.questions.append(question_shown(item, f"{place}.{number}", facts, kinds))
        themes.append(shown)
    return LibraryShown(
        said(content.get("intro")),
        themes,
        [(fact["code"], said(fact.get("title")), said(fact.get("text"))) for fact in content.get("facts", ())],
    )


@dataclass
class StatementShown:
    """One statement of a review; `own` where an organisation added it."""

    code: str
    number: str
    text: Said
    baseline: Said
    core: bool
    own: bool


def instrument_shown(content: Data) -> LibraryShown:
    """The same of a review: its dimensions stand where themes do, its statements where questions do."""
    themes = []
    for place, group in enumerate(content.get("dimensions", ()), start=1):
        shown = ThemeShown(
            group["code"], said(group.get("title")), said(group.get("text")), own=is_added(group["code"])
        )
        items = [each for each in content.get("items", ()) if each.get("dimension") == group["code"]]
        shown.questions = [
            StatementShown(
                item["code"],
                f"{place}.{number}",
                said(item.get("text")),
                said(item.get("baseline_text")),
                bool(item.get("core")),
                is_added(item["code"]),
            )
            for number, item in enumerate(items, start=1)
        ]
        themes.append(shown)
    return LibraryShown(said(content.get("intro")), themes, [])


def shown(kind: str, content: Data) -> LibraryShown:
    """A draft's or a version's content, of any kind that organisations write."""
    return instrument_shown(content) if kind == Kind.INSTRUMENT else library_shown(content)


def question_shown(item: Data, number: str, facts: Mapping[str, str], kinds: Mapping[str, str]) -> QuestionShown:
    lessons = shipped_lessons().by_code
    return QuestionShown(
        code=item["code"],
        number=number,
        theme=item.get("theme", ""),
        text=said(item.get("text")),
        direction=label(Direction, item.get("direction")),
        critical=item.get("critical", 0),
        critical_label=label(Critical, item.get("critical")),
        depth=label(Depth, item.get("depth")),
        answer=item.get("answer", ""),
        answer_label=label(Answer, item.get("answer")),
        options=[
            (said(each.get("text")), label(Means, each.get("level") or "") if each.get("level") else "")
            for each in item.get("options", ())
        ],
        unit=said(item.get("unit")),
        guidance=said(item.get("guidance")),
        evidence=said(item.get("evidence")),
        documents=[kinds.get(code, code) for code in item.get("documents", ())],
        lessons=[(code, str(lessons[code].why)) for code in item.get("lessons", ()) if code in lessons],
        only_if=[facts.get(code, code) for code in item.get("only_if", ())],
        instead_of=item.get(INSTEAD, ""),
    )


def facts_in_words(content: Data) -> dict[str, str]:
    """The facts on which questions may depend, by code: the record's own, then the library's."""
    found = {code: str(words_) for code, words_ in RECORD_FACTS.items()}
    return found | {fact["code"]: str(said(fact.get("title"))) for fact in content.get("facts", ())}


def label(choices: Any, value: Any) -> str:
    return str(choices(value).label) if value in choices.values else ""


def name_of(title: Mapping[str, str]) -> str:
    """A library's name for the reader."""
    return words({k: v for k, v in title.items() if k in LANGUAGES}, (get_language() or "en")[:2])
