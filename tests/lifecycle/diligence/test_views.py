from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lifecycle.diligence import actions, queries
from lifecycle.diligence.models import DiligenceAnswer, DiligenceDecision, Risk, SharedLine, Visit
from lifecycle.diligence.states import Level, LineKind, Outcome, VisitKind
from partnerships import clock
from partnerships.access.actions import circle_here, open_release
from partnerships.access.states import CircleKind
from partnerships.documents.models import Document
from partnerships.record.models import Partnership
from partnerships.record.states import Stage
from tests.factories import World, make_partnership, sign_in

from .conftest import answer, know_everything, release_self, soon
from .test_actions import RISK, hold_visit

MARK = "Zanzibarquartz"


def url(world: World, name: str, *args: str) -> str:
    return reverse(f"diligence:{name}", args=[world.pid, *args])


def client_of(world: World, who: str) -> Client:
    return sign_in(Client(), world.outsider if who == "outsider" else world.place(who))


def about(world: World, who: str) -> str:
    return world.party(who).public_id


def everywhere(world: World, who: str) -> str:
    """All that a person finds in due diligence, in documents and in the record's own lists."""
    client, found = client_of(world, who), ""
    for address in (
        url(world, "overview"), url(world, "risks"), url(world, "visits"), url(world, "decision"),
        url(world, "page", "goals"), url(world, "page", "steps"),
        reverse("documents:list", args=[world.pid]), reverse("record:releases", args=[world.pid]),
        reverse("record:overview", args=[world.pid]), reverse("work:home"),
    ):  # fmt: skip
        response = client.get(address)
        assert response.status_code == (200 if who != "outsider" or "/p/" not in address else 404), (who, address)
        found += response.content.decode() if response.status_code == 200 else ""
    for party in ("ngo", "company"):
        for subject in ("ngo", "company"):
            response = client.get(url(world, "read", about(world, party), about(world, subject)))
            found += response.content.decode() if response.status_code == 200 else ""
    return found


ALL = ("ngo", "company", "broker", "community", "authority", "outsider")


def who_sees(world: World, *texts: str) -> list[set[str]]:
    """For each text, who finds it anywhere."""
    found = {who: everywhere(world, who) for who in ALL}
    return [{who for who in ALL if text in found[who]} for text in texts]


def test_what_a_side_writes_is_its_own_until_released_and_opened(world: World) -> None:
    ngo, company = world.ngo, world.company
    answer(ngo, company.own_party, "5.1", Level.SOME, f"Answer {MARK}1")
    answer(ngo, ngo.own_party, "2.1", Level.SOME, f"Answer {MARK}2")
    actions.weigh_risk(values={**RISK, "text": f"Risk {MARK}3"}, circle=None, by=ngo)
    assert ngo.seat
    actions.set_measure(
        about=company.own_party, code="5.1", text=f"Measure {MARK}4", owner=ngo.seat, due_on=soon(), board_on=None,
        by=ngo,
    )  # fmt: skip
    actions.decide(outcome=Outcome.NOT_NOW, reason=f"Why {MARK}5", by=ngo)
    seen = who_sees(world, *(f"{MARK}{number}" for number in range(1, 6)))
    assert set.union(*seen) == {"ngo"}
    html = client_of(world, "ngo").get(url(world, "theme", about(world, "company"), "rights")).content.decode()
    assert f"{MARK}1" in html
    bundle = release_self(ngo, CircleKind.PARTNERS)
    assert who_sees(world, f"{MARK}2") == [{"ngo"}]
    assert "Answers of due diligence" in everywhere(world, "company")
    assert "Answers of due diligence" not in everywhere(world, "community")
    open_release(bundle, by=world.company)
    released, kept = who_sees(world, f"{MARK}2", f"{MARK}1")
    assert released == {"ngo", "company"}
    assert kept <= {"ngo"}


def test_a_third_partner_reads_only_what_was_released_to_it(db: None) -> None:
    world = make_partnership(partners=3, stage=Stage.DILIGENCE)
    ngo = world.ngo
    answer(ngo, ngo.own_party, "2.1", Level.SOME, MARK)
    company = world.party("company")
    from partnerships.access.actions import circle_for

    chosen = circle_for(world.partnership, CircleKind.CHOSEN, parties=[ngo.own_party, company])
    bundle = actions.release_checklist(about=ngo.own_party, to=chosen, with_documents=False, by=ngo)
    open_release(bundle, by=world.company)
    address = url(world, "read", about(world, "ngo"), about(world, "ngo"))
    assert MARK in client_of(world, "company").get(address).content.decode()
    assert client_of(world, "third").get(address).status_code == 404


