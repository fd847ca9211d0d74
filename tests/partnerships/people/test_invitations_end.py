"""How an invitation ends, and that nobody lets themselves in again with one."""

from __future__ import annotations

import pytest
from django.test import Client

from partnerships.access.guard import place_of
from partnerships.notices.links import LinkRefused
from partnerships.people import actions as people
from partnerships.people.models import Invitation, Membership, Organisation
from partnerships.record import actions as record
from tests.factories import make_organisation, make_partnership, make_user, sign_in

pytestmark = pytest.mark.django_db


def _second(organisation: Organisation) -> Membership:
    return Membership.objects.create(user=make_user(), organisation=organisation, role="administrator")


def _token(invitation: Invitation) -> str:
    return people.invitation_path(invitation).rstrip("/").rsplit("/", 1)[1]


def test_who_leaves_has_no_invitation_of_their_own_left_to_come_back_with() -> None:
    leaving = make_organisation()
    _second(leaving.organisation)
    invitation = people.invite_member(
        organisation=leaving.organisation, email="private@example.net", role="administrator", by=leaving.user
    )
    people.end_membership(leaving)
    with pytest.raises(LinkRefused):
        people.find_invitation(_token(invitation))


def test_who_leaves_brings_the_organisation_into_no_partnership_any_more(client: Client) -> None:
    leaving = make_organisation(kind="company")
    people.vouch(leaving.organisation, by=leaving.user)
    _second(leaving.organisation)
    world = make_partnership(partners=1)
    record.invite_party(
        by=world.ngo, role="partner", organisation=leaving.organisation, organisation_name="", organisation_kind="",
        email=leaving.user.email, person_name="Lead",
    )  # fmt: skip
    path = people.invitation_path(Invitation.objects.get(email=leaving.user.email))
    people.end_membership(leaving)
    assert sign_in(client, leaving.user).post(path).status_code == 410
    assert place_of(leaving.user, world.partnership).seat is None
    assert not leaving.user.memberships.filter(ended_on=None).exists()


def test_an_administrator_takes_an_invitation_back(client: Client) -> None:
    membership = make_organisation()
    invitation = people.invite_member(
        organisation=membership.organisation, email="wrong@example.net", by=membership.user
    )
    token = _token(invitation)
    path = f"/organisation/{membership.organisation.public_id}/invitation/{invitation.public_id}/"
    assert sign_in(client, make_organisation().user).post(path + "take-back/").status_code == 404
    people.find_invitation(token)
    assert sign_in(client, membership.user).post(path + "take-back/").status_code == 302
    with pytest.raises(LinkRefused):
        people.find_invitation(token)
    # Nor is it sent again, by a page that was open before.
    assert client.post(path).status_code == 302
    with pytest.raises(LinkRefused):
        people.find_invitation(token)


def test_what_was_used_stays_used() -> None:
    membership = make_organisation()
    invitation = people.invite_member(organisation=membership.organisation, email="new@example.net", by=membership.user)
    people.accept_as_new(invitation, name="New", password=None, language="en")
    people.take_back_invitation(invitation)
    invitation.refresh_from_db()
    assert invitation.revoked_at is None
