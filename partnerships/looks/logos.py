"""An organisation's logo and colour: what may stand on its reports. Nothing here writes."""

from __future__ import annotations

import io
import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image

#: Largest file that is looked at, largest side that is opened and that is kept.
BYTES, PIXELS, SIDE = 2 * 1024 * 1024, 20_000_000, 600
#: Of text on white (WCAG 2.2, 1.4.3).
CONTRAST = 4.5
_HEX = re.compile(r"#[0-9a-fA-F]{6}\Z")


def contrast_on_white(colour: str) -> float:
    """How well a colour stands out on white, from 1 to 21 (WCAG 2.2, contrast ratio). `colour` is "#rrggbb"."""

    def light(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (light(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def check_colour(text: str) -> str:
    """A colour that can be read on white, as "#rrggbb" in small letters. Raises ValidationError."""
    colour = text.strip().lower()
    if not colour:
        return ""
    colour = colour if colour.startswith("#") else f"#{colour}"
    if not _HEX.match(colour):
        raise ValidationError(_("Write the colour as six signs from 0 to 9 and a to f, for example #0b5a5c."))
    found = contrast_on_white(colour)
    if found < CONTRAST:
        raise ValidationError(
            _("This colour is too light to be read on white: its contrast is %(found)s, and 4.5 is needed. Take a "
              "darker one.") % {"found": f"{found:.1f}"}
        )  # fmt: skip
    return colour


def check_logo(content: bytes) -> tuple[bytes, str]:
    """A small picture, drawn anew without what it carried, and its ending. Raises ValidationError.

    What it is follows from its content alone. SVG is not taken: it can hold programs and addresses.
    """
    if len(content) > BYTES:
        raise ValidationError(_("This picture is larger than 2 MB. Make it smaller, and try again."))
    if b"<svg" in content[:1024].lower():
        raise ValidationError(_("We do not take SVG, since it can carry programs. Save it as PNG, and take that."))
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
            # Read once to its end: whoever made PDFs in this process has told Pillow to be content with less.
            picture.verify()
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > PIXELS:
                raise ValidationError(_("This picture is too large to open. Make it smaller, and try again."))
            kind = str(picture.format)
            drawn = picture.convert("RGB" if kind == "JPEG" else "RGBA")
            drawn.thumbnail((SIDE, SIDE))
    except ValidationError:
        raise
    except Exception:
        # Whatever Pillow stumbles over in a file that was made to be stumbled over.
        raise ValidationError(_("This is not a PNG or JPEG picture, or it is damaged.")) from None
    drawn.info = {}
    out = io.BytesIO()
    drawn.save(out, kind, optimize=True)
    return out.getvalue(), "png" if kind == "PNG" else "jpg"