def test_what_partners_share_is_theirs_and_the_brokers(world: World) -> None:
    actions.add_line(kind=LineKind.GOAL, text=f"Goal {MARK}", by=world.ngo)
    by = world.ngo
    actions.plan_visit(
        kind=VisitKind.VISIT, host=world.party("company"), on=clock.today(), where=f"Site {MARK}",
        circle=circle_here(by, CircleKind.ALL), by=by,
    )  # fmt: skip
    goal, site = who_sees(world, f"Goal {MARK}", f"Site {MARK}")
    assert goal == {"ngo", "company", "broker"}
    assert site == {"ngo", "company", "broker", "community", "authority"}


PARTNER_PAGES = ("checklist", "theme", "support", "measure", "release", "withdraw", "new_risk", "new_visit", "depth")


@pytest.mark.parametrize("name", PARTNER_PAGES)
def test_only_partners_do_the_work(world: World, name: str) -> None:
    args = {
        "checklist": [about(world, "ngo")], "theme": [about(world, "ngo"), "identity"],
        "support": [about(world, "ngo"), "2.1"], "measure": [about(world, "ngo"), "2.1"],
        "release": [about(world, "ngo")], "withdraw": [about(world, "ngo")],
    }.get(name, [])  # fmt: skip
    expected = {"ngo": 200, "company": 200, "broker": 403, "community": 403, "authority": 403, "outsider": 404}
    for who, status in expected.items():
        assert client_of(world, who).get(url(world, name, *args)).status_code == status, who


def test_a_team_member_answers_but_does_not_release_or_decide(world: World) -> None:
    colleague = world.colleague("ngo")
    client = sign_in(Client(), colleague)
    assert client.get(url(world, "theme", about(world, "ngo"), "identity")).status_code == 200
    assert client.get(url(world, "release", about(world, "ngo"))).status_code == 403
    assert client.post(url(world, "decision"), {"outcome": "not_now", "reason": "x"}).status_code == 403
    assert sign_in(Client(), world.administrator("ngo")).get(url(world, "overview")).status_code == 403


def theme_data(**values: str) -> dict[str, str]:
    return {"version": "0", **values}


def test_answering_theme_by_theme(world: World) -> None:
    client, me = client_of(world, "ngo"), about(world, "ngo")
    address = url(world, "theme", me, "identity")
    data = theme_data(level_2_1="none", text_2_1="Registered in 1998", level_2_2="unknown")
    response = client.post(address, data)
    assert response["Location"] == url(world, "theme", me, "integrity")
    assert "Registered in 1998" in client.get(address).content.decode()
    data = theme_data(level_8_1="none")
    last = [t.code for t in queries.checklist(world.party("ngo"), world.party("ngo"), world.ngo.partners).themes][-1]
    assert client.post(url(world, "theme", me, last), theme_data(level_9_3="none"))["Location"] == url(
        world, "checklist", me
    )


def test_autosave_speaks_in_codes(world: World) -> None:
    client, address = client_of(world, "ngo"), url(world, "theme", about(world, "ngo"), "identity")
    quiet = {"headers": {"X-Autosave": "1"}}
    first = client.post(address, theme_data(level_2_1="some", text_2_1="a"), **quiet)
    assert (first.status_code, first["X-Version"]) == (204, "1")
    assert client.post(address, theme_data(level_2_1="none"), **quiet).status_code == 409
    assert client.post(address, {"version": "1", "level_2_1": "na"}, **quiet).status_code == 422
    assert DiligenceAnswer.objects.of(world.partnership).get().level == "some"


def test_the_newer_text_stands_beside_the_typed_one(world: World) -> None:
    address = url(world, "theme", about(world, "ngo"), "identity")
    client_of(world, "ngo").post(address, theme_data(level_2_1="some", text_2_1="Theirs, newer."))
    client = client_of(world, "ngo")
    html = client.post(address, theme_data(level_2_1="serious", text_2_1="Mine, typed.")).content.decode()
    assert "Theirs, newer." in html
    assert "Mine, typed." in html
    assert 'name="version" value="1"' in html
    client.post(address, {"version": "1", "level_2_1": "serious", "text_2_1": "Mine, typed."})
    assert DiligenceAnswer.objects.of(world.partnership).get().text == "Mine, typed."


