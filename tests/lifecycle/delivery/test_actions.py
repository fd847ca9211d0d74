"""Commitments, contributions and promises: who may do what, what waits for whom, what happens once."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from lifecycle.delivery import actions
from lifecycle.delivery.models import Commitment, CommunityPromise, Contribution, Gift
from lifecycle.delivery.states import CommitmentState, GiftState, PromiseState
from partnerships import clock
from partnerships.access.states import CircleKind
from partnerships.history.models import Act
from partnerships.notices.models import Notice
from partnerships.record import actions as record
from partnerships.work import actions as work
from partnerships.work.models import WorkItem
from tests.factories import World

from .conftest import in_days

Owed = Callable[..., Commitment]
Given = Callable[..., Contribution]
Promised = Callable[..., CommunityPromise]


def asked(world: World, prefix: str) -> set[tuple[str, int]]:
    """Whom open items of a thing ask, by kind and party."""
    rows = WorkItem.objects.filter(partnership=world.partnership, key__startswith=prefix, closed_at=None)
    return {(row.kind, row.party_id) for row in rows}


# Commitments ----------------------------------------------------------------------------------------------------------
def test_a_commitment_goes_from_open_to_confirmed(world: World, owed: Owed, photo: Any) -> None:
    made = owed()
    prefix = f"commitment:{made.pk}:"
    assert asked(world, prefix) == {("delivery.commitment", world.party("company").pk)}

    actions.deliver(made, by=world.company, note="On site since Monday.", upload=photo())
    made.refresh_from_db()
    assert made.state == CommitmentState.DELIVERED
    assert asked(world, prefix) == {("delivery.confirm", world.party("ngo").pk)}
    shown = made.steps.get().document
    assert shown is not None
    assert shown.circle_id == made.circle_id
    assert shown.content_type == "image/jpeg"

    actions.confirm(made, by=world.ngo)
    made.refresh_from_db()
    assert made.state == CommitmentState.CONFIRMED
    assert asked(world, prefix) == set()
    kinds = list(Act.objects.filter(model="lifecycle.commitment", object_id=made.pk).values_list("kind", flat=True))
    assert kinds == ["delivery.made", "delivery.delivered", "delivery.confirmed"]
    assert [s.act for s in made.steps.all()] == ["deliver", "confirm"]


def test_nobody_confirms_their_own(world: World, owed: Owed) -> None:
    made = actions.deliver(owed(), by=world.company)
    with pytest.raises(ValidationError, match="their own"):
        actions.confirm(made, by=world.company)
    with pytest.raises(ValidationError, match="their own"):
        actions.confirm(made, by=world.colleague("company"))
    with pytest.raises(ValidationError, match="A partner confirms"):
        actions.confirm(made, by=world.broker)
    with pytest.raises(ValidationError, match="A partner confirms"):
        actions.refuse(made, by=world.broker, why="Not seen.")


def test_only_the_owners_side_delivers(world: World, owed: Owed) -> None:
    made = owed()
    for other in (world.ngo, world.broker):
        with pytest.raises(ValidationError, match="side that owes"):
            actions.deliver(made, by=other)
    actions.deliver(made, by=world.colleague("company"))


def test_two_confirm_at_once(three: World) -> None:
    """Both have the page open, both fetched it as delivered: one settles it, the other is told."""
    made = actions.make(by=three.ngo, what="Map of wells", owner=three.party("ngo"), due_on=in_days(9))
    actions.deliver(made, by=three.ngo)
    first, second = Commitment.objects.get(pk=made.pk), Commitment.objects.get(pk=made.pk)
    actions.confirm(first, by=three.company)
    with pytest.raises(ValidationError, match="confirmed already"):
        actions.confirm(second, by=three.third)
    with pytest.raises(ValidationError, match="confirmed already"):
        actions.refuse(second, by=three.third, why="I have not seen it.")
    assert made.steps.filter(act="confirm").count() == 1
    assert asked(three, f"commitment:{made.pk}:") == set()


def test_not_confirmed_opens_it_again_and_says_why(world: World, owed: Owed) -> None:
    made = actions.deliver(owed(), by=world.company)
    with pytest.raises(ValidationError, match="what is missing"):
        actions.refuse(made, by=world.ngo, why="  ")
    actions.refuse(made, by=world.ngo, why="The rig has left after four days.")
    made.refresh_from_db()
    assert made.state == CommitmentState.OPEN
    assert asked(world, f"commitment:{made.pk}:") == {("delivery.commitment", world.party("company").pk)}
    told = Notice.objects.filter(kind="delivery.refused", object_id=made.pk).values_list("recipient", flat=True)
    assert list(told) == [world.company.user.pk]
    actions.deliver(made, by=world.company)
    actions.confirm(made, by=world.ngo)
    assert [s.act for s in made.steps.all()] == ["deliver", "refuse", "deliver", "confirm"]


def test_when_the_day_moves_the_reminders_move(world: World, owed: Owed) -> None:
    made = owed(days=20)
    row = WorkItem.objects.get(key=f"commitment:{made.pk}:owner")
    before = row.next_reminder_at
    with pytest.raises(ValidationError, match="Say why"):
        actions.move_due(made, by=world.company, to=in_days(50), why="")
    actions.move_due(made, by=world.company, to=in_days(50), why="The road is flooded.")
    row.refresh_from_db()
    assert row.due_on == in_days(50)
    assert before is not None
    assert row.next_reminder_at is not None
    assert (row.next_reminder_at - before).days == 30
    change = made.due_changes.get()
    assert (change.was, change.now, change.why) == (in_days(20), in_days(50), "The road is flooded.")


def test_the_others_cannot_move_the_day(world: World, owed: Owed) -> None:
    with pytest.raises(ValidationError):
        actions.move_due(owed(), by=world.ngo, to=in_days(50), why="We want it later.")


def test_who_did_not_write_it_down_is_told(world: World, owed: Owed) -> None:
    made = owed(by="ngo")
    assert Notice.objects.get(kind="delivery.made").recipient_id == world.company.user.pk
    owed(by="company", what="Another")
    assert Notice.objects.filter(kind="delivery.made").count() == 1
    actions.reword(made, by=world.company, what="Rig for three weeks", owner=world.party("company"), person=None)
    made.refresh_from_db()
    assert made.what == "Rig for three weeks"


def test_a_stale_text_is_not_written_over(world: World, owed: Owed) -> None:
    made = owed()
    actions.reword(made, by=world.company, what="First", owner=made.owner, person=None, seen=1)
    with pytest.raises(ValidationError) as stale:
        actions.reword(made, by=world.company, what="Second", owner=made.owner, person=None, seen=1)
    assert stale.value.code == "stale"
    made.refresh_from_db()
    assert made.what == "First"


def test_it_waits_for_its_person_and_for_the_leads_when_they_leave(world: World, owed: Owed) -> None:
    colleague = world.colleague("company")
    made = owed(person=colleague.user)
    assert WorkItem.objects.get(key=f"commitment:{made.pk}:owner").person_id == colleague.user.pk
    assert colleague.seat is not None
    from partnerships.record.actions import end_seat

    end_seat(colleague.seat, by=world.company)
    actions.deliver(made, by=world.company)
    actions.refuse(made, by=world.ngo, why="Not seen yet.")
    assert WorkItem.objects.get(key=f"commitment:{made.pk}:owner", closed_at=None).person_id is None


def test_the_owner_must_be_able_to_read_it(world: World, owed: Owed) -> None:
    with pytest.raises(ValidationError, match="wider circle"):
        owed(owner="community", by="ngo")
    made = owed(owner="community", by="ngo", circle_kind=CircleKind.ALL)
    actions.deliver(made, by=world.community)
    made.refresh_from_db()
    assert made.state == CommitmentState.DELIVERED


def test_a_person_of_another_side_cannot_own_it(world: World, owed: Owed) -> None:
    with pytest.raises(ValidationError, match="no seat on that side"):
        owed(person=world.ngo.user)


def test_written_off_by_all_or_by_none(three: World) -> None:
    made = actions.make(by=three.ngo, what="A radio story", owner=three.party("company"), due_on=in_days(9))
    actions.propose_write_off(made, by=three.ngo, why="The radio has closed.")
    prefix = f"commitment:{made.pk}:off:"
    assert {party for _kind, party in asked(three, prefix)} == {three.party("company").pk, three.party("third").pk}
    actions.agree_write_off(made, by=three.company)
    made.refresh_from_db()
    assert made.state == CommitmentState.OPEN
    with pytest.raises(ValidationError, match="have answered"):
        actions.agree_write_off(made, by=three.company)
    actions.agree_write_off(made, by=three.third)
    made.refresh_from_db()
    assert made.state == CommitmentState.WRITTEN_OFF
    assert asked(three, f"commitment:{made.pk}:") == set()
    with pytest.raises(ValidationError, match="let this go"):
        actions.deliver(made, by=three.company)


def test_one_partner_keeps_it(three: World) -> None:
    made = actions.make(by=three.ngo, what="A radio story", owner=three.party("company"), due_on=in_days(9))
    actions.propose_write_off(made, by=three.ngo, why="The radio has closed.")
    actions.agree_write_off(made, by=three.company)
    actions.keep_on(made, by=three.third)
    made.refresh_from_db()
    assert (made.state, made.write_off_reason) == (CommitmentState.OPEN, "")
    assert not made.write_off_consents.exists()
    with pytest.raises(ValidationError, match="any more"):
        actions.agree_write_off(made, by=three.third)
    # Asked for anew, everybody answers anew.
    actions.propose_write_off(made, by=three.company, why="It will not open again.")
    assert {c.party_id for c in made.write_off_consents.all()} == {three.party("company").pk}


def test_a_member_who_is_no_lead_cannot_let_it_go(world: World, owed: Owed) -> None:
    with pytest.raises(ValidationError):
        actions.propose_write_off(owed(), by=world.colleague("ngo"), why="Why not.")


def test_delivering_ends_the_wish_to_let_it_go(world: World, owed: Owed) -> None:
    made = owed()
    actions.propose_write_off(made, by=world.ngo, why="Too late.")
    actions.deliver(made, by=world.company)
    made.refresh_from_db()
    assert made.write_off_reason == ""
    assert not made.write_off_consents.exists()


def test_a_file_that_lies_is_refused_and_nothing_happens(world: World, owed: Owed) -> None:
    made = owed()
    liar = SimpleUploadedFile("photo.jpg", b"MZ\x90\x00 this is a program", content_type="image/jpeg")
    with pytest.raises(ValidationError) as refused:
        actions.deliver(made, by=world.company, upload=liar)
    assert "upload" in refused.value.error_dict
    made.refresh_from_db()
    assert made.state == CommitmentState.OPEN
    assert not made.steps.exists()


def test_reminders_of_a_commitment_go_out_once(world: World, owed: Owed) -> None:
    made = owed(days=20)
    row = WorkItem.objects.get(key=f"commitment:{made.pk}:owner")
    assert row.next_reminder_at is not None
    with clock.at(row.next_reminder_at):
        work.sweep()
        work.sweep()
    assert Notice.objects.filter(work_item=row).count() == 1


# Contributions --------------------------------------------------------------------------------------------------------
def test_a_gift_is_confirmed_by_another_partner(world: World, given: Given) -> None:
    promised = given(amount=Decimal(1000))
    with pytest.raises(ValidationError, match="brings itself"):
        actions.put_in(promised, by=world.ngo, on=in_days(0), amount=Decimal(10))
    gift = actions.put_in(promised, by=world.company, on=in_days(0), amount=Decimal(400))
    assert asked(world, f"contribution:{promised.pk}:") == {
        ("delivery.put_in", world.party("company").pk),
        ("delivery.check_gift", world.party("ngo").pk),
    }
    with pytest.raises(ValidationError, match="their own"):
        actions.check_gift(gift, by=world.company, seen_it=True)
    actions.check_gift(gift, by=world.ngo, seen_it=True)
    gift.refresh_from_db()
    assert gift.state == GiftState.CONFIRMED
    with pytest.raises(ValidationError, match="answered already"):
        actions.check_gift(gift, by=world.ngo, seen_it=False, why="No.")
    actions.put_in(promised, by=world.company, on=in_days(0), amount=Decimal(600))
    assert ("delivery.put_in", world.party("company").pk) not in asked(world, f"contribution:{promised.pk}:")


def test_what_is_not_confirmed_is_owed_again(world: World, given: Given) -> None:
    promised = given(amount=Decimal(1000))
    gift = actions.put_in(promised, by=world.company, on=in_days(0), amount=Decimal(1000))
    assert asked(world, f"contribution:{promised.pk}:give") == set()
    with pytest.raises(ValidationError, match="what is missing"):
        actions.check_gift(gift, by=world.ngo, seen_it=False)
    actions.check_gift(gift, by=world.ngo, seen_it=False, why="The bank shows nothing.")
    assert asked(world, f"contribution:{promised.pk}:give") == {("delivery.put_in", world.party("company").pk)}


def test_the_currency_stays_where_rates_were_agreed_in_it(world: World, given: Given) -> None:
    values = {"name": "Tandi", "country": "", "site": "", "sectors": [], "is_exploration": False, "currency": "XOF"}
    rated = given(amount=Decimal(100), currency="EUR", rate=Decimal("1.1"), rate_on=in_days(0))
    place = world.ngo
    with pytest.raises(ValidationError, match="rates that you agreed"):
        record.change_details(by=place, values=values, seen=record.details_mark(place.partnership))
    actions.withdraw_contribution(rated, by=world.company)
    record.change_details(by=place, values=values, seen=record.details_mark(place.partnership))
    assert world.ngo.partnership.currency == "XOF"


def test_hours_are_worth_their_rate(given: Given, world: World) -> None:
    promised = given(kind="time", hours=Decimal(100), hour_rate=Decimal("12.50"), amount=None)
    assert promised.amount == Decimal("1250.00")
    gift = actions.put_in(promised, by=world.company, on=in_days(0), amount=None, hours=Decimal(8))
    assert Gift.objects.get(pk=gift.pk).amount == Decimal("100.00")


def test_a_partner_writes_down_for_a_giver_that_is_no_partner(world: World, given: Given) -> None:
    promised = given(by="ngo", giver="authority", circle=CircleKind.ALL, amount=Decimal(50))
    gift = actions.put_in(promised, by=world.ngo, on=in_days(0), amount=Decimal(50))
    with pytest.raises(ValidationError, match="their own"):
        actions.check_gift(gift, by=world.ngo, seen_it=True)
    actions.check_gift(gift, by=world.company, seen_it=True)
    with pytest.raises(ValidationError, match="brings itself"):
        given(by="ngo", giver="company", amount=Decimal(1))


def test_a_confirmed_contribution_is_not_taken_out(world: World, given: Given) -> None:
    promised = given(amount=Decimal(10))
    gift = actions.put_in(promised, by=world.company, on=in_days(0), amount=Decimal(10))
    actions.check_gift(gift, by=world.ngo, seen_it=True)
    with pytest.raises(ValidationError, match="confirmed"):
        actions.withdraw_contribution(promised, by=world.company)
    other = given(amount=Decimal(10))
    actions.withdraw_contribution(other, by=world.company)
    assert not Contribution.objects.visible_to(world.ngo.user).filter(pk=other.pk).exists()
    assert asked(world, f"contribution:{other.pk}:") == set()


def test_what_was_put_in_lies_not_in_the_future(world: World, given: Given) -> None:
    with pytest.raises(ValidationError, match="not come yet"):
        actions.put_in(given(amount=Decimal(10)), by=world.company, on=in_days(3), amount=Decimal(10))


# Promises to communities ----------------------------------------------------------------------------------------------
def test_a_promise_is_read_by_the_partners_and_the_body_it_was_given_to(world: World, promised: Promised) -> None:
    made = promised()
    readers = ("ngo", "company", "broker", "community")
    for name in (*readers, "authority"):
        found = CommunityPromise.objects.visible_to(world.leads[name]).filter(pk=made.pk).exists()
        assert found == (name in readers), name
    assert not CommunityPromise.objects.visible_to(world.outsider).exists()


def test_the_body_says_whether_it_was_kept(world: World, promised: Promised) -> None:
    made = promised()
    key = f"promise:{made.pk}:"
    assert asked(world, key) == {("delivery.promise", world.party("company").pk)}
    with pytest.raises(ValidationError):
        actions.judge_promise(made, by=world.community, kept=True)
    with pytest.raises(ValidationError):
        actions.end_promise(made, by=world.ngo, kept=True, note="")
    actions.end_promise(made, by=world.company, kept=True, note="Five wells.")
    assert asked(world, key) == {("delivery.judge_promise", world.party("community").pk)}
    with pytest.raises(ValidationError):
        actions.judge_promise(made, by=world.company, kept=True)
    actions.judge_promise(made, by=world.community, kept=False, note="Four wells, one is dry.")
    made.refresh_from_db()
    assert made.state == PromiseState.OPEN
    assert asked(world, key) == {("delivery.promise", world.party("company").pk)}
    actions.end_promise(made, by=world.company, kept=True, note="The fifth is mended.")
    actions.judge_promise(made, by=world.community, kept=True)
    made.refresh_from_db()
    assert made.state == PromiseState.CONFIRMED
    assert asked(world, key) == set()


def test_a_promise_that_cannot_be_kept_is_explained(world: World, promised: Promised) -> None:
    made = promised()
    with pytest.raises(ValidationError, match="explained"):
        actions.end_promise(made, by=world.company, kept=False, note="")
    actions.end_promise(made, by=world.company, kept=False, note="Told the assembly on Sunday.")
    made.refresh_from_db()
    assert made.state == PromiseState.EXPLAINED
    actions.judge_promise(made, by=world.community, kept=False, note="Nobody came.")
    made.refresh_from_db()
    assert made.state == PromiseState.OPEN


def test_the_community_writes_down_what_it_was_promised(world: World, promised: Promised) -> None:
    made = promised(by="community")
    assert Notice.objects.get(kind="delivery.promise", object_id=made.pk).recipient_id == world.company.user.pk


def test_a_promise_to_a_body_that_is_not_here(world: World, promised: Promised) -> None:
    made = promised(body=None, body_name="Assembly of Kor")
    assert not CommunityPromise.objects.visible_to(world.community.user).filter(pk=made.pk).exists()
    with pytest.raises(ValidationError, match="which body"):
        promised(body=None, body_name=" ")


def test_the_day_of_a_promise_moves_with_its_reminders(world: World, promised: Promised) -> None:
    made = promised()
    actions.move_promise(made, by=world.company, to=in_days(90))
    assert WorkItem.objects.get(key=f"promise:{made.pk}:keep").due_on == in_days(90)
