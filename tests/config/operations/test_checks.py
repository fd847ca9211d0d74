"""Where a part begins to be called late, filling or failed."""

from __future__ import annotations

import pytest

from config.operations import checks, state
from config.operations.state import Disk, Jobs, Outbox


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 seconds"), (1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (7300, "2 hours"), (200000, "2 days")],
)
def test_how_long_in_words(seconds: int, words: str) -> None:
    assert checks.lasting(seconds).replace("\xa0", " ") == words


@pytest.mark.parametrize(
    ("age", "every", "late"),
    [(0, 60, False), (600, 60, False), (601, 60, True), (601, 900, False), (4501, 900, True)],
)
def test_a_look_is_late_after_ten_minutes_or_five_turns(age: int, every: float, late: bool) -> None:
    assert checks.is_late(age, every, noted_for=9999) is late
    assert checks.is_late(None, every, noted_for=age) is late


def test_one_late_look_makes_the_scheduler_late() -> None:
    every = {"a": 60.0, "b": 900.0}
    assert checks.scheduler({"a": 5, "b": 30}, every, 9999).state == "met"
    assert checks.scheduler({"a": 5, "b": None}, every, 9999).state == "high"
    assert checks.scheduler({"a": 5, "b": None}, every, 300).state == "met"
    assert checks.scheduler({"a": None, "b": None}, every, 0).word == "Not yet"


def test_one_worker_that_works_is_enough() -> None:
    assert checks.workers({}).state == "high"
    assert checks.workers({"one": 20, "two": 3000}).state == "met"
    assert checks.workers({"one": 700}).state == "high"


@pytest.mark.parametrize(
    ("lag", "failed", "how"), [(None, 0, "met"), (900, 0, "met"), (901, 0, "high"), (901, 3, "high"), (5, 3, "warn")]
)
def test_mails_are_late_after_a_quarter_of_an_hour(lag: int | None, failed: int, how: str) -> None:
    assert checks.outbox(Outbox(pending=9, due=1, retrying=0, claimed=0, failed=failed, lag=lag)).state == how


def test_pdfs_of_both_kinds_count() -> None:
    well, failed = Jobs(waiting=1, working=0, failed=0, lag=3), Jobs(waiting=0, working=0, failed=2, lag=None)
    late = Jobs(waiting=1, working=0, failed=0, lag=901)
    assert checks.pdfs(well, well).said == "2 are to be made."
    assert checks.pdfs(well, failed).state == "warn"
    assert checks.pdfs(failed, late).state == "high"


@pytest.mark.parametrize(("free", "how"), [(50, "met"), (11, "met"), (10, "warn"), (3, "high")])
def test_the_disk_is_told_before_it_is_full(free: int, how: str) -> None:
    assert checks.disk(Disk(free=free, total=100)).state == how


def test_the_disk_of_the_data_folder_is_measured() -> None:
    found = state.disk()
    assert 0 < found.free < found.total


@pytest.mark.django_db
def test_migrations_that_were_not_run_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert state.migrations_to_run() == []
    assert checks.migrations([]).state == "met"
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    # One that stands for several is noted after them, and holds as long as they do.
    rows = MigrationRecorder(connection).migration_qs.filter(app="evaluation").exclude(name__contains="squashed")
    last = rows.latest("id")
    name = f"evaluation.{last.name}"
    last.delete()
    assert name in state.migrations_to_run()
    assert name in checks.migrations(state.migrations_to_run()).said


def test_the_release_has_a_number() -> None:
    assert state.release().count(".") == 2
