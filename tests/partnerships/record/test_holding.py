"""Legal holds: who sets and lifts them, who sees that one stands, who reads why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lifecycle.road import actions as road
from partnerships import clock
from partnerships.history.models import Act
from partnerships.people.models import Membership
from partnerships.record.holding import lift_hold, set_hold
from partnerships.record.models import LegalHold
from partnerships.record.permissions import can_hold
from tests.factories import World, make_partnership, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return make_partnership(partners=3, broker=True, community=True)


def page(world: World) -> str:
    return reverse("record:legal_hold", args=[world.pid])


def test_a_lead_a_stand_in_and_a_seated_administrator_of_any_side_may(world: World) -> None:
    for side in ("ngo", "company", "broker", "community"):
        assert can_hold(world.place(side)), side
    assert can_hold(world.colleague("ngo", duty="stand_in"))
    member = world.colleague("ngo")
    assert not can_hold(member)
    assert sign_in(Client(), member).post(page(world), {"reason": "x"}).status_code == 403
    Membership.objects.filter(user=member.user).update(role="administrator")
    assert can_hold(world.place(member.user))
    assert sign_in(Client(), world.administrator("ngo")).get(page(world)).status_code == 403
    assert sign_in(Client(), world.outsider).get(page(world)).status_code == 404


def test_all_see_that_it_stands_and_only_the_own_side_why(world: World) -> None:
    client = sign_in(Client(), world.company)
    assert client.post(page(world), {"reason": " ", "hold": ""}).context["form"].errors.keys() == {"reason"}
    assert not LegalHold.objects.of(world.partnership).exists()
    html = client.post(page(world), {"reason": "A claim over the wells.", "hold": ""}, follow=True).content.decode()
    assert "A claim over the wells." in html
    for who in world.leads:
        reader = sign_in(Client(), world.leads[who])
        hold, overview = reader.get(page(world)), reader.get(reverse("record:overview", args=[world.pid]))
        listed = reader.get(reverse("documents:list", args=[world.pid]))
        history = reader.get(reverse("record:history", args=[world.pid]))
        assert "Legal hold set" in history.content.decode()
        assert "Legal hold:" in overview.content.decode()
        assert "legal hold since" in listed.content.decode()
        assert world.party("company") in hold.context["holding"]
        assert ("A claim over the wells." in hold.content.decode()) == (who == "company"), who
        for answer in (overview, listed, history):
            assert "A claim over the wells." not in answer.content.decode()
    nobody = sign_in(Client(), world.administrator("ngo")).get(reverse("record:overview", args=[world.pid]))
    assert "Legal hold" not in nobody.content.decode()


def test_it_is_lifted_with_a_reason_and_each_side_lifts_its_own(world: World) -> None:
    hold = set_hold(by=world.company, reason="A claim.")
    with pytest.raises(ValidationError, match="already"):
        set_hold(by=world.company, reason="Once more.")
    with pytest.raises(ValidationError, match="already"):
        lift_hold(hold, by=world.ngo, because="We want to.")
    assert world.party("company").held_since is not None
    stand_in = world.colleague("company", duty="stand_in")
    client = sign_in(Client(), stand_in)
    form = client.get(page(world)).context["form"]
    assert form["hold"].value() == hold.public_id
    client.post(page(world), {"reason": "Settled out of court.", "hold": hold.public_id})
    hold.refresh_from_db()
    assert (hold.lifted_by, hold.lifted_because) == (stand_in.user, "Settled out of court.")
    assert world.party("company").held_since is None
    assert "Settled out of court." in client.get(page(world)).content.decode()
    assert "Settled out of court." not in sign_in(Client(), world.ngo).get(page(world)).content.decode()
    kinds = list(Act.objects.filter(kind__startswith="record.hold_").order_by("pk").values_list("kind", "party"))
    party = world.party("company").pk
    assert kinds == [("record.hold_set", party), ("record.hold_lifted", party)]
    set_hold(by=world.company, reason="Another claim.")


def test_an_older_page_sets_and_lifts_nothing_and_keeps_what_was_typed(world: World) -> None:
    client = sign_in(Client(), world.company)
    hold = set_hold(by=world.company, reason="A claim.")
    answer = client.post(page(world), {"reason": "Typed with care.", "hold": ""})
    html = answer.content.decode()
    assert "changed this in between" in html
    assert "Typed with care." in html
    hold.refresh_from_db()
    assert hold.lifted_at is None
    assert answer.context["form"]["hold"].value() == hold.public_id


def test_it_is_set_in_a_closed_record_and_after_leaving_too(world: World) -> None:
    road.end_alone(reason="Elections.", by=world.third)
    assert world.party("third").left_on is not None
    with clock.at(clock.now() + timedelta(days=1)):
        set_hold(by=world.third, reason="Ours.")
        road.end_alone(reason="The board has changed.", by=world.company)
        assert not world.ngo.partnership.is_open
        set_hold(by=world.ngo, reason="A claim.")
    history = sign_in(Client(), world.ngo).get(reverse("record:history", args=[world.pid])).content.decode()
    assert history.count("Legal hold set") == 2
    html = sign_in(Client(), world.third).get(page(world)).content.decode()
    assert "Ours." in html
    assert "A claim." not in html
    assert "Lift the hold of your side" in html


def test_a_partner_that_goes_on_alone_closes_nothing(world: World) -> None:
    """One of three leaves: retention begins when the partnership is over, not before."""
    road.end_alone(reason="Elections.", by=world.third)
    assert world.ngo.partnership.closed_on is None
    road.end_alone(reason="The board has changed.", by=world.company)
    assert world.ngo.partnership.closed_on == clock.today()


def test_three_holds_are_read_with_the_statements_of_one(world: World) -> None:
    client = sign_in(Client(), world.company)

    def count() -> int:
        client.get(page(world))
        with CaptureQueriesContext(connection) as captured:
            client.get(page(world))
        return len(captured)

    counts = []
    for _ in range(3):
        hold = set_hold(by=world.company, reason="A claim.")
        counts.append(count())
        lift_hold(hold, by=world.company, because="Settled.")
    assert counts[0] == counts[2], counts
