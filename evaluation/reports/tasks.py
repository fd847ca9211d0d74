"""PDFs are made by the worker; the row says what is to be done."""

from __future__ import annotations

from celery import shared_task

from . import actions


@shared_task(name="reports.sweep")
def sweep() -> None:
    """Make what waits, and what a killed worker left."""
    actions.sweep()


@shared_task(name="reports.make_pdf")
def make_pdf(job_id: int) -> None:
    """Make one PDF now: somebody waits for it."""
    actions.make_pdf(job_id)
