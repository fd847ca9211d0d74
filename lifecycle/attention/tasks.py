"""The clock's work on flags."""

from __future__ import annotations

from celery import shared_task

from . import actions


@shared_task(name="attention.sweep")
def sweep() -> int:
    """Bring flags up to date."""
    return actions.sweep()
