"""Lessons at the close of a round: asked for once the findings are settled, the own side's until handed in."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.lessons import actions, queries
from evaluation.lessons.models import LessonAnswer, SharedLesson
from evaluation.reviews import actions as reviews
from evaluation.reviews.models import Round
from partnerships import clock
from partnerships.people.models import User
from partnerships.record.models import Partnership
from partnerships.work.models import WorkItem
from tests.evaluation.reviews.conftest import World


@pytest.fixture
def opened(world: World) -> Any:
    round = world.opened(ngo=1, company=3)
    with clock.at(round.opening_at):
        yield round


def url(world: World, name: str, round: Round, *more: str) -> str:
    return reverse(name, args=[world.partnership.public_id, round.public_id, *more])


def settle(world: World, round: Round, text: str = "Minutes come late.") -> None:
    found = reviews.add_finding(round, text=text, by=world.lead("broker"))
    reviews.take_stance(found, stance="agrees", by=world.lead("ngo"))
    reviews.take_stance(found, stance="dissents", dissent="They come in time.", by=world.lead("company"))


def texts(said: str) -> dict[str, str]:
    return {prompt: f"{prompt}: {said}" for prompt in ("worked", "failed", "differently")}


def asked() -> set[str]:
    return {item.party.organisation.name for item in WorkItem.objects.open().filter(kind="lessons.write_round")}


class TestTheyAreAskedFor:
    def test_when_each_partner_has_said_its_word_on_each_finding(self, world: World, opened: Round) -> None:
        found = reviews.add_finding(opened, text="Minutes come late.", by=world.lead("ngo"))
        assert asked() == set()
        with pytest.raises(ValidationError, match="findings first"):
            actions.save_lessons(by=world.lead("ngo"), texts=texts("early"), seen={}, round=opened)
        reviews.take_stance(found, stance="agrees", by=world.lead("company"))
        assert asked() == {"Ngo", "Company"}

    def test_once(self, world: World, opened: Round) -> None:
        settle(world, opened)
        actions.save_lessons(by=world.lead("ngo"), texts=texts("Calls"), seen={}, round=opened)
        actions.hand_in(by=world.lead("ngo"), round=opened)
        assert asked() == {"Company"}
        settle(world, opened, "Another one.")
        assert asked() == {"Company"}, "who handed in is asked no more"

    def test_by_three_prompts_and_not_by_the_conclusions_answers(self, world: World, opened: Round) -> None:
        settle(world, opened)
        ngo = world.lead("ngo")
        actions.save_lessons(by=ngo, texts={"worked": "The whole of it"}, seen={})
        with pytest.raises(ValidationError, match="What worked"):
            actions.hand_in(by=ngo, round=opened)
        actions.save_lessons(by=ngo, texts=texts("Calls"), seen={}, round=opened)
        actions.hand_in(by=ngo, round=opened)
        assert queries.handed_in(ngo) == []
        assert LessonAnswer.objects.of(world.partnership).filter(round=opened).count() == 3


class TestWhoReadsThem:
    def test_the_own_side_until_they_are_handed_in(self, world: World, client: Client, opened: Round) -> None:
        settle(world, opened)
        path = url(world, "lessons:round", opened)
        client.force_login(world.leads["ngo"])
        client.post(url(world, "lessons:write_round", opened), {**texts("zebra"), "worked_seen": 0})
        assert "zebra" in client.get(path).content.decode()
        client.force_login(world.leads["company"])
        assert "zebra" not in client.get(path).content.decode()
        client.force_login(world.leads["ngo"])
        client.post(url(world, "lessons:hand_in_round", opened))
        for name in ("company", "broker"):
            client.force_login(world.leads[name])
            assert "zebra" in client.get(path).content.decode()
        client.force_login(User.objects.create_user("outsider@example.org", name="Outsider"))
        assert client.get(path).status_code == 404

    def test_only_partners_write_and_only_their_leads_hand_in(
        self,
        world: World,
        client: Client,
        opened: Round,
    ) -> None:
        settle(world, opened)
        client.force_login(world.leads["broker"])
        assert client.get(url(world, "lessons:write_round", opened)).status_code == 403
        client.force_login(world.people["ngo"][1])
        assert client.get(url(world, "lessons:write_round", opened)).status_code == 200
        assert client.post(url(world, "lessons:hand_in_round", opened)).status_code == 403

    def test_a_colleagues_newer_answer_is_not_overwritten(self, world: World, client: Client, opened: Round) -> None:
        settle(world, opened)
        ngo = world.lead("ngo")
        actions.save_lessons(by=ngo, texts={"worked": "one"}, seen={}, round=opened)
        actions.save_lessons(by=ngo, texts={"worked": "two"}, seen={"worked": 1}, round=opened)
        client.force_login(ngo.user)
        typed = {"worked": "three", "worked_seen": 1}
        page = client.post(url(world, "lessons:write_round", opened), typed).content.decode()
        assert "two" in page
        assert "three" in page

    def test_a_round_that_is_not_opened_has_none(self, world: World, client: Client) -> None:
        planned = world.plan()
        client.force_login(world.leads["ngo"])
        assert client.get(url(world, "lessons:round", planned)).status_code == 404


class TestTheRoundsPage:
    def test_shows_what_is_written_and_whose_yes_is_missing(self, world: World, client: Client, opened: Round) -> None:
        page = url(world, "reviews:round", opened)
        client.force_login(world.leads["ngo"])
        assert "each partner has said its word" in client.get(page).content.decode()
        settle(world, opened)
        assert "Write your lessons" in client.get(page).content.decode()
        for name in ("ngo", "company"):
            actions.save_lessons(by=world.lead(name), texts=texts("Calls"), seen={}, round=opened)
            actions.hand_in(by=world.lead(name), round=opened)
        lesson = actions.word_for_others(text="Send minutes in a week.", round=opened, by=world.lead("ngo"))
        assert "Company to approve" in client.get(page).content.decode()
        client.force_login(world.leads["company"])
        assert "Approve the wording" in client.get(page).content.decode()
        assert "Send minutes in a week." in client.get(url(world, "lessons:round", opened)).content.decode()
        actions.approve(lesson, by=world.lead("company"))
        said = client.get(page).content.decode()
        assert "Approve the wording" not in said
        assert "Read the lessons" in said

    def test_costs_the_same_for_one_wording_and_three(self, world: World, client: Client, opened: Round) -> None:
        settle(world, opened)
        client.force_login(world.leads["company"])
        counts = []
        for number in range(3):
            actions.word_for_others(text=f"Send minutes, {number}.", round=opened, by=world.lead("ngo"))
            if number in {0, 2}:
                with CaptureQueriesContext(connection) as captured:
                    client.get(url(world, "lessons:round", opened))
                counts.append(len(captured))
        assert counts[0] == counts[1]


class TestWordings:
    def word(self, world: World, opened: Round, text: str = "Send minutes in a week.", **more: Any) -> SharedLesson:
        settle(world, opened)
        return actions.word_for_others(text=text, by=world.lead("ngo"), round=opened, **more)

    def test_no_name_slips_in(self, world: World, client: Client, opened: Round) -> None:
        with pytest.raises(ValidationError, match="Kessa health posts"):
            self.word(world, opened, "At the KESSA health posts, minutes came late.")
        with pytest.raises(ValidationError, match="Company"):
            self.word(world, opened, "The company was late.")
        self.word(world, opened, "The company was late.", is_named=True)
        client.force_login(world.leads["ngo"])
        typed = {"text": "Company was late", "about": "failed", "stage": "scoping"}
        page = client.post(url(world, "lessons:word_round", opened), typed).content.decode()
        assert "Company was late" in page, "what was typed is kept"
        assert "Say it without." in page
        client.post(url(world, "lessons:word_round", opened), {**typed, "text": "They were late"})
        made = SharedLesson.objects.of(world.partnership).get(text="They were late")
        assert (made.round_id, made.about, made.stage, made.is_named) == (opened.pk, "failed", "scoping", False)

    def test_it_stands_in_the_library_while_its_partnership_goes_on(self, world: World, opened: Round) -> None:
        lesson = self.word(world, opened)
        assert lesson not in queries._shared()
        actions.approve(lesson, by=world.lead("company"))
        assert lesson in queries._shared()
        assert Partnership.objects.get(pk=world.partnership.pk).is_open

    def test_a_partner_takes_its_yes_back_and_says_it_again(self, world: World, client: Client, opened: Round) -> None:
        lesson = self.word(world, opened)
        path = reverse("lessons:take_back", args=[world.partnership.public_id, lesson.public_id])
        actions.approve(lesson, by=world.lead("company"))
        client.force_login(world.leads["company"])
        assert "until you say yes again" in client.get(path).content.decode()
        client.post(path)
        assert lesson not in queries._shared()
        assert WorkItem.objects.open().filter(kind="lessons.approve").count() == 1
        client.post(reverse("lessons:approve", args=[world.partnership.public_id, lesson.public_id]))
        assert lesson in queries._shared()

    def test_who_worded_it_takes_it_back_for_good(self, world: World, client: Client, opened: Round) -> None:
        lesson = self.word(world, opened)
        client.force_login(world.leads["ngo"])
        client.post(reverse("lessons:take_back", args=[world.partnership.public_id, lesson.public_id]))
        assert not WorkItem.objects.open().filter(kind="lessons.approve").exists()
        with pytest.raises(ValidationError, match="taken back meanwhile"):
            actions.approve(lesson, by=world.lead("company"))
        client.force_login(world.leads["company"])
        assert "Send minutes" not in client.get(url(world, "lessons:round", opened)).content.decode()

    def test_who_joined_since_is_named_as_one_who_cannot_read_it(
        self, world: World, client: Client, opened: Round
    ) -> None:
        self.word(world, opened)
        world.join("second_company", "company", "partner", 1)
        client.force_login(world.leads["ngo"])
        assert "Second company joined since" in client.get(url(world, "lessons:round", opened)).content.decode()
