"""The first gate, condition by condition, and who may know what of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from lifecycle.road import registry
from lifecycle.road.registry import Condition
from lifecycle.scoping import actions, gate, queries
from lifecycle.scoping.actions import Given, bodies
from lifecycle.scoping.states import About, SentenceKind, SheetKind, Way
from partnerships import clock
from partnerships.access.places import Place
from partnerships.record import actions as record
from partnerships.record.states import Stage, Standing
from partnerships.work.models import WorkItem
from tests.factories import World, make_partnership
from tests.lifecycle.scoping.made import answer_screen, open_motives, open_screens

pytestmark = pytest.mark.django_db


def conditions(place: Place, stage: str = Stage.SCOPING) -> dict[str, Condition]:
    return {c.code: c for c in registry.conditions(stage, place) if c.code.startswith("scoping.")}


def complete(world: World) -> None:
    """Everything that the gate out of scoping asks."""
    open_screens(world.ngo, world.company)
    open_motives(world.ngo, world.company)
    for kind in SentenceKind.values:
        actions.propose_sentence(kind, text="We bring water to five villages.", by=world.ngo, seen=0)
        actions.agree_sentence(kind, number=1, by=world.company)
    body = bodies.name_body(by=world.ngo, name="Council of Tandi")
    bodies.ask(body, about=About.INVOLVEMENT, asked_on=clock.today(), how="In their assembly", by=world.ngo)


def test_nothing_is_met_at_the_start() -> None:
    world = make_partnership(partners=1)
    found = conditions(world.ngo)
    assert list(found) == [
        "scoping.rules",
        "scoping.motives",
        "scoping.screen",
        "scoping.alternative",
        "scoping.sentences",
        "scoping.asked",
    ]
    assert not any(c.met for c in found.values())
    assert all(c.lessons and c.path for c in found.values())


def test_everything_can_be_met() -> None:
    world = make_partnership(broker=True, community=True)
    complete(world)
    for name in ("ngo", "company", "broker", "community"):
        assert all(c.met for c in conditions(world.place(name)).values())
    assert not WorkItem.objects.filter(partnership=world.partnership, closed_at=None, holds_stage=True).exists()


def test_rules_wait_for_the_partner_that_has_not_accepted() -> None:
    world = make_partnership(rules=False)
    record.accept_rules(by=world.ngo)
    rules = conditions(world.ngo)["scoping.rules"]
    assert (rules.met, rules.waiting_for) == (False, (world.party("company").pk,))


def test_who_is_waited_for_with_the_screen() -> None:
    world = make_partnership()
    answer_screen(world.ngo)
    actions.hand_in(SheetKind.SCREEN, by=world.ngo)
    screen = conditions(world.ngo)["scoping.screen"]
    assert (screen.met, screen.waiting_for) == (False, (world.party("company").pk,))
    assert "Corvane Gold" in str(screen.facts)


def test_a_stop_holds_the_gate_and_cannot_be_waived() -> None:
    world = make_partnership(broker=True, community=True, authority=True)
    answer_screen(world.ngo)
    actions.hand_in(SheetKind.SCREEN, by=world.ngo)
    answer_screen(world.company, q5="clash")
    actions.hand_in(SheetKind.SCREEN, by=world.company)
    for name in ("ngo", "company", "broker"):
        screen = conditions(world.place(name))["scoping.screen"]
        assert (screen.met, screen.waivable) == (False, False)
        assert "Corvane Gold says stop on question 5" in str(screen.facts)
    for name in ("community", "authority"):
        screen = conditions(world.place(name))["scoping.screen"]
        assert "stop" not in str(screen.facts)
        assert screen.waiting_for == (), "who said it shows neither"
    with pytest.raises(ValidationError, match="stop"):
        actions.propose_way(way=Way.GO_ON, by=world.ngo)
    answer = queries.own_answers(queries.own_sheet(world.company, SheetKind.SCREEN), world.company.user)["5"]
    actions.change_answer(SheetKind.SCREEN, "5", by=world.company, given=Given(option="compatible"), seen=answer.pk)
    assert conditions(world.ngo)["scoping.screen"].met


def test_the_alternative_is_compared_or_written_about() -> None:
    world = make_partnership()
    for place in (world.ngo, world.company):
        answer_screen(place, q6="probably" if place.own_party.name == "Corvane Gold" else "compared")
        actions.hand_in(SheetKind.SCREEN, by=place)
    alternative = conditions(world.ngo)["scoping.alternative"]
    assert (alternative.met, alternative.waiting_for) == (False, (world.party("company").pk,))
    answer = queries.own_answers(queries.own_sheet(world.company, SheetKind.SCREEN), world.company.user)["6"]
    actions.change_answer(
        SheetKind.SCREEN,
        "6",
        by=world.company,
        given=Given(option="probably", text="A grant could not settle the water rights."),
        seen=answer.pk,
    )
    assert conditions(world.ngo)["scoping.alternative"].met


def test_editing_a_sentence_clears_the_agreements() -> None:
    world = make_partnership()
    kind = SentenceKind.PURPOSE
    actions.propose_sentence(kind, text="One", by=world.ngo, seen=0)
    assert actions.agree_sentence(kind, number=1, by=world.company) is True
    actions.propose_sentence(kind, text="Two", by=world.colleague("company"), seen=1)
    found = queries.sentences(world.ngo)[kind]
    assert (found.sentence.text, found.agreed) == ("Two", ())
    with pytest.raises(ValidationError) as caught:
        actions.agree_sentence(kind, number=1, by=world.ngo)
    assert caught.value.code == "stale"
    with pytest.raises(ValidationError) as caught:
        actions.propose_sentence(kind, text="Three", by=world.ngo, seen=1)
    assert caught.value.code == "stale"
    assert queries.agreed_sentence(world.ngo, kind) == ""
    actions.agree_sentence(kind, number=2, by=world.ngo)
    actions.agree_sentence(kind, number=2, by=world.company)
    assert queries.agreed_sentence(world.ngo, kind) == "Two"


def test_a_way_needs_all_and_another_way_closes_the_record() -> None:
    world = make_partnership()
    with pytest.raises(ValidationError, match="screens first"):
        actions.propose_way(way=Way.GRANT, by=world.ngo)
    open_screens(world.ngo, world.company)
    first = actions.propose_way(way=Way.GO_ON, by=world.ngo)
    second = actions.propose_way(way=Way.GRANT, by=world.company)
    with pytest.raises(ValidationError, match="Another way"):
        actions.agree_way(first, by=world.company)
    assert actions.agree_way(second, by=world.company) is False
    assert actions.agree_way(second, by=world.ngo) is True
    world.partnership.refresh_from_db()
    assert world.partnership.standing == Standing.NOT_PURSUED
    assert not WorkItem.objects.filter(
        partnership=world.partnership, key__startswith="scoping:", closed_at=None
    ).exists()


@pytest.mark.parametrize("bodies_count", [1, 3])
def test_each_batch_takes_two_queries(django_assert_max_num_queries: Any, bodies_count: int) -> None:
    world = make_partnership(partners=3, broker=True, community=True)
    for name in ("ngo", "company", "third"):
        answer_screen(world.place(name))
        actions.hand_in(SheetKind.SCREEN, by=world.place(name))
    for kind in SentenceKind.values:
        actions.propose_sentence(kind, text="One", by=world.ngo, seen=0)
    for number in range(bodies_count):
        body = bodies.name_body(by=world.ngo, name=f"Council {number}")
        bodies.ask(body, about=About.PARTNERSHIP, asked_on=clock.today(), how="", by=world.ngo)
    for name in ("ngo", "broker", "community"):
        place = world.place(name)
        for batch in (gate.rules_and_screens, gate.sentences, gate.affected_asked, gate.affected_answer):
            with django_assert_max_num_queries(2):
                batch(place)
