"""Two webs and two workers with a folder each: they share PostgreSQL, Redis and a bucket, and nothing else."""

from __future__ import annotations

import io
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener, urlopen

import pytest
from cryptography.fernet import Fernet
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from pypdf import PdfReader

from .backup.installation import ROOT, SERVER, Installation
from .test_start import free_port
from .test_storage import Bucket, bucket  # noqa: F401  (a fixture)

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not SERVER, reason="a server's matter: PostgreSQL and Redis")]
PATIENCE = 240.0


class Machine:
    """A web and a worker on a folder of their own."""

    def __init__(self, var: Path, environment: dict[str, str]) -> None:
        self.var, self.port = var, free_port()
        (var / "scratch").mkdir(parents=True)
        given = {**environment, "CG_VAR": str(var), "WEB_CONCURRENCY": "1", "TMPDIR": str(var / "scratch")}
        self.log = (var / "log").open("wb")
        bind = ["--bind", f"127.0.0.1:{self.port}"]
        self.web = self.start(["gunicorn", "--config", "python:config.gunicorn", *bind], given)
        name = ["--hostname", f"{var.name}@machine"]
        worker = ["celery", "--app", "config", "--quiet", "worker", "--concurrency", "1", "--loglevel", "INFO", *name]
        self.worker = self.start(worker, given)

    def start(self, command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", *command], cwd=ROOT, env=environment,
            stdout=self.log, stderr=self.log, start_new_session=True,
        )  # fmt: skip

    def stop(self) -> None:
        for process in (self.web, self.worker):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in (self.web, self.worker):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.log.close()

    def said(self) -> str:
        return (self.var / "log").read_text(errors="replace")[-3000:]


class Person:
    """Signed in, on whichever machine the balancer sends them to."""

    def __init__(self, session: str) -> None:
        self.session = session

    def ask(self, machine: Machine, path: str, fields: dict[str, Any] | None = None) -> bytes:
        token = "t" * 32
        headers = {"Cookie": f"sessionid={self.session}; csrftoken={token}", "X-CSRFToken": token}
        data = None
        if fields is not None:
            data, headers["Content-Type"] = encode_multipart(BOUNDARY, fields), MULTIPART_CONTENT
        url = f"http://127.0.0.1:{machine.port}{path}"
        with build_opener(HTTPRedirectHandler).open(Request(url, data, headers), timeout=60) as answer:
            return bytes(answer.read())


@pytest.fixture(scope="module")
def shared(bucket: Bucket, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:  # noqa: F811
    """A database with a review, opened; two machines on it."""
    folder = tmp_path_factory.mktemp("machines")
    place = Installation(folder, SERVER)
    number = 6
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        **Bucket.keys,
        "DATABASE_URL": place.url,
        "REDIS_URL": f"{os.environ['REDIS_URL'].rstrip('/').removesuffix('/0')}/{number}",
        "STORAGE_URL": bucket.url,
        "SECRET_KEY": secrets.token_hex(30),
        "LINK_KEY": secrets.token_hex(30),
        "SEAL_KEYS": Fernet.generate_key().decode(),
        "DEBUG": "1",
        "LOG_LEVEL": "WARNING",
    }
    machines: list[Machine] = []
    try:
        prepare = [sys.executable, str(ROOT / "tests" / "evaluation" / "reports" / "prepare.py")]
        given = {**environment, "CG_VAR": str(folder / "prepared")}
        done = subprocess.run(prepare, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        address, session, _administrators = done.stdout.splitlines()[-1].split()
        machines += [Machine(folder / name, environment) for name in ("first", "second")]
        wait(machines, lambda: all(is_live(each) for each in machines), "the webs do not answer")
        yield {"machines": machines, "report": address, "person": Person(session), "environment": environment}
    finally:
        for each in machines:
            each.stop()
        place.close()


def wait(machines: list[Machine], check: Any, what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not check():
        assert time.monotonic() < until, what + "\n" + "\n".join(each.said() for each in machines)
        time.sleep(0.5)


def is_live(machine: Machine) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{machine.port}/health/ready", timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def on_disk(machine: Machine) -> list[str]:
    """Files in its folder, but for its log, and what a process uses while it runs."""
    found = (path.relative_to(machine.var) for path in machine.var.rglob("*") if path.is_file())
    return [str(path) for path in found if path.parts[0] not in ("log", "scratch")]


def test_a_document_that_came_in_here_goes_out_there(shared: dict[str, Any], bucket: Bucket) -> None:  # noqa: F811
    first, second = shared["machines"]
    person, record = shared["person"], "/".join(shared["report"].split("/")[:3])
    # Larger than what an upload keeps in memory.
    content = b"What the wells gave, day by day.\n" * 100_000
    upload = io.BytesIO(content)
    upload.name = "wells.txt"
    page = person.ask(first, f"{record}/documents/new/", {"file": upload, "title": "Wells", "circle": "own"}).decode()
    found = re.search(rf'href="({record}/documents/[a-z0-9]+/file/)"', page)
    assert found, page[:2000]
    assert person.ask(second, found[1]) == content
    assert content in bucket.contents().values()
    with pytest.raises(HTTPError) as refused:
        Person("nobody").ask(second, found[1].replace("/file/", "/file/nothing"))
    assert refused.value.code == 404
    assert person.ask(first, found[1]) == content
    # Whoever is not signed in is sent to the sign-in, never to the bucket.
    assert b"wells gave" not in Person("nobody").ask(second, found[1])
    assert on_disk(first) == on_disk(second) == []


def test_a_report_asked_for_here_is_made_by_any_and_read_there(shared: dict[str, Any]) -> None:
    first, second = shared["machines"]
    person, report = shared["person"], shared["report"]
    # Only the worker of the second machine is there to make it.
    os.killpg(first.worker.pid, signal.SIGTERM)
    first.worker.wait(60)
    person.ask(first, report + "pdf/", {})
    link = re.compile(r'href="(/p/[^"]+/pdf/[^"]+/file/)"')
    wait([first, second], lambda: link.search(person.ask(first, report).decode()), "nobody made the report")
    address = link.search(person.ask(first, report).decode())
    assert address is not None
    pdf = person.ask(first, address[1])
    assert pdf == person.ask(second, address[1])
    assert "Finding 24." in " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert on_disk(first) == on_disk(second) == []


def test_a_backup_takes_the_bucket_along(shared: dict[str, Any], bucket: Bucket, tmp_path: Path) -> None:  # noqa: F811
    """From object storage to a folder, on another engine."""
    first, _second = shared["machines"]
    environment = {**shared["environment"], "CG_VAR": str(first.var)}
    command = [sys.executable, "bin/command.py", "backup", str(tmp_path / "one.zip")]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    laptop = Installation(tmp_path)
    laptop.restore(tmp_path / "one.zip")
    files = {
        str(path.relative_to(laptop.var)): path.read_bytes()
        for path in (laptop.var / "files").rglob("*")
        if path.is_file()
    }
    assert files
    assert files.items() <= bucket.contents().items()
