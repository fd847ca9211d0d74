"""Health: what each answer means."""

from __future__ import annotations

import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.db import DatabaseError
from django.test import Client

from config import ops
from config.operations import notes, state
from partnerships import clock
from partnerships.notices.models import Notice
from partnerships.notices.states import MailState
from tests.factories import make_user


def test_live_asks_no_database(client: Client) -> None:
    answer = client.get("/health/live")
    assert (answer.status_code, answer.content) == (200, b"ok")


def test_health_is_not_sent_to_https(client: Client, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/health/live").status_code == 200


@pytest.mark.django_db
def test_ready_when_database_and_broker_answer(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "broker", lambda: "ok")
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {
        "database": "ok",
        "broker": "ok",
        "sweep": "unknown",
        "sweep_seconds": None,
        "outbox": "ok",
        "outbox_seconds": 0,
    }


@pytest.mark.django_db
def test_not_ready_without_broker(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1"
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["broker"] == "no answer"


def test_not_ready_without_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise DatabaseError

    monkeypatch.setattr(state, "connection", SimpleNamespace(cursor=refuse))
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["database"] == "no answer"
    assert answer.json()["outbox"] == "unknown"


def test_the_age_of_the_sweep_is_told() -> None:
    notes.note_done("notices.deliver", "worker@here")
    assert ops.sweep("ok")["sweep"] == "unknown"
    notes.note_done(ops.SWEEP_TASK, "worker@here")
    told = ops.sweep("ok")
    assert told["sweep"] == "ok"
    assert int(told["sweep_seconds"] or 0) < 60
    assert ops.sweep("no answer")["sweep"] == "unknown"
    cache.set(f"ops:done:{ops.SWEEP_TASK}", time.time() - 3600)
    assert ops.sweep("ok")["sweep"] == "late"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("mail_state", "minutes_ago", "said"),
    [
        (MailState.PENDING, 2, {"outbox": "ok", "outbox_seconds": 120}),
        (MailState.PENDING, 20, {"outbox": "late", "outbox_seconds": 1200}),
        (MailState.CLAIMED, 20, {"outbox": "late", "outbox_seconds": 1200}),
        (MailState.PENDING, -20, {"outbox": "ok", "outbox_seconds": 0}),
        (MailState.SENT, 20, {"outbox": "ok", "outbox_seconds": 0}),
        (MailState.FAILED, 20, {"outbox": "ok", "outbox_seconds": 0}),
        (MailState.NONE, 20, {"outbox": "ok", "outbox_seconds": 0}),
    ],
)
def test_the_oldest_mail_that_is_due_and_not_sent_is_told(
    mail_state: str, minutes_ago: int, said: dict[str, Any]
) -> None:
    with clock.at(clock.now()):
        at = clock.now() - timedelta(minutes=minutes_ago)
        Notice.objects.create(recipient=make_user(), kind="x", key="x", mail_state=mail_state, send_at=at)
        assert ops.outbox("ok") == said


@pytest.mark.django_db
def test_health_asks_the_database_twice_however_much_waits(
    client: Client, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(state, "broker", lambda: "ok")
    reader = make_user()
    for number in range(3):
        Notice.objects.create(recipient=reader, kind="x", key=f"x{number}")
        with django_assert_num_queries(2):
            client.get("/health/ready")


def test_the_sweep_that_is_watched_is_one_that_beat_starts(settings: Any) -> None:
    assert ops.SWEEP_TASK in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}


def test_looks_that_no_worker_took_do_not_pile_up(settings: Any) -> None:
    """After an hour without a worker there is one look to take, not sixty."""
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert 0 < entry["options"]["expires"] <= max(entry["schedule"], 10)
