"""The pages of reports, their files, and what an administrator exports."""

from __future__ import annotations

import logging
import re
import tempfile
import zipfile
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluation.reviews.models import Round
from partnerships.access.guard import guarded, signed_in
from partnerships.access.places import Place
from partnerships.record.frame import render_record

from . import actions, printing, queries, sheets, tasks
from .building import Snapshot, from_json, telling_of
from .forms import MakeForm, PeriodForm
from .models import Report, ReportJob
from .permissions import can_make_report, can_release_report, can_see_frame
from .states import JobState

logger = logging.getLogger(__name__)
TAB = "reviews"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: A workbook stays in memory up to here, and goes to a temporary file beyond.
SPOOL_BYTES = 2 * 1024 * 1024


def _report(place: Place, key: str) -> Report:
    report: Report = get_object_or_404(
        Report.objects.visible_to(place).select_related("circle", "party__organisation", "author", "round"),
        public_id=key,
    )
    return report


def _word(place: Place) -> str:
    return str(place.party.organisation.review_word) if place.party is not None else "review"


def _language() -> str:
    return (get_language() or "en")[:2]


def _name(snapshot: Snapshot, report: Report, ending: str) -> str:
    """A file name that any system takes."""
    plain = re.sub(r"[^\w-]+", "-", f"{snapshot.record}-{report.opened_on:%Y-%m}-{report.public_id}").strip("-")
    return f"{plain}.{ending}"


