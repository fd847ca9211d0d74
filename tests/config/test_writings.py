from __future__ import annotations

import importlib.util
import io
from types import ModuleType

import pytest
from django.conf import settings
from pypdf import PdfReader

from partnerships.looks.paper import to_pdf


@pytest.fixture(scope="module")
def ground() -> ModuleType:
    """bin/ground.py, which bin/setup runs."""
    spec = importlib.util.spec_from_file_location("ground", settings.BASE_DIR / "bin" / "ground.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_knows_what_no_font_here_draws(ground: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    nobodys = "\U0010fffd"
    assert ground.drawn(f"a{nobodys}") == {"a"}
    monkeypatch.setattr(ground, "WRITINGS", {"Latin": ("a", ("x", "", "")), "nobody's": (nobodys, ("y", "", ""))})
    assert ground.missing_writings() == {"nobody's": ("y", "", "")}


def test_words_in_other_writings_are_drawn_on_paper(ground: ModuleType) -> None:
    """What setup looks for is enough: each letter has a shape of its own, and none is the box for what is missing."""
    if missing := ground.missing_writings():
        pytest.skip(f"no fonts here for {', '.join(missing)}")
    letters = "".join(letters for letters, _package in ground.WRITINGS.values())
    pdf = to_pdf(f'<html lang="en"><head><title>T</title></head><body><p>{letters}</p></body></html>')
    page = PdfReader(io.BytesIO(pdf)).pages[0]
    assert set(letters) <= set(page.extract_text())
    fonts = {font["/BaseFont"] for font in page["/Resources"]["/Font"].get_object().values()}
    assert len(fonts) >= 3, fonts
