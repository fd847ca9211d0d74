"""A real worker, killed outright while it makes one PDF or many: the reader waits a little longer, and that is all."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from pypdf import PdfReader

from tests.config.test_start import Started, alive, descendants

pytestmark = [pytest.mark.slow, pytest.mark.embedded]
ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 240.0
#: Seconds that a dead worker keeps its work, here; and how often the living look for it.
QUICK = {"REPORT_LEASE_SECONDS": "15", "DELIVER_SECONDS": "1", "DEBUG": "1"}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str, str]:
    """A data folder with a report, its address, and the session of a reader."""
    var = tmp_path_factory.mktemp("killed") / "var"
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("DATABASE", "REDIS", "SITE"))}
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "evaluation" / "reports" / "prepare.py")],
        cwd=ROOT, env={**kept, "CG_VAR": str(var)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    address, session, administrators = done.stdout.splitlines()[-1].split()
    return var, address, session, administrators


class Reader:
    """Somebody at the report's page, in a browser without scripts."""

    def __init__(self, address: str, session: str) -> None:
        self.address, self.session, self.port = address, session, 0

    def get(self, path: str = "") -> bytes:
        return self._ask(path or self.address, None)

    def post(self, path: str, data: bytes) -> bytes:
        return self._ask(path, data)

    def ask_for_pdf(self) -> None:
        self._ask(self.address + "pdf/", b"")

    def link_to_the_pdf(self) -> str:
        found = re.search(r'href="(/p/[^"]+/pdf/[^"]+/file/)"', self.get().decode())
        return found[1] if found else ""

    def _ask(self, path: str, data: bytes | None) -> bytes:
        token = "t" * 32
        headers = {"Cookie": f"sessionid={self.session}; csrftoken={token}", "X-CSRFToken": token}
        with urlopen(Request(f"http://127.0.0.1:{self.port}{path}", data, headers), timeout=30) as answer:
            return bytes(answer.read())


class Installation:
    """Starts on a copy of the prepared folder, and looks at its rows and files."""

    def __init__(self, prepared: tuple[Path, str, str, str], var: Path) -> None:
        source, address, session, administrators = prepared
        shutil.copytree(source, var)
        self.var, self.reader = var, Reader(address, session)
        self.administrator = Reader("/reports/", administrators)
        self.runs: list[Started] = []

    def start(self) -> Started:
        run = Started(self.var, **QUICK)
        self.runs.append(run)
        run.until("Ctrl-C stops it")
        self.reader.port = self.administrator.port = run.port
        return run

    def rows(self, what: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.var / "db.sqlite3", timeout=20) as database:
            return database.execute(what).fetchall()

    def job(self) -> tuple[str, int, int, str]:
        """State, progress, attempts and file of the one job that there is."""
        with sqlite3.connect(self.var / "db.sqlite3", timeout=20) as database:
            rows = database.execute("SELECT state, progress, attempts, file FROM evaluation_reportjob").fetchall()
        assert len(rows) == 1
        row: tuple[str, int, int, str] = rows[0]
        return row

    def files(self) -> list[Path]:
        return sorted((self.var / "files" / "reports").rglob("*.pdf"))

    def wait(self, check: Callable[[], Any], what: str, *, pause: float = 0.1) -> None:
        until = time.monotonic() + PATIENCE
        while not check():
            assert time.monotonic() < until, f"{what}: {self.job()}\n{self.last_words()}"
            time.sleep(pause)

    def last_words(self) -> str:
        return (self.var / "logs" / "worker.log").read_text()[-3000:]

    def stop_in_the_middle(self, run: Started) -> tuple[int, list[int]]:
        """Ask for the PDF and hold all workers while one of them draws its pages. Gives their parent and them."""
        ours = descendants(run.process.pid)
        parent = min(pid for pid, command in ours.items() if " worker " in command)
        self.reader.ask_for_pdf()
        self.wait(lambda: self.job()[1] >= 30, "no worker took it up", pause=0.01)
        pool = list(descendants(parent))
        for pid in pool:
            os.kill(pid, signal.SIGSTOP)
        # Held where it stood: its row says how far it was, and nobody writes to it any more.
        state, progress, attempts, _file = self.job()
        assert (state, attempts) == ("working", 1)
        assert 30 <= progress < 90, "the pages were drawn before it could be held"
        return parent, pool

    def made_once(self) -> None:
        self.wait(lambda: self.job()[0] == "done", "no other worker made it")
        state, progress, attempts, name = self.job()
        assert (state, progress, attempts) == ("done", 100, 2)
        assert self.files() == [self.var / "files" / name]
        self.reader.ask_for_pdf()
        assert self.job() == (state, progress, attempts, name), "asked again, nothing more happens"
        pdf = self.reader.get(self.reader.link_to_the_pdf())
        assert pdf == self.files()[0].read_bytes()
        assert "Finding 24." in " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)

    def reads_that_it_is_being_made(self) -> None:
        page = self.reader.get().decode()
        assert "The PDF is being made." in page
        shown = re.search(r'<progress [^>]*max="100" value="(\d+)"', page)
        assert shown
        assert 30 <= int(shown[1]) < 90
        assert not self.reader.link_to_the_pdf()


