"""Questions assigned, counsel's check, what was added."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from lifecycle.diligence import actions, queries
from lifecycle.diligence.models import AddedPoint, AssignedQuestion, Assignment, CounselCheck
from lifecycle.diligence.states import CheckState, CounselRole, Level, RoundReason
from partnerships import clock
from partnerships.access.actions import circle_here, open_release, recall
from partnerships.access.places import Place
from partnerships.documents import actions as documents
from partnerships.history.models import Act
from partnerships.notices.models import Notice
from partnerships.record import actions as record
from partnerships.record.holding import lift_hold, set_hold
from partnerships.record.models import Party, Seat
from partnerships.work.models import WorkItem
from tests.factories import World

from .conftest import answer, release_self, soon

OTHERS = ("company", "broker", "community", "authority")


def items(world: World, prefix: str) -> list[WorkItem]:
    rows = WorkItem.objects.of(world.partnership).open().filter(key__startswith=prefix)
    return list(rows.select_related("person", "party").order_by("pk"))


def mine(place: Place) -> queries.Checklist:
    return queries.checklist(place.own_party, place.own_party, place.partners)


def seat_of(place: Place) -> Seat:
    assert place.seat is not None
    return place.seat


def assign(world: World, *codes: str, to: Place | None = None, days: int = 20, seen: int | None = None) -> Assignment:
    ngo = world.ngo
    return actions.assign(
        about=ngo.own_party, codes=codes, seat=seat_of(to or ngo), due_on=soon(days), by=ngo, seen=seen
    )


# Assigned -------------------------------------------------------------------------------------------------------------
def test_assigned_questions_wait_for_that_person_until_they_are_answered(world: World) -> None:
    ngo, colleague = world.ngo, world.colleague("ngo")
    made = assign(world, "2.1", "2.2", to=colleague)
    [item] = items(world, "dd:assigned:")
    assert (item.person, item.due_on, item.circle.kind) == (colleague.user, soon(20), "own")
    assert Notice.objects.filter(kind="diligence.assigned", recipient=colleague.user).count() == 1
    answer(colleague, ngo.own_party, "2.1")
    assert [i.pk for i in items(world, "dd:assigned:")] == [item.pk]
    assert list(made.questions.filter(ended_at=None).values_list("code", flat=True)) == ["2.2"]
    answer(ngo, ngo.own_party, "2.2")
    assert not items(world, "dd:assigned:")


def test_nobody_else_learns_who_answers_what(world: World) -> None:
    assign(world, "2.1")
    for who in OTHERS:
        place = world.place(who)
        assert not Assignment.objects.visible_to(place).exists()
        assert not AssignedQuestion.objects.visible_to(place.user).exists()
        assert not WorkItem.objects.visible_to(place).filter(key__startswith="dd:assigned:").exists()
        assert not Act.objects.visible_to(place.user).filter(kind="diligence.assigned").exists()


def test_a_question_moves_from_one_person_to_another(world: World) -> None:
    colleague = world.colleague("ngo")
    assign(world, "2.1", "2.2")
    assign(world, "2.1", to=colleague)
    first, second = items(world, "dd:assigned:")
    assert (first.person, second.person) == (world.ngo.user, colleague.user)
    assign(world, "2.2", to=colleague, days=9)
    assert [(i.person, i.due_on) for i in items(world, "dd:assigned:")] == [
        (colleague.user, soon(20)), (colleague.user, soon(9)),
    ]  # fmt: skip
    assert actions.unassign(about=world.party("ngo"), codes=["2.1", "2.2"], by=world.ngo) == 2
    assert not items(world, "dd:assigned:")


def test_two_who_assign_at_once(world: World) -> None:
    assign(world, "2.1", seen=0)
    with pytest.raises(ValidationError) as caught:
        assign(world, "2.1", "2.2", to=world.colleague("ngo"), seen=0)
    assert caught.value.code == "stale"
    assert Assignment.objects.of(world.partnership).count() == 1


def test_what_is_answered_or_elsewhere_is_not_assigned(world: World) -> None:
    ngo = world.ngo
    answer(ngo, ngo.own_party, "2.1")
    with pytest.raises(ValidationError, match="answered already"):
        assign(world, "2.1")
    with pytest.raises(ValidationError, match="at least one"):
        assign(world, "no.such")
    with pytest.raises(ValidationError, match="on your side"):
        assign(world, "2.2", to=world.company)
    with pytest.raises(ValidationError, match="after today"):
        assign(world, "2.2", days=-1)


def test_the_side_is_asked_when_that_person_leaves(world: World) -> None:
    colleague = world.colleague("ngo")
    assign(world, "2.1", to=colleague)
    record.end_seat(seat_of(colleague), by=world.ngo)
    [item] = items(world, "dd:assigned:")
    assert (item.person, item.party) == (None, world.party("ngo"))
    answer(world.ngo, world.party("ngo"), "2.2")
    assert items(world, "dd:assigned:")[0].person is None


def test_a_refresh_takes_along_what_is_open(world: World) -> None:
    ngo = world.ngo
    answer(ngo, ngo.own_party, "2.2")
    assign(world, "2.1")
    actions.start_refresh(reason=RoundReason.OWNERSHIP, note="", by=ngo)
    now = queries.checklist(ngo.own_party, ngo.own_party, ngo.partners)
    assert set(queries.assigned_questions(ngo, now)) == {"2.1"}
    answer(ngo, ngo.own_party, "2.1")
    assert not items(world, "dd:assigned:")


# Counsel --------------------------------------------------------------------------------------------------------------
def check(world: World, *codes: str, to: Place | None = None) -> CounselCheck:
    ngo = world.ngo
    return actions.ask_check(
        about=ngo.own_party, codes=codes, seat=seat_of(to or world.colleague("ngo")), due_on=soon(9), by=ngo
    )


def test_counsel_clears_and_what_changes_later_is_marked(world: World) -> None:
    ngo, counsel = world.ngo, world.colleague("ngo")
    answer(ngo, ngo.own_party, "2.1")
    answer(ngo, ngo.own_party, "2.2")
    made = check(world, to=counsel)
    [item] = items(world, "dd:check:")
    assert (item.person, item.circle.kind) == (counsel.user, "own")
    actions.decide_check(made, holds=False, remark="", by=counsel)
    assert not items(world, "dd:check:")
    with clock.at(clock.now() + timedelta(minutes=5)):
        answer(ngo, ngo.own_party, "2.1", Level.SOME, "Changed.")
    found = queries.checklist(ngo.own_party, ngo.own_party, ngo.partners)
    marks = queries.marks_of(ngo, found, queries.checks_of(ngo, found))
    assert (marks["2.1"].check, marks["2.1"].changed_since_check) == ("cleared", True)
    assert (marks["2.2"].check, marks["2.2"].changed_since_check) == ("cleared", False)
    release_self(ngo)


def test_what_counsel_holds_is_not_released_until_it_is_cleared(world: World) -> None:
    ngo, counsel = world.ngo, world.colleague("ngo")
    answer(ngo, ngo.own_party, "2.1")
    made = check(world, "2.1", to=counsel)
    release_self(ngo)  # What is only asked holds nothing.
    with pytest.raises(ValidationError, match="what holds it"):
        actions.decide_check(made, holds=True, remark=" ", by=counsel)
    actions.decide_check(made, holds=True, remark="The permit is under appeal.", by=counsel)
    with pytest.raises(ValidationError, match="Counsel holds"):
        release_self(ngo)
    actions.decide_check(made, holds=False, remark="", by=counsel)
    release_self(ngo)


def test_a_lead_lifts_a_hold_with_a_reason_which_is_logged(world: World) -> None:
    ngo, counsel = world.ngo, world.colleague("ngo")
    answer(ngo, ngo.own_party, "2.1")
    made = check(world, to=counsel)
    actions.decide_check(made, holds=True, remark="Too early.", by=counsel)
    with pytest.raises(ValidationError, match="Say why"):
        actions.lift_check(made, because=" ", by=ngo)
    actions.lift_check(made, because="The board decided.", by=ngo)
    release_self(ngo)
    act = Act.objects.of(world.partnership).get(kind="diligence.lifted")
    assert (act.by, act.circle.kind) == (ngo.user, "own")
    for who in OTHERS:
        assert not CounselCheck.objects.visible_to(world.place(who)).exists()
        assert not Act.objects.visible_to(world.place(who).user).filter(kind__startswith="diligence.l").exists()


def test_counsel_from_outside_is_noted_by_role(world: World) -> None:
    ngo = world.ngo
    answer(ngo, ngo.own_party, "2.1")

    def note(**values: Any) -> CounselCheck:
        values = {"role": CounselRole.OUTSIDE, "checked_on": clock.today(), "holds": True, "remark": "Wait."} | values
        return actions.note_check(about=ngo.own_party, codes=[], by=ngo, **values)

    with pytest.raises(ValidationError, match="not come yet"):
        note(checked_on=soon(3))
    held = note()
    with pytest.raises(ValidationError, match="Counsel holds"):
        release_self(ngo)
    actions.decide_check(held, holds=False, remark="", by=ngo)
    release_self(ngo)


def test_a_check_is_dropped_and_a_word_that_was_given_is_not(world: World) -> None:
    made = check(world)
    actions.drop_check(made, by=world.ngo)
    assert not items(world, "dd:check:")
    with pytest.raises(ValidationError, match="over"):
        actions.decide_check(made, holds=False, remark="", by=world.ngo)
    held = check(world)
    actions.decide_check(held, holds=True, remark="No.", by=world.ngo)
    with pytest.raises(ValidationError, match="answered already"):
        actions.drop_check(held, by=world.ngo)


def test_a_hold_goes_on_through_a_refresh(world: World) -> None:
    ngo = world.ngo
    answer(ngo, ngo.own_party, "2.1")
    held = check(world, "2.1")
    actions.decide_check(held, holds=True, remark="No.", by=ngo)
    actions.start_refresh(reason=RoundReason.OTHER, note="", by=ngo)
    answer(ngo, ngo.own_party, "2.1")
    with pytest.raises(ValidationError, match="Counsel holds"):
        release_self(ngo)


# Added ----------------------------------------------------------------------------------------------------------------
def add(place: Place, about: Party | None = None, **values: Any) -> AddedPoint:
    values = {
        "theme": "identity", "heading": "Our new owner", "text": "Since May.", "level": "", "documents": [],
    } | values  # fmt: skip
    return actions.add_point(about=about or place.own_party, by=place, **values)


def change(point: AddedPoint, by: Place, text: str, **values: Any) -> AddedPoint:
    values = {"theme": point.theme, "heading": point.heading, "level": point.level, "documents": []} | values
    return actions.change_point(point, text=text, by=by, **values)


def read(place: Place, party: Party) -> list[str]:
    return [p.text for p in queries.read_points(place, party, party)]


def test_what_was_added_is_released_with_the_checklist(world: World) -> None:
    ngo, company = world.ngo, world.company
    point = add(ngo)
    answer(ngo, ngo.own_party, "2.1")
    bundle = release_self(ngo)
    assert read(company, ngo.own_party) == []
    open_release(bundle, by=company)
    assert read(company, ngo.own_party) == ["Since May."]
    newer = change(point, ngo, "Since June.")
    assert newer.pk != point.pk
    assert read(company, ngo.own_party) == ["Since May."]
    open_release(release_self(ngo), by=company)
    assert read(company, ngo.own_party) == ["Since June."]
    assert [p.text for p in queries.added_points(ngo, mine(ngo))] == ["Since June."]


def test_a_point_changes_in_place_until_it_is_released(world: World) -> None:
    ngo = world.ngo
    point = add(ngo)
    newer = change(point, ngo, "Since June.")
    assert (newer.pk, newer.version) == (point.pk, 2)
    with pytest.raises(ValidationError) as caught:
        change(point, world.colleague("ngo"), "Since July.", seen=1)
    assert caught.value.code == "stale"


def test_it_counts_for_nothing_in_the_rule(world: World) -> None:
    ngo = world.ngo
    before = queries.basis_of(ngo.own_party, ngo.partners).evaluation.outcome
    add(ngo, level=Level.SERIOUS)
    assert queries.basis_of(ngo.own_party, ngo.partners).evaluation.outcome == before


def test_a_recalled_point_is_read_by_nobody(world: World) -> None:
    ngo, company = world.ngo, world.company
    add(ngo)
    answer(ngo, ngo.own_party, "2.1")
    recall(release_self(ngo), by=ngo)
    assert read(company, ngo.own_party) == []


def test_points_cite_documents_which_go_out_with_them(world: World) -> None:
    ngo, company = world.ngo, world.company
    document = documents.note_seen(
        partnership=world.partnership, circle=circle_here(ngo, "own"), by=ngo, title="Register", seen_by="Awa",
        seen_on=clock.today(), held_at="Bamako",
    )  # fmt: skip
    point = add(ngo, documents=[document])
    # What a colleague cites, and nobody else reads, is not dropped by whoever changes the words.
    colleague = world.colleague("ngo")
    alone = documents.note_seen(
        partnership=world.partnership, circle=circle_here(colleague, "author"), by=colleague, title="My notes",
        seen_by="Awa", seen_on=clock.today(), held_at="Bamako",
    )  # fmt: skip
    actions.change_point(
        point, theme=point.theme, heading=point.heading, text=point.text, level="", documents=[document, alone],
        by=colleague,
    )  # fmt: skip
    actions.change_point(
        point, theme=point.theme, heading=point.heading, text="Since June.", level="", documents=[document], by=ngo
    )
    assert point.citations.count() == 2
    answer(ngo, ngo.own_party, "2.1")
    open_release(release_self(ngo), by=company)
    [point] = queries.read_points(company, ngo.own_party, ngo.own_party)
    assert [c.document.title for c in point.cited] == ["Register"]  # type: ignore[attr-defined]


def test_taken_away_or_withdrawn(world: World) -> None:
    ngo, company = world.ngo, world.company
    hidden = add(ngo, text="Never shown.")
    hold = set_hold(by=ngo, reason="A claim.")
    with pytest.raises(ValidationError, match="legal hold"):
        actions.remove_point(hidden, by=ngo)
    lift_hold(hold, by=ngo, because="Settled.")
    assert not actions.remove_point(hidden, by=ngo)
    assert not AddedPoint.objects.of(world.partnership).exists()
    shown, other = add(ngo), add(ngo, text="Another.")
    answer(ngo, ngo.own_party, "2.1")
    open_release(release_self(ngo), by=company)
    # Taking it from others' pages goes on under a hold; what they never saw of it is not deleted.
    change(shown, ngo, "Newer words.")
    hold = set_hold(by=ngo, reason="A claim.")
    assert actions.remove_point(shown, by=ngo)
    assert AddedPoint.objects.of(world.partnership).get(text="Newer words.").withdrawn_at is not None
    lift_hold(hold, by=ngo, because="Settled.")
    assert read(company, ngo.own_party) == ["Another."]
    actions.withdraw_checklist(about=ngo.own_party, by=ngo)
    assert read(company, ngo.own_party) == []
    assert [p.key for p in queries.added_points(ngo, mine(ngo))] == [other.key]
    open_release(release_self(ngo), by=company)
    assert read(company, ngo.own_party) == ["Another."]


def test_a_refresh_carries_points_over_to_be_confirmed(world: World) -> None:
    ngo, company = world.ngo, world.company
    point = add(ngo)
    answer(ngo, ngo.own_party, "2.1")
    open_release(release_self(ngo), by=company)
    actions.start_refresh(reason=RoundReason.OTHER, note="", by=ngo)
    now = mine(ngo)
    [carried] = queries.added_points(ngo, now)
    assert (carried.key, carried.is_carried) == (point.key, True)
    answer(ngo, ngo.own_party, "2.1")
    bundle = release_self(ngo)
    assert not bundle.items.filter(model="lifecycle.addedpoint").exists()
    confirmed = change(carried, ngo, carried.text)
    assert not confirmed.is_carried
    assert release_self(ngo).items.filter(model="lifecycle.addedpoint").exists()
    assert read(company, ngo.own_party) == ["Since May."]


def test_a_theme_that_is_not_asked_is_refused(world: World) -> None:
    with pytest.raises(ValidationError, match="theme"):
        add(world.ngo, theme="nowhere")


def test_states_are_words() -> None:
    assert {c.value for c in CheckState} == {"asked", "cleared", "holds", "lifted", "dropped"}
