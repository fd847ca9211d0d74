"""Health: what a load balancer, a monitor and bin/start ask. Says no more than whether each part works."""

from __future__ import annotations

import logging

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from partnerships.access.guard import public

from .operations import notes, state

logger = logging.getLogger(__name__)

SWEEP_TASK = "work.sweep"
#: A sweep later than this, in seconds, is called late.
LATE_AFTER = 600
#: A mail that should have gone so many seconds ago is called late: the mail server refuses it, or no worker sends it.
MAIL_LATE_AFTER = 900


@public("asked by load balancers and bin/start")
@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nothing else: restarting it mends neither a database nor a broker."""
    return HttpResponse("ok", content_type="text/plain")


@public("asked by load balancers and monitors; says only whether each part answers, and how late due work is")
@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 when database and broker answer, else 503. What is late is told, but turns no reader away."""
    parts = {"database": state.database(), "broker": state.broker()}
    status = 200 if all(said == "ok" for said in parts.values()) else 503
    return JsonResponse({**parts, **sweep(parts["broker"]), **outbox(parts["database"])}, status=status)


def sweep(broker_state: str) -> dict[str, str | int | None]:
    """How long ago, in seconds, a worker last looked for due work; None when none has yet."""
    age = notes.ages_of_looks()[SWEEP_TASK] if broker_state == "ok" else None
    if age is None:
        return {"sweep": "unknown", "sweep_seconds": None}
    return {"sweep": "late" if age > LATE_AFTER else "ok", "sweep_seconds": age}


def outbox(database_state: str) -> dict[str, str | int | None]:
    """How many seconds ago the oldest mail that is due should have gone; 0 when none is due."""
    unknown: dict[str, str | int | None] = {"outbox": "unknown", "outbox_seconds": None}
    if database_state != "ok":
        return unknown
    try:
        lag = state.outbox_lag() or 0
    except DatabaseError:
        logger.exception("The outbox could not be read")
        return unknown
    return {"outbox": "late" if lag > MAIL_LATE_AFTER else "ok", "outbox_seconds": lag}
