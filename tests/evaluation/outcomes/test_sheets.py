"""Measured values from a spreadsheet: what is read, and what is said of the rest."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from evaluation.outcomes import sheets
from evaluation.outcomes.sheets import Known, Preview

TODAY = date(2026, 11, 30)
WELLS = Known(1, "wells2222222", "Households with a well", "households")
DUST = Known(2, "dust33333333", "Poussière à l’école", "µg/m³")
TWIN = Known(3, "twin44444444", "households  WITH a well", "per cent")
HEAD = ("Indicator", "Key", "Day", "Value", "Source", "Note")


def preview(*rows: tuple[Any, ...], known: tuple[Known, ...] = (WELLS, DUST), here: Any = None) -> Preview:
    numbered = list(enumerate([HEAD, *rows], start=1))
    return sheets.preview(numbered, known=known, here=here or {}, today=TODAY)


def said(found: Preview) -> list[tuple[int, str]]:
    return [(t.row, t.column) for t in found.troubles]


def workbook(*rows: tuple[Any, ...], head: tuple[Any, ...] = HEAD) -> SimpleUploadedFile:
    book = Workbook()
    sheet: Any = book.active
    for row in (head, *rows):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return SimpleUploadedFile("values.xlsx", out.getvalue())


def test_rows_are_read_by_key_or_by_name_whatever_case_and_quotes() -> None:
    found = preview(
        ("", WELLS.key, date(2026, 3, 31), 45, "Survey", ""),
        ("poussiere à l'ECOLE", None, "2026-04-01", "12,5", None, "After rain"),
        (None, None, None, None, None, None),
        (WELLS.name, WELLS.key, None, "  ", "kept from the template", None),
    )
    assert found.troubles == []
    assert [(v.indicator, v.on, v.measured) for v in found.new] == [
        (1, date(2026, 3, 31), Decimal(45)),
        (2, date(2026, 4, 1), Decimal("12.5")),
    ]
    assert found.new[1].note == "After rain"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (("Wells", "", "2026-01-01", 1), "Indicator"),
        (("", "nosuchkey222", "2026-01-01", 1), "Key"),
        (("", "", "2026-01-01", 1), "Indicator"),
        ((WELLS.name, "", "", 1), "Day"),
        ((WELLS.name, "", "soon", 1), "Day"),
        ((WELLS.name, "", "2026-02-30", 1), "Day"),
        ((WELLS.name, "", "3/4/2026", 1), "Day"),
        ((WELLS.name, "", "2027-01-01", 1), "Day"),
        ((WELLS.name, "", "0026-01-01", 1), "Day"),
        ((WELLS.name, "", 46000, 1), "Day"),
        ((WELLS.name, "", "2026-01-01", None), "Value"),
        ((WELLS.name, "", "2026-01-01", "many"), "Value"),
        ((WELLS.name, "", "2026-01-01", "1,234"), "Value"),
        ((WELLS.name, "", "2026-01-01", True), "Value"),
        ((WELLS.name, "", "2026-01-01", float("nan")), "Value"),
        ((WELLS.name, "", "2026-01-01", "9" * 400), "Value"),
        ((WELLS.name, "", "2026-01-01", "1e400"), "Value"),
        ((WELLS.name, "", "2026-01-01", "=1+1"), "Value"),
        ((WELLS.name, "", "2026-01-01", 123456789012345), "Value"),
        ((WELLS.name, "", "2026-01-01", "0.00001"), "Value"),
        ((WELLS.name, "", "2026-01-01", 1, "x" * 201), "Source"),
        ((WELLS.name, "", "2026-01-01", 1, "", "x" * 501), "Note"),
    ],
)
def test_what_is_wrong_is_said_by_row_and_column(row: tuple[Any, ...], column: str) -> None:
    found = preview((*row, *[None] * (6 - len(row))))
    assert said(found) == [(2, column)]
    assert found.new == []


def test_everything_wrong_with_a_row_is_said_at_once_and_good_rows_stand() -> None:
    found = preview(("Wells", "", "soon", "many", "", ""), (WELLS.name, "", "2026-01-01", 3, "", ""))
    assert said(found) == [(2, "Indicator"), (2, "Day"), (2, "Value")]
    assert found.rows_in_trouble == 1
    assert len(found.new) == 1


def test_a_day_twice_is_the_same_or_said_with_the_row_that_says_otherwise() -> None:
    found = preview(
        (WELLS.name, "", "2026-01-01", 3, "", ""),
        (WELLS.name, "", date(2026, 1, 1), "3.0", "", ""),
        (WELLS.name, "", "1.1.2026", 4, "", ""),
    )
    assert len(found.new) == 1
    assert len(found.same) == 1
    assert said(found) == [(4, "Value")]
    assert "Row 2" in found.troubles[0].message
    here = {(1, date(2026, 1, 1)): Decimal("3.0000")}
    again = preview((WELLS.name, "", "2026-01-01", 3, "", ""), (WELLS.name, "", "2026-01-01", 9, "", ""), here=here)
    assert (len(again.new), len(again.same), said(again)) == (0, 1, [(3, "Value")])


def test_two_indicators_of_one_name_need_the_key() -> None:
    found = preview((WELLS.name, "", "2026-01-01", 3, "", ""), known=(WELLS, TWIN))
    assert said(found) == [(2, "Indicator")]
    assert preview((WELLS.name, TWIN.key, "2026-01-01", 3, "", ""), known=(WELLS, TWIN)).new[0].indicator == 3


@pytest.mark.parametrize(
    ("language", "cell", "day"),
    [
        ("en", "31/3/2026", date(2026, 3, 31)),
        ("en", "3/31/2026", date(2026, 3, 31)),
        ("en", "4/4/2026", date(2026, 4, 4)),
        ("fr", "3/4/2026", date(2026, 4, 3)),
        ("es", "03-04-2026", date(2026, 4, 3)),
        ("en", "3.4.2026", date(2026, 4, 3)),
        ("en", "2026/04/03", date(2026, 4, 3)),
        ("en", datetime(2026, 4, 3, 12), date(2026, 4, 3)),
        ("en", "2026-04-03T00:00:00", date(2026, 4, 3)),
        ("en", "3 April 2026", None),
        ("en", "٣.٤.٢٠٢٦", None),
    ],
)
def test_days_as_people_write_them(language: str, cell: Any, day: date | None) -> None:
    with translation.override(language):
        assert sheets.day_in(cell) == day


def test_heads_are_known_in_every_language_and_missing_ones_are_named() -> None:
    with translation.override("fr"):
        french = sheets.heads()
    rows = [(1, (french["indicator"], french["on"], french["measured"])), (2, (WELLS.name, "2026-01-01", 3))]
    assert len(sheets.preview(rows, known=[WELLS], here={}, today=TODAY).new) == 1
    with pytest.raises(ValidationError, match="Missing: Indicator, Day, Value"):
        sheets.preview([(1, ("a", "b"))], known=[WELLS], here={}, today=TODAY)
    with pytest.raises(ValidationError, match="empty"):
        sheets.preview([], known=[WELLS], here={}, today=TODAY)


@pytest.mark.parametrize("mark", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_csv_in_the_ways_that_offices_save_it(mark: str, encoding: str) -> None:
    value = '"12,5"' if mark == "," else "12,5"
    text = f"Indicator{mark}Day{mark}Value\r\n{DUST.name}{mark}2026-01-01{mark}{value}\r\n\r\n"
    rows = sheets.rows_of(SimpleUploadedFile("values.csv", text.encode(encoding)))
    found = sheets.preview(rows, known=[DUST], here={}, today=TODAY)
    assert [v.measured for v in found.new] == [Decimal("12.5")]


def test_the_template_comes_back_with_what_was_filled_in() -> None:
    content = sheets.template([WELLS, DUST])
    book = load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    assert [c.value for c in sheet[2]][:3] == [WELLS.name, WELLS.key, WELLS.unit]
    sheet["D2"], sheet["E2"] = datetime(2026, 5, 1), 44
    out = io.BytesIO()
    book.save(out)
    rows = sheets.rows_of(SimpleUploadedFile("values.xlsx", out.getvalue()))
    found = sheets.preview(rows, known=[WELLS, DUST], here={}, today=TODAY)
    assert (found.troubles, [(v.indicator, v.measured) for v in found.new]) == ([], [(1, Decimal(44))])


def test_an_indicator_named_like_a_formula_stays_words() -> None:
    name = '=HYPERLINK("http://example.org","wells")'
    book = load_workbook(io.BytesIO(sheets.template([Known(1, "k", name, "=1+1")])))
    cell = book.worksheets[0]["A2"]
    assert (cell.value, cell.data_type) == (name, "s")


def broken_zip() -> bytes:
    content = bytearray(workbook((WELLS.name, "", "2026-01-01", 1)).read())
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as good, zipfile.ZipFile(out, "w") as bad:
        for name in good.namelist():
            body = good.read(name)
            bad.writestr(name, body[: len(body) // 2] if "sheet1" in name else body)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("values.xlsx", b"no workbook at all"),
        ("values.xlsx", b"PK\x03\x04" + b"\x00" * 200),
        ("values.xlsx", broken_zip()),
        ("values.pdf", b"%PDF-1.4\n%%EOF\n"),
        ("values.csv", b""),
        ("values.csv", b"\x00\x01\x02\x03" * 100),
        ("values.csv", b"x" * (sheets.MAX_BYTES + 1)),
        ("values.csv", b'Indicator;Day;Value\n"' + b"a" * 200000 + b'";2026-01-01;1\n'),
        ("values.csv", b"Indicator;Day;Value\n" + b"a;2026-01-01;1\n" * (sheets.MOST_ROWS + 5)),
    ],
)
def test_hostile_files_are_refused_in_words(name: str, content: bytes) -> None:
    with pytest.raises(ValidationError) as refused:  # noqa: PT012 - by the reading, or by the preview
        rows = sheets.rows_of(SimpleUploadedFile(name, content))
        sheets.preview(rows, known=[WELLS], here={}, today=TODAY)
    assert refused.value.messages[0]


def test_a_sheet_that_lies_about_its_size_is_read_as_it_is() -> None:
    content = workbook((WELLS.name, "", "2026-01-01", 7)).read()
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as good, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bad:
        for part in good.namelist():
            body = good.read(part)
            if "sheet1" in part:
                body = body.replace(b'ref="A1:F2"', b'ref="A1:XFD1048576"')
            bad.writestr(part, body)
    rows = sheets.rows_of(SimpleUploadedFile("values.xlsx", out.getvalue()))
    assert len(sheets.preview(rows, known=[WELLS], here={}, today=TODAY).new) == 1


cells = st.one_of(
    st.none(), st.text(max_size=30), st.integers(), st.floats(), st.dates(), st.datetimes(), st.booleans()
)


@given(st.lists(st.tuples(cells, cells, cells, cells, cells, cells), max_size=8))
def test_whatever_stands_in_a_cell_it_is_taken_or_said(given_rows: list[tuple[Any, ...]]) -> None:
    found = preview(*given_rows)
    for value in found.new:
        assert value.measured.is_finite()
        assert value.on <= TODAY
    assert len(found.new) + len(found.same) + found.rows_in_trouble <= len(given_rows)
