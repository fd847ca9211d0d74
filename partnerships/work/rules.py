"""When to remind: lead times per kind of due date, as data. Pure arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

#: Hour of the office's day at which reminders go out.
REMIND_HOUR = 8


@dataclass(frozen=True)
class Rule:
    """Days before the due day (0: on the day), then every `after_every` days, at most `after_times` times."""

    before: tuple[int, ...]
    after_every: int = 7
    after_times: int = 4

    @property
    def offsets(self) -> tuple[int, ...]:
        """Days from the due day, in order; the index is the reminder's step."""
        return (
            *(-d for d in sorted(self.before, reverse=True)),
            *(self.after_every * (n + 1) for n in range(self.after_times)),
        )


RULES: dict[str, Rule] = {
    "short": Rule(before=(1, 0), after_every=2, after_times=3),
    "usual": Rule(before=(7, 1, 0)),
    "long": Rule(before=(30, 14, 7, 1, 0)),
    "event": Rule(before=(7, 1), after_times=0),
    "none": Rule(before=(), after_times=0),
}


def due_instant(due_on: date, zone: str) -> datetime:
    """The end of the due day where the office is, in UTC."""
    return datetime.combine(due_on + timedelta(days=1), time(0), ZoneInfo(zone)).astimezone(UTC)


def _instant(due_on: date, zone: str, offset: int) -> datetime:
    return datetime.combine(due_on + timedelta(days=offset), time(REMIND_HOUR), ZoneInfo(zone)).astimezone(UTC)


def next_reminder(rule: str, due_on: date | None, zone: str, moment: datetime) -> tuple[datetime | None, int]:
    """The first reminder strictly after a moment, and its step; (None, -1) when there is none left."""
    if due_on is None:
        return None, -1
    for step, offset in enumerate(RULES[rule].offsets):
        at = _instant(due_on, zone, offset)
        if at > moment:
            return at, step
    return None, -1
