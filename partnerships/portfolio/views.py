"""The list of one's partnerships."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from ..access.guard import signed_in
from . import queries
from .forms import FilterForm


@require_safe
@signed_in
def list_(request: HttpRequest) -> HttpResponse:
    """Every partnership of the reader, what needs attention first."""
    user: Any = request.user
    form = FilterForm(request.GET or None)
    chosen = form.cleaned_data if form.is_bound and form.is_valid() else {}
    page = queries.page(
        user,
        sort=chosen.get("sort") or "attention",
        stage=chosen.get("stage", ""),
        standing=chosen.get("standing", ""),
        words=chosen.get("words", ""),
        after=request.GET.get("after", ""),
    )
    kept = {k: v for k, v in chosen.items() if v}
    context = {
        "form": form if form.is_bound else FilterForm(),
        "page": page,
        "filtered": bool(kept.keys() - {"sort"}),
        "next_url": "?" + urlencode({**kept, "after": page.next_key}) if page.next_key else "",
        "can_propose": user.memberships.filter(ended_on=None).exists(),
    }
    return render(request, "partnerships/portfolio/list.html", context)
