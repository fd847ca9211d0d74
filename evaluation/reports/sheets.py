"""A snapshot as a spreadsheet: values only. What people wrote is text, never a formula or a link."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import IO, Any

from django.utils import translation
from django.utils.translation import gettext
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from evaluation.reviews.telling import Telling, figure
from partnerships import clock
from partnerships.looks import svg
from partnerships.looks.sheets import OPTIONS, sheet_name

from . import chapters
from .building import Snapshot, telling_of
from .printing import agreed, contents, for_whom, moment_of

Cell = str | int | Decimal | None | chapters.Cell


def write(snapshot: Snapshot, target: IO[bytes], *, language: str, word: str) -> None:
    """Write the report's workbook, in a language. The same snapshot gives the same bytes, its date included."""
    with translation.override(language), clock.at(moment_of(snapshot)), Workbook(target, OPTIONS) as book:
        book.set_properties({"title": snapshot.record, "created": moment_of(snapshot).replace(tzinfo=None)})
        told = telling_of(snapshot, word=word)
        reading = snapshot.reading
        sides = told.counted
        names = [side.name for side in sides]
        pages = _Pages(book)
        pages.add(
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
        # Its place is here; its rows come last, once it is known what stands where.
        listed = start(book, gettext("Contents"), [gettext("Chapter"), gettext("Sheet")], widths=[50, 80])
        pages.add(
            gettext("Dimensions"),
            [gettext("Dimension"), *names, gettext("Gap"), *[gettext("Band, %(side)s") % {"side": n} for n in names]],
            [
                [
                    told.dimension(row.dimension),
                    *[number(row.means[side.key].text) if side.key in row.means else None for side in sides],
                    number(row.gap),
                    *[svg.band_name(row.means[side.key].band) if side.key in row.means else "" for side in sides],
                ]
                for row in reading.dimensions
            ],
            chapter="differ",
        )
        made = chapters.chapters(snapshot, told)
        if "holds" in made:
            _chapters(pages, [made.pop("holds")])
        heads = [gettext("Dimension"), gettext("Statement")]
        for name in names:
            heads += [
                name,
                gettext("%(side)s, people") % {"side": name},
                gettext("%(side)s, don't know %%") % {"side": name},
            ]
        pages.add(
            gettext("Statements"),
            [*heads, gettext("Gap"), gettext("Talked about on")],
            [
                [
                    told.dimension(row.dimension),
                    told.text(row.code),
                    *[value for side in sides for value in _mean(row.means.get(side.key))],
                    number(row.gap),
                    row.talked_on,
                ]
                for row in reading.statements
            ],
            widths=[24, 60],
            chapter="all",
        )
        if len(reading.rounds) > 1:
            pages.add(
                gettext("Rounds"),
                [gettext("Dimension"), gettext("Partner"), *[told.past(each) for each in reading.rounds]],
                [
                    [told.dimension(trend.dimension), told.side_name(key), *[number(point) for point in points]]
                    for trend in reading.trends
                    for key, points in trend.points.items()
                ],
                widths=[30, 30],
                chapter="rounds",
            )
        _agenda(pages, told)
        pages.add(
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
                for row in agreed(told, snapshot)
            ],
            widths=[50, 20, 50, 24, 12, 14, 40],
            chapter="agreed",
        )
        _chapters(pages, made.values())
        if reading.comments:
            pages.add(
                gettext("Comments"),
                [gettext("Statement"), gettext("Partner"), gettext("Comment")],
                [[told.text(said.statement), told.side_name(said.side), said.text] for said in reading.comments],
                widths=[50, 24, 80],
                chapter="comments",
            )
        stands = [
            [each["title"], "; ".join(pages.where[each["id"]])]
            for each in contents(snapshot, told)
            if each["id"] in pages.where
        ]
        _fill(book, listed, stands)


