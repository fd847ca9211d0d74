"""Several people at the same moment, each on a connection of their own."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.core.exceptions import ValidationError
from django.db import OperationalError, connection

from partnerships.notices.links import LinkRefused

PATIENCE = 60.0


def at_once(*presses: Callable[[], object]) -> list[object]:
    """What each press gave: its result, or the refusal that its person reads. Needs `django_db(transaction=True)`."""
    ready = Barrier(len(presses))

    def run(press: Callable[[], object]) -> object:
        ready.wait(timeout=PATIENCE)
        until = time.monotonic() + PATIENCE
        try:
            while True:
                try:
                    return press()
                except (ValidationError, LinkRefused) as refused:
                    return refused
                except OperationalError as error:
                    # The tests' SQLite lives in memory, where a second writer is turned away instead of waiting;
                    # on a file it waits (settings), as the other engine does.
                    if "locked" not in str(error) or time.monotonic() > until:
                        raise
                    time.sleep(0.01)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(presses)) as pool:
        return list(pool.map(run, presses))
