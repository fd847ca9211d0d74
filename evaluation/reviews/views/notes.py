"""A broker's own log of a round."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from partnerships.access.guard import guarded
from partnerships.access.places import Place
from partnerships.record.frame import act_and_say, render_record

from .. import actions
from ..forms import NoteForm
from ..models import FacilitationNote
from ..permissions import keeps_log
from .shown import TAB, go_to, round_of, word_of


@guarded(keeps_log)
@require_http_methods(["GET", "POST"])
def log(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    """Lines that their author alone reads, the newest first."""
    round = round_of(place, rid)
    form = NoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act_and_say(
            request, lambda: actions.write_note(round, text=form.cleaned_data["text"], by=place), _("Written down.")
        )
        return go_to(round, "reviews:log")
    notes = FacilitationNote.objects.visible_to(place).filter(round=round, author=place.user)
    return render_record(
        request,
        place,
        "evaluation/reviews/log.html",
        {
            "round": round,
            "title": round.title(word_of(place)),
            "form": form,
            "notes": list(notes.order_by("-created_at", "-pk")),
        },
        tab=TAB,
    )


@guarded(keeps_log)
@require_POST
def remove_note(request: HttpRequest, place: Place, rid: str, nid: str) -> HttpResponse:
    round = round_of(place, rid)
    note = get_object_or_404(
        FacilitationNote.objects.visible_to(place).filter(round=round, author=place.user), public_id=nid
    )
    act_and_say(request, lambda: actions.drop_note(note, by=place), _("Taken away."))
    return go_to(round, "reviews:log")
