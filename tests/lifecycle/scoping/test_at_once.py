"""Two partners press at the same moment: both are in, all opens once, nothing happens twice."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection

from lifecycle.scoping import actions, queries
from lifecycle.scoping.actions import Given
from lifecycle.scoping.models import Sheet, SheetAnswer
from lifecycle.scoping.states import SheetKind
from partnerships.access.models import Release
from partnerships.access.places import Place
from partnerships.catalogue.content import Screen
from partnerships.catalogue.queries import content
from partnerships.history.models import Act
from partnerships.notices.models import Notice
from tests.at_once import at_once as press_at_once
from tests.factories import World, make_partnership
from tests.lifecycle.scoping.made import READY, answer_screen

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


#: Of each side: one person a question, and as many who press "hand in" again and again until somebody was first.
EACH_SIDE = 25


def test_fifty_concurrent_submits_of_both_sides_lose_nothing_and_open_once() -> None:
    """Eleven people of each side write one answer each, over each other, while fourteen press to hand in.

    What anybody was told is saved stands in the opened screen; what came too late was refused in words. Whoever presses
    is told what happened; both screens open in one moment, once.
    """
    world = make_partnership(broker=True)
    codes = list(queries.questions_of(content(actions.version_for(SheetKind.SCREEN))))
    assert len(codes) == 11
    options = {q.code: q.options[0].code for q in content(actions.version_for(SheetKind.SCREEN), Screen).items}
    people = {name: world.place(name) for name in ("ngo", "company")}
    for place in people.values():
        # Begun beforehand, so that a lead can be quicker than the last of its own side.
        answer_screen(place, note="begun")

    def write(place: Place, code: str, words: str) -> str:
        while True:
            sheet = queries.own_sheet(place, SheetKind.SCREEN)
            given = {code: Given(option=options[code], text=words)}
            try:
                actions.save_sheet(SheetKind.SCREEN, by=place, answers=given, seen=sheet.version if sheet else 0)
            except ValidationError as error:
                if error.code != "stale":
                    raise
            else:
                return words

    presses: list[Callable[[], object]] = []
    for name, place in people.items():
        presses += [lambda p=place, c=code, w=f"{name} to {code}": write(p, c, w) for code in codes]
        presses += [lambda p=place: actions.hand_in(SheetKind.SCREEN, by=p)] * (EACH_SIDE - len(codes))
    assert len(presses) == 50
    random.Random(7).shuffle(presses)
    results = press_at_once(*presses)
    assert results.count(True) == 1, "the last one in opens both"
    assert results.count(False) == 1
    refused = [r for r in results if isinstance(r, ValidationError)]
    words = " ".join(message for r in refused for message in r.messages)
    assert len(refused) + sum(isinstance(r, str) for r in results) == 48
    assert all("already" in m or "handed in" in m or "read this" in m for r in refused for m in r.messages), words
    saved = {r for r in results if isinstance(r, str)}
    rows = SheetAnswer.objects.of(world.partnership).filter(replaced_at=None)
    assert saved <= set(rows.values_list("text", flat=True)), "what was told to be saved is there"
    for name in people:
        assert set(rows.filter(party=world.party(name)).values_list("question", flat=True)) >= set(READY)
    assert Sheet.objects.of(world.partnership).filter(opened_at__isnull=False).count() == 2
    assert Release.objects.filter(partnership=world.partnership).count() == 2
    acts = Act.objects.of(world.partnership)
    assert acts.filter(kind="scoping.screen_open").count() == 1
    assert acts.filter(kind="scoping.screen_in").count() == 2
    assert Notice.objects.filter(recipient=world.broker.user, kind="scoping.screen_open").count() == 1
    for place in (*people.values(), world.broker):
        assert SheetAnswer.objects.visible_to(place.user).count() == rows.count(), "everybody reads all of it"


def standing(world: World) -> list[str]:
    rows = SheetAnswer.objects.of(world.partnership).filter(question="want", replaced_at=None)
    return list(rows.values_list("text", flat=True))
