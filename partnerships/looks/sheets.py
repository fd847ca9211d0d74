"""What every spreadsheet of ours is written with: row by row, values only."""

from __future__ import annotations

#: Cells are text, whatever they begin with: no formula, no link, no number is guessed. Memory stays the same however
#: many rows there are.
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "in_memory": False,
}


def sheet_name(name: str) -> str:
    """As a spreadsheet takes it: no signs that it refuses, 31 letters at most."""
    return "".join(letter for letter in name if letter not in "[]:*?/\\'")[:31]
