"""The bar of every page: one's organisation, and how many messages wait."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from partnerships.notices.models import Notice
from partnerships.people.bar import CAP, Bar, bar_of
from partnerships.people.models import Membership, Organisation, User
from tests.factories import make_partnership

pytestmark = pytest.mark.django_db


def _notices(user: User, count: int) -> None:
    Notice.objects.bulk_create(
        Notice(recipient=user, kind="flag.raised", key=f"bar:{user.pk}:{n}") for n in range(count)
    )


def test_it_names_the_organisation_one_has_been_in_longest() -> None:
    world = make_partnership()
    user, organisation = world.ngo.user, world.party("ngo").organisation
    Organisation.objects.filter(pk=organisation.pk).update(short_name="")
    Membership.objects.create(user=user, organisation=world.party("company").organisation)
    assert bar_of(user.pk).organisation == organisation.name
    Organisation.objects.filter(pk=organisation.pk).update(short_name="SF")
    assert bar_of(user.pk).organisation == "SF"
    Membership.objects.filter(user=user, organisation=organisation).update(ended_on=timezone.now().date())
    assert bar_of(user.pk).organisation == world.party("company").organisation.called


def test_it_counts_unread_messages_of_one_person_and_says_when_there_are_many() -> None:
    world = make_partnership()
    Notice.objects.all().delete()
    _notices(world.company.user, 3)
    assert bar_of(world.ngo.user.pk).unread == 0
    _notices(world.ngo.user, CAP - 1)
    assert bar_of(world.ngo.user.pk).count == CAP - 1
    Notice.objects.create(recipient=world.ngo.user, kind="flag.raised", key="one more")
    assert bar_of(world.ngo.user.pk).count == f"{CAP - 1}+"
    Notice.objects.update(read_at=timezone.now())
    assert bar_of(world.ngo.user.pk).count == 0


def test_nobody_has_neither(client: Client) -> None:
    assert bar_of(0) == Bar()
    assert "Messages for you" not in client.get("/account/login/").content.decode()
