"""Cadences and quiet periods."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as some

from lifecycle.communication.timing import after_working_days, merged, next_due

BASE = date(2026, 11, 2)
days = some.dates(date(2026, 1, 1), date(2027, 12, 31))
spans = some.lists(
    some.tuples(days, some.integers(0, 60)).map(lambda t: (t[0], t[0] + timedelta(days=t[1]))), max_size=5
)


def test_without_quiet_periods_it_is_the_cadence() -> None:
    assert next_due(BASE, 14) == date(2026, 11, 16)


def test_a_quiet_period_stops_the_clock() -> None:
    assert next_due(BASE, 14, [(date(2026, 11, 10), date(2026, 11, 19))]) == date(2026, 11, 26)


def test_a_quiet_period_that_began_before_counts_from_the_contact_on() -> None:
    assert next_due(BASE, 14, [(date(2026, 10, 1), date(2026, 11, 5))]) == date(2026, 11, 19)


def test_the_next_quiet_period_counts_when_the_first_moved_the_day_into_it() -> None:
    quiet = [(date(2026, 11, 10), date(2026, 11, 19)), (date(2026, 11, 25), date(2026, 11, 30))]
    assert next_due(BASE, 14, quiet) == date(2026, 12, 2)


def test_quiet_periods_that_are_over_or_far_do_not_matter() -> None:
    quiet = [(date(2026, 10, 1), date(2026, 11, 2)), (date(2027, 1, 1), date(2027, 1, 9))]
    assert next_due(BASE, 14, quiet) == date(2026, 11, 16)


@given(base=days, cadence=some.integers(1, 400), quiet=spans)
def test_exactly_the_cadence_of_days_that_count_lies_between(base: date, cadence: int, quiet: list) -> None:
    due = next_due(base, cadence, quiet)
    silent = {first + timedelta(days=n) for first, last in merged(quiet) for n in range((last - first).days + 1)}
    assert due not in silent
    assert sum(base + timedelta(days=n) not in silent for n in range(1, (due - base).days + 1)) == cadence


def test_working_days_leave_out_the_weekend() -> None:
    assert after_working_days(date(2026, 11, 23), 3) == date(2026, 11, 26)
    assert after_working_days(date(2026, 11, 26), 3) == date(2026, 12, 1)
    assert after_working_days(date(2026, 11, 28), 1) == date(2026, 11, 30)
