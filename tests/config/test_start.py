"""bin/start as a person meets it: a real start, a stop that leaves nothing, and sentences where it cannot start."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import IO, Any
from urllib.request import urlopen

import pytest

pytestmark = pytest.mark.embedded
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def supervise(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "bin"))
    spec = importlib.util.spec_from_file_location("supervise", ROOT / "bin" / "supervise.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def descendants(pid: int) -> dict[int, str]:
    """Every process under this one, with its command."""
    listing = subprocess.run(["ps", "-axwwo", "pid=,ppid=,command="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listing.splitlines()]
    found: dict[int, str] = {}
    fresh = {pid}
    while fresh:
        fresh = {int(row[0]) for row in rows if int(row[1]) in fresh and int(row[0]) not in found}
        found.update({int(row[0]): row[2] for row in rows if int(row[0]) in fresh})
    return found


def alive(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.strip().startswith("Z")


class Started:
    """One start of the application on a folder of its own."""

    def __init__(self, var: Path, *arguments: str, **environment: str) -> None:
        self.port = free_port()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE", "REDIS", "SITE"))}
        command = [sys.executable, "bin/supervise.py", "--port", str(self.port), *arguments]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**kept, "CG_VAR": str(var), "SWEEP_SECONDS": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self.output: IO[str] = self.process.stdout
        self.said = ""

    def until(self, words: str) -> None:
        for line in self.output:
            self.said += line
            if words in line:
                return
        pytest.fail(f"It ended without saying {words!r}:\n{self.said}")

    def get(self, path: str) -> Any:
        with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
            return answer.read().decode()

    def end(self) -> int:
        self.said += self.output.read()
        return self.process.wait(60)

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.end()


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Any]:
    runs: list[Started] = []

    def start(*arguments: str, **environment: str) -> Started:
        runs.append(Started(tmp_path / "var", *arguments, **environment))
        return runs[-1]

    yield start
    for run in runs:
        if run.process.poll() is None:
            run.process.terminate()
            run.process.wait(60)


#: What Celery writes past every log while it is asked to stop.
NOT_A_LOG = re.compile(r"worker: (Warm|Cold) shutdown \(MainProcess\)")


def assert_json_lines(log: Path) -> None:
    lines = [line for line in log.read_text().splitlines() if line and not NOT_A_LOG.fullmatch(line)]
    assert lines, log
    for line in lines:
        assert {"time", "level", "logger", "message", "request_id"} <= set(json.loads(line)), line


@pytest.mark.slow
def test_starts_answers_stops_and_keeps_the_data(started: Any, tmp_path: Path) -> None:
    var = tmp_path / "var"
    first = started("--empty")
    first.until("Ctrl-C stops it")
    assert f"http://127.0.0.1:{first.port}/" in first.said
    assert first.get("/health/live") == "ok"
    ready = json.loads(first.get("/health/ready"))
    assert ready["database"] == ready["broker"] == "ok"
    # Browsers open connections that they may use later; nobody waits for what is not asked there.
    with ExitStack() as silent:
        for _ in range(4):
            silent.enter_context(socket.create_connection(("127.0.0.1", first.port)))
        assert first.get("/health/live") == "ok"
    keys = {path.name: path.read_text() for path in (var / "keys").iterdir()}
    assert set(keys) == {"secret", "link", "seal"}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in (var / "keys").iterdir())

    second = started("--empty")
    assert second.end() == 1
    assert "already running" in second.said

    processes = descendants(first.process.pid)
    commands = " ".join(processes.values())
    assert all(part in commands for part in ("gunicorn", " worker ", " beat ", "valkey.sock"))
    assert first.interrupt() == 0
    assert "The data is kept" in first.said
    for name in ("web", "worker", "scheduler"):
        assert_json_lines(var / "logs" / f"{name}.log")
    assert not [command for pid, command in processes.items() if alive(pid)]

    with sqlite3.connect(var / "db.sqlite3") as database:
        database.execute("INSERT INTO django_session VALUES ('kept', '', '2030-01-01')")
    third = started()
    third.until("Ctrl-C stops it")
    assert third.interrupt() == 0
    with sqlite3.connect(var / "db.sqlite3") as database:
        assert database.execute("SELECT count(*) FROM django_session").fetchone() == (1,)
        # Started empty once, it stays so: nobody's installation fills with invented people by a forgotten word.
        assert database.execute("SELECT count(*) FROM partnerships_user").fetchone() == (0,)
    assert {path.name: path.read_text() for path in (var / "keys").iterdir()} == keys


@pytest.mark.slow
def test_a_worker_that_dies_is_started_again_and_without_the_web_all_stop(started: Any) -> None:
    run = started("--empty")
    run.until("Ctrl-C stops it")
    first = descendants(run.process.pid)
    workers = {pid for pid, command in first.items() if " worker " in command}
    os.kill(min(workers), signal.SIGKILL)
    run.until("The worker stopped by itself (exit code -9)")
    assert "in 2 seconds it is started again" in run.said
    assert "worker.log" in run.said
    run.until("The worker is started again.")
    assert run.get("/health/live") == "ok"
    second = descendants(run.process.pid)
    assert any(" worker " in command for pid, command in second.items() if pid not in workers)
    assert not [pid for pid in workers if alive(pid)]

    processes = first | descendants(run.process.pid)
    web = min(pid for pid, command in processes.items() if "gunicorn" in command)
    os.kill(web, signal.SIGKILL)
    assert run.end() == 1
    assert "The web stopped by itself" in run.said
    assert "web.log" in run.said
    time.sleep(0.2)
    assert not [command for pid, command in processes.items() if alive(pid)]


def test_what_does_not_stay_is_started_again_after_longer_and_longer_pauses(
    supervise: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moment = [0.0]
    monkeypatch.setattr(supervise, "LOGS", tmp_path)
    monkeypatch.setattr(supervise.time, "monotonic", lambda: moment[0])
    running = supervise.Running()
    running.start("worker", [sys.executable, "-c", "print('no'); raise SystemExit(3)"], dict(os.environ))
    for pause in (2, 4, 8, 16, 32, 60, 60):
        running.children[0].process.wait()
        running.keep_going()
        assert f"in {pause} seconds" in capsys.readouterr().out
        moment[0] += pause - 0.5
        running.keep_going()
        assert running.children[0].ended
        moment[0] += 1
        running.keep_going()
        assert "The worker is started again." in capsys.readouterr().out
    # What stayed for a while begins with the shortest pause.
    running.children[0].process.wait()
    moment[0] += 61
    running.keep_going()
    assert "in 2 seconds" in capsys.readouterr().out
    with pytest.raises(supervise.Trouble, match="exit code 3"):
        running.check()


def test_a_database_that_does_not_answer_is_said_without_its_password(
    supervise: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(supervise, "SERVER_PATIENCE", 1)
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody:the-password@127.0.0.1:1/cg")
    with pytest.raises(supervise.Trouble) as trouble:
        supervise.wait_for("database", "DATABASE_URL", lambda: False)
    said = str(trouble.value) + capsys.readouterr().out
    assert "127.0.0.1:1/cg does not answer" in said
    assert "Waiting up to 1 seconds" in said
    assert "the-password" not in said


def test_a_start_without_its_database_ends_in_a_sentence(started: Any) -> None:
    run = started(DATABASE_URL="postgres://nobody@127.0.0.1:1/cg", CG_SERVER_PATIENCE="1")
    assert run.end() == 1
    assert "Start it, or mend DATABASE_URL" in run.said
    assert "Traceback" not in run.said


def test_reset_is_refused_where_a_server_holds_the_data(
    supervise: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://postgres@127.0.0.1/cg")
    with pytest.raises(SystemExit):
        supervise.read_arguments(["--reset"])
    assert "Nothing was changed" in capsys.readouterr().err


def test_reset_takes_the_data_and_leaves_what_is_not_ours(
    supervise: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(supervise, "VAR", tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    (tmp_path / "db.sqlite3").touch()
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "report.pdf").touch()
    (tmp_path / "letter.odt").touch()
    supervise.reset()
    assert [path.name for path in tmp_path.iterdir()] == ["letter.odt"]


def test_keys_are_made_once(supervise: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from cryptography.fernet import Fernet

    monkeypatch.setattr(supervise, "VAR", tmp_path)
    supervise.make_keys()
    before = {path.name: path.read_text() for path in (tmp_path / "keys").iterdir()}
    supervise.make_keys()
    assert {path.name: path.read_text() for path in (tmp_path / "keys").iterdir()} == before
    assert len(set(before.values())) == 3
    Fernet(before["seal"].strip())


def test_a_taken_port_is_said_with_another_to_try(supervise: ModuleType) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(supervise.Trouble, match="is taken"):
            supervise.check_port(other.getsockname()[1])


@pytest.mark.parametrize(("var", "fits"), [("/run/user/1000", True), ("/a/" + "long/" * 30, False)])
def test_the_socket_stays_in_a_short_path(
    supervise: ModuleType, monkeypatch: pytest.MonkeyPatch, var: str, fits: bool
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", var)
    monkeypatch.setattr(os, "access", lambda path, mode: True)
    assert (supervise.short_folder() == var) is fits
