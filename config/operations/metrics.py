"""Figures for Prometheus: requests as each web process counts them, and what waits, read from the rows when asked.

Labels are names of views, tasks and states. Never a path, an address of a person, or an id of a record.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Counter, Histogram, values
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from partnerships.access.guard import public

from . import notes, state

logger = logging.getLogger(__name__)

#: Where the web processes of one gunicorn count together (config/gunicorn.py makes it).
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
#: The place of this process among them: its successor goes on counting in the same file.
SLOT = "METRICS_SLOT"
METHODS = {"GET", "HEAD", "POST"}

if FOLDER in os.environ:
    values.ValueClass = values.MultiProcessValue(  # type: ignore[no-untyped-call]
        lambda: os.environ.get(SLOT) or os.getpid()
    )

_own = CollectorRegistry()
REQUESTS = Counter("common_ground_requests", "Requests answered", ["view", "method", "status"], registry=_own)
SECONDS = Histogram(
    "common_ground_request_seconds",
    "From the request to its answer",
    ["view"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=_own,
)
GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestMetricsMiddleware:
    """Counts and times each request under the name of its view; not there where nobody may ask for the figures."""

    def __init__(self, get_response: GetResponse) -> None:
        if not settings.METRICS_TOKEN:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        view = (match.view_name if match else "") or "none"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(view, method, response.status_code).inc()
        SECONDS.labels(view).observe(time.perf_counter() - begun)
        return response


class Installation(Collector):
    """What waits and how long, read when asked: it is true whichever web process answers, and after any restart."""

    def collect(self) -> Iterator[Metric]:
        answers = {"database": state.database() == "ok", "broker": state.broker() == "ok"}
        rows: list[Metric] = []
        if answers["database"]:
            try:
                rows = list(self._rows())
            except DatabaseError:
                # It answers, and its tables are not those of this release, or it went away just now.
                logger.exception("The figures could not be read from the database")
                answers["database"] = False
        up = GaugeMetricFamily("common_ground_up", "Whether the part answers", labels=["part"])
        for part, well in answers.items():
            up.add_metric([part], float(well))
        yield up
        yield from rows
        if answers["broker"]:
            yield from self._notes()

    @staticmethod
    def _rows() -> Iterator[Metric]:
        outbox = state.outbox()
        mails = GaugeMetricFamily(
            "common_ground_mails", "Mails that are owed; due and retrying are among pending", labels=["state"]
        )
        for name in ("pending", "due", "retrying", "claimed", "failed"):
            mails.add_metric([name], getattr(outbox, name))
        yield mails
        yield GaugeMetricFamily(
            "common_ground_mail_lag_seconds", "Since the oldest mail that is due should have gone", outbox.lag or 0
        )
        jobs = GaugeMetricFamily("common_ground_pdf_jobs", "PDFs to be made", labels=["job", "state"])
        lags = GaugeMetricFamily("common_ground_pdf_lag_seconds", "That the oldest waits for a worker", labels=["job"])
        for job, figures in (("report", state.report_jobs()), ("agreement", state.papers())):
            for name in ("waiting", "working", "failed"):
                jobs.add_metric([job, name], getattr(figures, name))
            lags.add_metric([job], figures.lag or 0)
        yield jobs
        yield lags
        yield GaugeMetricFamily(
            "common_ground_rounds_in_trouble", "Reviews that cannot be opened", state.rounds_in_trouble().count()
        )

    @staticmethod
    def _notes() -> Iterator[Metric]:
        ages = GaugeMetricFamily("common_ground_look_age_seconds", "Since a worker last looked", labels=["task"])
        for task, age in notes.ages_of_looks().items():
            if age is not None:
                ages.add_metric([task], age)
        yield ages
        yield GaugeMetricFamily("common_ground_workers", "Workers heard of lately", len(notes.ages_of_workers()))
        yield CounterMetricFamily(
            "common_ground_task_failures", "Tasks that ended in an exception", notes.count_of_failures()
        )


def _registries() -> Iterator[CollectorRegistry]:
    requests = _own
    if FOLDER in os.environ:
        requests = CollectorRegistry()
        MultiProcessCollector(requests)  # type: ignore[no-untyped-call]
    yield requests
    rows = CollectorRegistry()
    rows.register(Installation())
    yield rows


def _may_ask(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "")
    return bool(settings.METRICS_TOKEN) and constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}")


@public("asked by Prometheus, with METRICS_TOKEN as bearer; without it the page is not there")
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """All figures as text. Those of requests are of this machine's web processes, the others of the installation."""
    if not _may_ask(request):
        raise Http404
    text = b"".join(generate_latest(registry) for registry in _registries())
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)
