"""Measured values as a spreadsheet: the template that goes out, and the reading of what comes back.

Reading writes nothing and asks nothing of the database: rows go in with what is known, and each comes out as a value,
as one that is here already, or with what is wrong with it, by row and column.
"""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from xlsxwriter import Workbook

from lifecycle.diligence.workbook import typed_number
from partnerships.catalogue.content import LANGUAGES
from partnerships.documents.checks import check
from partnerships.documents.states import FileType
from partnerships.looks.sheets import OPTIONS, sheet_name
from partnerships.looks.widgets import FIRST_YEAR, LAST_YEAR

from .models.indicators import DIGITS, PLACES

#: A file of measured values has a few hundred rows; what is more was filled in by accident, or on purpose.
MAX_BYTES, MOST_ROWS, MOST_COLUMNS, MOST_LETTERS = 2 * 1024 * 1024, 2000, 30, 1000
#: The largest value that fits its column.
LARGEST = Decimal(10) ** (DIGITS - PLACES)
SOURCE, NOTE = 200, 500
COLUMNS = ("indicator", "key", "unit", "on", "measured", "source", "note")
#: Columns without which nothing can be read.
NEEDED = ("on", "measured")


def heads() -> dict[str, str]:
    """The columns in the reader's language."""
    return {
        "indicator": _("Indicator"),
        "key": _("Key"),
        "unit": _("Unit"),
        "on": _("Day"),
        "measured": _("Value"),
        "source": _("Source"),
        "note": _("Note"),
    }


# Out ------------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Known:
    """An indicator as a file may name it."""

    pk: int
    key: str
    name: str
    unit: str


def template(known: Sequence[Known]) -> bytes:
    """A workbook with a row for each indicator; values are added in its rows, and further rows under them."""
    out = io.BytesIO()
    with Workbook(out, OPTIONS) as book:
        sheet = book.add_worksheet(sheet_name(_("Values")))
        bold = book.add_format({"bold": True, "bottom": 1})
        day, text = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "@"})
        widths = {"indicator": 44, "key": 14, "unit": 14, "on": 14, "measured": 14, "source": 30, "note": 40}
        for at, name in enumerate(COLUMNS):
            wanted = day if name == "on" else None if name == "measured" else text
            sheet.set_column(at, at, widths[name], wanted)
        sheet.freeze_panes(1, 0)
        for at, name in enumerate(COLUMNS):
            sheet.write_string(0, at, heads()[name], bold)
        for row, one in enumerate(known, start=1):
            for at, said in enumerate((one.name, one.key, one.unit)):
                sheet.write_string(row, at, said, text)
        told = book.add_worksheet(sheet_name(_("How to fill it in")))
        told.set_column(0, 0, 100)
        for row, line in enumerate(_help()):
            told.write_string(row, 0, line)
    return out.getvalue()


def _help() -> list[str]:
    return [
        _("One value a row. Copy a row for a second day of an indicator. Rows without day and value do not count."),
        _("The key says which indicator it is. Without a key the name counts, written as it is here."),
        _("Day: a date, or text as 2026-03-31. Value: a number in the unit that is said; 12.5 and 12,5 are the same."),
        _("Before anything is written you see every row, and what is wrong with it."),
    ]


# In -------------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Trouble:
    """What is wrong with a row, and in which column."""

    row: int
    column: str
    message: str


@dataclass(frozen=True)
class Value:
    """A row that says something."""

    row: int
    indicator: int
    on: date
    measured: Decimal
    source: str = ""
    note: str = ""


@dataclass
class Preview:
    """What a file would do."""

    new: list[Value] = field(default_factory=list)
    #: Here already, the same value of the same day: they would add nothing.
    same: list[Value] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)

    @property
    def rows_in_trouble(self) -> int:
        return len({t.row for t in self.troubles})


Cells = tuple[Any, ...]


def rows_of(upload: File[bytes]) -> list[tuple[int, Cells]]:
    """The rows of a workbook's first sheet or of a CSV file, numbered as people see them. Raises ValidationError."""
    if (upload.size or 0) > MAX_BYTES:
        raise ValidationError(_("This file is too large for measured values: 2 MB at most."), code="too_large")
    checked = check(upload)
    if checked.content_type == FileType.XLSX:
        found = _of_workbook(checked.content)
    elif checked.content_type in {FileType.CSV, FileType.TEXT}:
        found = _of_csv(checked.content)
    else:
        raise ValidationError(_("This is neither an Excel workbook (.xlsx) nor a CSV file."), code="kind")
    if len(found) > MOST_ROWS + 1:
        raise ValidationError(
            _("More than %(count)s rows: split the file.") % {"count": MOST_ROWS}, code="too_many"
        )  # fmt: skip
    return found


