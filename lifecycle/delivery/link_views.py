"""The one page that a mail's link opens: a commitment, to say that it is done, or to confirm it. Without signing in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from partnerships.access.guard import public
from partnerships.access.places import Place
from partnerships.notices import links
from partnerships.notices.links import LinkRefused
from partnerships.notices.models import MailLink
from partnerships.record.frame import note_errors

from . import actions, queries
from .forms import ConfirmForm, DeliverForm
from .kinds import CONFIRM_LINK, DELIVER_LINK
from .models import Commitment
from .pages import bound
from .permissions import can_confirm, can_deliver, is_another_partner, owes

WHY_PUBLIC = "from a reminder mail, on a phone, without a password; the link opens one commitment for one person, once"


def _refused(request: HttpRequest, reason: str) -> HttpResponse:
    return render(request, "partnerships/people/link_refused.html", {"reason": reason}, status=410)


def _open(
    request: HttpRequest,
    token: str,
    purpose: str,
    allowed: Callable[[Place, Commitment], bool],
    possible: Callable[[Place, Commitment], bool],
    page: Callable[[HttpRequest, MailLink, Commitment, Place], HttpResponse],
) -> HttpResponse:
    """Find what the link stands for, as its reader may see it now, in the reader's language."""
    try:
        link = links.look(purpose, token)
    except LinkRefused as refused:
        return _refused(request, refused.reason)
    found = actions.place_of_link(link)
    # Whoever has no seat any more, or changed sides, is told no more than of a wrong link.
    if found is None or link.user is None or not allowed(found[1], found[0]):
        return _refused(request, "wrong")
    commitment, place = found
    with translation.override(link.user.language):
        if not possible(place, commitment):
            context = {"words": actions.state_words(commitment)}
            return render(request, "lifecycle/delivery/link_closed.html", context, status=410)
        try:
            return page(request, link, commitment, place)
        except LinkRefused as refused:
            return _refused(request, refused.reason)


def _page(
    request: HttpRequest,
    form: forms.Form,
    act: Callable[[], object],
    context: dict[str, Any],
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            act()
        except ValidationError as error:
            note_errors(form, error)
        else:
            return redirect("delivery:link_done")
    return render(request, "lifecycle/delivery/by_link.html", {"form": form, **context})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@public(WHY_PUBLIC)
def deliver_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The owner's person ticks a commitment from the mail. Opening the page does nothing."""

    def page(request: HttpRequest, link: MailLink, commitment: Commitment, place: Place) -> HttpResponse:
        form = DeliverForm(**bound(request))
        return _page(
            request,
            form,
            lambda: actions.deliver_by_link(
                link, commitment, by=place, note=form.cleaned_data["note"], upload=form.cleaned_data["upload"]
            ),
            {"commitment": commitment, "place": place, "is_delivery": True},
        )

    return _open(request, token, DELIVER_LINK, owes, can_deliver, page)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@public(WHY_PUBLIC)
def confirm_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """A person of another partner confirms it from the mail, or says what is missing."""

    def page(request: HttpRequest, link: MailLink, commitment: Commitment, place: Place) -> HttpResponse:
        form = ConfirmForm(**bound(request))

        def act() -> None:
            data = form.cleaned_data
            if data["answer"] == ConfirmForm.NOT_YET:
                actions.refuse_by_link(link, commitment, by=place, why=data["note"])
            else:
                actions.confirm_by_link(link, commitment, by=place, note=data["note"], upload=data["upload"])

        last = queries.last_delivery(commitment, place.user)
        return _page(request, form, act, {"commitment": commitment, "place": place, "last": last})

    return _open(request, token, CONFIRM_LINK, is_another_partner, can_confirm, page)


@require_safe
@public("where the two pages before lead once they were sent; it says thank you, and nothing of any record")
def link_done(request: HttpRequest) -> HttpResponse:
    return render(request, "lifecycle/delivery/link_done.html")
