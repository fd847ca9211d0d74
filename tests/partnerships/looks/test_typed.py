"""What stands in an address or a hidden field may be anything."""

from __future__ import annotations

import pytest

from partnerships.looks.typed import number


@pytest.mark.parametrize("text", [None, "", "x", "-1", "1.5", "²", "٣", " 1", "9" * 19, "9" * 5000, "\x00"])
def test_what_is_no_number_is_none(text: str | None) -> None:
    assert number(text, otherwise=-1) == -1


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("12", 12), ("007", 7), ("9" * 18, int("9" * 18))])
def test_a_number_is_read(text: str, value: int) -> None:
    assert number(text) == value
