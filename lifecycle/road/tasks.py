"""The clock's work on the road."""

from __future__ import annotations

from celery import shared_task

from . import actions


@shared_task(name="road.sweep")
def sweep() -> int:
    """Close the open points that wait for nothing any more."""
    return actions.close_open_points()
