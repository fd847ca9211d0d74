"""Joint texts: all partners approve one version; an edit clears it; silence is not consent."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from lifecycle.agreement import actions as agreement
from lifecycle.agreement.registry import signing_conditions
from lifecycle.communication import approving, planning, queries
from lifecycle.communication.gate import approved_before_signing
from lifecycle.communication.models import Approvable, ApprovableVersion
from lifecycle.communication.states import BEFORE_SIGNING, Text
from lifecycle.road import queries as road
from partnerships import clock
from partnerships.access.states import CircleKind
from partnerships.history.models import Act
from partnerships.notices.models import Notice
from partnerships.portfolio.models import Summary
from partnerships.record import actions as record
from partnerships.record.holding import lift_hold, set_hold
from partnerships.record.models import Partnership
from partnerships.record.states import Stage
from partnerships.work.models import WorkItem
from tests.factories import World, make_partnership

from .conftest import NOW, approve_by_all, approve_everything, complete, holding, the


def waiting(world: World) -> set[str]:
    return {
        i.party.name
        for i in WorkItem.objects.of(world.partnership).open().filter(key__startswith="communication:approve:")
    }


def test_asked_within_three_working_days_and_approved_by_every_partner(wide: World) -> None:
    row = approving.ask(holding(wide.ngo), seen=1, by=wide.ngo)
    assert waiting(wide) == {"Corvane Gold", "Ministry of Water"}
    due = set(WorkItem.objects.open().filter(key__startswith="communication:approve:").values_list("due_on", flat=True))
    assert due == {date(2026, 11, 26)}
    assert not approving.approve(row, seen=1, by=wide.company)
    assert approving.approve(row, seen=1, by=wide.third)
    assert the(Text.HOLDING, wide).is_approved
    assert waiting(wide) == set()
    kinds = list(Act.objects.filter(kind__startswith="communication.appro").values_list("kind", flat=True))
    assert kinds.count("communication.approved_by") == 3
    assert kinds.count("communication.approved") == 1


def test_silence_is_not_consent(world: World) -> None:
    row = approving.ask(holding(world.ngo), seen=1, by=world.ngo)
    with clock.at(NOW + timedelta(days=60)):
        row.refresh_from_db()
        assert not row.is_approved
        assert not queries.approvals_of(world.ngo)[Text.HOLDING].is_approved


def test_an_edit_clears_the_approvals_and_says_so(world: World) -> None:
    row = approve_by_all(holding(world.ngo), world)
    row = approving.change(row, seen=row.version, by=world.ngo, text="We were asked.")
    assert not row.is_approved
    assert not row.is_asked
    assert row.version == 2
    assert queries.yes_of(queries.readable(world.ngo).get(pk=row.pk)) == frozenset()
    told = Notice.objects.filter(kind="communication.cleared").values_list("recipient", flat=True)
    assert list(told) == [world.company.user.pk]
    assert ApprovableVersion.objects.of(world.partnership).get().content[0]["text"].startswith("We were asked about")


def test_the_version_that_was_read_is_the_one_approved(world: World) -> None:
    row = approving.ask(holding(world.ngo), seen=1, by=world.ngo)
    approving.change(row, seen=1, by=world.ngo, text="Something else.")
    approving.ask(row, seen=2, by=world.ngo)
    with pytest.raises(ValidationError, match="changed after you opened it"):
        approving.approve(row, seen=1, by=world.company)
    assert approving.approve(row, seen=2, by=world.company)


def test_two_who_write_at_once_do_not_overwrite_each_other(world: World) -> None:
    row = holding(world.ngo)
    approving.change(row, seen=1, by=world.company, text="Theirs.")
    with pytest.raises(ValidationError) as refused:
        approving.change(row, seen=1, by=world.ngo, text="Ours.")
    assert refused.value.code == "stale"
    assert the(Text.HOLDING, world).text == "Theirs."


def test_a_draft_cannot_be_approved_and_nothing_empty_asked_for(world: World) -> None:
    row = holding(world.ngo, text=" ")
    with pytest.raises(ValidationError, match="no text yet"):
        approving.ask(row, seen=1, by=world.ngo)
    with pytest.raises(ValidationError, match="still a draft"):
        approving.approve(row, seen=1, by=world.company)


def test_whoever_is_no_lead_asks_and_does_not_approve_with_it(world: World) -> None:
    colleague = world.colleague("ngo")
    row = approving.ask(holding(colleague), seen=1, by=colleague)
    assert not row.approvals.exists()
    assert waiting(world) == {"Sahel Futures", "Corvane Gold"}


def test_a_remark_is_no_approval_and_takes_none_away(world: World) -> None:
    row = approving.ask(holding(world.ngo), seen=1, by=world.ngo)
    approving.add_remark(row, text="Say who is hurt first.", by=world.company)
    assert row.approvals.count() == 1
    assert queries.remarks_of(row, world.ngo)[0].text == "Say who is hurt first."
    assert Notice.objects.filter(kind="communication.remark", recipient=world.ngo.user).exists()


@pytest.mark.parametrize("kind", [Text.PLAN, Text.QA, Text.SPOKESPEOPLE])
def test_a_changed_row_starts_the_approvals_of_its_set_anew(world: World, kind: str) -> None:
    row = approve_by_all(complete(kind, world), world)
    assert row.is_approved
    if kind == Text.PLAN:
        planning.remove_entry(row.entries.first(), by=world.company)
    elif kind == Text.QA:
        planning.add_question(question="And the dust?", answer="", by=world.company)
    else:
        own = row.spokespeople.get(party=world.company.own_party)
        planning.name_spokesperson(seat=own.stand_in, stand_in=own.seat, reach="", seen=own.version, by=world.company)
    assert not the(kind, world).is_approved


def test_no_question_goes_while_the_side_that_wrote_it_holds_what_it_keeps(world: World) -> None:
    planning.start_questions(by=world.ngo)
    item = planning.add_question(question="And the dust?", answer="We water the road.", by=world.company)
    hold = set_hold(by=world.company, reason="A claim.")
    with pytest.raises(ValidationError, match=f"{world.party('company').name} has set a legal hold"):
        planning.take_out_question(item, by=world.ngo)
    with pytest.raises(ValidationError, match="Your side has set"):
        planning.take_out_question(item, by=world.company)
    lift_hold(hold, by=world.company, because="Settled.")
    planning.take_out_question(item, by=world.ngo)


def test_what_a_set_still_lacks_is_said(world: World) -> None:
    planning.start_questions(by=world.ngo)
    row = the(Text.QA, world)
    assert approving.what_is_missing(row, world.ngo.partners) == [
        "6 questions have no joint answer yet. Answer them, or take them out."
    ]
    place = world.ngo
    assert place.seat is not None
    other = world.colleague("ngo").seat
    assert other is not None
    planning.name_spokesperson(seat=place.seat, stand_in=other, reach="", seen=0, by=place)
    speakers = the(Text.SPOKESPEOPLE, world)
    with pytest.raises(ValidationError, match="Corvane Gold has not named"):
        approving.ask(speakers, seen=speakers.version, by=place)


def test_nobody_names_the_spokesperson_of_another(world: World) -> None:
    ngo, company = world.ngo.seat, world.company.seat
    assert ngo is not None
    assert company is not None
    with pytest.raises(ValidationError, match="names its own people"):
        planning.name_spokesperson(seat=company, stand_in=ngo, reach="", seen=0, by=world.ngo)


# The gate and the signature -------------------------------------------------------------------------------------------
def conditions(world: World, who: str = "ngo") -> dict[str, bool]:
    found = road.conditions_of(world.place(who), Stage.AGREEMENT)
    return {c.code: c.met for c in found if c.code.startswith("communication.")}


def test_the_gate_out_of_agreement_waits_for_the_four_texts(world: World) -> None:
    assert set(conditions(world).values()) == {False}
    approve_everything(world)
    assert conditions(world) == {f"communication.{k}": True for k in BEFORE_SIGNING} | {"communication.briefed": False}
    row = the(Text.HOLDING, world)
    approving.change(row, seen=row.version, by=world.company, text="New.")
    assert not conditions(world)["communication.holding"]


def test_everybody_knows_who_is_waited_for_and_only_partners_get_the_page(wide: World) -> None:
    approving.ask(holding(wide.ngo, text="TOPSECRET"), seen=1, by=wide.ngo)
    for who in ("ngo", "broker", "community", "authority"):
        found = {c.code: c for c in road.conditions_of(wide.place(who), Stage.AGREEMENT)}["communication.holding"]
        assert set(found.waiting_for) == {wide.party("company").pk, wide.party("third").pk}
        assert "TOPSECRET" not in f"{found.facts}"
        assert bool(found.path) == (who in {"ngo", "broker"})


def test_signing_asks_the_same(world: World, django_assert_num_queries: Any) -> None:
    place = world.ngo
    mou = agreement.draft(by=place, kind="mou", length="short", language="en")
    codes = [c.code for c in signing_conditions(place, mou) if c.code.startswith("communication.")]
    assert codes == [f"communication.{k}" for k in BEFORE_SIGNING]
    approve_everything(world)
    place = world.ngo
    with django_assert_num_queries(2):
        assert all(c.met for c in approved_before_signing(place))


# Who joins, who leaves ------------------------------------------------------------------------------------------------
def test_a_partner_who_joins_later_reads_it_once_asked_and_must_approve(world: World) -> None:
    row = approve_by_all(holding(world.ngo), world)
    third = world.bring("third")
    row.refresh_from_db()
    assert not row.is_approved
    assert not queries.readable(third).exists()
    with pytest.raises(ValidationError, match="asking for approval"):
        planning.standing_set(Text.HOLDING, by=third)
    approving.ask(row, seen=row.version, by=world.ngo)
    assert queries.readable(world.third).get() == row
    assert waiting(world) == {"Ministry of Water"}
    assert approving.approve(row, seen=row.version, by=world.third)


def test_when_the_one_who_was_waited_for_leaves_the_others_have_all_approved(wide: World) -> None:
    row = approving.ask(holding(wide.ngo), seen=1, by=wide.ngo)
    approving.approve(row, seen=1, by=wide.company)
    record.leave(wide.third.own_party, by=wide.third)
    row.refresh_from_db()
    assert row.is_approved


# Said in public -------------------------------------------------------------------------------------------------------
def announced(world: World, on: date = date(2026, 11, 20)) -> Approvable:
    row = approve_by_all(approving.start(Text.ANNOUNCEMENT, by=world.ngo, text="We work together."), world)
    Partnership.objects.filter(pk=world.partnership.pk).update(stage=Stage.IMPLEMENTATION)
    return approving.say_in_public(row, on=on, outlet="Radio Tandi", by=world.ngo)


def test_announcing_needs_everybody_and_the_gate(world: World) -> None:
    row = approving.ask(
        approving.start(Text.ANNOUNCEMENT, by=world.ngo, text="We work together."), seen=1, by=world.ngo
    )
    with pytest.raises(ValidationError, match="approve it first"):
        approving.say_in_public(row, on=date(2026, 11, 20), by=world.ngo)
    approving.approve(row, seen=1, by=world.company)
    with pytest.raises(ValidationError, match="gate to implementation"):
        approving.say_in_public(row, on=date(2026, 11, 20), by=world.ngo)
    assert world.ngo.partnership.announced_on is None


def test_what_is_announced_everybody_reads_and_the_lists_know(wide: World) -> None:
    row = announced(wide)
    assert wide.ngo.partnership.announced_on == date(2026, 11, 20)
    assert set(Summary.objects.values_list("last_public_on", flat=True)) == {date(2026, 11, 20)}
    assert row.circle.kind == CircleKind.ALL
    assert [r.pk for r in queries.said_in_public(wide.community)] == [row.pk]
    with pytest.raises(ValidationError, match="said already"):
        approving.change(row, seen=row.version, by=wide.ngo, text="Else.")


def test_public_texts_follow_the_announcement(world: World) -> None:
    row = approve_by_all(approving.start(Text.PUBLIC, by=world.ngo, title="Wells", text="Two wells."), world)
    Partnership.objects.filter(pk=world.partnership.pk).update(stage=Stage.IMPLEMENTATION)
    with pytest.raises(ValidationError, match="Announce the partnership first"):
        approving.say_in_public(row, on=date(2026, 11, 22), by=world.ngo)
    announced(world)
    approving.say_in_public(row, on=date(2026, 11, 22), outlet="Our page", by=world.company)
    assert set(Summary.objects.values_list("last_public_on", flat=True)) == {date(2026, 11, 22)}


def test_nothing_is_added_to_a_closed_record(world: World) -> None:
    row = holding(world.ngo)
    Partnership.objects.filter(pk=world.partnership.pk).update(standing="closed")
    with pytest.raises(ValidationError, match="closed"):
        approving.change(row, seen=1, by=world.ngo, text="x")
    with pytest.raises(ValidationError, match="closed"):
        approving.start(Text.PUBLIC, by=world.ngo, title="x", text="x")


def test_of_a_standing_text_there_is_one(world: World) -> None:
    holding(world.ngo)
    with pytest.raises(ValidationError, match="started this in the meantime"):
        holding(world.company)


def test_a_consortium_of_four_needs_four(db: None, now: object) -> None:
    world = make_partnership(partners=4)
    row = approving.ask(holding(world.ngo), seen=1, by=world.ngo)
    for name in ("company", "third"):
        assert not approving.approve(row, seen=1, by=world.place(name))
    assert approving.approve(row, seen=1, by=world.fourth)
