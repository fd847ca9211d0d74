"""The worker and the scheduler. Due work lives in rows; beat only says when to look."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import task_prerun, task_success

from .middleware import begin

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("common_ground")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@task_prerun.connect
def carry_an_id(task_id: str = "-", **kwargs: Any) -> None:
    """The logs of a task carry its id, as those of a request do."""
    begin(task_id)


@task_success.connect
def tell_health(sender: Any = None, **kwargs: Any) -> None:
    """Lets /health/ready say how long ago due work was last looked for."""
    from .ops import note_sweep  # only when a task ran: Django is not yet set up where this module is read

    note_sweep(sender)
