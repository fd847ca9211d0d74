"""Several people at the same moment, each on a connection of their own."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.core.exceptions import ValidationError
from django.db import OperationalError, connection

from partnerships.notices.links import LinkRefused

PATIENCE = 240.0


def at_once(*presses: Callable[[], object]) -> list[object]:
    """What each press gave: its result, or the refusal that its person reads. Needs `django_db(transaction=True)`."""
    ready = Barrier(len(presses))

    def run(press: Callable[[], object]) -> object:
        ready.wait(timeout=PATIENCE)
        until, pause = time.monotonic() + PATIENCE, 0.02
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
                    # Ever longer: who asks again at once reads what the one that writes is waiting for.
                    time.sleep(random.uniform(0, pause))
                    pause = min(pause * 2, 2.0)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(presses)) as pool:
        return list(pool.map(run, presses))
