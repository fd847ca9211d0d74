"""The clock's work on summary rows."""

from __future__ import annotations

from celery import shared_task

from . import actions


@shared_task(name="portfolio.dates")
def dates() -> int:
    """Next due dates, as each party may know them."""
    return actions.refresh_dates()
