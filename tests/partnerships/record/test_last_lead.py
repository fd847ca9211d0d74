"""A side keeps somebody who speaks for it, and where it has nobody, its organisation names the next one."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from partnerships.history.models import Act
from partnerships.people import actions as people
from partnerships.people.models import Membership
from partnerships.record import actions
from partnerships.record.models import Seat
from partnerships.record.permissions import can_give_seats
from partnerships.work.models import WorkItem
from tests.factories import World, make_partnership, make_user, sign_in

pytestmark = pytest.mark.django_db


def _seat(world: World, who: str) -> Seat:
    seat = world.place(who).seat
    assert seat is not None
    return seat


def test_the_last_lead_names_another_before_leaving(client: Client) -> None:
    world = make_partnership()
    colleague = world.colleague("ngo")
    seat = _seat(world, "ngo")
    sign_in(client, world.ngo)
    page = client.post(reverse("record:end_seat", args=[world.pid, seat.public_id]), follow=True)
    assert "Name another lead first" in page.content.decode()
    with pytest.raises(ValidationError):
        actions.give_seat(
            by=world.ngo, membership=seat.membership, duty="member", function="community", level="management"
        )
    assert world.ngo.is_lead
    assert colleague.seat is not None
    actions.give_seat(
        by=world.ngo, membership=colleague.seat.membership, duty="lead", function="community", level="field"
    )
    page = client.post(reverse("record:end_seat", args=[world.pid, seat.public_id]), follow=True)
    assert page.status_code == 200
    assert "The seat has ended. A handover page is asked for." in page.content.decode()
    assert can_give_seats(world.place(colleague.user))


def test_who_leaves_the_organisation_leaves_the_team_as_any_lead_does(client: Client) -> None:
    world = make_partnership()
    colleague, administrator = world.colleague("ngo", duty="stand_in"), world.administrator("ngo")
    seat = _seat(world, "ngo")
    leave = reverse("people:end_membership", args=[world.party("ngo").organisation.public_id, world.ngo.user.public_id])
    assert sign_in(client, administrator).post(leave).status_code == 302
    assert world.ngo.seat is None
    assert WorkItem.objects.waiting_for(colleague.user).get(kind="record.handover").key == f"handover:{seat.pk}"
    act = Act.objects.get(kind="record.seat_ended")
    assert (act.by, act.party) == (administrator, seat.party)


def test_nobody_is_asked_for_a_handover_of_a_side_that_has_left() -> None:
    from lifecycle.road.actions import end_alone

    world = make_partnership(partners=3)
    world.administrator("third")
    end_alone(reason="We stop here.", by=world.third)
    people.end_membership(_seat(world, "third").membership)
    assert Act.objects.filter(kind="record.seat_ended").exists()
    assert not WorkItem.objects.filter(kind="record.handover", closed_at=None).exists()


def test_an_administrator_without_a_seat_names_the_next_lead_and_reads_nothing_by_it(client: Client) -> None:
    world = make_partnership()
    administrator = world.administrator("ngo")
    successor = Membership.objects.create(user=make_user(), organisation=world.party("ngo").organisation)
    people.end_membership(_seat(world, "ngo").membership)
    sign_in(client, administrator)
    page = reverse("record:give_seat", args=[world.pid])
    assert page in client.get(reverse("record:people", args=[world.pid])).content.decode()
    form = client.get(page)
    assert form.status_code == 200
    stranger = _seat(world, "company")
    values = {"duty": "lead", "function": "community", "level": "management"}
    assert client.post(page, values | {"membership": stranger.membership_id}).status_code == 200
    assert client.post(page, values | {"membership": successor.pk}).status_code == 302
    assert world.place(successor.user).is_lead
    assert world.place(administrator).seat is None
    for name in ("record:history", "record:releases", "road:gate"):
        assert client.get(reverse(name, args=[world.pid])).status_code == 403
    # Seats that are there are the leads' to change.
    own = world.place(successor.user).seat
    assert own is not None
    for name in ("record:change_seat", "record:end_seat", "record:handover"):
        assert client.get(reverse(name, args=[world.pid, own.public_id])).status_code == 403


def test_an_administrator_gives_no_seat_of_a_side_that_has_left() -> None:
    from lifecycle.road.actions import end_alone

    world = make_partnership(partners=3)
    administrator = world.administrator("third")
    assert can_give_seats(world.place(administrator))
    end_alone(reason="We stop here.", by=world.third)
    assert not can_give_seats(world.place(administrator))
    assert not can_give_seats(world.place(world.outsider))