@guarded(can_make_report)
@require_http_methods(["GET", "POST"])
def round_reports(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    """The reports of a round, and making one."""
    round = get_object_or_404(Round.objects.visible_to(place).select_related("instrument", "circle"), public_id=rid)
    round.partnership = place.partnership
    if not round.is_opened:
        return redirect("reviews:round", place.partnership.public_id, rid)
    form = MakeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.make_report(round, audience=form.cleaned_data["audience"], by=place)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("reports:report", place.partnership.public_id, made.public_id)
    return render_record(
        request,
        place,
        "evaluation/reports/round.html",
        {"round": round, "title": round.title(_word(place)), "form": form, "reports": queries.reports_of(round, place)},
        tab=TAB,
    )


@guarded(can_see_frame)
@require_GET
def report(request: HttpRequest, place: Place, key: str) -> HttpResponse:
    """The report as a page: the same figures as its PDF and its spreadsheet."""
    found = _report(place, key)
    snapshot = from_json(found.snapshot)
    told = telling_of(snapshot, word=_word(place))
    jobs = queries.jobs_of(found, place.user)
    own = place.party
    return render_record(
        request,
        place,
        "evaluation/reports/report.html",
        {
            **printing.context(snapshot, told, _language()),
            "report": found,
            "jobs": [{"job": job, "reason": actions.REASONS.get(job.reason, "")} for job in jobs],
            "wanted": next((job for job in jobs if (job.language, job.word) == (_language(), _word(place))), None),
            "may_release": own is not None and can_release_report(place),
            "released": own is not None and found.releases.filter(party=own, ended_at=None).exists(),
        },
        tab=TAB,
    )


@guarded(can_see_frame)
@require_GET
def sheet(request: HttpRequest, place: Place, key: str) -> HttpResponseBase:
    found = _report(place, key)
    snapshot = from_json(found.snapshot)
    target = tempfile.SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115 (the response closes it)
    sheets.write(snapshot, target, language=_language(), word=_word(place))
    target.seek(0)
    return FileResponse(target, as_attachment=True, filename=_name(snapshot, found, "xlsx"), content_type=XLSX)


@guarded(can_see_frame)
@require_POST
def ask_for_pdf(request: HttpRequest, place: Place, key: str) -> HttpResponse:
    """Have a PDF made in the reader's language; the worker does it, the page shows how far it is."""
    found = _report(place, key)
    made = actions.ask_for_pdf(found, language=_language(), word=_word(place), user=place.user)
    if made.state == JobState.QUEUED:
        transaction.on_commit(partial(_enqueue, made.pk))
    return redirect("reports:report", place.partnership.public_id, key)


def _enqueue(job_id: int) -> None:
    """Tell a worker at once. If the broker does not answer, the sweep finds the row."""
    try:
        tasks.make_pdf.apply_async((job_id,), retry=False)
    except Exception:
        logger.warning("the broker did not take a report; the sweep will", extra={"job": job_id})


def _job(place: Place, key: str, public_id: str) -> ReportJob:
    job: ReportJob = get_object_or_404(
        ReportJob.objects.visible_to(place.user).select_related("report"),
        report__public_id=key,
        report__partnership=place.partnership,
        public_id=public_id,
    )
    return job


@guarded(can_see_frame)
@require_GET
def job(request: HttpRequest, place: Place, key: str, job: str) -> HttpResponse:
    """How far a PDF is; the page asks again while it is being made."""
    found = _job(place, key, job)
    if not getattr(request, "htmx", False):
        return redirect("reports:report", place.partnership.public_id, key)
    return render(
        request,
        "evaluation/reports/_job.html",
        {
            "row": {"job": found, "reason": actions.REASONS.get(found.reason, "")},
            "partnership": place.partnership,
            "report": found.report,
        },
    )


@guarded(can_see_frame)
@require_GET
def pdf(request: HttpRequest, place: Place, key: str, job: str) -> HttpResponseBase:
    found = _job(place, key, job)
    if found.state != JobState.DONE:
        raise Http404
    name = _name(from_json(found.report.snapshot), found.report, "pdf")
    return FileResponse(found.file.open("rb"), as_attachment=True, filename=name, content_type="application/pdf")


@guarded(can_release_report)
@require_POST
def release(request: HttpRequest, place: Place, key: str) -> HttpResponse:
    actions.release_to_organisation(_report(place, key), by=place)
    messages.success(request, _("Your organisation's administrators can read and export it now."))
    return redirect("reports:report", place.partnership.public_id, key)


@guarded(can_release_report)
@require_POST
def take_back(request: HttpRequest, place: Place, key: str) -> HttpResponse:
    actions.take_back(_report(place, key), by=place)
    messages.success(request, _("Taken back. What was exported before is out of reach."))
    return redirect("reports:report", place.partnership.public_id, key)


# An organisation's administrators ------------------------------------------------------------------------------------
@signed_in
@require_GET
def exports(request: HttpRequest) -> HttpResponse:
    """Every report released to an organisation that one administers, by period."""
    form, reports = _released(request)
    rows = [{"report": each, "told": telling_of(from_json(each.snapshot))} for each in reports]
    return render(
        request,
        "evaluation/reports/exports.html",
        {"form": form, "rows": rows, "query": request.GET.urlencode(), "max": queries.EXPORT_MAX},
    )


@signed_in
@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """One file with the spreadsheet of each report, and its PDF where one was made."""
    form, reports = _released(request)
    if not form.is_valid() or not reports:
        return redirect("reports:exports")
    jobs: dict[int, ReportJob] = {}
    for each in ReportJob.objects.visible_to(request.user).filter(  # type: ignore[arg-type]
        report__in=reports, state=JobState.DONE, language=_language()
    ):
        jobs[each.report_id] = each
    target: Any = tempfile.SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115 (the response closes it)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for found in reports:
            snapshot = from_json(found.snapshot)
            with tempfile.SpooledTemporaryFile(SPOOL_BYTES) as book:
                sheets.write(snapshot, book, language=_language(), word="review")
                book.seek(0)
                archive.writestr(_name(snapshot, found, "xlsx"), book.read())
            if found.pk in jobs:
                with jobs[found.pk].file.open("rb") as paper:
                    archive.writestr(_name(snapshot, found, "pdf"), paper.read())
    target.seek(0)
    return FileResponse(target, as_attachment=True, filename="reports.zip", content_type="application/zip")


def _released(request: HttpRequest) -> tuple[PeriodForm, list[Report]]:
    form = PeriodForm(request.GET or None)
    period = form.cleaned_data if form.is_bound and form.is_valid() else {}
    if form.is_bound and not form.is_valid():
        return form, []
    if not form.is_bound:
        form = PeriodForm({})
        form.is_valid()
    user: Any = request.user
    return form, queries.released(user, since=period.get("since"), until=period.get("until"))
