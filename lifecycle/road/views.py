"""The gate, and the moves that one partner makes alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partnerships.access.guard import guarded
from partnerships.access.places import Place
from partnerships.record.frame import form_page, render_record

from . import actions, queries
from .forms import BackForm, OpenPointForm, OwnReasonForm, ReasonForm, StatementForm, TargetForm
from .models import Move, OpenPoint, Proposal, Statement
from .permissions import (
    can_agree_open_point,
    can_end,
    can_file_statement,
    can_move,
    can_read,
    can_see_gate,
    can_set_targets,
)
from .states import NOT_PURSUED_FROM


@require_safe
@guarded(can_see_gate)
def gate(request: HttpRequest, place: Place) -> HttpResponse:
    """What holds the next stage, and who has agreed to it."""
    points = (
        OpenPoint.objects.visible_to(place)
        .filter(stage=place.partnership.stage, closed_at=None)
        .prefetch_related("agreements")
    )
    own = place.party.pk if place.party else 0
    context = {
        "gate": queries.gate_of(place),
        "can_move": can_move(place),
        "can_end": can_end(place),
        "can_agree_open_point": can_agree_open_point(place),
        "points": [{"point": p, "agreed": {a.party_id for a in p.agreements.all()}, "mine": own} for p in points],
        "can_not_pursue": can_end(place) and place.partnership.stage in NOT_PURSUED_FROM,
    }
    return render_record(request, place, "lifecycle/road/gate.html", context, tab="overview")


@require_POST
@guarded(can_move)
def forward(request: HttpRequest, place: Place) -> HttpResponse:
    """Propose the next stage, or agree to it."""
    return _done(
        request, place, lambda: actions.propose_forward(by=place), _("Proposed. The other partners are asked.")
    )


@require_POST
@guarded(can_move)
def resume(request: HttpRequest, place: Place) -> HttpResponse:
    """Propose to go on after a hold."""
    return _done(request, place, lambda: actions.propose_resume(by=place), _("Proposed. The other partners are asked."))


@require_POST
@guarded(can_move)
def consent(request: HttpRequest, place: Place, proposal: str) -> HttpResponse:
    """Agree to a proposed move, or say not yet."""
    found = get_object_or_404(Proposal.objects.visible_to(place.user).of(place.partnership), public_id=proposal)
    if request.POST.get("answer") == "not_yet":
        return _done(request, place, lambda: actions.take_back(found, by=place), _("The proposal is taken back."))
    return _done(request, place, lambda: actions.consent(found, by=place), _("You agreed."))


@require_http_methods(["GET", "POST"])
@guarded(can_end)
def back(request: HttpRequest, place: Place) -> HttpResponse:
    """Back to an earlier stage, with a reason."""
    form = BackForm(request.POST or None, stage=place.partnership.stage)
    return _alone(request, place, "back", form, lambda d: actions.move_back(to=d["to"], reason=d["reason"], by=place))


@require_http_methods(["GET", "POST"])
@guarded(can_end)
def hold(request: HttpRequest, place: Place) -> HttpResponse:
    """Suspend, at once, alone."""
    form = ReasonForm(request.POST or None)
    return _alone(request, place, "hold", form, lambda d: actions.put_on_hold(reason=d["reason"], by=place))


@require_http_methods(["GET", "POST"])
@guarded(can_end)
def end(request: HttpRequest, place: Place) -> HttpResponse:
    """End the own part, alone."""
    form = ReasonForm(request.POST or None)
    return _alone(request, place, "end", form, lambda d: actions.end_alone(reason=d["reason"], by=place))


@require_http_methods(["GET", "POST"])
@guarded(can_end)
def not_pursued(request: HttpRequest, place: Place) -> HttpResponse:
    """Not a partnership: the record closes with respect."""
    form = OwnReasonForm(request.POST or None)
    return _alone(request, place, "not_pursued", form, lambda d: actions.not_pursue(reason=d["reason"], by=place))


@require_http_methods(["GET", "POST"])
@guarded(can_move)
def open_point(request: HttpRequest, place: Place, condition: str) -> HttpResponse:
    """Ask to go on although a condition is not met."""
    found = next((c for c in queries.conditions_of(place) if c.code == condition), None)
    if found is None or found.met:
        raise Http404
    form = OpenPointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.ask_open_point(condition=condition, by=place, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Asked. Each partner’s executive decides."))
            return redirect("road:gate", pid=place.partnership.public_id)
    context = {"form": form, "condition": found}
    return render_record(request, place, "lifecycle/road/open_point.html", context, tab="overview")


@require_POST
@guarded(can_agree_open_point)
def agree_open_point(request: HttpRequest, place: Place, point: str) -> HttpResponse:
    """An executive's yes."""
    found = get_object_or_404(OpenPoint.objects.visible_to(place), public_id=point)
    return _done(request, place, lambda: actions.agree_open_point(found, by=place), _("You agreed."))


