"""The faults. Each does its harm to the running installation, brings back what it ended, and counts its tries.

What people were told is compared with what is there by the story around it (story.py); what a fault says of itself
(one catch-up, no flood, one reminder each) is checked here.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from .ground import Installation
from .story import Person, Story, Tally

Fault = Callable[[Story, Tally, bool], None]
FAULTS: dict[str, Fault] = {}


def fault(name: str) -> Callable[[Fault], Fault]:
    def keep(run: Fault) -> Fault:
        FAULTS[name] = run
        return run

    return keep


def check(holds: object, tally: Tally, words: str) -> None:
    """A promise of this fault alone."""
    if not holds:
        tally.untrue += 1
        tally.notes.append(words)


# The worker is killed -------------------------------------------------------------------------------------------------
#: A mail's steps that the mail server sees, in their order. With "data" it has all of it, and takes it whoever lives.
AT_THE_SERVER = ("hello", "from", "to", "data", "taken", "quit")
IN_A_MAIL = (
    "partnerships.notices.delivery:claim:after",
    "partnerships.notices.delivery:compose:after",
    "partnerships.notices.delivery:send:after",
)


@fault("worker killed at a step of a mail")
def worker_in_a_mail(story: Story, tally: Tally, short: bool) -> None:
    ground = story.ground
    for moment in ("data", "quit") if short else AT_THE_SERVER:
        die_at_the_server(story, tally, moment)
    for step in IN_A_MAIL[:1] if short else IN_A_MAIL:
        with dying_at(ground, step, tally):
            story.invite()
        story.settle(tally)


def die_at_the_server(story: Story, tally: Tally, moment: str) -> None:
    """The worker is killed in the moment in which the mail server hears this of it."""
    ground, dead = story.ground, []
    tally.tried += 1
    tally.may_come_twice += moment in {"data", "taken", "quit"}

    def die() -> None:
        ground.kill("worker")
        dead.append(moment)

    ground.sink.at[moment] = die
    story.invite()
    ground.until(lambda: dead, f"the worker died at {moment}", patience=30)
    ground.again("worker")
    story.settle(tally)


@contextmanager
def dying_at(ground: Installation, step: str, tally: Tally) -> Iterator[None]:
    """A worker that ends itself at this step; what happens inside leads it there. Another one follows."""
    tally.tried += 1
    once = ground.var / "died"
    once.unlink(missing_ok=True)
    ground.again("worker", DIE_AT=step, DIE_ONCE=str(once))
    yield
    ground.until(lambda: ground.running["worker"].ended, f"the worker died at {step}", patience=60)
    ground.again("worker")


IN_A_REPORT = (
    "evaluation.reports.actions.papers:claim:after",
    "evaluation.reports.printing:html_of:after",
    "partnerships.looks.paper:to_pdf:after",
    "django.core.files.storage:FileSystemStorage.save:after:reports/",
    "evaluation.reports.actions.papers:make_pdf:after",
)


@fault("worker killed at a step of a report")
def worker_in_a_report(story: Story, tally: Tally, short: bool) -> None:
    ground, review = story.ground, story.world["review"]
    steps = IN_A_REPORT[3:4] if short else IN_A_REPORT
    for step in steps:
        key = story.next_report()
        address = f"/p/{review['pid']}/reports/{key}/"
        with dying_at(ground, step, tally):
            story.report(key)
        page = story.reader.get(address)
        check(page is not None and page.status_code == 200, tally, f"the report's page after {step}")
        # The dead worker's lease ends.
        ground.clock.forward(minutes=3)
        ground.until(lambda: job_states(story, key) == ["done"], f"the report after {step}")  # noqa: B023
    left = [name for name in story.orphans() if name.startswith("reports/")]
    check(not left, tally, f"files that dead workers left: {left}")


def job_states(story: Story, key: str) -> list[str]:
    """Of the PDFs of one report."""
    rows = story.rows(
        "SELECT j.state FROM evaluation_reportjob j JOIN evaluation_report r ON r.id=j.report_id"
        " WHERE r.public_id=%s", key)  # fmt: skip
    return [state for (state,) in rows]


IN_REMINDERS = (
    "partnerships.work.actions:_move_on:before",
    "partnerships.work.actions:rules.next_reminder:after",
    "partnerships.work.actions:_move_on:after",
    "partnerships.work.actions:sweep:after",
)
#: With the hours between the step and the opening of the review.
IN_AN_OPENING = (
    ("evaluation.reviews.actions.opening:tell_everyone:before", 24),
    ("evaluation.reviews.actions.opening:_open_part:before", 0),
    ("evaluation.reviews.actions.sweeping:give_own_results:after", 24),
    ("evaluation.reviews.actions.opening:_after_opening:before", 0),
    ("evaluation.reviews.actions.sweeping:open_round:after", 0),
)


@fault("worker killed at a step of a sweep")
def worker_in_a_sweep(story: Story, tally: Tally, short: bool) -> None:
    ground = story.ground
    for step, hours in IN_AN_OPENING[1:2] if short else IN_AN_OPENING:
        to_open = ground.one(f"SELECT count(*) {TO_OPEN}")
        with dying_at(ground, step, tally):
            opening = ground.one(f"SELECT extract(epoch FROM min(opening_at)) {TO_OPEN}")
            ground.forward(hours=(float(opening) - ground.clock.now()) / 3600 - hours, minutes=1)
        if not hours:
            ground.until(lambda: ground.one(f"SELECT count(*) {TO_OPEN}") == to_open - 1, "the review opens")  # noqa: B023
        opened_once(story, tally)
        story.settle(tally)
    for step in IN_REMINDERS[1:2] if short else IN_REMINDERS:
        with dying_at(ground, step, tally):
            to_the_next_reminders(story)
        reminded_once(story, tally)
        story.settle(tally)


TO_OPEN = "FROM evaluation_round WHERE state IN ('frozen', 'own_results')"


def opened_once(story: Story, tally: Tally) -> None:
    """What is open was opened once and whole: nothing of it is sealed any more, and its readers see it."""
    opened = int(story.one("SELECT count(*) FROM evaluation_round WHERE state='opened'"))
    acts = story.one("SELECT count(*) FROM partnerships_act WHERE kind='reviews.opened'")
    check(acts == opened, tally, f"{opened} reviews are open, and it was noted {acts} times")
    left = story.one(
        "SELECT count(*) FROM evaluation_sealedanswer s JOIN evaluation_part p ON p.id=s.part_id"
        " JOIN evaluation_round r ON r.id=p.round_id WHERE r.state='opened'"
    )
    check(left == 0, tally, f"{left} answers of open reviews are sealed still")
    without = story.one(
        "SELECT count(*) FROM evaluation_part p JOIN evaluation_round r ON r.id=p.round_id"
        " WHERE r.state='opened' AND p.destroyed_at IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM evaluation_openanswer t WHERE t.part_id=p.id)"
    )
    check(without == 0, tally, f"{without} parts of open reviews have no figures")
    for (key,) in story.rows("SELECT public_id FROM evaluation_round WHERE state='opened'"):
        page = story.reader.get(f"/p/{story.world['review']['pid']}/reviews/{key}/")
        check(page is not None and page.status_code == 200, tally, f"the page of the review {key}")


def to_the_next_reminders(story: Story) -> float:
    """Time passes until the next commitments are to be reminded of. Gives how far."""
    now = story.ground.clock.now()
    at = story.one(
        "SELECT extract(epoch FROM min(next_reminder_at)) FROM partnerships_workitem"
        " WHERE closed_at IS NULL AND next_reminder_at > to_timestamp(%s)", now)  # fmt: skip
    story.ground.forward(minutes=(float(at) - now) / 60 + 1)
    return float(at) - now


OWED = "FROM partnerships_workitem WHERE closed_at IS NULL AND next_reminder_at <= to_timestamp(%s)"


def reminded_once(story: Story, tally: Tally) -> int:
    """Nobody waits for a reminder, and nobody was owed one twice. Gives how many there are."""
    ground = story.ground
    ground.until(lambda: ground.one(f"SELECT count(*) {OWED}", ground.clock.now()) == 0, "nothing waits for a reminder")
    twice = ground.rows(
        "SELECT work_item_id, recipient_id, names->>'due', count(*) FROM partnerships_notice"
        " WHERE kind='work.reminder' AND key LIKE 'due:%%'"
        " GROUP BY work_item_id, recipient_id, names->>'due', split_part(key, ':', 4) HAVING count(*) > 1"
    )
    if twice:
        tally.doubled += len(twice)
        tally.notes.append(f"reminded twice: {twice[:3]}")
    return int(ground.one("SELECT count(*) FROM partnerships_notice WHERE kind='work.reminder'"))


# Others are killed ----------------------------------------------------------------------------------------------------
@fault("broker killed with messages queued")
def broker_killed(story: Story, tally: Tally, short: bool) -> None:
    ground = story.ground
    for _try in range(1 if short else 5):
        tally.tried += 1
        ground.running["worker"].freeze()
        with story.writing("contact", "invite"):
            story.report(story.next_report())
            time.sleep(2)
            ground.kill("broker")
            time.sleep(2)
            ready = requests_get(f"{ground.url}/health/ready")
            check(ready == 503, tally, f"/health/ready says {ready} without a broker")
            ground.again("broker")
            time.sleep(1)
        ground.running["worker"].freeze(on=False)
        ground.until(lambda: pdfs_waiting(story) == 0, "the PDF that was asked for")
        story.settle(tally)


def pdfs_waiting(story: Story) -> int:
    return int(story.one("SELECT count(*) FROM evaluation_reportjob WHERE state NOT IN ('done', 'failed')"))


def requests_get(url: str) -> int:
    import requests

    return requests.get(url, timeout=30).status_code


@fault("web killed in the middle of uploads and gate moves")
def web_killed(story: Story, tally: Tally, short: bool) -> None:
    ground = story.ground
    for _try in range(2 if short else 20):
        tally.tried += 1
        with story.writing("upload", "gate", "hand-in", "autosave", pause=0.0):
            time.sleep(story.chance.uniform(0.5, 2.0))
            ground.kill("web")
            ground.again("web")
            time.sleep(0.3)


@fault("PostgreSQL restarted under load")
def database_restarted(story: Story, tally: Tally, short: bool) -> None:
    ground = story.ground
    for number in range(2 if short else 10):
        tally.tried += 1
        with story.writing():
            time.sleep(story.chance.uniform(0.5, 2.0))
            ground.cluster.stop(("fast", "immediate")[number % 2])
            time.sleep(0.5)
            ground.cluster.start()
            time.sleep(1.5)
    check(not story.pages[500], tally, f"pages with an error: {dict(story.pages)}")
    for name in ("web", "worker", "scheduler"):
        check(not ground.running[name].ended, tally, f"the {name} went on")


@fault("disk of the files full")
def disk_full(story: Story, tally: Tally, short: bool) -> None:
    ground, review = story.ground, story.world["review"]
    files = ground.var / "files"
    files.mkdir(exist_ok=True)
    there = story.orphans()
    with small_disk(files, megabytes=3) as mounted:
        if not mounted:
            tally.left_out = "this machine does not let us mount a small disk: that needs root"
            return
        for _try in range(20 if short else 60):
            tally.tried += 1
            fact = story.upload(size=400_000)
            if fact.told == "no":
                break
        story.contact()
        refused = [f for f in story.facts[-tally.tried - 1 :] if f.kind == "upload" and f.told == "no"]
        check(refused, tally, "the disk was never full")
        check(not story.pages[500], tally, f"pages with an error: {dict(story.pages)}")
        check(set(story.orphans()) <= set(there), tally, f"files of nobody: {len(story.orphans())}")
        fill(files / "filler")
        last = story.next_report()
        story.report(last)
        ground.until(lambda: job_states(story, last) == ["failed"], "the report that finds no room")
        page = story.reader.get(f"/p/{review['pid']}/reports/{last}/")
        check(page is not None and "no room for it" in page.text, tally, "the report's page says that there is no room")
        (files / "filler").unlink()
        story.report(last)
        ground.until(lambda: job_states(story, last) == ["done"], "the report, once there is room")
        # What was kept on the small disk moves to the large one.
        copy_all(files, ground.var / "kept")
    copy_all(ground.var / "kept", files)


@fault("object store away")
def store_away(story: Story, tally: Tally, short: bool) -> None:
    ground, reader = story.ground, story.people["company2"]
    kept = story.upload()
    for mood in ("refuses",) if short else ("down", "refuses", "silent"):
        tally.tried += 1
        with object_store(mood) as endpoint:
            keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "key"}
            ground.again("web", STORAGE_URL=f"s3://files?endpoint={endpoint}&region=eu-west-1", **keys)
            began = time.monotonic()
            fact = story.upload()
            check(fact.told == "no", tally, f"{mood}: adding a file: {fact}")
            story.contact()
            page = reader.get(f"{kept.where}file/")
            check(page is not None and page.status_code == 503, tally, f"{mood}: reading a file: {page}")
            # Less than gunicorn lets a request last, each of them.
            check(time.monotonic() - began < 2 * 55, tally, f"{mood}: took {time.monotonic() - began:.0f} s")
        ground.again("web")
        page = reader.get(f"{kept.where}file/")
        check(page is not None and page.status_code == 200, tally, f"after {mood}: reading a file: {page}")
    check(not story.pages[500], tally, f"pages with an error: {dict(story.pages)}")


class Refuses(BaseHTTPRequestHandler):
    """Whatever it is asked, it is too busy."""

    def refuse(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET = do_PUT = do_POST = do_DELETE = refuse

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def object_store(mood: str) -> Iterator[str]:
    """Its address. Down: nobody is there. Silent: the line stands, and no answer comes."""
    if mood == "refuses":
        with ThreadingHTTPServer(("127.0.0.1", 0), Refuses) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}"
            server.shutdown()
        return
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        if mood == "silent":
            other.listen()
        yield f"http://127.0.0.1:{other.getsockname()[1]}"


def fill(path: Path) -> None:
    """To the last byte."""
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass


@contextmanager
def small_disk(folder: Path, *, megabytes: int) -> Iterator[bool]:
    """This folder on a disk of its own, that is soon full; what was in it is there as well."""
    before = folder.with_name("kept")
    copy_all(folder, before)
    used = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) // 1_000_000 + 1
    command = ["mount", "-t", "tmpfs", "-o", f"size={used + megabytes}m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode != 0:
        yield False
        return
    try:
        copy_all(before, folder)
        yield True
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def copy_all(folder: Path, to: Path) -> None:
    to.mkdir(exist_ok=True)
    subprocess.run(["cp", "-a", f"{folder}/.", str(to)], check=True)


# Two, none, late ------------------------------------------------------------------------------------------------------
@fault("two schedulers and two workers at once")
def two_of_each(story: Story, tally: Tally, short: bool) -> None:
    ground = story.ground
    ground.start("worker", also="2")
    ground.start("scheduler", also="2")
    time.sleep(4)
    for _try in range(1 if short else 6):
        tally.tried += 1
        with story.writing("invite", "contact", "gate"):
            to_the_next_reminders(story)
            time.sleep(2)
        reminded_once(story, tally)
    ground.end("worker2")
    ground.end("scheduler2")


@fault("mail server down for an hour")
def mail_down(story: Story, tally: Tally, short: bool) -> None:
    ground = story.ground
    moods = ("down", "refuses", "silent", "stalls", "drops before", "drops after")
    for mood in ("down", "drops after") if short else moods:
        tally.tried += 1
        tally.may_come_twice += mood == "drops after"
        says_nothing = mood in {"silent", "stalls"}
        with mail_server(ground, mood), story.writing("invite", "contact", pause=0.5):
            for _minutes in range(1 if says_nothing else 4):
                # Where it says nothing all workers have one in hand, and none of them gets through.
                (ground.clock if says_nothing else ground).forward(minutes=15)
                time.sleep(22 if says_nothing else 1.5)
            if mood != "drops after":
                new_password(story, tally, mood)
        ground.forward(minutes=61)
        story.settle(tally)


def new_password(story: Story, tally: Tally, mood: str) -> None:
    """Somebody waits for a mail before the page: it cannot be sent, and that is what the page says."""
    email = story.world["record"]["people"]["ngo2"]["email"]
    said, took = from_outside(story, "/account/password/reset/", email=email)
    check(said == 503, tally, f"{mood}: asking for a new password: {said}")
    check(took < 30, tally, f"{mood}: asking for a new password took {took:.0f} s")


def from_outside(story: Story, path: str, **data: str) -> tuple[Any, float]:
    """What somebody who is not signed in is answered, and after how many seconds."""
    began = time.monotonic()
    answer = Person(story.ground, {"session": ""}, story).post(path, **data)
    return answer.status_code if answer is not None else "no answer", time.monotonic() - began


@contextmanager
def mail_server(ground: Installation, mood: str) -> Iterator[None]:
    """Down: nobody is there. Silent: the line stands, and nobody ever greets. The others are the sink's own."""
    with contextlib.ExitStack() as after:
        if mood in {"down", "silent"}:
            ground.sink.stop()
            after.callback(ground.sink.start)
            if mood == "silent":
                after.enter_context(socket.create_server(("127.0.0.1", ground.sink.port)))
        else:
            ground.sink.mood = mood
        yield
        ground.sink.mood = "takes"