@pytest.fixture
def installation(prepared: tuple[Path, str, str, str], tmp_path: Path) -> Iterator[Installation]:
    found = Installation(prepared, tmp_path / "var")
    yield found
    for run in found.runs:
        if run.process.poll() is None:
            run.process.terminate()
            run.process.wait(60)


def test_killed_processes_of_a_worker_are_replaced_and_the_pdf_is_made_once(installation: Installation) -> None:
    run = installation.start()
    parent, pool = installation.stop_in_the_middle(run)
    for pid in pool:
        os.kill(pid, signal.SIGKILL)
    installation.reads_that_it_is_being_made()
    installation.made_once()
    assert alive(parent), "the worker itself went on, with new processes"
    assert run.interrupt() == 0


def test_a_worker_killed_whole_is_started_again_and_makes_the_pdf_once(installation: Installation) -> None:
    run = installation.start()
    parent, pool = installation.stop_in_the_middle(run)
    for pid in [parent, *pool]:
        os.kill(pid, signal.SIGKILL)
    state, _progress, attempts, _file = installation.job()
    assert (state, attempts, installation.files()) == ("working", 1, [])
    installation.made_once()
    assert not alive(parent)
    assert run.interrupt() == 0
    assert "The worker stopped by itself" in run.said
    assert "The worker is started again." in run.said


def test_a_worker_killed_in_the_middle_of_an_export_is_followed_by_one_that_goes_on(installation: Installation) -> None:
    run = installation.start()
    keys = re.findall(r'name="report" value="(\w+)"', installation.administrator.get().decode())
    assert len(keys) == 2
    data = "&".join([*(f"report={key}" for key in keys), "language=en"]).encode()
    installation.administrator.post("/reports/start/", data)
    made = "SELECT public_id, finished_at FROM evaluation_reportjob WHERE state = 'done'"
    installation.wait(lambda: installation.rows(made), "no PDF was made", pause=0.01)
    for pid in descendants(run.process.pid):
        # The worker and its pool, whichever of its steps it is at; web and scheduler live on.
        if " worker " in descendants(run.process.pid).get(pid, ""):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    before = dict(installation.rows(made))
    state = "SELECT state, attempts, file FROM evaluation_reportexport"
    installation.wait(lambda: installation.rows(state)[0][0] == "done", "nobody went on with it")
    after = dict(installation.rows(made))
    assert {key: after[key] for key in before} == before, "what was there is not made again"
    assert len(installation.files()) == 2
    zips = list((installation.var / "files" / "reports").rglob("*.zip"))
    assert zips == [installation.var / "files" / installation.rows(state)[0][2]]
    with zipfile.ZipFile(zips[0]) as archive:
        assert archive.testzip() is None
        assert [name.rsplit(".")[-1] for name in archive.namelist()] == ["pdf", "pdf", "xlsx"]
    assert run.interrupt() == 0
