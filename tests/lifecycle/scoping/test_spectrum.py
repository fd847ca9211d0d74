"""The spectrum: two marks alone, opened together, and the forms that a looser step hides."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lifecycle.agreement import actions as agreement
from lifecycle.road import registry
from lifecycle.scoping import actions, queries
from lifecycle.scoping.actions import Given
from lifecycle.scoping.models import SheetAnswer
from lifecycle.scoping.states import SheetKind
from partnerships.access.places import Place
from partnerships.record import actions as record
from partnerships.record.states import Stage
from tests.factories import World, make_partnership, sign_in
from tests.lifecycle.scoping.made import mark_spectrum, open_spectrum

pytestmark = pytest.mark.django_db
HIDDEN = {"agreement.signed": "agreement", "agreement.budget": "budget", "delivery.governance": "governance"}


def marked(world: World, ngo: str, company: str) -> World:
    open_spectrum((world.ngo, ngo), (world.company, company))
    return world


def asked(place: Place) -> set[str]:
    return {c.code for c in registry.conditions(Stage.AGREEMENT, place)} & HIDDEN.keys()


def test_marks_are_set_alone_and_opened_together(client: Client) -> None:
    world = make_partnership(broker=True)
    mark_spectrum(world.ngo, intended="1")
    assert actions.hand_in(SheetKind.SPECTRUM, by=world.ngo) is False
    assert not SheetAnswer.objects.visible_to(world.company.user).exists()
    page = sign_in(client, world.company).get(reverse("scoping:spectrum", args=[world.pid])).content.decode()
    assert "Where do we mean to be?" in page
    assert queries.intended_step(world.ngo) is None
    mark_spectrum(world.company, intended="4", today="0")
    assert actions.hand_in(SheetKind.SPECTRUM, by=world.company) is True
    for name in ("ngo", "company", "broker"):
        page = sign_in(client, world.place(name)).get(reverse("scoping:spectrum", args=[world.pid])).content.decode()
        assert "You mean different steps" in page
        assert "Something to talk about" in page
        assert "Everything is shown until all of you mean the same step" in page


def test_both_marks_are_needed_and_only_steps_count() -> None:
    world = make_partnership()
    sheet = actions.save_sheet(SheetKind.SPECTRUM, by=world.ngo, answers={"today": Given(option="2")}, seen=0)
    with pytest.raises(ValidationError, match="both marks"):
        actions.hand_in(SheetKind.SPECTRUM, by=world.ngo)
    for answers in ({"intended": Given(option="6")}, {"tomorrow": Given(option="1")}):
        with pytest.raises(ValidationError):
            actions.save_sheet(SheetKind.SPECTRUM, by=world.ngo, answers=answers, seen=sheet.version)


def test_no_mark_is_ready_or_a_stop() -> None:
    world = marked(make_partnership(), "1", "4")
    assert set(SheetAnswer.objects.of(world.partnership).values_list("outcome", flat=True)) == {""}


@pytest.mark.parametrize(
    ("ngo", "company", "step", "shown"),
    [
        ("1", "1", 1, set()),
        ("2", "2", 2, {"agreement.signed"}),
        ("3", "3", 3, {"agreement.signed", "agreement.budget"}),
        ("4", "4", 4, set(HIDDEN)),
        ("1", "4", None, set(HIDDEN)),
    ],
)
def test_the_gate_asks_only_what_the_step_of_all_needs(
    ngo: str, company: str, step: int | None, shown: set[str]
) -> None:
    world = make_partnership(stage=Stage.AGREEMENT)
    assert asked(world.ngo) == set(HIDDEN), "nothing is hidden while nothing is marked"
    marked(world, ngo, company)
    assert queries.intended_step(world.ngo) == step
    for name in ("ngo", "company"):
        assert asked(world.place(name)) == shown


def test_one_partner_that_changes_its_mark_brings_the_forms_back(client: Client) -> None:
    world = marked(make_partnership(stage=Stage.AGREEMENT), "1", "1")
    path = reverse("agreement:overview", args=[world.pid])
    page = sign_in(client, world.ngo).get(path).content.decode()
    assert "You need no memorandum" in page
    assert "Start an agreement" not in page
    assert "Propose terms" not in page
    start = reverse("agreement:start", args=[world.pid])
    assert "Memorandum of understanding" not in client.get(start).content.decode()
    refused = client.post(start, {"kind": "mou", "length": "short", "language": "en"})
    assert refused.status_code == 200
    assert client.post(start, {"kind": "nda", "length": "short", "language": "en"}).status_code == 302
    own = queries.own_answers(queries.own_sheet(world.company, SheetKind.SPECTRUM), world.company.user)["intended"]
    actions.change_answer(SheetKind.SPECTRUM, "intended", by=world.company, given=Given(option="3"), seen=own.pk)
    assert queries.intended_step(world.ngo) is None
    page = client.get(path).content.decode()
    assert "You need no memorandum" not in page
    assert "Propose terms" in page
    assert asked(world.ngo) == set(HIDDEN)


def test_what_exists_already_stays(client: Client) -> None:
    world = make_partnership(stage=Stage.AGREEMENT)
    agreement.draft(by=world.ngo, kind="mou", length="short", language="en")
    marked(world, "1", "1")
    text = sign_in(client, world.ngo).get(reverse("agreement:overview", args=[world.pid])).content.decode()
    assert "0 of" in text, "the draft is still there"


def test_delivery_offers_only_what_the_step_needs(client: Client) -> None:
    world = make_partnership(stage=Stage.IMPLEMENTATION)
    path = reverse("delivery:overview", args=[world.pid])
    everything = ("Add a commitment", "Write down what you bring", "Propose who decides what")
    page = sign_in(client, world.ngo).get(path).content.decode()
    assert all(words in page for words in everything)
    marked(world, "0", "0")
    page = client.get(path).content.decode()
    assert not any(words in page for words in everything)
    assert "Promises to communities" in page, "what protects people is never hidden"
    assert "Disagreements" in page


def test_a_partner_that_joins_or_leaves_counts_as_it_stands() -> None:
    world = marked(make_partnership(partners=2), "1", "1")
    assert queries.intended_step(world.ngo) == 1
    world.bring("third")
    assert queries.intended_step(world.ngo) is None, "the new partner has not marked yet"
    mark_spectrum(world.third, intended="2")
    actions.hand_in(SheetKind.SPECTRUM, by=world.third)
    assert queries.intended_step(world.ngo) is None
    record.leave(world.party("third"), by=world.third)
    assert queries.intended_step(world.ngo) == 1


def test_the_broker_reads_the_marks_and_outsiders_nothing(client: Client) -> None:
    world = marked(make_partnership(broker=True, community=True), "1", "2")
    path = reverse("scoping:spectrum", args=[world.pid])
    assert "Share information" in sign_in(client, world.broker).get(path).content.decode()
    assert sign_in(client, world.community).get(path).status_code == 403
    assert sign_in(client, world.outsider).get(path).status_code == 404


def test_the_page_asks_as_often_with_three_partners_as_with_two(client: Client) -> None:
    counts = []
    for partners in (2, 3):
        world = make_partnership(partners=partners)
        for name in ("ngo", "company", "third")[:partners]:
            mark_spectrum(world.place(name))
            actions.hand_in(SheetKind.SPECTRUM, by=world.place(name))
        path = reverse("scoping:spectrum", args=[world.pid])
        sign_in(client, world.ngo).get(path)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
