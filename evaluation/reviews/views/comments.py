"""Comments, which go to their own side first."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.documents.queries import releases_of
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
    """The own side's comments first come here; it may release them, and sees which are and who opened them."""
    round = round_of(place, rid)
    if round.state != RoundState.OPENED:
        return go_to(round)
    own = list(
        Comment.objects.visible_to(place.user)
        .filter(part__round=round, party=place.own_party, withdrawn_at=None)
        .select_related("part__round__circle")
        .order_by("statement", "text")
    )
    shown = releases_of(Comment._meta.label_lower, [each.pk for each in own], place)
    # What was recalled from those who had not opened it may be released anew; who had opened it still reads it.
    free = [each for each in own if all(one.release.recalled_at is not None for one in shown.get(each.pk, ()))]
    if request.method == "POST":
        require(can_lead_part(place))
        chosen = set(request.POST.getlist("comment"))
        act_and_say(
            request,
            lambda: actions.release_comments([each for each in own if each.public_id in chosen], by=place),
            _("Released. The others read them once they open the release."),
        )
        return go_to(round, "reviews:comments")
    items, may_release = queries.instrument_of(round).by_code, can_lead_part(place)
    return render_record(
        request,
        place,
        "evaluation/reviews/comments.html",
        {
            "round": round,
            "title": _("Comments from your side"),
            "rows": [
                {
                    "comment": each,
                    "statement": items[each.statement].text,
                    "shown": shown.get(each.pk, ()),
                    "may_release": may_release and each in free,
                }
                for each in own
            ],
            "may_release": may_release and bool(free),
        },
        tab=TAB,
    )
