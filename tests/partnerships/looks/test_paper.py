from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from partnerships.looks.paper import Refused, static_file, to_pdf

PAGE = '<html lang="fr"><head><title>T</title>{head}</head><body><h1>T</h1>{body}</body></html>'
DOT = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    "AAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_it_is_tagged_and_says_its_language() -> None:
    root = PdfReader(io.BytesIO(to_pdf(PAGE.format(head="", body="<p>é</p>")))).trailer["/Root"]
    assert root["/Lang"] == "fr"
    assert b"pdfuaid:part" in root["/Metadata"].get_object().get_data()


def test_own_static_files_and_data_come_in() -> None:
    sheet = '<link rel="stylesheet" href="static:report.css">'
    assert to_pdf(PAGE.format(head=sheet, body=f'<img src="{DOT}" alt="dot">')).startswith(b"%PDF")
    assert static_file("report.css")[1] == "text/css"


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "http://127.0.0.1:1/x.png",
        "https://example.org/x.png",
        "static:../manage.py",
        "static:/etc/passwd",
        "static:bootstrap/bootstrap.min.css",
        "static:common-ground.js",
        "/etc/x.png",
        "x.png",
    ],
)
def test_nothing_else_does(address: str) -> None:
    with pytest.raises(Refused):
        to_pdf(PAGE.format(head="", body=f'<img src="{address}" alt="">'))
