"""Answered openly: a small side stands with its names, if each of its people said yes to that beforehand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from evaluation.reports import building, chapters
from evaluation.reviews import actions, kinds, queries, reading
from evaluation.reviews.models import OpenAnswer, Respondent, SealedAnswer
from evaluation.reviews.telling import Telling
from partnerships import clock
from partnerships.history.models import Act
from partnerships.notices.models import Notice
from partnerships.work.models import WorkItem

from .conftest import CODES
from .test_own import more_people, open_up
from .test_views import url

#: What the three people of the small side answer.
SAYS = (4, 1, None)


@pytest.fixture
def round(world):
    """Three partners; the small one has three people."""
    world.join("small", "company", "partner", 3)
    round = world.started()
    world.individually(round, "ngo", 2)
    return world.fresh(round)


def choose(world, round, people=3):
    seats = [world.seat(user) for user in world.people["small"][:people]]
    return actions.choose_open(world.part(round, "small"), seats=seats, by=world.lead("small"))


def openly(world, round, words=(True, True, True), *, hand_in=True):
    """Each says whether they may be named, and answers."""
    part = choose(world, round, len(words))
    for respondent, word, value in zip(part.respondents.order_by("pk"), words, SAYS, strict=False):
        if word is not None:
            actions.say_named(respondent, word)
        world.answer(respondent, value, comments={"trust.1": "Who was there?"}, finish=word is not None)
    if hand_in:
        actions.submit_part(world.part(round, "small"), by=world.lead("small"))
    return world.part(round, "small")


def read(world, name, round):
    return reading.read(round, world.lead(name))


def key(world, name="small"):
    return world.lead(name).own_party.public_id


def late(world, round):
    with clock.at(world.fresh(round).closes_at + timedelta(minutes=1)):
        actions.sweep()
    return world.fresh(round)


class TestAllSayYes:
    def test_each_stands_with_the_own_name_before_all_readers_of_the_round(self, world, round):
        openly(world, round)
        world.individually(round, "company", 3)
        assert world.part(round, "small").is_open
        round = open_up(world, round)
        for name in ("ngo", "small", "company", "broker"):
            row = read(world, name, round).row("trust.1")
            assert [(each.name, each.says) for each in row.people[key(world)]] == [
                ("Small 0", 4), ("Small 1", 1), ("Small 2", None),
            ]  # fmt: skip
            assert set(row.people) == {key(world)}, "the others answered each alone"
            mean = row.means[key(world)]
            assert (mean.text, mean.n, mean.bound) == ("2.5", 2, "")
        side = read(world, "ngo", round).side(key(world))
        assert (side.is_open, side.people) == (True, 3)

    def test_only_there_a_row_knows_its_seat_and_comments_do_not(self, world, round):
        openly(world, round)
        world.individually(round, "company", 3)
        round = open_up(world, round)
        rows = OpenAnswer.objects.unguarded("test").filter(part__round=round)
        small = world.part(round, "small")
        assert rows.filter(part=small, seat=None).count() == 0
        assert rows.exclude(part=small).exclude(seat=None).count() == 0
        assert small.comments.filter(circle=small.circle).count() == 0, "comments come to their own side first"
        assert small.comments.count() == 3

    def test_the_day_before_its_own_side_reads_it_alone(self, world, round):
        openly(world, round)
        world.individually(round, "company", 3)
        with clock.at(world.fresh(round).own_results_at):
            actions.sweep()
        round = world.fresh(round)
        assert len(read(world, "small", round).row("trust.1").people[key(world)]) == 3
        assert read(world, "ngo", round).row("trust.1").people == {}

    def test_pages_and_reports_say_it_and_the_projector_and_others_do_not(self, world, round, client):
        openly(world, round)
        world.individually(round, "company", 3)
        round = open_up(world, round)
        client.force_login(world.leads["ngo"])
        assert "answered openly" in client.get(url(world, "round", round)).content.decode()
        page = client.get(url(world, "statements", round)).content.decode()
        assert "Small answered openly" in page
        assert "Small 1" in page
        assert "Small 1" not in client.get(url(world, "session", round)).content.decode()
        own = client.get(url(world, "own", round)).content.decode()
        assert "You answered openly" not in own
        for audience, named in (("partners", True), ("own", True), ("all", False), ("donor", False)):
            snapshot = building.build(round, world.lead("ngo"), audience=audience)
            assert ("Small 1" in str(building.to_json(snapshot)["reading"]["statements"])) == named, audience
            told = Telling(snapshot.reading, queries.instrument_of(round))
            assert ("openly" in chapters.chapters(snapshot, told)) == named
            assert told.people_of(snapshot.reading.side(key(world))) == "3 people, answered openly"
            again = building.from_json(building.to_json(snapshot)).reading
            assert [row.people for row in again.statements] == [row.people for row in snapshot.reading.statements]

    def test_nobody_stands_behind_a_guess(self, world):
        world.join("small", "company", "partner", 3)
        round = world.plan(expected=["trust.1"])
        for name in ("company", "small"):
            actions.agree_dates(round, seen=round.version, by=world.lead(name))
        round = actions.start_round(round, by=world.lead("ngo"))
        part = choose(world, round)
        for respondent in part.respondents.order_by("pk"):
            actions.say_named(respondent, True)
            world.answer(respondent, 3, guesses={"trust.1": {world.lead("ngo").own_party.pk: 1}})
        actions.submit_part(world.part(round, "small"), by=world.lead("small"))
        world.individually(round, "ngo", 3)
        world.individually(round, "company", 3)
        round = open_up(world, round)
        assert not OpenAnswer.objects.unguarded("test").exclude(about=None).exists()
        assert read(world, "ngo", round).row("trust.1").expected == []


class TestOneYesIsMissing:
    @pytest.mark.parametrize("who", [0, 1, 2])
    def test_one_no_and_the_side_chooses_again_unread(self, world, round, who, client):
        openly(world, round, [at != who for at in range(3)])
        assert world.part(round, "small").is_in, "nothing is looked at before all parts are in"
        world.individually(round, "company", 3)
        part, round = world.part(round, "small"), world.fresh(round)
        assert (part.mode, part.is_in, part.is_open, round.state) == ("undecided", False, False, "open")
        assert not SealedAnswer.objects.filter(part=part).exists()
        assert not part.respondents.exists()
        told = Notice.objects.filter(kind=kinds.NOTICE_NOT_NAMED)
        assert {row.recipient for row in told} == {world.leads["small"]}
        act = Act.objects.get(kind=kinds.NOT_NAMED)
        assert act.by is None
        assert not Act.objects.visible_to(world.leads["ngo"]).filter(pk=act.pk).exists()
        assert WorkItem.objects.filter(kind="reviews.mode", party=part.party, closed_at=None).exists()
        client.force_login(world.leads["ngo"])
        page = client.get(url(world, "round", round)).content.decode()
        assert page.count("Sealed until all are in") == 2, "the others learn nothing of it"
        client.force_login(world.leads["small"])
        assert "open" not in dict(client.get(url(world, "part", round)).context["form"].fields["mode"].choices)
        with pytest.raises(ValidationError, match="would show who did not"):
            choose(world, round, 2)
        world.agreed(round, "small", 3)
        assert world.fresh(round).state == "frozen"

    def test_the_others_do_not_see_it_come_in_and_go_out_while_they_are_asked(self, world, client):
        for name in ("small", "late"):
            world.join(name, "company", "partner", 3)
        round = world.started(policy="ask_others")
        world.individually(round, "ngo", 2)
        world.individually(round, "company", 3)
        round = late(world, world.fresh(round))
        openly(world, round, (True, False, True))
        assert {row.party.name for row in queries.asked_without(world.fresh(round)) if not row.is_in} == {
            "Small",
            "Late",
        }
        assert Notice.objects.filter(kind=kinds.NOTICE_NOT_NAMED).exists()

    def test_added_later_without_a_yes(self, world, round):
        user = world.people["small"][2]
        openly(world, round, (True, True))
        assert actions.invite_more(world.part(round, "small"), seats=[world.seat(user)], by=world.lead("small")) == 1
        world.individually(round, "company", 3)
        assert world.part(round, "small").mode == "undecided"

    def test_withdrawn_after_it_was_handed_in(self, world, round):
        part = openly(world, round)
        actions.withdraw_answer(part.respondents.first())
        world.individually(round, "company", 3)
        assert world.part(round, "small").mode == "undecided"

    def test_who_has_not_said_it_has_not_finished_and_the_lead_cannot_hand_in(self, world, round):
        part = choose(world, round)
        first = part.respondents.first()
        world.answer(first, 3, finish=False)
        with pytest.raises(ValidationError, match="Say first"):
            actions.finish_answer(first)
        with pytest.raises(ValidationError, match="Each of those who are asked"):
            actions.submit_part(world.part(round, "small"), by=world.lead("small"))

    @pytest.mark.parametrize(
        ("policy", "state"), [("extend", "open"), ("cancel", "cancelled"), ("open_without", "frozen")]
    )
    def test_at_the_last_day_what_was_agreed_for_a_missing_part_holds(self, world, policy, state):
        world.join("small", "company", "partner", 3)
        round = world.started(policy=policy)
        world.individually(round, "ngo", 2)
        world.individually(round, "company", 3)
        openly(world, round, (True, False, True), hand_in=False)
        round = late(world, round)
        assert (round.state, round.extensions) == (state, int(policy == "extend"))
        part = world.part(round, "small")
        assert not SealedAnswer.objects.filter(part=part).exists()
        assert not part.is_open

    def test_complete_and_all_yes_it_counts_as_handed_in_on_the_last_day(self, world, round):
        world.individually(round, "company", 3)
        openly(world, round, hand_in=False)
        assert late(world, round).state == "frozen"
        assert world.part(round, "small").is_open

    def test_a_word_is_changed_until_all_are_in(self, world, round):
        part = openly(world, round, (True, False, True))
        second = part.respondents.order_by("pk")[1]
        actions.say_named(second, True)
        world.individually(round, "company", 3)
        assert world.part(round, "small").is_open
        with pytest.raises(ValidationError):
            actions.say_named(second, False)

    def test_yes_and_no_leave_the_same_traces(self, world, round):
        part = choose(world, round, 2)
        first, second = part.respondents.order_by("pk")
        acts = Act.objects.count()
        actions.say_named(first, True)
        actions.say_named(second, False)
        assert Act.objects.count() == acts
        rows = Respondent.objects.unguarded("test").filter(part=part).order_by("pk")
        one, other = rows.values("state", "counter", "group", "way", "on_paper")
        assert one == other
        sealed = SealedAnswer.objects.filter(part=part)
        assert len({len(row.ciphertext) for row in sealed}) == 1
        assert "named" not in str([row.ciphertext for row in sealed])


class TestChoosing:
    def test_by_seat_alone_and_fewer_than_the_minimum(self, world, round):
        with pytest.raises(ValidationError, match="Fewer than 5"):
            actions.choose_open(
                world.part(round, "company"),
                seats=[world.seat(user) for user in world.people["company"][:5]],
                by=world.lead("company"),
            )
        with pytest.raises(ValidationError, match="who of your side"):
            actions.choose_open(world.part(round, "company"), seats=[], by=world.lead("company"))
        choose(world, round)
        with pytest.raises(ValidationError, match="Only people with a seat"):
            actions.invite_more(world.part(round, "small"), addresses=["a@example.org"], by=world.lead("small"))
        more_people(world, "small", 5)
        with pytest.raises(ValidationError, match="Fewer than 5"):
            actions.invite_more(
                world.part(round, "small"),
                seats=[world.seat(user) for user in world.people["small"]],
                by=world.lead("small"),
            )
        assert world.part(round, "small").respondents.count() == 3

    def test_elsewhere_nobody_is_asked(self, world, round):
        respondent = world.part(round, "ngo").respondents.first()
        with pytest.raises(ValidationError, match="nobody stands with their name"):
            actions.say_named(respondent, True)

    def test_on_the_pages_from_the_choice_to_the_seal(self, world, round, client):
        client.force_login(world.leads["small"])
        seats = [str(world.seat(user).pk) for user in world.people["small"]]
        page = client.post(url(world, "part", round), {"mode": "open", "seats": seats, "addresses": "a@example.org"})
        assert "Only people with a seat answer with their names." in page.content.decode()
        client.post(url(world, "part", round), {"mode": "open", "seats": seats})
        assert world.part(round, "small").mode == "open"
        assert client.get(url(world, "answer_start", round)).url == url(world, "answer_named", round)
        page = client.get(url(world, "answer_named", round)).content.decode()
        assert "Small asks 3 people." in page
        assert client.post(url(world, "answer_named", round), {}).status_code == 422
        answer = client.post(url(world, "answer_named", round), {"named": "no"})
        assert answer.url == url(world, "answer_start", round)
        assert client.get(answer.url).url == url(world, "answer", round, "purpose")
        assert "You said no" in client.get(url(world, "answer_check", round)).content.decode()
        client.force_login(world.leads["ngo"])
        assert client.get(url(world, "answer_named", round)).status_code == 404

    def test_through_the_personal_link(self, world, round, client):
        respondent = choose(world, round).respondents.order_by("pk")[1]
        link = kinds.link_to_answer(respondent)
        named = client.get(link).url
        assert named == reverse("reviews:link_named", args=[link.split("/")[-2]])
        client.post(named, {"named": "yes"})
        assert queries.draft_of(respondent).named is True

    def test_a_lost_key_is_said_and_nothing_is_handed_in(self, world, round, settings):
        openly(world, round, hand_in=False)
        world.individually(round, "company", 3)
        settings.SEAL_KEYS = "quite another key, thirty-two characters"
        with pytest.raises(ValidationError, match="A key is missing"):
            actions.submit_part(world.part(round, "small"), by=world.lead("small"))
        assert not world.part(round, "small").is_in


class TestSoonAfterAnother:
    """What one round told of a group and the next of each, or the other way round, is not left to subtraction."""

    def answer(self, world, *, named, people, days):
        with clock.at(clock.now() + timedelta(days=days)):
            round = world.started()
            world.individually(round, "ngo", 2)
            seats = [world.seat(user) for user in world.people["company"][:people]]
            part, place = world.part(round, "company"), world.lead("company")
            part = (
                actions.choose_open(part, seats=seats, by=place)
                if named
                else actions.choose_individual(part, seats=seats, by=place)
            )
            for respondent in part.respondents.order_by("pk"):
                if named:
                    actions.say_named(respondent, True)
                world.answer(respondent, 3)
            actions.submit_part(world.part(round, "company"), by=place)
            return open_up(world, round)

    @pytest.mark.parametrize(
        ("first", "second", "hidden"),
        [((False, 5), (True, 4), True), ((True, 4), (False, 5), True), ((True, 3), (True, 4), False)],
    )
    def test_nearly_the_same_people(self, world, first, second, hidden):
        self.answer(world, named=first[0], people=first[1], days=0)
        round = self.answer(world, named=second[0], people=second[1], days=20)
        part, row = world.part(round, "company"), read(world, "ngo", round).row("trust.1")
        assert part.is_twin == hidden
        assert (key(world, "company") not in row.means) == hidden
        assert bool(row.people) == (second[0] and not hidden)
        assert OpenAnswer.objects.unguarded("test").filter(part=part).exclude(seat=None).exists() == (not hidden)

    def test_a_season_later_they_are_told_again(self, world):
        self.answer(world, named=False, people=5, days=0)
        round = self.answer(world, named=True, people=4, days=queries.TWIN_DAYS + 40)
        assert len(read(world, "ngo", round).row("trust.1").people[key(world, "company")]) == 4
        assert len(CODES) == len(read(world, "ngo", round).statements)
