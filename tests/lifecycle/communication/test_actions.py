"""The log, the ledger, the questions from colleagues, the calls from the media: what is written, and who reads it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from lifecycle.communication import actions, planning, queries
from lifecycle.communication.models import Contact, Driver
from lifecycle.communication.states import Drive
from partnerships import clock
from partnerships.access import actions as access
from partnerships.access.models import Release
from partnerships.documents.models import Document
from partnerships.history.models import Act
from partnerships.notices.models import Notice
from partnerships.work.models import WorkItem
from tests.factories import World

from .conftest import NOW, complete
from .test_planning import entry

TODAY = date(2026, 11, 23)


def readers_of(contact: Contact, world: World) -> set[str]:
    return {who for who in world.leads if queries.contacts(world.place(who)).filter(pk=contact.pk).exists()}


# The log --------------------------------------------------------------------------------------------------------------
def test_who_reads_a_contact(wide: World) -> None:
    by = wide.ngo
    joint = actions.log_contact(by=by, who="Council", held_on=TODAY, said="Wells")
    own = actions.log_contact(by=by, who="Council", held_on=TODAY, readers="own")
    shared = actions.log_contact(
        by=by, who="District", held_on=TODAY, readers=f"with:{wide.party('authority').public_id}"
    )
    assert readers_of(joint, wide) == {"ngo", "company", "third", "broker"}
    assert readers_of(own, wide) == {"ngo"}
    assert readers_of(shared, wide) == {"ngo", "company", "third", "broker", "authority"}


def test_what_communities_say_is_not_handed_on_to_an_authority(wide: World) -> None:
    planning.start_with_the_first(by=wide.ngo)
    row = entry(wide, "communities")
    choices = dict(queries.readers_to_choose(wide.ngo, row))
    assert f"with:{wide.party('community').public_id}" in choices
    assert f"with:{wide.party('authority').public_id}" not in choices
    with pytest.raises(ValidationError):
        actions.log_contact(
            by=wide.ngo, who="Assembly", held_on=TODAY, entry=row,
            readers=f"with:{wide.party('authority').public_id}",
        )  # fmt: skip


def test_a_contact_has_no_field_for_what_somebody_outside_thinks() -> None:
    names = {f.name for f in Contact._meta.get_fields()}
    assert not names & {"stance", "opinion", "attitude", "label", "influence", "person", "name"}


def test_nothing_is_logged_that_has_not_happened(world: World) -> None:
    with pytest.raises(ValidationError):
        actions.log_contact(by=world.ngo, who="Council", held_on=TODAY + timedelta(days=1))


def test_a_photo_goes_with_it_in_the_same_circle(world: World) -> None:
    upload = SimpleUploadedFile("minutes.txt", b"Minutes of the meeting\n", "text/plain")
    found = actions.log_contact(by=world.ngo, who="Council", held_on=TODAY, upload=upload)
    document = Document.objects.visible_to(world.company.user).get()
    assert list(found.documents.all()) == [document]


def test_withdrawing(world: World) -> None:
    own = actions.log_contact(by=world.ngo, who="Council", held_on=TODAY, readers="own")
    assert actions.withdraw_contact(own, by=world.ngo)
    joint = actions.log_contact(by=world.ngo, who="Council", held_on=TODAY)
    with pytest.raises(ValidationError, match="Only the side"):
        actions.withdraw_contact(joint, by=world.company)
    assert not actions.withdraw_contact(joint, by=world.ngo)
    assert readers_of(joint, world) == {"ngo"}
    assert Act.objects.filter(kind="communication.contact_withdrawn").count() == 2


def test_briefings_of_head_and_field_add_up(world: World) -> None:
    actions.brief_staff(by=world.ngo, covers="head", held_on=TODAY)
    assert not queries.briefed_fully(queries.briefed(world.company)[world.party("ngo").pk])
    actions.brief_staff(by=world.ngo, covers="field", held_on=TODAY)
    assert queries.briefed_fully(queries.briefed(world.company)[world.party("ngo").pk])
    assert world.party("company").pk not in queries.briefed(world.company)


# The ledger -----------------------------------------------------------------------------------------------------------
def lines(world: World, who: str, of: str = "ngo") -> list[str]:
    return [line.now.text for line in queries.ledger(world.place(who)).get(world.party(of).pk, [])]


def open_all(world: World, who: str) -> None:
    for bundle in Release.objects.exclude(party=world.party(who)):
        access.open_release(bundle, by=world.place(who))


def test_drivers_stay_on_the_own_side_until_released_and_opened(wide: World) -> None:
    driver = actions.write_driver(kind=Drive.DRIVER, text="Our board doubts us.", by=wide.ngo)
    assert {who for who in wide.leads if lines(wide, who)} == {"ngo"}
    actions.release_drivers([driver], by=wide.ngo)
    assert {who for who in wide.leads if lines(wide, who)} == {"ngo"}
    open_all(wide, "company")
    open_all(wide, "broker")
    assert {who for who in wide.leads if lines(wide, who)} == {"ngo", "company", "broker"}


def test_others_keep_the_version_they_opened_until_the_next_is_released(world: World) -> None:
    first = actions.write_driver(kind=Drive.WANT, text="Ten wells", by=world.ngo)
    actions.release_drivers([first], by=world.ngo)
    open_all(world, "company")
    second = actions.change_driver(first, kind=Drive.WANT, text="Twelve wells", by=world.ngo)
    assert lines(world, "ngo") == ["Twelve wells"]
    assert lines(world, "company") == ["Ten wells"]
    actions.release_drivers([second], by=world.ngo)
    open_all(world, "company")
    line = queries.ledger(world.company)[world.party("ngo").pk][0]
    assert line.now.text == "Twelve wells"
    assert [old.text for old in line.before] == ["Ten wells"]


def test_a_line_that_somebody_changed_is_not_written_over(world: World) -> None:
    first = actions.write_driver(kind=Drive.WANT, text="Ten wells", by=world.ngo)
    actions.change_driver(first, kind=Drive.WANT, text="Twelve wells", by=world.ngo)
    with pytest.raises(ValidationError) as refused:
        actions.change_driver(first, kind=Drive.WANT, text="Nine wells", by=world.ngo)
    assert refused.value.code == "stale"
    with pytest.raises(ValidationError, match="Only the side"):
        actions.change_driver(first, kind=Drive.WANT, text="None", by=world.company)


def test_what_is_no_longer_true_leaves_every_page(world: World) -> None:
    first = actions.write_driver(kind=Drive.WANT, text="Ten wells", by=world.ngo)
    actions.release_drivers([first], by=world.ngo)
    open_all(world, "company")
    second = actions.change_driver(first, kind=Drive.WANT, text="Twelve wells", by=world.ngo)
    actions.end_driver(second, by=world.ngo)
    assert lines(world, "ngo") == []
    assert lines(world, "company") == []
    assert Driver.objects.of(world.partnership).count() == 2


# Questions from colleagues --------------------------------------------------------------------------------------------
def test_a_question_stays_inside_until_partners_are_asked(wide: World) -> None:
    row = actions.note_question(topic="Dust", text="Why them?", asked_on=TODAY, by=wide.ngo)
    sees = lambda: {w for w in wide.leads if queries.questions(wide.place(w))}  # noqa: E731
    assert sees() == {"ngo"}
    actions.ask_for_help(row, by=wide.ngo)
    assert sees() == {"ngo"}, "released, not opened"
    assert not WorkItem.objects.filter(kind="communication.help").exclude(subject="").exists()
    open_all(wide, "company")
    assert sees() == {"ngo", "company"}
    row.refresh_from_db()
    actions.help_answer(row, text="We monitor dust daily.", by=wide.company)
    assert [a.text for a in queries.answers_to(row, wide.ngo)] == ["We monitor dust daily."]
    assert queries.answers_to(row, wide.community) == []
    assert Notice.objects.filter(kind="communication.answer", recipient=wide.ngo.user).exists()


def test_it_is_late_after_thirty_days_and_settled_by_those_who_ask(world: World) -> None:
    row = actions.note_question(topic="Dust", text="", asked_on=TODAY - timedelta(days=31), by=world.ngo)
    assert queries.questions(world.ngo)[0].is_late
    item = WorkItem.objects.open().get(kind="communication.question")
    assert item.due_on == TODAY - timedelta(days=1)
    assert item.circle.kind == "own"
    with pytest.raises(ValidationError, match="whose colleagues ask"):
        actions.settle_question(row, on=TODAY, by=world.company)
    actions.settle_question(row, on=TODAY, by=world.ngo)
    assert not queries.questions(world.ngo)[0].is_late
    assert not WorkItem.objects.open().filter(kind__startswith="communication.").exists()
    with pytest.raises(ValidationError, match="is answered"):
        actions.help_answer(row, text="Late", by=world.ngo)


# The media called -----------------------------------------------------------------------------------------------------
def test_a_call_starts_three_clocks_and_tells_everybody(wide: World) -> None:
    complete("spokespeople", wide)
    row = actions.report_call(by=wide.ngo, outlet="Radio Tandi", called_at=NOW, question="Is it true?")
    items = {i.kind: i for i in WorkItem.objects.open().filter(key__startswith="communication:call:")}
    clocks = {"communication.acknowledge": 1, "communication.holding_out": 4, "communication.answer_out": 24}
    assert {k: items[k].due_at for k in clocks} == {k: NOW + timedelta(hours=h) for k, h in clocks.items()}
    assert items["communication.acknowledge"].person == wide.ngo.user
    told = set(Notice.objects.filter(kind="communication.call").values_list("recipient", flat=True))
    assert told == {wide.place(w).user.pk for w in ("company", "third", "broker")}
    assert not queries.incidents(wide.community).exists()
    with clock.at(NOW + timedelta(hours=2)):
        call = queries.call_of(row)
        assert call.is_late
        assert call.next
        assert call.next.code == "acknowledge"
        row = actions.take_step(row, "acknowledge", by=wide.company)
    with clock.at(NOW + timedelta(hours=20)):
        row = actions.take_step(row, "answer", by=wide.ngo, answer="Two wells, both tested.")
    assert row.closed_at is not None
    assert not WorkItem.objects.open().filter(key__startswith="communication:call:").exists()
    states = {s.code: s.is_late for s in queries.call_of(row).steps}
    assert states["acknowledge"]
    assert not states["answer"]


def test_off_duty_acknowledging_has_four_hours(world: World) -> None:
    row = actions.report_call(by=world.ngo, outlet="Radio Tandi", called_at=NOW, off_duty=True)
    assert queries.clocks_of(row)["acknowledge"] == NOW + timedelta(hours=4)
    assert queries.clocks_of(row)["answer"] == NOW + timedelta(hours=24)


def test_where_people_were_harmed_they_come_first_and_nobody_waits_for_a_joint_line(world: World) -> None:
    row = actions.report_call(by=world.broker, outlet="Radio Tandi", called_at=NOW, harm=True)
    open_now = WorkItem.objects.open().filter(key__startswith="communication:call:")
    assert sorted(open_now.values_list("kind", flat=True)) == [
        "communication.acknowledge", "communication.answer_out", "communication.people_first",
        "communication.people_first",
    ]  # fmt: skip
    call = queries.call_of(row)
    assert call.next
    assert call.next.code == "people_first"
    actions.take_step(row, "answer", by=world.ngo)
    assert set(open_now.values_list("kind", flat=True)) == {"communication.people_first"}


def test_a_step_is_taken_once(world: World) -> None:
    row = actions.report_call(by=world.ngo, outlet="Radio Tandi", called_at=NOW)
    actions.take_step(row, "acknowledge", by=world.ngo)
    with clock.at(NOW + timedelta(hours=3)):
        row = actions.take_step(row, "acknowledge", by=world.company)
    assert row.acknowledged_at == NOW
    with pytest.raises(ValidationError):
        actions.take_step(row, "whatever", by=world.ngo)
