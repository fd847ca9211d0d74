"""Health: what each answer means."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.db import DatabaseError
from django.test import Client

from config import ops


def test_live_asks_no_database(client: Client) -> None:
    answer = client.get("/health/live")
    assert (answer.status_code, answer.content) == (200, b"ok")


def test_health_is_not_sent_to_https(client: Client, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/health/live").status_code == 200


@pytest.mark.django_db
def test_ready_when_database_and_broker_answer(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ops, "broker", lambda: "ok")
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {"database": "ok", "broker": "ok", "sweep": "unknown", "sweep_seconds": None}


@pytest.mark.django_db
def test_not_ready_without_broker(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1"
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["broker"] == "no answer"


def test_not_ready_without_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise DatabaseError

    monkeypatch.setattr(ops, "connection", SimpleNamespace(cursor=refuse))
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["database"] == "no answer"


def test_the_age_of_the_sweep_is_told() -> None:
    ops.note_sweep(SimpleNamespace(name="notices.deliver"))
    assert ops.sweep("ok")["sweep"] == "unknown"
    ops.note_sweep(SimpleNamespace(name=ops.SWEEP_TASK))
    assert ops.sweep("ok") == {"sweep": "ok", "sweep_seconds": 0}
    cache.set(ops.SWEPT_AT, time.time() - 3600)
    assert ops.sweep("ok")["sweep"] == "late"


def test_the_sweep_that_is_watched_is_one_that_beat_starts(settings: Any) -> None:
    assert ops.SWEEP_TASK in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}


def test_looks_that_no_worker_took_do_not_pile_up(settings: Any) -> None:
    """After an hour without a worker there is one look to take, not sixty."""
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert 0 < entry["options"]["expires"] <= max(entry["schedule"], 10)
