"""No log line carries what people write, who they are, or a token."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import re
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import IntegrityError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from config.logs import ContentFreeFormatter, scrub, take_warnings
from config.middleware import RequestIdFilter
from partnerships.notices.links import sign

SECRET = "we-doubt-their-tailings-dam"
TOKEN = "eyJpZCI6MTJ9:1vM2aB:kJ8dQ0yq3mZ4n5b6v7c8x9"


def line(record: logging.LogRecord) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(ContentFreeFormatter().format(record))
    return written


def record(message: Any, *args: Any, **extra: Any) -> logging.LogRecord:
    made = logging.LogRecord("test", logging.ERROR, __file__, 1, message, args, None)
    vars(made).update(extra)
    return made


def raised(error: Exception) -> Any:
    try:
        raise error
    except Exception:
        return sys.exc_info()


def test_a_line_says_when_how_bad_who_and_which_request() -> None:
    written = line(record("Swept %s rows", 3, request_id="abc-12345", status_code=200))
    assert set(written) == {"time", "level", "logger", "message", "request_id", "status_code"}
    assert written["message"] == "Swept 3 rows"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"Not Found: /answer/{TOKEN}/", "Not Found: /answer/…/"),
        (f"Error handling request /p/x7/?q={SECRET}&a=1", "Error handling request /p/x7/?…"),
        ("Not Found: /p/Xk3v9QpL2mWa/review/2/", "Not Found: /p/Xk3v9QpL2mWa/review/2/"),
        ("Task work.sweep[0d7b1c3e-5a9f-4b1c-8d2e-3f4a5b6c7d8e] received",) * 2,
    ],
)
def test_paths_lose_query_and_tokens(before: str, after: str) -> None:
    assert scrub(before) == after


@pytest.mark.parametrize("ids", [(1, 0), (7, 2, 15), (123456, 3)])
def test_our_own_links_are_taken_for_what_they_are(ids: tuple[int, ...]) -> None:
    token = sign("feed", *ids)
    assert scrub(f"Not Found: /calendar/{token}.ics") == "Not Found: /calendar/…"
    assert token not in scrub(f"Not Found: /invitation/{token}/")


def test_an_exception_that_may_quote_data_says_only_its_type() -> None:
    written = line(record("Failed", exc_info=raised(IntegrityError(f"Key (text)=({SECRET}) exists"))))
    assert SECRET not in json.dumps(written)
    assert written["exception"][0] == "django.db.utils.IntegrityError"
    assert "test_logs.py" in written["exception"][1]


def test_an_exception_about_the_system_keeps_its_message() -> None:
    written = line(record("Failed", exc_info=raised(OperationalError("could not connect to server"))))
    assert "could not connect to server" in written["exception"][0]


def test_what_caused_an_exception_is_as_silent() -> None:
    def chain() -> Any:
        try:
            try:
                raise ValueError(SECRET)
            except ValueError as error:
                raise RuntimeError(SECRET) from error
        except RuntimeError:
            return sys.exc_info()

    written = line(record("Failed: %s", ValueError(SECRET), exc_info=chain()))
    assert SECRET not in json.dumps(written)
    assert {"RuntimeError", "ValueError"} <= set(written["exception"])


def test_celery_tells_neither_arguments_nor_errors() -> None:
    from celery.app import trace

    context = {
        "name": "notices.deliver",
        "id": "0d7b1c3e",
        "args": f"('{SECRET}',)",
        "kwargs": "{}",
        "description": "raised unexpected",
        "exc": f"ValueError('{SECRET}')",
        "traceback": f"Traceback … {SECRET}",
        "internal": False,
    }
    for policy in (trace.log_policy_unexpected, trace.log_policy_internal):
        made = logging.LogRecord(
            "celery.app.trace", logging.ERROR, __file__, 1, policy.format, (context,), raised(ValueError(SECRET))
        )
        made.data = context
        written = line(made)
        assert SECRET not in json.dumps(written)
        assert "notices.deliver" in written["message"]


def broken(request: HttpRequest) -> HttpResponse:
    raise ValueError(request.POST["text"])


urlpatterns = [path("<str:token>/", broken)]
handler500 = "config.errors.server_error"


@pytest.mark.urls(__name__)
def test_a_failing_page_logs_neither_form_nor_query(settings: Any) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(ContentFreeFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        answer = Client(raise_request_exception=False).post(f"/{TOKEN}/?q={SECRET}", {"text": SECRET})
        Client().get(f"/nothing/here/{TOKEN}?q={SECRET}")
    finally:
        root.removeHandler(handler)
    assert answer.status_code == 500
    written = stream.getvalue()
    assert "Internal Server Error" in written
    assert SECRET not in written
    assert TOKEN not in written


def test_what_is_logged_of_a_bad_answer_carries_its_request_id(caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(RequestIdFilter())
    answer = Client(headers={"X-Request-ID": "from-the-proxy-1"}).get("/nothing/here", headers={"Host": "bad.example"})
    assert answer.status_code == 400
    assert {line.request_id for line in caplog.records} == {"from-the-proxy-1"}  # type: ignore[attr-defined]


def test_django_mails_and_prints_nothing_by_itself(settings: Any) -> None:
    assert settings.LOGGING["loggers"]["django"]["handlers"] == []
    assert logging.getLogger("django").handlers == []


def test_gunicorn_keeps_no_access_log() -> None:
    from config import gunicorn

    assert gunicorn.accesslog is None
    assert gunicorn.logconfig_dict["formatters"]["json"]["()"] == "config.logs.ContentFreeFormatter"


@pytest.mark.parametrize(("category", "words"), [(UserWarning, ""), (DeprecationWarning, f": {SECRET}")])
def test_a_warning_is_a_log_line_and_quotes_no_data(
    caplog: pytest.LogCaptureFixture, category: type[Warning], words: str
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        take_warnings()
        warnings.warn(SECRET, category, stacklevel=1)
    [written] = [line(record)["message"] for record in caplog.records if record.name == "py.warnings"]
    assert re.fullmatch(rf"\S+test_logs\.py:\d+ {category.__name__}{words}", written)


# Every way of starting ------------------------------------------------------------------------------------------------
ROOT = Path(__file__).resolve().parents[2]
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def test_the_containers_start_what_bin_start_does() -> None:
    """What bin/start's processes write is read by tests/config/test_start.py; here: the containers run the same."""
    supervisor = (ROOT / "bin" / "supervise.py").read_text()
    [image] = re.findall(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert json.loads(image)[:3] == ["gunicorn", "--config", "python:config.gunicorn"]
    assert '["gunicorn", "--config", "python:config.gunicorn"' in supervisor
    assert '["celery", "--app", "config", "--quiet"]' in supervisor
    assert "command" not in SERVICES["web"]
    for name in ("worker", "scheduler"):
        command = SERVICES[name]["command"]
        assert command[:4] == ["celery", "--app", "config", "--quiet"]
        # Each of these would write lines of its own making.
        assert not {"--logfile", "-f", "--detach"} & set(command)


def test_celery_leaves_the_logs_to_the_settings(settings: Any) -> None:
    assert settings.CELERY_WORKER_HIJACK_ROOT_LOGGER is False
    assert settings.LOGGING["root"]["handlers"] == ["console"]
    assert settings.LOGGING["handlers"]["console"]["formatter"] == "json"
