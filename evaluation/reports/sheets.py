"""A snapshot as a spreadsheet: values only. What people wrote is text, never a formula or a link."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import IO, Any

from django.utils import translation
from django.utils.translation import gettext
from xlsxwriter import Workbook

from partnerships.looks import svg

from .building import Snapshot, telling_of
from .printing import agreed, for_whom

OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "in_memory": False,
}
Cell = str | int | Decimal | None


def write(snapshot: Snapshot, target: IO[bytes], *, language: str, word: str) -> None:
    """Write the report's workbook, in a language."""
    with translation.override(language), Workbook(target, OPTIONS) as book:
        told = telling_of(snapshot, word=word)
        reading = snapshot.reading
        sides = told.counted
        names = [side.name for side in sides]
        _sheet(
            book,
            gettext("Overview"),
            [gettext("What"), gettext("Value")],
            [
                [gettext("Partnership"), snapshot.record],
                [gettext("Review"), told.title],
                [gettext("Opened"), reading.opened_at[:10]],
                [gettext("For"), for_whom(snapshot, told)],
                *[[side.name, told.people_of(side)] for side in told.sides],
                *[
                    [
                        gettext("How it stands for %(side)s") % {"side": told.side_name(head.side)},
                        svg.band_name(head.band),
                    ]
                    for head in reading.heads
                ],
            ],
            widths=[40, 80],
        )
        _sheet(
            book,
            gettext("Dimensions"),
            [gettext("Dimension"), *names, gettext("Gap"), *[gettext("Band, %(side)s") % {"side": n} for n in names]],
            [
                [
                    told.dimension(row.dimension),
                    *[_number(row.means[side.key].text) if side.key in row.means else None for side in sides],
                    _number(row.gap),
                    *[svg.band_name(row.means[side.key].band) if side.key in row.means else "" for side in sides],
                ]
                for row in reading.dimensions
            ],
        )
        heads = [gettext("Dimension"), gettext("Statement")]
        for name in names:
            heads += [
                name,
                gettext("%(side)s, people") % {"side": name},
                gettext("%(side)s, don't know %%") % {"side": name},
            ]
        _sheet(
            book,
            gettext("Statements"),
            [*heads, gettext("Gap"), gettext("Talked about on")],
            [
                [
                    told.dimension(row.dimension),
                    told.text(row.code),
                    *[value for side in sides for value in _mean(row.means.get(side.key))],
                    _number(row.gap),
                    row.talked_on,
                ]
                for row in reading.statements
            ],
            widths=[24, 60],
        )
        if len(reading.rounds) > 1:
            _sheet(
                book,
                gettext("Rounds"),
                [gettext("Dimension"), gettext("Partner"), *[told.past(each) for each in reading.rounds]],
                [
                    [told.dimension(trend.dimension), told.side_name(key), *[_number(point) for point in points]]
                    for trend in reading.trends
                    for key, points in trend.points.items()
                ],
                widths=[30, 30],
            )
        _sheet(
            book,
            gettext("Agreed"),
            [
                gettext("Finding"),
                gettext("Stands"),
                gettext("Action"),
                gettext("Owner"),
                gettext("Due"),
                gettext("State"),
                gettext("What came of it"),
            ],
            [
                [
                    row["finding"].text if row["finding"] is not None else "",
                    row["stands"],
                    row["deed"].text if row["deed"] is not None else "",
                    row["owner"],
                    row["deed"].due_on if row["deed"] is not None else "",
                    row["state"],
                    row["deed"].note if row["deed"] is not None else "",
                ]
                for row in agreed(told)
            ],
            widths=[50, 20, 50, 24, 12, 14, 40],
        )
        if reading.comments:
            _sheet(
                book,
                gettext("Comments"),
                [gettext("Statement"), gettext("Partner"), gettext("Comment")],
                [[told.text(said.statement), told.side_name(said.side), said.text] for said in reading.comments],
                widths=[50, 24, 80],
            )


def _mean(mean: Any) -> list[Cell]:
    return [_number(mean.text), mean.n, mean.dont_know] if mean is not None else [None, None, None]


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _sheet(
    book: Workbook, name: str, head: Sequence[str], rows: Sequence[Sequence[Cell]], *, widths: Sequence[int] = (30,)
) -> None:
    """One sheet, written row by row (memory stays constant); the cell's type is decided here, never guessed."""
    sheet = book.add_worksheet(_sheet_name(name))
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    for at in range(len(head)):
        sheet.set_column(at, at, widths[at] if at < len(widths) else 14)
    sheet.freeze_panes(1, 1)
    for at, text in enumerate(head):
        sheet.write_string(0, at, str(text), bold)
    for line, row in enumerate(rows, start=1):
        for at, value in enumerate(row):
            if value is None:
                sheet.write_blank(line, at, None, wrap)
            elif isinstance(value, (int, Decimal)):
                sheet.write_number(line, at, value, wrap)
            else:
                sheet.write_string(line, at, str(value)[:32000], wrap)


def _sheet_name(name: str) -> str:
    return "".join(letter for letter in name if letter not in "[]:*?/\\'")[:31]
