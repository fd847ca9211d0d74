"""The floor: what a bare Django view costs behind the same middleware, in the same processes."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string

from .models import FloorNote, FloorRow

ROWS = 50


@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """(b) Session sign-in, one indexed query, 50 rows of 7 columns."""
    user: Any = request.user
    rows = FloorRow.objects.filter(owner=user.pk).order_by("due_on", "id")[:ROWS]
    return HttpResponse(render_to_string("bench/list.html", {"rows": rows}))


@login_required
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """(d) Session sign-in and a detail page with 4 queries: the row, its notes, its neighbours, a count."""
    user: Any = request.user
    row = get_object_or_404(FloorRow, pk=pk, owner=user.pk)
    context = {
        "row": row,
        "notes": FloorNote.objects.filter(row=row).order_by("-at")[:20],
        "next": FloorRow.objects.filter(owner=user.pk, due_on__gte=row.due_on).order_by("due_on", "id")[:10],
        "count": FloorNote.objects.filter(row=row).count(),
    }
    return HttpResponse(render_to_string("bench/detail.html", context))
