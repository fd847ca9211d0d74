"""A review as a spreadsheet: shipped statements to read beside, and those that an organisation adds."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from ..catalogue.drafting import Data
from ..catalogue.states import Kind
from .readings import said
from .sheets import LIBRARY, Column, Layout, choices_in_words, help_in_short, texts, words_in
from .states import CORE_HELPS, STATEMENT_FIELDS, Core

COLUMNS = {
    "items": [
        Column("code"),
        Column("dimension", width=24),
        *texts("text", 48, STATEMENT_FIELDS["text"]),
        Column("core", choices=Core),
        *texts("baseline_text", 48),
    ],
    "dimensions": [Column("code"), *texts("title", 30, STATEMENT_FIELDS["title"]), *texts("about", 48)],
}


def sheet_names() -> dict[str, str]:
    return {"items": _("Statements"), "dimensions": _("Dimensions"), "help": _("How to fill it in")}


def _rows(key: str, content: Data) -> Iterator[list[str]]:
    dimensions = {each["code"]: str(said(each.get("title"))) for each in content.get("dimensions", ())}
    for thing in content.get(key, ()):
        if key == "dimensions":
            yield [thing["code"], *words_in(thing, "title"), *words_in(thing, "text")]
            continue
        yield [
            thing["code"],
            dimensions.get(thing.get("dimension", ""), ""),
            *words_in(thing, "text"),
            str((Core.YES if thing.get("core") else Core.NO).label),
            *words_in(thing, "baseline_text"),
        ]


def help_rows() -> list[tuple[str, str, bool]]:
    """The rows of the help sheet: what, how, and whether it is a heading."""
    names = sheet_names()
    return [
        *help_in_short(),
        (names["items"], "", True),
        (
            _("Shipped statements"),
            _("Leave their rows as they are: a file that changes one, or leaves it out, is not taken."),
            False,
        ),
        (_("Code"), _("Leave it as it is. For a new statement leave it empty."), False),
        (
            _("Dimension"),
            _("The name of a dimension, as it stands in “Dimensions”: a shipped one, or your own."),
            False,
        ),
        (
            _("Statement"),
            _("A sentence that is true or not. With other words, a published statement becomes another one."),
            False,
        ),
        *choices_in_words(_("In the core"), Core, CORE_HELPS),
        (_("As an expectation"), _("For the baseline; left empty, the statement is asked."), False),
        (names["dimensions"], _("The shipped ones as they are, and below them one of your own at most."), True),
    ]


STATEMENTS = Layout(COLUMNS, sheet_names, _rows, help_rows)
LAYOUTS = {Kind.LIBRARY.value: LIBRARY, Kind.INSTRUMENT.value: STATEMENTS}
