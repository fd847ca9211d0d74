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
from .lines import lines


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
        sector=chosen.get("sector", ""),
        after=request.GET.get("after", ""),
    )
    kept = {k: v for k, v in chosen.items() if v}
    context = {
        "form": form if form.is_bound else FilterForm(),
        "page": page,
        "lines": lines(page.rows),
        "filtered": bool(kept.keys() - {"sort"}),
        "next_url": "?" + urlencode({**kept, "after": page.next_key}) if page.next_key else "",
        # Who belongs to an organisation; its name stands in the bar anyway.
        "can_propose": bool(user.organisation_name),
    }
    return render(request, "partnerships/portfolio/list.html", context)
