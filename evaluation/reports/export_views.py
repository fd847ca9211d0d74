"""What an organisation's administrator exports: choose, have it made, follow it, take it."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from partnerships.access.guard import signed_in

from . import actions, queries, tasks
from .actions.exporting import REASONS
from .forms import PeriodForm
from .models import ReportExport, ReportRelease
from .states import UNDER_WAY, Audience, ExportState

LANGUAGES = [("en", "English"), ("fr", "Français"), ("es", "Español")]


def _user(request: HttpRequest) -> Any:
    return request.user


def _form(request: HttpRequest) -> PeriodForm:
    data = request.POST if request.method == "POST" else request.GET
    return PeriodForm(data, organisations=queries.administered(_user(request)))


@signed_in
@require_GET
def exports(request: HttpRequest) -> HttpResponse:
    """Every report released to an organisation that one administers, by period, and the files asked for before."""
    user = _user(request)
    form = _form(request)
    reports = queries.released(user, **form.cleaned_data) if form.is_valid() else []
    rows = [{"report": each, "title": each.round.title(), "version": Audience(each.audience).label} for each in reports]
    context = {
        "form": form,
        "rows": rows,
        "languages": LANGUAGES,
        "language": (get_language() or "en")[:2],
        "files": [_row(each) for each in queries.exports_of(user)],
    }
    return render(request, "evaluation/reports/exports.html", context)


@signed_in
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """One file of the chosen reports. Only what is released to the organisation now can be chosen."""
    user = _user(request)
    form = _form(request)
    language = request.POST.get("language", "")
    if not form.is_valid() or form.cleaned_data["organisation"] is None or language not in dict(LANGUAGES):
        raise Http404
    # PostgreSQL answers a search for a NUL with an error.
    keys = [key for key in request.POST.getlist("report") if "\x00" not in key]
    reports = queries.released(user, organisation=form.cleaned_data["organisation"], keys=keys)
    try:
        made = actions.start_export(form.cleaned_data["organisation"], reports, language=language, by=user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("reports:exports")
    transaction.on_commit(partial(tasks.enqueue, made.pk, tasks.HANDS))
    return redirect("reports:export", made.public_id)


def _export(request: HttpRequest, key: str) -> ReportExport:
    found: ReportExport = get_object_or_404(
        ReportExport.objects.visible_to(_user(request)).select_related("organisation"), public_id=key
    )
    return found


def _row(export: ReportExport) -> dict[str, Any]:
    return {
        "export": export,
        "runs": export.state in UNDER_WAY,
        "is_done": export.state == ExportState.DONE,
        "reason": REASONS.get(export.reason, ""),
    }


def _progress(export: ReportExport) -> dict[str, Any]:
    done, failed, count = actions.progress(export)
    said = (
        _("The file is being packed.")
        if export.state == ExportState.PACKING
        else _("%(done)s of %(count)s reports are made.") % {"done": done, "count": count}
    )
    return {**_row(export), "done": done, "failed": failed, "count": count, "said": said}


@signed_in
@require_GET
def export(request: HttpRequest, key: str) -> HttpResponse:
    """One export: how far it is, what failed and why, its file. The page asks again while it is being made."""
    found = _export(request, key)
    row = _progress(found)
    if getattr(request, "htmx", False):
        answer = render(request, "evaluation/reports/_export.html", {"row": row})
        if not row["runs"]:
            # What can be done now stands around this part.
            answer["HX-Refresh"] = "true"
        return answer
    # A report that was taken back since is not even named.
    given = ReportRelease.objects.filter(ended_at=None, party__organisation=found.organisation)
    items = (
        found.items.filter(report__in=given.values("report"))
        .select_related("report__partnership", "report__round", "job")
        .defer("report__snapshot")
    )
    lines = [
        {
            "item": each,
            "title": each.report.round.title(found.organisation.review_word),
            "reason": actions.REASONS.get(each.job.reason, "") if each.job is not None else "",
        }
        for each in items
    ]
    return render(request, "evaluation/reports/export.html", {"row": row, "lines": lines})


@signed_in
@require_GET
def export_file(request: HttpRequest, key: str) -> HttpResponseBase:
    """The file, as long as each report in it may still be given. Logged in every record that is in it."""
    found = _export(request, key)
    if found.state != ExportState.DONE:
        raise Http404
    if not actions.give(found, by=_user(request)):
        messages.error(request, str(REASONS[found.reason]))
        return redirect("reports:export", key)
    name = f"reports-{found.asked_at:%Y-%m-%d}-{found.public_id}.zip"
    return FileResponse(found.file.open("rb"), as_attachment=True, filename=name, content_type="application/zip")


@signed_in
@require_POST
def export_again(request: HttpRequest, key: str) -> HttpResponse:
    """What failed is tried again; or, where the administrator says so, left out."""
    found = _export(request, key)
    if found.state == ExportState.FAILED:
        go = actions.go_without if request.POST.get("without") else actions.run_again
        go(found)
        transaction.on_commit(partial(tasks.enqueue, found.pk, tasks.HANDS))
    return redirect("reports:export", key)
