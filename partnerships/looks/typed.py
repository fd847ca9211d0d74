"""Reading what stands in an address or a hidden field, where anybody can write anything."""

from __future__ import annotations

from datetime import date

from django.utils.formats import get_format

#: Longer ones fit into no column, and are no number of ours.
_DIGITS = 18


def number(text: str | None, otherwise: int = 0) -> int:
    """The whole number that somebody sent, or `otherwise` where it is none.

    Not by `str.isdigit`: it takes "²", which `int` refuses, and digits without end.
    """
    text = text or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else otherwise


def day(text: str | None) -> date | None:
    """The day that stands in an address ("2027-05-31"), nothing where it is none."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def plain_number(text: str) -> str:
    """A number as somebody writes it, with a point before its decimals and nothing else; other text as it is.

    Where a point or a comma could be either, the reader's language tells which it is; where it does not ("1.200" in
    Spanish, which people write for both), ValueError.
    """
    bare = "".join(text.split()).replace("’", "").replace("'", "")
    marks = [c for c in bare if c in ".,"]
    if not marks:
        return bare
    last = marks[-1]
    if len(set(marks)) == 1 and len(marks) > 1:
        return bare.replace(last, "")
    if len(marks) == 1 and len(bare.rsplit(last, 1)[1]) == 3 and get_format("DECIMAL_SEPARATOR") != last:
        if get_format("THOUSAND_SEPARATOR") != last:
            raise ValueError(text)
        return bare.replace(last, "")
    return bare.replace("," if last == "." else ".", "").replace(last, ".")
