"""Who is let in to the pages of those who run the installation: User.is_staff, as in Django's admin."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from partnerships.access.guard import asks_who

View = Callable[..., HttpResponseBase]


def staff_only(view: View) -> View:
    """A page of the installation. For everybody else it does not exist."""

    @wraps(view)
    @never_cache
    @asks_who
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_staff:
            raise Http404
        return view(request, *args, **kwargs)

    wrapper.guard = "staff"  # type: ignore[attr-defined]
    return wrapper


class StaffSecondStepMiddleware:
    """Where STAFF_SECOND_STEP says so, staff open the admin and the operations only with a second step at sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> HttpResponse | None:
        """Leads to where a second step is set up; whoever has one was asked for it at sign-in."""
        match = request.resolver_match
        of_staff = getattr(view, "guard", "") == "staff" or (match is not None and match.app_name == "admin")
        if not (settings.STAFF_SECOND_STEP and of_staff and request.user.is_authenticated and request.user.is_staff):
            return None
        if is_mfa_enabled(request.user):
            return None
        messages.info(request, _("Staff of the installation sign in with a second step. Set one up, then come back."))
        return redirect("mfa_index")
