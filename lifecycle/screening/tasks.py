"""The worker's part: loading lists, and searching everybody again when one is new."""

from __future__ import annotations

from celery import shared_task

from . import actions


@shared_task(name="screening.load", time_limit=600)
def load(version_id: int) -> bool:
    """One list, for whose page somebody waits."""
    return actions.load(version_id)


@shared_task(name="screening.sweep", time_limit=600)
def sweep() -> int:
    """Lists that wait or were left by a killed worker, searches that wait, people whom nobody needs any more."""
    return actions.sweep()
