"""Comments, which go to their own side first."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.record.frame import act_and_say, render_record

from .. import actions, queries
from ..models import Comment
from ..permissions import (
    can_lead_part,
    takes_part,
)
from ..states import RoundState
from .shown import TAB, go_to, round_of


@guarded(takes_part)
@require_http_methods(["GET", "POST"])
def comments(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    """The own side's comments first come here; it may release them."""
    round = round_of(place, rid)
    if round.state != RoundState.OPENED:
        return go_to(round)
    own = list(
        Comment.objects.visible_to(place.user)
        .filter(part__round=round, party=place.own_party, withdrawn_at=None)
        .select_related("part__round__circle")
        .order_by("statement", "text")
    )
    if request.method == "POST":
        require(can_lead_part(place))
        chosen = set(request.POST.getlist("comment"))
        act_and_say(
            request,
            lambda: actions.release_comments([each for each in own if each.public_id in chosen], by=place),
            _("Released. The others read them once they open the release."),
        )
        return go_to(round, "reviews:comments")
    items = queries.instrument_of(round).by_code
    return render_record(
        request,
        place,
        "evaluation/reviews/comments.html",
        {
            "round": round,
            "title": _("Comments from your side"),
            "rows": [{"comment": each, "statement": items[each.statement].text} for each in own],
            "may_release": can_lead_part(place),
        },
        tab=TAB,
    )
