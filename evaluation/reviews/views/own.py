"""What a side's own people said: theirs first, and released by them."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.record.frame import act_and_say, render_record

from .. import actions, queries, reading
from ..models import Round
from ..permissions import can_release_own, reads_own_side, reads_results
from ..states import OwnKind
from ..telling import Telling
from .shown import TAB, go_to, round_of, word_of


@guarded(reads_own_side)
@require_GET
def own_side(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    """How far the own people agree, and head office beside site or field, with what is released of it."""
    round = round_of(place, rid)
    read = reading.read(round, place) if reads_results(place, round) else None
    key = place.own_party.public_id
    if read is None or all(side.key != key for side in read.sides):
        return go_to(round)
    told = Telling(read, queries.instrument_of(round), word=word_of(place))
    side = read.side(key)
    rows = told.inside(key)
    part = queries.own_part(round, place)
    return render_record(
        request,
        place,
        "evaluation/reviews/own.html",
        {
            "round": round,
            "told": told,
            "reading": read,
            "side": side,
            "rows": rows,
            "relay": told.relay(key) if any(row.relay for row in rows) else None,
            "shown": [_shown(round, figures, place) for figures in queries.own_figures(round, place)],
            "is_twin": part is not None and part.is_twin,
            # Groups there are, and none of them is told; nor is then the spread of the whole.
            "is_kept": any((row.people or 0) >= queries.rules().sd_minimum for row in rows)
            and not any(row.relay or row.spread for row in rows),
            "may_release": can_release_own(place) and not read.own_only,
            "comments": sum(said.side == key for said in read.comments),
            "least": queries.minimum(),
            "spread_least": queries.rules().sd_minimum,
            "few_gaps": [row for row in rows if row.divided],
        },
        tab=TAB,
    )


def _shown(round: Round, figures: Any, place: Place) -> dict[str, Any]:
    """One kind of figures: with us alone, released and not opened, or opened by somebody."""
    standing = [bundle for bundle in queries.releases_of(figures) if bundle.recalled_at is None]
    bundle = standing[-1] if standing else None
    own = place.own_party.pk
    opened = bundle is not None and any(opening.party_id != own for opening in bundle.openings.all())
    return {
        "kind": figures.kind,
        "label": figures.get_kind_display(),
        "state": "open" if opened else "released" if bundle is not None else "own",
        "at": bundle.released_at if bundle is not None else None,
        "recall_url": reverse("record:recall_release", args=[round.partnership.public_id, bundle.public_id])
        if bundle is not None and not opened
        else "",
    }


@guarded(can_release_own)
@require_POST
def release_own(request: HttpRequest, place: Place, rid: str) -> HttpResponse:
    round = round_of(place, rid)
    chosen = request.POST.get("kind", "")
    figures = next((each for each in queries.own_figures(round, place) if each.kind == chosen), None)
    if figures is None or chosen not in OwnKind.values:
        raise Http404
    require(round.is_opened)
    act_and_say(
        request,
        lambda: actions.release_own_figures(figures, by=place),
        _("Released. The others read it once they open the release."),
    )
    return go_to(round, "reviews:own")
