"""The ready-made lines: what was typed is escaped, and every cell says what it should."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils.translation import override

from partnerships import clock
from partnerships.portfolio.lines import lines
from partnerships.portfolio.queries import Row


def row(**fields: object) -> Row:
    values: dict[str, object] = {
        "url": "/p/abc/", "name": "Kessa", "others": [], "country": "", "stage": "agreement", "standing": "",
        "since": date(2026, 1, 1), "high": 0, "warning": 0, "headline": "", "reviewed_on": None, "next_due": None,
        "reason": "",
    }  # fmt: skip
    return Row(**{**values, **fields})  # type: ignore[arg-type]


def line(**fields: object) -> str:
    (found,) = lines([row(**fields)])
    return str(found)


def test_what_people_typed_is_escaped() -> None:
    typed = "<script>&\"'"
    other = {"name": typed, "mark": typed, "variant": 0, "role": "partner"}
    made = line(name=typed, country=typed, others=[other], standing=typed, url="/p/abc/")
    assert "<script" not in made
    assert made.count("&lt;script&gt;&amp;&quot;&#x27;") == 4


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, ("Agreement", ">None<", "Not yet", "–")),
        ({"high": 2}, ("cg-state--high", " 2<")),
        ({"warning": 3}, ("cg-state--warn", " 3<")),
        ({"headline": "fragile"}, ("cg-band", ">fragile<")),
        ({"reviewed_on": date(2020, 5, 4)}, ("4 May 2020",)),
        ({"standing": "On hold"}, (", On hold",)),
        ({"country": "Mali"}, (">Mali<",)),
    ],
)
def test_a_line_says(fields: dict[str, object], said: tuple[str, ...]) -> None:
    for words in said:
        assert words in line(**fields)


def test_what_is_late_is_said_to_be() -> None:
    assert "late" in line(next_due=clock.today() - timedelta(days=3))
    assert "late" not in line(next_due=clock.today() + timedelta(days=3))


def test_two_states_stand_beside_each_other_on_a_phone_too() -> None:
    cell = line(high=2, warning=1).split('data-label="Flags">')[1].split("</td>")[0]
    assert cell.startswith("<span><span")
    assert cell.endswith("</span></span>")


def test_who_has_no_seat_is_told_no_flags_and_no_review() -> None:
    made = line(high=2, warning=1, headline="fragile", reviewed_on=date(2020, 5, 4), seated=False)
    assert "cg-state" not in made
    assert "cg-band" not in made
    assert "2020" not in made
    assert made.count("–") == 4, "nor is anybody beside it"


def test_labels_are_in_the_readers_language() -> None:
    with override("fr"):
        assert 'data-label="With"' not in line()
        assert ">Aucune<" in line()
