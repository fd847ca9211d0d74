"""Lessons: one's own until handed in; for others when all approve and five cases are closed."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from evaluation.lessons import actions, queries
from evaluation.lessons.gate import before_closing
from evaluation.lessons.models import LessonAnswer
from partnerships.people.models import User
from partnerships.record.models import Partnership
from partnerships.work.models import WorkItem
from tests.factories import World, make_partnership, sign_in

pytestmark = pytest.mark.django_db


def all_prompts(text: str) -> dict[str, str]:
    return {p.code: text for p in queries.prompts()}


def handed_in(world: World, side: str, text: str = "We learned.") -> None:
    actions.save_lessons(by=world.place(side), texts=all_prompts(text), seen={})
    actions.hand_in(by=world.place(side))


def test_lessons_are_the_own_sides_until_handed_in() -> None:
    world = make_partnership(broker=True, stage="concluding")
    actions.save_lessons(by=world.company, texts=all_prompts("Trust came late."), seen={})
    assert not LessonAnswer.objects.visible_to(world.ngo.user).exists()
    actions.hand_in(by=world.company)
    assert LessonAnswer.objects.visible_to(world.ngo.user).count() == 4
    with pytest.raises(ValidationError):
        actions.hand_in(by=world.company)
    with pytest.raises(ValidationError):
        actions.save_lessons(by=world.company, texts=all_prompts("Rewritten."), seen={})


def test_an_empty_prompt_is_named() -> None:
    world = make_partnership(stage="concluding")
    actions.save_lessons(by=world.ngo, texts={"worked": "Calls."}, seen={})
    with pytest.raises(ValidationError, match="failed"):
        actions.hand_in(by=world.ngo)


def test_concluding_asks_each_partner_and_the_gate_waits_for_both() -> None:
    world = make_partnership(stage="concluding")
    actions.ask_for_lessons(world.partnership)
    assert WorkItem.objects.waiting_for(world.company.user).filter(kind="lessons.write").exists()
    handed_in(world, "ngo")
    assert before_closing(world.ngo)[0].waiting_for == (world.party("company").pk,)
    handed_in(world, "company")
    assert before_closing(world.ngo)[0].met
    assert not WorkItem.objects.open().filter(kind="lessons.write").exists()


def test_a_colleagues_newer_answer_is_not_overwritten(client: Client) -> None:
    world = make_partnership(stage="concluding")
    actions.save_lessons(by=world.ngo, texts={"worked": "one"}, seen={})
    by = world.ngo
    by.user.language = "fr"
    actions.save_lessons(by=by, texts={"worked": "two"}, seen={"worked": 1})
    assert LessonAnswer.objects.of(world.partnership).get().language == "fr"
    sign_in(client, world.ngo)
    page = client.post(f"/p/{world.pid}/lessons/write/", {"worked": "three", "worked_seen": 1}).content.decode()
    assert "two" in page
    assert "three" in page
    client.post(f"/p/{world.pid}/lessons/write/", {"worked": "two and three", "worked_seen": 2})
    assert LessonAnswer.objects.of(world.partnership).get().text == "two and three"


def test_others_read_a_lesson_only_after_five_cases_and_every_approval(client: Client) -> None:
    worlds = [make_partnership() for _ in range(5)]
    for number, world in enumerate(worlds):
        lesson = actions.word_for_others(text=f"Start with constraints {number}.", by=world.ngo)
        if number < 4:
            actions.approve(lesson, by=world.company)
        Partnership.objects.filter(pk=world.partnership.pk).update(standing="closed")
    assert not queries.library(queries.Cases()).enough
    assert "Start with constraints" not in sign_in(client, worlds[0].outsider).get("/library/").content.decode()
    actions.approve(lesson, by=worlds[4].company)
    assert len(queries.library(queries.Cases()).lessons) == 5
    assert "Start with constraints" in client.get("/library/").content.decode()


def test_pages(client: Client) -> None:
    world = make_partnership(broker=True, community=True, stage="concluding")
    handed_in(world, "company", "Numbers came before people.")
    sign_in(client, world.ngo)
    assert "Numbers came before people." in client.get(f"/p/{world.pid}/lessons/").content.decode()
    assert client.get(f"/p/{world.pid}/lessons/write/").status_code == 200
    community = sign_in(client, world.community).get(f"/p/{world.pid}/lessons/")
    assert community.status_code == 200
    assert "Numbers came before people." not in community.content.decode()


def test_two_colleagues_first_answers_meet(client: Client) -> None:
    """Both opened the empty page; the second to save reads the first one's answer beside their own."""
    world = make_partnership(stage="concluding")
    colleague = world.colleague("ngo")
    path = f"/p/{world.pid}/lessons/write/"
    none_yet = {f"{code}_seen": 0 for code in all_prompts("")}
    sign_in(client, world.ngo).post(path, {**none_yet, "worked": "first"})
    page = sign_in(client, colleague).post(path, {**none_yet, "failed": "second"}).content.decode()
    assert "first" in page
    assert "second" in page
    assert LessonAnswer.objects.of(world.partnership).get().text == "first"
    again = {**none_yet, "worked_seen": 1, "worked": "first", "failed": "second"}
    client.post(path, again)
    assert set(LessonAnswer.objects.of(world.partnership).values_list("text", flat=True)) == {"first", "second"}


@pytest.mark.parametrize(
    "text",
    [
        "Ruth Hälvorsen decided too late.",
        "What ruth\nhalvorsen’s team saw came too late.",
        "RUTH HALVORSEN",
    ],
)
def test_a_lesson_for_others_names_nobody_of_the_record(text: str) -> None:
    world = make_partnership()
    for place, name in ((world.company, "Ruth Halvorsen"), (world.ngo, "Grace")):
        User.objects.filter(pk=place.user.pk).update(name=name)
    with pytest.raises(ValidationError) as refused:
        actions.word_for_others(text=text, is_named=True, by=world.ngo)
    assert refused.value.message_dict == {"text": ["This names Ruth Halvorsen. Say it without."]}
    # Single names are words too, and others have longer names.
    actions.word_for_others(text="With grace. Ruth Halvorsensdatter said so.", is_named=True, by=world.ngo)


def test_a_lesson_has_an_end(client: Client) -> None:
    world = make_partnership(stage="concluding")
    sign_in(client, world.ngo)
    address = f"/p/{world.pid}/lessons/write/"
    assert 'maxlength="4000"' in client.get(address).content.decode()
    refused = client.post(address, {"worked": "x" * 4001, "worked_seen": 0})
    assert set(refused.context["form"].errors) == {"worked"}
    assert not LessonAnswer.objects.of(world.partnership).exists()
