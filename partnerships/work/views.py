"""Home: what waits for me, what waits for others, what comes. The calendar, as page and as feed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from .. import clock
from ..access.guard import public, signed_in
from ..notices.links import LinkRefused
from . import actions, queries
from .models import WorkItem
from .sections import sections


@require_safe
@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """The first page of every day."""
    user: Any = request.user
    context = queries.home(user, whole=request.GET.get("all", "")) | {
        "today": clock.today(user.time_zone),
        "sections": sections(user),
        # Who belongs to an organisation; its name stands in the bar anyway.
        "can_propose": bool(user.organisation_name),
    }
    return render(request, "partnerships/work/home.html", context)


@require_POST
@signed_in
def nudge(request: HttpRequest, item: str) -> HttpResponse:
    """Send a reminder of something that one waits for."""
    user: Any = request.user
    row = get_object_or_404(
        WorkItem.objects.waiting_for_others(user).select_related("partnership", "party", "person"), public_id=item
    )
    try:
        actions.nudge(row)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("A reminder is on its way."))
    return redirect(request.POST.get("next", "") if request.POST.get("next", "").startswith("/p/") else "work:home")


@require_safe
@signed_in
def calendar(request: HttpRequest) -> HttpResponse:
    """Everything with a date, by month."""
    user: Any = request.user
    context = {"months": queries.calendar(user), "feed_url": queries.feed_url(user)}
    return render(request, "partnerships/work/calendar.html", context)


@require_POST
@signed_in
def renew_feed(request: HttpRequest) -> HttpResponse:
    """Void the feed's address and make a new one."""
    user: Any = request.user
    queries.void_feed(user)
    messages.success(request, _("The old address has stopped working. Subscribe with the new one."))
    return redirect("work:calendar")


@require_safe
@public("calendar programs cannot sign in; the address is signed and can be voided")
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar as iCal, without content beyond what home shows."""
    try:
        user = queries.feed_owner(token)
    except LinkRefused as refused:
        raise Http404 from refused
    response = HttpResponse(queries.feed(user), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="common-ground.ics"'
    response["Cache-Control"] = "private, no-store"
    return response
