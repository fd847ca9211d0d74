"""What was withdrawn goes out of reports: a new snapshot that says so, and no file of the old one."""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Cast

from partnerships import clock
from partnerships.documents.storage import let_go
from partnerships.history.actions import log_system

from .. import building, kinds
from ..models import Report, ReportJob, ReportSource

logger = logging.getLogger(__name__)


def gone_from(reports: models.QuerySet[Report] | None = None) -> dict[int, set[tuple[str, str]]]:
    """By report: the items in it that were withdrawn, replaced, or are no more. One query for each kind of item."""
    found: dict[int, set[tuple[str, str]]] = defaultdict(set)
    sources = ReportSource.objects.all().unguarded("what has to go out of a report, whoever reads it")
    if reports is not None:
        sources = sources.filter(report__in=reports)
    for label in sources.order_by().values_list("model", flat=True).distinct():
        gone = sources.filter(~Exists(_standing(_model(label))), model=label)
        for report, key in gone.values_list("report", "key"):
            found[report].add((label, key))
    return dict(found)


def _model(label: str) -> Any:
    return apps.get_model(label)


def _standing(model: Any) -> Any:
    """The item that a source names, where it still counts: an answer that a later one replaced does not.

    Asked by EXISTS: PostgreSQL goes through the whole of a long NOT IN for each source.
    """
    rows = model._base_manager.filter(**dict.fromkeys(_ends(model)))
    return rows.annotate(named=_key(model)).filter(named=OuterRef("key"))


def _ends(model: Any) -> list[str]:
    """The moments that end an item. What has none is deleted where it is withdrawn."""
    known = {field.name for field in model._meta.get_fields()}
    return [name for name in ("withdrawn_at", "replaced_at") if name in known]


def _key(model: Any) -> Any:
    """Items are named by their public ids, what hangs on one by the number of its row."""
    if any(field.name == "public_id" for field in model._meta.get_fields()):
        return models.F("public_id")
    return Cast("pk", models.CharField(max_length=16))


def renew(report: Report) -> Report:
    """The report as it may be read now: called before a page or a file of it is given."""
    gone = gone_from(Report.objects.unguarded("fetched by the view").filter(pk=report.pk))
    if report.pk in gone:
        _renew(report.pk, gone[report.pk])
        report.refresh_from_db()
    return report


def sweep() -> int:
    """All reports from which something was withdrawn. Returns how many."""
    gone = gone_from()
    for pk, items in gone.items():
        _renew(pk, items)
    return len(gone)


def _renew(pk: int, items: set[tuple[str, str]]) -> None:
    with transaction.atomic():
        report = (
            Report.objects.unguarded("what was withdrawn goes out, whoever reads it")
            .select_for_update(of=("self",))
            .select_related("partnership", "circle")
            .get(pk=pk)
        )
        left = report.sources.filter(key__in={key for _model, key in items})
        items &= set(left.values_list("model", "key"))
        if not items:
            return
        days = {(label, key): _withdrawn_on(label, key) for label, key in items}
        snapshot = building.without(building.from_json(report.snapshot), days)
        report.snapshot = building.to_json(snapshot)
        report.version += 1
        report.changed_at = clock.now()
        report.save(update_fields=["snapshot", "version", "changed_at"])
        left.delete()
        jobs = list(ReportJob.objects.filter(report=report))
        ReportJob.objects.filter(pk__in=[job.pk for job in jobs]).delete()
        log_system(kinds.RENEWED, partnership=report.partnership, item=report)
        transaction.on_commit(lambda: _throw_away(jobs))


def _withdrawn_on(label: str, key: str) -> str:
    """The day of it; today where nothing of the item is left."""
    model = _model(label)
    moments = _ends(model)
    row = (moments and model._base_manager.filter(public_id=key).values_list(*moments).first()) or ()
    return next((moment for moment in row if moment is not None), clock.now()).date().isoformat()


def _throw_away(jobs: list[ReportJob]) -> None:
    for job in jobs:
        if job.file:
            let_go(job.file.storage, job.file.name)
    logger.info("files of reports from which something was withdrawn are gone", extra={"files": len(jobs)})
