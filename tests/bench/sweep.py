"""The reminder sweep against a bare INSERT … SELECT of the rows that it makes, and the delivery of its digests.

All of it happens in a transaction that is taken back, so that the database stays as it was; foreign keys are checked
inside, as a commit would.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import TextField
from django.db.models.functions import MD5, Cast
from django.test.utils import CaptureQueriesContext, override_settings

from partnerships import clock
from partnerships.notices import delivery
from partnerships.notices.models import Notice
from partnerships.work import actions, kinds, rules
from partnerships.work.models import WorkItem

from .judged import Judged
from .server import cpu_of

NAME = "reminder sweep"
#: A morning before anything else in the database is due.
MORNING = datetime(2025, 6, 2, 8, 0, 5, tzinfo=UTC)
#: Open items on that day, a fifth under each rule; one of the five never reminds. Two people are asked for most.
ITEMS = 2500
#: Records of which everything is due at once, for digests: six people each.
DIGEST_RECORDS, DIGESTS = 40, 200
ROUNDS = 5
#: Bars: of the floor, of seconds of CPU for making the reminders, and with the digests' delivery.
TIMES, CREATION_S, DELIVERED_S = 2.0, 0.3, 3.0


@dataclass
class Figure(Judged):
    """Milliseconds of CPU, this process and its database's together."""

    due: int = 0
    reminders: int = 0
    floor_ms: float = 0
    creation_ms: float = 0
    #: Giving each row its next reminder, which the floor has nothing of, and both together.
    moving_on_ms: float = 0
    sweep_ms: float = 0
    ratio: float = 0
    statements: int = 0
    statements_of_one: int = 0
    second_run: int = 0
    digests: int = 0
    notices_in_digests: int = 0
    delivery_ms: float = 0
    bar: float = TIMES

    def judge(self) -> None:
        self.ratio = self.creation_ms / self.floor_ms if self.floor_ms else 0
        self.judge_by(
            {
                f"creation within {TIMES:g} × the floor": self.ratio <= TIMES,
                f"creation within {CREATION_S:g} s": self.creation_ms <= CREATION_S * 1000,
                f"with delivery within {DELIVERED_S:g} s": self.sweep_ms + self.delivery_ms <= DELIVERED_S * 1000,
                "a second run creates nothing": self.second_run == 0,
                "statements independent of rows": self.statements == self.statements_of_one,
                "something to measure": min(self.reminders, self.digests) > 0,
            }
        )

    def __str__(self) -> str:
        return (
            f"{NAME}: {self.reminders:,} reminders of {self.due:,} due items made in {self.creation_ms:.0f} ms of CPU,"
            f" floor {self.floor_ms:.0f}, ratio {self.ratio:.2f}, bar {TIMES:g}; with the items' next times"
            f" {self.sweep_ms:.0f} ms; {self.statements} statements; a second run made {self.second_run};"
            f" {self.digests} digests of {self.notices_in_digests} reminders delivered in {self.delivery_ms:.0f} ms"
            f"{self.verdict}"
        )


class TakenBack(Exception):
    """Ends a transaction that must leave nothing behind."""


@contextlib.contextmanager
def taken_back() -> Iterator[None]:
    with contextlib.suppress(TakenBack), transaction.atomic():
        yield
        raise TakenBack


class Meter:
    """CPU of this process and of its connection's."""

    def __init__(self, cursor: CursorWrapper) -> None:
        self.cursor = cursor
        cursor.execute("SELECT pg_backend_pid()")
        self.backend = int(cursor.fetchone()[0])

    def now(self) -> float:
        return time.process_time() * 1000 + cpu_of(self.backend) / 1e6

    def cost(self, act: Callable[[], Any], *, check: bool = True) -> tuple[float, Any]:
        """Milliseconds of an act and, if wanted, of checking its foreign keys; and what it returned."""
        before = self.now()
        found = act()
        if check:
            self.cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        spent = self.now() - before
        if check:
            self.cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        return spent, found


