"""Where scoping stands."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from partnerships.access.guard import guarded
from partnerships.access.places import Place

from ..permissions import can_read
from . import board
from .shown import page


@require_safe
@guarded(can_read)
def overview(request: HttpRequest, place: Place) -> HttpResponse:
    """Where scoping stands: what is done, whose turn it is, and the way to each piece."""
    return page(request, place, "overview", {"board": board.board(place)})
