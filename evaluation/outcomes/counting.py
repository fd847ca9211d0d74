"""Pure arithmetic of outcomes: progress, shares, sums by currency, and when a measurement is due."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from .states import MONTHS, Direction, Frequency, Pace, Span

HUNDRED = Decimal(100)
#: The year of our last day: beyond it no date is reckoned.
LAST_YEAR = 9999


@dataclass(frozen=True)
class Progress:
    """How far from baseline to target, in per cent; None where there is no way to go. Below 0: worse than before."""

    pace: str
    percent: Decimal | None = None


def is_reached(target: Decimal, value: Decimal, direction: str) -> bool:
    return value >= target if direction == Direction.MORE else value <= target


def progress(*, baseline: Decimal | None, target: Decimal | None, value: Decimal | None, direction: str) -> Progress:
    """Where the last value stands. A target equal to the baseline is one to hold: there is no way, only held or not."""
    if value is None:
        return Progress(Pace.NOT_MEASURED)
    if target is None:
        return Progress(Pace.NO_TARGET)
    reached = is_reached(target, value, direction)
    if baseline is None:
        return Progress(Pace.REACHED if reached else Pace.NO_BASELINE)
    if target == baseline:
        return Progress(Pace.REACHED if reached else Pace.NOT_HELD)
    percent = (value - baseline) * HUNDRED / (target - baseline)
    if reached:
        return Progress(Pace.REACHED, percent)
    if percent < 0:
        return Progress(Pace.WORSE, percent)
    return Progress(Pace.SAME if percent == 0 else Pace.ON_THE_WAY, percent)


def points_the_right_way(baseline: Decimal | None, target: Decimal | None, direction: str) -> bool:
    """Whether the target lies on the better side of the baseline, or equals it."""
    return baseline is None or target is None or is_reached(baseline, target, direction)


def share(part: Decimal, rest: Decimal) -> Decimal | None:
    """Per cent of a part in part and rest; None where there is nothing."""
    whole = part + rest
    return part * HUNDRED / whole if whole else None


def sums(rows: Iterable[tuple[str, str, Decimal]]) -> dict[tuple[str, str], Decimal]:
    """Amounts by form and currency. What differs in either is never added: there is no other sum."""
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for form, currency, amount in rows:
        found[form, currency] += amount
    return dict(sorted(found.items()))


def months_after(day: date, months: int) -> date:
    """The same day some months on; the last of a shorter month."""
    number = day.month - 1 + months
    year, month = min(day.year + number // 12, LAST_YEAR), number % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def next_due(frequency: str, *, last_on: date | None, begun_on: date, target_on: date | None) -> date | None:
    """When the next value is expected. None: no more, or no day was set."""
    if frequency == Frequency.AT_END:
        return target_on if target_on and (last_on is None or last_on < target_on) else None
    return months_after(last_on or begun_on, MONTHS[frequency])


# Spans of hours -------------------------------------------------------------------------------------------------------
def span_of(kind: str, day: date) -> tuple[date, date]:
    """The week (from Monday) or month in which a day lies: first and last day."""
    if kind == Span.WEEK:
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=6)
    return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])


def hours_in(kind: str) -> int:
    """As many hours as there are: nobody works more."""
    return 168 if kind == Span.WEEK else 744


def quarter_of(day: date) -> tuple[date, date]:
    """The calendar quarter of a day: first and last day."""
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    last_month = first.month + 2
    return first, date(day.year, last_month, calendar.monthrange(day.year, last_month)[1])


# Whose hours can be told from a total ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Work:
    """What one person put in."""

    coordinating: Decimal
    delivering: Decimal


@dataclass(frozen=True)
class Told:
    """A side's hours as others may read them. None: it would be one person's, who has not said it."""

    hours: Decimal | None
    coordinating: Decimal | None
    delivering: Decimal | None


def alone(people: Iterable[int], speaker: int) -> bool:
    """Whether a total of these people is the figure of a single one who is not the one that shows it."""
    who = set(people)
    return len(who) == 1 and who != {speaker}


def told(work: Mapping[int, Work], *, speaker: int) -> Told:
    """The totals that may be shown by `speaker`, a person of that side.

    A total of one person is that person's own figure, so only that person shows it. Where one of the two kinds is one
    person's, both are left out: the other would give it away beside the whole.
    """
    if not work or alone(work, speaker):
        return Told(None, None, None)
    coordinating = sum((w.coordinating for w in work.values()), Decimal(0))
    delivering = sum((w.delivering for w in work.values()), Decimal(0))
    by_kind = [[who for who, w in work.items() if hours(w)] for hours in (_coordinating, _delivering)]
    if any(alone(people, speaker) for people in by_kind):
        return Told(coordinating + delivering, None, None)
    return Told(coordinating + delivering, coordinating, delivering)


def _coordinating(work: Work) -> Decimal:
    return work.coordinating


def _delivering(work: Work) -> Decimal:
    return work.delivering
