"""Looking after files. Due work is what lies there: safe to run twice, late, or on two machines."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.core.cache import cache

from . import orphans, sweeping

_SWEPT = "documents:swept"
_KEPT = "documents:kept"


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


@shared_task(name="documents.sweep_retention")
def sweep_retention() -> None:
    """Remove files whose time is over, once a day; what the store refused, or one look did not come to, at the next."""
    if not cache.add(_KEPT, 1, timeout=settings.FILES_SECONDS):
        return
    finished = False
    try:
        finished = sweeping.sweep().finished
    finally:
        if not finished:
            cache.delete(_KEPT)
