"""Rounds: what is asked is pinned, a refresh carries answers over, facts decide what is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lifecycle.diligence import actions, queries
from lifecycle.diligence.actions import Said
from lifecycle.diligence.models import DiligenceAnswer, DiligenceRound
from lifecycle.diligence.states import Level, RoundReason
from partnerships import clock
from partnerships.access.actions import open_release
from partnerships.catalogue.loading import checksum
from partnerships.catalogue.models import CatalogueVersion
from partnerships.work.models import WorkItem
from tests.factories import World, sign_in

from .conftest import answer, know_everything, release_self


def library_with(*, facts: Sequence[dict[str, Any]] = (), **changes: Any) -> CatalogueVersion:
    """A newer shipped version in which question 1.3 says something else, and 2.3 is gone."""
    old = queries.shipped_library()
    content = dict(old.content, facts=list(facts))
    # No other question depends on a fact.
    items = [{**item, "only_if": []} for item in content["items"] if item["code"] != "2.3"]
    for item in items:
        if item["code"] == "1.3":
            item.update(changes)
    return CatalogueVersion.objects.create(
        kind=old.kind,
        code=old.code,
        version=old.version + 1,
        title=old.title,
        content={**content, "items": items},
        checksum=checksum({"items": items, "facts": list(facts)}),
        published_at=clock.now(),
    )


def row(world: World, who: str, about: str, code: str) -> queries.Row:
    place = world.place(who)
    found = queries.checklist(place.own_party, world.place(about).own_party, place.partners)
    return next(r for r in found.rows if r.question.code == code)


OTHER = {"text": {"en": "Does it serve us?", "fr": "Cela nous sert-il ?", "es": "¿Nos sirve?"}}


def everything_asked(world: World) -> None:
    choice = actions.propose_depth(depth="full", by=world.ngo)
    actions.agree_depth(choice, by=world.company)


def test_a_newer_library_changes_nothing_in_a_round_that_has_begun(world: World) -> None:
    everything_asked(world)
    answer(world.ngo, world.ngo.own_party, "1.3", Level.SOME, "Partly")
    library_with(**OTHER)
    assert str(row(world, "ngo", "ngo", "1.3").question.text) == "Does it serve our strategy?"
    assert row(world, "ngo", "ngo", "2.3").question.code == "2.3"


def test_a_refresh_asks_the_newest_version_and_waits_for_each_answer_to_be_confirmed(world: World) -> None:
    everything_asked(world)
    answer(world.ngo, world.ngo.own_party, "1.3", Level.SOME, "Partly")
    answer(world.ngo, world.ngo.own_party, "2.3", Level.NONE)
    asked_first = queries.shipped_library().version
    library_with(**OTHER)
    actions.start_refresh(reason=RoundReason.OWNERSHIP, note="The mine was sold", by=world.company)
    carried = row(world, "ngo", "ngo", "1.3")
    assert str(carried.question.text) == "Does it serve us?"
    assert carried.answer is not None
    assert carried.answer.text == "Partly"
    assert not carried.is_answered
    assert carried.level == Level.UNKNOWN
    answer(world.ngo, world.ngo.own_party, "1.3", Level.SOME, "Partly")
    confirmed = row(world, "ngo", "ngo", "1.3")
    assert confirmed.is_answered
    assert confirmed.level == Level.SOME
    # The first round stands as it was: its answer names the question that was asked then.
    first = DiligenceAnswer.objects.of(world.partnership).get(assessment__round__number=1, code="1.3")
    assert (first.text, first.superseded_at, first.library.version) == ("Partly", None, asked_first)
    # What is asked no longer is not carried over.
    assert not DiligenceAnswer.objects.of(world.partnership).filter(assessment__round__number=2, code="2.3").exists()


def test_what_was_released_before_does_not_count_in_a_refresh(world: World) -> None:
    know_everything(world)
    actions.start_refresh(reason=RoundReason.VALIDITY, note="", by=world.ngo)
    theirs = row(world, "company", "ngo", "3.1")
    assert theirs.theirs is None
    assert theirs.level == Level.UNKNOWN
    # It can still be read, as it was released.
    assert queries.read_checklist(world.company, world.ngo.own_party, world.ngo.own_party)


def test_a_refresh_needs_something_to_look_at_again_and_a_reason(world: World) -> None:
    with pytest.raises(ValidationError):
        actions.start_refresh(reason=RoundReason.OTHER, note="", by=world.ngo)
    answer(world.ngo, world.ngo.own_party, "3.1", Level.NONE)
    with pytest.raises(ValidationError, match="why"):
        actions.start_refresh(reason=RoundReason.FIRST, note="", by=world.ngo)
    assert DiligenceRound.objects.of(world.partnership).count() == 1


def test_the_first_round_begins_once(world: World) -> None:
    answer(world.ngo, world.ngo.own_party, "3.1", Level.NONE)
    answer(world.company, world.company.own_party, "3.1", Level.NONE)
    assert DiligenceRound.objects.of(world.partnership).count() == 1


def test_a_question_that_depends_on_a_fact_is_asked_until_the_fact_is_known_not_to_hold(world: World) -> None:
    everything_asked(world)
    library_with(only_if=["exploration"])
    codes = [r.question.code for r in queries.checklists(world.ngo.own_party, world.ngo.partners)[0].rows]
    assert "1.3" not in codes
    world.partnership.is_exploration = True
    world.partnership.save()
    place = world.place("ngo")
    assert "1.3" in [r.question.code for r in queries.checklists(place.own_party, place.partners)[0].rows]
    actions.say_fact(code="indigenous", holds=True, by=world.ngo)
    assert queries.facts_of(world.partnership)["indigenous"] is True
    actions.say_fact(code="indigenous", holds=False, by=world.company)
    assert queries.facts_of(world.partnership)["indigenous"] is False


def test_an_option_stands_for_a_level(world: World) -> None:
    everything_asked(world)
    text = {"en": "x", "fr": "x", "es": "x"}
    options = [{"code": "yes", "text": text, "level": "none"}, {"code": "no", "text": text, "level": "serious"}]
    library_with(answer="choices", options=options)
    party = world.ngo.own_party
    said = {"1.3": Said(value=["yes", "no"])}
    actions.save_answers(about=party, said=said, seen=None, by=world.ngo)
    assert row(world, "ngo", "ngo", "1.3").level == Level.SERIOUS
    said = {"1.3": Said(value=["yes"])}
    actions.save_answers(about=party, said=said, seen=None, by=world.ngo)
    assert row(world, "ngo", "ngo", "1.3").level == Level.NONE


def test_what_was_released_stays_when_the_answer_changes_in_the_new_round(world: World) -> None:
    answer(world.ngo, world.ngo.own_party, "3.1", Level.NONE, "Searched")
    release_self(world.ngo)
    actions.start_refresh(reason=RoundReason.LIST_HIT, note="", by=world.ngo)
    answer(world.ngo, world.ngo.own_party, "3.1", Level.SERIOUS, "A hit")
    old = DiligenceAnswer.objects.of(world.partnership).get(assessment__round__number=1, code="3.1")
    assert (old.level, old.text) == (Level.NONE, "Searched")


# Confirming, and what changed -----------------------------------------------------------------------------------------
def test_still_true_is_one_press_and_counts(world: World) -> None:
    ngo = world.ngo
    answer(ngo, ngo.own_party, "2.1", Level.SOME, "Old register")
    answer(ngo, ngo.own_party, "3.1", Level.NONE)
    actions.start_refresh(reason=RoundReason.SITE, note="", by=ngo)
    assert row(world, "ngo", "ngo", "2.1").is_carried
    assert actions.confirm_answers(about=ngo.own_party, codes=["2.1", "3.1"], by=ngo) == 2
    confirmed = row(world, "ngo", "ngo", "2.1")
    assert (confirmed.is_carried, confirmed.level) == (False, Level.SOME)
    # A second press finds nothing to confirm.
    assert actions.confirm_answers(about=ngo.own_party, codes=["2.1"], by=ngo) == 0
    with pytest.raises(ValidationError) as caught:
        actions.confirm_answers(about=ngo.own_party, codes=["1.3"], by=ngo)
    assert caught.value.code == actions.GONE


def test_all_confirmed_is_all_answered(world: World) -> None:
    know_everything(world)
    ngo = world.ngo
    actions.start_refresh(reason=RoundReason.VALIDITY, note="", by=ngo)
    key = f"dd:ask:{ngo.own_party.pk}:{ngo.own_party.pk}"
    assert WorkItem.objects.of(world.partnership).open().filter(key=key).exists()
    codes = [r.question.code for r in queries.checklist(ngo.own_party, ngo.own_party, ngo.partners).rows if r.answer]
    actions.confirm_answers(about=ngo.own_party, codes=codes, by=ngo)
    assert not WorkItem.objects.of(world.partnership).open().filter(key=key).exists()


def test_the_question_of_before_stands_beside_the_one_of_now(world: World) -> None:
    everything_asked(world)
    answer(world.ngo, world.ngo.own_party, "1.3", Level.SOME, "Partly")
    answer(world.ngo, world.ngo.own_party, "2.3", Level.NONE, "A register of interests")
    library_with(**OTHER)
    actions.start_refresh(reason=RoundReason.OWNERSHIP, note="", by=world.company)
    carried = row(world, "ngo", "ngo", "1.3")
    assert carried.before is not None
    assert str(carried.before.text) == "Does it serve our strategy?"
    place = world.ngo
    found = queries.checklist(place.own_party, place.own_party, place.partners)
    # What is asked no longer is kept, and counted for nothing.
    assert [r.question.code for r in found.kept] == ["2.3"]
    assert "2.3" not in {r.question.code for r in found.rows}
    client = sign_in(Client(), place)
    html = client.get(address(world, "question", place.own_party.public_id, "1.3")).content.decode()
    for text in ("Does it serve our strategy?", "Does it serve us?", "Partly", "Still true"):
        assert text in html
    html = client.get(address(world, "checklist", place.own_party.public_id)).content.decode()
    assert "A register of interests" in html
    assert "asked no longer" in html


def test_what_was_released_reads_as_it_was_asked(world: World) -> None:
    everything_asked(world)
    answer(world.ngo, world.ngo.own_party, "1.3", Level.SOME, "Partly")
    open_release(release_self(world.ngo), by=world.company)
    library_with(**OTHER)
    actions.start_refresh(reason=RoundReason.OWNERSHIP, note="", by=world.company)
    me = world.party("ngo").public_id
    html = sign_in(Client(), world.company).get(address(world, "read", me, me)).content.decode()
    assert "Does it serve our strategy?" in html
    assert "Asked today as:" in html


def address(world: World, name: str, *args: str) -> str:
    return reverse(f"diligence:{name}", args=[world.pid, *args])


def test_a_refresh_in_the_browser_says_what_happens_and_then_asks(world: World) -> None:
    everything_asked(world)
    answer(world.ngo, world.ngo.own_party, "1.3", Level.SOME, "Partly")
    library_with(**OTHER)
    client = sign_in(Client(), world.ngo)
    data = {"reason": "ownership", "note": "The mine was sold"}
    html = client.post(address(world, "refresh"), data).content.decode()
    assert DiligenceRound.objects.of(world.partnership).count() == 1
    for text in ("Does it serve our strategy?", "Does it serve us?", "answer is carried over", "Begin the round"):
        assert text in html
    assert client.post(address(world, "refresh"), {"reason": "first"}).status_code == 200
    response = client.post(address(world, "refresh"), {**data, "sure": "1"})
    assert response["Location"] == address(world, "overview")
    html = sign_in(Client(), world.company).get(address(world, "rounds")).content.decode()
    for text in ("The mine was sold", "A change of ownership", "Round 2", "Round 1", "Does it serve us?"):
        assert text in html
    colleague = sign_in(Client(), world.colleague("ngo"))
    assert colleague.get(address(world, "refresh")).status_code == 403
    confirm = address(world, "confirm", world.party("ngo").public_id)
    assert client.post(confirm, {"code": "1.3"})["Location"].endswith("#q-1-3")
    assert not row(world, "ngo", "ngo", "1.3").is_carried


def test_typing_into_a_round_that_is_over_is_compared_with_what_was_carried_over(world: World) -> None:
    me = world.party("ngo").public_id
    answer(world.ngo, world.ngo.own_party, "2.1", Level.SOME, "Old register")
    actions.start_refresh(reason=RoundReason.SITE, note="", by=world.company)
    client = sign_in(Client(), world.ngo)
    typed = {"version": "1", "round": "1", "value": "none", "text": "Typed for the old round"}
    html = client.post(address(world, "question", me, "2.1"), typed).content.decode()
    assert "Typed for the old round" in html
    assert "Old register" in html
    assert 'name="round" value="2"' in html
    assert row(world, "ngo", "ngo", "2.1").is_carried


# Facts ----------------------------------------------------------------------------------------------------------------
INDIGENOUS = {
    "code": "indigenous",
    "title": {"en": "Indigenous rights are affected", "fr": "x", "es": "x"},
    "text": {"en": "Land, water or sacred places.", "fr": "x", "es": "x"},
}


@pytest.fixture
def with_facts(world: World) -> World:
    everything_asked(world)
    library_with(facts=[INDIGENOUS], only_if=["indigenous"])
    return world


def test_facts_in_the_browser(with_facts: World) -> None:
    world, client = with_facts, sign_in(Client(), with_facts.ngo)
    answer(world.ngo, world.party("ngo"), "1.3", Level.SOME, "It serves us")
    html = client.get(address(world, "facts")).content.decode()
    for text in ("Indigenous rights are affected", "Not known yet", "1 question depends on it"):
        assert text in html
    html = client.get(address(world, "fact", "indigenous")).content.decode()
    assert "1 question is asked no longer: 1.3. 1 answer of yours is kept, and counts for nothing." in html
    assert client.post(address(world, "fact", "indigenous"), {}).status_code == 200
    response = client.post(address(world, "fact", "indigenous"), {"holds": "no"}, follow=True)
    html = response.content.decode()
    assert "Does not hold" in html
    assert "1 question is asked no longer: 1.3." in html
    assert client.get(address(world, "fact", "nosuchfact")).status_code == 404
    # The others read it, with who said it; what is kept of the answer stays folded on the own side.
    html = sign_in(Client(), world.company).get(address(world, "facts")).content.decode()
    assert "Sahel Futures" in html
    html = client.get(address(world, "checklist", world.party("ngo").public_id)).content.decode()
    assert "One answer to a question that is asked no longer" in html
    assert "It serves us" in html
    # Said otherwise, the question is back, and so is its answer.
    response = client.post(address(world, "fact", "indigenous"), {"holds": "yes"}, follow=True)
    assert "1 question more is asked: 1.3." in response.content.decode()
    assert row(world, "ngo", "ngo", "1.3").level == Level.SOME


def test_a_question_that_goes_while_it_is_answered(with_facts: World) -> None:
    world, me = with_facts, with_facts.party("ngo").public_id
    client = sign_in(Client(), world.ngo)
    page = address(world, "question", me, "1.3")
    client.post(page, {"version": "0", "round": "0", "value": "some", "text": "Before"})
    actions.say_fact(code="indigenous", holds=False, by=world.company)
    response = client.post(page, {"version": "1", "round": "1", "value": "serious", "text": "Typed meanwhile"})
    html = response.content.decode()
    assert response.status_code == 410
    for text in ("This question is asked no longer", "Typed meanwhile", "What you typed was not saved", "Before"):
        assert text in html
    assert DiligenceAnswer.objects.of(world.partnership).get(code="1.3").text == "Before"
    assert "Before" in client.get(page).content.decode()
    assert client.get(address(world, "question", me, "77.7")).status_code == 404
    # It is not released either.
    answer(world.ngo, world.ngo.own_party, "2.1")
    bundle = release_self(world.ngo)
    kept = DiligenceAnswer.objects.of(world.partnership).get(code="1.3")
    assert not bundle.items.filter(model="lifecycle.diligenceanswer", object_id=kept.pk).exists()


def test_a_question_that_a_new_version_no_longer_has(world: World) -> None:
    everything_asked(world)
    me = world.party("ngo").public_id
    answer(world.ngo, world.ngo.own_party, "2.3", Level.NONE, "A register")
    library_with(**OTHER)
    actions.start_refresh(reason=RoundReason.QUESTIONS, note="", by=world.company)
    client = sign_in(Client(), world.ngo)
    typed = {"version": "1", "round": "1", "value": "some", "text": "Typed meanwhile"}
    html = client.post(address(world, "question", me, "2.3"), typed).content.decode()
    for text in ("The newest version of the questions does not have it.", "Typed meanwhile", "A register"):
        assert text in html


def test_facts_and_rounds_ask_as_few_questions_for_three_as_for_one(world: World) -> None:
    everything_asked(world)
    facts = [dict(INDIGENOUS, code=f"fact{n}") for n in range(3)]
    library_with(facts=facts, only_if=["fact0", "fact1", "fact2"])
    answer(world.ngo, world.ngo.own_party, "2.1")
    client = sign_in(Client(), world.ngo)

    def count(name: str) -> int:
        client.get(address(world, name))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address(world, name)).status_code == 200
        return len(captured)

    actions.say_fact(code="fact0", holds=True, by=world.ngo)
    before = count("facts"), count("rounds")
    for n in (1, 2):
        actions.say_fact(code=f"fact{n}", holds=True, by=world.company)
        actions.start_refresh(reason=RoundReason.OTHER, note="Again", by=world.ngo)
    assert (count("facts"), count("rounds")) == before


def test_why_the_partners_look_again_is_not_told_to_others(world: World) -> None:
    answer(world.ngo, world.ngo.own_party, "3.1", Level.NONE)
    actions.start_refresh(reason=RoundReason.ALLEGATION, note="Heard on the radio", by=world.ngo)
    for side, told in (("company", True), ("broker", True), ("community", False), ("authority", False)):
        html = sign_in(Client(), world.place(side)).get(address(world, "overview")).content.decode()
        assert ("A serious allegation" in html) is told, side
        assert (address(world, "rounds") in html) is told, side


def test_what_nobody_has_confirmed_is_carried_over_once_more(world: World) -> None:
    everything_asked(world)
    answer(world.ngo, world.ngo.own_party, "1.3", Level.SOME, "Partly")
    library_with(**OTHER)
    actions.start_refresh(reason=RoundReason.FATALITY, note="", by=world.company)
    actions.start_refresh(reason=RoundReason.OWNERSHIP, note="", by=world.company)
    carried = row(world, "ngo", "ngo", "1.3")
    assert carried.answer is not None
    assert (carried.answer.text, carried.is_carried, carried.answer.assessment.round.number) == ("Partly", True, 3)
    assert carried.before is not None, "it was answered when the question was put in other words"
    assert str(carried.before.text) == "Does it serve our strategy?"
    assert actions.confirm_answers(about=world.ngo.own_party, codes=["1.3"], by=world.ngo) == 1


def test_two_partners_who_look_again_at_once_begin_one_round(world: World) -> None:
    answer(world.ngo, world.ngo.own_party, "3.1", Level.NONE)
    data = {"reason": "ownership", "note": "", "round": "1", "sure": "1"}
    ngo, company = sign_in(Client(), world.ngo), sign_in(Client(), world.company)
    assert 'name="round" value="1"' in ngo.post(address(world, "refresh"), {"reason": "ownership"}).content.decode()
    assert ngo.post(address(world, "refresh"), data).status_code == 302
    html = company.post(address(world, "refresh"), data).content.decode()
    assert "A new round has begun meanwhile" in html
    assert DiligenceRound.objects.of(world.partnership).count() == 2
