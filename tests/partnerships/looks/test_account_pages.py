"""The pages of signing in: ours, accessible, and they work without a script (passkeys excepted)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from axe_playwright_python.sync_playwright import Axe
from django.core import mail
from django.test import Client
from django.urls import reverse

from partnerships.people.models import User

PASSWORD = "a long enough phrase"
OUT = ["account_login", "account_signup", "account_reset_password", "account_reset_password_done", "account_inactive",
       "account_email_verification_sent"]  # fmt: skip
IN = ["account_email", "account_change_password", "account_logout", "account_reauthenticate", "mfa_index"]
PROVEN = ["mfa_activate_totp", "mfa_add_webauthn", "mfa_list_webauthn"]


@pytest.fixture
def person(transactional_db: None) -> User:
    user = User.objects.create_user("fanta@sahel.example", PASSWORD, name="Fanta Sidibé")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def problems_of(page: Any) -> list[object]:
    return [(p["id"], [n["html"] for n in p["nodes"]]) for p in Axe().run(page).response["violations"]]


@pytest.mark.browser
def test_pages_before_signing_in(live_server: Any, browser: Any, transactional_db: None) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 800})
    for name in OUT:
        page.goto(live_server.url + reverse(name))
        assert problems_of(page) == [], name
        assert page.locator("h1").count() == 1, name
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, name
    page.close()


@pytest.mark.browser
def test_signing_in_and_the_pages_behind(live_server: Any, browser: Any, person: User) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(live_server.url + reverse("account_login"))
    page.get_by_label("Email").fill(person.email)
    page.locator("#id_password").fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    assert page.locator(".cg-errors").count() == 1
    assert problems_of(page) == []
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto(live_server.url + reverse(PROVEN[0]))
    assert "reauthenticate" in page.url, "protecting an account asks for the password once more"
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    for name in [*PROVEN, *IN]:
        if name == IN[0]:
            EmailAddress.objects.create(user=person, email="fanta@home.example", verified=False, primary=False)
        page.goto(live_server.url + reverse(name))
        assert page.url.endswith(reverse(name)), "not sent elsewhere"
        assert problems_of(page) == [], name
        assert page.locator("h1").count() == 1, name
    context.close()


@pytest.mark.browser
def test_a_passkey_that_fails_says_so(live_server: Any, browser: Any, transactional_db: None) -> None:
    page = browser.new_page()
    page.goto(live_server.url + reverse("account_login"))
    failed = page.locator("[data-passkey-failed]")
    assert not failed.is_visible()
    page.evaluate("document.dispatchEvent(new CustomEvent('allauth.error', {cancelable: true}))")
    assert failed.is_visible()
    page.close()


def test_nobody_signs_up_without_an_invitation(client: Client, db: None) -> None:
    answer = client.get(reverse("account_signup"))
    assert "You come in by invitation" in answer.content.decode()


def test_a_forgotten_password(client: Client, person: User) -> None:
    client.post(reverse("account_reset_password"), {"email": person.email})
    (sent,) = mail.outbox
    assert "choose one" in sent.body
    (address,) = re.findall(r"http://testserver(/\S+)", sent.body)
    html = str(sent.alternatives[0][0])
    assert address in html
    assert "<img" not in html
    first = client.get(address, follow=True)
    assert "Choose a new password" in first.content.decode()
    changed = client.post(
        first.redirect_chain[-1][0],
        {"password1": "another long phrase", "password2": "another long phrase"},
        follow=True,
    )
    assert "Your new password is saved" in changed.content.decode()
    assert client.login(email=person.email, password="another long phrase")


def test_an_unknown_address_learns_nothing_on_the_page(client: Client, db: None) -> None:
    answer = client.post(reverse("account_reset_password"), {"email": "nobody@nowhere.example"}, follow=True)
    assert "Look into your mail" in answer.content.decode()
    assert "There is no account with it" in mail.outbox[0].body
    assert "signup" not in mail.outbox[0].body


def test_the_app_and_its_recovery_codes(client: Client, person: User, settings: Any) -> None:
    settings.MFA_TOTP_TOLERANCE = 1
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.get(reverse("mfa_activate_totp"))
    secret = client.session["mfa.totp.secret"]
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    answer = client.post(reverse("mfa_activate_totp"), {"code": code}, follow=True)
    assert answer.status_code == 200
    page = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert page.count("<code>") == 10
    assert "10 of 10 left" in client.get(reverse("mfa_index")).content.decode()
    assert client.get(reverse("mfa_generate_recovery_codes")).status_code == 200
    assert client.get(reverse("mfa_deactivate_totp")).status_code == 200
    client.logout()
    asked = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD}, follow=True)
    assert "One more proof" in asked.content.decode()
