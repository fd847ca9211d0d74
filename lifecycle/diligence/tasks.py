"""The worker's part: PDFs of summaries, and uploads that waited too long."""

from __future__ import annotations

from celery import shared_task

from . import papers
from .actions.workbook import sweep_workbooks


@shared_task(name="diligence.paper")
def make_paper(pk: int) -> bool:
    """One PDF, for which somebody waits."""
    return papers.make(pk)


@shared_task(name="diligence.sweep")
def sweep() -> int:
    """PDFs that are due, those of a killed worker too; and what has waited long enough goes."""
    sweep_workbooks()
    return papers.sweep()
