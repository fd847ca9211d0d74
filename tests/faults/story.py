"""People who write without pause, and what they were told; held against what is stored, sent and shown.

Each write has a mark of its own. "yes" is an answer that says it was kept, "no" one that says it was not, "unknown" an
answer that never came: that write may be there or not, but not twice.
"""

from __future__ import annotations

import hashlib
import itertools
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg2
import requests

from tests.running import links_of

from .ground import Installation

TOKEN = "t" * 32
#: So many seconds without a word to the mail server: what is in hand is in a dead worker's.
STANDS_STILL = 4
#: A browser waits this long before it says that the page does not answer.
BROWSER_PATIENCE = 90


@dataclass
class Fact:
    """One write, and what its person was told."""

    kind: str
    mark: str
    told: str
    where: str = ""
    #: What it was, where that is more than its mark: a file's hash, a state.
    what: str = ""


@dataclass
class Tally:
    """What one fault came to."""

    fault: str
    tried: int = 0
    writes: int = 0
    told_yes: int = 0
    told_no: int = 0
    unknown: int = 0
    lost: int = 0
    doubled: int = 0
    untrue: int = 0
    mails: int = 0
    mails_twice: int = 0
    #: As many as deaths, or breaks of the line, between the mail server's taking a mail and our note of it.
    may_come_twice: int = 0
    pages_without_next_step: int = 0
    seconds: float = 0.0
    #: Why this machine cannot try it.
    left_out: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not (self.lost or self.doubled or self.untrue or self.pages_without_next_step)

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "holds": self.holds}


class NobodyThere(Exception):
    """Nothing was sent: the browser says that no server answers."""


class Person:
    """Somebody with a browser: signed in, and patient."""

    def __init__(self, ground: Installation, given: dict[str, str], story: Story) -> None:
        self.ground, self.given, self.story = ground, given, story
        self.session = requests.Session()
        self.session.cookies.set("csrftoken", TOKEN)
        self.session.cookies.set("sessionid", given["session"])

    def ask(self, method: str, path: str, **more: Any) -> requests.Response | None:
        """The answer; None where the connection broke. A page that says no must say what to do next."""
        headers = {"X-CSRFToken": TOKEN, "Referer": self.ground.url, **more.pop("headers", {})}
        try:
            answer = self.session.request(
                method, self.ground.url + path, headers=headers, allow_redirects=False, timeout=BROWSER_PATIENCE, **more
            )
        except requests.ConnectionError as error:
            if "refused" in str(error).lower():
                raise NobodyThere from error
            return None
        except requests.RequestException:
            return None
        if answer.status_code >= 400 and "X-Autosave" not in headers:
            self.story.pages[answer.status_code] += 1
            if not re.search(r'<a class="btn|<button', answer.text):
                self.story.without_next_step.append(f"{method} {path} {answer.status_code} {answer.text[:200]!r}")
        return answer

    def get(self, path: str) -> requests.Response | None:
        return self.ask("GET", path)

    def post(self, path: str, **data: Any) -> requests.Response | None:
        return self.ask("POST", path, data=data)