def test_what_does_not_apply_asks_why_and_keeps_the_rest(world: World) -> None:
    address = url(world, "theme", about(world, "ngo"), "identity")
    html = client_of(world, "ngo").post(address, theme_data(level_2_1="na", level_2_2="some", text_2_2="Kept"))
    assert "Say why it does not apply" in html.content.decode()
    assert "Kept" in html.content.decode()


def test_details_of_safeguarding_cases_have_no_field(world: World) -> None:
    html = client_of(world, "ngo").get(url(world, "theme", about(world, "ngo"), "safeguarding")).content.decode()
    assert "<textarea" not in html
    assert 'maxlength="200"' in html


def test_supporting_an_answer_in_three_ways(world: World) -> None:
    client, me = client_of(world, "ngo"), about(world, "ngo")
    file = SimpleUploadedFile("register.txt", b"Registered under number 12", "text/plain")
    client.post(url(world, "support_new", me, "2.1", "file"), {"file": file, "title": "Extract", "kind": ""})
    seen = {"title": "Mandate", "kind": "mandate", "seen_by": "A lead", "seen_on": clock.today(), "held_at": "Safe"}
    client.post(url(world, "support_new", me, "2.1", "seen"), seen)
    talk = {"title": "Call", "kind": "", "talked_with": "Registrar", "talked_on": clock.today()}
    client.post(url(world, "support_new", me, "2.1", "talk"), talk)
    html = client.get(url(world, "theme", me, "identity")).content.decode()
    for title in ("Extract", "Mandate", "Call"):
        assert title in html
    assert {d.circle.kind for d in Document.objects.of(world.partnership)} == {"own"}
    # Once there, cited often.
    extract = Document.objects.of(world.partnership).get(title="Extract")
    client.post(url(world, "support", me, "2.2"), {"documents": [extract.public_id]})
    assert extract.citations.count() == 2
    # What lies on the other side cannot be cited, nor found.
    assert (
        "Extract"
        not in client_of(world, "company").get(url(world, "support", about(world, "company"), "2.1")).content.decode()
    )
    client_of(world, "company").post(
        url(world, "support", about(world, "company"), "2.1"), {"documents": [extract.public_id]}
    )
    assert extract.citations.count() == 2


def test_a_lying_file_is_refused_here_too(world: World) -> None:
    file = SimpleUploadedFile("register.pdf", b"no pdf", "application/pdf")
    address = url(world, "support_new", about(world, "ngo"), "2.1", "file")
    html = client_of(world, "ngo").post(address, {"file": file, "title": "Extract", "kind": ""}).content.decode()
    assert "content says “Text file”" in html
    assert not Document.objects.of(world.partnership).exists()


def test_the_whole_way_to_two_decisions(world: World) -> None:
    know_everything(world)
    for name in ("ngo", "company"):
        client = client_of(world, name)
        html = client.get(url(world, "decision")).content.decode()
        assert "By the rule: go" in html
        assert client.post(url(world, "decision"), {"outcome": "go", "reason": MARK}).status_code == 302
    assert DiligenceDecision.objects.of(world.partnership).count() == 2
    assert who_sees(world, "valid until") == [{"ngo", "company", "broker"}]
    assert MARK not in everywhere(world, "broker")


def test_a_forbidden_outcome_is_no_choice(world: World) -> None:
    html = client_of(world, "ngo").post(url(world, "decision"), {"outcome": "go"}).content.decode()
    assert not DiligenceDecision.objects.of(world.partnership).exists()
    assert "Undecided" in html


