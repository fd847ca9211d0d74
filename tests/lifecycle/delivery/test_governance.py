"""Bodies agreed by all, meetings in calendars, resolutions, the route of a disagreement."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError

from lifecycle.delivery import governance
from lifecycle.delivery.gate import _governance
from lifecycle.delivery.models import GovernanceBody, SeatLine
from lifecycle.delivery.states import DisputeLevel, MeetingState, ResolutionState
from partnerships.notices.models import Notice
from partnerships.record.models import Seat
from partnerships.record.states import Duty, Level
from partnerships.work.models import WorkItem
from tests.factories import World

from .conftest import in_days

Governed = Callable[..., GovernanceBody]


def seats(world: World, *names: str) -> list[Seat]:
    return [seat for seat in (world.place(name).seat for name in names) if seat is not None]


def lines(world: World, **votes: int) -> list[SeatLine]:
    return [SeatLine(world.party(name), seats=1, votes=count) for name, count in votes.items()]


# Bodies ---------------------------------------------------------------------------------------------------------------
def test_a_body_stands_when_every_partner_has_agreed(world: World, governed: Governed) -> None:
    body = governed()
    waiting = WorkItem.objects.get(key__startswith=f"body:{body.pk}:", closed_at=None)
    assert (waiting.party_id, waiting.holds_stage) == (world.party("company").pk, True)
    with pytest.raises(ValidationError, match="agreed already"):
        governance.agree_body(body, by=world.ngo, seen=body.version)
    governance.agree_body(body, by=world.company, seen=body.version)
    assert not WorkItem.objects.filter(key__startswith=f"body:{body.pk}:", closed_at=None).exists()
    with pytest.raises(ValidationError, match="agreed already"):
        governance.agree_body(body, by=world.community, seen=body.version)


def test_a_change_asks_everybody_again(world: World, governed: Governed) -> None:
    body = governed()
    governance.agree_body(body, by=world.company, seen=body.version)
    values = {"name": "Steering group", "cadence": "quarterly", "rule": "majority", "quorum": 2, "decides": "Money"}
    changed = governance.change_body(
        body, by=world.company, values=values, lines=lines(world, ngo=1, company=3), seen=body.version
    )
    assert WorkItem.objects.get(key__startswith=f"body:{body.pk}:", closed_at=None).party_id == world.party("ngo").pk
    with pytest.raises(ValidationError) as stale:
        governance.agree_body(body, by=world.ngo, seen=body.version)
    assert stale.value.code == "stale"
    governance.agree_body(changed, by=world.ngo, seen=changed.version)
    assert {s.party_id: s.votes for s in changed.seats.all()} == {
        world.party("ngo").pk: 1,
        world.party("company").pk: 3,
    }
    with pytest.raises(ValidationError) as stale:
        governance.change_body(body, by=world.ngo, values=values, lines=lines(world, ngo=1, company=1), seen=1)
    assert stale.value.code == "stale"


def test_a_body_needs_two_parties_and_a_quorum_that_can_be_reached(world: World, governed: Governed) -> None:
    values = {"name": "Two leads", "cadence": "monthly", "rule": "consensus", "quorum": 1, "decides": ""}
    with pytest.raises(ValidationError, match="two parties"):
        governance.propose_body(by=world.ngo, values=values, lines=lines(world, ngo=1))
    with pytest.raises(ValidationError, match="more than there are"):
        governed(quorum=9)
    with pytest.raises(ValidationError, match="wider circle"):
        governance.propose_body(
            by=world.ngo, values=values, lines=lines(world, ngo=1, community=1), circle_kind="partners"
        )


def test_a_body_ends_when_every_partner_has_said_yes(world: World, governed: Governed) -> None:
    body = governed()
    governance.agree_body(body, by=world.company, seen=body.version)
    meeting = governance.plan_meeting(body, by=world.ngo, on=in_days(14))
    with pytest.raises(ValidationError, match="Say why"):
        governance.propose_end(body, by=world.company, why=" ")
    governance.propose_end(body, by=world.company, why="The two leads decide faster.")
    asked = WorkItem.objects.get(kind="delivery.agree_end", closed_at=None)
    assert asked.party_id == world.party("ngo").pk
    body.refresh_from_db()
    assert body.ended_on is None
    with pytest.raises(ValidationError, match="have answered"):
        governance.agree_end(body, by=world.company)
    governance.agree_end(body, by=world.ngo)
    body.refresh_from_db()
    meeting.refresh_from_db()
    assert body.ended_on == in_days(0)
    assert meeting.state == MeetingState.CANCELLED
    assert not WorkItem.objects.filter(key__startswith=f"body:{body.pk}:", closed_at=None).exists()
    assert not _governance(world.ngo)[0].met
    with pytest.raises(ValidationError, match="has ended"):
        governance.plan_meeting(body, by=world.ngo, on=in_days(20))
    with pytest.raises(ValidationError, match="has ended"):
        governance.change_body(
            body,
            by=world.ngo,
            values={"name": "X", "cadence": "monthly", "rule": "consensus", "quorum": 1, "decides": ""},
            lines=lines(world, ngo=1, company=1),
        )


def test_a_partner_that_keeps_a_body_keeps_it_for_all(world: World, governed: Governed) -> None:
    body = governed()
    governance.agree_body(body, by=world.company, seen=body.version)
    governance.propose_end(body, by=world.company, why="Too slow.")
    governance.keep_body(body, by=world.ngo)
    assert not WorkItem.objects.filter(kind="delivery.agree_end", closed_at=None).exists()
    told = Notice.objects.filter(kind="delivery.body_end", recipient=world.company.user)
    assert told.count() == 1
    with pytest.raises(ValidationError, match="Nobody proposes"):
        governance.agree_end(body, by=world.ngo)
    governance.propose_end(body, by=world.ngo, why="After all.")
    governance.agree_end(body, by=world.company)
    body.refresh_from_db()
    assert body.ended_on is not None


# Meetings -------------------------------------------------------------------------------------------------------------
def test_a_planned_meeting_stands_once_in_the_calendar_of_everybody_invited(world: World, governed: Governed) -> None:
    meeting = governance.plan_meeting(governed(), by=world.ngo, on=in_days(14), place="Tandi")
    invited = {"ngo", "company", "community", "broker"}
    for name in (*invited, "authority"):
        found = WorkItem.objects.visible_to(world.leads[name]).filter(
            kind="delivery.meeting", closed_at=None, is_event=True
        )
        assert found.count() == (name in invited), name
    told = set(Notice.objects.filter(kind="delivery.meeting").values_list("recipient", flat=True))
    assert told == {world.leads[n].pk for n in ("company", "community", "broker")}
    governance.move_meeting(meeting, by=world.company, on=in_days(21), at_time=None, place="Tandi", agenda="")
    rows = WorkItem.objects.filter(kind="delivery.meeting", closed_at=None)
    assert {row.due_on for row in rows} == {in_days(21)}
    assert rows.count() == 4
    governance.cancel_meeting(meeting, by=world.ngo)
    assert not WorkItem.objects.filter(kind="delivery.meeting", closed_at=None).exists()
    with pytest.raises(ValidationError, match="cancelled"):
        governance.record_meeting(meeting, by=world.ngo, on=in_days(0), present=seats(world, "ngo", "company"))


def test_a_meeting_is_recorded_with_people_of_two_parties(world: World, governed: Governed) -> None:
    body = governed()
    with pytest.raises(ValidationError, match="two parties"):
        governance.record_meeting(body, by=world.ngo, on=in_days(0), present=seats(world, "ngo"))
    with pytest.raises(ValidationError, match="not come yet"):
        governance.record_meeting(body, by=world.ngo, on=in_days(2), present=seats(world, "ngo", "company"))
    meeting = governance.plan_meeting(body, by=world.broker, on=in_days(0))
    governance.record_meeting(meeting, by=world.broker, on=in_days(0), present=seats(world, "ngo", "company"))
    meeting.refresh_from_db()
    assert meeting.state == MeetingState.HELD
    assert not WorkItem.objects.filter(kind="delivery.meeting", closed_at=None).exists()


def test_a_decision_says_who_agreed_and_one_left_open_waits(world: World, governed: Governed) -> None:
    body = governed()
    planned = governance.plan_meeting(body, by=world.ngo, on=in_days(3))
    with pytest.raises(ValidationError, match="Record the meeting"):
        governance.add_resolution(planned, by=world.ngo, text="Start", state="decided", agreed=[world.party("ngo")])
    meeting = governance.record_meeting(body, by=world.ngo, on=in_days(-40), present=seats(world, "ngo", "company"))
    with pytest.raises(ValidationError, match="who agreed"):
        governance.add_resolution(meeting, by=world.ngo, text="Start in May", state="decided")
    waiting = governance.add_resolution(meeting, by=world.ngo, text="Who hires the rig?", state="left_open")
    assert (waiting.raised_on, waiting.decided_on) == (in_days(-40), None)
    governance.take_decision(
        waiting, by=world.company, state="decided", on=in_days(-1), agreed=[world.party("ngo"), world.party("company")]
    )
    waiting.refresh_from_db()
    assert (waiting.state, waiting.decided_on, waiting.voices.count()) == (ResolutionState.DECIDED, in_days(-1), 2)
    with pytest.raises(ValidationError, match="decided already"):
        governance.take_decision(
            waiting, by=world.ngo, state="not_carried", on=in_days(0), agreed=[world.party("company")]
        )


# The gate -------------------------------------------------------------------------------------------------------------
def test_the_gate_wants_governance_agreed_and_met_once(
    world: World, governed: Governed, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    def condition() -> tuple[bool, set[int]]:
        place = world.company
        with django_assert_max_num_queries(2):  # type: ignore[attr-defined]
            (found,) = _governance(place)
        return found.met, set(found.waiting_for)

    ngo, company = world.party("ngo").pk, world.party("company").pk
    assert condition() == (False, {ngo, company})
    body = governed()
    assert condition() == (False, {company})
    governance.agree_body(body, by=world.company, seen=body.version)
    assert condition() == (False, {ngo, company})
    governance.plan_meeting(body, by=world.ngo, on=in_days(3))
    assert not condition()[0]
    governance.record_meeting(body, by=world.ngo, on=in_days(0), present=seats(world, "ngo", "company"))
    assert condition() == (True, set())


# Disputes -------------------------------------------------------------------------------------------------------------
def test_a_disagreement_goes_from_leads_to_executives_to_a_mediator(world: World) -> None:
    boss = world.colleague("company", level=Level.EXECUTIVE, duty=Duty.MEMBER)
    dispute = governance.open_dispute(by=world.ngo, what="Who pays for the second rig.", due_on=in_days(10))
    with pytest.raises(ValidationError, match="after today"):
        governance.escalate(dispute, by=world.ngo, due_on=in_days(0), why="")
    governance.escalate(dispute, by=world.ngo, due_on=in_days(20), why="Two calls, no answer.")
    row = WorkItem.objects.get(key=f"dispute:{dispute.pk}:{world.party('company').pk}", closed_at=None)
    assert (row.person_id, row.due_on) == (boss.user.pk, in_days(20))
    governance.escalate(dispute, by=world.company, due_on=in_days(30), why="")
    with pytest.raises(ValidationError, match="last level"):
        governance.escalate(dispute, by=world.ngo, due_on=in_days(40), why="")
    dispute.refresh_from_db()
    assert dispute.level == DisputeLevel.MEDIATOR
    assert [s.level for s in dispute.steps.all()] == DisputeLevel.values


def test_it_is_settled_when_all_say_yes_to_the_same_text(three: World) -> None:
    dispute = governance.open_dispute(by=three.ngo, what="Who pays.", due_on=in_days(10))
    proposed = governance.propose_settlement(dispute, by=three.company, how="Half and half.")
    governance.agree_settlement(proposed, by=three.ngo, seen=proposed.version)
    other = governance.propose_settlement(dispute, by=three.ngo, how="Two thirds the company.")
    with pytest.raises(ValidationError) as stale:
        governance.agree_settlement(proposed, by=three.third, seen=proposed.version)
    assert stale.value.code == "stale"
    governance.agree_settlement(other, by=three.third, seen=other.version)
    done = governance.agree_settlement(other, by=three.company, seen=other.version)
    assert done.settled_on is not None
    assert not WorkItem.objects.filter(key__startswith=f"dispute:{dispute.pk}:", closed_at=None).exists()
    with pytest.raises(ValidationError, match="settled already"):
        governance.escalate(dispute, by=three.ngo, due_on=in_days(9), why="")


def test_only_partners_and_broker_read_a_disagreement(world: World) -> None:
    from lifecycle.delivery.models import Dispute

    governance.open_dispute(by=world.ngo, what="Who pays.", due_on=in_days(10))
    for name in ("ngo", "company", "broker", "community", "authority"):
        found = Dispute.objects.visible_to(world.leads[name]).exists()
        assert found == (name in {"ngo", "company", "broker"}), name
