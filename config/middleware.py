"""What every request carries: an id for the logs, and the reader's own language."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers

_request_id: ContextVar[str] = ContextVar("request_id", default="-")
_SAFE_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
GetResponse = Callable[[HttpRequest], HttpResponse]


def current_request_id() -> str:
    """The id that the logs of this request, or task, carry; "-" outside of both."""
    return _request_id.get()


def begin(request_id: str) -> None:
    """From here on the logs carry this id, until the next request or task begins."""
    _request_id.set(request_id)


class RequestIdFilter(logging.Filter):
    """Puts the current request's id on every log line."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = _request_id.get()
        return True


class RequestIdMiddleware:
    """Takes the proxy's request id, or makes one, and sends it back."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _SAFE_ID.fullmatch(given) else secrets.token_hex(8)
        # Never reset: Django logs a 4xx or 5xx after the last middleware has returned.
        begin(request_id)
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


class PlainAddressMiddleware:
    """400 where an address holds a NUL: none of ours does, and PostgreSQL answers a search for it with an error."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("a NUL in the address")
        return self.get_response(request)


class KeepNothingMiddleware:
    """What a page does not say otherwise about itself is kept nowhere: no proxy, no disk, no Back after signing out."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response


class PersonLanguageMiddleware:
    """A signed-in person reads in the language and the time zone they chose, on every device."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            translation.activate(user.language)
            request.LANGUAGE_CODE = translation.get_language() or "en"
            with timezone.override(user.time_zone):
                return self.get_response(request)
        return self.get_response(request)
