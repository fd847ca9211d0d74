"""Opening a record, bringing others in, leaving."""

from __future__ import annotations

import pytest
from django.core import mail
from django.core.exceptions import ValidationError

from partnerships.access.guard import place_of
from partnerships.history.models import Act
from partnerships.notices import delivery
from partnerships.people import actions as people
from partnerships.people.models import Invitation, Organisation
from partnerships.record import actions
from partnerships.record.models import Partnership, Party
from partnerships.work.models import WorkItem
from tests.factories import make_organisation, make_partnership

pytestmark = pytest.mark.django_db


def test_the_proposer_leads_the_first_party_and_owes_the_ground_rules() -> None:
    membership = make_organisation()
    partnership = actions.propose(by=membership.user, membership=membership, name="Oulé schools")
    place = place_of(membership.user, partnership)
    assert place.is_lead
    assert place.is_partner
    waiting = WorkItem.objects.waiting_for(membership.user)
    assert "record.rules" in [w.kind for w in waiting]
    actions.accept_rules(by=place)
    assert "record.rules" not in [w.kind for w in WorkItem.objects.waiting_for(membership.user)]
    assert list(Act.objects.of(partnership).order_by("id").values_list("kind", flat=True)) == [
        "record.opened",
        "record.rules",
    ]


def test_a_second_partner_comes_in_by_one_mail_with_a_link_that_works_once() -> None:
    world = make_partnership(partners=1)
    actions.invite_party(
        by=world.ngo,
        role="partner",
        organisation_name="Corvane Gold",
        organisation_kind="company",
        email="ruth@corvane.example",
        person_name="Ruth Halvorsen",
    )
    assert delivery.deliver() == 1
    assert mail.outbox[0].to == ["ruth@corvane.example"]
    assert world.partnership.name in mail.outbox[0].subject
    invitation = Invitation.objects.get()
    link = people.invitation_path(invitation)
    assert link in mail.outbox[0].body
    token = link.rstrip("/").rsplit("/", 1)[1]
    found = people.find_invitation(token)
    user = people.accept_as_new(found, name="Ruth Halvorsen", password="quite a long one", language="en")
    place = place_of(user, world.partnership)
    assert place.own_party.organisation.name == "Corvane Gold"
    assert place.own_party.organisation.vouched_at is None
    assert place.is_lead
    with pytest.raises(people.links.LinkRefused) as refused:
        people.find_invitation(token)
    assert refused.value.reason == "used"


def test_with_two_partners_in_a_third_party_is_asked_only_when_both_agree() -> None:
    world = make_partnership()
    invite = actions.invite_party(
        by=world.ngo,
        role="broker",
        organisation_name="Third Chair",
        organisation_kind="intermediary",
        email="leonie@thirdchair.example",
        person_name="Leonie Marsh",
        paid_by="both partners",
    )
    delivery.deliver()
    assert "leonie@thirdchair.example" not in [m.to[0] for m in mail.outbox]
    assert WorkItem.objects.waiting_for(world.company.user).get(kind="record.consent").subject == "Third Chair"
    actions.consent_to_invite(invite, by=world.company)
    delivery.deliver()
    assert "leonie@thirdchair.example" in [m.to[0] for m in mail.outbox]
    actions.consent_to_invite(invite, by=world.company)
    assert Invitation.objects.filter(party_invite=invite).count() == 1


def test_a_declined_wish_ends_and_asks_nobody() -> None:
    world = make_partnership()
    invite = actions.invite_party(
        by=world.ngo,
        role="broker",
        organisation_name="Third Chair",
        organisation_kind="intermediary",
        email="l@t.example",
        person_name="Leonie",
    )
    actions.decline_invite(invite, by=world.company)
    with pytest.raises(ValidationError):
        actions.consent_to_invite(invite, by=world.company)
    invite.refresh_from_db()
    assert invite.declined_at is not None
    assert not Invitation.objects.filter(party_invite=invite).exists()


def test_an_organisation_that_is_here_is_asked_through_its_administrators() -> None:
    world = make_partnership(partners=1)
    company = make_organisation(kind="company")
    actions.invite_party(
        by=world.ngo,
        role="partner",
        organisation=company.organisation,
        organisation_name="",
        organisation_kind="",
        email="somebody@elsewhere.example",
        person_name="Somebody",
    )
    assert Invitation.objects.get().email == company.user.email
    people.accept(Invitation.objects.get(), user=company.user)
    assert Organisation.objects.filter(parties__partnership=world.partnership).count() == 2
    assert Party.objects.filter(partnership=world.partnership).count() == 2


def test_who_leaves_hands_back_what_waited_and_a_lead_owes_a_handover_page() -> None:
    world = make_partnership()
    seat = world.company.seat
    assert seat is not None
    stand_in = world.colleague("company", duty="stand_in")
    actions.end_seat(seat, by=world.company)
    owed = WorkItem.objects.waiting_for(stand_in.user).get(kind="record.handover")
    assert owed.circle.kind == "own"
    place = world.place(stand_in.user)
    actions.save_handover(seat, by=place, texts={"who": "Call Ibrahim first."}, finished=True)
    assert not WorkItem.objects.waiting_for(stand_in.user).filter(kind="record.handover").exists()


def test_a_handover_page_is_not_overwritten_silently() -> None:
    world = make_partnership()
    assert world.ngo.seat is not None
    page = actions.save_handover(world.ngo.seat, by=world.ngo, texts={"who": "one"}, finished=False)
    actions.save_handover(world.ngo.seat, by=world.ngo, texts={"who": "two"}, finished=False, seen=page.version)
    with pytest.raises(ValidationError) as stale:
        actions.save_handover(world.ngo.seat, by=world.ngo, texts={"who": "three"}, finished=False, seen=page.version)
    assert stale.value.code == "stale"


def test_a_membership_that_ends_takes_the_seats_with_it() -> None:
    world = make_partnership()
    colleague = world.colleague("ngo")
    assert colleague.seat is not None
    assert Partnership.objects.visible_to(colleague.user).exists()
    people.end_membership(colleague.seat.membership)
    assert not Partnership.objects.visible_to(colleague.user).exists()
    assert not place_of(colleague.user, world.partnership).is_seated


def test_the_last_administrator_cannot_leave() -> None:
    membership = make_organisation()
    with pytest.raises(ValidationError):
        people.end_membership(membership)
