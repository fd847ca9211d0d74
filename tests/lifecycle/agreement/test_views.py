from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lifecycle.agreement import actions, papers, queries, signing
from lifecycle.agreement.models import Agreement, ClauseComment, Terms
from tests.factories import World, make_partnership, sign_in
from tests.lifecycle.agreement.conftest import (
    agree_all,
    agreed_draft,
    answer,
    clause,
    draft,
    frozen,
    propose,
    sign,
    signed,
    terms_agreed,
)

pytestmark = pytest.mark.django_db


def at(world: World, name: str, *args: Any) -> str:
    return reverse(f"agreement:{name}", args=[world.pid, *[getattr(a, "public_id", a) for a in args]])


def client_of(world: World, who: str) -> Client:
    return sign_in(Client(), world.leads[who])


# Who gets where -------------------------------------------------------------------------------------------------------
def pages(world: World) -> dict[str, str]:
    agreement = draft(world)
    found = clause(agreement, "10")
    return {
        "overview": at(world, "overview"),
        "start": at(world, "start"),
        "terms": at(world, "terms"),
        "propose": at(world, "propose_terms"),
        "text": at(world, "text", agreement),
        "read": at(world, "read", agreement),
        "clause": at(world, "clause", found),
        "edit": at(world, "edit_clause", found),
        "versions": at(world, "versions", found),
        "add": at(world, "add_clause", agreement),
        "open": at(world, "open", agreement),
        "aside": at(world, "set_aside", agreement),
    }


READING = {"overview", "terms", "text", "read", "clause", "versions"}


@pytest.mark.parametrize("who", ["ngo", "company", "broker", "community", "outsider", "administrator", "colleague"])
def test_who_gets_where(world: World, who: str) -> None:
    addresses = pages(world)
    user = {
        "outsider": lambda: world.outsider,
        "administrator": lambda: world.administrator("ngo"),
        "colleague": lambda: world.colleague("company").user,
    }.get(who, lambda: world.leads[who])()
    client = sign_in(Client(), user)
    codes = {name: client.get(address).status_code for name, address in addresses.items()}
    expected = {
        "ngo": dict.fromkeys(codes, 200),
        "company": dict.fromkeys(codes, 200),
        "broker": {n: 200 if n in READING else 403 for n in codes},
        "community": dict.fromkeys(codes, 403),
        "outsider": dict.fromkeys(codes, 404),
        "administrator": dict.fromkeys(codes, 403),
        # A team member writes; opening for signing and setting aside are for who speaks for the partner.
        "colleague": {n: 403 if n in {"open", "aside"} else 200 for n in codes},
    }[who]
    assert codes == expected


def test_a_partner_that_came_later_does_not_find_the_older_text(world: World) -> None:
    agreement = draft(world)
    world.bring("third")
    client = client_of(world, "third")
    assert client.get(at(world, "text", agreement)).status_code == 404
    assert client.get(at(world, "clause", clause(agreement, "1"))).status_code == 404
    assert client.get(at(world, "overview")).status_code == 200


def test_a_get_never_acts(world: World) -> None:
    agreement = draft(world)
    found = clause(agreement, "10")
    client = client_of(world, "ngo")
    for name, thing in [("answer_clause", found), ("comment", found), ("bring_back", found), ("restart", agreement)]:
        assert client.get(at(world, name, thing)).status_code == 405


# Working --------------------------------------------------------------------------------------------------------------
def test_starting_a_draft(world: World) -> None:
    client = client_of(world, "ngo")
    response = client.post(at(world, "start"), {"kind": "mou", "length": "short", "language": "fr"}, follow=True)
    assert "Protocole d’accord" in response.content.decode().replace("&#x27;", "’").replace("'", "’")
    again = client.post(at(world, "start"), {"kind": "mou", "length": "short", "language": "fr"})
    assert "draft of this kind already" in again.content.decode()


def test_answering_leads_to_the_next_clause(world: World) -> None:
    agreement = draft(world)
    first, second = clause(agreement, "1"), clause(agreement, "2")
    client = client_of(world, "company")
    response = client.post(at(world, "answer_clause", first), {"state": "agreed", "version": 1})
    assert response["Location"] == at(world, "clause", second)
    assert queries.row_of(world.ngo, first).agreed_by[0].name == "Corvane Gold"


