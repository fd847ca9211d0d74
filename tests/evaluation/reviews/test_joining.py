"""Who joins while a round is planned takes part in it; who joins later does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from evaluation.reviews import actions
from evaluation.reviews.actions import Plan
from evaluation.reviews.models import Part, Round
from partnerships import clock
from partnerships.catalogue.queries import current
from partnerships.notices.models import Notice
from partnerships.record.actions import accept_rules
from partnerships.work.models import WorkItem
from tests.factories import World, make_partnership, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_partnership()


@pytest.fixture
def planned(world: World) -> Round:
    opens = clock.now() + timedelta(days=3)
    plan = Plan(opens_at=opens, closes_at=opens + timedelta(days=14), opening_at=opens + timedelta(days=16))
    round = actions.plan_round("regular", plan, instrument=current("instrument", "review"), by=world.ngo)
    actions.agree_dates(round, seen=round.version, by=world.company)
    return round


def asked(world: World, side: str) -> set[str]:
    return set(WorkItem.objects.filter(party=world.party(side), closed_at=None).values_list("kind", flat=True))


def test_a_new_partner_reads_the_plan_and_is_asked_for_its_dates(world: World, planned: Round, client: Client) -> None:
    third = world.bring("third", rules=False)
    assert not Round.objects.visible_to(third.user).exists(), "nothing opens before the ground rules"
    accept_rules(by=third)
    assert Round.objects.visible_to(third.user).get() == planned
    assert "reviews.dates" in asked(world, "third")
    assert Notice.objects.filter(recipient=third.user, kind="reviews.planned").count() == 1
    page = sign_in(client, third).get(f"/p/{world.pid}/reviews/{planned.public_id}/")
    assert page.status_code == 200
    with pytest.raises(ValidationError, match="Ministry of Water"):
        actions.start_round(planned, by=world.ngo)
    actions.agree_dates(planned, seen=planned.version, by=world.third)
    actions.start_round(planned, by=world.ngo)
    assert Part.objects.unguarded("test").filter(round=planned).count() == 3
    assert planned.consents.count() == 3, "those who had agreed are not asked again"


def test_a_new_broker_reads_the_plan_and_is_asked_for_nothing(world: World, planned: Round) -> None:
    broker = world.bring("broker")
    assert Round.objects.visible_to(broker.user).get() == planned
    assert "reviews.dates" not in asked(world, "broker")
    assert Part.objects.unguarded("test").filter(round=planned).count() == 2


def test_a_community_body_reads_no_plan(world: World, planned: Round) -> None:
    community = world.bring("community")
    assert not Round.objects.visible_to(community.user).exists()


def test_a_round_that_has_started_stays_with_those_who_agreed(world: World, planned: Round) -> None:
    actions.start_round(planned, by=world.ngo)
    third = world.bring("third")
    assert not Round.objects.visible_to(third.user).exists()
    assert Part.objects.unguarded("test").filter(round=planned).count() == 2
