"""Time moves rounds on. One sweep, safe to run twice, late, or on two machines."""

from __future__ import annotations

from celery import shared_task

from . import actions


@shared_task(name="reviews.sweep")
def sweep() -> None:
    """Start what all agreed to, close what is over, give own results, open what is due."""
    actions.sweep()
