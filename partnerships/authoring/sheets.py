"""A library as a spreadsheet: its columns, and writing it. Values only: what people wrote is text, never a formula."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from django.utils import translation
from django.utils.translation import gettext as _
from xlsxwriter import Workbook

from ..catalogue.content import LANGUAGES, DocumentKinds
from ..catalogue.drafting import Data
from ..catalogue.queries import current_content
from ..catalogue.states import Kind
from ..looks.sheets import OPTIONS, sheet_name
from .readings import facts_in_words, label, said
from .states import (
    ANSWER_HELPS,
    CRITICAL_HELPS,
    DEPTH_HELPS,
    DIRECTION_HELPS,
    FIELDS,
    LANGUAGE_NAMES,
    RECORD_FACTS,
    Answer,
    Critical,
    Depth,
    Direction,
    Means,
)

#: Rows that get a list to choose from.
ROWS = 400


@dataclass(frozen=True)
class Column:
    """A column: the key of the catalogue, the language where it is a text, the words to choose from."""

    key: str
    language: str = ""
    choices: Any = None
    width: int = 14
    #: What it is called, where that is not what a library's field is called.
    name: Any = ""

    @property
    def head(self) -> str:
        """As it stands in the first row, in the reader's language."""
        own = {"question": _("Code of the question"), "about": _("What it is about"), "option": _("Answer")}
        name = str(self.name) or own.get(self.key) or str(FIELDS[self.key])
        return f"{name} ({LANGUAGE_NAMES[self.language]})" if self.language else name


def texts(key: str, width: int, name: Any = "") -> list[Column]:
    """A column for each language."""
    return [Column(key, language, width=width, name=name) for language in LANGUAGES]


COLUMNS: dict[str, list[Column]] = {
    "items": [
        Column("code"),
        Column("theme", width=24),
        *texts("text", 48),
        Column("direction", choices=Direction, width=24),
        Column("critical", choices=Critical, width=20),
        Column("depth", choices=Depth),
        Column("answer", choices=Answer, width=18),
        *texts("unit", 14),
        *texts("guidance", 48),
        *texts("evidence", 36),
        Column("documents", width=36),
        Column("lessons", width=18),
        Column("only_if", width=36),
    ],
    "themes": [Column("code"), *texts("title", 30), *texts("about", 48)],
    "options": [Column("question", width=20), *texts("option", 40), Column("level", choices=Means, width=24)],
    "facts": [Column("code"), *texts("title", 40), *texts("about", 48)],
}


def sheet_names() -> dict[str, str]:
    """What the sheets are called in the reader's language."""
    return {
        "items": _("Questions"),
        "themes": _("Themes"),
        "options": _("Answers to choose from"),
        "facts": _("Facts"),
        "help": _("How to fill it in"),
    }


@dataclass(frozen=True)
class Layout:
    """How one kind of own list stands in a workbook."""

    #: By sheet.
    columns: Mapping[str, Sequence[Column]]
    names: Callable[[], dict[str, str]]
    rows: Callable[[str, Data], Iterator[list[str]]]
    #: What, how, and whether it is a heading.
    help: Callable[[], list[tuple[str, str, bool]]]


def write(content: Data, *, language: str, layout: Layout | None = None) -> bytes:
    """The workbook of a library (or of a review), with its words in a language; every text of all three is in it."""
    layout = layout or LIBRARY
    out = io.BytesIO()
    with translation.override(language), Workbook(out, OPTIONS) as book:
        names = layout.names()
        for key, columns in layout.columns.items():
            _sheet(book, names[key], columns, layout.rows(key, content))
        _help(book, names["help"], layout.help())
    return out.getvalue()


def _rows(key: str, content: Data) -> Iterator[list[str]]:
    facts = facts_in_words(content)
    themes = {each["code"]: str(said(each.get("title"))) for each in content.get("themes", ())}
    kinds = {kind.code: str(kind.title) for kind in current_content(DocumentKinds).items}
    if key == "options":
        for item in content.get("items", ()):
            for option in item.get("options", ()):
                yield [
                    item["code"],
                    *[option["text"].get(each, "") for each in LANGUAGES],
                    label(Means, option.get("level") or ""),
                ]
        return
    for thing in content.get(key, ()):
        if key == "items":
            yield [
                thing["code"],
                themes.get(thing.get("theme", ""), ""),
                *words_in(thing, "text"),
                label(Direction, thing.get("direction")),
                label(Critical, thing.get("critical")),
                label(Depth, thing.get("depth")),
                label(Answer, thing.get("answer")),
                *words_in(thing, "unit"),
                *words_in(thing, "guidance"),
                *words_in(thing, "evidence"),
                "; ".join(kinds.get(code, code) for code in thing.get("documents", ())),
                "; ".join(thing.get("lessons", ())),
                "; ".join(facts.get(code, code) for code in thing.get("only_if", ())),
            ]
        else:
            yield [thing["code"], *words_in(thing, "title"), *words_in(thing, "text")]


