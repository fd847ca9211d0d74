from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from partnerships import clock
from partnerships.looks import format as words

TODAY = dt.date(2026, 11, 23)
CUTS = (1.5, 2.4, 3.2)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def test_dates_name_the_year_only_when_it_differs() -> None:
    assert words.near_date(day("2026-11-25"), TODAY) == "Wed 25 Nov"
    assert words.near_date(day("2027-01-04"), TODAY) == "Mon 4 Jan 2027"
    assert words.past_date(day("2026-11-12"), TODAY) == "12 Nov"
    assert words.past_date(day("2025-11-12"), TODAY) == "12 Nov 2025"
    assert words.long_date(day("2026-11-12")) == "12 November 2026"


def test_dates_in_the_readers_language() -> None:
    with translation.override("fr"):
        assert words.near_date(day("2026-11-25"), TODAY).lower().startswith("mer")
        assert words.long_date(day("2026-11-25")) == "25 novembre 2026"
        assert words.past_date(day("2026-10-08"), TODAY) == "8 oct", "the full stop is the sentence's"
        assert words.past_date(day("2025-10-08"), TODAY) == "8 oct. 2025"
        assert words.near_date(day("2026-12-01"), TODAY).endswith(" 1er déc")
        assert words.long_date(day("2021-05-01")) == "1er mai 2021"
        assert words.long_date(day("2021-05-31")) == "31 mai 2021"
    with translation.override("es"):
        assert words.past_date(day("2026-11-25"), TODAY).lower().startswith("25 nov")


def test_an_instant_is_the_day_of_the_readers_zone() -> None:
    late = dt.datetime(2026, 11, 25, 23, 30, tzinfo=dt.UTC)
    assert words.day_of(late) == day("2026-11-25")
    with translation.override("en"):
        from django.utils import timezone

        with timezone.override("Australia/Perth"):
            assert words.day_of(late) == day("2026-11-26")
            assert words.clock_time(late) == "07:30"


def test_ranges() -> None:
    assert words.date_range(day("2026-01-12"), day("2026-04-20"), TODAY) == "12 Jan to 20 Apr"
    assert words.date_range(day("2024-01-12"), day("2025-04-20"), TODAY) == "12 Jan 2024 to 20 Apr 2025"


def test_durations_are_in_days() -> None:
    assert words.days(1) == "1 day"
    assert words.days(1200) == "1,200 days"
    assert words.days_ago(day("2026-11-23"), TODAY) == "today"
    assert words.days_ago(day("2026-11-22"), TODAY) == "yesterday"
    assert words.days_ago(day("2026-11-18"), TODAY) == "5 days ago"
    assert words.days_ago(day("2026-11-24"), TODAY) == "tomorrow"
    assert words.days_ago(day("2026-12-03"), TODAY) == "in 10 days"


def test_late_is_written() -> None:
    assert words.late_by(day("2026-11-20"), TODAY) == "Late by 3 days"
    assert words.late_by(TODAY, TODAY) == ""
    assert words.due_words(day("2026-11-22"), TODAY) == "Late by 1 day"
    assert words.due_words(TODAY, TODAY) == "Today"
    assert words.due_words(day("2026-11-24"), TODAY) == "Tomorrow"
    assert words.due_words(day("2026-11-25"), TODAY) == "By Wed 25 Nov"


def test_today_is_the_clocks() -> None:
    with clock.at(dt.datetime(2031, 5, 1, 12, tzinfo=dt.UTC)):
        assert words.days_ago(day("2031-04-30")) == "yesterday"


def test_money_in_the_readers_language() -> None:
    assert words.money(Decimal("5600000"), "USD") == "USD\u00a05,600,000"
    assert words.money(Decimal("12.5"), "XOF") == "XOF\u00a012.50"
    with translation.override("fr"):
        assert words.number(Decimal("5600000")).replace("\u202f", " ").replace("\u00a0", " ") == "5 600 000"
    with translation.override("es"):
        assert words.number(Decimal("12.5")) == "12,50"


def test_shares_never_round_to_nothing_or_to_all() -> None:
    assert words.percent(1, 1000) == "under 1\u00a0%"
    assert words.percent(999, 1000) == "99\u00a0%"
    assert words.percent(1, 1) == "100\u00a0%"
    assert words.percent(0, 10) == "0\u00a0%"
    assert words.percent(1, 0) == "–"


def test_scores_never_round_across_a_band() -> None:
    assert words.score(2.38, CUTS) == "2.3"
    assert words.score(2.4, CUTS) == "2.4"
    assert words.score(1.46, CUTS) == "1.4"
    assert words.score(2.38) == "2.4"


@given(st.decimals(min_value=0, max_value=4, places=3))
def test_a_written_score_is_in_its_values_band(value: Decimal) -> None:
    def band(number: Decimal) -> int:
        return sum(number >= Decimal(str(cut)) for cut in CUTS)

    assert band(Decimal(words.score(value, CUTS))) == band(value)


@pytest.mark.parametrize(
    ("text", "way"),
    [("", "ltr"), ("3.1 ¿Agua?", "ltr"), ("(١٢٣) الماء أولاً, OK", "rtl"), ("2 של 3", "rtl"), ("OK — שלום", "ltr")],
)
def test_words_from_the_right_are_told_by_their_first_letter(text: str, way: str) -> None:
    assert words.direction(text) == way


@pytest.mark.parametrize(
    ("parts", "said"), [([], ""), (["A"], "A"), (["A", "B"], "A and B"), (list("ABC"), "A, B and C")]
)
def test_lists(parts: list[str], said: str) -> None:
    assert words.and_list(parts) == said
