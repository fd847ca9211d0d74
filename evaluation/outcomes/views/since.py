"""What the own side got and gave between two reviews: what is there, what is missing, and the way to each."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from evaluation.reviews.models import Round
from evaluation.reviews.states import RoundState
from partnerships import clock
from partnerships.access.guard import guarded
from partnerships.access.places import Place
from partnerships.catalogue.queries import lesson

from .. import actions, queries
from ..permissions import can_speak_for_party, can_work
from .rows import meter_line
from .shown import page, url

_BOUND = {"kind__in": queries.ASKED_AFTER, "state": RoundState.OPENED}


def round_asked(request: HttpRequest, place: Place) -> Round | None:
    """The review whose page led to a form (`?round=`): it fills in the period, and is gone back to."""
    key = request.GET.get("round", "")
    return Round.objects.visible_to(place).filter(public_id=key, **_BOUND).first() if key else None


def back_to(place: Place, round: Round | None, otherwise: str) -> str:
    return url(place, "since", round.public_id) if round is not None else url(place, otherwise)


def first_day_in(place: Place, round: Round | None) -> dict[str, Any]:
    """The period of that review, as a form of what was got begins with."""
    if round is None:
        return {}
    found = queries.since_last(place, round)
    return {"starts_on": found.starts_on, "ends_on": min(found.ends_on, clock.today())}


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_work)
def since(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    """Own side only. Sent: that is all there is to tell."""
    rounds = Round.objects.visible_to(place).filter(**_BOUND)
    round: Round = get_object_or_404(rounds.select_related("instrument"), public_id=rid)
    if request.method == "POST":
        actions.tell_worth(round, by=place)
        return redirect("reviews:round", place.partnership.public_id, round.public_id)
    found = queries.since_last(place, round)
    word = str(place.own_party.organisation.review_word)
    meter = queries.SideMeter(place.own_party, True, values=found.values)
    meter.coordinating = sum((row.coordinating for row in found.hours), meter.coordinating)
    meter.delivering = sum((row.delivering for row in found.hours), meter.delivering)
    meter.hours = meter.coordinating + meter.delivering
    meter.costs = queries.costs_of(found.costs)
    context = {
        "found": found,
        "round": round,
        "title": round.title(word),
        "before": found.before.title(word) if found.before is not None else "",
        "m": meter_line(meter),
        "query": "?" + urlencode({"round": round.public_id}),
        "may_show": can_speak_for_party(place),
        "why": lesson("OC5"),
    }
    return page(request, place, "since", context)
