"""Two partners press at the same moment: both are in, all opens once, nothing happens twice."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection

from lifecycle.scoping import actions
from lifecycle.scoping.actions import Given
from lifecycle.scoping.models import Sheet, SheetAnswer
from lifecycle.scoping.states import SheetKind
from partnerships.access.models import Release
from partnerships.access.places import Place
from partnerships.history.models import Act
from partnerships.notices.models import Notice
from tests.at_once import at_once as press_at_once
from tests.factories import World, make_partnership
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


@pytest.mark.parametrize("begun", [False, True], ids=["the first lines", "what stands already"])
def test_two_people_on_one_form_at_once_lose_no_line_unseen(begun: bool) -> None:
    """One is saved; the other is told that there is a newer text. Saving again from that one is in."""
    world = make_partnership()
    people = [world.ngo, world.colleague("ngo")]
    lines = [{"want": Given(text=f"What {number} of us wants")} for number in (1, 2)]
    seen = actions.save_sheet(SheetKind.MOTIVES, by=world.ngo, answers={}, seen=0).version if begun else 0
    answers = press_at_once(
        *(
            lambda by=by, line=line: actions.save_sheet(SheetKind.MOTIVES, by=by, answers=line, seen=seen)
            for by, line in zip(people, lines, strict=True)
        )
    )
    refused = [n for n, answer in enumerate(answers) if isinstance(answer, ValidationError)]
    assert [answers[n].code for n in refused] == ["stale"]
    [kept] = {0, 1} - set(refused)
    assert standing(world) == [lines[kept]["want"].text]
    version = Sheet.objects.get(partnership=world.partnership).version
    actions.save_sheet(SheetKind.MOTIVES, by=people[refused[0]], answers=lines[refused[0]], seen=version)
    assert standing(world) == [lines[refused[0]]["want"].text]


def standing(world: World) -> list[str]:
    rows = SheetAnswer.objects.of(world.partnership).filter(question="want", replaced_at=None)
    return list(rows.values_list("text", flat=True))