@fault("mail server slow")
def mail_slow(story: Story, tally: Tally, short: bool) -> None:
    """So slow that a batch of mails takes longer than a dead worker's claim stands."""
    ground = story.ground
    ground.start("worker", also="2")
    time.sleep(3)
    tally.tried += 1

    def take_long() -> None:
        # The next one in hand is a few minutes old at most; those that wait behind five others are over a claim's age.
        ground.clock.forward(minutes=4)
        ground.sink.at["data"] = take_long

    ground.sink.slowness = 1.0
    ground.sink.at["data"] = take_long
    # One look of one worker finds all of them.
    for name in ("worker", "worker2"):
        ground.running[name].freeze()
    for _number in range(8 if short else 24):
        story.invite()
    for name in ("worker", "worker2"):
        ground.running[name].freeze(on=False)
    story.settle(tally)
    ground.sink.slowness = 0.0
    ground.sink.at.clear()
    ground.end("worker2")


@fault("scheduler stopped for three days")
def scheduler_stopped(story: Story, tally: Tally, short: bool) -> None:
    ground = story.ground
    for _try in range(1 if short else 3):
        tally.tried += 1
        story.settle(tally)
        ground.end("scheduler")
        time.sleep(2)
        before, mails = reminders(story), len(ground.sink.mails)
        # Just before the next reminders, and then three days without anybody who looks.
        to_the_next_reminders(story)
        ground.forward(days=3)
        invited = [story.invite() for _number in range(3)]
        time.sleep(3)
        check(reminders(story) == before, tally, "without a scheduler nobody looks")
        ground.start("scheduler")
        ground.until(lambda: reminders(story) > before, "the reminders come", patience=60)  # noqa: B023
        reminded_once(story, tally)
        story.settle(tally)
        items = ground.one(
            "SELECT max(n) FROM (SELECT count(*) n FROM (SELECT * FROM partnerships_notice WHERE kind='work.reminder'"
            " ORDER BY id DESC LIMIT %s) fresh GROUP BY work_item_id, recipient_id) x",
            reminders(story) - before,
        )
        check(items == 1, tally, f"one catch-up for each item, not {items}")
        fresh = ground.sink.mails[mails:]
        readers = {str(mail["to"]) for mail in fresh}
        check(len(fresh) <= len(readers) + len(invited), tally, f"{len(fresh)} mails to {len(readers)} readers")


