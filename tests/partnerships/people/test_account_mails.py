"""Mails that somebody waits for, of sign-in and password: sent at once, or said at once that they cannot be."""

from __future__ import annotations

import smtplib
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from tests.factories import make_user

pytestmark = pytest.mark.django_db
RESET = "/account/password/reset/"


@pytest.fixture
def client() -> Client:
    cache.clear()
    return Client(raise_request_exception=False)


def fails(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def send(*args: Any, **kwargs: Any) -> None:
        raise error

    monkeypatch.setattr(mail.EmailMessage, "send", send)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        smtplib.SMTPServerDisconnected("gone"),
        smtplib.SMTPDataError(451, b"no"),
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_who_asks_for_a_new_password_is_told_that_no_mail_can_be_sent_now(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: Exception, known: bool
) -> None:
    address = make_user().email if known else "nobody@example.org"
    fails(monkeypatch, error)
    answer = client.post(RESET, {"email": address})
    assert answer.status_code == 503
    said = answer.content.decode()
    assert "Mails cannot be sent for a moment" in said
    assert 'class="btn' in said


def test_an_address_that_the_mail_server_refuses_is_answered_as_any_other(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = make_user().email
    fails(monkeypatch, smtplib.SMTPRecipientsRefused({address: (550, b"no such mailbox")}))
    answer = client.post(RESET, {"email": address})
    assert answer.status_code == 302
    assert client.post(RESET, {"email": "nobody@example.org"})["Location"] == answer["Location"]
