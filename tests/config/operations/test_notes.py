"""What workers note of themselves, by the signals that Celery really sends."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Task
from django.core.cache import cache

from config.celery import app
from config.operations import notes

SECRET = "we-doubt-their-tailings-dam"


@pytest.fixture(autouse=True)
def _nobody_noted_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "_noted_at", 0.0)


@pytest.fixture
def task() -> Iterator[Task[Any, Any]]:
    @app.task(name="tests.may_fail")
    def may_fail(text: str) -> None:
        if text:
            raise ValueError(text)

    yield may_fail
    app.tasks.unregister("tests.may_fail")


def run(task: Task[Any, Any], text: str, task_id: str = "0d7b1c3e") -> None:
    task.apply(args=(text,), task_id=task_id)


def test_a_task_that_raises_is_noted_without_what_it_said(task: Task[Any, Any]) -> None:
    run(task, SECRET, "0d7b1c3e")
    [failure] = notes.failures()
    assert (failure.task, failure.error, failure.task_id) == ("tests.may_fail", "ValueError", "0d7b1c3e")
    assert time.time() - failure.at < 60
    assert SECRET not in repr(failure)
    assert notes.count_of_failures() == 1
    [age] = notes.ages_of_workers().values()
    assert age < 60


def test_a_task_that_ends_well_is_no_failure_and_shows_its_worker(task: Task[Any, Any]) -> None:
    run(task, "")
    assert notes.failures() == []
    [age] = notes.ages_of_workers().values()
    assert age < 60
    assert set(notes.ages_of_looks().values()) == {None}


def test_the_latest_failures_are_kept_newest_first_and_all_are_counted(task: Task[Any, Any]) -> None:
    for number in range(notes.KEPT_FAILURES + 5):
        run(task, SECRET, f"id-{number}")
    kept = [failure.task_id for failure in notes.failures()]
    assert kept == [f"id-{number}" for number in range(notes.KEPT_FAILURES + 4, 4, -1)]
    assert notes.count_of_failures() == notes.KEPT_FAILURES + 5


def test_each_look_is_told_apart(settings: Any) -> None:
    looks = notes.ages_of_looks()
    assert set(looks) == {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    notes.note_done("reports.sweep", "worker@here")
    assert {task for task, age in notes.ages_of_looks().items() if age is not None} == {"reports.sweep"}


def test_a_worker_that_is_gone_is_forgotten_and_the_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.set("ops:workers", {"old@here": time.time() - 7200, "slow@here": time.time() - 60})
    assert set(notes.ages_of_workers()) == {"slow@here"}
    notes.note_worker("new@here")
    assert set(cache.get("ops:workers")) == {"slow@here", "new@here"}


def test_a_busy_worker_writes_its_note_every_few_seconds() -> None:
    notes.note_worker("first@here")
    notes.note_worker("second@here")
    assert set(notes.ages_of_workers()) == {"first@here"}
