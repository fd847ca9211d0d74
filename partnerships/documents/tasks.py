"""Looking after files. Due work is what lies there: safe to run twice, late, or on two machines."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.core.cache import cache

from . import orphans

_SWEPT = "documents:swept"


@shared_task(name="documents.sweep_files")
def sweep_files() -> None:
    """Take away old files that belong to nobody, once a day. Looked at more often, since a scheduler that is started
    anew each day would never come to what is daily.
    """
    if not cache.add(_SWEPT, 1, timeout=settings.FILES_SECONDS):
        return
    try:
        orphans.sweep()
    except OSError:
        # The store does not answer: at the next look.
        cache.delete(_SWEPT)
        raise
