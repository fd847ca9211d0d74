"""The joint session on a screen that all look at: one dimension or statement at a time, in large type."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from partnerships.access.guard import guarded
from partnerships.access.places import Place
from partnerships.record.frame import render_record

from .. import queries, reading
from ..models import Round
from ..permissions import can_read_reviews
from ..states import RoundState
from ..telling import Telling
from .shown import TAB, go_to, round_of, url_of, word_of


@guarded(can_read_reviews)
@require_GET
@never_cache
def session(request: HttpRequest, place: Place, rid: str, step: str = "") -> HttpResponse:
    """What all readers of the round may see alike, and nothing that is for one side alone; asked anew at each step."""
    round = round_of(place, rid)
    read = reading.read(round, place) if round.state == RoundState.OPENED else None
    if read is None:
        return go_to(round)
    told = Telling(read.shared(), queries.instrument_of(round), word=word_of(place))
    steps = ["", *_steps(told)]
    if step not in steps:
        raise Http404
    at = steps.index(step)
    row = told.reading.row(step) if step else None
    return render_record(
        request,
        place,
        "evaluation/reviews/session.html",
        {
            "round": round,
            "told": told,
            "row": row,
            "step": step,
            "name": told.name_of(step) if step else "",
            "is_dimension": row is not None and row.code == row.dimension,
            "dimension": told.dimension(row.dimension) if row is not None else "",
            "picture": told.alone(row) if row is not None else None,
            "gap": told.gap_text(row) if row is not None else "",
            "figures": told.figures(row) if row is not None else [],
            "notes": told.notes_of(row) if row is not None else [],
            "list": [{"name": told.name_of(code), "url": _url(round, code)} for code in steps[1:]] if not step else [],
            "at": at,
            "of": len(steps) - 1,
            "back": _url(round, steps[at - 1]) if at else "",
            "ahead": _url(round, steps[at + 1]) if at + 1 < len(steps) else "",
            "start": _url(round, ""),
            "leave": url_of(round),
        },
        tab=TAB,
    )


def _steps(told: Telling) -> list[str]:
    """The dimensions, the widest gap first, then each statement likewise."""
    return [row.code for row in told.reading.dimensions if row.means] + [row.code for row in told.by_gap()]


def _url(round: Round, step: str) -> Any:
    return url_of(round, "reviews:session_step", step) if step else url_of(round, "reviews:session")