def test_an_answer_to_an_older_text_is_not_taken_and_not_lost(world: World) -> None:
    agreement = draft(world)
    found = clause(agreement, "10")
    actions.change_clause(found, by=world.ngo, title=found.title, text="Quite another rule.", seen=1)
    response = client_of(world, "company").post(
        at(world, "answer_clause", found), {"state": "discuss", "note": "Our board meets monthly.", "version": 1}
    )
    body = response.content.decode()
    assert response.status_code == 422
    assert "Quite another rule." in body
    assert "Our board meets monthly." in body
    assert 'name="version" value="2"' in body
    assert not queries.row_of(world.company, clause(agreement, "10")).stances


def test_discussing_asks_for_a_reason(world: World) -> None:
    found = clause(draft(world), "10")
    response = client_of(world, "company").post(at(world, "answer_clause", found), {"state": "discuss", "version": 1})
    assert response.status_code == 422
    assert "Say what you would like to discuss." in response.content.decode()


def test_a_stale_edit_shows_the_newer_text_beside_the_typed_one(world: World) -> None:
    found = clause(draft(world), "10")
    actions.change_clause(found, by=world.ngo, title="Decisions", text="The newer text.", seen=1)
    client = client_of(world, "company")
    typed = {"title": "Decisions", "text": "My own <b>words</b>.", "version": 1, "note": "", "agree": "on"}
    response = client.post(at(world, "edit_clause", found), typed)
    body = response.content.decode()
    assert response.status_code == 409
    assert "The newer text." in body
    assert "My own &lt;b&gt;words&lt;/b&gt;." in body
    assert 'name="version" value="2"' in body
    # Saved again, knowing the newer one.
    assert client.post(at(world, "edit_clause", found), {**typed, "version": 2}).status_code == 302
    assert clause(found.agreement, "10").text == "My own <b>words</b>."


def test_what_people_wrote_is_escaped_everywhere(world: World) -> None:
    agreement = agreed_draft(world)
    bad = "<script>alert(1)</script>"
    found = clause(agreement, "10")
    actions.change_clause(found, by=world.ngo, title="Decisions", text=f"Text {bad} more", seen=1, note=bad)
    actions.comment(found, by=world.ngo, text=bad, circle_kind="partners")
    answer(world.company, found, "discuss", note=bad)
    client = client_of(world, "company")
    for address in (
        at(world, "clause", found),
        at(world, "versions", found),
        at(world, "edit_clause", found),
        at(world, "read", agreement),
        at(world, "text", agreement),
    ):
        assert "<script>alert" not in client.get(address).content.decode()


def test_versions_are_compared(world: World) -> None:
    found = clause(draft(world), "10")
    for number, text in enumerate(["Within 30 days.", "Within 15 days.", "Within 15 working days."], start=1):
        found = actions.change_clause(found, by=world.ngo, title="Decisions", text=text, seen=number)
    client = client_of(world, "company")
    assert "<ins>working </ins>" in client.get(at(world, "versions", found)).content.decode()
    body = client.get(at(world, "versions", found) + "?from=2&to=3").content.decode()
    assert "<del>30</del><ins>15</ins>" in body
    assert client.get(at(world, "versions", found) + "?from=x&to=99999999999").status_code == 200


def test_comments_show_to_their_circle_only(world: World) -> None:
    found = clause(draft(world), "10")
    client = client_of(world, "ngo")
    client.post(at(world, "comment", found), {"c-text": "ourbottomline", "c-circle": "own"})
    client.post(at(world, "comment", found), {"c-text": "letustalk", "c-circle": "partners"})
    seen = {
        n: client_of(world, n).get(at(world, "clause", found)).content.decode() for n in ("ngo", "company", "broker")
    }
    assert {n: "ourbottomline" in body for n, body in seen.items()} == {"ngo": True, "company": False, "broker": False}
    assert all("letustalk" in body for body in seen.values())
    row = ClauseComment.objects.of(world.partnership).get(text="letustalk")
    assert client_of(world, "company").post(at(world, "withdraw_comment", row)).status_code == 403
    assert client_of(world, "ngo").post(at(world, "withdraw_comment", row)).status_code == 302
    assert "letustalk" not in client_of(world, "company").get(at(world, "clause", found)).content.decode()


def test_the_broker_offers_no_caucus_with_itself(world: World) -> None:
    found = clause(draft(world), "10")
    response = client_of(world, "broker").post(at(world, "comment", found), {"c-text": "x", "c-circle": "caucus"})
    assert response.status_code == 422


