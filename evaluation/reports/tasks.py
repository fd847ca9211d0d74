"""PDFs and exports are made by the worker; the row says what is to be done."""

from __future__ import annotations

import logging

from celery import shared_task

from . import actions

logger = logging.getLogger(__name__)
#: Workers that go on with one export at the same time.
HANDS = 2


@shared_task(name="reports.sweep")
def sweep() -> None:
    """Make what waits, and what a killed worker left; take out what was withdrawn, throw away what has expired."""
    actions.sweep()


@shared_task(name="reports.make_pdf")
def make_pdf(job_id: int) -> None:
    """Make one PDF now: somebody waits for it."""
    actions.make_pdf(job_id)


@shared_task(name="reports.go_on")
def go_on(export_id: int) -> None:
    """Some PDFs of an export; then a new task goes on, so that others get their turn and no process grows."""
    if actions.go_on(export_id):
        enqueue(export_id)


def enqueue(export_id: int, hands: int = 1) -> None:
    """Tell workers at once. If the broker does not answer, the sweep finds the rows."""
    try:
        for _hand in range(hands):
            go_on.apply_async((export_id,), retry=False)
    except Exception:
        logger.warning("the broker did not take an export; the sweep will", extra={"export": export_id})
