"""Reading what stands in an address or a hidden field, where anybody can write anything."""

from __future__ import annotations

#: Longer ones fit into no column, and are no number of ours.
_DIGITS = 18


def number(text: str | None, otherwise: int = 0) -> int:
    """The whole number that somebody sent, or `otherwise` where it is none.

    Not by `str.isdigit`: it takes "²", which `int` refuses, and digits without end.
    """
    text = text or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else otherwise
