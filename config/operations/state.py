"""The figures of an installation: whether its parts answer, and what waits in its rows. Each is one or two queries."""

from __future__ import annotations

import logging
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Min, Q, QuerySet

from evaluation.reports.models import ReportJob
from evaluation.reports.states import JobState
from evaluation.reviews.models import Round
from lifecycle.agreement.models import Paper
from lifecycle.agreement.states import PaperState
from partnerships import clock
from partnerships.notices.models import Notice
from partnerships.notices.states import MailState

logger = logging.getLogger(__name__)

WHY = "for those who run the installation: how many, how long, which kind; no content"


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


def seconds_since(moment: datetime | None) -> int | None:
    return None if moment is None else max(0, int((clock.now() - moment).total_seconds()))


# Mails ----------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Outbox:
    """Mails that are owed, by how they fare. `due` and `retrying` are among `pending`."""

    pending: int
    due: int
    retrying: int
    claimed: int
    failed: int
    #: Seconds since the oldest mail that is due should have gone; None where nothing is due.
    lag: int | None


def _due() -> Q:
    return Q(mail_state__in=[MailState.PENDING, MailState.CLAIMED], send_at__lte=clock.now())


def outbox_lag() -> int | None:
    """Seconds since the oldest mail that is due should have gone; None where nothing is due."""
    return seconds_since(Notice.objects.unguarded(WHY).filter(_due()).aggregate(oldest=Min("send_at"))["oldest"])


def outbox() -> Outbox:
    """In one query; mails that are through are not counted, there are too many."""
    pending = Q(mail_state=MailState.PENDING)
    found = (
        Notice.objects.unguarded(WHY)
        .filter(mail_state__in=[MailState.PENDING, MailState.CLAIMED, MailState.FAILED])
        .aggregate(
            pending=Count("pk", filter=pending),
            due=Count("pk", filter=pending & Q(send_at__lte=clock.now())),
            retrying=Count("pk", filter=pending & Q(attempts__gt=0)),
            claimed=Count("pk", filter=Q(mail_state=MailState.CLAIMED)),
            failed=Count("pk", filter=Q(mail_state=MailState.FAILED)),
            oldest=Min("send_at", filter=_due()),
        )
    )
    return Outbox(lag=seconds_since(found.pop("oldest")), **found)


# PDFs -----------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Jobs:
    """The making of PDFs of one kind. Those that are made are not counted."""

    waiting: int
    working: int
    failed: int
    #: Seconds that the oldest one waits for a worker; None where none waits.
    lag: int | None


def report_jobs() -> Jobs:
    return _jobs(ReportJob.objects.all().unguarded(WHY), JobState, "asked_at")


def papers() -> Jobs:
    return _jobs(Paper.objects.all().unguarded(WHY), PaperState, "queued_at")


def _jobs(rows: QuerySet[Any], states: Any, since: str) -> Jobs:
    found = rows.filter(state__in=[states.QUEUED, states.WORKING, states.FAILED]).aggregate(
        waiting=Count("pk", filter=Q(state=states.QUEUED)),
        working=Count("pk", filter=Q(state=states.WORKING)),
        failed=Count("pk", filter=Q(state=states.FAILED)),
        oldest=Min(since, filter=Q(state=states.QUEUED)),
    )
    return Jobs(lag=seconds_since(found.pop("oldest")), **found)


def rounds_in_trouble() -> QuerySet[Round]:
    """Rounds that are due to be opened and cannot be: usually a seal key is missing."""
    return Round.objects.unguarded(WHY).filter(opened_at=None).exclude(trouble="")


# The machine and the release ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Disk:
    """Where documents, reports and, on one machine, the database are."""

    free: int
    total: int

    @property
    def used_percent(self) -> int:
        return 100 - self.free * 100 // self.total if self.total else 0


def disk() -> Disk:
    """Of the data folder, as this web process sees it."""
    usage = shutil.disk_usage(next(path for path in _and_parents(settings.VAR_DIR) if path.exists()))
    return Disk(free=usage.free, total=usage.total)


def _and_parents(path: Path) -> Iterator[Path]:
    yield path
    yield from path.resolve().parents


@cache
def release() -> str:
    """This release's number."""
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]
    return str(project["version"])


def migrations_to_run() -> list[str]:
    """The names of migrations that this release has and this database has not yet run."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]
