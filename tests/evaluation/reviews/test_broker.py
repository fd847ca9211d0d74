"""A small side that speaks with its broker: the broker writes, the side approves, and nobody else knows."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from evaluation.reviews import actions, queries
from evaluation.reviews.models import Part, SealedAnswer
from partnerships import clock
from partnerships.history.models import Act
from partnerships.notices.models import Notice
from partnerships.record.models import Party
from partnerships.work.models import WorkItem

from .test_views import screen_data, url

SCREENS = ("purpose", "trust", "power")


@pytest.fixture
def told(world):
    """A round in which the company speaks with the broker."""
    round = world.started()
    actions.choose_with_broker(world.part(round, "company"), by=world.lead("company"))
    return world.fresh(round)


def write(world, round, value=3, *, finish=True, as_broker=True):
    part = world.part(round, "company")
    respondent = queries.respondent_for_broker(world.lead("broker"), round.public_id, part.public_id)
    for screen, items in queries.screens(round).items():
        actions.answer(respondent, screen=screen, answers={i.code: value for i in items}, as_broker=as_broker)
    if finish:
        actions.finish_answer(respondent, as_broker=as_broker)
    return respondent


class TestSpeaking:
    def test_the_broker_is_asked_and_no_other_side_learns_of_it(self, world, told):
        assert WorkItem.objects.filter(kind="reviews.write_down", party=world.lead("broker").own_party).count() == 1
        assert Notice.objects.filter(kind="reviews.write_down", recipient=world.leads["broker"]).count() == 1
        ngo = world.leads["ngo"]
        assert not WorkItem.objects.visible_to(ngo).filter(kind="reviews.write_down").exists()
        assert not Act.objects.visible_to(ngo).filter(kind="reviews.mode_chosen").exists()
        assert not Part.objects.visible_to(ngo).filter(mode="with_broker").exists()

    def test_only_where_a_broker_is_seated(self, world, client):
        Party.objects.filter(pk=world.lead("broker").own_party.pk).update(left_on=clock.today(), left_at=clock.now())
        round = world.started()
        with pytest.raises(ValidationError, match="No broker is seated"):
            actions.choose_with_broker(world.part(round, "company"), by=world.lead("company"))
        client.force_login(world.leads["company"])
        assert "We tell our broker" not in client.get(url(world, "part", round)).content.decode()

    def test_chosen_while_planned_the_broker_is_asked_at_the_start(self, world):
        round = world.plan()
        actions.choose_with_broker(world.part(round, "company"), by=world.lead("company"))
        assert not WorkItem.objects.filter(kind="reviews.write_down").exists()
        actions.agree_dates(round, seen=round.version, by=world.lead("company"))
        actions.start_round(round)
        assert WorkItem.objects.filter(kind="reviews.write_down").count() == 1

    def test_it_is_handed_in_only_once_the_side_has_approved_it(self, world, told):
        part = world.part(told, "company")
        with pytest.raises(ValidationError, match="has not finished"):
            actions.approve_part(part, by=world.lead("company"))
        write(world, told)
        assert not WorkItem.objects.filter(kind="reviews.write_down", closed_at=None).exists()
        with pytest.raises(ValidationError, match="approve it first"):
            actions.submit_part(part, by=world.lead("company"))
        actions.approve_part(part, by=world.lead("company"))
        write(world, told, 1)
        with pytest.raises(ValidationError, match="approve it first"):
            actions.submit_part(part, by=world.lead("company"))
        actions.approve_part(part, by=world.lead("company"))
        actions.submit_part(part, by=world.lead("company"))
        assert world.part(told, "company").is_in

    def test_handed_in_the_broker_neither_reads_nor_changes_it(self, world, told, client):
        respondent = write(world, told)
        part = world.part(told, "company")
        actions.approve_part(part, by=world.lead("company"))
        actions.submit_part(part, by=world.lead("company"))
        with pytest.raises(ValidationError, match="Only its own people"):
            actions.answer(respondent, screen="trust", answers={"trust.1": 0}, as_broker=True)
        with pytest.raises(ValidationError, match="Only its own people"):
            actions.rewrite_comments(respondent, comments={}, as_broker=True)
        client.force_login(world.leads["broker"])
        assert client.get(url(world, "broker_answer", told, part.public_id, "trust")).status_code == 404
        # Its own people still change it, until the freeze.
        actions.answer(respondent, screen="trust", answers={"trust.1": 0})
        assert queries.draft_of(respondent).answers["trust.1"] == 0
        assert world.part(told, "company").is_in

    def test_it_counts_as_one_agreed_answer(self, world, told):
        write(world, told, 1)
        actions.approve_part(world.part(told, "company"), by=world.lead("company"))
        actions.submit_part(world.part(told, "company"), by=world.lead("company"))
        world.agreed(told, "ngo", 4)
        with clock.at(world.fresh(told).opening_at):
            actions.sweep()
            result = queries.results([world.fresh(told)], world.lead("ngo"))[told.pk]
        assert sorted(result.statements[0].means.values()) == [1, 4]
        assert world.part(told, "company").respondents_count is None

    def test_starting_over_destroys_it_and_asks_the_broker_no_more(self, world, told):
        write(world, told, finish=False)
        actions.start_over(world.part(told, "company"), by=world.lead("company"))
        assert not SealedAnswer.objects.exists()
        assert not WorkItem.objects.filter(kind="reviews.write_down", closed_at=None).exists()
        part = world.part(told, "company")
        assert queries.respondent_for_broker(world.lead("broker"), told.public_id, part.public_id) is None


class TestPages:
    def test_the_broker_writes_the_side_reads_approves_and_hands_in(self, world, client):
        round = world.started()
        client.force_login(world.leads["company"])
        client.post(url(world, "part", round), {"mode": "with_broker", "addresses": ""})
        part = world.part(round, "company")
        assert part.mode == "with_broker"
        client.force_login(world.leads["broker"])
        start = url(world, "broker_start", round, part.public_id)
        assert start in client.get(url(world, "round", round)).content.decode()
        step = client.get(start).url
        for screen in SCREENS:
            assert "What Company told you" in client.get(step).content.decode()
            step = client.post(
                url(world, "broker_answer", round, part.public_id, screen), screen_data(round, screen, version="0")
            ).url
        assert "Withdraw" not in client.get(step).content.decode()
        client.post(url(world, "broker_check", round, part.public_id))
        assert "Until then you can change it" in client.get(step).content.decode()

        client.force_login(world.leads["company"])
        page = client.get(url(world, "round", round)).content.decode()
        assert url(world, "approve_part", round) in page
        assert client.get(url(world, "answer", round, "trust")).status_code == 200
        client.post(url(world, "hand_in", round))
        assert not world.part(round, "company").is_in
        mark = queries.mark_of(world.part(round, "company"))
        assert mark in client.get(url(world, "approve_part", round)).content.decode()
        # The broker writes on, between the reading and the yes.
        respondent = world.part(round, "company").respondents.get()
        actions.answer(respondent, screen="trust", answers={"trust.1": 0}, as_broker=True)
        refused = client.post(url(world, "approve_part", round), {"seen": mark}, follow=True).content.decode()
        assert "changed while you were reading" in refused
        assert world.part(round, "company").approved_at is None
        client.post(url(world, "approve_part", round), {"seen": queries.mark_of(world.part(round, "company"))})
        client.post(url(world, "hand_in", round))
        assert world.part(round, "company").is_in

    def test_nobody_else_opens_the_brokers_desk(self, world, told, client):
        part = world.part(told, "company")
        desk = url(world, "broker_answer", told, part.public_id, "trust")
        for name in ("ngo", "company"):
            client.force_login(world.leads[name])
            assert client.get(desk).status_code == 403
        client.force_login(world.leads["broker"])
        assert client.get(desk).status_code == 200
        other = world.part(told, "ngo")
        actions.choose_agreed(other, by=world.lead("ngo"))
        assert client.get(url(world, "broker_answer", told, other.public_id, "trust")).status_code == 404
