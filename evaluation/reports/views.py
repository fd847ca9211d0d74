"""The pages of reports, and their files."""

from __future__ import annotations

import logging
import tempfile
from functools import partial

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluation.reviews.models import Round
from partnerships.access.guard import guarded
from partnerships.access.places import Place
from partnerships.people.models import Organisation, ReportLook
from partnerships.people.queries import report_look
from partnerships.record.frame import render_record

from . import actions, printing, queries, sheets, tasks
from .building import from_json, telling_of
from .forms import MakeForm
from .models import Report, ReportJob
from .permissions import can_agree_to_show, can_make_report, can_read, can_release_report, can_see_frame
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
    return actions.renew(report)


def _word(place: Place) -> str:
    own = _own(place)
    return str(own.review_word) if own is not None else "review"


def _language() -> str:
    return (get_language() or "en")[:2]


def _own(place: Place) -> Organisation | None:
    """The organisation as which this person reads: a seat's, or the one that they administer."""
    party = place.party or place.administered
    return party.organisation if party is not None else None


def _look(place: Place) -> ReportLook | None:
    own = _own(place)
    return report_look(own) if own is not None else None


def _log_download(report: Report, place: Place) -> None:
    """What an administrator without a seat takes along is told to those who released it."""
    if place.seat is None:
        for release in report.releases.filter(ended_at=None, party__organisation=_own(place)).select_related(
            "report__partnership", "party__partnership"
        ):
            actions.log_download(release, by=place.user)


@guarded(can_make_report)
@require_http_methods(["GET", "POST"])
def round_reports(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    """The reports of a round, and making one."""
    round = get_object_or_404(Round.objects.visible_to(place).select_related("instrument", "circle"), public_id=rid)
    round.partnership = place.partnership
    if not round.is_opened:
        return redirect("reviews:round", place.partnership.public_id, rid)
    form = MakeForm(request.POST or None, place=place)
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
    look = _look(place)
    asked = (_language(), _word(place), look.pk if look is not None else None)
    jobs = [job for job in queries.jobs_of(found, place.user) if job.look_id in {None, asked[2]}]
    own = place.party
    missing = queries.missing_consents(found, place) if found.is_draft else []
    return render_record(
        request,
        place,
        "evaluation/reports/report.html",
        {
            **printing.context(snapshot, told, _language()),
            "report": found,
            "jobs": [{"job": job, "reason": actions.REASONS.get(job.reason, "")} for job in jobs],
            "wanted": next((job for job in jobs if (job.language, job.word, job.look_id) == asked), None),
            "missing": missing,
            "broker_reads": found.is_draft and queries.broker_reads(found),
            "may_agree": own is not None and own in missing and can_agree_to_show(place),
            "may_release": own is not None and can_release_report(place) and not found.is_draft,
            "released": own is not None and found.releases.filter(party=own, ended_at=None).exists(),
        },
        tab=TAB,
    )


@guarded(can_see_frame)
@require_GET
def sheet(request: HttpRequest, place: Place, key: str) -> HttpResponseBase:
    found = _report(place, key)
    if found.is_draft:
        raise Http404
    snapshot = from_json(found.snapshot)
    _log_download(found, place)
    target = tempfile.SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115 (the response closes it)
    sheets.write(snapshot, target, language=_language(), word=_word(place))
    target.seek(0)
    return FileResponse(
        target, as_attachment=True, filename=printing.file_name(snapshot, found.public_id, "xlsx"), content_type=XLSX
    )


@guarded(can_see_frame)
@require_POST
def ask_for_pdf(request: HttpRequest, place: Place, key: str) -> HttpResponse:
    """Have a PDF made in the reader's language; the worker does it, the page shows how far it is."""
    found = _report(place, key)
    try:
        made = actions.ask_for_pdf(found, language=_language(), word=_word(place), look=_look(place), user=place.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("reports:report", place.partnership.public_id, key)
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
    # Made with our own look, or with that of the reader's organisation: never with another one's.
    job: ReportJob = get_object_or_404(
        ReportJob.objects.visible_to(place.user)
        .filter(Q(look=None) | Q(look__organisation=_own(place)))
        .select_related("report"),
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
    report = _report(place, key)
    found = _job(place, key, job)
    if found.state != JobState.DONE:
        raise Http404
    _log_download(report, place)
    name = printing.file_name(from_json(report.snapshot), report.public_id, "pdf")
    return FileResponse(found.file.open("rb"), as_attachment=True, filename=name, content_type="application/pdf")


@guarded(can_agree_to_show)
@require_POST
def agree(request: HttpRequest, place: Place, key: str) -> HttpResponse:
    """A partner agrees to show a wider version as it stands."""
    found = _report(place, key)
    seen = request.POST.get("version", "")
    try:
        shown = actions.agree(found, seen=int(seen) if seen.isdecimal() and len(seen) < 10 else 0, by=place)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(
            request,
            _("All partners have agreed. It is shown now.") if shown else _("Your word is noted."),
        )
    return redirect("reports:report", place.partnership.public_id, key)


@guarded(can_read)
@require_GET
def shared(request: HttpRequest, place: Place) -> HttpResponse:
    """Reports that the partners show to others, for whoever has a seat."""
    rows = [{"report": each, "title": each.round.title(_word(place))} for each in queries.shown_reports(place)]
    return render_record(request, place, "evaluation/reports/shared.html", {"rows": rows}, tab=TAB)


@guarded(can_release_report)
@require_POST
def release(request: HttpRequest, place: Place, key: str) -> HttpResponse:
    try:
        actions.release_to_organisation(_report(place, key), by=place)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("reports:report", place.partnership.public_id, key)
    messages.success(request, _("Your organisation's administrators can read and export it now."))
    return redirect("reports:report", place.partnership.public_id, key)


@guarded(can_release_report)
@require_POST
def take_back(request: HttpRequest, place: Place, key: str) -> HttpResponse:
    actions.take_back(_report(place, key), by=place)
    messages.success(
        request,
        _("Taken back. Files of your administrators that hold it are void. What was downloaded is out of reach."),
    )
    return redirect("reports:report", place.partnership.public_id, key)
