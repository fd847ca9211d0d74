"""Two views of the same question, and what the partners make of a difference."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from lifecycle.diligence import actions, queries
from lifecycle.diligence.models import PointAgreement, TalkingPoint
from lifecycle.diligence.states import Level
from partnerships.access.actions import circle_for, open_release, recall
from partnerships.access.models import Release
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.record import actions as record
from partnerships.record.models import Party
from partnerships.record.states import Stage
from partnerships.work.models import WorkItem
from tests.factories import World, make_partnership

from .conftest import answer, soon
from .test_working import items


def say(world: World, who: str, about: str, level: str, to: tuple[str, ...] = (), code: str = "2.1") -> Release:
    """One side answers about an organisation; released to these, who open it (not when there are none)."""
    place, subject = world.place(who), world.party(about)
    answer(place, subject, code, level, f"{who} about {about}")
    parties = [place.own_party, *(world.party(w) for w in to)]
    chosen = circle_for(world.partnership, CircleKind.CHOSEN, parties=parties)
    if not to:
        return Release()
    bundle = actions.release_checklist(about=subject, to=chosen, with_documents=False, by=place)
    for reader in to:
        open_release(bundle, by=world.place(reader))
    return bundle


def codes(place: Place, about: Party) -> list[str]:
    return [c.question.code for c in queries.compared(place, about)]


def talk(world: World, who: str = "ngo", about: str = "company", code: str = "2.1", **values: Any) -> TalkingPoint:
    values = {"note": "", "due_on": None} | values
    return actions.begin_talking(about=world.party(about), code=code, by=world.place(who), **values)


def differing(world: World) -> None:
    say(world, "company", "company", Level.NONE, ("ngo",))
    say(world, "ngo", "company", Level.SERIOUS, ("company",))


def test_both_views_stand_beside_each_other_once_both_are_released_and_opened(world: World) -> None:
    company = world.party("company")
    say(world, "company", "company", Level.NONE, ("ngo",))
    say(world, "ngo", "company", Level.SERIOUS)
    for who in ("ngo", "company"):
        assert codes(world.place(who), company) == []
    chosen = circle_for(world.partnership, CircleKind.CHOSEN, parties=[world.party("ngo"), company])
    bundle = actions.release_checklist(about=company, to=chosen, with_documents=False, by=world.ngo)
    assert codes(world.company, company) == []
    open_release(bundle, by=world.company)
    for who in ("ngo", "company"):
        [found] = queries.compared(world.place(who), company)
        assert [(v.party.name, v.answer.level) for v in found.views] == [
            (company.name, "none"), (world.party("ngo").name, "serious"),
        ]  # fmt: skip
        assert found.differs
    assert codes(world.broker, company) == []


def test_a_private_view_is_neither_shown_nor_counted(db: None) -> None:
    """The third partner reads one view only: for it there is nothing to compare, whatever the others do."""
    world = make_partnership(partners=3, stage=Stage.DILIGENCE)
    company = world.party("company")
    say(world, "company", "company", Level.NONE, ("ngo", "third"))
    say(world, "ngo", "company", Level.SERIOUS, ("company",))
    assert codes(world.third, company) == []
    point = talk(world)
    assert queries.points_about(world.third) == []
    assert {p.name for p in queries.concerned(point, world.ngo.partners)} == {
        company.name, world.party("ngo").name,
    }  # fmt: skip
    assert not WorkItem.objects.visible_to(world.third).filter(key__startswith="dd:talk:").exists()


def test_what_was_recalled_or_withdrawn_stands_beside_nothing(world: World) -> None:
    company = world.party("company")
    say(world, "company", "company", Level.NONE, ("ngo",))
    answer(world.ngo, company, "2.1", Level.SERIOUS, "Found.")
    chosen = circle_for(world.partnership, CircleKind.CHOSEN, parties=[world.party("ngo"), company])
    bundle = actions.release_checklist(about=company, to=chosen, with_documents=False, by=world.ngo)
    assert codes(world.ngo, company) == ["2.1"]  # Its own side sees that it is on its way.
    with pytest.raises(ValidationError, match="No other partner reads"):
        talk(world)
    recall(bundle, by=world.ngo)
    assert codes(world.ngo, company) == []
    open_release(
        actions.release_checklist(about=company, to=chosen, with_documents=False, by=world.ngo), by=world.company
    )
    assert codes(world.company, company) == ["2.1"]
    actions.withdraw_checklist(about=company, by=world.ngo)
    assert codes(world.company, company) == codes(world.ngo, company) == []


def test_what_is_typed_after_a_release_is_not_compared(world: World) -> None:
    differing(world)
    answer(world.ngo, world.party("company"), "2.1", Level.NONE, "Changed our mind.")
    for who in ("ngo", "company"):
        [found] = queries.compared(world.place(who), world.party("company"))
        assert [v.answer.level for v in found.views] == ["none", "serious"]


def test_words_alone_are_compared_by_people(world: World) -> None:
    say(world, "company", "company", Level.NONE, ("ngo",), code="1.1")
    say(world, "ngo", "company", Level.NONE, ("company",), code="1.1")
    asked = queries.library().item("1.1")
    [found] = queries.compared(world.ngo, world.party("company"))
    assert (found.state == "words") is (asked.answer == "text")


def test_a_difference_is_agreed_by_all_it_concerns(world: World) -> None:
    differing(world)
    point = talk(world, due_on=soon(20))
    assert talk(world, "company").pk == point.pk
    assert len(items(world, "dd:talk:")) == 2
    with pytest.raises(ValidationError, match="Nothing is written"):
        actions.agree_on(point, seen=1, by=world.company)
    assert not actions.write_agreed(point, note="", text="We look again in May.", due_on=soon(20), seen=1, by=world.ngo)
    assert [i.party for i in items(world, "dd:talk:")] == [world.party("company")]
    with pytest.raises(ValidationError) as caught:
        actions.agree_on(point, seen=1, by=world.company)
    assert caught.value.code == "stale"
    assert actions.agree_on(point, seen=2, by=world.company)
    point.refresh_from_db()
    assert point.agreed_at is not None
    assert not items(world, "dd:talk:")
    [found] = queries.compared(world.ngo, world.party("company"))
    assert found.state == "agreed"


def test_another_text_asks_everybody_again(world: World) -> None:
    differing(world)
    point = talk(world)
    actions.write_agreed(point, note="", text="First.", due_on=None, seen=1, by=world.ngo)
    actions.agree_on(point, seen=2, by=world.company)
    point.refresh_from_db()
    with pytest.raises(ValidationError, match="lead or stand-in"):
        actions.write_agreed(point, note="", text="Second.", due_on=None, seen=2, by=world.colleague("ngo"))
    point.refresh_from_db()
    assert point.agreed_at is not None
    actions.write_agreed(point, note="", text="Second.", due_on=None, seen=2, by=world.ngo)
    point.refresh_from_db()
    assert point.agreed_at is None
    assert len(items(world, "dd:talk:")) == 1
    assert queries.agreed_on(point) == {world.party("ngo").pk}
    with pytest.raises(ValidationError) as caught:
        actions.write_agreed(point, note="", text="Third.", due_on=None, seen=2, by=world.company)
    assert caught.value.code == "stale"


def test_a_point_is_taken_away_while_nobody_else_agreed(world: World) -> None:
    differing(world)
    point = talk(world)
    with pytest.raises(ValidationError, match="side that made it"):
        actions.drop_point(point, by=world.company)
    actions.drop_point(point, by=world.ngo)
    assert not TalkingPoint.objects.of(world.partnership).exists()
    assert not items(world, "dd:talk:")
    point = talk(world)
    actions.write_agreed(point, note="", text="So be it.", due_on=None, seen=1, by=world.ngo)
    actions.agree_on(point, seen=2, by=world.company)
    with pytest.raises(ValidationError, match="agreed on it already"):
        actions.drop_point(point, by=world.ngo)


def test_who_reads_it_does_not_agree_for_the_partners(world: World) -> None:
    say(world, "company", "company", Level.NONE, ("ngo", "broker"))
    say(world, "ngo", "company", Level.SERIOUS, ("company", "broker"))
    point = talk(world)
    assert TalkingPoint.objects.visible_to(world.broker).filter(pk=point.pk).exists()
    actions.write_agreed(point, note="", text="So be it.", due_on=None, seen=1, by=world.ngo)
    with pytest.raises(ValidationError, match="for the others"):
        actions.agree_on(point, seen=2, by=world.broker)
    assert PointAgreement.objects.visible_to(world.broker.user).count() == 1


def test_a_partner_that_leaves_is_not_waited_for(db: None) -> None:
    world = make_partnership(partners=3, stage=Stage.DILIGENCE)
    say(world, "company", "company", Level.NONE, ("ngo", "third"))
    say(world, "ngo", "company", Level.SERIOUS, ("company", "third"))
    point = talk(world)
    actions.write_agreed(point, note="", text="So be it.", due_on=None, seen=1, by=world.ngo)
    assert not actions.agree_on(point, seen=2, by=world.company)
    record.leave(world.party("third"), by=world.third)
    point.refresh_from_db()
    assert point.agreed_at is not None