def words_in(thing: Data, key: str) -> list[str]:
    """A text's cells, one a language, empty where nobody wrote it."""
    text = thing.get(key) or {}
    return [text.get(each, "") for each in LANGUAGES]


def _sheet(book: Workbook, name: str, columns: Sequence[Column], rows: Iterator[list[str]]) -> None:
    """One sheet, written row by row (memory stays constant); every cell is text."""
    sheet = book.add_worksheet(sheet_name(name))
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    wrap = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    for at, column in enumerate(columns):
        # Empty cells too: a code such as 4.10 that is typed later stays as it was typed.
        sheet.set_column(at, at, column.width, wrap)
        if column.choices is not None:
            sheet.data_validation(
                1, at, ROWS, at, {"validate": "list", "source": [str(each) for each in column.choices.labels]}
            )
    sheet.freeze_panes(1, 2)
    for at, column in enumerate(columns):
        sheet.write_string(0, at, column.head, bold)
    for line, row in enumerate(rows, start=1):
        for at, value in enumerate(row):
            sheet.write_string(line, at, value[:32000], wrap)


def _help(book: Workbook, name: str, rows: Sequence[tuple[str, str, bool]]) -> None:
    """What belongs into each column, with every word that may stand there."""
    sheet = book.add_worksheet(sheet_name(name))
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 34, wrap)
    sheet.set_column(1, 1, 100, wrap)
    for line, (what, how, is_head) in enumerate(rows):
        sheet.write_string(line, 0, what, bold if is_head else wrap)
        sheet.write_string(line, 1, how, wrap)


def help_in_short() -> list[tuple[str, str, bool]]:
    """What holds for every workbook."""
    return [
        (
            _("In short"),
            _(
                "Fill in the sheets, save as Excel workbook (.xlsx), and upload it to the draft. Before anything "
                "changes you see what is added, changed and left out."
            ),
            True,
        ),
        (
            _("Rows"),
            _(
                "One thing a row, in the order in which it is asked. Take a row out, and it is left out. "
                "Empty rows do not count."
            ),
            False,
        ),
        (_("Columns"), _("Leave the heads as they are. The order of the columns does not matter."), False),
        (
            _("Languages"),
            _("Write each text in one language at least. People who read in another one see these words."),
            False,
        ),
    ]


def help_rows() -> list[tuple[str, str, bool]]:
    """The rows of the help sheet: what, how, and whether it is a heading."""
    names = sheet_names()
    kinds = "; ".join(str(kind.title) for kind in current_content(DocumentKinds).items)
    record = "; ".join(map(str, RECORD_FACTS.values()))
    return [
        *help_in_short(),
        (names["items"], "", True),
        (
            _("Code"),
            _(
                "Leave it as it is. For a new question leave it empty, or write a name of your own that “Answers to "
                "choose from” can point at. Empty it to make an own question a new one."
            ),
            False,
        ),
        (_("Theme"), _("The name of a theme, as it stands in “Themes”."), False),
        *choices_in_words(_("Who is asked"), Direction, DIRECTION_HELPS),
        *choices_in_words(_("How critical"), Critical, CRITICAL_HELPS),
        *choices_in_words(_("Asked from"), Depth, DEPTH_HELPS),
        *choices_in_words(_("Answer"), Answer, ANSWER_HELPS),
        (_("Unit"), _("Of a number only."), False),
        (_("Guidance"), _("What to look at, and what a good answer shows."), False),
        (_("What supports the answer"), _("In words; leave it empty where a talk is enough."), False),
        (
            _("Kinds of documents"),
            _("One or more of these, with a semicolon between them: %(kinds)s.") % {"kinds": kinds},
            False,
        ),
        (_("Lessons"), _("Codes of lessons, with a semicolon between them."), False),
        (
            _("Only if"),
            _(
                "Facts, with a semicolon between them: those of the sheet “Facts”, and: %(facts)s. The question is "
                "asked if one of them holds, or is not known yet."
            )
            % {"facts": record},
            False,
        ),
        (names["themes"], _("The headings, in their order. A theme needs at least one question."), True),
        (
            names["options"],
            _("For questions with a choice: one answer a row, two at least for each question."),
            True,
        ),
        *choices_in_words(_("What it means"), Means, {}),
        (
            names["facts"],
            _("What is true of some partnerships and not of others, as a sentence: “Indigenous rights are affected”."),
            True,
        ),
    ]


def choices_in_words(head: str, choices: Any, helps: Any) -> Iterator[tuple[str, str, bool]]:
    yield head, _("One of these words:"), False
    for value, name in choices.choices:
        yield "", f"{name}. {helps[value]}" if value in helps else str(name), False


LIBRARY = Layout(COLUMNS, sheet_names, _rows, help_rows)


def write_yaml(title: Data, content: Data, kind: str = Kind.LIBRARY) -> str:
    """The same as YAML, for people who keep their libraries under version control."""
    data = {"kind": str(kind), "title": title, **content}
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=110)