def reminders(story: Story) -> int:
    return int(story.one("SELECT count(*) FROM partnerships_notice WHERE kind='work.reminder'"))


@fault("clock set back an hour")
def clock_back(story: Story, tally: Tally, short: bool) -> None:
    ground = story.ground
    for _try in range(1 if short else 3):
        tally.tried += 1
        before = reminders(story)
        with story.writing():
            to_the_next_reminders(story)
            time.sleep(3)
            ground.clock.forward(hours=-1)
            time.sleep(3)
        check(reminders(story) >= before, tally, "no reminder is taken back")
        ground.forward(hours=1)
        time.sleep(2)
        reminded_once(story, tally)


@fault("network to the broker cut")
def network_cut(story: Story, tally: Tally, short: bool) -> None:
    ground = story.ground
    for mood in ("cut", "silent") if short else ("cut", "silent") * 3:
        tally.tried += 1
        with story.writing("contact", "invite", "gate"), ground.wire.cut(mood):
            time.sleep(1)
            asked = time.monotonic()
            answer = story.report(story.next_report())
            took = time.monotonic() - asked
            check(answer.told == "yes", tally, f"{mood}: asking for a PDF: {answer}")
            check(took < 15, tally, f"{mood}: asking for a PDF took {took:.0f} s")
            sign_in(story, tally, mood)
            ready = requests_get(f"{ground.url}/health/ready")
            check(ready == 503, tally, f"/health/ready says {ready}")
            time.sleep(2 if short else 15)
        # With messages in hand, kombu ends the worker on a line that is cut; whatever runs it starts it again.
        time.sleep(3)
        if ended := ground.bring_back():
            tally.notes.append(f"{mood}: ended, and came back: {', '.join(ended)}")
        story.settle(tally)
        ground.until(lambda: pdfs_waiting(story) == 0, "work goes on after the cut")


def sign_in(story: Story, tally: Tally, mood: str) -> None:
    """Somebody comes in while the broker, which counts the tries, is away."""
    record = story.world["record"]
    email, password = record["people"]["ngo2"]["email"], record["password"]
    said, took = from_outside(story, "/account/login/", login=email, password=password)
    check(said == 302, tally, f"{mood}: signing in: {said}")
    check(took < 15, tally, f"{mood}: signing in took {took:.0f} s")
