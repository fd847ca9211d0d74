"""Our own pages for what goes wrong: each says what happened, what was kept, and what to do next."""

from __future__ import annotations

import logging
import sys

from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from partnerships.documents.storage import StoreAway
from partnerships.notices.delivery import Unreachable

from .middleware import current_request_id

logger = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: also what a form gets that is larger than we take."""
    too_large = isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent)
    return render(request, "400.html", {"too_large": too_large}, status=413 if too_large else 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the reason only where a view of ours gave one for the person to read."""
    said = exception.args[0] if isinstance(exception, PermissionDenied) and exception.args else ""
    return render(request, "403.html", {"reason": said}, status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form that did not come from a page of ours, or from one left open over a sign-in."""
    said = _("This page was open for too long, or in another window, before the form was sent.")
    return render(request, "403.html", {"reason": said, "form_lost": True}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: the same for what is not there and what this reader may not know of."""
    return render(request, "404.html", status=404)


def too_many(request: HttpRequest) -> HttpResponse:
    """429: allauth's rate limits answer with this."""
    return render(request, "429.html", status=429)


#: Seconds after which a proxy, or a program, may ask again where one of these was away.
RETRY_AFTER = 10
#: What comes back by itself, by the error that says it is away.
AWAY: dict[tuple[type[Exception], ...], str] = {
    (OperationalError, InterfaceError): "database",
    (StoreAway,): "files",
    (Unreachable,): "mails",
}


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 where the database, the store of files or the mail server is away and will be back: uses neither
    database nor session; plain text if even the template fails.
    """
    error = sys.exc_info()[1]
    away = next((name for kinds, name in AWAY.items() if isinstance(error, kinds)), "")
    status, headers = (503, {"Retry-After": str(RETRY_AFTER)}) if away else (500, {})
    try:
        context = {"request_id": current_request_id(), "away": away}
        page = render_to_string(f"{status}.html", context)
    except Exception:
        logger.exception("The page for errors could not be made")
        return HttpResponse(
            _("Something went wrong on our side."),
            status=status,
            headers=headers,
            content_type="text/plain; charset=utf-8",
        )
    return HttpResponse(page, status=status, headers=headers)
