"""One round: what there is to do and to read."""

from __future__ import annotations

import logging
from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from partnerships.access.guard import guarded
from partnerships.access.places import Place
from partnerships.record.frame import render_record

from .. import queries, reading, sealing
from ..models import Part
from ..permissions import (
    can_agree_dates,
    can_hear,
    can_lead_part,
    can_plan_round,
    can_read_reviews,
    can_type_in,
    keeps_log,
    reads_results,
)
from ..states import PartMode, RoundState
from .late import outcome
from .results import begins_with, results
from .shown import TAB, drivers, round_of, word_of

logger = logging.getLogger(__name__)


@guarded(can_read_reviews)
@require_GET
def round_page(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    """What there is to do and to read: dates while it is planned, the own part while it is answered, results after."""
    place = replace(place, kept={})
    # What its results stand beside is read in any case: the round is one of these.
    round = next((each for each in queries.rounds_of(place) if each.public_id == rid), None)
    if round is None or round.state != RoundState.OPENED:
        round = round_of(place, rid)
    locked = False
    if reads_results(place, round):
        try:
            read = reading.read(round, place)
        except sealing.SealError:
            # The day before the opening, and its key is missing.
            logger.exception("own results cannot be opened", extra={"round": round.public_id})
            read, locked = None, True
        if read is not None:
            return results(request, place, round, read)
    part = queries.own_part(round, place)
    consents = {consent.party_id: consent for consent in round.consents.select_related("by")}
    respondent = queries.own_respondent(round, place.user, place.party) if round.state == RoundState.OPEN else None
    agreed_all = all(party.pk in consents for party in place.partners)
    content = queries.instrument_of(round)
    return render_record(
        request,
        place,
        "evaluation/reviews/round.html",
        {
            "round": round,
            "title": round.title(word_of(place)),
            "policy": round.get_policy_display(),
            "count": len(round.statements),
            "added": len(queries.added_codes(round)),
            "whose": round.instrument.organisation,
            "dimensions": [content.dimension(code).title for code in queries.screens(round)],
            "partners": [
                {
                    "party": party,
                    "own": place.party is not None and party.pk == place.party.pk,
                    "agreed": consents.get(party.pk),
                }
                for party in place.partners
            ],
            "may_agree": (
                round.state == RoundState.PLANNED and can_agree_dates(place) and place.own_party.pk not in consents
            ),
            "agreed_all": agreed_all,
            "may_plan": round.state == RoundState.PLANNED and can_plan_round(place),
            "part": part,
            "may_lead": part is not None
            and can_lead_part(place)
            and round.state in {RoundState.PLANNED, RoundState.OPEN},
            "progress": queries.progress(part) if part is not None and part.mode != PartMode.UNDECIDED else None,
            "people": _asked_people(part) if part is not None else [],
            "respondent": respondent,
            "locked": locked or bool(round.trouble),
            "may_type": part is not None
            and part.mode == PartMode.INDIVIDUAL
            and part.destroyed_at is None
            and round.state == RoundState.OPEN
            and can_type_in(place),
            **outcome(round),
            "is_asked": round.state == RoundState.OPEN and round.asked_at is not None,
            "desks": queries.brokers_desks(round, place) if round.state == RoundState.OPEN else [],
            "may_hear": can_hear(place) and round.state != RoundState.CANCELLED,
            "drivers": drivers(place),
            "keeps_log": keeps_log(place),
            **begins_with(place, round, reading.before(round, place), reading.goals(place)),
            "least": queries.minimum(),
        },
        tab=TAB,
    )


def _asked_people(part: Part) -> list[str]:
    """Who was asked, by name; never who has answered."""
    rows = queries.linked(part)
    return sorted(str(row.seat.membership.user) if row.seat is not None else row.email for row in rows)
