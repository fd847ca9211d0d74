"""Lessons of concluded partnerships that fit one that begins: by words, country, sectors and goals; never by name."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.lessons import actions, queries
from evaluation.lessons.models import SharedLesson
from lifecycle.scoping import actions as scoping
from lifecycle.scoping.queries import Sought, sought
from partnerships import clock
from partnerships.record.models import Partnership
from tests.factories import World, make_partnership, sign_in
from tests.lifecycle.scoping.made import draw_goal

pytestmark = pytest.mark.django_db


def closed(
    text: str,
    *,
    country: str = "Ghana",
    about: str = "",
    approved: bool = True,
    sectors: tuple[str, ...] = (),
    **sides: Any,
) -> World:
    """A closed partnership with one lesson for others."""
    world = make_partnership(country=country, sectors=sectors, name="Secret old name", **sides)
    if about:
        draw_goal(world.ngo, world.company, text="Old secret goal", about=about)
    lesson = actions.word_for_others(text=text, by=world.ngo)
    if approved:
        for name in [n for n in ("company", "third") if n in world.leads]:
            actions.approve(lesson, by=world.place(name))
    Partnership.objects.filter(pk=world.partnership.pk).update(standing="closed")
    return world


def found(country: str = "", texts: tuple[str, ...] = (), about: str = "", **more: Any) -> dict[str, Any]:
    asked = Sought(country, frozenset({about} if about else ()), texts, **more)
    return queries.matching_lessons(asked, but_for=make_partnership().partnership)


def test_nothing_is_offered_before_five_cases_are_closed() -> None:
    for number in range(4):
        closed(f"Wells need committees {number}")
    closed("Wells need five readers", approved=False)
    assert found(texts=("wells",)) == {"enough": False, "needed": 5, "lessons": []}
    closed("Wells need patience")
    assert found(texts=("wells",))["enough"]


def test_words_country_sectors_and_goals_put_the_fitting_first() -> None:
    for number in range(5):
        closed(f"Count the goats {number}.", country="Mali", about="land")
        closed(f"Pay no sitting fees {number}.", sectors=("water",))
    closed("Committees stop when the treasurer moves away.", sectors=("water",))
    first = lambda **asked: found(**asked)["lessons"][0].text  # noqa: E731
    assert first(texts=("Our committee and its treasurer",)) == "Committees stop when the treasurer moves away."
    assert first(country="Mali").startswith("Count the goats")
    assert first(about="land").startswith("Count the goats")
    assert len(found(sectors=frozenset({"water"}))["lessons"]) == 6
    assert found(texts=("nothing alike",), country="Peru")["lessons"] == []


def test_words_are_found_across_accents_and_endings() -> None:
    for number, text in enumerate(
        ["Les comités des forages réparent.", "Goats", "Roads", "Schools", "Clinics in villages"]
    ):
        closed(f"{text} {number}")
    (match,) = found(texts=("un comite de forage",))["lessons"]
    assert set(match.words) == {"comités", "forages"}
    (match,) = found(texts=("the village clinic",))["lessons"]
    assert "villages" in match.words


def test_where_a_lesson_comes_from_is_told_as_in_the_library_and_not_by_what_comes_first_either() -> None:
    closed("Pay no sitting fees.", country="Mali", about="water", sectors=("health", "water"))
    for number in range(4):
        closed(f"Something else {number}", about="water", sectors=("water",))
    alone: dict[str, Any]
    for alone in ({"country": "Mali"}, {"sectors": frozenset({"health"})}):
        assert found(**alone)["lessons"] == [], "one case of five: whoever tried each country would know which"
    matches = found(country="Mali", about="water", sectors=frozenset({"health", "water"}))["lessons"]
    assert {(match.score, match.same_country) for match in matches} == {(6, False)}
    assert [str(a) for a in matches[0].about] == ["Water"], "all five are about water"
    assert [str(s) for s in matches[0].sectors] == ["Water and sanitation"]
    for number in range(4):
        closed(f"More from Mali {number}", country="Mali")
    assert found(country="Mali")["lessons"] == [], "five are from Mali, and the four that are not would be told by it"
    closed("More from Ghana")
    matches = found(country="Mali")["lessons"]
    assert (len(matches), all(match.same_country for match in matches)) == (5, True)


def test_a_record_is_sought_by_the_sectors_it_names() -> None:
    world = make_partnership(sectors=("water", "health"))
    assert sought(world.ngo).sectors == {"health", "water"}


def test_the_page_of_prior_work_offers_them_without_names(client: Client) -> None:
    for number in range(5):
        closed(f"Wells need committees, case {number}.", country="Mali", about="water")
    world = make_partnership(country="Mali", broker=True)
    path = reverse("scoping:prior", args=[world.pid])
    draw_goal(world.ngo, world.company, text="Committees that keep wells", about="water")
    for name in ("ngo", "broker"):
        page = sign_in(client, world.place(name)).get(path).content.decode()
        assert "Wells need committees" in page
        assert "goals about water" in page
        assert "The same country." in page
        assert "Secret old name" not in page
        assert "Old secret goal" not in page


def test_before_there_are_enough_the_page_says_so(client: Client) -> None:
    closed("Wells need committees.")
    world = make_partnership()
    page = sign_in(client, world.ngo).get(reverse("scoping:prior", args=[world.pid])).content.decode()
    assert "Not enough cases yet" in page
    assert "Wells need committees" not in page


def test_what_one_side_wrote_alone_seeks_only_for_that_side() -> None:
    for number in range(5):
        closed(f"{'Debts' if number == 0 else 'Goats'} teach humility {number}.")
    world = make_partnership()
    scoping.write_entry("constraints", text="Our debts", by=world.company)
    for name, expected in (("company", 1), ("ngo", 0)):
        matches = queries.matching_lessons(sought(world.place(name)), but_for=world.partnership)["lessons"]
        assert sum("Debts" in match.text and "Debts" in match.words for match in matches) == expected


def test_the_same_queries_however_many_lessons_and_fewer_while_nothing_changes() -> None:
    counts = []
    for _ in range(2):
        lessons = [closed(f"Wells need committees {number}") for number in range(5)]
        asked, but_for = Sought("Mali", frozenset(), ("wells",)), make_partnership().partnership
        for _again in range(2):
            with CaptureQueriesContext(connection) as captured:
                assert queries.matching_lessons(asked, but_for=but_for)["enough"]
            counts.append(len(captured))
    assert counts == [4, 2, 4, 2]
    lesson = SharedLesson.objects.of(lessons[0].partnership).get()
    assert queries.Cases().told.keys() >= {lesson.partnership_id}
    SharedLesson.objects.of(lesson.partnership).update(withdrawn_at=clock.now())
    assert lesson.partnership_id not in queries.Cases().told, "what goes counts at once"
