"""Pages of the work on questions: who opens them, what they do, and that they cost the same for one and for many."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lifecycle.diligence import actions, queries
from lifecycle.diligence.actions import Said
from lifecycle.diligence.models import AddedPoint, AssignedQuestion, CounselCheck, TalkingPoint, Thread, ThreadEntry
from lifecycle.diligence.states import Level
from lifecycle.road import actions as road
from partnerships import clock
from partnerships.access.actions import circle_here, open_release
from partnerships.people.models import Membership
from partnerships.record.states import Stage
from tests.factories import World, make_partnership, make_user, sign_in
from tests.partnerships.authoring.made import publish, small

from .conftest import answer, release_self, soon
from .test_comparing import differing, say, talk
from .test_threads import ask, released
from .test_working import add, assign, check, seat_of

MARK = "Zanzibarquartz"
ALL = {"ngo", "company", "broker", "community", "authority", "outsider"}


def url(world: World, name: str, *args: str) -> str:
    return reverse(f"diligence:{name}", args=[world.pid, *args])


def client_of(world: World, who: str) -> Client:
    return sign_in(Client(), world.outsider if who == "outsider" else world.place(who))


def about(world: World, who: str) -> str:
    return world.party(who).public_id


def statuses(world: World, address: str) -> dict[str, int]:
    return {who: client_of(world, who).get(address).status_code for who in sorted(ALL)}


def page(world: World, who: str, address: str) -> str:
    response = client_of(world, who).get(address)
    assert response.status_code == 200, (who, address)
    return response.content.decode()


def count(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert client.get(address).status_code == 200
    return len(found)


# Who opens them -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["assign", "ask_check", "note_check", "add_point"])
def test_only_partners_work_on_a_checklist(world: World, name: str) -> None:
    assert statuses(world, url(world, name, about(world, "ngo"))) == {
        "ngo": 200, "company": 200, "broker": 403, "community": 403, "authority": 403, "outsider": 404,
    }  # fmt: skip


def test_the_own_side_opens_its_checks_and_points(world: World) -> None:
    made, point = check(world), add(world.ngo)
    for address in (
        url(world, "check", made.public_id),
        url(world, "change_point", about(world, "ngo"), point.public_id),
        url(world, "remove_point", about(world, "ngo"), point.public_id),
    ):
        assert statuses(world, address) == {
            "ngo": 200, "company": 404, "broker": 403, "community": 403, "authority": 403, "outsider": 404,
        }  # fmt: skip


def test_a_clarification_opens_for_its_circle(world: World) -> None:
    released(world)
    thread = ask(world)
    for name in ("thread",):
        assert statuses(world, url(world, name, thread.public_id)) == {
            "ngo": 200, "company": 200, "broker": 404, "community": 404, "authority": 404, "outsider": 404,
        }  # fmt: skip
    asking = url(world, "ask", about(world, "ngo"), about(world, "ngo"), "2.1")
    assert statuses(world, asking) == {
        "ngo": 404, "company": 302, "broker": 403, "community": 403, "authority": 403, "outsider": 404,
    }  # fmt: skip
    assert client_of(world, "broker").get(url(world, "threads")).status_code == 200
    for name in ("open_entries", "take_back", "end_thread"):
        for who, status in {"broker": 403, "community": 403, "outsider": 404}.items():
            assert client_of(world, who).post(url(world, name, thread.public_id)).status_code == status


def test_who_follows_only_reads(world: World) -> None:
    released(world)
    thread = ask(world, with_all=True)
    address = url(world, "thread", thread.public_id)
    assert client_of(world, "broker").get(address).status_code == 200
    assert client_of(world, "broker").post(address, {"text": "Hello"}).status_code == 403
    assert ThreadEntry.objects.of(world.partnership).count() == 1


def test_a_talking_point_opens_for_those_who_read_both_views(world: World) -> None:
    differing(world)
    point = talk(world)
    assert statuses(world, url(world, "talking_point", point.public_id)) == {
        "ngo": 200, "company": 200, "broker": 404, "community": 404, "authority": 404, "outsider": 404,
    }  # fmt: skip
    assert client_of(world, "company").get(url(world, "drop_talk", point.public_id)).status_code == 403
    assert client_of(world, "community").post(url(world, "agree_on", point.public_id)).status_code == 403
    views = statuses(world, url(world, "views", about(world, "company")))
    assert {who for who, status in views.items() if status == 200} == ALL - {"outsider"}
    assert statuses(world, url(world, "talk", about(world, "company"), "2.1"))["broker"] == 403


# Assigned -------------------------------------------------------------------------------------------------------------
def test_ticked_questions_and_themes_are_assigned(world: World) -> None:
    colleague, client = world.colleague("ngo"), client_of(world, "ngo")
    address = url(world, "assign", about(world, "ngo"))
    data: dict[str, Any] = {"seat": seat_of(colleague).pk, "due_on": soon(9).isoformat(), "seen": "0"}
    refused = client.post(address, data)
    assert "Tick at least one question" in refused.content.decode()
    assert client.post(address, {**data, "codes": ["1.1", "theme:identity"]}).status_code == 302
    open_ones = AssignedQuestion.objects.filter(ended_at=None).values_list("code", flat=True)
    assert set(open_ones) == {"1.1", "2.1", "2.2"}
    stale = client.post(address, {**data, "codes": ["1.1"]})
    assert "while you were choosing" in stale.content.decode()
    assert client.post(address, {"none": "1", "codes": ["1.1", "2.1"]}).status_code == 302
    assert set(open_ones.all()) == {"2.2"}


def test_somebody_of_another_side_cannot_be_chosen(world: World) -> None:
    data = {"seat": seat_of(world.company).pk, "due_on": soon(9).isoformat(), "seen": "0", "codes": ["2.1"]}
    assert client_of(world, "ngo").post(url(world, "assign", about(world, "ngo")), data).status_code == 200
    assert not AssignedQuestion.objects.exists()


# Counsel --------------------------------------------------------------------------------------------------------------
def seen_on(client: Client, address: str) -> str:
    return str(client.get(address).context["form"]["seen"].value())


def test_counsel_clears_only_what_counsel_has_read(world: World) -> None:
    counsel, ngo = world.colleague("ngo"), world.ngo
    answer(ngo, world.party("ngo"), "2.1", text="As first written")
    made = check(world, to=counsel)
    address, client = url(world, "check", made.public_id), sign_in(Client(), counsel)
    seen = seen_on(client, address)
    answer(ngo, world.party("ngo"), "2.1", text=f"{MARK} since")
    for word in ({"verdict": "cleared", "seen": seen}, {"verdict": "cleared"}):
        refused = client.post(address, {**word, "remark": "Typed already"})
        html = refused.content.decode()
        assert refused.status_code == 200
        assert "Something changed here while you were reading" in html
        assert f"{MARK} since" in html
        assert "Typed already" in html
        made.refresh_from_db()
        assert made.state == "asked"
    # What was typed is sent once more, by somebody who has seen how it stands.
    again = {"verdict": "cleared", "remark": "Typed already", "seen": refused.context["form"]["seen"].value()}
    assert client.post(address, again).status_code == 302
    made.refresh_from_db()
    assert made.state == "cleared"


def test_only_who_was_asked_gives_counsels_word_and_a_lead_lifts(world: World) -> None:
    counsel = world.colleague("ngo")
    answer(world.ngo, world.party("ngo"), "2.1")
    made = check(world, to=counsel)
    address = url(world, "check", made.public_id)
    theirs = sign_in(Client(), counsel)
    word = {"verdict": "holds", "remark": MARK, "seen": seen_on(theirs, address)}
    assert client_of(world, "ngo").post(address, word).status_code == 403
    assert theirs.post(address, {"verdict": "holds"}).status_code == 200
    assert theirs.post(address, word).status_code == 302
    release = url(world, "release", about(world, "ngo"))
    refused = client_of(world, "ngo").post(release, {"circle": "partners", "with_documents": "on"})
    assert refused.status_code == 200
    assert "Counsel holds" in refused.content.decode()
    lift = url(world, "lift_check", made.public_id)
    assert theirs.post(lift, {"because": "Me too"}).status_code == 403
    assert client_of(world, "ngo").post(lift, {"because": "Decided."}).status_code == 302
    assert client_of(world, "ngo").post(release, {"circle": "partners"}).status_code == 302
    assert CounselCheck.objects.of(world.partnership).get().state == "lifted"


def test_counsel_looking_again_sees_what_was_written_since(world: World) -> None:
    counsel, own = world.colleague("ngo"), world.party("ngo")
    answer(world.ngo, own, "2.1")
    made = check(world, to=counsel)
    address = url(world, "check", made.public_id)
    actions.decide_check(made, holds=True, remark="Not before Friday.", by=counsel)
    assert "Changed since the check" not in page(world, "ngo", address)
    with clock.at(clock.now() + timedelta(minutes=5)):
        answer(world.ngo, own, "2.1", Level.SOME, "Said otherwise.")
    assert "Changed since the check" in page(world, "ngo", address)
    found = queries.checklist(own, own, world.ngo.partners)
    assert not queries.marks_of(world.ngo, found, queries.checks_of(world.ngo, found))["2.1"].changed_since_check


def test_counsel_from_outside_has_a_role_and_no_name(world: World) -> None:
    data = {"role": "outside", "checked_on": clock.today().isoformat(), "verdict": "cleared"}
    address = url(world, "note_check", about(world, "ngo"))
    assert client_of(world, "ngo").post(address, data).status_code == 302
    made = CounselCheck.objects.of(world.partnership).get()
    assert "Counsel from outside" in page(world, "ngo", url(world, "check", made.public_id))


def test_asked_no_longer(world: World) -> None:
    made = check(world)
    assert client_of(world, "company").post(url(world, "drop_check", made.public_id)).status_code == 404
    assert client_of(world, "ngo").post(url(world, "drop_check", made.public_id)).status_code == 302
    assert CounselCheck.objects.of(world.partnership).get().state == "dropped"


# Added ----------------------------------------------------------------------------------------------------------------
def test_adding_and_changing_what_nobody_asked(world: World) -> None:
    client, me = client_of(world, "ngo"), about(world, "ngo")
    data = {"theme": "identity", "heading": "Owner", "text": MARK, "level": ""}
    assert client.post(url(world, "add_point", me), data).status_code == 302
    point = AddedPoint.objects.of(world.partnership).get()
    address = url(world, "change_point", me, point.public_id)
    assert client.post(address, {**data, "text": f"{MARK}2", "version": "1"}).status_code == 302
    stale = client.post(address, {**data, "text": f"{MARK}3", "version": "1"})
    assert f"{MARK}2" in stale.content.decode()
    assert "Somebody changed this in between" in stale.content.decode()
    answer(world.ngo, world.party("ngo"), "2.1")
    open_release(release_self(world.ngo), by=world.company)
    assert f"{MARK}2" in page(world, "company", url(world, "read", me, me))
    # A form of the older row, and one that a colleague takes away meanwhile: nothing typed is lost.
    assert client.post(address, {**data, "text": f"{MARK}4", "version": "2"}).status_code == 302
    late = client.post(address, {**data, "text": f"{MARK}5", "version": "2"}).content.decode()
    assert f"{MARK}4" in late
    assert f"{MARK}5" in late
    other = AddedPoint.objects.of(world.partnership).get(pk=add(world.ngo, text="Slip").pk)
    actions.remove_point(other, by=world.colleague("ngo"))
    kept = client.post(
        url(world, "change_point", me, other.public_id), {**data, "text": f"{MARK}6", "version": "1"}
    ).content.decode()
    assert f"{MARK}6" in kept
    gone = url(world, "remove_point", me, point.public_id)
    assert "Take this away?" in page(world, "ngo", gone)
    assert client.post(gone).status_code == 302
    assert f"{MARK}2" not in page(world, "company", url(world, "read", me, me))


def test_nothing_is_added_about_safeguarding(world: World) -> None:
    data = {"theme": "safeguarding", "heading": "A case", "text": "x", "level": ""}
    assert client_of(world, "ngo").post(url(world, "add_point", about(world, "ngo")), data).status_code == 200
    assert not AddedPoint.objects.of(world.partnership).exists()


# Clarifications -------------------------------------------------------------------------------------------------------
def test_asking_from_the_page_where_it_is_read(world: World) -> None:
    released(world)
    me = about(world, "ngo")
    asking = url(world, "ask", me, me, "2.1")
    assert asking in page(world, "company", url(world, "read", me, me))
    assert client_of(world, "company").post(asking, {"text": MARK, "readers": "chosen"}).status_code == 302
    thread = Thread.objects.of(world.partnership).get()
    address = url(world, "thread", thread.public_id)
    assert address in page(world, "company", url(world, "read", me, me))
    assert MARK in page(world, "company", address)
    assert MARK not in page(world, "ngo", address)
    assert client_of(world, "ngo").post(url(world, "open_entries", thread.public_id)).status_code == 302
    assert MARK in page(world, "ngo", address)
    assert client_of(world, "ngo").post(address, {"text": f"{MARK}2"}).status_code == 302
    assert client_of(world, "ngo").post(url(world, "take_back", thread.public_id)).status_code == 302
    assert ThreadEntry.objects.of(world.partnership).count() == 1
    assert client_of(world, "company").post(url(world, "end_thread", thread.public_id)).status_code == 302
    assert "Closed" in page(world, "ngo", address)


def test_all_follow_only_where_the_choice_is_offered(world: World) -> None:
    released(world, to=("company",))
    me = about(world, "ngo")
    asking = url(world, "ask", me, me, "2.1")
    assert "Only the two of you write" not in page(world, "company", asking)
    client_of(world, "company").post(asking, {"text": "?", "readers": "partners"})
    assert Thread.objects.of(world.partnership).get().circle.kind == "chosen"


def test_a_withdrawn_answer_is_said_to_be_withdrawn(world: World) -> None:
    released(world)
    thread = ask(world)
    address = url(world, "thread", thread.public_id)
    assert "The register is old." in page(world, "company", address)
    actions.withdraw_checklist(about=world.party("ngo"), by=world.ngo)
    for who in ("ngo", "company"):
        html = page(world, who, address)
        assert "was withdrawn" in html
        assert "The register is old." not in html


# Two views ------------------------------------------------------------------------------------------------------------
def test_views_side_by_side_and_what_is_agreed(world: World) -> None:
    differing(world)
    views = url(world, "views", about(world, "company"))
    html = page(world, "company", views)
    assert "ngo about company" in html
    assert "company about company" in html
    assert "You see it differently" in html
    assert "ngo about company" not in page(world, "broker", views)
    talking = url(world, "talk", about(world, "company"), "2.1")
    assert client_of(world, "ngo").post(talking, {"note": "", "due_on": ""}).status_code == 302
    point = TalkingPoint.objects.of(world.partnership).get()
    address = url(world, "talking_point", point.public_id)
    data = {"note": "", "text": MARK, "due_on": "", "version": "1"}
    assert client_of(world, "ngo").post(address, data).status_code == 302
    stale = client_of(world, "company").post(address, {**data, "text": "Ours"}).content.decode()
    assert "Somebody changed this in between" in stale
    agree = url(world, "agree_on", point.public_id)
    assert client_of(world, "company").post(agree, {"version": "2"}).status_code == 302
    assert "What you agreed" in page(world, "ngo", views)
    assert client_of(world, "broker").post(address, data).status_code == 404


def test_taking_a_talking_point_away_asks_first(world: World) -> None:
    differing(world)
    point = talk(world)
    address = url(world, "drop_talk", point.public_id)
    assert "gone for all who read it" in page(world, "ngo", address)
    assert client_of(world, "ngo").post(address).status_code == 302
    assert not TalkingPoint.objects.of(world.partnership).exists()


def test_a_given_day_is_read_wherever_an_answer_is_read(world: World) -> None:
    """A date, like a number or a choice, is no level and no note: it is said all the same."""
    choice = actions.propose_depth(depth="standard", by=world.ngo)
    actions.agree_depth(choice, by=world.company)
    company = world.party("company")
    for who, other, day in (("company", "ngo", "2024-03-17"), ("ngo", "company", "2023-02-16")):
        place = world.place(who)
        actions.save_answers(about=company, said={"3.6": Said("", "", day)}, seen=None, by=place)
        chosen = circle_here(place, "partners")
        open_release(
            actions.release_checklist(about=company, to=chosen, with_documents=False, by=place), by=world.place(other)
        )
    both = {"17 March 2024", "16 February 2023"}
    views = page(world, "ngo", url(world, "views", company.public_id))
    assert {day for day in both if day in views} == both
    point = talk(world, code="3.6")
    assert all(day in page(world, "ngo", url(world, "talking_point", point.public_id)) for day in both)
    asking = url(world, "ask", company.public_id, company.public_id, "3.6")
    assert "17 March 2024" in page(world, "ngo", asking)
    answered = client_of(world, "ngo").post(asking, {"text": "By whom?"})
    assert "17 March 2024" in page(world, "company", answered.headers["Location"])
    colleague = world.colleague("company")
    made = actions.ask_check(about=company, codes=[], seat=seat_of(colleague), due_on=soon(9), by=world.company)
    assert "17 March 2024" in page(world, "company", url(world, "check", made.public_id))


def test_a_checklist_that_asks_nothing_is_not_called_answered(world: World) -> None:
    """An own library may only ask each about itself: the others' answers are there to be checked."""
    membership = Membership.objects.create(
        user=make_user(), organisation=world.party("company").organisation, role="administrator"
    )
    choice = actions.propose_depth(depth="standard", library=publish(small(membership)), by=world.company)
    actions.agree_depth(choice, by=world.ngo)
    seen = page(world, "ngo", url(world, "overview"))
    assert "Their answers, to check" in seen
    assert "Answered</span>" not in seen


