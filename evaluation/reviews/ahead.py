"""Which rounds a partnership will need, and when: arithmetic on the agreement's dates, no database.

A baseline before the work starts; a regular review by month 6, then at most 12 months apart [EV1, EV2]; a trust pulse
every half-year, between the reviews [OC7]; a closing review before the end; a look-back 12 months after it [EV3].
Nothing is stored: when the agreement's dates move, these move with them.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from .states import RoundKind

#: The first review is held by this month of the work.
FIRST_BY_MONTHS = 6
#: Reviews are at most this far apart.
APART_MONTHS = 12
#: A pulse a quarter after the start, then every half-year: between two reviews, not beside them.
FIRST_PULSE_MONTHS, PULSE_MONTHS = 3, 6
#: People are not asked twice within this time.
REST = timedelta(days=45)
#: The closing review leaves time to act on it.
BEFORE_END_MONTHS = 2
AFTER_END_MONTHS = 12
#: The work of a partnership without an end in its agreement is planned this far.
HORIZON_MONTHS = 36


@dataclass(frozen=True)
class Frame:
    """What is agreed about the time of the work. `first_on` and `every_months` are the boundary's or the terms'."""

    starts_on: date
    ends_on: date | None = None
    first_on: date | None = None
    every_months: int = APART_MONTHS
    #: When somebody promised to look back, once that is known.
    look_back_on: date | None = None


@dataclass(frozen=True)
class Slot:
    """A round that is needed. `number` counts those of its kind from 1."""

    kind: RoundKind
    number: int
    due_on: date


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last one."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def slots(frame: Frame) -> list[Slot]:
    """Every round from the baseline to the look-back, by date."""
    start = frame.starts_on
    end = frame.ends_on
    last = months_after(end, -BEFORE_END_MONTHS) if end is not None else months_after(start, HORIZON_MONTHS)
    by_month_six = months_after(start, FIRST_BY_MONTHS)
    first = min(frame.first_on, by_month_six) if frame.first_on is not None else by_month_six
    apart = max(1, min(frame.every_months, APART_MONTHS))

    reviews: list[date] = []
    on = first
    while start < on <= last - REST:
        reviews.append(on)
        on = months_after(first, apart * len(reviews))
    closing = [max(last, start)] if end is not None else []
    asked = [*reviews, *closing]
    pulses = []
    for step in range(HORIZON_MONTHS * 4 // PULSE_MONTHS):
        on = months_after(start, FIRST_PULSE_MONTHS + PULSE_MONTHS * step)
        if on > last:
            break
        if all(abs(on - other) >= REST for other in asked):
            pulses.append(on)
    found = [Slot(RoundKind.BASELINE, 1, start)]
    found += _numbered(RoundKind.REGULAR, reviews)
    found += _numbered(RoundKind.PULSE, pulses)
    found += _numbered(RoundKind.CLOSING, closing)
    if end is not None or frame.look_back_on is not None:
        looks = frame.look_back_on or months_after(end or start, AFTER_END_MONTHS)
        found.append(Slot(RoundKind.LOOK_BACK, 1, looks))
    return sorted(found, key=lambda slot: (slot.due_on, list(RoundKind).index(slot.kind)))


def _numbered(kind: RoundKind, days: Iterable[date]) -> list[Slot]:
    return [Slot(kind, number, day) for number, day in enumerate(days, start=1)]
