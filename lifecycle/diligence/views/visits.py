"""Visits and meetings."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from partnerships import clock
from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.catalogue.queries import lesson
from partnerships.record.frame import confirm_page, note_errors

from .. import actions, queries
from ..forms import (
    VisitForm,
    VisitReportForm,
)
from ..models import Visit
from ..permissions import can_answer, can_read
from ..states import VisitKind, VisitPlace
from .shown import TAB, form_here, go, show, url


@require_safe
@guarded(can_read)
def visits(request: HttpRequest, place: Place) -> HttpResponse:
    context = {"visits": queries.visits_of(place), "may_add": can_answer(place), "why": lesson("DD3")}
    return show(request, place, "visits", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def new_visit(request: HttpRequest, place: Place) -> HttpResponse:
    form = VisitForm(request.POST if request.method == "POST" else None, place=place)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = actions.plan_visit(
                kind=data["kind"], host=data["host"], on=data["on"], where=data["where"],
                place=data["place_kind"], circle=form.chosen_circle(), by=place,
            )  # fmt: skip
        except ValidationError as error:
            note_errors(form, error)
        else:
            if made.on <= clock.today(place.user.time_zone):
                return go(place, "visit", made.public_id)
            messages.success(request, _("Planned. It stands in the calendar."))
            return go(place, "visits")
    return form_here(
        request, place, title=_("A visit or meeting"), form=form, label=_("Go on"), cancel_url=url(place, "visits"),
        why=lesson("DD3").why, lesson="DD3",
        lede=_("Planned, or already held: then the next page asks who was there and what you learned."),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_read)
def visit(request: HttpRequest, place: Place, visit: str) -> HttpResponse:
    """What came of it; partners write it up."""
    found: Visit = get_object_or_404(
        Visit.objects.visible_to(place).select_related("host__organisation", "circle"),
        public_id=visit,
    )
    people = list(found.people.select_related("seat__membership__user", "seat__party__organisation").order_by("pk"))
    form = None
    if can_answer(place) and found.called_off_at is None:
        first = {
            "on": found.on, "met": found.met, "learned": found.learned, "version": found.version,
            "people": [p.seat_id for p in people],
        }  # fmt: skip
        form = VisitReportForm(request.POST if request.method == "POST" else None, place=place, initial=first)
    elif request.method == "POST":
        require(False)
    newer = None
    if request.method == "POST" and form is not None and form.is_valid():
        data = form.cleaned_data
        try:
            actions.write_up_visit(
                found, seats=list(data["people"]), on=data["on"], met=data["met"], learned=data["learned"],
                seen=data["version"], by=place,
            )  # fmt: skip
        except ValidationError as error:
            if getattr(error, "code", "") == "stale":
                now = Visit.objects.visible_to(place.user).select_related("author").get(pk=found.pk)
                newer = {
                    "by": now.author,
                    "at": now.changed_at,
                    "fields": [
                        {"label": form.fields[name].label, "theirs": getattr(now, name), "yours": data[name]}
                        for name in ("on", "met", "learned")
                        if getattr(now, name) != data[name]
                    ],
                }
                again: Any = request.POST.copy()
                again["version"] = str(now.version)
                form = VisitReportForm(again, place=place)
            else:
                note_errors(form, error)
        else:
            messages.success(request, _("Written up."))
            return go(place, "visits")
    may = can_answer(place) and found.called_off_at is None
    context = {
        "visit": found, "people": people, "form": form, "newer": newer, "may_change": may,
        "may_call_off": may and found.held_at is None,
    }  # fmt: skip
    return show(request, place, "visit", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def change_visit(request: HttpRequest, place: Place, visit: str) -> HttpResponse:
    """What kind of visit it is, whom it leads to, when and where."""
    found: Visit = get_object_or_404(Visit.objects.visible_to(place), public_id=visit, called_off_at=None)
    form = VisitForm(request.POST if request.method == "POST" else None, place=place, visit=found)
    newer = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.change_visit(
                found, kind=data["kind"], host=data["host"], on=data["on"], where=data["where"],
                place=data["place_kind"], seen=data["version"], by=place,
            )  # fmt: skip
        except ValidationError as error:
            if getattr(error, "code", "") == "stale":
                newer, form = _newer_visit(form, place, found)
            else:
                note_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return go(place, "visit", visit)
    return form_here(
        request, place, title=_("Change what, when and where"), form=form, newer=newer, label=_("Save"),
        cancel_url=url(place, "visit", visit),
    )  # fmt: skip


def _newer_visit(form: VisitForm, place: Place, visit: Visit) -> tuple[dict[str, Any], VisitForm]:
    now: Visit = Visit.objects.visible_to(place.user).select_related("author", "host__organisation").get(pk=visit.pk)
    data = form.cleaned_data
    pairs = [
        ("kind", now.get_kind_display(), VisitKind(data["kind"]).label),
        ("host", now.host or "", data["host"] or ""),
        ("on", now.on, data["on"]),
        ("where", now.where, data["where"]),
        ("place_kind", now.get_place_display(), VisitPlace(data["place_kind"]).label if data["place_kind"] else ""),
    ]
    fields = [{"label": form.fields[n].label, "theirs": a, "yours": b} for n, a, b in pairs if str(a) != str(b)]
    again: Any = dict(form.data.items())
    again["version"] = str(now.version)
    return {"by": now.author, "at": now.changed_at, "fields": fields}, VisitForm(again, place=place, visit=now)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def call_off_visit(request: HttpRequest, place: Place, visit: str) -> HttpResponse:
    found: Visit = get_object_or_404(Visit.objects.visible_to(place), public_id=visit, called_off_at=None, held_at=None)
    return confirm_page(
        request, place, lambda: actions.call_off_visit(found, by=place), tab=TAB, done=_("Called off."),
        go=url(place, "visits"), title=_("Call this visit off?"),
        text=_("It leaves the calendar of everybody, and stays on the list as called off. It cannot be taken back; "
               "plan another one instead."),
        label=_("Call it off"), cancel_url=url(place, "visit", visit), cancel_label=_("Keep it"),
    )  # fmt: skip