# Costs ----------------------------------------------------------------------------------------------------------------
CODES = ("2.1", "2.2", "3.1")


def test_marks_cost_one_query_for_one_and_for_many(world: World) -> None:
    ngo = world.ngo

    def cost() -> int:
        found = queries.checklist(ngo.own_party, ngo.own_party, ngo.partners)
        with CaptureQueriesContext(connection) as asked:
            queries.marks_of(ngo, found, [])
        return len(asked)

    assign(world, "2.1")
    assert cost() == 1
    assign(world, "2.2", "3.1")
    assert cost() == 1
    found = queries.checklist(ngo.own_party, ngo.own_party, ngo.partners)
    assert set(queries.marks_of(ngo, found, [])) == set(CODES)


def test_marks_say_whose_turn_it_is_and_what_is_talked_about(world: World) -> None:
    say(world, "ngo", "ngo", Level.NONE, ("company",))
    say(world, "company", "ngo", Level.SOME, ("ngo",))
    ask(world)
    talk(world, about="ngo")
    ngo = world.ngo
    found = queries.checklist(ngo.own_party, ngo.own_party, ngo.partners)
    mark = queries.marks_of(ngo, found, [])["2.1"]
    assert (mark.threads, mark.your_turn, mark.to_talk, mark.talked) == (1, True, 1, 0)


