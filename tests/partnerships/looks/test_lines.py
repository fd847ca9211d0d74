"""A figure over time, drawn and as words."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partnerships import clock
from partnerships.looks.lines import Dated, LineChart

DAY = date(2026, 3, 1)
days = st.dates(date(1950, 1, 1), date(2190, 1, 1))
figures = st.decimals(min_value=-(10**13), max_value=10**13, places=4, allow_nan=False)
points = st.lists(st.builds(Dated, days, figures), min_size=1, max_size=20)


def heights(picture: str) -> list[float]:
    return [float(y) for y in re.findall(r'<circle cx="[^"]*" cy="([^"]*)"', picture)]


def test_it_says_its_values_and_where_it_should_go() -> None:
    chart = LineChart("Wells", "households", [Dated(DAY, Decimal(45), "Count")], Dated(date(2025, 3, 1), Decimal(20)),
                      Decimal(80))  # fmt: skip
    with clock.at(clock.now().replace(year=2026)):
        picture, table = str(chart.page()), str(chart.as_table())
    assert "<title>Wells</title>" in picture
    assert "1 Mar: 45 households" in picture
    assert "Target 80" in picture
    assert "Baseline 20" in picture
    for words in ("45", "Count", "Target", "80", "20"):
        assert words in table


def test_more_stands_higher_and_later_stands_further() -> None:
    rows = [Dated(date(2026, month, 1), Decimal(month)) for month in (1, 5, 3)]
    picture = str(LineChart("Wells", "", rows).paper())
    low, high, middle = heights(picture)
    assert high < middle < low
    first, last, between = (float(x) for x in re.findall(r'<circle cx="([^"]*)"', picture))
    assert first < between < last


@pytest.mark.parametrize("paper", [True, False])
@given(points, st.none() | st.builds(Dated, days, figures), st.none() | figures, st.none() | days)
def test_whatever_it_draws_is_a_picture_within_its_frame(
    paper: bool, rows: list[Dated], start: Dated | None, goal: Decimal | None, goal_on: date | None
) -> None:
    picture = str(
        LineChart("<Wells>", "<i>", rows, start, goal, goal_on if goal is not None else None).picture(paper=paper)
    )
    ET.fromstring(picture)
    assert len(heights(picture)) == len(rows)
    assert all(0 <= y <= 190 for y in heights(picture))
    places = [float(x.rstrip("%")) for x in re.findall(r'<circle cx="([^"]*)"', picture)]
    assert all(0 <= x <= (320 if paper else 100) for x in places)
