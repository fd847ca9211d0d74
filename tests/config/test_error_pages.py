"""The pages for what goes wrong, in a real browser: accessible, under the strict policy, wide and narrow."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import path

from config import errors, urls
from partnerships.documents.storage import StoreAway
from partnerships.notices.delivery import Unreachable

NAMES = ["400", "413", "403", "csrf", "404", "429", "500", "503", "503-files", "503-mails"]


def away(request: HttpRequest, error: type[Exception]) -> HttpResponse:
    """As Django asks for it: while the error is being handled."""
    try:
        raise error
    except error:
        return errors.server_error(request)


def show(request: HttpRequest, name: str) -> HttpResponse:
    """The page that goes with a name, as its handler makes it."""
    pages = {
        "400": lambda: errors.bad_request(request),
        "413": lambda: errors.bad_request(request, RequestDataTooBig()),
        "403": lambda: errors.forbidden(request, PermissionDenied()),
        "csrf": lambda: errors.csrf_failure(request),
        "404": lambda: errors.not_found(request),
        "429": lambda: errors.too_many(request),
        "500": lambda: errors.server_error(request),
        "503": lambda: away(request, OperationalError),
        "503-files": lambda: away(request, StoreAway),
        "503-mails": lambda: away(request, Unreachable),
    }
    return pages[name]()


urlpatterns = [path("error/<str:name>", show), *urls.urlpatterns]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("name", NAMES)
def test_each_is_accessible_and_fits(live_server: Any, browser: Any, name: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    said: list[str] = []
    # The status itself is an "error" to the console; what the policy blocks is one to us.
    page.on("console", lambda message: said.append(message.text) if "status of" not in message.text else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{live_server.url}/error/{name}")
    problems = Axe().run(page).response["violations"]
    assert [(problem["id"], [node["html"] for node in problem["nodes"]]) for problem in problems] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.get_by_role("heading", level=1).count() == 1
    page.close()
    assert said == []
