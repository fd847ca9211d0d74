"""When something is due: cadences that quiet periods stop, and working days. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

#: First and last day of a quiet period.
Span = tuple[date, date]
_SATURDAY = 5


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same days in spans that neither overlap nor touch, in order."""
    found: list[Span] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1] + timedelta(days=1):
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def next_due(base: date, cadence_days: int, quiet: Sequence[Span] = ()) -> date:
    """`cadence_days` days after `base`; days of agreed quiet periods do not count, and none of them is a due day."""
    due = base + timedelta(days=cadence_days)
    for first, last in merged(quiet):
        start = max(first, base + timedelta(days=1))
        if start <= due and start <= last:
            due += timedelta(days=(last - start).days + 1)
    return due


def after_working_days(day: date, count: int) -> date:
    """The day `count` working days (Monday to Friday) after a day."""
    while count > 0:
        day += timedelta(days=1)
        count -= day.weekday() < _SATURDAY
    return day
