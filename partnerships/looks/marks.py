"""One shape per role, so that nobody needs colour to tell who is meant.

A mark stands for a role (an NGO, a company, a broker …), not for one organisation; partners of one role differ by how
the shape is filled: 0 solid, 1 half, 2 an outline around a dot. Every shape is drawn in a box of 16 by 16.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

Tone = Literal["a", "b", "n"]
VARIANTS = 3


@dataclass(frozen=True)
class Shape:
    """One outline in the 16 box: the whole, its left half, and where its dot sits."""

    whole: str
    half: str
    middle: tuple[float, float]
    tone: Tone


@dataclass(frozen=True)
class Ink:
    """A tone on screen is a class (light and dark differ); on paper it is the colour itself."""

    full: str
    tint: str


PAPER: dict[str, Ink] = {
    "a": Ink("#5a489e", "#e9e5f5"),
    "b": Ink("#9a5200", "#f7e8d4"),
    "n": Ink("#6a7371", "#e7e6e0"),
}

CIRCLE = Shape("M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1z", "M8 1a7 7 0 0 0 0 14z", (8, 8), "a")
SQUARE = Shape("M1.5 1.5h13v13h-13z", "M1.5 1.5H8v13H1.5z", (8, 8), "b")
DIAMOND = Shape("M8 .5 15.5 8 8 15.5.5 8z", "M8 .5v15L.5 8z", (8, 8), "n")
HEXAGON = Shape("M4.2 1.5h7.6L15.5 8l-3.7 6.5H4.2L.5 8z", "M8 1.5H4.2L.5 8l3.7 6.5H8z", (8, 8), "n")
TRIANGLE = Shape("M8 14.5.8 2h14.4z", "M8 14.5.8 2H8z", (8, 6), "n")
PENTAGON = Shape("M8 .8l7.4 5.4-2.8 8.7H3.4L.6 6.2z", "M8 .8.6 6.2l2.8 8.7H8z", (8, 8.4), "n")
RING = Shape("M8 3.2a4.8 4.8 0 1 0 0 9.6 4.8 4.8 0 0 0 0-9.6z", "", (8, 8), "n")

#: By the role of a party, or by the kind of its organisation: whichever says more comes first (see `role_of`).
SHAPES: dict[str, Shape] = {
    "ngo": CIRCLE,
    "company": SQUARE,
    "broker": DIAMOND,
    "intermediary": DIAMOND,
    "community": HEXAGON,
    "rights_holder": HEXAGON,
    "rights_holders": HEXAGON,
    "funder": TRIANGLE,
    "government": PENTAGON,
    "authority": PENTAGON,
    "public_authority": PENTAGON,
    "adviser": RING,
    "technical_adviser": RING,
}


def role_of(party: object) -> str:
    """The role a mark shows. "Partner" says nothing about shape: then the kind of organisation counts."""
    organisation = getattr(party, "organisation", None)
    for holder, name in ((party, "mark_role"), (party, "role"), (party, "kind"), (organisation, "kind")):
        value = str(getattr(holder, name, "") or "")
        if value in SHAPES:
            return value
    return ""


def name_of(role: str) -> str:
    """What kind of party a mark stands for, in words."""
    names = {
        "ngo": gettext("NGO"),
        "company": gettext("Mining company"),
        "broker": gettext("Broker"),
        "community": gettext("Community or Indigenous body"),
        "government": gettext("Public authority"),
        "funder": gettext("Funder"),
        "adviser": gettext("Technical adviser"),
    }
    return names.get(role, gettext("Party"))


def tone_of(role: str) -> Tone:
    """The colour family: a for NGOs, b for companies, n for everybody else."""
    shape = SHAPES.get(role)
    return shape.tone if shape else "n"


def variant_of(value: object) -> int:
    """0, 1 or 2; later partners of one role start again (their names still tell them apart)."""
    try:
        return int(str(value or 0)) % VARIANTS
    except ValueError:
        return 0


@lru_cache(maxsize=256)
def glyph(role: str, variant: int = 0, *, tone: Tone | None = None) -> SafeString:
    """The shape alone, in its 16 box, for a mark or a chart. An unknown role is a short bar, never an error."""
    shape = SHAPES.get(role)
    colour = tone or tone_of(role)
    ink = PAPER[colour]
    if shape is None:
        return format_html(
            '<path d="M2 8h12" class="line-{}" fill="none" stroke="{}" stroke-width="3"/>', colour, ink.full
        )
    x, y = shape.middle
    solid = format_html('class="fill-{}" fill="{}"', colour, ink.full)
    if shape is RING:
        width = 4 if variant == 0 else 2.5
        ring = '<path d="{}" class="line-{}" fill="none" stroke="{}" stroke-width="{}"/>'
        dot = format_html('<circle cx="8" cy="8" r="{}" {}/>', 1.5 * variant, solid) if variant else SafeString("")
        return format_html(ring, shape.whole, colour, ink.full, width) + dot
    if variant == 0:
        return format_html('<path d="{}" {}/>', shape.whole, solid)
    outline = format_html(
        '<path d="{}" class="tint-{} line-{}" fill="{}" stroke="{}" stroke-width="1.75"/>',
        shape.whole, colour, colour, ink.tint, ink.full,
    )  # fmt: skip
    if variant == 1:
        return outline + format_html('<path d="{}" {}/>', shape.half, solid)
    return outline + format_html('<circle cx="{}" cy="{}" r="2.5" {}/>', x, y, solid)


def halo(role: str) -> SafeString:
    """A rim in the colour of the ground, under a shape that lies on lines or on other shapes."""
    shape = SHAPES.get(role)
    if shape is None:
        return SafeString("")
    return format_html('<path d="{}" class="line-paper" fill="none" stroke="#fff" stroke-width="3.5"/>', shape.whole)


@lru_cache(maxsize=256)
def mark(role: str, variant: int = 0) -> SafeString:
    """The small mark before a name. The name says who: the mark is hidden from readers aloud."""
    return format_html(
        '<svg class="cg-mark" viewBox="0 0 16 16" aria-hidden="true">{}</svg>', glyph(role, variant_of(variant))
    )


#: Hairline icons, few; none for decoration.
ICONS: dict[str, str] = {
    "lock": '<path d="M3.5 7.5h9v6h-9zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5"/>',
    "tick": '<path d="m2.5 8.5 3.5 3.5 7.5-8"/>',
    "dash": '<path d="M4 8h8"/>',
    "dots": '<path d="M3 8h.01M8 8h.01M13 8h.01" stroke-width="3"/>',
    "gate": '<path d="M2.5 2v12M13.5 2v12M2.5 6h11M2.5 10h11"/>',
    "page": '<path d="M4 1.5h5.5L12.5 4.5v10H4z"/>',
    "cross": '<path d="m3.5 3.5 9 9M12.5 3.5l-9 9"/>',
    "bell": '<path d="M4 11V7a4 4 0 0 1 8 0v4l1 1.5H3zM6.75 14.5h2.5"/>',
    "eye": '<path d="M1.5 8S4 3.75 8 3.75 14.5 8 14.5 8 12 12.25 8 12.25 1.5 8 1.5 8z"/><circle cx="8" cy="8" r="2"/>',
    "people": (
        '<circle cx="6" cy="5" r="2.5"/>'
        '<path d="M1.5 13.5a4.5 4.5 0 0 1 9 0M11 3a2.25 2.25 0 0 1 0 4.25M12 9.75a4 4 0 0 1 2.5 3.75"/>'
    ),
}
#: Filled triangle: high. Hollow triangle: warning. These carry their own colour.
SIGNS: dict[str, str] = {
    "high": '<path d="M8 1 15.5 15H.5z" class="fill-high" fill="#a42a1c"/>',
    "warn": '<path d="M8 2.5 14.3 14H1.7z" fill="none" stroke="currentColor" stroke-width="1.75"/>',
}


def icon(name: str) -> SafeString:
    """A hairline icon, hidden from readers aloud (the word beside it speaks). Unknown names draw nothing."""
    if name in SIGNS:
        return mark_safe(f'<svg class="cg-mark" viewBox="0 0 16 16" aria-hidden="true">{SIGNS[name]}</svg>')
    if name in ICONS:
        return mark_safe(f'<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">{ICONS[name]}</svg>')
    return mark_safe("")
