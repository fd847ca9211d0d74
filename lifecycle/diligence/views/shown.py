"""What its pages share."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from partnerships.access.places import Place
from partnerships.record.frame import render_record
from partnerships.record.models import Party

TAB = "diligence"


def go(place: Place, name: str, *args: str) -> HttpResponse:
    return redirect(f"diligence:{name}", place.partnership.public_id, *args)


def url(place: Place, name: str, *args: str) -> str:
    return reverse(f"diligence:{name}", args=[place.partnership.public_id, *args])


def show(request: HttpRequest, place: Place, name: str, context: dict[str, Any]) -> HttpResponse:
    return render_record(request, place, f"lifecycle/diligence/{name}.html", context, tab=TAB)


def form_here(request: HttpRequest, place: Place, **context: Any) -> HttpResponse:
    return render_record(request, place, "components/form_record_page.html", context, tab=TAB)


def is_taken(request: HttpRequest) -> bool:
    """Whether a file leaves the house by this request: a HEAD asks about it and takes nothing, so it is no act."""
    return request.method == "GET"


def told_of(place: Place, decisions: Container[int]) -> list[Party]:
    """Whose decision a page tells of: every partner's that is in; to one that left, its own (`decisions_told`)."""
    if place.is_partner or place.is_broker:
        return list(place.partners)
    return [p for p in place.parties if p.pk in decisions]


def partner_of(place: Place, public_id: str) -> Party:
    """A partner that is still in: whom answers are about."""
    found = next((p for p in place.partners if p.public_id == public_id), None)
    if found is None:
        raise Http404
    return found


def partner_ever(place: Place, public_id: str) -> Party:
    """A partner, those that left included: what was written about one is still there."""
    found = next((p for p in place.parties if p.role == "partner" and p.public_id == public_id), None)
    if found is None:
        raise Http404
    return found
