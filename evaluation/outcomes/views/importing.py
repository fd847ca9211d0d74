"""Measured values from a spreadsheet: the template, the preview, the taking in."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partnerships.access.guard import guarded
from partnerships.access.places import Place
from partnerships.documents.states import FileType
from partnerships.record.frame import act_and_say

from .. import actions, queries, sheets
from ..actions.importing import known_of, look
from ..forms import ConfirmImportForm, ImportForm
from ..permissions import can_contribute
from .shown import page, url

#: How long a preview can be confirmed.
WAITS = timedelta(hours=12)
#: Rows of a preview that are shown; all are counted, and all are written.
SHOWN = 200


@require_safe
@guarded(can_contribute)
def import_template(request: HttpRequest, place: Place) -> HttpResponse:
    """A workbook with a row for each indicator that this person may measure."""
    content = sheets.template(known_of(queries.measurable(place)))
    response = HttpResponse(content, content_type=FileType.XLSX.value)
    response.headers["Content-Disposition"] = 'attachment; filename="measured-values.xlsx"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_contribute)
def import_values(request: HttpRequest, place: Place) -> HttpResponse:
    """Upload a file and see what it would do. Nothing is written here."""
    form = ImportForm(request.POST or None, request.FILES or None)
    found = None
    if request.method == "POST" and form.is_valid():
        try:
            found = look(form.cleaned_data["file"], by=place)
        except ValidationError as error:
            form.add_error("file", error)
    context: dict[str, object] = {"form": form, "found": found, "count": len(queries.measurable(place)), "limit": SHOWN}
    if found is not None:
        by_id = {i.pk: i for i in queries.measurable(place)}
        context |= {
            "rows": [{"value": v, "indicator": by_id[v.indicator]} for v in found.new[:SHOWN]],
            "troubles": found.troubles[:SHOWN],
            "confirm": ConfirmImportForm(initial={"values": _token(place, found)}) if found.new else None,
        }
    return page(request, place, "import", context)


def _salt(place: Place) -> str:
    """A preview is its reader's, and its record's."""
    return f"outcomes.import:{place.partnership.public_id}:{place.user.pk}"


def _token(place: Place, found: sheets.Preview) -> str:
    return signing.dumps(sheets.packed(found.new), salt=_salt(place), compress=True)


@require_POST
@guarded(can_contribute)
def take_in(request: HttpRequest, place: Place) -> HttpResponse:
    """Write what was looked at."""
    form = ConfirmImportForm(request.POST)
    try:
        if not form.is_valid():
            raise signing.BadSignature
        rows = signing.loads(form.cleaned_data["values"], salt=_salt(place), max_age=WAITS)
    except signing.BadSignature:
        messages.error(request, _("This preview is too old, or not complete. Upload the file again."))
        return redirect(url(place, "import_values"))
    done = act_and_say(request, lambda: actions.take_in(list(sheets.unpacked(rows)), by=place), _done)
    return redirect(url(place, "overview" if done else "import_values"))


def _done(count: int) -> str:
    if not count:
        return _("All of it was here already. Nothing was added.")
    return ngettext("%(count)s value was taken in.", "%(count)s values were taken in.", count) % {"count": count}
