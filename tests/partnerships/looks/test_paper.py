from __future__ import annotations

import io
import os
import subprocess
import tempfile
from pathlib import Path

import pytest
import tinyhtml5
from pypdf import PdfReader

from partnerships.looks import press
from partnerships.looks.paper import Refused, folder_for_fonts, static_file, to_pdf

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


def test_what_closes_all_it_opens_is_read_as_a_browser_reads_it() -> None:
    body = (
        '<table><tbody><tr><th scope="row">A &amp; B<br>C</th></tr></tbody></table><svg><title>T</title><path/></svg>'
    )
    page = "<!doctype html>" + PAGE.format(head='<meta charset="utf-8">', body=body)
    read = press.tree_of(page)
    lenient = tinyhtml5.parse(page, namespace_html_elements=False)
    assert read is not None
    assert [(each.tag, each.attrib, each.text) for each in read.iter()] == [
        (each.tag, each.attrib, each.text) for each in lenient.iter()
    ]


@pytest.mark.parametrize(
    "body", ["<p>a<p>b", "a&nbsp;b", "<table><tr><td>a</td></tr></table>", "<p hidden>a</p>", "a\x0bb", "a < b"]
)
def test_what_takes_a_browsers_leniency_gets_it(body: str) -> None:
    page = PAGE.format(head="", body=body)
    assert press.tree_of(page) is None
    assert PdfReader(io.BytesIO(to_pdf(page))).pages[0].extract_text()


def test_lists_keep_their_marks() -> None:
    body = "<ol><li>one</li><li>two</li></ol>"
    assert "1." in PdfReader(io.BytesIO(to_pdf(PAGE.format(head="", body=body)))).pages[0].extract_text()


def test_fonts_of_a_process_that_was_killed_are_taken_away_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ended = subprocess.Popen(["true"])
    ended.wait()
    left = tmp_path / f"cg-fonts-{ended.pid}-x"
    left.mkdir()
    (left / "face").write_bytes(b"...")
    in_use = tmp_path / f"cg-fonts-{os.getpid()}-x"
    in_use.mkdir()
    own = folder_for_fonts()
    assert sorted(tmp_path.iterdir()) == sorted([in_use, own])
