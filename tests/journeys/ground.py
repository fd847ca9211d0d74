"""A whole installation for a story: web, worker, scheduler, broker, mail. Touched by browser, mail and clock only."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import Any, Literal
from urllib.request import urlopen

import psycopg2
import redis
from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, expect
from psycopg2 import sql

from tests.running import Clock, Sink, free_port, links_of, text_of

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "seven herons over the river"
PATIENCE, START_PATIENCE, DEMO_PATIENCE = 120.0, 300.0, 900.0
ROLES: tuple[Literal["button", "link"], ...] = ("button", "link")
CENTRE = "e => e.scrollIntoView({block: 'center', behavior: 'instant'})"
#: Opens what is folded around a field, as a reader would.
UNFOLD = "e => { for (let d = e.closest('details'); d; d = d.parentElement.closest('details')) d.open = true }"
#: A button that sends its form, whose answer is a whole page.
SENDS = """b => b.type === 'submit' && !!b.form && !b.closest('[hx-post], [hx-get]') &&
    (b.formNoValidate || b.form.noValidate || b.form.checkValidity())"""
#: Seconds until something that is not on the page counts as missing.
UNTIL_MISSING = 15
#: A phone at 3G speed: 400 ms there and back, 50 kB a second.
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}


@dataclass
class ActiveTime:
    """What a person's part of the work took: waiting is measured, reading and typing are reckoned."""

    waited: float = 0.0
    words: int = 0
    typed: int = 0
    taps: int = 0
    pages: int = 0
    _seen: set[str] = field(default_factory=set)

    def load(self, page: Page, since: float) -> None:
        self.waited += time.monotonic() - since
        self.pages += 1
        # What stood on an earlier page is not read again.
        lines = [line.strip() for line in page.locator("main").inner_text().splitlines()]
        self.words += sum(len(line.split()) for line in lines if line not in self._seen)
        self._seen.update(lines)

    @property
    def seconds(self) -> float:
        """150 words a minute are read, 2 characters a second typed with thumbs, 3 seconds go into each tap."""
        return self.waited + self.words / 150 * 60 + self.typed / 2 + self.taps * 3

    def __str__(self) -> str:
        return (
            f"{self.seconds / 60:.1f} minutes: {self.pages} pages waited for in {self.waited:.1f} s, "
            f"{self.words} words read, {self.typed} characters typed, {self.taps} taps"
        )


