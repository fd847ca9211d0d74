"""docs/hardening.md: each of its lines names a setting or a test that exists. What had no test has one here."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import global_settings
from django.conf import settings as django_settings
from django.contrib.auth.hashers import get_hasher, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from tests.factories import PASSWORD, make_user, sign_in

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "hardening.md").read_text(encoding="utf-8")
LINES = [line for line in PAGE.splitlines() if line.startswith("| ☐ |") and "---" not in line]
LINES = [line for line in LINES if line.split("|")[2].strip() not in {"what", "who"}]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
SETTING = re.compile(r"`([A-Z][A-Z0-9_]+)`")


def last_cell(line: str) -> str:
    return line.rstrip().rstrip("|").rpartition("|")[2]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.split("|")[2].strip()[:40])
def test_each_line_names_a_setting_or_a_test_that_exists(line: str) -> None:
    held_by = last_cell(line)
    tests, names = TEST.findall(held_by), SETTING.findall(held_by)
    assert tests or names, "nothing holds this line"
    assert held_by.count("`") == 2 * (len(tests) + len(names)), "something else stands between backticks"
    for path, name in tests:
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, f"{path}::{name}"
    own = (ROOT / "config" / "settings.py").read_text(encoding="utf-8")
    for name in names:
        assert hasattr(django_settings, name), name
        assert re.search(rf"^{name}\b", own, re.MULTILINE), f"{name} is left to Django"


def test_the_page_has_its_parts_and_says_what_is_not_so() -> None:
    assert len(LINES) > 35
    for word in ("TLS", "cookies", "HSTS", "content security policy", "keys", "Retention", "Who can read what"):
        assert word in PAGE
    assert PAGE.partition("## Not yet so")[2].count("\n- **") >= 5


# What had no test of its own ------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/account/login/", "/nothing/here/", "/health/live"])
def test_every_answer_carries_its_protection(client: Client, path: str) -> None:
    headers = client.get(path).headers
    policy = {part.split()[0]: part.split()[1:] for part in headers["Content-Security-Policy"].split(";") if part}
    assert policy["default-src"] == ["'self'"]
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert policy["form-action"] == ["'self'"]
    assert not {"script-src", "style-src", "connect-src"} & set(policy)
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert all(f"{name}=()" in headers["Permissions-Policy"] for name in ("camera", "geolocation", "microphone"))


@pytest.mark.django_db
def test_the_sign_in_cookie_is_kept_from_scripts_and_other_sites(client: Client, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = True
    client.post("/account/login/", {"login": make_user().email, "password": PASSWORD}, secure=True)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["secure"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == settings.SESSION_COOKIE_AGE == 14 * 24 * 3600


def test_passwords_are_kept_as_many_rounds_and_weak_ones_refused(settings: Any) -> None:
    # Instead of the fast one that tests use; the installation's settings name none of their own.
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
    assert "PASSWORD_HASHERS" not in (ROOT / "config" / "settings.py").read_text(encoding="utf-8")
    kept = make_password(PASSWORD)
    assert kept.startswith("pbkdf2_sha256$")
    assert int(kept.split("$")[1]) >= 1_000_000
    assert get_hasher().algorithm == "pbkdf2_sha256"
    for weak in ("short", "password123", "1234567890"):
        with pytest.raises(ValidationError):
            validate_password(weak)


@pytest.mark.django_db
def test_a_changed_password_ends_other_sign_ins() -> None:
    user = make_user()
    here, elsewhere = sign_in(Client(), user), sign_in(Client(), user)
    assert elsewhere.get("/me/").status_code == 200
    changed = here.post(
        "/account/password/change/",
        {"oldpassword": PASSWORD, "password1": "a-longer-one-than-before", "password2": "a-longer-one-than-before"},
    )
    assert changed.status_code == 302
    assert here.get("/me/").status_code == 200
    assert elsewhere.get("/me/").status_code == 302


def test_containers_may_write_data_and_nothing_else() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    for name in ("migrate", "web", "worker", "scheduler"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["security_opt"] == ["no-new-privileges:true"]
        assert services[name]["tmpfs"] == ["/tmp"]
