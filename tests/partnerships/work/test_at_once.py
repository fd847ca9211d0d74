"""Two machines sweep at the same moment: each reminder goes out once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import OperationalError, connection, transaction

from partnerships import clock
from partnerships.access.actions import circle_here
from partnerships.notices.models import Notice
from partnerships.record.actions import CONSENT
from partnerships.record.models import Partnership
from partnerships.work import actions
from partnerships.work.models import WorkItem
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


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time")
def test_a_row_in_other_hands_is_not_waited_for_and_not_reminded_of_twice() -> None:
    """Who holds it may go on to wait for another row that the sweep has moved: neither would ever end."""
    world = make_partnership()
    for key in ("held", "free"):
        actions.open_item(
            CONSENT,
            partnership=world.partnership,
            key=key,
            party=world.party("company"),
            circle=circle_here(world.ngo, "partners"),
            path="/",
            due_on=clock.today() + timedelta(days=2),
        )
    later = clock.now() + timedelta(days=2)

    def sweep() -> int:
        try:
            with clock.at(later), connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '5s'")
                return actions.sweep()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Partnership.objects.locked(world.partnership)
            WorkItem.objects.filter(key="held").update(subject="held")
            first = pool.submit(sweep).result()
        second = pool.submit(sweep).result()
    assert first >= 1
    assert second == 1
    owed = Notice.objects.filter(kind="work.reminder", work_item__key__in=["held", "free"])
    assert sorted(owed.values_list("work_item__key", flat=True)) == ["free", "held"]
    assert not WorkItem.objects.to_remind_of(later).exists()
