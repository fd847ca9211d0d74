"""The worker's part of the outbox."""

from __future__ import annotations

from celery import shared_task

from . import delivery


@shared_task(name="notices.deliver")
def deliver() -> int:
    """Mails that are due. Safe to run twice, late, and on two machines."""
    return delivery.deliver()
