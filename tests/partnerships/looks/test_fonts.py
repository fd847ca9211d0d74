"""The faces of our papers: static, of their weight, and the same by either way of making them."""

from __future__ import annotations

from io import BytesIO

import pytest
from fontTools.ttLib import TTFont

from partnerships.looks import fonts


@pytest.mark.parametrize("name", list(fonts.FACES))
def test_a_face_is_static_and_of_its_weight_and_keeps_all_letters(name: str) -> None:
    file, weight = fonts.FACES[name]
    made = TTFont(BytesIO(fonts.face(name)))
    whole = TTFont(fonts.fontpkg_noto_sans.ROOT / "files" / file)
    assert "fvar" in whole
    assert "fvar" not in made
    assert made["OS/2"].usWeightClass == weight
    assert made.getBestCmap().keys() == whole.getBestCmap().keys()
    assert {"GPOS", "GSUB", "kern"} & set(made.keys()) >= {"GPOS", "GSUB"}


def test_bold_is_wider_than_regular() -> None:
    regular, bold = (TTFont(BytesIO(fonts.face(name)))["hmtx"] for name in ("regular", "bold"))
    assert bold["n"][0] > regular["n"][0]


@pytest.mark.slow
def test_an_older_harfbuzz_gets_the_same_glyphs(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_old(*_given: object) -> bytes:
        raise AttributeError("hb_subset_input_pin_axis_location")

    usual = TTFont(BytesIO(fonts.face("bold")))
    fonts.face.cache_clear()
    monkeypatch.setattr(fonts, "_by_harfbuzz", too_old)
    other = TTFont(BytesIO(fonts.face("bold")))
    fonts.face.cache_clear()
    assert other.getGlyphOrder() == usual.getGlyphOrder()
    assert other["hmtx"].metrics.keys() == usual["hmtx"].metrics.keys()
    assert all(other["hmtx"][name][0] == usual["hmtx"][name][0] for name in usual.getGlyphOrder())
