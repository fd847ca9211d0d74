"""The arithmetic of outcomes, against what it must never do."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.outcomes import counting
from evaluation.outcomes.counting import Work
from evaluation.outcomes.states import Pace

figures = st.decimals(min_value=-1000000, max_value=1000000, places=4, allow_nan=False)
hours = st.decimals(min_value=0, max_value=700, places=1, allow_nan=False)
days = st.dates(date(1990, 1, 1), date(2150, 1, 1))


def progress(baseline: object, target: object, value: object, direction: str = "more") -> counting.Progress:
    numbers = [None if v is None else Decimal(str(v)) for v in (baseline, target, value)]
    return counting.progress(baseline=numbers[0], target=numbers[1], value=numbers[2], direction=direction)


@pytest.mark.parametrize(
    ("numbers", "direction", "pace", "percent"),
    [
        ((20, 80, 50), "more", Pace.ON_THE_WAY, 50),
        ((100, 40, 70), "less", Pace.ON_THE_WAY, 50),
        ((20, 80, 80), "more", Pace.REACHED, 100),
        ((100, 40, 30), "less", Pace.REACHED, Decimal(70) * 100 / 60),
        ((20, 80, 10), "more", Pace.WORSE, Decimal(-1000) / 60),
        ((100, 40, 130), "less", Pace.WORSE, -50),
        ((20, 80, 20), "more", Pace.SAME, 0),
        ((20, 20, 20), "more", Pace.REACHED, None),
        ((20, 20, 19), "more", Pace.NOT_HELD, None),
        ((20, 20, 21), "less", Pace.NOT_HELD, None),
        ((20, 20, 21), "more", Pace.REACHED, None),
        ((None, 80, 50), "more", Pace.NO_BASELINE, None),
        ((None, 80, 90), "more", Pace.REACHED, None),
        ((20, None, 50), "more", Pace.NO_TARGET, None),
        ((20, 80, None), "more", Pace.NOT_MEASURED, None),
    ],
)
def test_where_a_value_stands(numbers: tuple[object, ...], direction: str, pace: str, percent: object) -> None:
    found = progress(*numbers, direction)
    assert found == counting.Progress(pace, None if percent is None else Decimal(percent))  # type: ignore[arg-type]


@given(figures, figures, figures)
def test_less_is_better_is_more_is_better_seen_in_a_mirror(baseline: Decimal, target: Decimal, value: Decimal) -> None:
    more = counting.progress(baseline=baseline, target=target, value=value, direction="more")
    less = counting.progress(baseline=-baseline, target=-target, value=-value, direction="less")
    assert more == less


@given(figures, figures, figures, st.sampled_from(["more", "less"]))
def test_a_target_is_reached_when_it_is_and_100_per_cent_means_it(
    baseline: Decimal, target: Decimal, value: Decimal, direction: str
) -> None:
    if not counting.points_the_right_way(baseline, target, direction):
        return
    found = counting.progress(baseline=baseline, target=target, value=value, direction=direction)
    reached = value >= target if direction == "more" else value <= target
    assert (found.pace == Pace.REACHED) == reached
    if found.percent is not None:
        assert (found.percent >= 100) == reached
        worse = value < baseline if direction == "more" else value > baseline
        assert (found.percent < 0) == worse == (found.pace == Pace.WORSE)


@given(figures, figures, st.sampled_from(["more", "less"]))
def test_a_target_to_hold_has_no_per_cent(both: Decimal, value: Decimal, direction: str) -> None:
    found = counting.progress(baseline=both, target=both, value=value, direction=direction)
    assert found.percent is None
    assert found.pace in {Pace.REACHED, Pace.NOT_HELD}


@given(hours, hours)
def test_shares_lie_between_nothing_and_all_and_add_up(one: Decimal, other: Decimal) -> None:
    share, rest = counting.share(one, other), counting.share(other, one)
    if one + other == 0:
        assert share is None
        return
    assert share is not None and rest is not None  # noqa: PT018
    assert 0 <= share <= 100
    assert abs(share + rest - 100) < Decimal("0.0001")


amounts = st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False)
rows = st.lists(st.tuples(st.sampled_from(["cash", "in_kind"]), st.sampled_from(["USD", "XOF", "EUR"]), amounts))


@given(rows)
def test_no_sum_merges_currencies_or_cash_with_things(given_rows: list[tuple[str, str, Decimal]]) -> None:
    found = counting.sums(given_rows)
    assert set(found) == {(form, currency) for form, currency, _ in given_rows}
    for (form, currency), total in found.items():
        assert total == sum((a for f, c, a in given_rows if (f, c) == (form, currency)), Decimal(0))


@given(days, st.integers(1, 60))
def test_months_on_lie_in_that_month_and_never_after_the_day(day: date, months: int) -> None:
    found = counting.months_after(day, months)
    assert (found.year - day.year) * 12 + found.month - day.month == months
    assert found.day <= day.day


def test_when_a_value_is_due() -> None:
    begun, end = date(2026, 1, 31), date(2027, 6, 30)
    assert counting.next_due("monthly", last_on=None, begun_on=begun, target_on=None) == date(2026, 2, 28)
    assert counting.next_due("yearly", last_on=date(2026, 5, 2), begun_on=begun, target_on=end) == date(2027, 5, 2)
    assert counting.next_due("at_end", last_on=None, begun_on=begun, target_on=end) == end
    assert counting.next_due("at_end", last_on=end, begun_on=begun, target_on=end) is None


@given(days, st.sampled_from(["week", "month"]))
def test_spans_hold_their_day_and_quarters_hold_their_months(day: date, span: str) -> None:
    first, last = counting.span_of(span, day)
    assert first <= day <= last
    assert counting.span_of(span, last) == (first, last)
    starts, ends = counting.quarter_of(day)
    assert starts <= day <= ends
    assert starts.day == 1
    assert (ends - starts).days in {89, 90, 91}


people = st.dictionaries(st.integers(1, 6), st.builds(Work, hours, hours), max_size=5)


@given(people, st.integers(1, 6))
def test_nobody_elses_hours_are_told_by_what_is_shown(work: dict[int, Work], speaker: int) -> None:
    """No figure that is shown, and no difference of two, is that of a single person who does not show it."""
    found = counting.told(work, speaker=speaker)
    shown = {
        "hours": (found.hours, set(work)),
        "coordinating": (found.coordinating, {who for who, w in work.items() if w.coordinating}),
        "delivering": (found.delivering, {who for who, w in work.items() if w.delivering}),
    }
    for figure, whose in shown.values():
        if figure is not None:
            assert len(whose) != 1 or whose == {speaker}
    assert (found.coordinating is None) == (found.delivering is None), "one and the whole give the other away"
    if found.coordinating is not None:
        assert found.hours == found.coordinating + (found.delivering or 0)


def test_a_side_of_one_shows_its_own_hours_and_nobody_elses() -> None:
    work = {7: Work(Decimal(3), Decimal(4))}
    assert counting.told(work, speaker=7).hours == 7
    assert counting.told(work, speaker=8) == counting.Told(None, None, None)
    both = {7: Work(Decimal(3), Decimal(0)), 8: Work(Decimal(0), Decimal(4))}
    assert counting.told(both, speaker=7) == counting.Told(Decimal(7), None, None)