class Story:
    """The writers of one record. `writing()` lets them write for as long as a block lasts."""

    def __init__(self, ground: Installation, world: dict[str, Any], seed: int = 3) -> None:
        self.ground, self.world = ground, world
        self.chance = random.Random(seed)
        self.facts: list[Fact] = []
        self.pages: Counter[int] = Counter()
        self.without_next_step: list[str] = []
        self.people = {name: Person(ground, given, self) for name, given in world["record"]["people"].items()}
        self.reader = Person(ground, {"session": world["review"]["session"]}, self)
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._reports = iter(world["review"]["reports"])
        self._saved = ""
        self.at = f"/p/{world['record']['pid']}/"

    # Writing ----------------------------------------------------------------------------------------------------------
    def note(self, kind: str, mark: str, answer: requests.Response | None, yes: bool, what: str = "") -> Fact:
        told = "unknown" if answer is None else "yes" if yes else "no"
        fact = Fact(kind, mark, told, answer.headers.get("Location", "") if answer is not None else "", what)
        with self._lock:
            self.facts.append(fact)
        return fact

    def mark(self, kind: str) -> str:
        with self._lock:
            return f"{kind}-{next(self._numbers):06d}"

    def contact(self, who: str = "ngo1") -> Fact:
        mark = self.mark("contact")
        answer = self.people[who].post(
            f"{self.at}communication/contacts/log/", who="Health committee", held_on=self.today, said=mark,
            readers="partners",
        )  # fmt: skip
        return self.note("contact", mark, answer, _went_on(answer))

    def upload(self, who: str = "company1", size: int = 200_000) -> Fact:
        mark = self.mark("upload")
        content = (f"{mark}\n" * (size // (len(mark) + 1))).encode()
        answer = self.people[who].ask(
            "POST", f"{self.at}documents/new/", data={"title": mark, "circle": "partners", "kind": "", "note": ""},
            files={"file": (f"{mark}.txt", content)},
        )  # fmt: skip
        return self.note("upload", mark, answer, _went_on(answer), hashlib.sha256(content).hexdigest())

    def autosave(self, who: str = "company") -> Fact:
        """One line that is typed on and on; the page sends the version that it was told last."""
        mark = self.mark("autosave")
        answer = self.people[who].ask(
            "POST", f"{self.at}scoping/motives/", headers={"X-Autosave": "1"},
            data={"version": self._saved or 0, "n_want": mark, "n_fear": "f", "n_success": "s"},
        )  # fmt: skip
        if answer is not None and answer.status_code == 204:
            self._saved = answer.headers["X-Version"]
        elif answer is not None and answer.status_code == 409:
            self._read_version(who)
        return self.note("autosave", mark, answer, answer is not None and answer.status_code == 204)

    def _read_version(self, who: str) -> None:
        """What a person does whose text is older: opens the page anew."""
        page = self.people[who].get(f"{self.at}scoping/motives/")
        found = re.search(r'name="version" value="(\d+)"', page.text) if page is not None else None
        self._saved = found[1] if found else self._saved

    def invite(self, who: str = "ngo") -> Fact:
        mark = self.mark("invite")
        person = self.people[who]
        answer = person.post(
            f"/organisation/{person.given['organisation']}/invite/",
            name=mark, email=f"{mark}@example.org", role="member", language="en",
        )  # fmt: skip
        return self.note("invite", mark, answer, _went_on(answer))

    def hand_in(self, who: str = "ngo") -> Fact:
        """Handed in, and taken back: the other side is never in, so nothing opens."""
        mark = self.mark("hand-in")
        back = self.one("SELECT count(*) FROM lifecycle_sheet s WHERE kind='motives' AND handed_in_at IS NOT NULL") > 0
        before = self._acts("scoping.motives")
        answer = self.people[who].post(f"{self.at}scoping/alone/motives/{'take-back' if back else 'hand-in'}/")
        # Refusals of an action are said on the next page; so the act counts, not the redirect.
        fact = self.note("hand-in", mark, answer, _went_on(answer), "back" if back else "in")
        if fact.told == "yes" and self._acts("scoping.motives") != before + 1:
            fact.what = "not done"
        return fact

    def gate(self) -> Fact:
        """Suspended by one, resumed by both, over and over: one step each time."""
        mark = self.mark("gate")
        standing = self.one("SELECT standing FROM partnerships_partnership WHERE public_id=%s", self.pid)
        if standing == "active":
            answer = self.people["ngo"].post(f"{self.at}hold/", reason=mark)
            return self.note("gate", mark, answer, _went_on(answer), "hold")
        open_ = self.rows("SELECT public_id, party_id FROM lifecycle_proposal WHERE closed_at IS NULL")
        if not open_:
            answer = self.people["ngo"].post(f"{self.at}gate/resume/")
            return self.note("gate", mark, answer, _went_on(answer), "propose")
        answer = self.people["company"].post(f"{self.at}gate/consent/{open_[0][0]}/", answer="yes")
        return self.note("gate", mark, answer, _went_on(answer), "resume")

    def next_report(self) -> str:
        """One that nobody has asked for as a PDF yet."""
        return str(next(self._reports))

    def report(self, key: str) -> Fact:
        """A PDF of a report is asked for."""
        answer = self.reader.post(f"/p/{self.world['review']['pid']}/reports/{key}/pdf/")
        return self.note("report", key, answer, _went_on(answer))

    @property
    def kinds(self) -> dict[str, Callable[[], Fact]]:
        return {
            "contact": self.contact, "upload": self.upload, "autosave": self.autosave, "invite": self.invite,
            "hand-in": self.hand_in, "gate": self.gate,
        }  # fmt: skip

    def prepare(self) -> None:
        """The line that is handed in and taken back is written once."""
        self.people["ngo"].post(f"{self.at}scoping/motives/", version=0, n_want="w", n_fear="f", n_success="s")

    @contextmanager
    def writing(self, *kinds: str, pause: float = 0.05) -> Iterator[None]:
        """Each kind by people of its own, again and again."""
        over = threading.Event()

        def write(kind: str) -> None:
            while not over.is_set():
                try:
                    self.kinds[kind]()
                except (NobodyThere, psycopg2.OperationalError):
                    # No web; or no database, in which the harness looks where the story stands.
                    over.wait(0.2)
                over.wait(pause)

        threads = [threading.Thread(target=write, args=(kind,), daemon=True) for kind in kinds or self.kinds]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join(BROWSER_PATIENCE + 5)

    # Looking ----------------------------------------------------------------------------------------------------------
    @property
    def pid(self) -> str:
        return str(self.world["record"]["pid"])

    @property
    def today(self) -> str:
        return datetime.fromtimestamp(self.ground.clock.now(), UTC).date().isoformat()

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.ground.rows(statement, *values)

    def one(self, statement: str, *values: Any) -> Any:
        return self.ground.one(statement, *values)

    def _acts(self, kind: str) -> int:
        return int(self.one("SELECT count(*) FROM partnerships_act WHERE kind LIKE %s", f"{kind}%"))

    @contextmanager
    def told(self, fault: str) -> Iterator[Tally]:
        """One fault: what happens inside is counted, and compared afterwards."""
        first, began = len(self.facts), time.monotonic()
        first_page, first_mail = len(self.without_next_step), len(self.ground.sink.mails)
        tally = Tally(fault)
        yield tally
        self.settle(tally)
        facts = self.facts[first:]
        tally.writes += len(facts)
        tally.told_yes += sum(f.told == "yes" for f in facts)
        tally.told_no += sum(f.told == "no" for f in facts)
        tally.unknown += sum(f.told == "unknown" for f in facts)
        self._compare(facts, tally)
        self._compare_mails(tally)
        self._compare_shown(facts, tally)
        tally.mails += len(self.ground.sink.mails) - first_mail
        tally.pages_without_next_step += len(self.without_next_step) - first_page
        tally.notes += self.without_next_step[first_page:][:3]
        tally.seconds = round(time.monotonic() - began, 1)

    def settle(self, tally: Tally) -> None:
        """Until nothing that is due waits any more. What a dead worker had claimed comes after its patience."""
        waiting = (
            "SELECT count(*) FROM partnerships_notice WHERE mail_state='claimed'"
            " OR (mail_state='pending' AND send_at <= to_timestamp(%s))"
        )

        def calm() -> bool:
            return int(self.one(waiting, self.ground.clock.now())) == 0

        ground, moved = self.ground, ()
        until = time.monotonic() + STANDS_STILL
        while not calm() and time.monotonic() < until:
            time.sleep(0.2)
            # As long as mails go out, whoever holds the others is alive.
            if moved != (now := (ground.in_hand(), *sorted(ground.sink.met.items()))):
                moved, until = now, time.monotonic() + STANDS_STILL
        if not calm():
            ground.clock.forward(minutes=16)
        try:
            ground.until(calm, "all mails are out", patience=60, pause=0.3)
        except AssertionError:
            left = self.rows("SELECT mail_state, count(*), min(attempts) FROM partnerships_notice GROUP BY 1")
            tally.lost += 1
            tally.notes.append(f"mails that did not go out: {left}")

    def _compare(self, facts: list[Fact], tally: Tally) -> None:
        stored = {
            "contact": "SELECT count(*) FROM lifecycle_contact WHERE said=%s",
            "upload": "SELECT count(*) FROM partnerships_document WHERE title=%s",
            "report": "SELECT count(*) FROM evaluation_reportjob j JOIN evaluation_report r ON r.id=j.report_id"
            " WHERE r.public_id=%s",
            "invite": "SELECT count(*) FROM partnerships_invitation WHERE email=%s || '@example.org'",
        }
        for fact in facts:
            if fact.kind in stored:
                self._count(fact, int(self.one(stored[fact.kind], fact.mark)), tally)
            elif fact.kind == "gate" and fact.what == "hold":
                said = self.one("SELECT count(*) FROM lifecycle_statement WHERE text=%s", fact.mark)
                self._count(fact, int(said), tally)
            elif fact.what == "not done":
                tally.untrue += 1
                tally.notes.append(f"{fact.kind} was answered as done, and was not")
        self._compare_files(facts, tally)
        self._compare_autosaves(tally)
        self._compare_moves(tally)

    @staticmethod
    def _count(fact: Fact, found: int, tally: Tally) -> None:
        if fact.told == "yes" and found == 0:
            tally.lost += 1
            tally.notes.append(f"lost: {fact}")
        if found > 1:
            tally.doubled += 1
            tally.notes.append(f"{found} times: {fact}")
        if fact.told == "no" and found:
            tally.untrue += 1
            tally.notes.append(f"said to be refused, and is there: {fact}")

    def _compare_files(self, facts: list[Fact], tally: Tally) -> None:
        """Every document's file is whole, and no file is there that belongs to nobody."""
        files = self.ground.var / "files"
        wanted = {f.mark: f.what for f in facts if f.kind == "upload"}
        for title, name, digest in self.rows("SELECT title, file, sha256 FROM partnerships_document WHERE file <> ''"):
            if title not in wanted:
                continue
            path = files / name
            if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != digest or digest != wanted[title]:
                tally.lost += 1
                tally.notes.append(f"the file of {title} is not what was sent")
        tally.notes += [f"{len(orphans)} files belong to nobody" for orphans in [self.orphans()] if orphans]

    def orphans(self) -> list[str]:
        files = self.ground.var / "files"
        rows = self.rows("SELECT file FROM partnerships_document UNION SELECT file FROM evaluation_reportjob")
        there = {str(path.relative_to(files)) for path in files.rglob("*") if path.is_file()}
        # The sweep of files writes one for a moment, to learn what time it is there.
        return sorted(name for name in there - {name for (name,) in rows} if not name.startswith("documents/time"))

    def _compare_autosaves(self, tally: Tally) -> None:
        """What stands is what was acknowledged last, or something sent after it."""
        saves = [f for f in self.facts if f.kind == "autosave"]
        known = [n for n, f in enumerate(saves) if f.told == "yes"]
        if not known:
            return
        allowed = {saves[known[-1]].mark} | {f.mark for f in saves[known[-1] + 1 :] if f.told == "unknown"}
        rows = self.rows(
            "SELECT a.text FROM lifecycle_sheetanswer a JOIN lifecycle_sheet s ON s.id=a.sheet_id"
            " WHERE s.kind='motives' AND a.question='want' AND a.replaced_at IS NULL AND a.text LIKE 'autosave-%%'"
        )
        if len(rows) != 1 or rows[0][0] not in allowed:
            tally.lost += 1
            tally.notes.append(f"autosaved last: {sorted(allowed)}, stored: {rows}")

    def _compare_moves(self, tally: Tally) -> None:
        """Held, resumed, held: a move that happened twice would break the chain, and so would half a one."""
        moves = [k for (k,) in self.rows(
            "SELECT m.kind FROM lifecycle_move m JOIN partnerships_partnership p ON p.id=m.partnership_id"
            " WHERE p.public_id=%s ORDER BY m.id", self.pid)]  # fmt: skip
        broken = [n for n, (one, two) in enumerate(itertools.pairwise(moves)) if one == two]
        standing = self.one("SELECT standing FROM partnerships_partnership WHERE public_id=%s", self.pid)
        if broken or (standing == "on_hold") != (moves[-1] == "hold"):
            tally.doubled += 1
            tally.notes.append(f"moves {moves[-6:]}, and the record is {standing}")
        handed = [k for (k,) in self.rows(
            "SELECT kind FROM partnerships_act WHERE kind LIKE 'scoping.motives%%' ORDER BY id")]  # fmt: skip
        if any(one == two for one, two in itertools.pairwise(handed)):
            tally.doubled += 1
            tally.notes.append(f"handed in twice: {handed[-6:]}")

    def _compare_mails(self, tally: Tally) -> None:
        """Every notice that counts as sent was taken once; a mail holds all the notices that are noted under its id."""
        taken = self.ground.sink.taken()
        noted: dict[str, list[str]] = {}
        for message_id, path, state in self.rows(
            "SELECT message_id, path, mail_state FROM partnerships_notice WHERE message_id <> ''"
        ):
            noted.setdefault(message_id, []).append(path)
            if state == "sent" and not taken[message_id]:
                tally.lost += 1
                tally.notes.append(f"noted as sent, and never taken: {message_id}")
        for message_id in taken:
            if message_id not in noted:
                tally.doubled += 1
                tally.notes.append(f"a mail that nobody owed: {message_id}")
        seen: set[str] = set()
        for mail in list(self.ground.sink.mails):
            message_id = str(mail["Message-ID"])
            lines = [link for link in links_of(mail) if "/notices/settings/" not in link]
            if message_id in seen or len(lines) == len(noted.get(message_id, lines)):
                seen.add(message_id)
                continue
            seen.add(message_id)
            tally.lost += 1
            tally.notes.append(f"{message_id} held {len(lines)} lines, of {len(noted[message_id])} noted as sent")
        twice = {m: n for m, n in taken.items() if n > 1}
        fresh = sum(n - 1 for n in twice.values()) - self.ground.known_twice
        self.ground.known_twice += fresh
        tally.mails_twice += fresh
        if tally.mails_twice > tally.may_come_twice:
            tally.doubled += tally.mails_twice - tally.may_come_twice
            tally.notes.append(f"{tally.mails_twice} mails came twice, and {tally.may_come_twice} may")

    def _compare_shown(self, facts: list[Fact], tally: Tally) -> None:
        """The pages of each side stand, and show what was kept last."""
        for name in ("ngo", "company1", "broker"):
            for path in ("/", "/notices/", self.at, f"{self.at}gate/"):
                page = self.people[name].get(path)
                if page is None or page.status_code != 200:
                    tally.untrue += 1
                    tally.notes.append(f"{name} reads {path}: {page.status_code if page is not None else 'no answer'}")
        for kind, who in (("contact", "company2"), ("upload", "ngo2")):
            for fact in [f for f in facts if f.kind == kind and f.told == "yes"][-3:]:
                page = self.people[who].get(fact.where)
                if page is None or fact.mark not in page.text:
                    tally.untrue += 1
                    tally.notes.append(f"{who} does not see {fact}")


def _went_on(answer: requests.Response | None) -> bool:
    return answer is not None and answer.status_code in {302, 303}