def measure() -> Figure:
    figure = Figure()
    with connection.cursor() as cursor, clock.at(MORNING), taken_back():
        # What a helper of the database computes is in no count of this process's connection.
        cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        meter = Meter(cursor)
        dated = WorkItem.objects.open().exclude(due_on=None)
        # By chance, and the same in every run.
        scattered = dated.order_by(MD5(Cast("pk", TextField()))).values_list("pk", flat=True)
        with taken_back():
            _make_due(list(scattered[:ITEMS]))
            _creation(cursor, meter, figure)
        with taken_back():
            _make_due(list(scattered[:5]))
            figure.statements_of_one = _statements()
        with taken_back():
            records = list(dated.values_list("partnership", flat=True).distinct().order_by("partnership"))
            # Far from each other: twenty that follow are the same six people's.
            apart = records[:: max(1, len(records) // DIGEST_RECORDS)]
            _make_due(list(dated.filter(partnership__in=apart).values_list("pk", flat=True)))
            actions.sweep()
            _deliver(meter, figure)
    figure.judge()
    return figure


def _make_due(items: list[int]) -> None:
    """These items are due today, a fifth of them under each rule; at the step whose time has come."""
    known = {kind.rule: kind.code for kind in kinds._kinds.values()}
    day = MORNING.date()
    for number, rule in enumerate(rules.RULES):
        offsets = rules.RULES[rule].offsets
        # "event" does not remind on the day itself.
        due = day if 0 in offsets or not offsets else day - timedelta(days=offsets[-1])
        values = {"kind": known[rule], "due_on": due, "zone": "UTC"}
        reminder = {"next_reminder_at": None, "reminder_step": -1}
        if offsets:
            at = MORNING.replace(second=0)
            reminder = {"next_reminder_at": at, "reminder_step": offsets.index((day - due).days)}
        WorkItem.objects.filter(pk__in=items[number :: len(rules.RULES)]).update(**values, **reminder)


def _creation(cursor: CursorWrapper, meter: Meter, figure: Figure) -> None:
    swept: list[float] = []
    moved: list[float] = []
    bare: list[float] = []
    figure.due = WorkItem.objects.to_remind_of(MORNING).count()
    columns = [f.column for f in Notice._meta.concrete_fields if not f.primary_key]
    names = ", ".join(f'"{name}"' for name in columns)
    for number in range(ROUNDS):
        with taken_back(), _watched(meter) as spent_moving:
            spent, _done = meter.cost(actions.sweep)
            # The first round reads from the disk.
            if number:
                swept.append(spent)
                moved += spent_moving
            owed = Notice.objects.filter(created_at=MORNING)
            figure.reminders = owed.count()
            figure.second_run = actions.sweep() + owed.count() - figure.reminders
        with taken_back():
            actions.sweep()
            cursor.execute(f"CREATE TEMPORARY TABLE bench_owed AS SELECT {names} FROM partnerships_notice "
                           "WHERE created_at = %s", [MORNING])  # fmt: skip
            cursor.execute("DELETE FROM partnerships_notice WHERE created_at = %s", [MORNING])
            # A row of another transaction's, as far as unique keys see.
            cursor.execute("UPDATE bench_owed SET key = key || ':bare', public_id = reverse(public_id)")

            def floor() -> None:
                cursor.execute(f"INSERT INTO partnerships_notice ({names}) SELECT {names} FROM bench_owed")

            spent, _none = meter.cost(floor)
            if number:
                bare.append(spent)
    figure.sweep_ms, figure.moving_on_ms, figure.floor_ms = median(swept), median(moved), median(bare)
    figure.creation_ms = figure.sweep_ms - figure.moving_on_ms
    with taken_back():
        figure.statements = _statements()


@contextlib.contextmanager
def _watched(meter: Meter) -> Iterator[list[float]]:
    """What moving on costs inside the sweeps that happen here."""
    move_on, spent = actions._move_on, []

    def moving(*given: Any) -> int:
        cost, found = meter.cost(lambda: move_on(*given), check=False)
        spent.append(cost)
        return int(found)

    actions._move_on = moving
    try:
        yield spent
    finally:
        actions._move_on = move_on


def _statements() -> int:
    with CaptureQueriesContext(connection) as captured:
        actions.sweep()
    return len(captured)


def _deliver(meter: Meter, figure: Figure) -> None:
    """The digests of those records, to a mail server that answers at once; its own CPU is nobody's."""
    Notice.objects.filter(mail_state="pending").exclude(created_at=MORNING).update(mail_state="none")
    with (
        sink() as port,
        override_settings(
            EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_HOST="127.0.0.1", EMAIL_PORT=port
        ),
    ):
        delivery.deliver(5)

        def send() -> int:
            sent = 0
            while sent < DIGESTS:
                more = delivery.deliver(min(100, 3 * (DIGESTS - sent)))
                if not more:
                    break
                sent += more
            return sent

        before = Notice.objects.filter(mail_state="sent", created_at=MORNING).count()
        figure.delivery_ms, figure.digests = meter.cost(send)
        figure.notices_in_digests = Notice.objects.filter(mail_state="sent", created_at=MORNING).count() - before


@contextlib.contextmanager
def sink() -> Iterator[int]:
    """A mail server in a process of its own that takes everything."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}", "-c", "aiosmtpd.handlers.Sink"]
    process = subprocess.Popen(command)
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(10)
