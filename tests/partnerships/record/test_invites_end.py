"""An invitation of another party ends well: sent again, taken back, sent when who was waited for left, or too late."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from lifecycle.road.actions import end_alone
from partnerships import clock
from partnerships.notices.links import LinkRefused
from partnerships.people import actions as people
from partnerships.people.models import Invitation, User
from partnerships.record import actions
from partnerships.record.models import PartyInvite
from partnerships.work.models import WorkItem
from tests.factories import PASSWORD, World, make_organisation, make_partnership, sign_in

pytestmark = pytest.mark.django_db


def _wish(world: World, *agreed: str, email: str = "bro@x.example") -> PartyInvite:
    invite = actions.invite_party(
        by=world.ngo, role="broker", organisation_name="Third Chair", organisation_kind="intermediary",
        email=email, person_name="Leonie",
    )  # fmt: skip
    for who in agreed:
        actions.consent_to_invite(invite, by=world.place(who))
    invite.refresh_from_db()
    return invite


def _token(invitation: Invitation) -> str:
    return people.invitation_path(invitation).rstrip("/").rsplit("/", 1)[1]


def _urls(world: World, invite: PartyInvite) -> tuple[str, str]:
    where = [world.pid, invite.public_id]
    return reverse("record:send_invite_again", args=where), reverse("record:take_back_invite", args=where)


def test_an_expired_invitation_is_sent_again_by_the_side_that_invited(client: Client) -> None:
    world = make_partnership()
    invite = _wish(world, "company")
    again, _back = _urls(world, invite)
    here = reverse("record:people", args=[world.pid])
    old = _token(invite.invitations.get())
    with clock.at(clock.now() + timedelta(days=20)):
        assert again not in sign_in(client, world.company).get(here).content.decode()
        assert "The side that invited them" in client.post(again, follow=True).content.decode()
        assert again in sign_in(client, world.ngo).get(here).content.decode()
        assert client.get(again).status_code == 405
        assert "A new link is on its way" in client.post(again, follow=True).content.decode()
        with pytest.raises(LinkRefused) as refused:
            people.find_invitation(old)
        assert refused.value.reason == "replaced"
        found = people.find_invitation(_token(invite.invitations.get()))
        people.accept_as_new(found, name="Leonie", password=PASSWORD, language="en")
        assert "used or taken back already" in client.post(again, follow=True).content.decode()


def test_a_mis_sent_invitation_is_taken_back_and_sent_to_the_right_address(client: Client) -> None:
    world = make_partnership()
    invite = _wish(world, "company")
    again, back = _urls(world, invite)
    token = _token(invite.invitations.get())
    assert "Its link has stopped working" in sign_in(client, world.ngo).post(back, follow=True).content.decode()
    with pytest.raises(LinkRefused):
        people.find_invitation(token)
    for late in (again, back):
        assert "used or taken back already" in client.post(late, follow=True).content.decode()
    assert _wish(world, "company").sent_at is not None


def test_a_wish_is_taken_back_before_the_others_answer(client: Client) -> None:
    world = make_partnership()
    invite = _wish(world)
    again, back = _urls(world, invite)
    assert "have not agreed yet" in sign_in(client, world.ngo).post(again, follow=True).content.decode()
    client.post(back)
    assert not WorkItem.objects.filter(kind="record.consent", closed_at=None).exists()
    with pytest.raises(ValidationError):
        actions.consent_to_invite(invite, by=world.company)
    assert not Invitation.objects.filter(party_invite=invite).exists()


def test_where_who_was_asked_has_left_the_administrators_of_today_are_asked(client: Client) -> None:
    world = make_partnership(partners=1)
    asked = make_organisation("Big", kind="company")
    second = people.accept_as_new(
        people.invite_member(organisation=asked.organisation, email="n@x.example", role="administrator", by=asked.user),
        name="Next", password=PASSWORD, language="en",
    )  # fmt: skip
    invite = actions.invite_party(
        by=world.ngo, role="partner", organisation=asked.organisation, organisation_name="", organisation_kind="",
        email=asked.user.email, person_name="A",
    )  # fmt: skip
    people.end_membership(asked)
    actions.send_invite_again(invite, by=world.ngo)
    assert [i.email for i in invite.invitations.filter(revoked_at=None)] == [second.email]


def test_a_wish_goes_out_when_the_partner_that_was_waited_for_leaves() -> None:
    world = make_partnership(partners=4)
    invite = _wish(world, "company")
    end_alone(reason="We stop.", by=world.third)
    invite.refresh_from_db()
    assert invite.sent_at is None
    end_alone(reason="We stop too.", by=world.place("fourth"))
    invite.refresh_from_db()
    assert invite.sent_at is not None
    assert invite.invitations.get().invited_by == world.ngo.user


def test_the_wish_of_a_side_that_left_is_the_next_sides(client: Client) -> None:
    world = make_partnership(partners=3)
    invite = _wish(world, "company")
    end_alone(reason="We stop.", by=world.ngo)
    invite.refresh_from_db()
    assert invite.sent_at is None
    _again, back = _urls(world, invite)
    assert "Taken back." in sign_in(client, world.company).post(back, follow=True).content.decode()


def test_nobody_joins_a_partnership_that_has_ended() -> None:
    world = make_partnership()
    invite = _wish(world, "company")
    path = people.invitation_path(invite.invitations.get())
    end_alone(reason="We stop.", by=world.ngo)
    form = {"name": "Leonie", "organisation_name": "Third Chair", "language": "en", "password": PASSWORD}
    answer = Client().post(path, form)
    assert "This partnership has ended. Nobody joins it any more." in answer.content.decode()
    assert not User.objects.filter(email="bro@x.example").exists()
    invite.refresh_from_db()
    assert invite.party is None
