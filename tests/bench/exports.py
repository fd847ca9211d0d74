"""Many reports as one file, made by the worker's own pool of two: how fast, and whether its memory stays flat."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from django.core.files.storage import default_storage

from evaluation.reports.actions import start_export
from evaluation.reports.models import Report, ReportExport, ReportJob, ReportRelease
from evaluation.reports.states import ExportState
from evaluation.reports.tasks import HANDS
from partnerships import clock
from partnerships.record.models import Party

from .judged import Judged
from .reports import FLAT, PATIENCE, Run, children_of, held_by, make, pool, queued

NAME = "reports in one file"
#: Memory is looked at from this many reports on: before it the pool is still taking in what it needs.
WARM = 50


@dataclass
class Figure(Judged):
    """Reports a minute on the wall, memory of one process of the pool in MB."""

    reports: int = 0
    per_minute: float = 0
    packing_s: float = 0
    file_mb: float = 0
    peak_mb: float = 0
    warm_mb: float = 0
    last_mb: float = 0

    def judge(self) -> None:
        self.judge_by(
            {
                "flat memory": self.reports <= 2 * WARM or self.last_mb <= FLAT * self.warm_mb,
            }
        )

    def __str__(self) -> str:
        return (
            f"{NAME}: {self.reports} in a ZIP of {self.file_mb:.0f} MB by two processes, {self.per_minute:.0f} a"
            f" minute, packed in {self.packing_s:.1f} s; peak {self.peak_mb:.0f} MB"
            f" ({self.warm_mb:.0f} MB around the {WARM}th report, {self.last_mb:.0f} around the last){self.verdict}"
        )


def measure(count: int, var: Path) -> Figure:
    figure = Figure(reports=count)
    # Two PDFs first: the processes have then read what they need.
    with queued(count + 2) as jobs, pool(2, var / "worker.log") as worker:
        make(worker, jobs[:2])
        reports = list(Report.objects.unguarded("the bench's own copies").filter(jobs__in=jobs[2:]).order_by("pk"))
        ReportJob.objects.filter(pk__in=jobs[2:]).delete()
        export = asked(reports)
        try:
            run = follow(worker, export, figure)
            export.refresh_from_db()
            figure.per_minute = 60 * count / run.seconds
            figure.file_mb = (export.size or 0) / 1e6
            figure.peak_mb = run.peak()
            figure.warm_mb = run.peak(begin=max(0, WARM / count - 0.1), end=WARM / count + 0.1)
            figure.last_mb = run.peak(begin=0.9)
        finally:
            away(export)
    figure.judge()
    return figure


def asked(reports: list[Report]) -> ReportExport:
    """As an administrator asks: every copy is released to the organisation of its author's side."""
    party = Party.objects.select_related("organisation").get(pk=reports[0].party_id)
    user = reports[0].author
    if user is None:
        raise SystemExit("the report has no author")
    ReportRelease.objects.bulk_create(
        ReportRelease(report=each, party=party, by=user, at=clock.now()) for each in reports
    )
    return start_export(party.organisation, reports, language="en", by=user)


def follow(worker: int, export: ReportExport, figure: Figure) -> Run:
    from config.celery import app

    run = Run()
    started = moved = time.monotonic()
    for _hand in range(HANDS):
        app.send_task("reports.go_on", [export.pk])
    done, packing = 0, 0.0
    jobs = ReportJob.objects.filter(export_items__export=export)
    count = jobs.count()
    while True:
        time.sleep(0.1)
        state = ReportExport.objects.values_list("state", flat=True).get(pk=export.pk)
        made = jobs.filter(state="done").count()
        moved = time.monotonic() if made > done or state == ExportState.PACKING else moved
        done = made
        packing = packing or (time.monotonic() if state == ExportState.PACKING else 0.0)
        for pid in children_of(worker):
            run.held.append((done / count, pid, held_by(pid)))
        if state == ExportState.DONE:
            break
        if state not in {ExportState.MAKING, ExportState.PACKING} or time.monotonic() - moved > PATIENCE:
            raise SystemExit(f"The worker made no file ({state}). Its log: worker.log in the bench's folder.")
    run.seconds = time.monotonic() - started
    figure.packing_s = time.monotonic() - packing if packing else 0
    return run


def away(export: ReportExport) -> None:
    """All of it, as if nobody had asked."""
    export.refresh_from_db()
    for name in [
        export.file.name,
        *ReportJob.objects.filter(export_items__export=export).values_list("file", flat=True),
    ]:
        if name:
            default_storage.delete(name)
    ReportJob.objects.filter(export_items__export=export).delete()
    ReportRelease.objects.filter(report__in=export.items.values("report")).delete()
    export.delete()
