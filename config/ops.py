"""Health: what a load balancer, a monitor and bin/start ask. Says no more than whether each part works."""

from __future__ import annotations

import logging
import time

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from partnerships.access.guard import public

logger = logging.getLogger(__name__)

#: In the shared cache: when the worker last finished the sweep of due work, as a Unix time.
SWEPT_AT = "ops:swept-at"
SWEEP_TASK = "work.sweep"
#: A sweep later than this, in seconds, is called late.
LATE_AFTER = 600


@public("asked by load balancers and bin/start")
@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nothing else: restarting it mends neither a database nor a broker."""
    return HttpResponse("ok", content_type="text/plain")


@public("asked by load balancers and monitors; says only whether each part answers")
@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 when database and broker answer, else 503. The sweep's age is told, but a late one turns no reader away."""
    parts = {"database": database(), "broker": broker()}
    status = 200 if all(state == "ok" for state in parts.values()) else 503
    return JsonResponse({**parts, **sweep(parts["broker"])}, status=status)


def database() -> str:
    """Whether a query comes back."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError:
        logger.exception("The database does not answer")
        return "no answer"
    return "ok"


def broker() -> str:
    """Whether the broker, which is the cache too, answers."""
    if not settings.REDIS_URL:
        return "not configured"
    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_timeout=3, socket_connect_timeout=3).ping()
    except redis.RedisError:
        logger.exception("The broker does not answer")
        return "no answer"
    return "ok"


def sweep(broker_state: str) -> dict[str, str | int | None]:
    """How long ago, in seconds, the worker last looked for due work; None when it has not yet."""
    if broker_state != "ok":
        return {"sweep": "unknown", "sweep_seconds": None}
    swept = cache.get(SWEPT_AT)
    if swept is None:
        return {"sweep": "unknown", "sweep_seconds": None}
    age = max(0, int(time.time() - swept))
    return {"sweep": "late" if age > LATE_AFTER else "ok", "sweep_seconds": age}


def note_sweep(sender: object = None, **kwargs: object) -> None:
    """Called by Celery after each task that succeeded."""
    if getattr(sender, "name", "") == SWEEP_TASK:
        cache.set(SWEPT_AT, time.time(), timeout=None)
