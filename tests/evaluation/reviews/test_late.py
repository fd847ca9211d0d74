"""A partner never hands in: the others are asked at that moment, where the plan says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from evaluation.reviews import actions, kinds, queries
from evaluation.reviews.models import SealedAnswer
from partnerships import clock
from partnerships.history.models import Act
from partnerships.notices.models import Notice
from partnerships.work.models import WorkItem

from .test_views import url


@pytest.fixture
def round(world):
    """Three partners; two are in, and the small one is not."""
    world.join("small", "company", "partner", 2)
    round = world.started(policy="ask_others")
    world.individually(round, "ngo", 2)
    world.individually(round, "company", 3)
    world.agreed(round, "small", 4, hand_in=False)
    return world.fresh(round)


def sweep(world, round, days=0):
    """So many days after the last day to hand in as it is now."""
    moment = world.fresh(round).closes_at + timedelta(days=days, minutes=1)
    with clock.at(moment):
        actions.sweep()
    return world.fresh(round)


def say(world, round, name, yes):
    with clock.at(round.asked_at + timedelta(hours=1)):
        actions.say_without(world.part(round, name), yes, by=world.lead(name))
    return world.fresh(round)


class TestAskingTheOthers:
    def test_they_are_asked_and_the_missing_one_is_told(self, world, round):
        assert queries.asked_without(round) == []
        round = sweep(world, round)
        assert (round.state, round.extensions) == ("open", 0)
        waiting = WorkItem.objects.filter(kind="reviews.without", closed_at=None)
        assert {item.party.name for item in waiting} == {"Ngo", "Company"}
        asked = Notice.objects.filter(kind=kinds.NOTICE_WITHOUT)
        assert {row.recipient for row in asked} == {world.leads["ngo"], world.leads["company"]}
        assert Notice.objects.get(kind=kinds.NOTICE_MISSING).recipient == world.leads["small"]
        assert {row.party.name: row.is_in for row in queries.asked_without(round)} == {
            "Ngo": True, "Company": True, "Small": False,
        }  # fmt: skip
        before = Notice.objects.count()
        sweep(world, round)
        assert Notice.objects.count() == before, "asked once"

    def test_all_yes_opens_without_it(self, world, round):
        round = say(world, sweep(world, round), "ngo", True)
        assert round.state == "open", "one yes is not all"
        round = say(world, round, "company", True)
        assert round.state == "frozen"
        assert not SealedAnswer.objects.filter(part__round=round, part__party__organisation__name="Small").exists()
        assert [party.name for party in queries.went_without(round)] == ["Small"]
        assert Notice.objects.filter(kind=kinds.NOTICE_FROZEN_WITHOUT).exists()
        assert not Notice.objects.filter(kind=kinds.NOTICE_FROZEN).exists()
        assert Act.objects.filter(kind=kinds.WITHOUT_YES).count() == 2
        assert not WorkItem.objects.filter(kind="reviews.without", closed_at=None).exists()

    def test_one_no_gives_two_more_weeks_and_then_they_are_asked_again(self, world, round):
        first = sweep(world, round)
        round = say(world, first, "company", False)
        assert (round.state, round.extensions, round.asked_at) == ("open", 1, None)
        assert round.closes_at == first.closes_at + timedelta(days=14)
        assert not WorkItem.objects.filter(kind="reviews.without", closed_at=None).exists()
        with pytest.raises(ValidationError, match="Nobody is asked"):
            actions.say_without(world.part(round, "ngo"), True, by=world.lead("ngo"))
        round = sweep(world, round)
        assert round.asked_at is not None
        assert {row.says for row in queries.asked_without(round)} == {None}
        assert Notice.objects.filter(kind=kinds.NOTICE_WITHOUT).count() == 4

    def test_no_word_within_a_week_is_no_yes(self, world, round):
        round = say(world, sweep(world, round), "ngo", True)
        assert sweep(world, round, 6).extensions == 0
        assert sweep(world, round, 8).extensions == 1

    def test_after_three_times_it_is_cancelled(self, world, round):
        for times in range(3):
            assert sweep(world, round).asked_at is not None
            assert sweep(world, round, 8).extensions == times + 1
        round = sweep(world, round)
        assert round.state == "open"
        round = say(world, round, "ngo", False)
        assert round.state == "cancelled"
        assert queries.was_cancelled_late(round)
        assert not SealedAnswer.objects.filter(part__round=round).exists()

    def test_meanwhile_it_can_still_hand_in(self, world, round):
        round = say(world, sweep(world, round), "ngo", True)
        with clock.at(round.asked_at + timedelta(hours=3)):
            actions.submit_part(world.part(round, "small"), by=world.lead("small"))
        round = world.fresh(round)
        assert round.state == "frozen"
        assert queries.went_without(round) == []
        assert not WorkItem.objects.filter(kind="reviews.without", closed_at=None).exists()

    def test_one_that_hands_in_meanwhile_is_asked_as_well(self, world):
        for name in ("small", "tiny"):
            world.join(name, "company", "partner", 2)
        round = world.started(policy="ask_others")
        world.individually(round, "ngo", 2)
        world.individually(round, "company", 3)
        for name in ("small", "tiny"):
            world.agreed(round, name, 3, hand_in=False)
        round = sweep(world, round)
        with clock.at(round.asked_at + timedelta(hours=1)):
            actions.submit_part(world.part(round, "small"), by=world.lead("small"))
        say(world, round, "ngo", True)
        round = say(world, round, "company", True)
        assert round.state == "open", "the one that came in has its word too"
        sweep(world, round, 1)
        assert WorkItem.objects.filter(
            kind="reviews.without", closed_at=None, party=world.lead("small").own_party
        ).exists()
        assert say(world, round, "small", True).state == "frozen"

    def test_nobody_in_is_nobody_to_ask(self, world):
        round = world.started(policy="ask_others")
        assert sweep(world, round).extensions == 1

    def test_only_the_others_have_a_word_and_one_alone(self, world, round):
        round = sweep(world, round)
        with pytest.raises(ValidationError, match="Nobody is asked"):
            say(world, round, "small", True)
        say(world, round, "ngo", True)
        with pytest.raises(ValidationError, match="its word already"):
            say(world, round, "ngo", False)


class TestPage:
    @pytest.mark.parametrize("policy", ["extend", "open_without", "ask_others", "cancel"])
    def test_each_choice_is_explained_from_the_plan_on(self, world, client, policy):
        round = world.plan(policy=policy)
        client.force_login(world.leads["company"])
        assert url(world, "late", round) in client.get(url(world, "round", round)).content.decode()
        page = client.get(url(world, "late", round))
        assert page.status_code == 200
        assert round.get_policy_display() in page.content.decode()
        assert page.content.decode().count("<li>") >= 2

    def test_while_they_are_asked(self, world, round, client):
        round = sweep(world, round)
        address = url(world, "late", round)
        with clock.at(round.asked_at + timedelta(hours=1)):
            client.force_login(world.leads["small"])
            page = client.get(address).content.decode()
            assert "Your part is missing" in page
            assert 'name="without"' not in page
            client.force_login(world.people["ngo"][1])
            assert 'name="without"' not in client.get(address).content.decode(), "a lead or stand-in says it"
            assert client.post(address, {"without": "yes"}).status_code == 403
            for name in ("ngo", "company"):
                client.force_login(world.leads[name])
                assert 'name="without"' in client.get(address).content.decode()
                client.post(address, {"without": "yes"})
        assert world.fresh(round).state == "frozen"
        assert "without a part that was missing" in client.get(url(world, "round", round)).content.decode()
        client.force_login(world.leads["small"])
        page = client.get(url(world, "round", round)).content.decode()
        assert "We had not handed in" in page

    def test_before_that_nobody_sees_who_is_in(self, world, round, client):
        client.force_login(world.leads["ngo"])
        page = client.get(url(world, "late", round)).content.decode()
        assert "Small" not in page.split("<main")[1].split("cg-aside")[0] or "Not handed in" not in page

    def test_cancelled_it_says_why(self, world, client):
        round = world.started(policy="cancel")
        world.individually(round, "ngo", 2)
        round = sweep(world, round)
        client.force_login(world.leads["ngo"])
        for name in ("round", "late"):
            assert "A part was missing on the last day" in client.get(url(world, name, round)).content.decode()