def _of_workbook(content: bytes) -> list[tuple[int, Cells]]:
    # Late: it brings ten megabytes to each process, and few ever read a workbook.
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        # What a file says of its own size may be anything: rows are read until there are too many.
        sheet.reset_dimensions()
        found = []
        for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True), start=1):
            if number > 20 * MOST_ROWS:
                raise ValidationError(_("More than %(count)s rows: split the file.") % {"count": MOST_ROWS})
            if any(cell is not None and str(cell).strip() for cell in cells):
                found.append((number, cells))
                if len(found) > MOST_ROWS + 1:
                    break
        book.close()
    except ValidationError:
        raise
    except (
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        zipfile.BadZipFile,
        OSError,
        SyntaxError,
    ) as error:
        # openpyxl lets any fault of a file through as it comes; XML faults are SyntaxErrors.
        raise ValidationError(
            _("This workbook cannot be read. Open it, save it again as .xlsx, and try once more."), code="broken"
        ) from error
    return found


def _of_csv(content: bytes) -> list[tuple[int, Cells]]:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise ValidationError(_("This file is no text that can be read. Save it as CSV in UTF-8."), code="broken")
    first = text.partition("\n")[0]
    mark = max(";\t,", key=first.count)
    found: list[tuple[int, Cells]] = []
    try:
        reader = csv.reader(io.StringIO(text.replace("\x00", "")), delimiter=mark)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((reader.line_num, tuple(cells[:MOST_COLUMNS])))
                if len(found) > MOST_ROWS + 1:
                    break
    except csv.Error as error:
        raise ValidationError(_("This file cannot be read as CSV. Save it again, and try once more.")) from error
    return found


def fold(words: str) -> str:
    """For comparing what people typed: without case, accents, kinds of quote and doubled spaces."""
    plain = unicodedata.normalize("NFKD", words.replace("’", "'"))
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).casefold().split())


def _columns(head: Cells) -> dict[str, int]:
    """Where each column stands, its head in any of our languages."""
    names: dict[str, str] = {}
    for language in LANGUAGES:
        with translation.override(language):
            names |= {fold(said): name for name, said in heads().items()}
    found: dict[str, int] = {}
    for at, cell in enumerate(head):
        name = names.get(fold(str(cell))) if cell is not None else None
        if name is not None and name not in found:
            found[name] = at
    missing = [heads()[name] for name in NEEDED if name not in found]
    if "indicator" not in found and "key" not in found:
        missing.insert(0, heads()["indicator"])
    if missing:
        raise ValidationError(
            _("The first row must name the columns. Missing: %(columns)s. The template has them all.")
            % {"columns": ", ".join(missing)},
            code="head",
        )
    return found


def preview(
    rows: Sequence[tuple[int, Cells]], *, known: Sequence[Known], here: Mapping[tuple[int, date], Decimal], today: date
) -> Preview:
    """What the rows say, against the indicators and values that are known. Raises ValidationError without columns."""
    if not rows:
        raise ValidationError(_("This file is empty."), code="empty")
    return _Reader(_columns(rows[0][1]), known, here, today).read(rows[1:])


