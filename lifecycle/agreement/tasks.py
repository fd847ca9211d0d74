"""The worker's part: PDFs of signed texts."""

from __future__ import annotations

from celery import shared_task

from . import papers


#: Below the lease of a claim, so that a slow worker is stopped before another takes over.
@shared_task(name="agreement.paper", time_limit=60)
def make_paper(pk: int) -> bool:
    """One PDF, for whose page somebody waits."""
    return papers.make(pk)


@shared_task(name="agreement.sweep", time_limit=300)
def sweep() -> int:
    """PDFs that are due, those of a killed worker too."""
    return papers.sweep()