@pytest.mark.parametrize("name", ["threads", "read", "views", "assign", "check"])
def test_one_and_three_cost_the_same(db: None, name: str) -> None:
    def world_with(codes: tuple[str, ...]) -> tuple[World, str]:
        world = make_partnership(broker=True, stage=Stage.DILIGENCE)
        ngo, company = world.ngo, world.company
        for code in codes:
            answer(ngo, ngo.own_party, code, Level.SOME, "Ours.")
            answer(company, ngo.own_party, code, Level.NONE, "Theirs.")
            add(ngo, heading=f"Added {code}")
        open_release(release_self(ngo), by=company)
        both = queries.partners_circle(ngo)
        bundle = actions.release_checklist(about=ngo.own_party, to=both, with_documents=False, by=company)
        open_release(bundle, by=ngo)
        for code in codes:
            found = queries.released_answer(company, ngo.own_party, ngo.own_party, code)
            assert found is not None
            actions.ask_about(found, text="?", with_all=False, by=company)
            talk(world, about="ngo", code=code)
        made = check(world)
        if len(codes) == 1:
            assign(world, "4.5")
        else:
            for code in ("4.5", "6.2", "8.1"):
                assign(world, code)
        me = about(world, "ngo")
        args = {"read": [me, me], "views": [me], "assign": [me], "check": [made.public_id]}.get(name, [])
        return world, url(world, name, *args)

    costs = []
    for codes in (CODES[:1], CODES):
        world, address = world_with(codes)
        costs.append(count(client_of(world, "company" if name == "read" else "ngo"), address))
    assert costs[0] == costs[1]


def test_before_a_release_counsels_word_and_unconfirmed_points_are_listed(world: World) -> None:
    ngo, counsel = world.ngo, world.colleague("ngo")
    answer(ngo, ngo.own_party, "2.1")
    add(ngo, heading=MARK)
    made = check(world, to=counsel)
    address = url(world, "release", about(world, "ngo"))
    html = page(world, "ngo", address)
    assert "has not answered yet" in html
    assert MARK not in html
    actions.decide_check(made, holds=True, remark="No.", by=counsel)
    assert "Counsel holds it: it cannot be released" in page(world, "ngo", address)
    actions.start_refresh(reason="other", note="", by=ngo)
    assert MARK in page(world, "ngo", address)


def test_what_no_longer_opens_is_not_linked_to(world: World) -> None:
    """Once the record is closed, nobody works on a checklist: its pages lead only to what can still be read."""
    road.not_pursue(by=world.ngo)
    client = client_of(world, "ngo")
    for name in ("overview", "decision"):
        found = re.findall(rf'href="(/p/{world.pid}/diligence/[^"]*)"', page(world, "ngo", url(world, name)))
        assert found
        assert [link for link in found if client.get(link).status_code != 200] == []
