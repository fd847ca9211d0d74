"""The plan and its clocks: one item an entry, moved by contacts and stopped by quiet periods."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from lifecycle.communication import actions, approving, planning, queries
from lifecycle.communication.models import PlanEntry
from lifecycle.communication.states import Text
from partnerships import clock
from partnerships.record import actions as record
from partnerships.record.models import Partnership
from partnerships.work.models import WorkItem
from tests.factories import World

from .conftest import NOW, approve_by_all, the
from .test_approving import announced


def entry(world: World, code: str, of: str = "") -> PlanEntry:
    found = PlanEntry.objects.of(world.partnership).filter(code=code, removed_at=None)
    found = found.filter(of_party=world.party(of)) if of else found
    row: PlanEntry = found.get()
    return row


def talks(world: World) -> dict[int, date]:
    rows = WorkItem.objects.of(world.partnership).open().filter(kind="communication.talk")
    return {i.object_id: i.due_on for i in rows}


def test_the_plan_starts_with_five_audiences_and_each_partners_own_staff(wide: World) -> None:
    made = planning.start_with_the_first(by=wide.ngo)
    codes = [e.code for e in made]
    assert codes == ["leads", "communities", "staff", "staff", "staff", "government", "media_public"]
    assert {e.owner.party.name for e in made if e.code == "staff"} == {
        "Sahel Futures",
        "Corvane Gold",
        "Ministry of Water",
    }
    assert planning.start_with_the_first(by=wide.company) == []


def test_one_item_an_entry_due_after_its_cadence(world: World) -> None:
    planning.start_with_the_first(by=world.ngo)
    due = talks(world)
    assert due[entry(world, "leads").pk] == date(2026, 12, 7)
    assert due[entry(world, "communities").pk] == date(2026, 12, 23)
    assert entry(world, "media_public").pk not in due
    item = WorkItem.objects.open().get(object_id=entry(world, "leads").pk, kind="communication.talk")
    assert item.person == world.ngo.user
    assert item.subject == "Partner leads"


def test_a_contact_moves_what_is_due(world: World) -> None:
    planning.start_with_the_first(by=world.ngo)
    leads = entry(world, "leads")
    before = WorkItem.objects.open().get(object_id=leads.pk, kind="communication.talk")
    with clock.at(NOW + timedelta(days=10)):
        actions.log_contact(by=world.company, who="Leads", held_on=date(2026, 12, 2), entry=leads)
        assert talks(world)[leads.pk] == date(2026, 12, 16)
    before.refresh_from_db()
    assert before.closed_at is not None
    assert entry(world, "leads").last_contact_on == date(2026, 12, 2)


def test_an_older_contact_changes_nothing_and_a_withdrawn_one_counts_no_more(world: World) -> None:
    planning.start_with_the_first(by=world.ngo)
    leads = entry(world, "leads")
    last = actions.log_contact(by=world.ngo, who="Leads", held_on=date(2026, 11, 22), entry=leads)
    actions.log_contact(by=world.ngo, who="Leads", held_on=date(2026, 11, 2), entry=leads)
    assert talks(world)[leads.pk] == date(2026, 12, 6)
    actions.withdraw_contact(last, by=world.ngo)
    assert talks(world)[leads.pk] == date(2026, 11, 16)


def test_what_only_one_side_reads_does_not_count_for_the_joint_plan(world: World) -> None:
    planning.start_with_the_first(by=world.ngo)
    leads = entry(world, "leads")
    actions.log_contact(by=world.ngo, who="Somebody", held_on=date(2026, 11, 22), entry=leads, readers="own")
    assert talks(world)[leads.pk] == date(2026, 12, 7)
    assert entry(world, "leads").last_contact_on is None


def test_agreed_quiet_periods_stop_the_clocks(world: World) -> None:
    planning.start_with_the_first(by=world.ngo)
    leads = entry(world, "leads")
    row = approving.start(
        Text.QUIET, by=world.ngo, text="Election", starts_on=date(2026, 12, 1), ends_on=date(2026, 12, 20)
    )
    approving.ask(row, seen=1, by=world.ngo)
    assert talks(world)[leads.pk] == date(2026, 12, 7), "proposed alone it stops nothing"
    approving.approve(row, seen=1, by=world.company)
    assert talks(world)[leads.pk] == date(2026, 12, 27)
    row.refresh_from_db()
    approving.set_aside(row, by=world.company)
    assert talks(world)[leads.pk] == date(2026, 12, 7)


def test_indigenous_bodies_have_no_clock_of_ours(world: World) -> None:
    planning.add_from_catalogue([("indigenous", None)], by=world.ngo)
    row = entry(world, "indigenous")
    assert row.cadence_days is None
    assert row.next_due_on is None
    assert talks(world) == {}


def test_the_public_is_owed_something_once_it_was_announced(world: World) -> None:
    planning.start_with_the_first(by=world.ngo)
    announced(world)
    assert talks(world)[entry(world, "media_public").pk] == date(2027, 2, 18)


def test_a_briefing_counts_for_the_own_staff(world: World) -> None:
    planning.start_with_the_first(by=world.ngo)
    actions.brief_staff(by=world.company, covers="both", held_on=date(2026, 11, 23))
    assert entry(world, "staff", "company").last_contact_on == date(2026, 11, 23)
    assert entry(world, "staff", "ngo").last_contact_on is None


def test_a_changed_cadence_moves_the_date_and_an_emptied_one_ends_it(world: World) -> None:
    planning.start_with_the_first(by=world.ngo)
    leads = entry(world, "leads")
    planning.change_entry(leads, values={"cadence_days": 7}, seen=1, by=world.company)
    assert talks(world)[leads.pk] == date(2026, 11, 30)
    planning.change_entry(leads, values={"cadence_days": None}, seen=2, by=world.company)
    assert leads.pk not in talks(world)


def test_a_stale_entry_is_not_written_over(world: World) -> None:
    planning.start_with_the_first(by=world.ngo)
    leads = entry(world, "leads")
    planning.change_entry(entry(world, "leads"), values={"message": "Theirs"}, seen=1, by=world.company)
    with pytest.raises(ValidationError) as refused:
        planning.change_entry(leads, values={"message": "Ours"}, seen=1, by=world.ngo)
    assert refused.value.code == "stale"
    assert entry(world, "leads").message == "Theirs"


def test_an_owner_who_leaves_hands_back_to_the_party_and_the_plan_says_so(world: World) -> None:
    planning.start_with_the_first(by=world.ngo)
    colleague = world.colleague("ngo")
    leads = entry(world, "leads")
    planning.change_entry(leads, values={"owner": colleague.seat}, seen=1, by=world.ngo)
    assert colleague.seat is not None
    record.end_seat(colleague.seat, by=world.ngo)
    shown = next(e for e in queries.entries(world.ngo) if e.it.pk == leads.pk)
    assert shown.orphan
    plan = the(Text.PLAN, world)
    with pytest.raises(ValidationError, match="has no owner any more"):
        approving.ask(plan, seen=plan.version, by=world.ngo)
    actions.log_contact(by=world.ngo, who="Leads", held_on=date(2026, 11, 23), entry=entry(world, "leads"))
    item = WorkItem.objects.open().get(object_id=leads.pk, kind="communication.talk")
    assert item.person is None
    assert item.party == world.ngo.party


def test_people_outside_of_the_partners_own_nothing(wide: World) -> None:
    planning.start_with_the_first(by=wide.ngo)
    with pytest.raises(ValidationError, match="seat with one of the partners"):
        planning.change_entry(entry(wide, "leads"), values={"owner": wide.community.seat}, seen=1, by=wide.ngo)


def test_the_words_are_the_catalogues_in_the_readers_language_until_somebody_writes(world: World) -> None:
    from django.utils import translation

    planning.start_with_the_first(by=world.ngo)
    with translation.override("fr"):
        assert {"Communautés", "Pouvoirs publics"} <= {e.audience for e in queries.entries(world.ngo)}


def test_a_closed_record_asks_for_nothing(world: World) -> None:
    planning.start_with_the_first(by=world.ngo)
    from lifecycle.communication.clocks import reschedule

    Partnership.objects.filter(pk=world.partnership.pk).update(standing="ended")
    reschedule(world.ngo.partnership)
    assert talks(world) == {}


def test_approving_the_plan_keeps_what_it_said(world: World) -> None:
    planning.start_with_the_first(by=world.ngo)
    row = approve_by_all(the(Text.PLAN, world), world)
    kept = row.versions.get()
    assert [part["heading"] for part in kept.content][:2] == ["Partner leads", "Communities"]
