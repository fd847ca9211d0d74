"""The web as a server runs it, and what its processes and the database's have cost."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60


@dataclass(frozen=True)
class Answer:
    """Its status, the milliseconds until all of it is here, and the version that an autosave answers with."""

    status: int
    wall_ms: float
    version: str


@dataclass(frozen=True)
class Sample:
    """One request: its answer, and milliseconds of CPU in the web's and in the database's processes."""

    answer: Answer
    web_ms: float
    database_ms: float

    @property
    def cpu_ms(self) -> float:
        return self.web_ms + self.database_ms

    @property
    def wall_ms(self) -> float:
        return self.answer.wall_ms


@dataclass(frozen=True)
class Request:
    """What is asked for, as whom."""

    method: str
    path: str
    headers: dict[str, str]
    body: str = ""


class Costs:
    """Nanoseconds of CPU of the web's workers and of the database's processes that serve this database."""

    def __init__(self, web: int) -> None:
        self.web = web
        self.database_name = str(connection.settings_dict["NAME"])
        self.postmaster, self.own = _postmaster()
        self._named: dict[int, bool] = {}

    def read(self) -> tuple[dict[int, int], dict[int, int]]:
        return (
            {pid: cpu_of(pid) for pid in children_of(self.web)},
            {pid: cpu_of(pid) for pid in children_of(self.postmaster) if self._is_ours(pid)},
        )

    def _is_ours(self, pid: int) -> bool:
        if pid not in self._named:
            # "postgres: USER DATABASE HOST(PORT) STATE", with the cluster's name before it on Debian.
            self._named[pid] = self.database_name in _command(pid).split()[:5]
        return self._named[pid] and pid != self.own


def spent(before: dict[int, int], after: dict[int, int]) -> float:
    """Milliseconds between two readings; a process that began in between counts whole."""
    return sum(ns - before.get(pid, 0) for pid, ns in after.items()) / 1e6


def _postmaster() -> tuple[int, int]:
    """The database server's first process on this machine, and the one that serves this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        own = int(cursor.fetchone()[0])
    try:
        return int(Path(f"/proc/{own}/stat").read_text().rpartition(")")[2].split()[1]), own
    except OSError:
        raise SystemExit("The bench reads the CPU time of PostgreSQL: it must run on this machine.") from None


def children_of(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


def cpu_of(pid: int) -> int:
    """Nanoseconds on a core, from the scheduler's own count."""
    total = 0
    for task in Path(f"/proc/{pid}/task").glob("*"):
        with contextlib.suppress(OSError):
            total += int((task / "schedstat").read_text().split()[0])
    return total


@contextlib.contextmanager
def serving(log: Path) -> Iterator[tuple[int, Costs]]:
    """gunicorn with the product's own configuration, two workers, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn", "--bind", f"127.0.0.1:{port}"]
    # A worker that is made anew in the middle of a measurement is no page's cost.
    command += ["--workers", "2", "--max-requests", "0"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out, env=dict(os.environ))
    try:
        _wait(process, port, log)
        yield port, Costs(process.pid)
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """As a supervisor does: asked to stop first."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError):
            if ask(port, Request("GET", "/health/live", {})).status == 200:
                return
        time.sleep(0.2)
    raise SystemExit(f"The web did not start. Its log: {log}")


def ask(port: int, request: Request) -> Answer:
    """One connection for each request: so sync workers serve."""
    started = time.perf_counter()
    wire = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        wire.request(request.method, request.path, body=request.body or None, headers=request.headers)
        answer = wire.getresponse()
        answer.read()
        version = answer.headers.get("X-Version", "")
        return Answer(answer.status, (time.perf_counter() - started) * 1000, version)
    finally:
        wire.close()


def sample(port: int, costs: Costs, request: Request) -> Sample:
    """One request alone, so that all that is spent meanwhile is its own."""
    web, database = costs.read()
    answer = ask(port, request)
    web_after, database_after = costs.read()
    return Sample(answer, spent(web, web_after), spent(database, database_after))
