"""Outcomes that are counted, told and harmful, and the second pair of eyes."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from evaluation.outcomes import actions, queries
from evaluation.outcomes.models import Outcome, OutcomeVoice, OutcomeWording
from evaluation.outcomes.queries import OutcomeRow
from partnerships.access.actions import circle_for
from partnerships.notices.models import Notice
from partnerships.work.models import WorkItem
from tests.factories import World

from .conftest import in_days, record, set_indicator


def row(world: World, who: str) -> OutcomeRow:
    (found,) = queries.outcome_rows(world.place(who))
    return found


def say(world: World, who: str, outcome: Outcome, stance: str = "confirmed", words: str = "", seen: int = 1) -> None:
    actions.voice(outcome, stance=stance, words=words, seen=seen, by=world.place(who))


def waiting(world: World) -> set[int]:
    found = WorkItem.objects.filter(partnership=world.partnership, kind="outcomes.confirm", closed_at=None)
    return set(found.values_list("party", flat=True))


@pytest.mark.parametrize(("writer", "other"), [("ngo", "company"), ("company", "ngo")])
def test_what_cannot_be_counted_is_confirmed_by_another_partner(world: World, writer: str, other: str) -> None:
    told = record(world, writer)
    assert waiting(world) == {world.party(other).pk}
    assert Notice.objects.filter(kind="outcomes.confirm", recipient=world.place(other).user).exists()
    assert not row(world, writer).is_confirmed
    with pytest.raises(ValidationError):
        say(world, writer, told)
    say(world, other, told)
    assert row(world, writer).confirmed_by == [world.party(other)]
    assert waiting(world) == set()
    assert Notice.objects.filter(kind="outcomes.confirmed", recipient=world.place(writer).user).exists()


def test_seen_differently_stands_beside_with_its_words_and_confirms_nothing(three: World) -> None:
    told = record(three)
    with pytest.raises(ValidationError) as refused:
        say(three, "company", told, "different")
    assert "words" in refused.value.message_dict
    say(three, "company", told, "different", "Two herders did, once")
    found = row(three, "third")
    assert not found.is_confirmed
    assert [(s.party, s.voice.words) for s in found.different] == [(three.party("company"), "Two herders did, once")]
    assert waiting(three) == {three.party("third").pk}
    say(three, "third", told)
    assert row(three, "ngo").is_confirmed
    assert row(three, "ngo").different, "the other voice stays"
    say(three, "company", told, "confirmed")
    assert OutcomeVoice.objects.visible_to(three.ngo).count() == 2, "said again, the newer word counts"


def test_the_broker_and_the_authority_have_no_voice_and_the_community_does_not_stand_for_a_partner(
    world: World,
) -> None:
    told = record(world, circle="all")
    for name in ("broker", "authority"):
        with pytest.raises(ValidationError):
            say(world, name, told)
    say(world, "community", told)
    found = row(world, "ngo")
    assert len(found.voices) == 1
    assert not found.is_confirmed
    assert waiting(world) == {world.party("company").pk}


def test_a_new_wording_starts_without_voices_and_the_old_one_stays(world: World) -> None:
    told = record(world)
    say(world, "company", told)
    values = {"what": "Women speak too", "for_whom": "Tandi", "how_known": "Seen", "since": in_days(-9)}
    writer = world.ngo
    writer.user.language = "fr"
    actions.reword_outcome(told, by=writer, values=values, seen=1)
    found = row(world, "company")
    assert found.outcome.language == "fr", "the words carry the language of whoever wrote them"
    assert (found.outcome.what, found.voices) == ("Women speak too", [])
    assert waiting(world) == {world.party("company").pk}
    before = OutcomeWording.objects.visible_to(world.company).get()
    assert before.what == "Herders speak at the meeting"
    with pytest.raises(ValidationError) as stale:
        actions.reword_outcome(told, by=world.ngo, values=values | {"what": "Mine"}, seen=1)
    assert stale.value.code == "stale"
    with pytest.raises(ValidationError) as late:
        say(world, "company", told, seen=1)
    assert late.value.code == "stale"


def test_harm_is_told_at_once_and_stands_beside_what_went_well(world: World) -> None:
    for _ in range(3):
        record(world)
    harm = record(world, "company", kind="harm", what="Dust at the school", circle="all")
    assert Notice.objects.filter(kind="outcomes.harm", recipient=world.community.user).exists()
    assert not Notice.objects.filter(kind="outcomes.harm", recipient=world.company.user).exists()
    found = queries.read(world.ngo)
    assert [(len(found.told), len(found.harm))] == [(3, 1)]
    assert found.harm[0].key == harm.public_id
    read = queries.read(world.community)
    assert (len(read.told), [h.what for h in read.harm]) == (0, ["Dust at the school"])


def test_a_communitys_words_reach_whom_it_chose(world: World) -> None:
    place = world.community
    inside = [p for p in place.present if p.role in {"partner", "broker", "rights_holder"}]
    values = {
        "what": "The well is closed at noon",
        "for_whom": "Us",
        "how_known": "We stood there",
        "since": in_days(-5),
    }
    circle = circle_for(world.partnership, "chosen", parties=inside)
    told = actions.record_outcome(kind="told", by=place, circle=circle, values=values)
    assert queries.outcome_rows(world.authority) == []
    say(world, "ngo", told)
    assert row(world, "company").is_confirmed


def test_what_is_counted_stands_on_an_indicator_and_nothing_else_does(world: World) -> None:
    wells = set_indicator(world)
    for kind, indicator in (("counted", None), ("told", wells), ("praise", None)):
        with pytest.raises(ValidationError):
            record(world, kind=kind, indicator=indicator)
    record(world, kind="counted", indicator=wells, circle="all")
    assert row(world, "company").indicator == wells
    assert row(world, "community").indicator is None, "its indicator is the partners'"


def test_only_its_side_withdraws_it_and_then_nobody_else_reads_it(world: World) -> None:
    told = record(world)
    with pytest.raises(ValidationError):
        actions.withdraw_outcome(told, by=world.company)
    actions.withdraw_outcome(told, by=world.ngo)
    assert queries.outcome_rows(world.company) == []
    assert waiting(world) == set()
    with pytest.raises(ValidationError):
        say(world, "company", told)


def test_a_change_of_tomorrow_is_refused(world: World) -> None:
    with pytest.raises(ValidationError):
        record(world, since=in_days(4))


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_takes_three_queries(world: World, count: int, django_assert_num_queries: Any) -> None:
    wells = set_indicator(world)
    for _ in range(count):
        say(world, "company", record(world))
        record(world, kind="counted", indicator=wells)
    place = world.broker
    with django_assert_num_queries(3):
        assert len(queries.outcome_rows(place)) == 2 * count
