"""Two machines sweep at the same moment: each reminder goes out once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import OperationalError, connection

from partnerships import clock
from partnerships.access.actions import circle_here
from partnerships.notices.models import Notice
from partnerships.record.actions import CONSENT
from partnerships.work import actions
from tests.factories import make_partnership

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_sweeps_at_once_owe_each_reminder_once() -> None:
    world = make_partnership()
    for number in range(12):
        actions.open_item(
            CONSENT,
            partnership=world.partnership,
            key=f"k{number}",
            party=world.party("company"),
            circle=circle_here(world.ngo, "partners"),
            path="/",
            due_on=clock.today() + timedelta(days=2),
        )
    ready = Barrier(2)
    later = clock.now() + timedelta(days=2)

    def sweep(_number: int) -> None:
        ready.wait(timeout=20)
        try:
            with clock.at(later):
                while True:
                    try:
                        actions.sweep()
                    except OperationalError:
                        # The tests' SQLite lives in memory, where a busy table is refused instead of waited for.
                        time.sleep(0.02)
                    else:
                        return
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(sweep, range(2)))
    owed = Notice.objects.filter(kind="work.reminder", work_item__key__startswith="k")
    assert owed.count() == 12
    assert len(set(owed.values_list("work_item", flat=True))) == 12