@require_http_methods(["GET", "POST"])
@guarded(can_set_targets)
def target(request: HttpRequest, place: Place) -> HttpResponse:
    """When a stage shall be reached."""
    form = TargetForm(request.POST or None, stage=place.partnership.stage)
    if request.method == "POST" and form.is_valid():
        actions.set_target(by=place, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("record:overview", pid=place.partnership.public_id)
    return render_record(request, place, "lifecycle/road/target.html", {"form": form}, tab="overview")


@require_http_methods(["GET", "POST"])
@guarded(can_file_statement)
def statement(request: HttpRequest, place: Place) -> HttpResponse:
    """The own side's word on what another partner did alone."""
    move = queries.to_answer(place)
    if move is None:
        messages.info(request, _("There is nothing that waits for a statement of your side."))
        return redirect("road:moves", pid=place.partnership.public_id)
    form = StatementForm(request.POST or None)
    here = reverse("road:moves", args=[place.partnership.public_id])
    return form_page(
        request, place, form,
        lambda: actions.file_statement(move, text=form.cleaned_data["text"], by=place),
        tab="history", done=_("Filed. The others read it beside theirs."), go=here,
        title=_("How your side sees it"), label=_("File the statement"), cancel_url=here, keep=True,
        lede=_("The partners and their broker read it beside the first one. It is filed once, and stays."),
    )  # fmt: skip


@require_safe
@guarded(can_read)
def moves(request: HttpRequest, place: Place) -> HttpResponse:
    """Every move so far, with what was said."""
    statements: dict[int, list[Statement]] = {}
    for statement in Statement.objects.visible_to(place).select_related("party__organisation"):
        statements.setdefault(statement.move_id, []).append(statement)
    by_id = {p.pk: p for p in place.parties}
    rows = [
        {"move": m, "party": by_id.get(m.party_id or 0), "statements": statements.get(m.pk, [])}
        for m in Move.objects.visible_to(place.user).of(place.partnership).select_related("by").order_by("-at", "-pk")
    ]
    context = {"rows": rows, "may_file": can_file_statement(place) and queries.to_answer(place) is not None}
    return render_record(request, place, "lifecycle/road/moves.html", context, tab="history")


def _done(request: HttpRequest, place: Place, act: Callable[[], object], said: str) -> HttpResponse:
    try:
        moved = act()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("road:gate", pid=place.partnership.public_id)
    carried = moved is True or (isinstance(moved, Proposal) and queries.was_carried(moved))
    messages.success(request, _("The partnership has moved on.") if carried else said)
    return redirect("record:overview" if carried else "road:gate", pid=place.partnership.public_id)


def _alone(
    request: HttpRequest, place: Place, kind: str, form: forms.Form, act: Callable[[dict[str, Any]], object]
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Done. The others are told."))
            return redirect("record:overview", pid=place.partnership.public_id)
    others = [p for p in place.partners if place.party is None or p.pk != place.party.pk]
    context = {"form": form, "kind": kind, "others": others, "goes_on": kind == "end" and len(others) >= 2}
    return render_record(request, place, "lifecycle/road/alone.html", context, tab="overview")
