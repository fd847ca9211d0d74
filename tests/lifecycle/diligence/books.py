"""Workbooks as people fill them in: taken away through the page, changed in a spreadsheet, sent back."""

from __future__ import annotations

import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from partnerships.access.places import Place
from partnerships.record.models import Party
from tests.factories import sign_in

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Columns of the sheet by what stands over them.
COLUMNS = {
    "sign": 1, "others": 5, "answer": 6, "value": 7, "note": 8, "documents": 9, "stand": 10, "code": 11, "mark": 12,
}  # fmt: skip


def url(place: Place, name: str, *args: str) -> str:
    return reverse(f"diligence:{name}", args=[place.partnership.public_id, *args])


def take_away(place: Place, about: Party) -> bytes:
    response = sign_in(Client(), place).get(url(place, "workbook_file", about.public_id))
    assert response.status_code == 200, response.status_code
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]


def sheet_of(book: Any) -> Any:
    """The one that is filled in."""
    return next(s for s in book.worksheets if s.sheet_state == "visible" and "cg-code" in [cell.value for cell in s[1]])


def line_of(sheet: Any, code: str) -> int:
    return next(r for r in range(3, sheet.max_row + 1) if sheet.cell(r, COLUMNS["code"]).value == code)


def fill(content: bytes, said: dict[str, dict[str, Any]]) -> bytes:
    """Change cells of some questions, and save it as a spreadsheet program would: everything is written anew."""
    book = load_workbook(io.BytesIO(content))
    sheet = sheet_of(book)
    for code, cells in said.items():
        row = line_of(sheet, code)
        for name, value in cells.items():
            cell = sheet.cell(row, COLUMNS[name])
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
    return saved(book)


def saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def upload(place: Place, about: Party, content: bytes, name: str = "checklist.xlsx") -> Any:
    """Send it to its page; the response is not followed."""
    file = SimpleUploadedFile(name, content, XLSX)
    return sign_in(Client(), place).post(url(place, "workbook", about.public_id), {"file": file})
