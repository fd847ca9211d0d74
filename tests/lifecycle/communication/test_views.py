"""The pages: who gets in, what each says, and that they cost the same for one row and for three."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lifecycle.communication import actions, approving, planning
from lifecycle.communication.models import Approvable, ColleagueQuestion, Contact, Driver, Incident, PlanEntry
from lifecycle.communication.states import Text
from lifecycle.delivery.models import CommunityPromise
from tests.factories import World, sign_in

from .conftest import NOW, approve_by_all, complete, holding, the
from .test_actions import open_all
from .test_planning import entry

TODAY = date(2026, 11, 23)
#: Pages that partners and brokers read, and nobody else.
PLAN_PAGES = ("plan", "spokespeople", "qa", "holding", "public", "drivers", "questions", "media", "brief")
#: Pages that are read by everybody seated.
OPEN_PAGES = ("overview", "contacts")
#: Pages that write: partners alone.
WRITING = ("add_templates", "add_entry", "name_spokesperson", "add_question", "add_driver", "note_question")


def url(world: World, name: str, *args: str) -> str:
    return reverse(f"communication:{name}", args=[world.pid, *args])


def get(client: Client, who: Any, address: str) -> Any:
    return sign_in(client, who).get(address)


@pytest.mark.parametrize("name", [*PLAN_PAGES, *OPEN_PAGES, *WRITING])
def test_who_gets_in(wide: World, client: Client, name: str) -> None:
    address = url(wide, name)
    assert get(client, wide.outsider, address).status_code == 404
    partner = get(client, wide.ngo, address)
    assert partner.status_code == 200, name
    broker = get(client, wide.broker, address).status_code
    community = get(client, wide.community, address).status_code
    authority = get(client, wide.authority, address).status_code
    administrator = get(client, wide.administrator("ngo"), address).status_code
    if name in OPEN_PAGES:
        assert (broker, community, authority, administrator) == (200, 200, 200, 403)
    elif name in PLAN_PAGES:
        assert (broker, community, authority, administrator) == (200, 403, 403, 403)
    else:
        assert (broker, community, authority, administrator) == (403, 403, 403, 403)


@pytest.mark.parametrize("name", ["start_plan", "start_qa", "release_drivers"])
def test_what_acts_is_posted(world: World, client: Client, name: str) -> None:
    assert get(client, world.ngo, url(world, name)).status_code == 405


def test_the_whole_way_of_a_holding_statement(world: World, client: Client) -> None:
    sign_in(client, world.ngo)
    page = client.get(url(world, "new_text", "holding"))
    assert b"[Names of the partners]" in page.content
    made = client.post(url(world, "new_text", "holding"), {"version": 0, "text": "We take it seriously."})
    row = the(Text.HOLDING, world)
    assert made["Location"] == url(world, "text", row.public_id)
    client.post(url(world, "ask", row.public_id), {"version": 1})
    home = get(client, world.company, "/").content.decode()
    assert "Approve the holding statement" in home
    assert "Thu 26 Nov" in home
    page = client.get(url(world, "text", row.public_id))
    assert b"Approve it" in page.content
    stale = client.post(url(world, "approve", row.public_id), {"version": 7}, follow=True)
    assert b"changed after you opened it" in stale.content
    client.post(url(world, "approve", row.public_id), {"version": 1})
    row.refresh_from_db()
    assert row.is_approved
    assert get(client, world.ngo, url(world, "new_text", "holding"))["Location"] == url(world, "text", row.public_id)


def test_a_text_saved_by_two_shows_both(world: World, client: Client) -> None:
    row = holding(world.ngo, "First.")
    approving.change(row, seen=1, by=world.company, text="Theirs, newer.")
    address = url(world, "change_text", row.public_id)
    page = sign_in(client, world.ngo).post(address, {"version": 1, "text": "Ours, typed."})
    content = page.content.decode()
    assert "Theirs, newer." in content
    assert "Ours, typed." in content
    assert "Lead of Corvane Gold" in content
    assert 'name="version" value="2"' in content
    done = client.post(address, {"version": 2, "text": "Both."})
    assert done.status_code == 302
    row.refresh_from_db()
    assert row.text == "Both."


def test_an_entry_saved_by_two_shows_both(world: World, client: Client) -> None:
    planning.start_with_the_first(by=world.ngo)
    row = entry(world, "leads")
    data = {
        "version": 1, "purpose": "Know.", "message": "Ours", "channel": "call", "owner": row.owner_id,
        "approvers": "owner", "cadence_days": 14,
    }  # fmt: skip
    planning.change_entry(entry(world, "leads"), values={"message": "Theirs"}, seen=1, by=world.company)
    page = sign_in(client, world.ngo).post(url(world, "change_entry", row.public_id), data)
    assert b"Somebody changed this in between" in page.content
    assert b"Theirs" in page.content
    assert client.post(url(world, "change_entry", row.public_id), data | {"version": 2}).status_code == 302
    assert entry(world, "leads").message == "Ours"


def test_what_is_left_as_the_catalogue_says_it_stays_the_catalogues(world: World, client: Client) -> None:
    planning.start_with_the_first(by=world.ngo)
    row = entry(world, "government")
    sign_in(client, world.ngo)
    form = client.get(url(world, "change_entry", row.public_id)).context["form"]
    data = {n: form[n].value() for n in form.fields if form[n].value() is not None} | {"message": "We are here."}
    assert client.post(url(world, "change_entry", row.public_id), data).status_code == 302
    row.refresh_from_db()
    assert (row.purpose, row.channel, row.message) == ("", "", "We are here.")


def test_the_plan_from_nothing_to_approved(world: World, client: Client) -> None:
    sign_in(client, world.ngo)
    assert b"Start with these five" in client.get(url(world, "plan")).content
    client.post(url(world, "start_plan"))
    page = client.get(url(world, "plan"))
    assert "Own staff: Corvane Gold" in page.content.decode()
    client.post(url(world, "add_templates"), {"wanted": ["indigenous:"]})
    assert "They set the pace" in client.get(url(world, "plan")).content.decode()
    row = the(Text.PLAN, world)
    client.post(url(world, "ask", row.public_id), {"version": row.version})
    sign_in(client, world.company).post(url(world, "approve", row.public_id), {"version": row.version})
    assert the(Text.PLAN, world).is_approved
    assert b"Approved by all" in client.get(url(world, "plan")).content
    assert b"Partner leads" in client.get(url(world, "versions", row.public_id)).content


def test_logging_a_contact(world: World, client: Client) -> None:
    planning.start_with_the_first(by=world.ngo)
    row = entry(world, "communities")
    sign_in(client, world.ngo)
    page = client.get(url(world, "log_for_entry", row.public_id)).content.decode()
    assert "Not what one person thinks" in page
    assert "no opinion or label" in page
    data = {
        "entry": row.public_id,
        "who": "Assembly",
        "held_on": "2026-11-22",
        "readers": "partners",
        "promised": "A rig",
    }
    done = client.post(url(world, "log_for_entry", row.public_id), data, follow=True)
    assert "Logged. The clock for this audience starts anew." in done.content.decode()
    bad = client.post(url(world, "log_contact"), data | {"held_on": "2027-01-01"})
    assert "This day has not come yet." in bad.content.decode()
    assert "A rig" in bad.content.decode()
    assert Contact.objects.of(world.partnership).count() == 1


def test_a_contact_that_is_not_ours_to_read_is_not_there(wide: World, client: Client) -> None:
    found = actions.log_contact(by=wide.ngo, who="Council", held_on=TODAY, readers="own")
    for who in ("company", "third", "broker", "community", "authority"):
        assert get(client, wide.place(who), url(wide, "contact", found.public_id)).status_code == 404
    joint = actions.log_contact(by=wide.ngo, who="Council", held_on=TODAY)
    assert get(client, wide.company, url(wide, "withdraw_contact", joint.public_id)).status_code == 403
    assert get(client, wide.ngo, url(wide, "withdraw_contact", joint.public_id)).status_code == 200


def test_documents_of_a_contact_are_shown_to_those_who_read_them(world: World, client: Client) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from partnerships.access.actions import circle_here
    from partnerships.documents.actions import store

    upload = SimpleUploadedFile("private.txt", b"Only ours\n", "text/plain")
    own = store(
        partnership=world.partnership,
        upload=upload,
        circle=circle_here(world.ngo, "own"),
        by=world.ngo,
        title="PRIVATE",
    )
    found = actions.log_contact(by=world.ngo, who="Council", held_on=TODAY, documents=[own])
    address = url(world, "contact", found.public_id)
    assert b"PRIVATE" in get(client, world.ngo, address).content
    assert b"PRIVATE" not in get(client, world.company, address).content


def test_what_was_promised_goes_into_the_register_of_promises(world: World, client: Client) -> None:
    sign_in(client, world.ngo)
    day = TODAY - timedelta(days=2)
    client.post(
        url(world, "log_contact"),
        {"who": "Elders of Tandi", "held_on": day.isoformat(), "promised": "A second well", "readers": "partners"},
    )
    logged = Contact.objects.of(world.partnership).get()
    page = client.get(url(world, "contact", logged.public_id)).content.decode()
    register = reverse("delivery:note_promise", args=[world.pid])
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page[page.index(register) :]))
    begun = client.post(register, fields)
    assert begun.status_code == 200
    assert not CommunityPromise.objects.of(world.partnership).exists()
    form = begun.context["form"]
    assert not form.errors
    sent = {name: form[name].value() or "" for name in form.fields} | {"said_on": day.isoformat()}
    assert (sent["what"], sent["body_name"]) == ("A second well", "Elders of Tandi")
    assert client.post(register, sent).status_code == 302
    promise = CommunityPromise.objects.of(world.partnership).get()
    assert (promise.what, promise.said_on, promise.body_name) == ("A second well", day, "Elders of Tandi")


def test_drivers_on_the_page(world: World, client: Client) -> None:
    sign_in(client, world.ngo)
    client.post(url(world, "add_driver"), {"kind": "driver", "text": "Our board doubts us."})
    row = Driver.objects.of(world.partnership).get()
    assert b"doubts us" not in get(client, world.company, url(world, "drivers")).content
    assert get(client, world.company, url(world, "change_driver", row.public_id)).status_code == 404
    sign_in(client, world.ngo).post(url(world, "release_drivers"), {"lines": [row.public_id]})
    open_all(world, "company")
    assert b"doubts us" in get(client, world.company, url(world, "drivers")).content
    assert get(client, world.company, url(world, "change_driver", row.public_id)).status_code == 403


def test_questions_on_the_page(wide: World, client: Client) -> None:
    sign_in(client, wide.ngo)
    client.post(url(wide, "note_question"), {"topic": "Dust", "text": "Why?", "asked_on": "2026-10-01"})
    row = ColleagueQuestion.objects.of(wide.partnership).get()
    assert b"open for over 30 days" in client.get(url(wide, "questions")).content
    address = url(wide, "question", row.public_id)
    assert get(client, wide.company, address).status_code == 404
    sign_in(client, wide.ngo).post(url(wide, "ask_for_help", row.public_id))
    open_all(wide, "company")
    sign_in(client, wide.company).post(address, {"text": "We measure it daily."})
    assert client.post(url(wide, "settle_question", row.public_id)).status_code == 403
    assert b"measure it daily" in get(client, wide.ngo, address).content
    client.post(url(wide, "settle_question", row.public_id))
    row.refresh_from_db()
    assert row.answered_on == TODAY


def test_a_call_on_the_page_and_on_the_overview(world: World, client: Client) -> None:
    sign_in(client, world.company)
    data = {"outlet": "Radio Tandi", "called_at": "2026-11-23T08:30", "question": "Is it true?", "harm": "on"}
    client.post(url(world, "report_call"), data)
    row = Incident.objects.of(world.partnership).get()
    assert b"Radio Tandi" in get(client, world.ngo, reverse("record:overview", args=[world.pid])).content
    page = client.get(url(world, "incident", row.public_id)).content.decode()
    assert "The people and the authorities come first." in page
    assert "Joint holding statement" not in page
    client.post(url(world, "take_step", row.public_id), {"step": "people_first"})
    client.post(url(world, "take_step", row.public_id), {"step": "answer", "answer": "Both wells are closed."})
    row.refresh_from_db()
    assert row.people_first_at == NOW
    assert row.answer == "Both wells are closed."


def test_the_pack_on_one_page(world: World, client: Client) -> None:
    for kind in (Text.HOLDING, Text.QA, Text.SPOKESPEOPLE):
        approve_by_all(complete(kind, world), world)
    page = get(client, world.broker, url(world, "media")).content.decode()
    assert "Ready for the media" in page
    for words in ("We take it seriously", "Together.", "+226 70 00 00 00", "Can you still criticise each other?"):
        assert words in page


def test_the_community_reads_what_was_said_and_what_was_shared_and_nothing_else(wide: World, client: Client) -> None:
    from .test_approving import announced

    announced(wide)
    holding(wide.ngo, "MARKHOLDING")
    planning.start_with_the_first(by=wide.ngo)
    shared = f"with:{wide.party('community').public_id}"
    actions.log_contact(by=wide.ngo, who="MARKSHARED", held_on=TODAY, readers=shared)
    actions.log_contact(by=wide.ngo, who="MARKJOINT", held_on=TODAY)
    page = get(client, wide.community, url(wide, "overview")).content.decode()
    assert "MARKSHARED" in page
    assert "Announcement of the partnership" in page
    assert "MARKJOINT" not in page
    assert "Partner leads" not in page
    assert "MARKSHARED" not in get(client, wide.authority, url(wide, "overview")).content.decode()
    row = the(Text.ANNOUNCEMENT, wide)
    said = get(client, wide.authority, url(wide, "text", row.public_id))
    assert said.status_code == 200
    assert b"Approved by all?" not in said.content
    assert get(client, wide.authority, url(wide, "text", the(Text.HOLDING, wide).public_id)).status_code == 404


def test_a_closed_record_is_read_and_not_written(world: World, client: Client) -> None:
    planning.start_with_the_first(by=world.ngo)
    type(world.partnership).objects.filter(pk=world.partnership.pk).update(standing="ended")
    assert get(client, world.ngo, url(world, "plan")).status_code == 200
    assert client.get(url(world, "log_contact")).status_code == 403
    assert client.post(url(world, "start_qa")).status_code == 403


def queries_of(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


@pytest.mark.parametrize("name", ["overview", "plan", "contacts", "drivers", "questions", "media", "qa", "public"])
def test_three_rows_cost_as_much_as_one(world: World, client: Client, name: str) -> None:
    def one_more(number: int) -> None:
        place = world.ngo
        seat = place.seat
        assert seat is not None
        values = {"audience": f"Union {number}", "owner": seat, "cadence_days": 30, "approvers": "owner"}
        row = planning.add_entry(by=place, values=values)
        actions.log_contact(by=place, who=f"Union {number}", held_on=TODAY, entry=row)
        actions.write_driver(kind="want", text=f"Want {number}", by=place)
        actions.note_question(topic=f"Topic {number}", text="", asked_on=TODAY, by=place)
        actions.report_call(by=place, outlet=f"Radio {number}", called_at=NOW)
        planning.add_question(question=f"Question {number}?", answer="Yes.", by=place)
        public = approving.start(Text.PUBLIC, by=place, title=f"Story {number}", text="Two wells.")
        approving.ask(public, seen=1, by=place)
        quiet = approving.start(Text.QUIET, by=place, text="Election", starts_on=TODAY, ends_on=TODAY)
        approving.ask(quiet, seen=1, by=place)

    one_more(1)
    sign_in(client, world.ngo)
    once = queries_of(client, url(world, name))
    one_more(2)
    one_more(3)
    assert queries_of(client, url(world, name)) == once
    assert PlanEntry.objects.of(world.partnership).count() == 3
    assert Approvable.objects.of(world.partnership).filter(kind=Text.QUIET).count() == 3
