"""The pages for what goes wrong, as a reader gets them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError, connection
from django.test import Client, RequestFactory

from config import errors


def page(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.django_db
def test_what_is_not_there_has_our_page(client: Client) -> None:
    answer = client.get("/no/such/page")
    assert answer.status_code == 404
    assert "<h1>" in page(answer)
    assert "Go to what waits for you" in page(answer)


@pytest.mark.django_db
def test_a_form_that_lost_its_token_says_what_to_do() -> None:
    answer = Client(enforce_csrf_checks=True).post("/language/", {"language": "fr"})
    assert answer.status_code == 403
    assert "Nothing was changed" in page(answer)


def test_a_reason_of_ours_is_shown_and_no_other(rf: RequestFactory) -> None:
    assert "Only leads sign" in page(errors.forbidden(rf.get("/"), PermissionDenied("Only leads sign.")))
    assert "secret" not in page(errors.forbidden(rf.get("/"), Exception("secret")))


def test_a_request_that_is_too_large_is_told_so(rf: RequestFactory) -> None:
    answer = errors.bad_request(rf.get("/"), RequestDataTooBig("5 MB"))
    assert answer.status_code == 413
    assert "too large" in page(answer)
    assert errors.bad_request(rf.get("/"), None).status_code == 400


@pytest.mark.django_db
def test_a_form_over_the_limit_is_told_so_by_the_real_way(client: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    answer = client.post("/language/", {"language": "fr", "next": "/" + "x" * 200}, "application/x-www-form-urlencoded")
    assert answer.status_code == 413


def test_the_page_for_errors_asks_no_database(rf: RequestFactory) -> None:
    """No database mark: a query would raise."""
    request = rf.get("/")
    answer = errors.server_error(request)
    assert answer.status_code == 500
    assert "Something went wrong on our side" in page(answer)
    assert connection.queries == []


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_is_away_says_so_and_when_to_come_back(rf: RequestFactory, error: type[Exception]) -> None:
    try:
        raise error("server closed the connection unexpectedly")
    except error:
        answer = errors.server_error(rf.get("/"))
    assert answer.status_code == 503
    assert answer["Retry-After"] == "10"
    assert "cannot be reached for a moment" in page(answer)
    assert 'class="btn btn-primary"' in page(answer)


def test_the_page_for_errors_survives_its_own_template(rf: RequestFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> str:
        raise RuntimeError

    monkeypatch.setattr(errors, "render_to_string", broken)
    assert page(errors.server_error(rf.get("/"))) == "Something went wrong on our side."


@pytest.mark.django_db
def test_too_many_tries_at_signing_in_get_our_page(client: Client, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "1/m/ip", "login": "1/m/ip"}
    for _ in range(3):
        answer = client.post("/account/login/", {"login": "someone@ngo.example", "password": "wrong-wrong"})
    assert answer.status_code == 429
    assert "wait five minutes" in page(answer)
