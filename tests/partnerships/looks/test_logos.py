"""A logo is what its content says; a colour can be read."""

from __future__ import annotations

import io

import pytest
from django.core.exceptions import ValidationError
from PIL import Image, PngImagePlugin

from partnerships.looks import logos


def picture(kind="PNG", size=(1200, 300), **more):
    out = io.BytesIO()
    Image.new("RGB", size, "#0b5a5c").save(out, kind, **more)
    return out.getvalue()


@pytest.mark.parametrize(("kind", "ending"), [("PNG", "png"), ("JPEG", "jpg")])
def test_a_picture_comes_out_small(kind, ending):
    content, found = logos.check_logo(picture(kind))
    with Image.open(io.BytesIO(content)) as drawn:
        assert (drawn.format, drawn.size, found) == (kind, (600, 150), ending)


def test_what_it_carried_is_gone():
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", "where the mine is")
    content, _ending = logos.check_logo(picture(pnginfo=told))
    assert b"where the mine is" not in content


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'<?xml version="1.0"?><svg onload="alert(1)"/>', "We do not take SVG"),
        (picture("GIF"), "not a PNG or JPEG"),
        (b"GIF89a but named .png", "not a PNG or JPEG"),
        (picture()[:60], "not a PNG or JPEG"),
        (b"", "not a PNG or JPEG"),
        (b"x" * (logos.BYTES + 1), "larger than 2 MB"),
        (picture(size=(5000, 5000)), "too large to open"),
    ],
)
def test_anything_else_is_refused_in_words(content, says):
    with pytest.raises(ValidationError, match=says):
        logos.check_logo(content)


def test_contrast_as_the_guideline_has_it():
    assert logos.contrast_on_white("#000000") == pytest.approx(21)
    assert logos.contrast_on_white("#ffffff") == pytest.approx(1)
    assert logos.contrast_on_white("#767676") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(("typed", "kept"), [("#0B5A5C", "#0b5a5c"), ("767676", "#767676"), ("  ", "")])
def test_a_colour_that_can_be_read_is_taken(typed, kept):
    assert logos.check_colour(typed) == kept


@pytest.mark.parametrize("typed", ["#777777", "#ffe000", "red", "#12345", "#0b5a5c;}"])
def test_any_other_is_not(typed):
    with pytest.raises(ValidationError):
        logos.check_colour(typed)
