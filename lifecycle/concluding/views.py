"""Closing well: five texts that all agree, and somebody who looks back."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lifecycle.road.queries import conditions_of
from partnerships import clock
from partnerships.access.guard import guarded
from partnerships.access.places import Place
from partnerships.looks.typed import number
from partnerships.record.frame import render_record
from partnerships.record.states import Stage

from . import actions, queries
from .forms import ClosingForm, LookBackForm
from .permissions import can_read, can_speak_for_party, can_work
from .states import ClosingKind


@require_safe
@guarded(can_read)
def overview(request: HttpRequest, place: Place) -> HttpResponse:
    """What a good end needs, and how far it is."""
    stage = Stage.CONCLUDING if place.partnership.stage == Stage.CONCLUDING else Stage.IMPLEMENTATION
    closings = queries.closings(place)
    late = queries.late_to(place, closings) if place.partnership.is_open else {}
    context = {
        "closings": [{"closing": c, "misses": late.get(c.kind, [])} for c in closings],
        "look_back": queries.look_back(place),
        "conditions": conditions_of(place, stage) if place.partnership.is_open else [],
        "concluding": place.partnership.stage == Stage.CONCLUDING,
        "can_agree": can_speak_for_party(place),
        "can_work": can_work(place),
    }
    return render_record(request, place, "lifecycle/concluding/overview.html", context, tab="concluding")


@require_http_methods(["GET", "POST"])
@guarded(can_work)
def text(request: HttpRequest, place: Place, kind: str) -> HttpResponse:
    """Write a closing text; a new version asks all partners again."""
    closing = next((c for c in queries.closings(place) if c.kind == kind), None)
    if closing is None:
        raise Http404
    newest = closing.text
    initial = {
        "text": newest.text if newest else "",
        "reason": newest.reason if newest else "",
        "seen": newest.number if newest else 0,
    }
    form = ClosingForm(request.POST or None, kind=kind, initial=initial)
    newer = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.write(kind, text=data["text"], reason=data.get("reason", ""), seen=data["seen"], by=place)
        except ValidationError as error:
            form.add_error(None, error)
            if newest is not None:
                form.data = {**request.POST.dict(), "seen": str(newest.number)}
                newer = {
                    "by": newest.author,
                    "at": newest.created_at,
                    "fields": [{"label": closing.label, "theirs": newest.text, "yours": data["text"]}],
                }
        else:
            messages.success(request, _("Saved. The other partners are asked to agree."))
            return redirect("concluding:overview", pid=place.partnership.public_id)
    context = {
        "title": closing.label,
        "form": form,
        "label": _("Save and ask the others"),
        "cancel_url": reverse("concluding:overview", args=[place.partnership.public_id]),
        "keep": True,
        "newer": newer,
    }
    return render_record(request, place, "components/form_record_page.html", context, tab="concluding")


@require_POST
@guarded(can_speak_for_party)
def agree(request: HttpRequest, place: Place, kind: str) -> HttpResponse:
    """A partner's yes to the version it has read."""
    if kind not in ClosingKind.values:
        raise Http404
    try:
        actions.agree(kind, number=number(request.POST.get("number")), by=place)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("You agreed."))
    return redirect("concluding:overview", pid=place.partnership.public_id)


@require_http_methods(["GET", "POST"])
@guarded(can_work)
def look_back(request: HttpRequest, place: Place) -> HttpResponse:
    """Name who looks back, and when."""
    initial = {"on": clock.today() + timedelta(days=actions.LOOK_BACK_DAYS)}
    form = LookBackForm(request.POST or None, place=place, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.plan_look_back(by=place, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Planned. It stays in the calendar after the record is closed."))
            return redirect("concluding:overview", pid=place.partnership.public_id)
    context = {
        "title": _("Who looks back in twelve months?"),
        "lede": _("What lasts shows only after you have left."),
        "form": form,
        "label": _("Plan the look-back"),
        "cancel_url": reverse("concluding:overview", args=[place.partnership.public_id]),
    }
    return render_record(request, place, "components/form_record_page.html", context, tab="concluding")
