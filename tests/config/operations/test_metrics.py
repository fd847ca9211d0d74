"""Who may ask for the figures, what they say, and that they name nobody."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpResponse
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from config.operations import metrics, notes, state
from partnerships import clock
from partnerships.notices.models import Notice
from partnerships.notices.states import MailState
from tests.factories import make_partnership, make_user, sign_in

TOKEN = "a-token-of-this-test"
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def asked(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Client:
    settings.METRICS_TOKEN = TOKEN
    monkeypatch.setattr(state, "broker", lambda: "ok")
    return Client(headers={"Authorization": f"Bearer {TOKEN}"})


def figures(text: str) -> dict[str, float]:
    """Each sample by its name and labels."""
    return {
        sample.name + ",".join(f" {name}={value}" for name, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read(client: Client) -> dict[str, float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return figures(answer.content.decode())


@pytest.mark.parametrize("given", ["", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer é"])
def test_without_the_token_there_is_no_such_page(client: Client, settings: Any, given: str) -> None:
    settings.METRICS_TOKEN = TOKEN
    assert client.get("/metrics", headers={"Authorization": given}).status_code == 404


@pytest.mark.django_db
def test_staff_of_the_installation_need_the_token_too(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    sign_in(client, make_user(is_staff=True))
    assert client.get("/metrics").status_code == 404


def test_where_no_token_is_set_nobody_may_ask_and_nothing_is_counted(client: Client, settings: Any) -> None:
    assert settings.METRICS_TOKEN == ""
    for given in ("", "Bearer ", "Bearer None"):
        assert client.get("/metrics", headers={"Authorization": given}).status_code == 404
    with pytest.raises(MiddlewareNotUsed):
        metrics.RequestMetricsMiddleware(lambda request: HttpResponse())


@pytest.mark.django_db
def test_mails_are_told_by_how_they_fare(asked: Client) -> None:
    reader = make_user()
    with clock.at(clock.now()):
        earlier, later = clock.now() - timedelta(minutes=5), clock.now() + timedelta(hours=1)
        for key, mail_state, send_at, attempts in (
            ("a", MailState.PENDING, earlier, 0),
            ("b", MailState.PENDING, later, 3),
            ("c", MailState.PENDING, later, 0),
            ("d", MailState.CLAIMED, earlier + timedelta(minutes=1), 1),
            ("e", MailState.FAILED, earlier, 8),
            ("f", MailState.SENT, earlier, 1),
        ):
            Notice.objects.create(
                recipient=reader, kind="x", key=key, mail_state=mail_state, send_at=send_at, attempts=attempts
            )
        got = read(asked)
    said = {
        name: got[f"common_ground_mails state={name}"] for name in ("pending", "due", "retrying", "claimed", "failed")
    }
    assert said == {"pending": 3, "due": 1, "retrying": 1, "claimed": 1, "failed": 1}
    assert got["common_ground_mail_lag_seconds"] == 300


@pytest.mark.django_db
def test_what_workers_note_is_told(asked: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "_noted_at", 0.0)
    notes.note_done("work.sweep", "worker@here")
    notes.note_failure("reports.sweep", "0d7b1c3e", ValueError("no"), "worker@here")
    got = read(asked)
    assert got["common_ground_look_age_seconds task=work.sweep"] < 60
    assert "common_ground_look_age_seconds task=road.sweep" not in got
    assert got["common_ground_workers"] == 1
    assert got["common_ground_task_failures_total"] == 1
    assert got["common_ground_up part=database"] == got["common_ground_up part=broker"] == 1


def test_without_a_database_the_figures_say_so_and_still_come(asked: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "database", lambda: "no answer")
    got = read(asked)
    assert got["common_ground_up part=database"] == 0
    assert not [name for name in got if name.startswith("common_ground_mail")]


@pytest.mark.django_db
def test_asking_costs_as_many_queries_for_one_as_for_three(asked: Client, django_assert_num_queries: Any) -> None:
    reader = make_user()
    for number in range(3):
        Notice.objects.create(recipient=reader, kind="x", key=f"x{number}")
        with django_assert_num_queries(5):
            read(asked)


@pytest.mark.django_db
def test_requests_are_counted_by_view_and_no_label_names_a_record_or_a_person(settings: Any, asked: Client) -> None:
    world = make_partnership(name="A title that is nobody else's business")
    reader = Client()
    sign_in(reader, world.ngo)
    before = read(asked)
    for path in (f"/p/{world.pid}/", f"/p/{world.pid}/", "/p/nosuchrecord2/", "/nothing/here/x@example.org/", "/me/"):
        reader.get(path)
    reader.generic("BREW", "/me/")
    asked.get("/metrics")
    answer = asked.get("/metrics").content.decode()
    got = figures(answer)

    def more(view: str, status: int, method: str = "GET") -> float:
        name = f"common_ground_requests_total method={method}, status={status}, view={view}"
        return got.get(name, 0) - before.get(name, 0)

    assert more("record:overview", 200) == 2
    assert more("record:overview", 404) == 1
    assert more("none", 404) == 1
    assert more("people:me", 200) == 1
    assert more("people:me", 405, "other") == 1
    assert more("metrics", 200) >= 2
    seconds = "common_ground_request_seconds_count view=record:overview"
    assert got[seconds] - before.get(seconds, 0) == 3
    assert world.pid not in answer
    assert "nosuchrecord2" not in answer
    assert "@" not in answer
    assert "nobody else" not in answer
    labels = set(re.findall(r"(\w+)=\"", answer))
    assert labels <= {"view", "method", "status", "le", "part", "state", "job", "task"}


# Several web processes ------------------------------------------------------------------------------------------------
@pytest.fixture
def web(tmp_path: Path) -> Iterator[Any]:
    """gunicorn as bin/start and the containers start it, with three processes that end after some requests."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if name not in {"REDIS_URL", "DATABASE_URL"}}
    environment |= {
        "CG_VAR": str(tmp_path / "var"),
        "SECRET_KEY": "k",
        "LINK_KEY": "k",
        "METRICS_TOKEN": TOKEN,
        "WEB_CONCURRENCY": "3",
        "TMPDIR": str(tmp_path),
    }
    (tmp_path / "var").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn", "--bind", f"127.0.0.1:{port}",
         "--max-requests", "15", "--max-requests-jitter", "5"],
        cwd=ROOT, env=environment, stderr=(tmp_path / "web.log").open("w"),
    )  # fmt: skip

    def get(path: str, **headers: str) -> str:
        until = time.monotonic() + 60
        while True:
            get.tries += 1  # type: ignore[attr-defined]
            try:
                with urlopen(Request(f"http://127.0.0.1:{port}{path}", headers=headers), timeout=20) as answer:
                    return str(answer.read().decode())
            except HTTPError:
                raise
            except OSError:
                if time.monotonic() > until or process.poll() is not None:
                    raise AssertionError((tmp_path / "web.log").read_text()[-3000:]) from None
                time.sleep(0.2)

    get.tries = 0  # type: ignore[attr-defined]
    yield get
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert list(tmp_path.glob("cg-metrics-*")) == []


@pytest.mark.slow
@pytest.mark.embedded
def test_web_processes_count_together_and_a_successor_goes_on_counting(web: Any, tmp_path: Path) -> None:
    for _ in range(60):
        web("/health/live")
    # A process that ends may lose an answer on its way, which is then asked for once more.
    tries = web.tries
    with pytest.raises(HTTPError):
        web("/metrics")
    got = figures(web("/metrics", Authorization=f"Bearer {TOKEN}"))
    assert got["common_ground_requests_total method=GET, status=200, view=health_live"] in range(60, tries + 1)
    assert got["common_ground_request_seconds_count view=health_live"] in range(60, tries + 1)
    [folder] = tmp_path.glob("cg-metrics-*")
    assert (tmp_path / "web.log").read_text().count("Autorestarting worker") >= 2
    # One file of each kind a place, however many processes came and went.
    assert len(list(folder.glob("counter_*.db"))) <= 3
