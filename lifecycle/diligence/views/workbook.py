"""The checklist as a workbook: taken away, filled in offline, and taken in again."""

from __future__ import annotations

import re
import tempfile
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partnerships.access.guard import guarded
from partnerships.access.places import Place
from partnerships.record.frame import act_and_say, note_errors

from ..actions import workbook as actions
from ..forms.workbook import HERE, TakeOverForm, WorkbookForm
from ..models import WorkbookImport
from ..permissions import can_answer
from ..queries.workbook import Comparison, compare, open_imports
from .shown import go, is_taken, partner_of, show

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: A workbook stays in memory up to here, and goes to a temporary file beyond.
SPOOL_BYTES = 2 * 1024 * 1024


def file_name(*parts: str, ending: str) -> str:
    """A file name that any system takes."""
    return re.sub(r"[^\w-]+", "-", "-".join(parts)).strip("-")[:120] + f".{ending}"


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def workbook(request: HttpRequest, place: Place, about: str) -> HttpResponse:
    """Taking the checklist away, and taking it in again."""
    partner = partner_of(place, about)
    form = WorkbookForm(request.POST, request.FILES) if request.method == "POST" else WorkbookForm()
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.set_aside(form.cleaned_data["file"], about=partner, by=place)
        except ValidationError as error:
            form.add_error("file", error)
        else:
            return go(place, "workbook_compare", about, made.public_id)
    context = {
        "about": partner,
        "is_self": partner.pk == place.own_party.pk,
        "form": form,
        "waiting": open_imports(place, partner),
        "days": actions.WAITS.days,
    }
    return show(request, place, "workbook", context)


@require_safe
@guarded(can_answer)
def workbook_file(request: HttpRequest, place: Place, about: str) -> HttpResponseBase:
    """The workbook, in the reader's language."""
    partner = partner_of(place, about)
    target: Any = tempfile.SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115 (the response closes it)
    (actions.take_away if is_taken(request) else actions.write)(target, about=partner, by=place)
    target.seek(0)
    name = file_name(place.partnership.name, _("checklist"), partner.name, ending="xlsx")
    return FileResponse(target, as_attachment=True, filename=name, content_type=XLSX)


def _import(place: Place, about: str, key: str) -> WorkbookImport:
    found: WorkbookImport = get_object_or_404(
        WorkbookImport.objects.visible_to(place).select_related("library", "author").prefetch_related("lines"),
        public_id=key,
        about=partner_of(place, about),
        party=place.own_party,
    )
    # As the place has it, with its partnership and organisation.
    found.about = partner_of(place, about)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def workbook_compare(request: HttpRequest, place: Place, about: str, key: str) -> HttpResponse:
    """What is in an upload beside what stands here; nothing is written before somebody chooses."""
    item = _import(place, about, key)
    if not item.is_open:
        messages.info(request, _("This upload has been dealt with. Upload the workbook again to compare once more."))
        return go(place, "workbook", about)
    found = compare(item, place)
    form = TakeOverForm(request.POST if request.method == "POST" else None, found=found)
    if request.method == "POST" and form.is_valid():
        try:
            count = actions.take_over(item, chosen=form.chosen(), seen=form.cleaned_data["seen"], by=place)
        except ValidationError as error:
            form = _again(form, found)
            note_errors(form, error)
        else:
            messages.success(request, _done(count))
            return go(place, "checklist", about)
    return show(request, place, "workbook_compare", _context(found, form))


def _context(found: Comparison, form: TakeOverForm) -> dict[str, Any]:
    return {
        "found": found,
        "item": found.item,
        "about": found.item.about,
        "checklist": found.checklist,
        "form": form,
        "groups": found.groups,
    }


def _again(form: TakeOverForm, found: Comparison) -> TakeOverForm:
    """The same choices beside what stands here now: the next one is made with open eyes."""
    data: Any = form.data
    data = data.copy()
    data["seen"] = found.seen
    for part in form.conflicts:
        for cell in part["cells"]:
            data.setdefault(cell["field"].html_name, HERE)
    again = TakeOverForm(data, found=found)
    again.is_valid()
    return again


def _done(count: int) -> str:
    if not count:
        return _("Nothing was taken over. What is here stays as it is.")
    return ngettext(
        "%(count)s answer was taken over. It is on your side only, until you release it.",
        "%(count)s answers were taken over. They are on your side only, until you release them.",
        count,
    ) % {"count": count}


@require_POST
@guarded(can_answer)
def workbook_leave_out(request: HttpRequest, place: Place, about: str, key: str) -> HttpResponse:
    item = _import(place, about, key)
    act_and_say(request, lambda: actions.leave_out(item, by=place), _("The upload is gone. Nothing of it was written."))
    return go(place, "workbook", about)
