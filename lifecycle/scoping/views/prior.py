"""Who tried this, what can we reuse."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.catalogue.queries import lesson
from partnerships.record.frame import confirm_page
from partnerships.record.registry import panels

from .. import actions, queries
from ..forms import NewPriorForm, PriorForm
from ..models import PriorWork
from ..permissions import can_propose, can_read_together
from .shown import TAB, newer_text, page, saving_page, url

_LINE = "reuse"


@require_safe
@guarded(can_read_together)
def prior(request: HttpRequest, place: Place) -> HttpResponse:
    """Links and notes of the partners, what the canvas says, and what other folders offer."""
    offers = [{"template": p.template, "context": p.build(place)} for p in panels(queries.OFFERS)]
    context = {
        "rows": queries.prior_work(place),
        "lines": [e for e in queries.canvas(place) if e.prompt == _LINE],
        "offers": [offer for offer in offers if offer["context"] is not None],
        "may_write": can_propose(place),
        "own_id": place.party.pk if place.party else 0,
        "why": lesson("ST7"),
    }
    return page(request, place, "prior", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_propose)
def new_prior(request: HttpRequest, place: Place) -> HttpResponse:
    """Note something that exists already."""
    form = NewPriorForm(request.POST or None)

    def act() -> PriorWork:
        data: dict[str, Any] = {k: form.cleaned_data[k] for k in ("title", "link", "note", "reach")}
        return actions.note_prior(by=place, **data)

    return saving_page(
        request, place, form, act, back="prior", title=_("Something that exists already"), label=_("Note it"),
        done=_("Noted."), why=lesson("ST7").why, lesson="ST7",
    )  # fmt: skip


def _found(place: Place, work: str) -> PriorWork:
    rows = PriorWork.objects.visible_to(place).filter(withdrawn_at=None).select_related("author", "circle")
    found: PriorWork = get_object_or_404(rows, public_id=work)
    require(found.party_id == place.own_party.pk)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_propose)
def change_prior(request: HttpRequest, place: Place, work: str) -> HttpResponse:
    found = _found(place, work)
    first = {"title": found.title, "link": found.link, "note": found.note, "seen": found.version}
    form = PriorForm(request.POST or None, initial=first)

    def act() -> PriorWork:
        data = form.cleaned_data
        return actions.change_prior(
            found, title=data["title"], link=data["link"], note=data["note"], by=place, seen=data["seen"]
        )

    return saving_page(
        request, place, form, act, back="prior", title=_("Something that exists already"),
        label=_("Save"), done=_("Saved."),
        newer=lambda: newer_text(form, _found(place, work), ("title", "link", "note")),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_propose)
def remove_prior(request: HttpRequest, place: Place, work: str) -> HttpResponse:
    """Ask, then take it out."""
    found = _found(place, work)
    own = found.circle.kind == CircleKind.OWN
    return confirm_page(
        request, place, lambda: actions.take_out_prior(found, by=place), tab=TAB, done=_("Taken out."),
        go=url(place, "prior"), title=_("Take this out?"), label=_("Take it out"),
        lines=[
            found.title,
            _("Only your side could read it: it is deleted.") if own else _("It leaves this page for everybody."),
        ],
        cancel_url=url(place, "prior"), cancel_label=_("Keep it"),
    )  # fmt: skip
