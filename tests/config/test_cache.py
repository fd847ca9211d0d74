"""The cache while its server is away: pages go on, and limits still count."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from config.cache import AWAY_SECONDS, SharedCache
from tests.factories import PASSWORD, make_user


@pytest.fixture
def away(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """A server that takes connections and says nothing; gives how often it was asked."""
    asked: list[int] = []
    connect = socket.socket.connect

    def counted(own: socket.socket, address: Any) -> None:
        if address == server.getsockname():
            asked.append(1)
        connect(own, address)

    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(SharedCache, "away_until", 0.0)
        monkeypatch.setattr(socket.socket, "connect", counted)
        settings.CACHES = {
            "default": {
                "BACKEND": "config.cache.SharedCache",
                "LOCATION": f"redis://127.0.0.1:{server.getsockname()[1]}/0",
                "OPTIONS": {"socket_timeout": 0.2, "socket_connect_timeout": 0.2},
            }
        }
        yield asked


def test_each_process_counts_for_itself_and_asks_once(away: list[int]) -> None:
    cache.set("tries", 1)
    asked = len(away)
    assert asked > 0
    assert cache.incr("tries") == 2
    assert cache.get("tries") == 2
    assert cache.add("tries", 9) is False
    assert "tries" in cache
    cache.set_many({"a": 1, "b": 2})
    assert cache.get_many(["a", "b"]) == {"a": 1, "b": 2}
    cache.delete_many(["a", "b"])
    cache.delete("tries")
    assert cache.get("tries") is None
    assert len(away) == asked, "one page waits for it once"


def test_the_server_is_asked_again_later(away: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    cache.set("tries", 1)
    asked = len(away)
    monkeypatch.setattr(SharedCache, "away_until", SharedCache.away_until - AWAY_SECONDS)
    assert cache.get("tries") == 1
    assert len(away) > asked


@pytest.mark.django_db
def test_people_sign_in_and_guessing_is_still_limited(away: list[int], client: Client, settings: Any) -> None:
    person = make_user()
    assert client.post("/account/login/", {"login": person.email, "password": PASSWORD}).status_code == 302
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "1/m/ip", "login": "1/m/ip"}
    for _ in range(3):
        answer = Client().post("/account/login/", {"login": "someone@ngo.example", "password": "wrong-wrong"})
    assert answer.status_code == 429
