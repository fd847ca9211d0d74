"""The only source of the time of day. Stories, journeys and the bench can set it; nobody else does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

#: Dates that sort last and first where nothing is known yet (summary rows hold no nulls).
FAR = date(9999, 12, 31)
NEVER = date(1, 1, 1)

_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)


def now() -> datetime:
    """The present instant, aware, in UTC."""
    if (moment := _moment.get()) is not None:
        return moment
    return datetime.now(UTC) + _shift()


def today(zone: str = "UTC") -> date:
    """The present day in a time zone."""
    return now().astimezone(ZoneInfo(zone)).date()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Everything inside happens at this instant (story loader, tests)."""
    token = _moment.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _moment.reset(token)


def _shift() -> timedelta:
    # One file, so that web, worker and scheduler of a journey agree on the time.
    if not settings.CLOCK_FILE:
        return timedelta()
    try:
        return timedelta(seconds=float(Path(settings.CLOCK_FILE).read_text()))
    except (OSError, ValueError):
        return timedelta()
