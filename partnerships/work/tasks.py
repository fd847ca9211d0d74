"""The clock's work on what waits."""

from __future__ import annotations

from celery import shared_task

from . import actions


@shared_task(name="work.sweep")
def sweep() -> int:
    """Reminders that are due, once each."""
    return actions.sweep()
