"""Who took part, and who has been to see whom."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from partnerships.access.guard import guarded
from partnerships.access.places import Place
from partnerships.catalogue.queries import lesson

from .. import queries
from ..permissions import can_answer, can_read
from .shown import show


@require_safe
@guarded(can_read)
def breadth(request: HttpRequest, place: Place) -> HttpResponse:
    """Functions, levels and visits of every partner as a matrix, its gaps first."""
    context = {
        "breadth": queries.breadth_of(place),
        "may_add": can_answer(place),
        "why": lesson("DD6"),
        "why_levels": lesson("OC8"),
    }
    return show(request, place, "breadth", context)
