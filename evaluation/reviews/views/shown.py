"""What the pages of reviews share."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from lifecycle.communication.queries import ledger
from partnerships.access.guard import require
from partnerships.access.places import Place
from partnerships.access.ready import ReadyHere

from .. import queries
from ..models import Part, Round
from ..permissions import (
    can_lead_part,
    is_own_part,
)

TAB = "reviews"
#: Where on a round's page findings and actions stand.
AGREED = "#agreed"
CLOSED = 409


_ROUND = ReadyHere(
    lambda place, rid: (
        Round.objects.visible_to(place)
        .filter(public_id=rid)
        .select_related("partnership", "circle", "instrument__organisation", "party__organisation")
        # Read once in a process (catalogue's `content`), not again for each round of each page.
        .defer("instrument__content")
    )
)


def round_of(place: Place, rid: str) -> Round:
    """The round of this public id, where this person may see it; 404 otherwise."""
    found = _ROUND(place, rid=rid)
    if not found:
        raise Http404
    return found[0]


def part_of(place: Place, round: Round) -> Part:
    part = queries.own_part(round, place)
    if part is None:
        raise Http404
    require(is_own_part(place, part) and can_lead_part(place))
    part.round = round
    return part


def go_to(round: Round, name: str = "reviews:round") -> HttpResponse:
    return redirect(url_of(round, name))


def url_of(round: Round, name: str = "reviews:round", *args: str) -> str:
    return reverse(name, args=[round.partnership.public_id, round.public_id, *args])


def word_of(place: Place) -> str:
    """What the reader's organisation says: review or evaluation."""
    return str(place.party.organisation.review_word) if place.party is not None else "review"


def drivers(place: Place) -> list[dict[str, Any]]:
    """What each partner says moves it, as this reader may know it: shown at every review (catalogue 10.4)."""
    if not (place.is_partner or place.is_broker):
        return []
    found = ledger(place)
    return [{"party": party, "lines": found[party.pk]} for party in place.partners if found.get(party.pk)]