@pytest.mark.parametrize(("kind", "length"), [("mou", "short"), ("nda", "full")])
def test_opening_and_signing_in_the_browser(world: World, kind: str, length: str) -> None:
    agreement = agreed_draft(world, kind=kind, length=length)
    client = client_of(world, "ngo")
    page = client.get(at(world, "open", agreement)).content.decode()
    assert "Some blanks are still open." in page
    refused = client.post(at(world, "open", agreement), {})
    assert "Some blanks in square brackets are still open." in refused.content.decode()
    client.post(at(world, "open", agreement), {"blanks_known": "on"})
    text = queries.standing_text(agreement)
    assert text is not None
    page = client.get(at(world, "sign", agreement)).content.decode()
    assert text.sha256 in page
    form = {
        "name": "Aïssata Diarra",
        "job_title": "Director",
        "mandate": "Statutes",
        "again": "Aissata",
        "sha256": text.sha256,
    }
    wrong = client.post(at(world, "sign", agreement), form).content.decode()
    assert "Type your name exactly as above" in wrong
    assert "Statutes" in wrong
    assert client.post(at(world, "sign", agreement), {**form, "again": "Aïssata Diarra"}).status_code == 302
    sign(world.company, agreement)
    assert "waits to be made" in client.get(at(world, "text", agreement)).content.decode()


