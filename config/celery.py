"""The worker and the scheduler. Due work lives in rows; beat only says when to look."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
from typing import Any

from celery import Celery
from celery.signals import task_failure, task_postrun, task_prerun, task_success, worker_init

from .middleware import begin

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("common_ground")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def give_back() -> None:
    """What nobody needs goes back to the system, where its library can do that (glibc's)."""
    gc.collect()
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


@worker_init.connect
def prepare_the_pool(**kwargs: Any) -> None:
    """What all processes need is read once, before they are made of this one, and never looked at for garbage again.

    Without it each of them, and each that follows after its tasks, imports WeasyPrint; and a fifth of a PDF's time goes
    into walking what will never be garbage.
    """
    from partnerships.looks import paper

    paper.prepare()
    give_back()
    gc.freeze()
    # What a task leaves is taken away after it; a long one meets the oldest generation seldom.
    gc.set_threshold(2000, 10, 100)


@task_prerun.connect
def carry_an_id(task_id: str = "-", **kwargs: Any) -> None:
    """The logs of a task carry its id, as those of a request do."""
    begin(task_id)


@task_postrun.connect
def take_away_garbage(**kwargs: Any) -> None:
    """The next PDF begins with the memory of the last one."""
    give_back()


@task_success.connect
def note_success(sender: Any = None, **kwargs: Any) -> None:
    """Lets health and the operations page say how long ago due work was last looked for, and by whom."""
    from .operations import notes  # only when a task ran: Django is not yet set up where this module is read

    notes.note_done(sender.name, sender.request.hostname or "")


@task_failure.connect
def note_failure(sender: Any = None, task_id: str = "-", exception: Any = None, **kwargs: Any) -> None:
    """Lets the operations page show which task failed."""
    from .operations import notes

    notes.note_failure(sender.name, task_id, exception, sender.request.hostname or "")
