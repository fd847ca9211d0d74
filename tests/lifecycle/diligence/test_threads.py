"""Clarifications: who may ask, whose turn it is, who reads it, and what happens when somebody or something is gone."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from lifecycle.diligence import actions, queries
from lifecycle.diligence.models import Thread, ThreadEntry
from lifecycle.diligence.queries import turn_of
from lifecycle.diligence.states import EntryKind, Level, RoundReason
from partnerships.access.actions import circle_for, open_release
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.notices.models import Notice
from partnerships.record import actions as record
from partnerships.record.states import Stage
from tests.factories import World, make_partnership

from .conftest import answer, release_self
from .test_working import items


def released(world: World, *, to: tuple[str, ...] = ("company", "broker"), code: str = "2.1") -> None:
    """The NGO answers about itself, and releases it to all partners; these open it."""
    ngo = world.ngo
    answer(ngo, ngo.own_party, code, Level.SOME, "The register is old.")
    bundle = release_self(ngo)
    for who in to:
        open_release(bundle, by=world.place(who))


def ask(world: World, who: str = "company", text: str = "Which register?", *, with_all: bool = False) -> Thread:
    place, ngo = world.place(who), world.party("ngo")
    found = queries.released_answer(place, ngo, ngo, "2.1")
    assert found is not None
    return actions.ask_about(found, text=text, with_all=with_all, by=place)


def turn(world: World) -> list[str]:
    """Whose turn it is, as work waits for it."""
    return [i.party.name for i in items(world, "dd:thread:")]


def texts(thread: Thread, place: Place) -> list[str]:
    return [e.text for e in queries.entries_of(thread, place)]


@pytest.mark.parametrize(
    ("kind", "last", "present", "expected"),
    [
        (EntryKind.WORDS, 1, {1, 2}, 2),
        (EntryKind.WORDS, 2, {1, 2, 3}, 1),
        (EntryKind.NOTHING_MORE, 2, {1, 2}, 1),
        (EntryKind.CLOSED, 1, {1, 2}, None),
        (EntryKind.WORDS, 1, {1}, None),
        (EntryKind.WORDS, 2, {2}, None),
        ("", None, {1, 2}, None),
    ],
)
def test_whose_turn_it_is(kind: str, last: int | None, present: set[int], expected: int | None) -> None:
    assert turn_of(kind, last, 1, 2, present) == expected


def test_only_of_what_was_released_and_opened(world: World) -> None:
    company, ngo = world.company, world.ngo
    answer(ngo, ngo.own_party, "2.1", Level.SOME, "Private.")
    assert queries.released_answer(company, ngo.own_party, ngo.own_party, "2.1") is None
    bundle = release_self(ngo)
    assert queries.released_answer(company, ngo.own_party, ngo.own_party, "2.1") is None
    open_release(bundle, by=company)
    assert queries.released_answer(company, ngo.own_party, ngo.own_party, "2.1") is not None
    assert queries.released_answer(ngo, ngo.own_party, ngo.own_party, "2.1") is None


def test_the_turn_goes_to_and_fro(world: World) -> None:
    released(world)
    thread = ask(world)
    names = {n: world.party(n).name for n in ("ngo", "company")}
    assert turn(world) == [names["ngo"]]
    actions.write_entry(thread, text="The one of 1998.", by=world.ngo)
    assert turn(world) == [names["company"]]
    actions.write_entry(thread, text="And since?", by=world.company)
    actions.say_nothing_more(thread, by=world.ngo)
    assert turn(world) == [names["company"]]
    actions.close_thread(thread, by=world.company)
    assert turn(world) == []
    with pytest.raises(ValidationError, match="closed already"):
        actions.close_thread(thread, by=world.company)
    actions.write_entry(thread, text="One more thing.", by=world.ngo)
    assert turn(world) == [names["company"]]
    actions.say_nothing_more(thread, by=world.company)
    assert turn(world) == []


def test_who_answered_does_not_close_and_nobody_takes_the_others_turn(world: World) -> None:
    released(world)
    thread = ask(world)
    with pytest.raises(ValidationError, match="side that asked"):
        actions.close_thread(thread, by=world.ngo)
    actions.say_nothing_more(thread, by=world.ngo)
    with pytest.raises(ValidationError, match="not your turn"):
        actions.say_nothing_more(thread, by=world.ngo)
    with pytest.raises(ValidationError, match="Write what"):
        actions.write_entry(thread, text="  ", by=world.ngo)


def test_notices_name_the_party_and_nothing_of_what_was_said(world: World) -> None:
    released(world)
    ask(world, text="Quartzword")
    rows = Notice.objects.filter(kind="diligence.thread")
    assert {n.recipient for n in rows} == {world.ngo.user}
    assert "Quartzword" not in str(list(rows.values()))


def test_the_two_read_it_and_nobody_else(db: None) -> None:
    world = make_partnership(partners=3, broker=True, stage=Stage.DILIGENCE)
    released(world, to=("company", "third", "broker"))
    thread = ask(world)
    assert thread.circle.kind == CircleKind.CHOSEN
    for who, sees in {"ngo": True, "company": True, "third": False, "broker": False}.items():
        assert Thread.objects.visible_to(world.place(who)).exists() is sees, who
        assert ThreadEntry.objects.visible_to(world.place(who)).exists() is sees, who
        assert bool(queries.threads_of(world.place(who))) is sees, who


def test_all_partners_follow_where_all_of_them_read_the_answer(db: None) -> None:
    world = make_partnership(partners=3, broker=True, stage=Stage.DILIGENCE)
    released(world, to=("company", "broker"))
    with pytest.raises(ValidationError, match="Not every partner"):
        ask(world, with_all=True)
    open_release(release_self(world.ngo), by=world.third)
    thread = ask(world, with_all=True)
    assert thread.circle.kind == CircleKind.PARTNERS
    assert texts(thread, world.third) == texts(thread, world.broker) == []
    actions.open_entries(thread, by=world.ngo)
    assert texts(thread, world.third) == texts(thread, world.broker) == ["Which register?"]
    with pytest.raises(ValidationError, match="between the two"):
        actions.write_entry(thread, text="I also wonder", by=world.third)


def test_asking_twice_goes_on_with_the_same(world: World) -> None:
    released(world)
    assert ask(world).pk == ask(world, text="Still there?").pk
    assert ThreadEntry.objects.of(world.partnership).count() == 2


def test_taken_back_until_it_was_opened(world: World) -> None:
    released(world)
    thread = ask(world)
    assert texts(thread, world.ngo) == []
    assert queries.waiting_entries(thread, world.ngo) == 1
    assert actions.take_back(thread, by=world.company)
    assert not Thread.objects.of(world.partnership).exists()
    assert turn(world) == []
    thread = ask(world)
    assert actions.open_entries(thread, by=world.ngo) == 1
    assert texts(thread, world.ngo) == ["Which register?"]
    with pytest.raises(ValidationError, match="opened it already"):
        actions.take_back(thread, by=world.company)
    actions.write_entry(thread, text="That one.", by=world.ngo)
    with pytest.raises(ValidationError, match="nothing of yours"):
        actions.take_back(thread, by=world.company)
    assert not actions.take_back(thread, by=world.ngo)
    assert turn(world) == [world.party("ngo").name]


def test_a_party_that_left_is_asked_no_more(db: None) -> None:
    world = make_partnership(partners=3, stage=Stage.DILIGENCE)
    released(world, to=("company", "third"))
    thread = ask(world, "third")
    actions.write_entry(thread, text="The one of 1998.", by=world.ngo)
    assert turn(world) == [world.party("third").name]
    record.leave(world.party("third"), by=world.third)
    assert turn(world) == []
    with pytest.raises(ValidationError, match="has left"):
        actions.write_entry(thread, text="Hello?", by=world.ngo)
    [line] = queries.threads_of(world.ngo)
    assert line.turn is None
    assert len(queries.entries_of(thread, world.ngo)) == 2


def test_a_withdrawn_answer_leaves_its_clarification(world: World) -> None:
    released(world)
    thread = ask(world)
    company = world.company
    asked = queries.answer_asked(thread, company)
    assert asked is not None
    assert asked.text == "The register is old."
    actions.withdraw_checklist(about=world.party("ngo"), by=world.ngo)
    assert queries.answer_asked(thread, company) is None
    assert queries.answer_asked(thread, world.ngo) is None
    [line] = queries.threads_of(company)
    assert line.question is not None
    actions.write_entry(thread, text="Why did you withdraw it?", by=company)


def test_it_shows_the_newest_words_that_were_released(world: World) -> None:
    released(world)
    thread = ask(world)
    answer(world.ngo, world.party("ngo"), "2.1", Level.NONE, "Being typed.")
    for place in (world.company, world.ngo):
        asked = queries.answer_asked(thread, place)
        assert asked is not None
        assert asked.text == "The register is old."


def test_a_refresh_leaves_it_in_its_round(world: World) -> None:
    released(world)
    thread = ask(world)
    actions.start_refresh(reason=RoundReason.OTHER, note="", by=world.ngo)
    actions.write_entry(thread, text="The one of 1998.", by=world.ngo)
    [line] = queries.threads_of(world.company)
    assert line.is_mine
    answer(world.ngo, world.party("ngo"), "2.1", Level.NONE, "Renewed.")
    open_release(release_self(world.ngo), by=world.company)
    assert ask(world).pk != thread.pk


def test_an_answer_about_oneself_that_another_side_gave(world: World) -> None:
    """What the company found about the NGO, and released to it, can be asked about too."""
    company, ngo = world.company, world.ngo
    answer(company, ngo.own_party, "3.4", Level.SOME, "Thin on the ground.")
    bundle = actions.release_checklist(
        about=ngo.own_party,
        to=circle_for(world.partnership, CircleKind.CHOSEN, parties=[company.own_party, ngo.own_party]),
        with_documents=False,
        by=company,
    )
    open_release(bundle, by=ngo)
    found = queries.released_answer(ngo, company.own_party, ngo.own_party, "3.4")
    assert found is not None
    thread = actions.ask_about(found, text="Says who?", with_all=False, by=ngo)
    assert turn(world) == [company.own_party.name]
    assert queries.threads_on(company, ngo.own_party, "3.4")[0].thread == thread