def test_the_last_signature_asks_a_worker_for_the_pdf(
    world: World, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[tuple[int]] = []
    monkeypatch.setattr("lifecycle.agreement.tasks.make_paper.apply_async", lambda args, **kw: sent.append(args))
    agreement = frozen(world)
    sign(world.ngo, agreement)
    text = queries.standing_text(agreement)
    assert text is not None
    form = {"name": "A B", "job_title": "D", "mandate": "M", "again": "A B", "sha256": text.sha256}
    with django_capture_on_commit_callbacks(execute=True):
        client_of(world, "company").post(at(world, "sign", agreement), form)
    assert len(sent) == 1


def test_a_broker_that_is_down_does_not_undo_a_signature(
    world: World, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    from kombu.exceptions import OperationalError

    def down(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("no broker")

    monkeypatch.setattr("lifecycle.agreement.tasks.make_paper.apply_async", down)
    agreement = frozen(world)
    sign(world.ngo, agreement)
    text = queries.standing_text(agreement)
    assert text is not None
    form = {"name": "A B", "job_title": "D", "mandate": "M", "again": "A B", "sha256": text.sha256}
    with django_capture_on_commit_callbacks(execute=True):
        response = client_of(world, "company").post(at(world, "sign", agreement), form)
    assert response.status_code == 302
    agreement.refresh_from_db()
    assert agreement.state == "signed"


def test_taking_back_says_what_becomes_void(world: World) -> None:
    agreement = frozen(world)
    sign(world.ngo, agreement)
    client = client_of(world, "company")
    assert "The signature of Lead of Sahel Futures" in client.get(at(world, "take_back", agreement)).content.decode()
    client.post(at(world, "take_back", agreement), {"reason": "Clause 10 again"})
    page = client_of(world, "ngo").get(at(world, "text", agreement)).content.decode()
    assert "Clause 10 again" in page
    assert "signatures given before are void" in page


def test_what_is_signed_can_be_downloaded_and_checked(world: World) -> None:
    import hashlib

    agreement = signed(world)
    text = queries.standing_text(agreement)
    assert text is not None
    response = client_of(world, "company").get(at(world, "snapshot", agreement, text.number))
    assert hashlib.sha256(response.content).hexdigest() == text.sha256
    assert "attachment" in response["Content-Disposition"]
    assert client_of(world, "community").get(at(world, "snapshot", agreement, text.number)).status_code == 403


def test_the_pdf_stands_on_the_page_and_a_failed_one_can_be_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreement = signed(world)
    client = client_of(world, "company")
    monkeypatch.setattr(papers, "render", lambda frozen: 1 / 0)
    for _number in range(papers.MAX_ATTEMPTS):
        papers.sweep()
    assert "could not be made" in client.get(at(world, "text", agreement)).content.decode()
    client.post(at(world, "retry_paper", agreement))
    monkeypatch.setattr(papers, "render", lambda frozen: b"%PDF-1.7 pages")
    monkeypatch.setattr(papers.sealing, "seal", lambda pdf: pdf)
    papers.sweep()
    piece = client.get(at(world, "paper", agreement), headers={"HX-Request": "true"}).content.decode()
    assert "Open the PDF" in piece
    assert "hx-get" not in piece


def test_terms_are_proposed_and_agreed(world: World) -> None:
    client = client_of(world, "ngo")
    form = {
        "starts_on": "2027-01-01",
        "ends_on": "2026-01-01",
        "total_budget": "7500000",
        "currency": "usd",
        "review_percent": "2.4",
        "first_review_on": "2027-05-15",
        "review_every_months": "12",
        "review_boundary": "The partnership",
        "seen": "0",
        f"decides_{world.party('ngo').public_id}": "The villages",
    }
    wrong = client.post(at(world, "propose_terms"), form)
    assert "The end comes after the start." in wrong.content.decode()
    assert client.post(at(world, "propose_terms"), {**form, "ends_on": "2032-12-31"}).status_code == 302
    made = Terms.objects.of(world.partnership).get()
    assert (made.currency, made.decisions.get().text) == ("USD", "The villages")
    other = client_of(world, "company")
    page = other.get(at(world, "terms")).content.decode()
    assert "Agree to these terms" in page
    other.post(at(world, "agree_terms"), {"terms": made.public_id})
    assert "Terms agreed by all" in other.get(at(world, "terms")).content.decode()
    assert client_of(world, "community").get(at(world, "terms")).status_code == 403


def test_terms_proposed_in_between_are_shown_beside_the_typed_ones(world: World) -> None:
    propose(world, governance="Two leads, weekly")
    form = {"currency": "USD", "review_every_months": "12", "governance": "A board of five", "seen": "0"}
    response = client_of(world, "company").post(at(world, "propose_terms"), form)
    body = response.content.decode()
    assert response.status_code == 409
    assert "Two leads, weekly" in body
    assert "A board of five" in body
    assert Terms.objects.of(world.partnership).count() == 1


def test_the_amendment_and_the_new_partner_in_the_browser(world: World) -> None:
    old = signed(world)
    client = client_of(world, "ngo")
    response = client.post(at(world, "amend", old), {"reason": "More villages"})
    new = Agreement.objects.of(world.partnership).get(supersedes=old)
    assert response["Location"] == at(world, "text", new)
    assert "More villages" in client.get(response["Location"]).content.decode()
    world.bring("third")
    assert "Start it again with everybody" in client.get(at(world, "text", new)).content.decode()
    response = client.post(at(world, "restart", new))
    assert client_of(world, "third").get(response["Location"]).status_code == 200


# How many queries -----------------------------------------------------------------------------------------------------
def count(client: Client, address: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert client.get(address).status_code == 200
    return len(found)


def test_a_text_costs_the_same_with_more_clauses_and_answers(world: World) -> None:
    agreement = draft(world, kind="nda", length="full")
    client = client_of(world, "company")
    few = count(client, at(world, "text", agreement))
    agree_all(world, agreement, "ngo")
    for title in ("One", "Two", "Three"):
        actions.add_clause(agreement, by=world.ngo, title=title, text="Text.")
    assert count(client, at(world, "text", agreement)) <= few + 1


def test_a_clause_costs_the_same_with_three_comments(world: World) -> None:
    found = clause(draft(world), "10")
    client = client_of(world, "company")
    actions.comment(found, by=world.ngo, text="One", circle_kind="partners")
    one = count(client, at(world, "clause", found))
    for text in ("Two", "Three"):
        actions.comment(found, by=world.broker, text=text, circle_kind="partners")
    assert count(client, at(world, "clause", found)) == one


def test_the_overview_costs_the_same_with_three_partners(db: None) -> None:
    counts = []
    for partners in (2, 3):
        world = make_partnership(partners=partners)
        draft(world)
        if partners == 2:
            terms_agreed(world)
        else:
            propose(world)
        counts.append(count(client_of(world, "ngo"), at(world, "overview")))
    assert counts[0] == counts[1]


def test_frozen_text_and_its_void_predecessor_cost_no_more(world: World) -> None:
    agreement = frozen(world)
    client = client_of(world, "company")
    first = count(client, at(world, "text", agreement))
    signing.take_back(agreement, by=world.company, reason="x")
    signing.open_signing(agreement, by=world.company, blanks_known=True)
    assert count(client, at(world, "text", agreement)) == first