class _Reader:
    def __init__(
        self, at: Mapping[str, int], known: Sequence[Known], here: Mapping[tuple[int, date], Decimal], today: date
    ) -> None:
        self.at, self.here, self.today = at, here, today
        self.by_key = {one.key: one for one in known}
        self.by_name: dict[str, list[Known]] = {}
        for one in known:
            self.by_name.setdefault(fold(one.name), []).append(one)
        self.heads = heads()
        self.found = Preview()
        #: (indicator, day) to the row and value that said it first.
        self.said: dict[tuple[int, date], tuple[int, Decimal]] = {}

    def read(self, rows: Iterable[tuple[int, Cells]]) -> Preview:
        for number, cells in rows:
            values = {name: cells[at] if at < len(cells) else None for name, at in self.at.items()}
            if not _says(values.get("on")) and not _says(values.get("measured")):
                continue
            self._row(number, values)
        return self.found

    def _row(self, number: int, cells: Mapping[str, Any]) -> None:
        troubles: list[Trouble] = []

        def wrong(column: str, message: str) -> None:
            troubles.append(Trouble(number, self.heads[column], message))

        one = self._indicator(cells, wrong)
        on = self._day(cells.get("on"), wrong)
        measured = self._value(cells.get("measured"), wrong)
        words = {}
        for name, most in (("source", SOURCE), ("note", NOTE)):
            words[name] = _text(cells.get(name))
            if len(words[name]) > most:
                wrong(name, _("Longer than %(count)s letters.") % {"count": most})
        if troubles or one is None or on is None or measured is None:
            self.found.troubles += troubles
            return
        self._sort(Value(number, one.pk, on, measured, **words), wrong)
        self.found.troubles += troubles

    def _sort(self, value: Value, wrong: Any) -> None:
        """New, here already, or against what is here or stands above."""
        place = value.indicator, value.on
        if place in self.said:
            row, before = self.said[place]
            if before == value.measured:
                self.found.same.append(value)
            else:
                wrong("measured", _("Row %(row)s says another value of the same day.") % {"row": row})
            return
        if place in self.here:
            if self.here[place] == value.measured:
                self.found.same.append(value)
            else:
                wrong("measured", _("Another value of this day is here already. Correct that one by hand."))
            return
        self.said[place] = (value.row, value.measured)
        self.found.new.append(value)

    def _indicator(self, cells: Mapping[str, Any], wrong: Any) -> Known | None:
        key, name = _text(cells.get("key")), _text(cells.get("indicator"))
        if key:
            if key in self.by_key:
                return self.by_key[key]
            wrong("key", _("No indicator that you measure has this key."))
            return None
        found = self.by_name.get(fold(name), []) if name else []
        if len(found) == 1:
            return found[0]
        if not name:
            wrong("indicator", _("Say which indicator this is."))
        elif found:
            wrong("indicator", _("Two indicators have this name. Write the key."))
        else:
            wrong("indicator", _("You measure no indicator of this name."))
        return None

    def _day(self, cell: Any, wrong: Any) -> date | None:
        if not _says(cell):
            wrong("on", _("The day is missing."))
            return None
        try:
            found = day_in(cell)
        except TwoWays:
            wrong("on", _("This day can be read in two ways. Write it as 2026-03-31."))
            return None
        if found is None:
            wrong("on", _("This is no day. Write it as 2026-03-31."))
        elif not FIRST_YEAR <= found.year <= LAST_YEAR:
            wrong("on", _("Look at the year: it lies between %(first)s and %(last)s.")
                  % {"first": FIRST_YEAR, "last": LAST_YEAR})  # fmt: skip
        elif found > self.today:
            wrong("on", _("This day has not come yet."))
        else:
            return found
        return None

    def _value(self, cell: Any, wrong: Any) -> Decimal | None:
        if not _says(cell):
            wrong("measured", _("The value is missing."))
            return None
        plain = typed_number(cell)
        if plain is None:
            wrong("measured", _("This is no number, or can be read in two ways. Write 1234.5 or 1234,5."))
            return None
        found = Decimal(plain)
        if abs(found) >= LARGEST:
            wrong("measured", _("This number is too large."))
            return None
        if found != round(found, PLACES):
            wrong("measured", _("More than %(count)s digits behind the point.") % {"count": PLACES})
            return None
        return found


def _says(cell: Any) -> bool:
    return cell is not None and bool(str(cell).strip())


def _text(cell: Any) -> str:
    said = "" if cell is None else str(cell)[: MOST_LETTERS + 1]
    return " ".join("".join(c if c.isprintable() or c.isspace() else " " for c in said).split())


class TwoWays(ValueError):
    """A day that is one in one country and another in the next."""


def day_in(cell: Any) -> date | None:
    """A day from a cell, or from text: 2026-03-31, 31.3.2026, and 31/3/2026 where it can only be read in one way.

    Day before month is how French and Spanish write it; English writes both, so that 3/4/2026 is not guessed.
    """
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = str(cell).strip()[:40]
    if "T" in text or " " in text:
        text = text.replace("T", " ").split()[0]
    mark = next((m for m in "./-" if text.count(m) == 2), "")
    parts = text.split(mark) if mark else []
    if len(parts) != 3 or not all(p.isascii() and p.isdecimal() for p in parts):
        return None
    numbers = [int(p) for p in parts]
    if len(parts[0]) == 4:
        return _date(*numbers)
    day, month, year = numbers
    if len(parts[2]) != 4:
        return None
    if mark != "." and day <= 12 and month <= 12 and day != month and (get_language() or "en").startswith("en"):
        raise TwoWays(text)
    if month > 12 >= day:
        day, month = month, day
    return _date(year, month, day)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


# Between the two pages ------------------------------------------------------------------------------------------------
def packed(values: Iterable[Value]) -> list[list[Any]]:
    """For the token that carries a preview to its confirmation."""
    return [[v.row, v.indicator, v.on.isoformat(), str(v.measured), v.source, v.note] for v in values]


def unpacked(rows: Iterable[Sequence[Any]]) -> Iterator[Value]:
    for row, indicator, on, measured, source, note in rows:
        yield Value(row, indicator, date.fromisoformat(on), Decimal(measured), source, note)
