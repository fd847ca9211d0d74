"""Pages: who finds what, what happens by a form, and how many queries a list takes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lifecycle.delivery import actions, governance
from lifecycle.delivery.forms import CheckGiftForm
from lifecycle.delivery.models import (
    BodyMeeting,
    Commitment,
    CommunityPromise,
    Contribution,
    Dispute,
    Gift,
    GovernanceBody,
    Resolution,
)
from lifecycle.delivery.states import CommitmentState, PromiseState
from tests.factories import World, sign_in

from .conftest import in_days


@pytest.fixture
def full(
    world: World,
    owed: Callable[..., Commitment],
    given: Callable[..., Contribution],
    promised: Callable[..., CommunityPromise],
    governed: Callable[..., GovernanceBody],
) -> dict[str, Any]:
    """One of each, as the partners and the broker read it; governance and the promise the community too."""
    body = governed()
    seats = [s for s in (world.ngo.seat, world.company.seat) if s is not None]
    held = governance.record_meeting(body, by=world.ngo, on=in_days(-5), present=seats, notes="Long.")
    waiting = governance.add_resolution(held, by=world.ngo, text="Who hires the rig?", state="left_open")
    contribution = given(amount=Decimal(1000))
    gift = actions.put_in(contribution, by=world.company, on=in_days(0), amount=Decimal(10))
    return {
        "commitment": owed(),
        "contribution": contribution,
        "gift": gift,
        "promise": promised(),
        "body": body,
        "meeting": governance.plan_meeting(body, by=world.ngo, on=in_days(9)),
        "held": held,
        "resolution": waiting,
        "dispute": governance.open_dispute(by=world.ngo, what="Who pays.", due_on=in_days(9)),
    }


def address(world: World, name: str, *args: Any) -> str:
    return reverse(f"delivery:{name}", args=[world.pid, *(a if isinstance(a, str) else a.public_id for a in args)])


def reads(client: Client, world: World, full: dict[str, Any]) -> dict[str, int]:
    """The status of each detail page."""
    names = ("commitment", "contribution", "promise", "body", "meeting", "dispute")
    return {name: client.get(address(world, name, full[name])).status_code for name in names}


def test_who_finds_what(world: World, full: dict[str, Any], client: Client) -> None:
    everything = dict.fromkeys(("commitment", "contribution", "promise", "body", "meeting", "dispute"), 200)
    for name in ("ngo", "company", "broker"):
        assert reads(sign_in(client, world.place(name)), world, full) == everything, name
    shared = everything | dict.fromkeys(("commitment", "contribution", "dispute"), 404)
    assert reads(sign_in(client, world.community), world, full) == shared
    assert reads(sign_in(client, world.authority), world, full) == shared | {"promise": 404}
    assert set(reads(sign_in(client, world.outsider), world, full).values()) == {404}


def test_lists_hold_only_what_each_may_read(world: World, full: dict[str, Any], client: Client) -> None:
    page = sign_in(client, world.community).get(address(world, "overview")).content.decode()
    assert full["promise"].what in page
    assert full["commitment"].what not in page
    assert full["dispute"].what not in page
    assert full["contribution"].what not in client.get(address(world, "contributions")).content.decode()
    page = sign_in(client, world.authority).get(address(world, "overview")).content.decode()
    assert full["promise"].what not in page


#: Who may not, by address: the role that stands nearest to the one that may.
FORBIDDEN = [
    ("make", (), "community"),
    ("deliver", ("commitment",), "ngo"),
    ("confirm", ("commitment",), "company"),
    ("confirm", ("commitment",), "broker"),
    ("reword", ("commitment",), "ngo"),
    ("move_due", ("commitment",), "ngo"),
    ("write_off", ("commitment",), "broker"),
    ("agree_write_off", ("commitment",), "broker"),
    ("promise_contribution", (), "broker"),
    ("change_contribution", ("contribution",), "ngo"),
    ("withdraw_contribution", ("contribution",), "ngo"),
    ("put_in", ("contribution",), "ngo"),
    ("check_gift", ("contribution", "gift"), "company"),
    ("note_promise", (), "authority"),
    ("end_promise", ("promise",), "ngo"),
    ("judge_promise", ("promise",), "company"),
    ("move_promise", ("promise",), "ngo"),
    ("propose_body", (), "broker"),
    ("change_body", ("body",), "community"),
    ("end_body", ("body",), "community"),
    ("agree_end", ("body",), "broker"),
    ("plan_meeting", ("body",), "community"),
    ("record_unplanned", ("body",), "community"),
    ("move_meeting", ("meeting",), "community"),
    ("cancel_meeting", ("meeting",), "community"),
    ("record_meeting", ("meeting",), "community"),
    ("add_resolution", ("held",), "community"),
    ("take_decision", ("held", "resolution"), "community"),
    ("open_dispute", (), "broker"),
    ("escalate", ("dispute",), "broker"),
    ("propose_settlement", ("dispute",), "broker"),
]


@pytest.mark.parametrize(("name", "items", "who"), FORBIDDEN)
def test_who_may_not(
    world: World, full: dict[str, Any], client: Client, name: str, items: tuple[str, ...], who: str
) -> None:
    path = address(world, name, *(full[item] for item in items))
    sign_in(client, world.place(who))
    assert client.get(path).status_code == 403
    assert client.post(path, {}).status_code == 403
    assert sign_in(client, world.outsider).get(path).status_code == 404


#: Every form page, for somebody who may.
OPEN = [
    ("make", (), "company"),
    ("deliver", ("commitment",), "company"),
    ("reword", ("commitment",), "company"),
    ("move_due", ("commitment",), "company"),
    ("write_off", ("commitment",), "ngo"),
    ("promise_contribution", (), "company"),
    ("change_contribution", ("contribution",), "company"),
    ("withdraw_contribution", ("contribution",), "company"),
    ("put_in", ("contribution",), "company"),
    ("check_gift", ("contribution", "gift"), "ngo"),
    ("note_promise", (), "company"),
    ("note_promise", (), "community"),
    ("end_promise", ("promise",), "company"),
    ("move_promise", ("promise",), "community"),
    ("propose_body", (), "ngo"),
    ("change_body", ("body",), "company"),
    ("end_body", ("body",), "company"),
    ("plan_meeting", ("body",), "broker"),
    ("record_unplanned", ("body",), "ngo"),
    ("move_meeting", ("meeting",), "ngo"),
    ("cancel_meeting", ("meeting",), "ngo"),
    ("record_meeting", ("meeting",), "ngo"),
    ("add_resolution", ("held",), "ngo"),
    ("take_decision", ("held", "resolution"), "company"),
    ("open_dispute", (), "ngo"),
    ("escalate", ("dispute",), "company"),
    ("propose_settlement", ("dispute",), "company"),
]


@pytest.mark.parametrize(("name", "items", "who"), OPEN)
def test_forms_open_and_a_get_never_acts(
    world: World, full: dict[str, Any], client: Client, name: str, items: tuple[str, ...], who: str
) -> None:
    from partnerships.history.models import Act

    before = Act.objects.count()
    response = sign_in(client, world.place(who)).get(address(world, name, *(full[item] for item in items)))
    assert response.status_code == 200
    assert response.content.decode().count('class="btn btn-primary"') <= 1
    assert Act.objects.count() == before


def test_pages_open_for_everybody_who_may_read(world: World, full: dict[str, Any], client: Client) -> None:
    for name in ("ngo", "company", "broker", "community", "authority"):
        sign_in(client, world.place(name))
        for page in ("overview", "contributions"):
            response = client.get(address(world, page))
            assert response.status_code == 200, (name, page)
            assert response.content.decode().count("btn-primary") <= 1
        assert client.get(reverse("record:overview", args=[world.pid])).status_code == 200


def test_empty_pages_teach(world: World, client: Client) -> None:
    page = sign_in(client, world.ngo).get(address(world, "overview")).content.decode()
    assert page.count("cg-empty") >= 4
    assert "EC6" in page
    assert "ST3" in page


def test_a_commitment_by_forms(world: World, client: Client, photo: Any) -> None:
    sign_in(client, world.ngo)
    data = {"what": "Map of wells", "owner": world.party("company").public_id, "due_on": in_days(9).isoformat(),
            "circle": "partners", "person": ""}  # fmt: skip
    assert client.post(address(world, "make"), data | {"due_on": "soon"}).status_code == 200
    assert client.post(address(world, "make"), data).status_code == 302
    made = Commitment.objects.get()
    sign_in(client, world.company)
    moved = {"due_on": in_days(19).isoformat(), "why": "Rain."}
    assert client.post(address(world, "move_due", made), moved).status_code == 302
    client.post(address(world, "deliver", made), {"note": "", "upload": photo()})
    page = sign_in(client, world.ngo).get(made.path).content.decode()
    assert "Confirm it" in page
    client.post(address(world, "confirm", made), {"answer": "seen", "note": ""})
    made.refresh_from_db()
    assert made.state == CommitmentState.CONFIRMED
    late = client.post(address(world, "confirm", made), {"answer": "seen", "note": ""}, follow=True)
    assert "confirmed already" in late.content.decode()


def test_a_stale_form_shows_the_newer_text_beside_ones_own(
    world: World, owed: Callable[..., Commitment], client: Client
) -> None:
    made = owed()
    path = address(world, "reword", made)
    sign_in(client, world.company)
    data = {"what": "My words", "owner": made.owner.public_id, "person": "", "seen": "1"}
    actions.reword(made, by=world.company, what="Their words", owner=made.owner, person=None)
    page = client.post(path, data).content.decode()
    assert "Their words" in page
    assert "My words" in page
    assert 'name="seen" value="2"' in page
    assert client.post(path, data | {"seen": "2"}).status_code == 302
    made.refresh_from_db()
    assert made.what == "My words"


def test_letting_go_asks_and_says_what_it_means(world: World, owed: Callable[..., Commitment], client: Client) -> None:
    made = owed()
    sign_in(client, world.ngo)
    assert "cannot be reopened" in client.get(address(world, "write_off", made)).content.decode()
    assert client.post(address(world, "write_off", made), {"why": ""}).status_code == 200
    client.post(address(world, "write_off", made), {"why": "The road is gone."})
    sign_in(client, world.company)
    assert "The road is gone." in client.get(made.path).content.decode()
    assert "btn-danger" in client.get(address(world, "agree_write_off", made)).content.decode()
    client.post(address(world, "agree_write_off", made))
    made.refresh_from_db()
    assert made.state == CommitmentState.WRITTEN_OFF


def test_governance_by_forms(world: World, client: Client) -> None:
    sign_in(client, world.ngo)
    data: dict[str, Any] = {"name": "The two leads", "cadence": "monthly", "rule": "consensus", "quorum": "2",
                            "decides": "", "circle": "all"}  # fmt: skip
    for name in ("ngo", "company"):
        pid = world.party(name).public_id
        data |= {f"seats_{pid}": "1", f"votes_{pid}": "1", f"field_{pid}": "0", f"veto_{pid}": ""}
    refused = client.post(address(world, "propose_body"), data | {"quorum": "7"})
    assert refused.status_code == 200
    assert "more than there are seats" in refused.content.decode()
    assert client.post(address(world, "propose_body"), data).status_code == 302
    body = GovernanceBody.objects.get()
    sign_in(client, world.company)
    page = client.get(body.path).content.decode()
    assert "Agree to this" in page
    client.post(address(world, "agree_body", body), {"seen": str(body.version)})
    client.post(
        address(world, "plan_meeting", body), {"on": in_days(0).isoformat(), "at_time": "10:00", "where": "Phone"}
    )
    meeting = BodyMeeting.objects.get()
    record = {"on": in_days(0).isoformat(), "notes": "Good.", "guests": "", "seen": str(meeting.version)}
    present = [s.public_id for s in (world.ngo.seat, world.company.seat) if s is not None]
    client.post(address(world, "record_meeting", meeting), record | {"present": present})
    decided = {"text": "Start in May", "state": "decided", "agreed": [world.party("ngo").public_id]}
    assert client.post(address(world, "add_resolution", meeting), decided | {"agreed": []}).status_code == 200
    client.post(address(world, "add_resolution", meeting), decided)
    assert Resolution.objects.get().voices.count() == 1
    page = client.get(meeting.path).content.decode()
    assert "Start in May" in page
    data = {"what": "Hire the rig", "owner": world.party("company").public_id, "due_on": in_days(9).isoformat(),
            "circle": "partners"}  # fmt: skip
    client.post(address(world, "make") + f"?meeting={meeting.public_id}", data)
    assert Commitment.objects.get().meeting_id == meeting.pk
    assert "2 seats were taken" in page


def test_ending_a_body_by_forms(world: World, governed: Callable[..., GovernanceBody], client: Client) -> None:
    body = governed()
    assert sign_in(client, world.community).post(address(world, "keep_body", body)).status_code == 403
    sign_in(client, world.company)
    assert client.post(address(world, "end_body", body), {"why": ""}).status_code == 200
    assert client.post(address(world, "end_body", body), {"why": "It never meets."}).status_code == 302
    page = client.get(body.path).content.decode()
    assert "It never meets." in page
    assert "Keep it" in page
    client.post(address(world, "keep_body", body))
    assert "It never meets." not in client.get(body.path).content.decode()
    client.post(address(world, "end_body", body), {"why": "It never meets."})
    sign_in(client, world.ngo)
    assert "It never meets." in client.get(address(world, "agree_end", body)).content.decode()
    body.refresh_from_db()
    assert body.ended_on is None
    client.post(address(world, "agree_end", body))
    page = client.get(body.path).content.decode()
    assert "Ended" in page
    assert "Propose a change" not in page
    overview = client.get(address(world, "overview")).content.decode()
    assert "1 has ended" in overview
    late = client.post(address(world, "agree_end", body), follow=True).content.decode()
    assert "has ended" in late


def test_contributions_by_forms(world: World, client: Client) -> None:
    sign_in(client, world.company)
    data = {"giver": world.party("company").public_id, "kind": "cash", "what": "Wells",
            "starts_on": in_days(0).isoformat(), "ends_on": in_days(90).isoformat(), "amount": "6000000",
            "currency": "xof", "rate": "0.0017", "rate_on": "", "circle": "all"}  # fmt: skip
    path = address(world, "promise_contribution")
    refused = client.post(path, data).content.decode()
    assert "when you agreed on this rate" in refused
    backwards = data | {"ends_on": in_days(-9).isoformat(), "rate_on": in_days(0).isoformat()}
    assert "ends before it starts" in client.post(path, backwards).content.decode()
    assert client.post(path, data | {"rate_on": in_days(0).isoformat()}).status_code == 302
    made = Contribution.objects.get()
    assert (made.currency, made.in_common(made.amount)) == ("XOF", Decimal("10200.00"))
    assert "USD" in client.get(made.path).content.decode()
    client.post(address(world, "put_in", made), {"on": in_days(0).isoformat(), "amount": "1000000", "note": ""})
    gift = made.gifts.get()
    sign_in(client, world.ngo)
    assert "Confirm it" in client.get(made.path).content.decode()
    client.post(address(world, "check_gift", made, gift), {"answer": "seen", "note": ""})
    gift.refresh_from_db()
    assert gift.state == "confirmed"
    assert "17\u00a0% put in" in client.get(address(world, "contributions")).content.decode()


def test_a_promise_by_forms(world: World, client: Client) -> None:
    sign_in(client, world.company)
    data = {"what": "A well", "body": world.party("community").public_id, "body_name": "", "person": "",
            "promiser": world.party("company").public_id, "said_on": in_days(-1).isoformat(), "due_on": ""}  # fmt: skip
    assert client.post(address(world, "note_promise"), data | {"body": ""}).status_code == 200
    early = data | {"due_on": in_days(-9).isoformat()}
    assert "before it was promised" in client.post(address(world, "note_promise"), early).content.decode()
    assert client.post(address(world, "note_promise"), data).status_code == 302
    made = CommunityPromise.objects.get()
    client.post(address(world, "end_promise", made), {"answer": "kept", "note": "Dug."})
    sign_in(client, world.community)
    assert "Was it kept?" in client.get(address(world, "overview")).content.decode()
    client.post(address(world, "judge_promise", made), {"answer": "kept", "note": ""})
    made.refresh_from_db()
    assert made.state == PromiseState.CONFIRMED


def test_a_disagreement_by_forms(world: World, client: Client) -> None:
    sign_in(client, world.ngo)
    client.post(address(world, "open_dispute"), {"what": "Who pays.", "due_on": in_days(9).isoformat()})
    found = Dispute.objects.get()
    client.post(address(world, "escalate", found), {"due_on": in_days(19).isoformat(), "why": "Talked twice."})
    client.post(address(world, "propose_settlement", found), {"how": "Half and half."})
    found.refresh_from_db()
    sign_in(client, world.company)
    assert "Half and half." in client.get(found.path).content.decode()
    done = client.post(address(world, "agree_settlement", found), {"seen": str(found.version)}, follow=True)
    assert "settled" in done.content.decode()


def queries_of(client: Client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert client.get(path).status_code == 200
    return len(found)


def test_lists_take_the_same_queries_for_one_and_three(
    world: World,
    client: Client,
    owed: Callable[..., Commitment],
    given: Callable[..., Contribution],
    promised: Callable[..., CommunityPromise],
    governed: Callable[..., GovernanceBody],
) -> None:
    sign_in(client, world.ngo)
    body = governed()
    seats = [s for s in (world.ngo.seat, world.company.seat) if s is not None]

    def one_more() -> None:
        owed(person=world.company.user)
        actions.confirm(actions.deliver(owed(), by=world.company), by=world.ngo)
        contribution = given(amount=Decimal(1000))
        actions.put_in(contribution, by=world.company, on=in_days(0), amount=Decimal(10))
        actions.end_promise(promised(), by=world.company, kept=True, note="")
        promised()
        held = governance.record_meeting(body, by=world.ngo, on=in_days(-5), present=seats)
        governance.add_resolution(held, by=world.ngo, text="Who hires?", state="left_open")
        governance.plan_meeting(body, by=world.ngo, on=in_days(9))
        governance.open_dispute(by=world.ngo, what="Who pays.", due_on=in_days(9))

    one_more()
    pages = [address(world, "overview"), address(world, "contributions"), body.path]
    first = [queries_of(client, page) for page in pages]
    one_more()
    one_more()
    assert [queries_of(client, page) for page in pages] == first
    assert first[0] < 35


def test_steps_take_the_same_queries_for_one_and_three(
    world: World, client: Client, owed: Callable[..., Commitment], given: Callable[..., Contribution]
) -> None:
    sign_in(client, world.ngo)
    made, contribution = owed(), given(amount=Decimal(1000))

    def one_more() -> None:
        actions.refuse(actions.deliver(made, by=world.company), by=world.ngo, why="Not seen.")
        actions.move_due(made, by=world.company, to=in_days(30 + made.due_changes.count()), why="Rain.")
        actions.put_in(contribution, by=world.company, on=in_days(0), amount=Decimal(10))

    one_more()
    first = [queries_of(client, made.path), queries_of(client, contribution.path)]
    one_more()
    one_more()
    assert [queries_of(client, made.path), queries_of(client, contribution.path)] == first


def test_why_something_has_not_come_is_as_long_as_its_place_in_the_database() -> None:
    """PostgreSQL refuses more: the form says so first, and keeps what was typed."""
    longest = Gift._meta.get_field("refusal").max_length
    assert longest
    answer = {"answer": CheckGiftForm.NOT_YET, "note": "x" * longest}
    assert CheckGiftForm(answer).is_valid()
    assert list(CheckGiftForm({**answer, "note": "x" * (longest + 1)}).errors) == ["note"]
