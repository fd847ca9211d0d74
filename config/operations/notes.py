"""What workers note of themselves in the shared cache, to be looked at. What is owed stands in rows, never here."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache

_DONE, _WORKERS, _FAILURE, _FAILURES = "ops:done:", "ops:workers", "ops:failure:", "ops:failures"
_FIRST = "ops:first"
#: As many of the latest failures are kept.
KEPT_FAILURES = 20
#: A worker that has finished nothing for so many seconds is forgotten: containers change their names.
FORGET_AFTER = 3600
#: Seconds between two notes of one worker process that it is there.
NOTE_EVERY = 15

_noted_at = 0.0


@dataclass(frozen=True)
class Failure:
    """A task that ended in an exception. Its logs carry the id."""

    task: str
    error: str
    task_id: str
    at: float


def scheduled() -> dict[str, float]:
    """The looks for due work, and how many seconds lie between two of each."""
    entries: list[dict[str, Any]] = list(settings.CELERY_BEAT_SCHEDULE.values())
    return {entry["task"]: entry["schedule"] for entry in entries}


def note_done(task: str, worker: str) -> None:
    """A task succeeded."""
    if task in scheduled():
        cache.set(_DONE + task, time.time(), timeout=None)
    note_worker(worker)


def note_worker(worker: str) -> None:
    """A worker is there. Two that write at once lose one note; the next one comes with the next task."""
    global _noted_at
    if time.monotonic() - _noted_at < NOTE_EVERY:
        return
    _noted_at = time.monotonic()
    moment = time.time()
    recent = {name: at for name, at in cache.get(_WORKERS, {}).items() if moment - at < FORGET_AFTER}
    cache.set(_WORKERS, {**recent, worker: moment}, timeout=None)
    cache.add(_FIRST, moment, timeout=None)


def note_failure(task: str, task_id: str, error: BaseException, worker: str) -> None:
    """A task raised. Only the exception's type is kept: its message may quote data."""
    cache.add(_FAILURES, 0, timeout=None)
    number = cache.incr(_FAILURES)
    failure = {"task": task, "error": type(error).__name__, "task_id": task_id, "at": time.time()}
    cache.set(f"{_FAILURE}{number % KEPT_FAILURES}", failure, timeout=None)
    note_worker(worker)


def ages_of_looks() -> dict[str, int | None]:
    """For each scheduled task, the seconds since a worker last finished it; None where none has."""
    found = cache.get_many([_DONE + task for task in scheduled()])
    return {task: _age(found.get(_DONE + task)) for task in scheduled()}


def ages_of_workers() -> dict[str, int]:
    """For each worker, the seconds since it last finished a task."""
    ages = {name: _age(at) for name, at in sorted(cache.get(_WORKERS, {}).items())}
    return {name: age for name, age in ages.items() if age is not None and age < FORGET_AFTER}


def age_of_first() -> int:
    """The seconds since the first note of all: what has never been noted was not due before."""
    return _age(cache.get(_FIRST)) or 0


def failures() -> list[Failure]:
    """The latest, newest first."""
    found: list[dict[str, Any]] = list(cache.get_many([f"{_FAILURE}{n}" for n in range(KEPT_FAILURES)]).values())
    return sorted((Failure(**each) for each in found), key=lambda failure: -failure.at)


def count_of_failures() -> int:
    """All since the cache was last emptied."""
    return int(cache.get(_FAILURES, 0))


def _age(at: float | None) -> int | None:
    return None if at is None else max(0, int(time.time() - at))
