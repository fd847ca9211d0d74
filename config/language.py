"""The language switch at the foot of every page."""

from __future__ import annotations

from contextlib import suppress

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.views.i18n import set_language

from partnerships.access.guard import public
from partnerships.people.actions import choose_language


@public("who cannot sign in yet also wishes to read")
def choose(request: HttpRequest) -> HttpResponseBase:
    """Django's own switch keeps it in a cookie; a signed-in person's choice holds on every device, and in mails."""
    if request.method == "POST" and request.user.is_authenticated:
        with suppress(ValidationError):
            choose_language(request.user, request.POST.get("language", ""))
    return set_language(request)
