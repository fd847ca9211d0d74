"""Trying again what was given up: the same acts as elsewhere, and who did it in the admin's log."""

from __future__ import annotations

import json
import logging
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction

from evaluation.reports import actions as reports
from evaluation.reports.models import ReportJob
from lifecycle.agreement import papers
from lifecycle.agreement.models import Paper
from partnerships.notices import delivery
from partnerships.notices.models import Notice
from partnerships.people.models import User

from .state import WHY

logger = logging.getLogger(__name__)


def send_again(*, kind: str, error: str, by: User) -> int:
    """Mails of one kind that were given up for one reason. Returns how many are in the queue again."""
    with transaction.atomic():
        count = delivery.try_again(Notice.objects.unguarded(WHY).filter(kind=kind, last_error=error))
        _log(Notice, f"{kind} {error}", count, by)
    return count


def make_reports_again(*, which: str, by: User) -> int:
    """One PDF of a report by its id, or all that failed. Returns how many are in the queue again."""
    jobs = ReportJob.objects.all().unguarded(WHY)
    with transaction.atomic():
        count = reports.start_again(jobs.filter(public_id=which) if which else jobs)
        _log(ReportJob, which, count, by)
    return count


def make_papers_again(*, which: str, by: User) -> int:
    """One PDF of an agreement by its number, or all that failed. Returns how many are in the queue again."""
    rows = Paper.objects.all().unguarded(WHY)
    with transaction.atomic():
        count = papers.start_again(rows.filter(pk=int(which)) if which else rows)
        _log(Paper, which, count, by)
    return count


def _log(model: type[models.Model], which: str, count: int, by: User) -> None:
    """In the words that Django's admin has for a change; and a line in the logs, with the person's id alone."""
    if not count:
        return
    LogEntry.objects.create(
        user=by,
        content_type=ContentType.objects.get_for_model(model),
        object_id=None,
        object_repr=" ".join(filter(None, [which, f"× {count}"]))[:200],
        action_flag=CHANGE,
        change_message=json.dumps([{"changed": {"fields": ["state"]}}]),
    )
    logger.info("%s of %s put back in the queue by %s", count, model.__name__, by.public_id)


def lately() -> list[Any]:
    """What staff tried again, newest first."""
    types = ContentType.objects.get_for_models(Notice, ReportJob, Paper).values()
    found = LogEntry.objects.filter(content_type__in=types, object_id=None, action_flag=CHANGE)
    return list(found.select_related("user", "content_type").order_by("-pk")[:5])
