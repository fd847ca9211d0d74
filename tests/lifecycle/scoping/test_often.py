"""A community that is asked too often: in how many other partnerships a body takes part, as a number, to few."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lifecycle.scoping import queries
from lifecycle.scoping.actions import bodies
from lifecycle.scoping.forms import ApproveForm
from lifecycle.scoping.models import BodyAnswer, BodyNote
from lifecycle.scoping.states import About, BodySays
from partnerships import clock
from partnerships.notices import links
from partnerships.record import actions as record
from partnerships.record.models import Partnership, Party
from tests.factories import World, make_partnership, sign_in
from tests.lifecycle.scoping.made import open_screens

pytestmark = pytest.mark.django_db


def elsewhere(world: World, *, name: str = "Kessa clinics secret name", standing: str = "active") -> World:
    """Another partnership in which the same community takes part."""
    other = make_partnership(name=name)
    Partnership.objects.filter(pk=other.partnership.pk).update(standing=standing)
    party = Party.objects.create(
        partnership=other.partnership, organisation=world.party("community").organisation, role="rights_holder"
    )
    Party.objects.filter(pk=party.pk).update(rules_accepted_at=world.party("community").rules_accepted_at)
    return other


def often(world: World, reader: str) -> list[int]:
    return [o.count for o in queries.asked_often(world.place(reader))]


def test_the_number_counts_other_open_partnerships_only() -> None:
    world = make_partnership(broker=True, community=True)
    assert often(world, "ngo") == [0]
    elsewhere(world)
    elsewhere(world)
    elsewhere(world, standing="closed")
    elsewhere(world, standing="not_pursued")
    assert often(world, "ngo") == often(world, "company") == often(world, "broker") == often(world, "community") == [2]


def test_who_left_and_who_was_only_invited_is_not_counted() -> None:
    world = make_partnership(community=True)
    left, invited = elsewhere(world), elsewhere(world)
    parties = Party.objects.filter(organisation=world.party("community").organisation)
    parties.filter(partnership=left.partnership).update(left_on="2026-01-01")
    parties.filter(partnership=invited.partnership).update(rules_accepted_at=None)
    assert often(world, "ngo") == [0]


def test_authorities_funders_and_those_that_left_are_told_nothing(client: Client) -> None:
    world = make_partnership(partners=3, community=True, authority=True, funder=True)
    elsewhere(world)
    for name in ("authority", "funder"):
        assert often(world, name) == []
        page = sign_in(client, world.place(name)).get(reverse("scoping:affected", args=[world.pid])).content.decode()
        assert "other partnership" not in page
    record.leave(world.party("third"), by=world.third)
    assert often(world, "third") == []


def test_it_is_shown_where_bodies_are_named_and_beside_the_question_without_any_name(client: Client) -> None:
    world = make_partnership(broker=True, community=True)
    body = bodies.name_body(by=world.ngo, name="Comité", body_party=world.party("community"))
    other = elsewhere(world)
    words = "Comité de Tandi takes part in 1 other partnership"
    sign_in(client, world.ngo)
    for name, *args in (("affected",), ("screen",), ("ask_body", body.public_id)):
        page = client.get(reverse(f"scoping:{name}", args=[world.pid, *args])).content.decode()
        assert words in page, name
        assert other.partnership.name not in page
        assert other.pid not in page
    open_screens(world.ngo, world.company, q10="want")
    page = client.get(reverse("scoping:screen", args=[world.pid])).content.decode()
    assert words in page
    assert other.partnership.name not in page


def test_a_body_without_a_seat_is_never_compared_by_name(client: Client) -> None:
    world = make_partnership()
    bodies.name_body(by=world.ngo, name="Comité de Tandi")
    second = make_partnership(community=True)
    assert second.party("community").organisation.name == "Comité de Tandi"
    page = sign_in(client, world.ngo).get(reverse("scoping:affected", args=[world.pid])).content.decode()
    assert "takes part in" not in page


def test_it_asks_the_same_however_many_records() -> None:
    counts = []
    for many in (1, 3):
        world = make_partnership(community=True)
        for _ in range(many):
            elsewhere(world)
        place = world.ngo
        with CaptureQueriesContext(connection) as captured:
            assert [o.count for o in queries.asked_often(place)] == [many]
        counts.append(len(captured))
    assert counts[0] == counts[1]


# Bodies without a seat ------------------------------------------------------------------------------------------------
COUNCIL = "council@example.org"


def answers_by_mail(
    world: World, *, counted: bool = True, address: str = COUNCIL, approves: bool = True, readers: tuple[str, ...] = ()
) -> BodyNote:
    """A body without a seat gets a note to approve at its address."""
    body = bodies.name_body(by=world.ngo, name="Secret council name", address=address)
    bodies.ask(body, about=About.PARTNERSHIP, asked_on=clock.today(), how="", by=world.ngo)
    note = bodies.write_note(body, about=About.PARTNERSHIP, says=BodySays.WANT, words="", by=world.ngo)
    if approves:
        token = links.token_for("scoping.note", note.pk, None)
        bodies.approve_note(token, readers=[world.party(r) for r in readers], is_counted=counted)
    return note


def by_mail(world: World, reader: str = "ngo") -> list[int]:
    return [o.may_be for o in queries.asked_often(world.place(reader)) if o.party is None]


def test_a_body_that_let_itself_be_counted_is_counted_by_its_address() -> None:
    world = make_partnership()
    answers_by_mail(world)
    assert by_mail(world) == []
    answers_by_mail(make_partnership(name="Elsewhere"), address="Council@Example.org")
    answers_by_mail(make_partnership(name="And there"))
    answers_by_mail(make_partnership(name="Another"), address="other@example.org")
    assert by_mail(world) == [2]


def test_nobody_learns_by_writing_a_name_an_address_or_that_a_body_was_asked(client: Client) -> None:
    answers_by_mail(make_partnership(name="Elsewhere"))
    world = make_partnership()
    note = answers_by_mail(world, approves=False)
    assert by_mail(world) == [], "a note that was sent, and not approved by the body, tells nothing"
    page = sign_in(client, world.ngo).get(reverse("scoping:ask_body", args=[world.pid, note.body.public_id]))
    assert "other partnership" not in page.content.decode()
    bodies.refuse_note(links.token_for("scoping.note", note.pk, None), objection="")
    assert by_mail(world) == []


def test_a_body_that_did_not_tick_it_or_took_it_back_is_not_counted() -> None:
    world = make_partnership()
    answers_by_mail(world)
    answers_by_mail(make_partnership(name="Silent"), counted=False)
    closed = make_partnership(name="Closed")
    answers_by_mail(closed)
    Partnership.objects.filter(pk=closed.partnership.pk).update(standing="closed")
    back = make_partnership(name="Taken back")
    note = answers_by_mail(back)
    bodies.withdraw_answer(BodyAnswer.objects.of(back.partnership).get(body=note.body), by=back.ngo)
    assert by_mail(world) == []


def test_only_partners_and_brokers_who_read_the_answer_are_told() -> None:
    world = make_partnership(partners=3, broker=True, authority=True, funder=True)
    answers_by_mail(world, readers=("company", "authority", "funder"))
    answers_by_mail(make_partnership(name="Elsewhere"))
    assert {who: by_mail(world, who) for who in ("ngo", "company")} == {"ngo": [1], "company": [1]}
    for who in ("third", "broker", "authority", "funder"):
        assert by_mail(world, who) == [], who


def test_a_seat_elsewhere_and_an_answer_by_mail_may_be_the_same_body(client: Client) -> None:
    seated = make_partnership(community=True, name="Seated there")
    address = seated.community.user.email
    world = make_partnership()
    note = answers_by_mail(world, address=address)
    assert by_mail(world) == [1]
    page = sign_in(client, world.ngo).get(reverse("scoping:affected", args=[world.pid])).content.decode()
    assert "a body answers in 1 other partnership. It may be the same body." in page
    for secret in ("Seated there", seated.pid, "Comité de Tandi"):
        assert secret not in page
    # And the other way round, beside the number that is certain.
    [told] = queries.asked_often(seated.ngo)
    assert (told.count, told.may_be) == (0, 1)
    note.is_counted = False
    note.save()
    assert [o.may_be for o in queries.asked_often(seated.ngo)] == [0]


def test_the_page_of_the_mail_asks_and_is_not_ticked_beforehand(client: Client) -> None:
    world = make_partnership()
    note = answers_by_mail(world, approves=False)
    path = reverse("scoping:approve_note", args=[links.token_for("scoping.note", note.pk, None)])
    page = client.get(path).content.decode()
    assert "answer in one more partnership" in page
    assert 'name="is_counted"' in page
    assert not ApproveForm(parties=[])["is_counted"].value()
    client.post(path, {"answer": "approve", "is_counted": "on"})
    note.refresh_from_db()
    assert note.is_counted


def test_counting_by_mail_costs_the_same_however_many_bodies_and_records() -> None:
    counts = []
    for many in (1, 3):
        world = make_partnership()
        for number in range(many):
            address = f"council{many}{number}@example.org"
            body = bodies.name_body(by=world.ngo, name=f"Council {number}", address=address)
            note = bodies.write_note(body, about=About.PARTNERSHIP, says=BodySays.WANT, words="", by=world.ngo)
            bodies.approve_note(links.token_for("scoping.note", note.pk, None), readers=[])
            answers_by_mail(make_partnership(name=f"Elsewhere {number}"), address=address)
        place = world.ngo
        with CaptureQueriesContext(connection) as captured:
            assert [o.may_be for o in queries.asked_often(place)] == [1] * many
        counts.append(len(captured))
    assert counts[0] == counts[1]
