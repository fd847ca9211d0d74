"""Two partners press at the same moment: both are in, all opens once, nothing happens twice."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection

from lifecycle.scoping import actions
from lifecycle.scoping.models import SheetAnswer
from lifecycle.scoping.states import SheetKind
from partnerships.access.models import Release
from partnerships.access.places import Place
from partnerships.history.models import Act
from partnerships.notices.models import Notice
from tests.factories import make_partnership
from tests.lifecycle.scoping.made import answer_screen

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(places: list[Place]) -> list[str]:
    """Each hands in from a connection of its own, all at the same time."""
    ready = Barrier(len(places))

    def press(place: Place) -> str:
        ready.wait(timeout=20)
        try:
            while True:
                try:
                    return "opened" if actions.hand_in(SheetKind.SCREEN, by=place) else "waits"
                except OperationalError:
                    # The tests' SQLite lives in memory, where a busy table is refused instead of waited for.
                    time.sleep(0.02)
        except ValidationError as error:
            return " ".join(error.messages)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(places)) as pool:
        return sorted(pool.map(press, places))


def test_two_partners_at_once_open_both_once() -> None:
    world = make_partnership(broker=True)
    places = [world.ngo, world.company]
    for place in places:
        answer_screen(place)
    assert at_once(places) == ["opened", "waits"]
    assert Release.objects.filter(partnership=world.partnership).count() == 2
    assert Act.objects.of(world.partnership).filter(kind="scoping.screen_open").count() == 1
    assert Notice.objects.filter(recipient=world.broker.user, kind="scoping.screen_open").count() == 1
    for place in (*places, world.broker):
        assert SheetAnswer.objects.visible_to(place.user).count() == 12


def test_two_people_of_one_partner_at_once_hand_in_once() -> None:
    world = make_partnership()
    answer_screen(world.ngo)
    stand_in = world.colleague("ngo", duty="stand_in")
    answers = at_once([world.ngo, stand_in])
    assert "waits" in answers
    assert any("already" in answer for answer in answers)
    assert Act.objects.of(world.partnership).filter(kind="scoping.screen_in").count() == 1
