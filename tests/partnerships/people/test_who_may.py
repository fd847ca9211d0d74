"""Who brings an organisation into a partnership, what a merged one keeps, and what a forgotten person leaves."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from partnerships.notices.links import LinkRefused
from partnerships.notices.models import Notice
from partnerships.people import actions as people
from partnerships.people.models import Invitation, Membership, Organisation, User
from partnerships.record import actions as record
from partnerships.record.models import PartyInvite
from tests.factories import PASSWORD, World, make_organisation, make_partnership, make_user, sign_in

pytestmark = pytest.mark.django_db


def _wish(world: World, email: str, organisation: Organisation | None = None) -> PartyInvite:
    invite = record.invite_party(
        by=world.ngo, role="partner", organisation=organisation, organisation_name="Big Co",
        organisation_kind="company", email=email, person_name="Somebody",
    )  # fmt: skip
    record.consent_to_invite(invite, by=world.company)
    invite.refresh_from_db()
    return invite


@pytest.fixture
def big() -> tuple[Membership, User]:
    """An organisation's administrator, and a plain member of it."""
    administrator = make_organisation("Big", kind="company")
    member = make_user()
    Membership.objects.create(user=member, organisation=administrator.organisation)
    return administrator, member


def test_a_plain_member_who_is_named_is_not_the_one_who_is_asked(big: tuple[Membership, User]) -> None:
    administrator, member = big
    invite = _wish(make_partnership(), member.email, administrator.organisation)
    assert list(invite.invitations.values_list("email", flat=True)) == [administrator.user.email]


def test_a_named_administrator_is_asked_alone(big: tuple[Membership, User]) -> None:
    administrator, member = big
    people.set_role(member.memberships.get(), role="administrator")
    invite = _wish(make_partnership(), member.email.upper(), administrator.organisation)
    assert list(invite.invitations.values_list("email", flat=True)) == [member.email]


def test_who_administers_no_longer_brings_nobody_in(big: tuple[Membership, User]) -> None:
    administrator, member = big
    people.set_role(member.memberships.get(), role="administrator")
    invite = _wish(make_partnership(), member.email, administrator.organisation)
    people.set_role(member.memberships.get(), role="member")
    with pytest.raises(ValidationError, match="Only an administrator of Big"):
        people.accept(invite.invitations.get(), user=member)


def test_a_member_chooses_no_organisation_that_others_administer(client: Client, big: tuple[Membership, User]) -> None:
    administrator, member = big
    invite = _wish(make_partnership(), member.email)
    path = people.invitation_path(invite.invitations.get())
    sign_in(client, member)
    assert administrator.organisation.public_id not in client.get(path).content.decode()
    assert client.post(path, {"organisation": administrator.organisation.public_id}).status_code == 404
    invite.refresh_from_db()
    assert invite.party is None
    assert client.post(path, {"organisation": ""}).status_code == 302
    invite.refresh_from_db()
    assert invite.party is not None
    assert invite.party.organisation.name == "Big Co"


def test_signed_in_as_somebody_else_one_signs_out_and_goes_on(client: Client) -> None:
    home = make_organisation()
    invitation = people.invite_member(organisation=home.organisation, email="new@example.org", by=home.user)
    path = people.invitation_path(invitation)
    page = sign_in(client, home.user).get(path).content.decode()
    assert home.user.email in page
    assert "Sign out and go on" in page
    assert f'name="next" value="{path}"' in page
    answer = client.post("/account/logout/", {"next": path})
    assert answer.headers["Location"] == path
    assert 'name="password"' in client.get(path).content.decode()


def test_what_was_asked_of_a_duplicate_is_asked_of_the_other(big: tuple[Membership, User]) -> None:
    duplicate, _member = big
    into = make_organisation("Big Corporation", kind="company").organisation
    above, part = make_organisation("All").organisation, make_organisation("Part").organisation
    people.join_consortium(duplicate.organisation, into=above)
    invitation = people.invite_member(organisation=duplicate.organisation, email="new@example.org", by=duplicate.user)
    invite = _wish(make_partnership(), duplicate.user.email, duplicate.organisation)
    people.merge(duplicate.organisation, into=into)
    into.refresh_from_db()
    assert into.consortium == above
    user = people.accept_as_new(invitation, name="New", password=PASSWORD, language="en")
    assert user.memberships.get().organisation == into
    people.accept(invite.invitations.get(), user=duplicate.user)
    invite.refresh_from_db()
    assert invite.party is not None
    assert invite.party.organisation == into
    # And the members of a consortium go with it; one that is a member itself takes none.
    second = make_organisation("All of them").organisation
    people.join_consortium(part, into=second)
    with pytest.raises(ValidationError):
        people.merge(second, into=into)
    people.merge(second, into=above)
    part.refresh_from_db()
    assert part.consortium == above


def test_of_a_person_made_anonymous_no_address_stays() -> None:
    world = make_partnership()
    user = world.company.user
    address, waiting = user.email, make_organisation()
    open_one = people.invite_member(organisation=waiting.organisation, email=address, by=waiting.user)
    token = people.invitation_path(open_one).rstrip("/").rsplit("/", 1)[1]
    people.set_role(world.colleague("company").seat.membership, role="administrator")  # type: ignore[union-attr]
    people.make_anonymous(user)
    assert not Invitation.objects.filter(email=address).exists()
    assert not Invitation.objects.filter(accepted_by=user).exclude(name="").exists()
    assert not PartyInvite.objects.filter(email=address).exists()
    assert not PartyInvite.objects.filter(person_name="Lead of Corvane Gold").exists()
    assert not Notice.objects.filter(address=address).exists()
    with pytest.raises(LinkRefused):
        people.find_invitation(token)


def test_the_only_administrator_is_not_made_anonymous_and_staff_reads_why(client: Client) -> None:
    only = make_organisation().user
    staff = User.objects.create_superuser("staff@example.org", "a long password", name="Staff")
    page = sign_in(client, staff).post(
        "/admin/partnerships/user/", {"action": "make_anonymous", "_selected_action": [only.pk]}, follow=True
    )
    assert "Make somebody else an administrator first." in page.content.decode()
    only.refresh_from_db()
    assert only.anonymous_at is None
