"""Settings as an installation meets them: from the environment, safe where nothing is said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.factories import PASSWORD, make_user

ROOT = Path(__file__).resolve().parents[2]


def installed(var: Path, names: str, **environment: str) -> Any:
    """These settings, as a process of an installation with this environment reads them."""
    code = (
        "import json; from django.conf import settings;"
        f"print(json.dumps({{n: getattr(settings, n) for n in {names.split()!r}}}, default=str))"
    )
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={
            **clean,
            "CG_VAR": str(var),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SECRET_KEY": "k",
            **environment,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(answer.stdout)


def test_nothing_said_is_safe(tmp_path: Path) -> None:
    got = installed(tmp_path, "DEBUG DATABASES EMAIL_BACKEND")
    assert got["DEBUG"] is False
    options = got["DATABASES"]["default"]["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert options["timeout"] == 20
    assert "journal_mode=WAL" in options["init_command"]
    assert "synchronous=FULL" in options["init_command"]
    assert got["EMAIL_BACKEND"].endswith("filebased.EmailBackend")


def test_keys_come_from_their_files_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    for name in ("secret", "link", "seal"):
        (tmp_path / "keys" / name).write_text(f"{name} from file\n")
    got = installed(tmp_path, "SECRET_KEY LINK_KEY SEAL_KEYS", LINK_KEY="from environment")
    assert got == {"SECRET_KEY": "k", "LINK_KEY": "from environment", "SEAL_KEYS": "seal from file"}


def test_without_keys_nothing_starts_on_a_known_one(tmp_path: Path) -> None:
    got = installed(tmp_path, "LINK_KEY SEAL_KEYS")
    assert got == {"LINK_KEY": "", "SEAL_KEYS": ""}


def test_https_brings_its_protection(tmp_path: Path) -> None:
    names = "SECURE_SSL_REDIRECT SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE SECURE_HSTS_SECONDS"
    assert all(installed(tmp_path, names, SITE_URL="https://cg.example/").values())
    assert not any(installed(tmp_path, names).values())


def test_servers_come_from_the_environment(tmp_path: Path) -> None:
    got = installed(
        tmp_path,
        "DATABASES CACHES CELERY_BROKER_URL",
        DATABASE_URL="postgres://cg@db.example:5433/cg",
        REDIS_URL="unix:///run/cg/valkey.sock",
    )
    assert got["DATABASES"]["default"]["ENGINE"] == "django.db.backends.postgresql"
    assert got["DATABASES"]["default"]["PORT"] == 5433
    assert got["CACHES"]["default"]["LOCATION"] == "unix:///run/cg/valkey.sock"
    assert got["CELERY_BROKER_URL"] == "redis+socket:///run/cg/valkey.sock"


def test_behind_a_proxy_the_limits_count_each_reader(tmp_path: Path) -> None:
    assert installed(tmp_path, "ALLAUTH_TRUSTED_PROXY_COUNT")["ALLAUTH_TRUSTED_PROXY_COUNT"] == 0
    behind = installed(tmp_path, "ALLAUTH_TRUSTED_PROXY_COUNT", BEHIND_PROXY="1")
    assert behind["ALLAUTH_TRUSTED_PROXY_COUNT"] == 1


@pytest.mark.django_db
def test_who_tries_passwords_shuts_the_door_for_nobody_else(client: Client, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    user = make_user()

    def sign_in_from(address: str, email: str, password: str) -> int:
        # What the reader claims stands before what the proxy saw.
        came = {"X-Forwarded-For": f"10.0.0.{len(email)}, {address}"}
        return client.post("/account/login/", {"login": email, "password": password}, headers=came).status_code

    for number in range(12):
        sign_in_from("198.51.100.7", f"nobody{number}@example.org", "wrong")
    assert sign_in_from("198.51.100.7", user.email, PASSWORD) != 302
    assert sign_in_from("203.0.113.9", user.email, PASSWORD) == 302
