"""The inbox, and which messages one gets by mail."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import clock
from ..access.guard import signed_in
from ..looks.typed import number
from . import mails
from .forms import PreferencesForm
from .models import Notice, NoticePreference

PAGE = 50


@require_safe
@signed_in
def inbox(request: HttpRequest) -> HttpResponse:
    """One's messages, newest first."""
    user: Any = request.user
    rows = Notice.objects.visible_to(user).order_by("-pk")
    if before := number(request.GET.get("before")):
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE + 1])
    titles = mails.record_names(found)
    waits = mails.titles_of(found, user)
    shown = [
        {
            "notice": n,
            "line": mails.in_app(
                n, record=titles.get(n.partnership_id or 0, ""), waits=waits.get(n.work_item_id or 0, "")
            ),
        }
        for n in found[:PAGE]
    ]
    context = {"rows": shown, "older": found[PAGE - 1].pk if len(found) > PAGE else None}
    return render(request, "partnerships/notices/inbox.html", context)


@require_POST
@signed_in
def read(request: HttpRequest, notice: str) -> HttpResponse:
    """Mark a message as read and go where it leads."""
    user: Any = request.user
    found = get_object_or_404(Notice.objects.visible_to(user), public_id=notice)
    if found.read_at is None:
        Notice.objects.visible_to(user).filter(pk=found.pk).update(read_at=clock.now())
    return redirect(found.path if found.path.startswith("/") else "notices:inbox")


@require_POST
@signed_in
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all as read."""
    user: Any = request.user
    Notice.objects.visible_to(user).filter(read_at=None).update(read_at=clock.now())
    return redirect("notices:inbox")


@require_http_methods(["GET", "POST"])
@signed_in
def settings(request: HttpRequest) -> HttpResponse:
    """At once, once a day, or not by mail: a choice a kind."""
    user: Any = request.user
    chosen = dict(NoticePreference.objects.filter(user=user).values_list("kind", "delivery"))
    form = PreferencesForm(request.POST or None, chosen=chosen)
    if request.method == "POST" and form.is_valid():
        for kind, delivery in form.cleaned_data.items():
            NoticePreference.objects.update_or_create(user=user, kind=kind, defaults={"delivery": delivery})
        messages.success(request, _("Saved."))
        return redirect("notices:settings")
    context = {
        "title": _("Which messages you get by mail"),
        "lede": _("Everything stands in your messages here in any case. Invitations and security always come by mail."),
        "form": form,
        "label": _("Save"),
        "cancel_url": reverse("notices:inbox"),
    }
    return render(request, "partnerships/notices/settings.html", context)
