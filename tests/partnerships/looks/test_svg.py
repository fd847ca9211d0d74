from __future__ import annotations

from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest

from partnerships.looks import svg
from partnerships.record.states import Stage

NGO = svg.Who("Sahel & Futures", "ngo")
COMPANY = svg.Who("Corvane <Gold>", "company", 1)
FUNDER = svg.Who("Norvik Fund", "funder")


def gaps() -> svg.GapChart:
    return svg.GapChart(
        "Means",
        [
            svg.GapRow(
                "Power",
                [svg.Point(NGO, 1.8), svg.Point(COMPANY, 3.1), svg.Point(NGO, 2.8, guess=True)],
                "/x/",
                "high",
                "1.3",
            ),
            svg.GapRow("Trust", [svg.Point(NGO, Decimal("2.38")), svg.Point(COMPANY, 2.4), svg.Point(FUNDER, 2.5)]),
            svg.GapRow("Alone", [svg.Point(NGO, 0)]),
        ],
    )


def trends() -> svg.TrendChart:
    lines = [svg.Line(NGO, [1, None, 2.4]), svg.Line(COMPANY, [None, None, 3])]
    return svg.TrendChart("Rounds", ["2024", "2025", "2026"], [svg.Small("Power", lines, "Apart")])


def contributions() -> svg.ContributionChart:
    givers = [
        svg.Giver(FUNDER, cash=5600000),
        svg.Giver(NGO, 1000, 3, Decimal("2.5"), seats=2, rights="Two votes"),
        svg.Giver(COMPANY, text="Land"),
    ]
    return svg.ContributionChart("Contributions", givers, "USD")


CHARTS: list[Any] = [
    gaps(),
    trends(),
    contributions(),
    svg.Ring(3, 8),
    svg.Ring(1, 1),
    svg.Spark([1, None, 3], "Trust"),
    svg.RiskChart("Risks", [svg.RiskPoint(1, "Dust <Gold>", 5, 5, 2, 3), svg.RiskPoint(2, "Noise", 1, 1, 1, 1)]),
]


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: type(chart).__name__)
@pytest.mark.parametrize("form", ["page", "paper"])
def test_charts_are_well_formed_and_titled(chart: Any, form: str) -> None:
    drawn = str(getattr(chart, form)())
    tree = ElementTree.fromstring(f"<div>{drawn}</div>")
    images = [image for image in tree.iter("svg") if image.get("role") == "img"]
    assert images
    for image in images:
        title = image.find("title")
        assert image.get("aria-label") or (title is not None and title.text)
    assert "style=" not in drawn


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: type(chart).__name__)
def test_charts_have_a_text_table(chart: Any) -> None:
    table = chart.as_table()
    assert table.rows
    assert all(len(row) == len(table.head) for row in table.rows)
    assert "<Gold>" not in str(table)
    ElementTree.fromstring(str(table))


def test_one_side_alone_has_no_gap() -> None:
    alone = svg.GapChart("Means", [svg.GapRow("Trust", [svg.Point(NGO, 2)])])
    assert alone.page().endswith('<span class="num"><span class="cg-state"> </span></span></li></ol>')


def test_a_gap_row_says_its_numbers_and_stays_in_its_band() -> None:
    chart = gaps()
    assert (
        chart.says(chart.rows[0]) == "Power: Sahel & Futures 1.8, Corvane <Gold> 3.1, expected of Sahel & Futures: 2.8"
    )
    assert "Sahel & Futures 2.3" in chart.says(chart.rows[1]), "2.38 is fragile; 2.4 would be working"
    assert chart.rows[0].gap == Decimal("1.3")
    assert chart.as_table().rows[1][-1] == "fragile"


def test_paper_carries_its_colours_itself() -> None:
    assert 'fill="#9a5200"' in gaps().paper()
    assert "%" not in gaps().picture(gaps().rows[0], paper=True)


def test_small_contributions_do_not_vanish() -> None:
    chart = contributions()
    tree = ElementTree.fromstring(str(chart.bar(chart.givers[1])))
    widths = [float(rect.get("width", "").rstrip("%")) for rect in tree.iter("rect")]
    assert len(widths) == 3
    assert min(widths) >= 1
    assert "under 1\u00a0%" in chart.page()


def test_stages_and_bands_follow_the_records_words() -> None:
    assert [name for name, _label in svg.STAGES] == [str(stage) for stage in Stage.values]
    assert svg.mini_road("agreement").count("fill-accent") == 3
    assert svg.mini_road("nowhere") == ""
    assert svg.band_icon("working").count("fill-ink") == 3
    assert svg.band_icon(None) == ""


def test_the_ring_fills_what_is_met() -> None:
    assert svg.Ring(3, 8).page().count("line-accent") == 3
    assert svg.Ring(0, 0).page().count("line-grid") == 1


def test_many_seats_become_a_number() -> None:
    assert svg.seats(NGO, 3).count("<g ") == 3
    assert svg.seats(NGO, 30).count("<g ") == 1
    assert svg.seats(NGO, None) == "–"


def test_a_who_comes_from_a_party() -> None:
    class Party:
        name = "Corvane Gold"
        mark_role = "company"
        mark_variant = 2

    assert svg.Who.of(Party()) == svg.Who("Corvane Gold", "company", 2)