@dataclass
class Person:
    """Somebody in the story with a browser of their own."""

    ground: Ground
    name: str
    email: str
    context: BrowserContext
    page: Page = field(init=False)
    time: ActiveTime | None = None
    spent: ActiveTime = field(default_factory=ActiveTime)
    #: With a finger, instead of a mouse.
    touches: bool = False

    def __post_init__(self) -> None:
        self.page = self.context.new_page()
        self.page.set_default_timeout(45_000)

    @contextmanager
    def on_a_slow_phone(self) -> Iterator[ActiveTime]:
        """The same person with a phone at 3G speed in hand, signed in as before; adds to the active time."""
        desk, desk_page = self.context, self.page
        self.context = self.ground.context(phone=True, storage_state=desk.storage_state())
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        wire = self.context.new_cdp_session(self.page)
        wire.send("Network.enable")
        wire.send("Network.emulateNetworkConditions", SLOW)
        self.time = self.spent
        try:
            yield self.time
        finally:
            desk.clear_cookies()
            desk.add_cookies(self.context.cookies())  # type: ignore[arg-type]
            self.context.close()
            self.context, self.page, self.time = desk, desk_page, None

    @contextmanager
    def on_a_phone_without_signing_in(self) -> Iterator[None]:
        """Another phone, which this installation has never seen: only what the mail's link allows."""
        desk, desk_page = self.context, self.page
        self.context = self.ground.context(phone=True)
        self.page = self.context.new_page()
        self.page.set_default_timeout(45_000)
        try:
            yield
        finally:
            self.context.close()
            self.context, self.page = desk, desk_page

    def sign_in(self, password: str) -> None:
        self.go("/")
        self.fill(login=self.email, password=password)
        self.submit()

    def go(self, path: str) -> Page:
        """Open a page of the installation; fails where it answers with an error."""
        since = time.monotonic()
        address = self.ground.url + path if path.startswith("/") else path
        try:
            response = self.page.goto(address)
        except Error as error:
            # On a slow machine what the last press began may still be under way, and end this one.
            if not any(words in str(error) for words in ("ERR_ABORTED", "interrupted by another navigation")):
                raise
            self.page.wait_for_load_state()
            response = self.page.goto(address)
        assert response is not None
        assert response.status < 400, (path, response.status, self.page.inner_text("body")[:400])
        if self.time:
            self.time.load(self.page, since)
        return self.page

    def open(self, path: str = "") -> Page:
        """Open a page of the story's record."""
        return self.go(f"{self.ground.record}{path}")

    def cannot_open(self, path: str) -> None:
        """The page of the record is not there for this person, or asks who they are."""
        answer = self.context.request.get(f"{self.ground.url}{self.ground.record}{path}", max_redirects=0)
        assert answer.status in {302, 403, 404}, (path, answer.status)

    def click(self, name: str) -> None:
        """Press the button, or follow the link, that a reader would call so: by its whole name, else by a part."""
        self._press(self._named(name))

    def _named(self, name: str) -> Locator:
        main = self.page.locator("main")
        found = [main.get_by_role(role, name=name, exact=exact) for exact in (True, False) for role in ROLES]
        # The page that the last press asked for may still be on its way.
        patience = time.monotonic() + UNTIL_MISSING
        while time.monotonic() < patience:
            if there := next((target for target in found if target.count()), None):
                return there.first
            self.page.wait_for_timeout(50)
        return found[-1].first

    def click_beside(self, text: str, name: str) -> None:
        """Follow the link that stands in the same row as a text."""
        rows = self.page.locator("main tr, main li").filter(has_text=text)
        self._press(rows.get_by_role("link", name=name).first)

    def _press(self, target: Locator) -> None:
        since = time.monotonic()
        if target.evaluate(SENDS):
            # Somebody else looks next: what was sent must have its answer, and may first wait for an autosave's.
            with self.page.expect_navigation(wait_until="commit"):
                self.point_at(target)
        else:
            self.point_at(target)
        self.page.wait_for_load_state()
        if self.time:
            self.time.taps += 1
            self.time.load(self.page, since)

    def point_at(self, target: Locator) -> None:
        if self.touches:
            target.tap()
        else:
            target.click()

    def choose(self, option: Locator) -> None:
        if self.touches:
            option.tap()
        else:
            option.check(force=True)

    def fill(self, **fields: Any) -> None:
        """Fill in fields by their names in the form; True ticks, a list chooses several."""
        for name, value in fields.items():
            inputs = self.page.locator(f"main [name='{name.replace('__', '-')}']:not([type=hidden])")
            inputs.first.evaluate(UNFOLD)
            kind = inputs.first.get_attribute("type")
            if self.time:
                self.time.taps += 1
                self.time.typed += len(str(value)) if kind in {None, "text", "email", "password"} else 0
            if kind == "radio":
                # By its value, else by how the value begins: what follows is an id that nobody knows beforehand.
                radios = [f"main [name='{name.replace('__', '-')}'][value{sign}'{value}']" for sign in ("=", "^=")]
                found = next((r for r in radios if self.page.locator(r).count()), radios[0])
                radio = self.page.locator(found).first
                # Away from what sticks to the edge of the screen, as a person would scroll.
                radio.evaluate(CENTRE)
                radio.check(force=True)
            elif kind == "checkbox":
                inputs.first.evaluate(CENTRE)
                inputs.first.set_checked(bool(value), force=True)
            elif kind == "file":
                inputs.first.set_input_files(value)
            elif inputs.first.evaluate("e => e.tagName") == "SELECT":
                self._select(inputs.first, str(value))
            else:
                inputs.first.fill(str(value))

    @staticmethod
    def _select(select: Any, wanted: str) -> None:
        options = select.evaluate("e => [...e.options].map(o => [o.value, o.text])")
        value = next((v for v, text in options if wanted in (v, text)), None)
        value = value or next(v for v, text in options if wanted in text)
        select.select_option(value)

    def submit(self, button: str | None = None) -> None:
        """Send the form; with a name, press that button. Fails where the form, or the answer to it, has errors."""
        primary = self.page.locator(
            "main form[method=post] button:is(.btn-primary, .btn-danger):not([type=button])"
        ).first
        target = self._named(button) if button else primary
        missing = target.evaluate("b => b.form && [...b.form.querySelectorAll(':invalid')].map(e => e.name).join(', ')")
        assert not missing, f"not filled in: {missing}"
        self._press(target)
        errors = self.page.locator(".cg-errors")
        assert errors.count() == 0, errors.first.inner_text()

    def sees(self, text: str) -> None:
        expect(self.page.locator("main")).to_contain_text(text)

    def sees_not(self, text: str) -> None:
        expect(self.page.locator("main")).not_to_contain_text(text)

    def mail(self, contains: str = "", *, subject: str = "") -> Message:
        """The newest mail to this person that says so; waits for the worker."""
        return self.ground.mail_to(self.email, contains, subject=subject)

    def follow(self, mail: Message, containing: str = "") -> Page:
        """Open the first link of a mail."""
        return self.go(next(link for link in links_of(mail) if containing in link))

    def shoot(self, name: str) -> None:
        """A picture on the way, where bin/shots asks for them."""
        if folder := os.environ.get("CG_SHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@dataclass
class Ground:
    """The running installation."""

    url: str
    sink: Sink
    folder: Path
    environment: dict[str, str]
    browser: Browser
    clock: Clock
    people: dict[str, Person] = field(default_factory=dict)
    #: The address of the story's record, once somebody has proposed it.
    record: str = ""

    def person(self, name: str, email: str, *, phone: bool = False, language: str = "en") -> Person:
        """Somebody opens a browser; known in the story by the first part of the mail address."""
        who = Person(self, name, email, self.context(phone=phone, locale=language), touches=phone)
        self.people[email.split("@")[0]] = who
        return who

    def context(self, *, phone: bool, **more: Any) -> BrowserContext:
        viewport: Any = {"width": 360, "height": 740} if phone else {"width": 1280, "height": 900}
        return self.browser.new_context(viewport=viewport, has_touch=phone, accept_downloads=True, **more)

    def demo_people(self) -> list[Person]:
        """Everybody whose sign-in the demo world prints, each signed in by the browser."""
        printed = self.operator("demo_signins")
        password = re.search(r"password (.+)", printed)
        assert password, printed
        found = []
        for email in re.findall(r"\S+@\S+", printed):
            who = self.person(email.split("@")[0], email)
            who.sign_in(password[1].strip())
            found.append(who)
        return found

    def operator(self, *command: str) -> str:
        """The people who run the installation, at its command line."""
        return self._run("manage.py", *command)

    def tell(self, beginning: str, *chapters: str) -> None:
        """What came before is told, not clicked: chapters of a file in `beginnings`. The story's record is theirs."""
        self.record = self._run("-m", "tests.journeys.beginnings", beginning, *chapters).strip()

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def forward(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> None:
        """Time passes, for every process at once."""
        self.clock.forward(days=days, hours=hours, minutes=minutes)

    def until(self, moment: str) -> None:
        """Time passes until this moment (UTC)."""
        wanted = datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()
        self.forward(hours=max(0.0, wanted - self.clock.now()) / 3600)

    @property
    def today(self) -> date:
        """The day in the story."""
        return datetime.fromtimestamp(self.clock.now(), UTC).date()

    def day(self, after: int) -> str:
        """So many days after the story's today, as a form takes it."""
        return (self.today + timedelta(days=after)).isoformat()

    def mail_to(self, address: str, contains: str = "", *, subject: str = "", patience: float = PATIENCE) -> Message:
        until = time.monotonic() + patience
        while time.monotonic() < until:
            for mail in reversed(self.sink.mails):
                if address in str(mail["to"]) and contains in text_of(mail) and subject in str(mail["subject"]):
                    return mail
            time.sleep(0.2)
        heads = [f"{m['to']}: {m['subject']}" for m in self.sink.mails]
        raise AssertionError(f"no mail to {address} with {contains or subject!r}; there are {heads}")

    def eventually(self, check: Any, *, patience: float = PATIENCE) -> Any:
        """Wait until the worker has done something that a page shows."""
        until = time.monotonic() + patience
        while True:
            try:
                if found := check():
                    return found
            except AssertionError:
                if time.monotonic() > until:
                    raise
            if time.monotonic() > until:
                raise AssertionError("it did not happen")
            time.sleep(0.5)


def _until_ten() -> float:
    """Seconds until ten in the morning (UTC): a story that begins at three at night waits for reminders in vain."""
    now = datetime.now(UTC)
    ten = now.replace(hour=10, minute=0, second=0, microsecond=0)
    return (ten + timedelta(days=ten < now) - now).total_seconds()


@contextmanager
def installation(folder: Path, browser: Browser, *, demo: bool = False) -> Iterator[Ground]:
    """The supervisor of bin/start, empty or with the demo world, a mail server, a clock of its own;
    an empty one, where a story waits for it, looks for due work each second.

    On the embedded database and broker; with JOURNEY_DATABASE_URL and JOURNEY_REDIS_URL on those, which are emptied.
    """
    port, sink = free_port(), Sink()
    sink.start()
    environment = {
        **os.environ,
        "CG_VAR": str(folder / "var"),
        "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
        "SITE_URL": f"http://127.0.0.1:{port}",
        "CLOCK_FILE": str(folder / "clock"),
    }
    if not demo:
        environment |= {"SWEEP_SECONDS": "1", "DELIVER_SECONDS": "1", "FLAG_SECONDS": "3"}
    environment = {name: value for name, value in environment.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    if database := os.environ.get("JOURNEY_DATABASE_URL"):
        database, broker = _own(database, os.environ["JOURNEY_REDIS_URL"])
        environment |= {"DATABASE_URL": database, "REDIS_URL": broker}
        _empty_servers(database, broker)
    folder.mkdir(parents=True, exist_ok=True)
    # All stories of one run read the same static files: gathering them takes longest.
    environment["CG_STATIC"] = str(folder.parent / "static")
    if not (folder.parent / "static").exists():
        collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
        subprocess.run(collect, cwd=ROOT, env={**environment, "SECRET_KEY": "unused", "LINK_KEY": "unused"}, check=True)
    clock = Clock(folder / "clock", 0.0 if demo else _until_ten())
    log = (folder / "start.log").open("w")
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "bin" / "supervise.py"), "--demo" if demo else "--empty", "--port", str(port)],
        cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, process, folder, DEMO_PATIENCE if demo else START_PATIENCE)
        # The operator's commands find the same keys as the processes.
        for name, variable in (("secret", "SECRET_KEY"), ("link", "LINK_KEY"), ("seal", "SEAL_KEYS")):
            key = folder / "var" / "keys" / name
            if key.exists():
                environment.setdefault(variable, key.read_text().strip())
        yield Ground(url, sink, folder, environment, browser, clock)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        sink.stop()
        log.close()


def _own(database: str, broker: str) -> tuple[str, str]:
    """A database of the server and one of the broker for each worker: two stories go on at once."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    server, _, first = broker.rpartition("/")
    return f"{database}_{number}", f"{server}/{int(first) + number}"


def _empty_servers(database: str, broker: str) -> None:
    """A new database, and a broker without the messages of another story."""
    server, _, name = database.rpartition("/")
    connection = psycopg2.connect(f"{server}/postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    connection.close()
    redis.from_url(broker).flushdb()


def _wait(url: str, process: subprocess.Popen[bytes], folder: Path, patience: float) -> None:
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if process.poll() is not None:
            raise AssertionError((folder / "start.log").read_text()[-3000:])
        try:
            with urlopen(f"{url}/health/live", timeout=5):
                return
        except OSError:
            time.sleep(0.4)
    raise AssertionError("the installation did not start: " + (folder / "start.log").read_text()[-3000:])
