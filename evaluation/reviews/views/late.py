"""A partner that never hands in: what was agreed for it, and the word of the others where they are asked."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.record.frame import act_and_say, render_record

from .. import actions, queries
from ..models import EXTENSIONS_MAX, Round
from ..permissions import can_agree_dates, can_plan_round, can_read_reviews
from ..states import RoundState
from .shown import TAB, go_to, part_of, round_of, word_of


@guarded(can_read_reviews)
@require_http_methods(["GET", "POST"])
def late(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    round = round_of(place, rid)
    if request.method == "POST":
        require(can_agree_dates(place))
        part, without = part_of(place, round), request.POST.get("without") == "yes"
        act_and_say(
            request,
            lambda: actions.say_without(part, without, by=place),
            _("Your word is noted."),
        )
        return go_to(round, "reviews:late")
    rows = queries.asked_without(round)
    return render_record(
        request,
        place,
        "evaluation/reviews/late.html",
        {
            "round": round,
            "title": _("If a partner has not handed in"),
            "round_title": round.title(word_of(place)),
            "policy": round.get_policy_display(),
            "rows": rows,
            "missing": [row.party for row in rows if not row.is_in],
            "is_missing": any(not row.is_in and row.party == place.party for row in rows),
            "may_say": can_agree_dates(place)
            and any(row.is_in and row.says is None and row.party == place.party for row in rows),
            "may_plan": round.state == RoundState.PLANNED and can_plan_round(place),
            "left": EXTENSIONS_MAX - round.extensions,
            "until": round.asked_until,
            **outcome(round),
        },
        tab=TAB,
    )


def outcome(round: Round) -> dict[str, Any]:
    """What became of a partner that had not handed in, once that is settled."""
    return {
        "went_without": queries.went_without(round),
        "cancelled_late": round.state == RoundState.CANCELLED and queries.was_cancelled_late(round),
    }
