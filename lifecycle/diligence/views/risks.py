"""The register of risks."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.record.frame import form_page, note_errors

from .. import actions, queries
from ..forms import (
    RiskForm,
    WhyForm,
)
from ..models import Risk, RiskMove
from ..permissions import can_answer, can_change_risk, can_read
from .shown import TAB, form_here, go, show, url


@require_safe
@guarded(can_read)
def risks(request: HttpRequest, place: Place) -> HttpResponse:
    """The register: open risks that the reader may see, people first, then the worst; the picture; closed ones."""
    found = queries.risks_above(place)
    context = {
        "register": queries.register_of(place),
        "may_add": can_answer(place),
        "above": {one.taken.pk: one for one in found if one.taken is not None},
        "fresh": sum(one.is_fresh and one.there.is_lead for one in found) if place.is_lead else 0,
    }
    return show(request, place, "risks", context)


@require_safe
@guarded(can_read)
def risk(request: HttpRequest, place: Place, risk: str) -> HttpResponse:
    """One risk, and how it has moved."""
    found = _risk(place, risk)
    moves = list(RiskMove.objects.visible_to(place.user).filter(risk=found).select_related("by"))
    present = {p.pk for p in place.present}
    above = queries.risks_above(place) if found.inherited_from_id is not None else []
    context = {
        "above": next((one for one in above if one.taken is not None and one.taken.pk == found.pk), None),
        "risk": found,
        "moves": queries.history_of(found, moves),
        "may_change": can_change_risk(place, found),
        "writer_left": found.party_id not in present,
        "owner_left": found.owner is not None and found.owner.party_id not in present,
    }
    return show(request, place, "risk", context)


def _risk(place: Place, public_id: str, **only: Any) -> Risk:
    rows = Risk.objects.visible_to(place).select_related(
        "owner__membership__user", "owner__party__organisation", "party__organisation", "circle"
    )
    found: Risk = get_object_or_404(rows, public_id=public_id, withdrawn_at=None, **only)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def new_risk(request: HttpRequest, place: Place) -> HttpResponse:
    form = RiskForm(request.POST if request.method == "POST" else None, place=place)
    return form_page(
        request, place, form,
        lambda: actions.weigh_risk(values=form.cleaned_data, circle=form.chosen_circle(), by=place),
        tab=TAB, done=_("The risk is written down."), go=url(place, "risks"),
        title=_("A risk"), label=_("Write it down"), cancel_url=url(place, "risks"),
        lede=_("First what could happen to people, then to you. Name no private person."),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def change_risk(request: HttpRequest, place: Place, risk: str) -> HttpResponse:
    found = _risk(place, risk, closed_at=None)
    require(can_change_risk(place, found))
    form = RiskForm(request.POST if request.method == "POST" else None, place=place, risk=found)
    newer = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.weigh_risk(
                values=form.cleaned_data, circle=None, by=place, risk=found, seen=form.cleaned_data["version"],
                why=form.cleaned_data["why"],
            )  # fmt: skip
        except ValidationError as error:
            if getattr(error, "code", "") == "stale":
                newer, form = _newer_risk(form, place, found)
            else:
                note_errors(form, error)
        else:
            messages.success(request, _("Weighed anew."))
            return go(place, "risk", risk)
    return form_here(
        request, place, title=_("Weigh it anew"), form=form, newer=newer, label=_("Save"),
        cancel_url=url(place, "risk", risk),
    )  # fmt: skip


def _newer_risk(form: RiskForm, place: Place, risk: Risk) -> tuple[dict[str, Any], RiskForm]:
    now: Risk = Risk.objects.visible_to(place.user).select_related("author").get(pk=risk.pk)
    fields = [
        {"label": form.fields[name].label, "theirs": getattr(now, name), "yours": form.cleaned_data.get(name)}
        for name in actions.RISK_FIELDS
        if name in form.fields and (getattr(now, name) or "") != (form.cleaned_data.get(name) or "")
    ]
    data = dict(form.data.items())
    data["version"] = str(now.version)
    return {"by": now.author, "at": now.changed_at, "fields": fields}, RiskForm(data, place=place, risk=now)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def close_risk(request: HttpRequest, place: Place, risk: str) -> HttpResponse:
    found = _risk(place, risk, closed_at=None)
    require(can_change_risk(place, found))
    form = WhyForm(request.POST if request.method == "POST" else None, required=False)
    return form_page(
        request, place, form, lambda: actions.close_risk(found, by=place, why=form.cleaned_data["why"]),
        tab=TAB, done=_("Closed. It counts no longer."), go=url(place, "risks"),
        title=_("Close this risk?"), lede=found.text, label=_("Close it"), cancel_url=url(place, "risk", risk),
        why=_("It counts for no decision any more, and nobody is asked to do anything about it. "
              "It stays in the register with its history, and can be opened again."),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_answer)
def reopen_risk(request: HttpRequest, place: Place, risk: str) -> HttpResponse:
    found = _risk(place, risk, closed_at__isnull=False)
    require(can_change_risk(place, found))
    form = WhyForm(request.POST if request.method == "POST" else None, required=True)
    return form_page(
        request, place, form, lambda: actions.reopen_risk(found, by=place, why=form.cleaned_data["why"]),
        tab=TAB, done=_("It is open again. Weigh it anew."), go=url(place, "risk", risk),
        title=_("Open this risk again"), lede=found.text, label=_("Open it again"), cancel_url=url(place, "risk", risk),
    )  # fmt: skip