def test_risks_visits_and_pages_in_the_browser(world: World) -> None:
    client = client_of(world, "ngo")
    risk = {**{k: v for k, v in RISK.items() if v is not None}, "circle": "own"}
    assert client.post(url(world, "new_risk"), risk).status_code == 302
    found = Risk.objects.of(world.partnership).get()
    assert client_of(world, "company").get(url(world, "change_risk", found.public_id)).status_code == 404
    changed = {**risk, "version": "1", "text": "Fewer trucks"}
    client.post(url(world, "change_risk", found.public_id), changed)
    stale = client.post(url(world, "change_risk", found.public_id), {**risk, "version": "1", "text": "Mine"})
    assert "Fewer trucks" in stale.content.decode()
    client.post(url(world, "close_risk", found.public_id))
    assert "Fewer trucks" not in client.get(url(world, "risks")).content.decode()

    plan = {"kind": "visit", "host": world.party("company").pk, "on": clock.today(), "where": "Tandi", "circle": "all"}
    response = client.post(url(world, "new_visit"), plan)
    visit = Visit.objects.of(world.partnership).get()
    assert response["Location"] == url(world, "visit", visit.public_id)
    seats = [world.ngo.seat.pk, world.company.seat.pk]  # type: ignore[union-attr]
    report = {"on": clock.today(), "people": seats, "met": "Women's group", "learned": "Much", "version": visit.version}
    assert client.post(url(world, "visit", visit.public_id), report).status_code == 302
    assert "Much" in client_of(world, "community").get(url(world, "visit", visit.public_id)).content.decode()
    assert client_of(world, "community").post(url(world, "visit", visit.public_id), report).status_code == 403

    client.post(url(world, "page", "goals"), {"kind": "goal", "text": "Clean water"})
    line = SharedLine.objects.of(world.partnership).get()
    relation = {"relation": "shared", "version": line.version}
    client_of(world, "company").post(url(world, "relate", "goals", line.public_id), relation)
    page = queries.shared_page(world.partnership, "goals", world.ngo.partners)
    assert page is not None
    assert "Agree to this page" in client.get(url(world, "page", "goals")).content.decode()
    client.post(url(world, "agree_page", "goals"), {"version": page.version})
    assert "Agree to this page" not in client.get(url(world, "page", "goals")).content.decode()
    assert client_of(world, "company").post(url(world, "remove_line", "goals", line.public_id)).status_code == 403


def test_depth_in_the_browser(world: World) -> None:
    client_of(world, "ngo").post(url(world, "depth"), {"depth": "full"})
    assert "proposes: Full" in client_of(world, "company").get(url(world, "depth")).content.decode()
    client_of(world, "company").post(url(world, "agree_depth"))
    assert queries.depth_of(world.partnership) == "full"


def test_query_counts_do_not_grow(world: World) -> None:
    def fill(number: int) -> None:
        ngo = world.ngo
        actions.weigh_risk(values={**RISK, "text": f"Risk {number}"}, circle=None, by=ngo)
        hold_visit(world, "company", "ngo")
        actions.add_line(kind=LineKind.GOAL, text=f"Goal {number}", by=world.company)
        answer(ngo, ngo.own_party, ("2.1", "2.2", "3.1")[number], Level.SOME)
        open_release(release_self(world.ngo), by=world.company)
        answer(world.company, world.party("company"), ("2.1", "2.2", "3.1")[number])
        open_release(release_self(world.company), by=world.ngo)

    def count() -> dict[str, int]:
        client, me = client_of(world, "ngo"), about(world, "ngo")
        found = {}
        for name, *args in (
            ("overview",), ("risks",), ("visits",), ("page", "goals"), ("checklist", me), ("theme", me, "identity"),
            ("decision",), ("read", about(world, "company"), about(world, "company")),
        ):  # fmt: skip
            client.get(url(world, name, *args))
            with CaptureQueriesContext(connection) as captured:
                client.get(url(world, name, *args))
            found[name] = len(captured)
        return found

    fill(0)
    one = count()
    fill(1)
    fill(2)
    assert count() == one
    assert max(one.values()) <= 26, one


def test_a_partner_that_ends_alone_is_asked_no_more(db: None) -> None:
    from lifecycle.road.actions import end_alone

    world = make_partnership(partners=3, stage=Stage.DILIGENCE)
    end_alone(reason="No people left.", by=world.third)
    world.partnership = Partnership.objects.get(pk=world.partnership.pk)
    assert client_of(world, "ngo").get(url(world, "overview")).status_code == 200
    gone = next(p for p in world.ngo.parties if p.left_on)
    assert client_of(world, "ngo").get(url(world, "checklist", gone.public_id)).status_code == 404
