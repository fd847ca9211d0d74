"""The skeleton of the reports on paper: tagged, in our own embedded font, with our charts."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import override_settings
from pypdf import PdfReader

from partnerships.looks import paper, svg

from . import gallery


@pytest.fixture
def page(settings: Any) -> str:
    own = Path(__file__).parent / "templates"
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], own]}]
    context = {
        **gallery.context(),
        "language": "en",
        "title": "Kessa health posts: fifth review",
        "record": "Kessa health posts",
        "subtitle": "Fifth review, November 2026",
        "sides": [svg.Who.of(gallery.SAHEL), svg.Who.of(gallery.CORVANE)],
        "broker": "Facilitated by Third Chair, ɛ ɔ ŋ.",
        "whom": "For the two partners and their broker.",
        "chapters": [{"id": "differ", "title": "Where you differ"}, {"id": "rounds", "title": "Five rounds"}],
    }
    return render_to_string("looks_gallery/report.html", context)


def fonts_of(reader: PdfReader) -> dict[str, bool]:
    """Every font of every page, and whether it is embedded."""
    found: dict[str, bool] = {}
    for leaf in reader.pages:
        for font in (leaf["/Resources"].get("/Font") or {}).values():
            for below in font.get_object()["/DescendantFonts"]:
                described = below.get_object()["/FontDescriptor"].get_object()
                embedded = any(key in described for key in ("/FontFile", "/FontFile2", "/FontFile3"))
                found[str(below.get_object()["/BaseFont"])] = embedded
    return found


def test_a_report_is_tagged_and_brings_its_own_font(page: str) -> None:
    reader = PdfReader(io.BytesIO(paper.to_pdf(page)))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Root"]["/Lang"] == "en"
    assert reader.metadata
    assert reader.metadata.title == "Kessa health posts: fifth review"
    fonts = fonts_of(reader)
    assert all(fonts.values())
    assert {name.split("+")[1].startswith("Report-Sans") for name in fonts} == {True}, fonts
    text = "\n".join(leaf.extract_text() for leaf in reader.pages)
    assert "Power and decisions" in text
    assert "2 / 3" in text
    assert text.count("For the two partners and their broker.") >= 3, "it stands at the foot of every page"


def test_paper_names_no_other_place(page: str) -> None:
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    with override_settings(STATICFILES_DIRS=[]), pytest.raises(paper.Refused):
        paper.font_file("../../etc/passwd")
