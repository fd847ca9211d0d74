"""About safeguarding only one short line is exchanged: in clarifications, talking points and measures alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from lifecycle.diligence import actions, queries
from lifecycle.diligence.models import DiligenceAnswer, Measure, TalkingPoint, Thread, ThreadEntry
from lifecycle.diligence.states import SHORT, Level, is_short_line
from partnerships.access.actions import open_release
from tests.factories import World

from .conftest import answer, release_self, soon
from .test_comparing import say, talk
from .test_working_views import about, client_of, page, url

CODE = "8.1"
NEVER = "Never anything about a case: no place, no date, no person."
FITS, LONG = "x" * SHORT, "x" * (SHORT + 1)
TWO_LINES = "One line\nand another"
REFUSED = "only one short line is kept"


def ask(world: World, text: str = "Since when?", code: str = CODE) -> Thread:
    found = queries.released_answer(world.company, world.party("ngo"), world.party("ngo"), code)
    assert found is not None
    return actions.ask_about(found, text=text, with_all=False, by=world.company)


def release_own(world: World, code: str = CODE) -> None:
    answer(world.ngo, world.party("ngo"), code, Level.SOME, "Policy of 2020.")
    open_release(release_self(world.ngo), by=world.company)


def differ(world: World, code: str = CODE) -> None:
    say(world, "company", "company", Level.NONE, ("ngo",), code=code)
    say(world, "ngo", "company", Level.SERIOUS, ("company",), code=code)


def measure(world: World, text: str, code: str = CODE) -> Measure:
    assert world.ngo.seat
    return actions.set_measure(
        about=world.party("ngo"), code=code, text=text, owner=world.ngo.seat, due_on=soon(), board_on=None,
        by=world.ngo,
    )  # fmt: skip


def write_note(world: World, text: str) -> object:
    return talk(world, code=CODE, note=text)


def write_agreed(world: World, **words: str) -> object:
    point = talk(world, code=CODE)
    said = {"note": "", "text": "", **words}
    return actions.write_agreed(point, due_on=None, seen=point.version, by=world.ngo, **said)


# The pages ------------------------------------------------------------------------------------------------------------
#: What is needed first; then who posts where, into which field, what else, and which rows come of it.
Page = tuple[str, str, dict[str, Any], Callable[[], int]]


def asking(world: World) -> Page:
    release_own(world)
    address = url(world, "ask", about(world, "ngo"), about(world, "ngo"), CODE)
    return "company", address, {}, lambda: ThreadEntry.objects.of(world.partnership).count()


def writing(world: World) -> Page:
    release_own(world)
    thread = ask(world)
    actions.open_entries(thread, by=world.ngo)
    address = url(world, "thread", thread.public_id)
    return "ngo", address, {}, lambda: thread.entries.count() - 1


def beginning(world: World) -> Page:
    differ(world)
    address = url(world, "talk", about(world, "company"), CODE)
    return "ngo", address, {"due_on": ""}, lambda: TalkingPoint.objects.of(world.partnership).count()


def agreeing(world: World) -> Page:
    differ(world)
    point = talk(world, code=CODE)
    address = url(world, "talking_point", point.public_id)
    rows = TalkingPoint.objects.of(world.partnership).filter(version__gt=point.version)
    return "ngo", address, {"due_on": "", "note": "", "text": "", "version": str(point.version)}, rows.count


def setting(world: World) -> Page:
    answer(world.ngo, world.party("ngo"), CODE, Level.SOME, "Policy of 2020.")
    assert world.ngo.seat
    data = {"owner": world.ngo.seat.pk, "due_on": soon().isoformat(), "board_on": ""}
    address = url(world, "measure", about(world, "ngo"), CODE)
    return "ngo", address, data, lambda: Measure.objects.of(world.partnership).count()


FIELDS = [(asking, "text"), (writing, "text"), (beginning, "note"), (agreeing, "note"), (agreeing, "text"),
          (setting, "text")]  # fmt: skip


@pytest.mark.parametrize(("made", "field"), FIELDS)
def test_a_page_takes_one_short_line_and_keeps_what_was_typed_beyond(
    world: World, made: Callable[[World], Page], field: str
) -> None:
    who, address, data, count = made(world)
    html = page(world, who, address)
    assert NEVER in html
    assert html.count(f'maxlength="{SHORT}"') >= 1
    assert f'<textarea name="{field}"' not in html
    client = client_of(world, who)
    for typed in (LONG, TWO_LINES):
        response = client.post(address, {**data, field: typed})
        assert response.status_code == 200
        form = response.context["form"]
        assert list(form.errors) == [field]
        assert typed in response.content.decode()
        assert count() == 0
    response = client.post(address, {**data, field: FITS})
    assert response.status_code == 302
    assert count() == 1


# The actions ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("typed", [LONG, TWO_LINES])
def test_an_action_refuses_it_too(world: World, typed: str) -> None:
    release_own(world)
    with pytest.raises(ValidationError, match=REFUSED):
        ask(world, typed)
    assert not Thread.objects.of(world.partnership).exists()
    thread = ask(world, FITS)
    with pytest.raises(ValidationError, match=REFUSED):
        actions.write_entry(thread, text=typed, by=world.ngo)
    with pytest.raises(ValidationError, match=REFUSED):
        measure(world, typed)
    assert measure(world, FITS).text == FITS
    differ(world)
    with pytest.raises(ValidationError, match=REFUSED):
        write_note(world, typed)
    assert not TalkingPoint.objects.of(world.partnership).exists()
    for name in ("note", "text"):
        with pytest.raises(ValidationError, match=REFUSED):
            write_agreed(world, **{name: typed})
    write_agreed(world, note=FITS, text=FITS)
    assert TalkingPoint.objects.of(world.partnership).get().agreed_text == FITS


def test_an_answer_takes_no_second_line_either(world: World) -> None:
    client: Client = client_of(world, "ngo")
    address = url(world, "question", about(world, "ngo"), CODE)
    for typed in (LONG, TWO_LINES):
        data = {"version": "0", "round": "0", "value": "some", "text": typed}
        response = client.post(address, data)
        assert list(response.context["form"].errors) == ["text"]
        with pytest.raises(ValidationError, match=REFUSED):
            answer(world.ngo, world.party("ngo"), CODE, Level.SOME, typed)
    assert not DiligenceAnswer.objects.of(world.partnership).exists()


def test_of_other_themes_one_writes_as_much_as_before(world: World) -> None:
    release_own(world, "2.1")
    thread = ask(world, TWO_LINES, "2.1")
    actions.write_entry(thread, text=LONG, by=world.ngo)
    assert measure(world, f"{LONG}\n{LONG}", "2.1").text == f"{LONG}\n{LONG}"
    html = page(world, "ngo", url(world, "measure", about(world, "ngo"), "2.1"))
    assert '<textarea name="text"' in html
    assert NEVER not in html


@pytest.mark.parametrize(
    ("words", "fits"),
    [("", True), (FITS, True), (f"  {FITS}\n", True), (LONG, False), (TWO_LINES, False), ("a\r\nb", False)],
)
def test_what_is_a_short_line(words: str, fits: bool) -> None:
    assert is_short_line(words) is fits
