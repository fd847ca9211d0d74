"""The library: for everybody signed in, once five cases are closed; searched and filtered, and nobody can be told."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluation.lessons import actions, queries
from evaluation.lessons.models import SharedLesson
from partnerships.record.models import Partnership
from tests.factories import World, make_partnership, sign_in

from .test_matching import closed

pytestmark = pytest.mark.django_db


def five(**more: Any) -> list[World]:
    return [closed(f"Wells need committees {number}.", **more) for number in range(5)]


def page_of(client: Client, **asked: str) -> str:
    return client.get("/library/", asked).content.decode()


def reader(client: Client) -> Client:
    return sign_in(client, make_partnership().outsider)


def test_before_five_cases_the_page_says_how_many_are_missing_and_why(client: Client) -> None:
    reader(client)
    assert "5 more cases are needed" in page_of(client)
    for number in range(4):
        closed(f"Wells need committees {number}.")
    page = page_of(client)
    assert "One more case is needed" in page
    assert "could tell which one a lesson comes from" in page
    assert "Wells need" not in page
    assert "<select" not in page
    closed("Wells need patience.")
    assert "Wells need patience." in page_of(client)


def test_nobody_reads_it_without_signing_in(client: Client) -> None:
    five()
    assert client.get("/library/").status_code == 302
    assert client.get("/library/practice/").status_code == 302


def test_words_what_it_tells_and_the_stage_find_lessons(client: Client) -> None:
    five()
    world = closed("Say at once what failed.")
    SharedLesson.objects.of(world.partnership).update(about="failed", stage="scoping")
    reader(client)
    for asked in ({"words": "FAILED at"}, {"about": "failed"}, {"stage": "scoping"}):
        page = page_of(client, **asked)
        assert "Say at once what failed." in page, asked
        assert "Wells need" not in page, asked
    assert "No lesson fits." in page_of(client, words="100%")
    assert "No lesson fits." in page_of(client, words="wells failed")
    assert "Wells need" in page_of(client, about="nonsense"), "a filter that is not there is left out"


def test_where_lessons_come_from_is_offered_only_where_five_share_it_and_five_do_not(client: Client) -> None:
    five(country="Mali", sectors=("water",), about="water")
    for number in range(4):
        closed(f"Goats {number}.", country="Peru")
    reader(client)
    page = page_of(client)
    assert "Mali" not in page, "the four others would be told by it"
    assert "Sectors, countries and goals can be chosen once" in page
    assert "Goats 1." in page_of(client, country="Mali"), "nor does the address tell"
    closed("Goats 5.", country="Peru")
    page = page_of(client)
    assert "goals about water" in page
    for asked in ({"country": "Mali"}, {"sector": "water"}, {"goal": "water"}):
        page = page_of(client, **asked)
        assert "Wells need committees 3." in page, asked
        assert "Goats" not in page, asked
    assert "No lesson fits." in page_of(client, country="Peru", sector="water")


def test_no_name_stands_there_unless_all_said_yes_to_it(client: Client) -> None:
    five()
    world = make_partnership(name="Secret old name")
    lesson = actions.word_for_others(text="Ask the herders first.", is_named=True, by=world.ngo)
    Partnership.objects.filter(pk=world.partnership.pk).update(standing="closed")
    reader(client)
    names = [world.party(name).name for name in ("ngo", "company")]
    assert "Ask the herders first." not in page_of(client), "one yes is missing"
    Partnership.objects.filter(pk=world.partnership.pk).update(standing="active")
    actions.approve(lesson, by=world.company)
    Partnership.objects.filter(pk=world.partnership.pk).update(standing="closed")
    page = page_of(client)
    assert f"from {names[0]}, {names[1]}" in page
    assert page.count(names[0]) == 1, "of the other lessons nothing is said"
    assert "Secret old name" not in page


def test_pages_go_by_key_and_none_is_lost(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE", 3)
    five()
    closed("Wells need patience.")
    closed("Wells need shade.")
    found: list[str] = []
    key = ""
    for _page in range(3):
        library = queries.library(queries.Cases(), words="wells", after=key)
        found += [row.lesson.text for row in library.lessons]
        key = library.next_key
    assert key == ""
    assert len(found) == len(set(found)) == 7
    reader(client)
    page = client.get("/library/", {"words": "wells", "after": "zzzzzzzzzzzzzzzz"})
    assert page.status_code == 302, "what stood there has gone"
    assert "after=" in page_of(client, words="wells")


def test_the_same_queries_for_one_lesson_and_three(client: Client) -> None:
    five(sectors=("water",))
    for number in range(3):
        closed(f"Goats {'graze' if number else 'climb'} {number}.")
    reader(client)
    page_of(client)
    counts = []
    for words, many in (("climb", 1), ("goats", 3), ("", 8)):
        with CaptureQueriesContext(connection) as captured:
            page = page_of(client, words=words)
        assert page.count('class="cg-task"') == many
        counts.append(len(captured))
    assert len(set(counts)) == 1


def test_lessons_of_practice_have_a_page_of_their_own(client: Client) -> None:
    reader(client)
    assert 'id="EV8"' in client.get("/library/practice/").content.decode()
