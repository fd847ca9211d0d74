"""Lessons of concluded partnerships that fit one that begins: by words, country, goals and partners; never by name."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.lessons import actions, queries
from lifecycle.scoping import actions as scoping
from lifecycle.scoping.queries import Sought, sought
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
    asked = Sought(country, frozenset({about} if about else ()), texts, **{"kinds": frozenset(), **more})
    return queries.matching_lessons(asked, but_for=make_partnership().partnership)


def test_nothing_is_offered_before_five_cases_are_closed() -> None:
    for number in range(4):
        closed(f"Wells need committees {number}")
    closed("Wells need five readers", approved=False)
    assert found(texts=("wells",)) == {"enough": False, "needed": 5, "lessons": []}
    closed("Wells need patience")
    assert found(texts=("wells",))["enough"]


def test_words_country_goals_and_partners_put_the_fitting_first() -> None:
    for number in range(5):
        closed(f"Count the goats before the rains {number}.")
        closed(f"A ministry needs years {number}.", country="Mali", about="land", sectors=("health",), partners=3)
    closed("Committees stop when the treasurer moves away.")
    first = lambda **asked: found(**asked)["lessons"][0].text  # noqa: E731
    assert first(texts=("Our committee and its treasurer",)) == "Committees stop when the treasurer moves away."
    for asked in (
        {"country": "Mali"},
        {"about": "land"},
        {"sectors": frozenset({"health"})},
        {"kinds": frozenset({"ngo", "company", "government"})},
    ):
        fits = found(**asked)["lessons"]
        assert len(fits) == 5, asked
        assert all(match.text.startswith("A ministry") for match in fits), asked
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


def test_where_a_lesson_comes_from_is_told_neither_in_words_nor_by_what_comes_first() -> None:
    """Whoever makes a record chooses its country, sectors and goals, and sees what is offered for them."""
    one = {"country": "Mali", "about": "land", "sectors": ("health", "water"), "partners": 3}
    closed("Pay no sitting fees.", **one)
    for number in range(4):
        closed(f"Something else {number}", about="water", sectors=("water",))
    for asked in (
        {"country": "Mali"},
        {"country": "Ghana"},
        {"about": "land"},
        {"about": "water"},
        {"sectors": frozenset({"health"})},
        {"kinds": frozenset({"ngo", "company", "government"})},
        {"kinds": frozenset({"ngo", "company"})},
    ):
        assert found(**asked)["lessons"] == [], asked
    every = found(sectors=frozenset({"health", "water"}))["lessons"]
    assert [[str(s) for s in match.sectors] for match in every] == [["Water and sanitation"]] * 5
    assert len({match.score for match in every}) == 1, "in an order that tells nothing"
    for number in range(4):
        closed(f"More from Mali {number}", **one)
    closed("Something else 5")
    assert len([match for match in found(country="Mali")["lessons"] if match.same_country]) == 5


def test_a_record_is_sought_by_the_sectors_it_names() -> None:
    world = make_partnership(sectors=("water", "health"))
    assert sought(world.ngo).sectors == {"health", "water"}
    assert sought(world.ngo).kinds == {"ngo", "company"}


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


def test_four_queries_however_many_lessons() -> None:
    counts = []
    for _ in range(2):
        for number in range(5):
            closed(f"Wells need committees {number}")
        asked, but_for = Sought("Mali", frozenset(), ("wells",), frozenset()), make_partnership().partnership
        with CaptureQueriesContext(connection) as captured:
            assert queries.matching_lessons(asked, but_for=but_for)["enough"]
        counts.append(len(captured))
    assert counts == [4, 4]
