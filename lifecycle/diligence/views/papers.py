"""Summaries on paper: for one's own board, and to hand round."""

from __future__ import annotations

import logging
import tempfile
from functools import partial
from typing import Any

from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from partnerships import clock
from partnerships.access.guard import guarded, require
from partnerships.access.places import Place

from .. import papers as making
from .. import sheets, tasks
from ..models import SummaryPaper
from ..permissions import can_have_board_paper, can_have_papers
from ..queries.summary import readers_of, summary_of
from ..states import Audience, PaperState
from .shown import go, is_taken, show
from .workbook import SPOOL_BYTES, XLSX, file_name

logger = logging.getLogger(__name__)
#: Papers that are shown, the newest first; older ones go by themselves.
SHOWN = 6


def _language() -> str:
    return (get_language() or "en")[:2]


@require_safe
@guarded(can_have_papers)
def papers(request: HttpRequest, place: Place) -> HttpResponse:
    """Both versions, what each holds, and the PDFs that were made lately."""
    rows = SummaryPaper.objects.visible_to(place).filter(party=place.own_party, expires_at__gt=clock.now())
    made = list(rows.select_related("author").order_by("-pk")[:SHOWN])
    versions = [
        {
            "code": audience.value,
            "label": audience.label,
            "readers": readers_of(place, audience),
            "made": [_row(job) for job in made if job.audience == audience],
        }
        for audience in (Audience.OWN, Audience.SHARED)
        if making.may_have(place, audience)
    ]
    return show(request, place, "papers", {"versions": versions, "has_own": can_have_board_paper(place)})


def _row(job: SummaryPaper) -> dict[str, Any]:
    return {"job": job, "reason": making.REASONS.get(job.reason, "")}


def _audience(place: Place, code: str) -> str:
    if code not in Audience.values:
        raise Http404
    require(making.may_have(place, code))
    return code


@require_POST
@guarded(can_have_papers)
def ask_paper(request: HttpRequest, place: Place, audience: str) -> HttpResponse:
    """Have a PDF made in the reader's language; the worker does it, the page shows how far it is."""
    job = making.ask(audience=_audience(place, audience), language=_language(), by=place)
    if job.state == PaperState.QUEUED:
        transaction.on_commit(partial(_enqueue, job.pk))
    return go(place, "papers")


def _enqueue(pk: int) -> None:
    """Tell a worker at once. If the broker does not answer, the sweep finds the row."""
    try:
        tasks.make_paper.apply_async((pk,), retry=False)
    except Exception:
        logger.warning("the broker did not take a summary; the sweep will", extra={"job": pk})


def _job(place: Place, key: str) -> SummaryPaper:
    job: SummaryPaper = get_object_or_404(
        SummaryPaper.objects.visible_to(place), public_id=key, party=place.own_party, expires_at__gt=clock.now()
    )
    require(making.may_have(place, job.audience))
    return job


@require_safe
@guarded(can_have_papers)
def paper_job(request: HttpRequest, place: Place, key: str) -> HttpResponse:
    """How far a PDF is; the page asks again while it is being made."""
    found = _job(place, key)
    if not getattr(request, "htmx", False):
        return go(place, "papers")
    context = {"row": _row(found), "partnership": place.partnership}
    return render(request, "lifecycle/diligence/_paper_job.html", context)


@require_safe
@guarded(can_have_papers)
def paper_file(request: HttpRequest, place: Place, key: str) -> HttpResponseBase:
    job = _job(place, key)
    if job.state != PaperState.DONE:
        raise Http404
    try:
        opened = job.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    if is_taken(request):
        making.note_taken(job, by=place)
    name = _name(place, job.audience, job.finished_at or job.created_at, "pdf")
    return FileResponse(opened, as_attachment=True, filename=name, content_type="application/pdf")


@require_safe
@guarded(can_have_papers)
def paper_sheet(request: HttpRequest, place: Place, audience: str) -> HttpResponseBase:
    """The same as a spreadsheet, as things stand now."""
    found = summary_of(place, _audience(place, audience))
    target = tempfile.SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115 (the response closes it)
    sheets.write(found, target)
    target.seek(0)
    if is_taken(request):
        making.note_taken(None, by=place)
    name = _name(place, audience, found.made_at, "xlsx")
    return FileResponse(target, as_attachment=True, filename=name, content_type=XLSX)


def _name(place: Place, audience: str, moment: Any, ending: str) -> str:
    """A file says in its name, too, for whom it is."""
    whom = _("own side only") if audience == Audience.OWN else _("shared")
    return file_name(place.partnership.name, _("due diligence"), whom, f"{moment:%Y-%m-%d}", ending=ending)
