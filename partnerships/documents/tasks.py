"""Looking after files. Due work is what lies there: safe to run twice, late, or on two machines."""

from __future__ import annotations

from celery import shared_task

from . import orphans


@shared_task(name="documents.sweep_files")
def sweep_files() -> None:
    """Take away old files that belong to nobody."""
    orphans.sweep()