class _Pages:
    """A workbook as it grows, and on which of its sheets each chapter of the report stands, by id."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.where: dict[str, list[str]] = {}

    def add(
        self,
        name: str,
        head: Sequence[str],
        rows: Sequence[Sequence[Cell]],
        *,
        widths: Sequence[int] = (30,),
        chapter: str = "",
    ) -> str:
        """One more sheet; gives the name under which it stands."""
        sheet = start(self.book, name, head, widths=widths)
        _fill(self.book, sheet, rows)
        if chapter:
            self.note(chapter, sheet.get_name())
        return str(sheet.get_name())

    def note(self, chapter: str, name: str) -> None:
        known = self.where.setdefault(chapter, [])
        if name not in known:
            known.append(name)


def _agenda(pages: _Pages, told: Telling) -> None:
    """What to talk about first; where nothing is, the sentence that says so."""
    rows: list[Sequence[Cell]] = [
        [
            item.text,
            item.dimension,
            *item.means,
            " ".join(item.notes),
            item.talked_on.isoformat() if item.talked_on else "",
        ]
        for item in told.agenda()
    ]
    pages.add(
        gettext("What to talk about first"),
        [
            gettext("Statement"),
            gettext("Dimension"),
            *[side.name for side in told.counted],
            gettext("To start from"),
            gettext("Talked about on"),
        ],
        rows or [[gettext("No statement has a gap of 0.8 or more. Talk about the weakest dimension instead.")]],
        widths=[60, 24, *[14] * len(told.counted), 80],
        chapter="first",
    )


def _chapters(pages: _Pages, made: Iterable[chapters.Chapter]) -> None:
    """The chapters beside the results: their sentences on one sheet, each of their tables on its own."""
    made = list(made)
    said: list[Sequence[Cell]] = []
    spoken: list[str] = []
    for chapter in made:
        for block in chapter.blocks:
            if isinstance(block, chapters.Words):
                said += [[chapter.title, block.title, line] for line in block.says]
            elif isinstance(block, chapters.Quote):
                said.append([chapter.title, block.by, block.text])
            else:
                continue
            spoken.append(chapter.id)
    if said:
        name = pages.add(
            gettext("In words"), [gettext("Chapter"), gettext("Part"), gettext("Text")], said, widths=[30, 30, 90]
        )
        for each in spoken:
            pages.note(each, name)
    for chapter in made:
        for block in chapter.blocks:
            if isinstance(block, chapters.Grid):
                _grid(pages, chapter, block)


def _grid(pages: _Pages, chapter: chapters.Chapter, grid: chapters.Grid) -> None:
    """A table with a column for the second line of each column that has one."""
    noted = [any(row[at].note for row in grid.rows) for at in range(len(grid.columns))]
    head: list[str] = []
    for at, column in enumerate(grid.columns):
        head += [column.title, gettext("%(column)s, more") % {"column": column.title}] if noted[at] else [column.title]
    rows: list[list[Cell]] = []
    for line in grid.rows:
        row: list[Cell] = []
        for at, cell in enumerate(line):
            row += [cell, cell.note] if noted[at] else [cell]
        rows.append(row)
    pages.add(grid.title or chapter.title, head, rows, widths=[44, *[22] * (len(head) - 1)], chapter=chapter.id)


def _mean(mean: Any) -> list[Cell]:
    return [told_mean(mean), mean.n, mean.dont_know] if mean is not None else [None, None, None]


def told_mean(mean: Any) -> Cell:
    """A figure; in words where only its border is told ("3.4 or more"), so that no sheet says more than the page."""
    return str(figure(mean)) if mean.bound else number(mean.text)


def number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _fill(book: Workbook, sheet: Worksheet, rows: Iterable[Sequence[Cell]]) -> None:
    """A sheet's rows, one by one (memory stays constant); the cell's type is decided here, never guessed."""
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    units: dict[str, Any] = {}
    for line, row in enumerate(rows, start=1):
        put(book, sheet, line, row, wrap, units)


def start(book: Workbook, name: str, head: Sequence[str], *, widths: Sequence[int] = (30,)) -> Worksheet:
    """A new sheet with its head."""
    sheet = book.add_worksheet(_name_for(name, {each.get_name().lower() for each in book.worksheets()}))
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    for at in range(len(head)):
        sheet.set_column(at, at, widths[at] if at < len(widths) else 14)
    sheet.freeze_panes(1, 1)
    for at, text in enumerate(head):
        sheet.write_string(0, at, str(text), bold)
    return sheet


def put(book: Workbook, sheet: Worksheet, line: int, row: Sequence[Cell], wrap: Any, units: dict[str, Any]) -> None:
    """One row. A figure keeps what it counts in its format: "1,000 USD" is the number 1000."""
    for at, value in enumerate(row):
        style = wrap
        if isinstance(value, chapters.Cell):
            if value.unit and value.figure is not None:
                shown = value.unit.replace('"', "")
                style = units.setdefault(
                    shown, book.add_format({"num_format": f'#,##0.## "{shown}"', "text_wrap": True, "valign": "top"})
                )
            value = value.figure if value.figure is not None else value.text
        if value is None:
            sheet.write_blank(line, at, None, style)
        elif isinstance(value, (int, Decimal)):
            sheet.write_number(line, at, value, style)
        else:
            sheet.write_string(line, at, str(value)[:32000], style)


def _name_for(name: str, taken: set[str]) -> str:
    """As a spreadsheet takes it, and no name twice."""
    plain = sheet_name(name).strip()
    found, number = plain, 1
    while found.lower() in taken:
        number += 1
        found = f"{plain[:28]} {number}"
    return found
