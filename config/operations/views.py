"""The operations page: how the installation fares, and what was given up, to be tried again."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from typing import Any

import django
from django.contrib import messages
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from . import actions, checks, notes, rows, state
from .forms import MAILS, REPORTS, TryAgainForm
from .guard import staff_only


@require_safe
@staff_only
def overview(request: HttpRequest) -> HttpResponse:
    """Everything on one page, read anew each time. Without the broker, what workers note is not known."""
    broker = state.broker()
    noted: dict[str, Any] = _noted() if broker == "ok" else {"workers": {}, "looks": {}, "failures": [], "noted_for": 0}
    outbox, reports, papers = state.outbox(), state.report_jobs(), state.papers()
    troubled = rows.troubled_rounds()
    every = notes.scheduled()
    found = [
        checks.database(_engine()),
        checks.broker(broker),
        checks.workers(noted["workers"]),
        checks.scheduler(noted["looks"], every, noted["noted_for"]),
        checks.outbox(outbox),
        checks.pdfs(reports, papers),
        checks.openings(len(troubled)),
        checks.disk(state.disk()),
        checks.migrations(state.migrations_to_run()),
    ]
    context = {
        "checks": found,
        "wanting": sum(check.state != "met" for check in found),
        "outbox": outbox,
        "oldest_due": checks.lasting(outbox.lag) if outbox.lag is not None else "",
        "failed_mails": rows.failed_mails() if outbox.failed else [],
        "retrying_mails": rows.retrying_mails() if outbox.retrying else [],
        "jobs": _jobs(reports, papers),
        "troubled": troubled,
        "looks": [
            _look(task, noted["looks"].get(task), seconds, noted["noted_for"]) for task, seconds in every.items()
        ],
        "workers": [(name, checks.lasting(age)) for name, age in noted["workers"].items()],
        "failures": noted["failures"],
        "lately": actions.lately(),
        "release": _release(),
    }
    return render(request, "config/operations/overview.html", context)


def _noted() -> dict[str, Any]:
    failures = [
        {"task": each.task, "error": each.error, "task_id": each.task_id, "at": datetime.fromtimestamp(each.at, UTC)}
        for each in notes.failures()
    ]
    return {
        "workers": notes.ages_of_workers(),
        "looks": notes.ages_of_looks(),
        "failures": failures,
        "noted_for": notes.age_of_first(),
    }


def _look(task: str, age: int | None, every: float, noted_for: int) -> dict[str, Any]:
    return {
        "task": task,
        "every": checks.lasting(int(every)),
        "ago": checks.lasting(age) if age is not None else "",
        "late": checks.is_late(age, every, noted_for),
    }


def _jobs(reports: state.Jobs, papers: state.Jobs) -> list[dict[str, Any]]:
    """Both kinds of PDF: their figures, and their rows where there are any."""
    kinds = ((REPORTS, _("Reports"), reports, rows.report_jobs), ("papers", _("Agreements"), papers, rows.papers))
    return [
        {
            "what": what,
            "title": title,
            "figures": figures,
            "rows": listed() if figures.waiting + figures.working + figures.failed else [],
        }
        for what, title, figures, listed in kinds
    ]


def _engine() -> str:
    """The database's name and version, as Django knows them from its connection."""
    if connection.vendor == "postgresql":
        number = int(connection.pg_version)  # type: ignore[attr-defined]
        return f"PostgreSQL {number // 10000}.{number % 10000}"
    return f"SQLite {'.'.join(map(str, connection.Database.sqlite_version_info))}"  # type: ignore[attr-defined]


def _release() -> list[tuple[str, str]]:
    return [
        ("Common Ground", state.release()),
        ("Django", django.get_version()),
        ("Python", platform.python_version()),
    ]


@require_POST
@staff_only
def try_again(request: HttpRequest) -> HttpResponse:
    """Put what was given up back in the queue; a worker takes it up at its next look."""
    form = TryAgainForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    user: Any = request.user
    asked = form.cleaned_data
    if asked["what"] == MAILS:
        count = actions.send_again(kind=asked["kind"], error=asked["error"], by=user)
    elif asked["what"] == REPORTS:
        count = actions.make_reports_again(which=asked["which"], by=user)
    else:
        count = actions.make_papers_again(which=asked["which"], by=user)
    if count:
        said = ngettext("One is in the queue again.", "%(count)s are in the queue again.", count)
        messages.success(request, said % {"count": count})
    else:
        messages.info(request, _("Nothing was left to try again: somebody else was faster."))
    return redirect("operations:overview")
