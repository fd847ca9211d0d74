"""The PDF of the five-year record's report, made by the worker's own pool: by one process, by two, and many times."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import pypdf
from django.core.files.storage import default_storage

from config.celery import app
from evaluation.reports.models import Report, ReportJob
from evaluation.reports.states import JobState
from partnerships import clock
from partnerships.access.ids import new_public_id

from .judged import Judged
from .server import ROOT, children_of, cpu_of, end

NAME = "review report PDF"
#: Bars: CPU of a page, how much faster two processes are, and a process's memory at its highest.
PAGE_MS, TWICE, PEAK_MB = 90.0, 1.8, 170.0
#: From this many reports on it is said whether memory stays flat: the last third's peak within so much of the first's.
MANY, FLAT = 100, 1.05
#: One process alone makes no more than these, for its speed.
ALONE = 24
PATIENCE = 120


@dataclass
class Run:
    """One pool making some reports."""

    seconds: float = 0
    cpu_ms: float = 0
    #: Of each process ever seen, when it was looked at (as a share of the reports made) and how much it held.
    held: list[tuple[float, int, float]] = field(default_factory=list)

    @property
    def processes(self) -> int:
        return len({pid for _at, pid, _mb in self.held})

    def peak(self, begin: float = 0, end: float = 1) -> float:
        return max((mb for at, _pid, mb in self.held if begin <= at <= end), default=0)


@dataclass
class Figure(Judged):
    """CPU in milliseconds of the pool's processes, memory in MB of one of them."""

    reports: int = 0
    pages: int = 0
    page_ms: float = 0
    report_ms: float = 0
    #: On the wall, for each report.
    seconds_by_one: float = 0
    seconds_by_two: float = 0
    two_to_one: float = 0
    #: How much more CPU a report costs while another is made beside it: 1 where the cores are free.
    cpu_two_to_one: float = 0
    processes: int = 0
    peak_mb: float = 0
    first_third_mb: float = 0
    last_third_mb: float = 0
    bar: float = PAGE_MS

    def judge(self) -> None:
        self.judge_by(
            {
                f"{PAGE_MS:g} ms of CPU a page": self.page_ms <= PAGE_MS,
                f"two processes {TWICE:g} × one": self.two_to_one >= TWICE,
                f"a process under {PEAK_MB:g} MB": self.peak_mb <= PEAK_MB,
                "flat memory": self.reports < MANY or self.last_third_mb <= FLAT * self.first_third_mb,
            }
        )

    def __str__(self) -> str:
        return (
            f"{NAME}: {self.pages} pages, {self.page_ms:.0f} ms of CPU a page, bar {PAGE_MS:g}, {self.report_ms:.0f} ms"
            f" a report; one process makes one in {self.seconds_by_one:.2f} s, two make {self.reports} in"
            f" {self.seconds_by_two:.2f} each, {self.two_to_one:.2f} × (CPU {self.cpu_two_to_one:.2f} ×);"
            f" peak {self.peak_mb:.0f} MB in {self.processes} processes"
            f" ({self.first_third_mb:.0f} MB in the first third, {self.last_third_mb:.0f} in the last)"
            f"{self.verdict}"
        )


def measure(count: int, var: Path) -> Figure:
    figure = Figure(reports=count)
    runs = []
    for processes, made in ((1, min(count, ALONE)), (2, count)):
        with queued(made + 2 * processes) as jobs, pool(processes, var / "worker.log") as worker:
            make(worker, jobs[: 2 * processes])
            runs.append(make(worker, jobs[2 * processes :]))
            figure.pages = pages_of(jobs[0])
    one, two = runs
    alone = min(count, ALONE)
    figure.report_ms = one.cpu_ms / alone
    figure.page_ms = figure.report_ms / figure.pages
    figure.seconds_by_one, figure.seconds_by_two = one.seconds / alone, two.seconds / count
    figure.two_to_one = figure.seconds_by_one / figure.seconds_by_two
    figure.cpu_two_to_one = two.cpu_ms / count / figure.report_ms
    figure.processes, figure.peak_mb = one.processes + two.processes, max(one.peak(), two.peak())
    figure.first_third_mb, figure.last_third_mb = two.peak(end=1 / 3), two.peak(begin=2 / 3)
    figure.judge()
    return figure


@contextlib.contextmanager
def queued(count: int) -> Iterator[list[int]]:
    """Copies of the newest report, each with a PDF to be made; all of it is gone in the end."""
    report = Report.objects.unguarded("the bench copies it").order_by("-pk")[0]
    copies = []
    for _ in range(count):
        copy = Report.objects.unguarded("the bench copies it").get(pk=report.pk)
        copy.pk, copy.public_id, copy._state.adding = None, new_public_id(), True
        copies.append(copy)
    Report.objects.unguarded("the bench copies it").bulk_create(copies)
    ReportJob.objects.bulk_create(
        ReportJob(report=copy, language="en", word="review", asked_by_id=report.author_id, asked_at=clock.now())
        for copy in copies
    )
    jobs = ReportJob.objects.filter(report__in=copies)
    try:
        yield list(jobs.order_by("pk").values_list("pk", flat=True))
    finally:
        for name in jobs.exclude(file="").values_list("file", flat=True):
            default_storage.delete(name)
        jobs.delete()
        Report.objects.unguarded("the bench's own copies").filter(pk__in=[c.pk for c in copies]).delete()


@contextlib.contextmanager
def pool(processes: int, log: Path) -> Iterator[int]:
    """The worker as a server runs it."""
    app.control.purge()
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--concurrency", str(processes)]
    command += ["--without-gossip", "--without-mingle"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out, env=dict(os.environ))
    try:
        yield process.pid
    finally:
        end(process)


def make(worker: int, jobs: list[int]) -> Run:
    """Have these made, and look at the pool meanwhile."""
    run = Run()
    before = {pid: cpu_of(pid) for pid in children_of(worker)}
    spent: dict[int, int] = {}
    started = time.monotonic()
    for pk in jobs:
        app.send_task("reports.make_pdf", [pk])
    done, moved = 0, time.monotonic()
    while done < len(jobs):
        time.sleep(0.1)
        found = ReportJob.objects.filter(pk__in=jobs, state=JobState.DONE).count()
        if found > done:
            done, moved = found, time.monotonic()
        if time.monotonic() - moved > PATIENCE or ReportJob.objects.filter(pk__in=jobs, state=JobState.FAILED).exists():
            raise SystemExit("The worker made no PDF. Its log: worker.log in the bench's folder.")
        for pid in children_of(worker):
            spent[pid] = cpu_of(pid) or spent.get(pid, 0)
            run.held.append((done / len(jobs), pid, held_by(pid)))
    run.seconds = time.monotonic() - started
    run.cpu_ms = sum(ns - before.get(pid, 0) for pid, ns in spent.items()) / 1e6
    return run


def held_by(pid: int) -> float:
    """Megabytes in memory, those that it shares with the others of the pool included."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0


def pages_of(job: int) -> int:
    with ReportJob.objects.get(pk=job).file.open("rb") as file:
        return len(pypdf.PdfReader(BytesIO(file.read())).pages)
