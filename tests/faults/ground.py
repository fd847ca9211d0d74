"""A whole installation, process by process, on a PostgreSQL and a Valkey of its own: each can be killed."""

from __future__ import annotations

import ctypes
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psycopg2
import redis

from tests.running import Clock, Sink, Wire, free_port

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "bin"))
PATIENCE = 120.0
#: Due work is looked for each second, so that a run of all faults takes minutes.
QUICK = {"SWEEP_SECONDS": "1", "DELIVER_SECONDS": "1", "FLAG_SECONDS": "5", "FILES_SECONDS": "5"}


def postgres_binaries() -> Path | None:
    """Where initdb and pg_ctl are; None where no PostgreSQL is installed."""
    found = [Path(path).parent for path in [shutil.which("initdb")] if path]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: int(each.parent.name), reverse=True)
    return next((each for each in found if (each / "initdb").exists()), None)


class Cluster:
    """A PostgreSQL of its own in a temporary folder; the machine's own servers are left alone."""

    def __init__(self, folder: Path) -> None:
        binaries = postgres_binaries()
        assert binaries is not None
        self.binaries, self.folder, self.port = binaries, folder / "data", free_port()
        self.log = folder / "postgres.log"
        folder.mkdir(parents=True)
        if os.geteuid() == 0:
            # It refuses to run as root.
            shutil.chown(folder, "postgres", "postgres")
        self._run("initdb", "-D", str(self.folder), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        with (self.folder / "postgresql.conf").open("a") as settings:
            settings.write(f"port={self.port}\nlisten_addresses='127.0.0.1'\nunix_socket_directories='{folder}'\n")

    def _run(self, name: str, *arguments: str, check: bool = True) -> None:
        command = [str(self.binaries / name), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(command, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        assert done.returncode == 0 or not check, done.stdout.decode()[-2000:]

    def start(self) -> None:
        """Starting what runs is no error."""
        self._run("pg_ctl", "-D", str(self.folder), "-l", str(self.log), "-w", "start", check=not self._runs())

    def _runs(self) -> bool:
        return (self.folder / "postmaster.pid").exists()

    def stop(self, mode: str = "fast", *, check: bool = True) -> None:
        """`fast` as an operator restarts it; `immediate` as a machine that loses power: it recovers from its log."""
        self._run("pg_ctl", "-D", str(self.folder), "-m", mode, "-w", "stop", check=check)

    def url(self, name: str) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{name}"

    def rows(self, name: str, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        connection = psycopg2.connect(self.url(name))
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()


class Process:
    """One process and all it started, in a group of its own."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as file:
            self.it = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                start_new_session=True, preexec_fn=_die_with_parent,
            )  # fmt: skip

    @property
    def ended(self) -> bool:
        return self.it.poll() is not None

    def kill(self) -> None:
        """As the kernel does where memory runs out, or a machine is switched off: nothing is said before."""
        self._signal(signal.SIGKILL)
        self.it.wait()

    def freeze(self, on: bool = True) -> None:
        self._signal(signal.SIGSTOP if on else signal.SIGCONT)

    def stop(self) -> None:
        if not self.ended:
            self.it.terminate()
        try:
            self.it.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.it.pid, number)


def _die_with_parent() -> None:
    if platform.system() == "Linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Installation:
    """What runs, and what it keeps. Every process is started here and nowhere else."""

    def __init__(self, folder: Path, **environment: str) -> None:
        import supervise
        from keys import MAKERS

        self.folder = folder
        self.var = folder / "var"
        (self.var / "logs").mkdir(parents=True)
        self.name, self.port = "ground", free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.running: dict[str, Process] = {}
        #: Mails that were counted as taken twice already.
        self.known_twice = 0
        self.cluster = Cluster(folder / "postgres")
        self.clock = Clock(self.var / "clock", _until_ten())
        self.sink = Sink()
        self._broker_port = free_port()
        self._broker_command = [
            supervise.broker_binary(), "--port", str(self._broker_port), "--bind", "127.0.0.1",
            *supervise.broker_arguments(self.var / "valkey"),
        ]  # fmt: skip
        (self.var / "valkey").mkdir()
        self.wire = Wire(self._broker_port)
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("DATABASE", "REDIS", "SITE", "DJANGO"))}
        self.environment = {
            **kept,
            "CG_VAR": str(self.var),
            "CG_STATIC": str(gathered_static()),
            "DATABASE_URL": self.cluster.url(self.name),
            "REDIS_URL": f"redis://127.0.0.1:{self.wire.port}/0",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.sink.port}",
            "SITE_URL": self.url,
            "CLOCK_FILE": str(self.clock.path),
            "SECRET_KEY": MAKERS["secret"](),
            "LINK_KEY": MAKERS["link"](),
            "SEAL_KEYS": MAKERS["seal"](),
            "PYTHONUNBUFFERED": "1",
            **QUICK,
            **environment,
        }

    # Starting ---------------------------------------------------------------------------------------------------------
    def open(self) -> dict[str, Any]:
        """Servers, database and world; then web, worker and scheduler. Gives what the world's maker tells of it."""
        self.cluster.start()
        self.cluster.rows("postgres", f'CREATE DATABASE "{self.name}"')
        self.sink.start()
        self.start("broker")
        self.until(self.broker_answers, "the broker answers")
        world = json.loads(self.program("-m", "tests.faults.world").splitlines()[-1])
        for name in ("web", "worker", "scheduler"):
            self.start(name)
        self.until_live()
        return dict(world)

    def close(self) -> None:
        for name in reversed(list(self.running)):
            self.running[name].stop()
        self.wire.close()
        self.sink.stop()
        self.cluster.stop("immediate", check=False)

    def program(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def start(self, name: str, *, also: str = "", **environment: str) -> Process:
        """One of web, worker, scheduler, broker; `also` names a second one beside it."""
        celery = [sys.executable, "-m", "celery", "--app", "tests.faults.stepped", "--quiet"]
        commands = {
            "broker": self._broker_command,
            "web": [
                sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn",
                "--bind", f"127.0.0.1:{self.port}",
            ],
            "worker": [*celery, "worker", "--concurrency", "2", "--loglevel", "INFO", "-n", f"w{also}@%h"],
            "scheduler": [
                *celery, "beat", "--schedule", str(self.var / f"beat-schedule{also}"), "--pidfile", "",
                "--loglevel", "INFO",
            ],
        }  # fmt: skip
        # A locale that the system lacks would stop the broker.
        more = {"LC_ALL": "C"} if name == "broker" else {}
        process = Process(
            name + also, commands[name], {**self.environment, **more, **environment}, self.log(name + also)
        )
        self.running[name + also] = process
        return process

    def again(self, name: str, **environment: str) -> None:
        """What was killed comes back, as a supervisor, or the containers' restart, would bring it."""
        if name in self.running and not self.running[name].ended:
            self.running[name].stop()
        self.start(name, **environment)
        if name == "web":
            self.until_live()
        if name == "broker":
            self.until(self.broker_answers, "the broker answers")

    def kill(self, name: str) -> None:
        self.running[name].kill()

    def bring_back(self) -> list[str]:
        """What ended by itself comes back, as `restart: unless-stopped` has it. Gives what that was."""
        ended = [name for name in ("web", "worker", "scheduler") if self.running[name].ended]
        for name in ended:
            self.again(name)
        return ended

    def mend(self) -> None:
        """Whatever a fault that could not go on left behind: the next one begins with everything in its place."""
        self.sink.mood, self.sink.slowness, self.wire.mood = "takes", 0.0, "open"
        self.sink.at.clear()
        self.sink.start()
        self.cluster.start()
        for name in [name for name in self.running if name.endswith("2")]:
            self.end(name)
        for name in ("broker", "web", "worker", "scheduler"):
            if name not in self.running or self.running[name].ended:
                self.again(name)
            self.running[name].freeze(on=False)

    def end(self, name: str) -> None:
        self.running.pop(name).stop()

    def log(self, name: str) -> Path:
        return self.var / "logs" / f"{name}.log"

    def forward(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> None:
        """Time passes in a moment in which no worker has a mail in hand: no mail of a living one takes a quarter of an
        hour, and a leap would have it look as if it did. What a dead one left in hand waits for nobody.
        """
        workers = [process for name, process in self.running.items() if name.startswith("worker")]
        until = time.monotonic() + 10
        while True:
            for worker in workers:
                worker.freeze()
            if self.in_hand() == 0 or time.monotonic() > until:
                break
            for worker in workers:
                worker.freeze(on=False)
            time.sleep(0.05)
        self.clock.forward(days=days, hours=hours, minutes=minutes)
        for worker in workers:
            worker.freeze(on=False)

    def in_hand(self) -> int:
        """Mails that are claimed, or are being claimed just now."""
        return int(self.one(
            "SELECT (SELECT count(*) FROM partnerships_notice WHERE mail_state='claimed') + (SELECT count(*)"
            " FROM pg_stat_activity WHERE state LIKE 'idle in transaction%%' AND query LIKE '%%partnerships_notice%%')"
        ))  # fmt: skip

    # Looking ----------------------------------------------------------------------------------------------------------
    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """What is stored, read past the application."""
        return self.cluster.rows(self.name, statement, values)

    def one(self, statement: str, *values: Any) -> Any:
        return self.rows(statement, *values)[0][0]

    def broker_answers(self) -> bool:
        try:
            return bool(redis.Redis(port=self._broker_port, socket_timeout=2).ping())
        except redis.RedisError:
            return False

    def until_live(self) -> None:
        def live() -> bool:
            try:
                with urlopen(f"{self.url}/health/live", timeout=5):
                    return True
            except OSError:
                return False

        self.until(live, "the web answers")

    def until(self, check: Callable[[], Any], what: str, *, patience: float = PATIENCE, pause: float = 0.1) -> Any:
        until = time.monotonic() + patience
        while True:
            if found := check():
                return found
            assert time.monotonic() < until, f"waited in vain until {what}\n{self.last_words()}"
            time.sleep(pause)

    def last_words(self) -> str:
        logs = sorted((self.var / "logs").glob("*.log"))
        return "\n".join(f"{log.name}:\n{log.read_text(errors='replace')[-1500:]}" for log in logs)


def gathered_static() -> Path:
    """The static files that bin/setup gathered; else they are gathered, which takes half a minute."""
    wanted = [os.environ.get("CG_STATIC", ""), str(ROOT / "var" / "static")]
    for each in filter(None, wanted):
        if (Path(each) / "staticfiles.json").exists():
            return Path(each)
    target = Path(tempfile.gettempdir()) / f"cg-static-{os.getuid()}"
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    environment = {**os.environ, "CG_STATIC": str(target), "SECRET_KEY": "unused", "LINK_KEY": "unused"}
    subprocess.run(collect, cwd=ROOT, env=environment, check=True)
    return target


def _until_ten() -> float:
    """Seconds until ten in the morning (UTC): reminders go out at eight where people are."""
    now = time.time()
    ten = now - now % 86400 + 36000
    return ten - now + (86400 if ten < now else 0)


@contextmanager
def installation(**environment: str) -> Iterator[tuple[Installation, dict[str, Any]]]:
    """Running, in a folder that is gone afterwards (kept where CG_FAULTS_KEEP says so)."""
    folder = Path(tempfile.mkdtemp(prefix="cg-faults-", dir="/tmp"))
    # PostgreSQL's own user walks through it.
    folder.chmod(0o755)
    ground = Installation(folder, **environment)
    try:
        yield ground, ground.open()
    finally:
        ground.close()
        if os.environ.get("CG_FAULTS_KEEP"):
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
