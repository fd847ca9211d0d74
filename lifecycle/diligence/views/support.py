"""What supports an answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from partnerships.access.guard import guarded
from partnerships.access.places import Place
from partnerships.documents import actions as documents
from partnerships.documents.models import Document
from partnerships.documents.queries import document_kinds
from partnerships.record.frame import note_errors

from .. import actions, queries
from ..forms import (
    CiteForm,
    SupportFileForm,
    SupportSeenForm,
    SupportTalkForm,
)
from ..permissions import can_answer
from .checklists import row_of
from .shown import form_here, go, show, url


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def support(request: HttpRequest, place: Place, about: str, code: str) -> HttpResponse:
    """Which documents support an answer: those that are here already, or a new one."""
    found, row = row_of(place, about, code)
    queries.with_citations([row], place)
    choices = list(
        Document.objects.visible_to(place)
        .filter(withdrawn_at=None)
        .select_related("party__organisation")
        .order_by("-pk")[:100]
    )
    cited = [c.document for c in row.citations]
    choices += [d for d in cited if d.pk not in {c.pk for c in choices}]
    posted = request.POST if request.method == "POST" else None
    kinds = document_kinds()
    ticked = [d.public_id for d in cited]
    form = CiteForm(
        posted, choices=choices, kinds=kinds, place=place, initial={"documents": ticked, "shown": " ".join(ticked)}
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.cite(about=found.about, code=code, documents=form.cited(), shown=form.were_cited(), by=place)
        except ValidationError as error:
            note_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return go(place, "question", about, row.question.code)
    context = {
        "checklist": found,
        "row": row,
        "late": [d for d in cited if d.is_out_of_date],
        "form": form if choices else None,
        "wanted": [kinds[k].title for k in row.question.documents if k in kinds],
        "newer_kinds": ("file", "seen", "talk"),
    }
    return show(request, place, "support", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def support_new(request: HttpRequest, place: Place, about: str, code: str, held: str) -> HttpResponse:
    """A new supporting document, noted and cited in one go. It lies on the own side."""
    forms: dict[str, Any] = {"file": SupportFileForm, "seen": SupportSeenForm, "talk": SupportTalkForm}
    if held not in forms:
        raise Http404
    found, row = row_of(place, about, code)
    posted = request.method == "POST"
    form = forms[held](
        request.POST if posted else None,
        request.FILES if posted else None,
        place=place,
        initial={"seen_by": place.user.name, "kind": next(iter(row.question.documents), "")},
    )
    if posted and form.is_valid():
        try:
            document = _note_document(held, form, place)
        except ValidationError as error:
            form.add_error({"file": "file", "seen": "seen_on", "talk": "talked_on"}[held], error.messages)
        else:
            # Beside whatever is cited by now.
            actions.cite(about=found.about, code=code, documents=[document], shown=[], by=place)
            messages.success(request, _("“%(title)s” supports this answer now.") % {"title": document.title})
            return go(place, "question", about, row.question.code)
    titles = {"file": _("Add a file"), "seen": _("Seen, not kept"), "talk": _("Answered in conversation")}
    return form_here(
        request, place, title=titles[held], lede=row.question.text, form=form, keep=True,
        label=_("Add the file") if held == "file" else _("Note it"), cancel_url=url(place, "support", about, code),
        why=_(
            "It stays on your side, and goes out with the checklist if you want. "
            "Never add details of a case of abuse."
        ),
    )  # fmt: skip


def _note_document(held: str, form: Any, place: Place) -> Document:
    data = form.cleaned_data
    shared: dict[str, Any] = {
        "partnership": place.partnership,
        "circle": form.chosen_circle(),
        "by": place,
        "title": data["title"],
        "kind": data["kind"],
        "note": data["note"],
    }
    if held == "file":
        return documents.store(
            **shared, upload=data["file"], valid_until=data["valid_until"],
            keep_until=data["keep_until"], keep_reason=data["keep_reason"],
        )  # fmt: skip
    if held == "seen":
        return documents.note_seen(**shared, seen_by=data["seen_by"], seen_on=data["seen_on"], held_at=data["held_at"])
    return documents.note_conversation(**shared, talked_with=data["talked_with"], talked_on=data["talked_on"])
