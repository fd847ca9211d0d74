from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lifecycle.diligence import actions, queries
from lifecycle.diligence.models import Citation, DiligenceAnswer, DiligenceDecision, Risk, SharedLine, Visit
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
#: Of a text that is saved again, whoever asks: four find the place, six of them are in the transaction.
AUTOSAVE_QUERIES = 12
CHECKLIST_QUERIES = 18


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
    html = client_of(world, "ngo").get(url(world, "checklist", about(world, "company"))).content.decode()
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


PARTNER_PAGES = ("checklist", "question", "facts", "refresh", "support", "measure", "release", "withdraw")
PARTNER_PAGES += ("new_risk", "new_visit", "depth")


@pytest.mark.parametrize("name", PARTNER_PAGES)
def test_only_partners_do_the_work(world: World, name: str) -> None:
    args = {
        "checklist": [about(world, "ngo")], "question": [about(world, "ngo"), "2.1"],
        "support": [about(world, "ngo"), "2.1"], "measure": [about(world, "ngo"), "2.1"],
        "release": [about(world, "ngo")], "withdraw": [about(world, "ngo")],
    }.get(name, [])  # fmt: skip
    answer(world.ngo, world.party("ngo"), "2.1")
    expected = {"ngo": 200, "company": 200, "broker": 403, "community": 403, "authority": 403, "outsider": 404}
    for who, status in expected.items():
        assert client_of(world, who).get(url(world, name, *args)).status_code == status, who


def test_a_team_member_answers_but_does_not_release_or_decide(world: World) -> None:
    colleague = world.colleague("ngo")
    client = sign_in(Client(), colleague)
    assert client.get(url(world, "question", about(world, "ngo"), "2.1")).status_code == 200
    assert client.get(url(world, "release", about(world, "ngo"))).status_code == 403
    assert client.post(url(world, "decision"), {"outcome": "not_now", "reason": "x"}).status_code == 403
    assert sign_in(Client(), world.administrator("ngo")).get(url(world, "overview")).status_code == 403


def data(**values: object) -> dict[str, object]:
    return {"version": "0", "round": "0", **values}


def test_answering_question_by_question(world: World) -> None:
    client, me = client_of(world, "ngo"), about(world, "ngo")
    address = url(world, "question", me, "2.1")
    response = client.post(address, data(value="none", text="Registered in 1998"))
    assert response["Location"] == url(world, "question", me, "2.2")
    assert "Registered in 1998" in client.get(address).content.decode()
    response = client.post(url(world, "question", me, "2.2"), data(value="unknown", later="1"))
    assert response["Location"] == url(world, "checklist", me) + "#q-2-2"
    html = client.get(url(world, "checklist", me)).content.decode()
    assert "Registered in 1998" in html
    assert "2 of" in html


def test_after_the_last_open_question_comes_the_list(world: World) -> None:
    ngo, me = world.ngo, about(world, "ngo")
    rows = [r.question.code for r in queries.checklist(ngo.own_party, ngo.own_party, ngo.partners).rows]
    for code in rows:
        if code != "3.1":
            answer(ngo, ngo.own_party, code)
    response = client_of(world, "ngo").post(url(world, "question", me, "3.1"), data(value="none"))
    assert response["Location"] == url(world, "checklist", me) + "#q-3-1"


def test_autosave_speaks_in_codes(world: World) -> None:
    client, address = client_of(world, "ngo"), url(world, "question", about(world, "ngo"), "2.1")
    quiet = {"headers": {"X-Autosave": "1"}}
    first = client.post(address, data(value="some", text="a"), **quiet)
    assert (first.status_code, first["X-Version"]) == (204, "1")
    assert client.post(address, data(value="none"), **quiet).status_code == 409
    assert client.post(address, {"version": "1", "value": "na"}, **quiet).status_code == 422
    assert DiligenceAnswer.objects.of(world.partnership).get().level == "some"
    gone = client.post(url(world, "question", about(world, "ngo"), "1.3"), data(value="none"), **quiet)
    assert gone.status_code == 410


def test_an_autosave_asks_few_questions(world: World) -> None:
    client, address = client_of(world, "ngo"), url(world, "question", about(world, "ngo"), "2.1")
    quiet = {"headers": {"X-Autosave": "1"}}
    for turn in range(3):
        client.post(address, {"version": str(turn), "value": "some", "text": f"Turn {turn}"}, **quiet)
    with CaptureQueriesContext(connection) as captured:
        assert client.post(address, {"version": "3", "value": "some", "text": "One more"}, **quiet).status_code == 204
    assert len(captured) <= AUTOSAVE_QUERIES, [q["sql"] for q in captured]


def test_the_newer_text_stands_beside_the_typed_one(world: World) -> None:
    address = url(world, "question", about(world, "ngo"), "2.1")
    client_of(world, "ngo").post(address, data(value="some", text="Theirs, newer."))
    client = client_of(world, "ngo")
    html = client.post(address, data(value="serious", text="Mine, typed.")).content.decode()
    assert "Theirs, newer." in html
    assert "Mine, typed." in html
    assert 'name="version" value="1"' in html
    client.post(address, data(version="1", value="serious", text="Mine, typed."))
    assert DiligenceAnswer.objects.of(world.partnership).get().text == "Mine, typed."


def test_what_does_not_apply_asks_why_and_keeps_the_rest(world: World) -> None:
    address = url(world, "question", about(world, "ngo"), "2.1")
    html = client_of(world, "ngo").post(address, data(value="na")).content.decode()
    assert "Say why it does not apply" in html
    assert re.search(r'value="na"[^>]*checked', html)


def test_details_of_safeguarding_cases_have_no_field(world: World) -> None:
    html = client_of(world, "ngo").get(url(world, "question", about(world, "ngo"), "8.1")).content.decode()
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
    html = client.get(url(world, "question", me, "2.1")).content.decode()
    for title in ("Extract", "Mandate", "Call"):
        assert title in html
    assert {d.circle.kind for d in Document.objects.of(world.partnership)} == {"own"}
    # Once there, cited often.
    extract = Document.objects.of(world.partnership).get(title="Extract")
    client.post(url(world, "support", me, "2.2"), {"documents": [extract.public_id]})
    assert extract.citations.count() == 2
    # What a colleague cited since the page was shown stays.
    mandate = Document.objects.of(world.partnership).get(title="Mandate")
    unticked = {"documents": [], "shown": extract.public_id}
    actions.cite(about=world.party("ngo"), code="2.2", documents=[extract, mandate], by=world.ngo)
    client.post(url(world, "support", me, "2.2"), unticked)
    assert [c.document for c in Citation.objects.filter(answer__code="2.2")] == [mandate]
    client.post(url(world, "support", me, "2.2"), {"documents": [extract.public_id], "shown": ""})
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
        # Pressed again, or by a colleague who has not read it: nobody decides over it unseen.
        again = client.post(url(world, "decision"), {"outcome": "not_now", "reason": "Typed", "seen": ""})
        assert "has decided in the meantime" in again.content.decode()
        assert "Typed" in again.content.decode()
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
    asks = client.get(url(world, "close_risk", found.public_id)).content.decode()
    assert "counts for no decision" in asks
    client.post(url(world, "close_risk", found.public_id), {"why": "The road is closed"})
    html = client.get(url(world, "risks")).content.decode()
    assert html.index("1 is closed") < html.index("Fewer trucks")

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
    choice = queries.open_depth_choice(world.partnership)
    assert choice is not None
    client_of(world, "company").post(url(world, "agree_depth"), {"choice": choice.public_id})
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
            ("overview",), ("risks",), ("visits",), ("page", "goals"), ("checklist", me), ("question", me, "2.1"),
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
    # docs/bench.md states it; the session's two and the bar's one are among them.
    assert one["checklist"] <= CHECKLIST_QUERIES, one


def test_a_partner_that_ends_alone_is_asked_no_more(db: None) -> None:
    from lifecycle.road.actions import end_alone

    world = make_partnership(partners=3, stage=Stage.DILIGENCE)
    end_alone(reason="No people left.", by=world.third)
    world.partnership = Partnership.objects.get(pk=world.partnership.pk)
    assert client_of(world, "ngo").get(url(world, "overview")).status_code == 200
    gone = next(p for p in world.ngo.parties if p.left_on)
    assert client_of(world, "ngo").get(url(world, "checklist", gone.public_id)).status_code == 404


# One form at a time ---------------------------------------------------------------------------------------------------
def lines_in(html: str) -> dict[str, str]:
    """What came back, by the question's line: the attributes of its element, and all that is in it."""
    found = re.findall(r'<li class="cg-question" id="(q-[^"]+)"(.*?)</li>', html, re.DOTALL)
    return dict(found)


def answering(html: str, address: str) -> int:
    """How many forms there are that answer this question."""
    return len(re.findall(rf'<form [^>]*action="{re.escape(address)}"', html))


def test_in_the_list_one_form_is_open_and_the_other_line_closes(world: World) -> None:
    answer(world.ngo, world.party("ngo"), "2.2", Level.SOME, MARK)
    client, me = client_of(world, "ngo"), about(world, "ngo")
    address, other = url(world, "question", me, "2.1"), url(world, "question", me, "2.2")
    htmx = {"headers": {"HX-Request": "true"}}
    html = client.get(address, {"open": "2.2"}, **htmx).content.decode()
    assert "<html" not in html
    assert html.count("<form") == answering(html, address) == 1
    lines = lines_in(html)
    assert list(lines) == ["q-2-1", "q-2-2"]
    # The one that was open is a plain line again, with what is saved, in its own place.
    assert 'hx-swap-oob="true"' in lines["q-2-2"].partition(">")[0]
    assert "<form" not in lines["q-2-2"]
    assert MARK in lines["q-2-2"]
    assert f'hx-get="{other}"' in lines["q-2-2"]
    assert "hx-swap-oob" not in lines["q-2-1"].partition(">")[0]
    # The page says by this which line is open; sent from its own line, none closes.
    assert re.search(r'<input[^>]*name="open"[^>]*value="2\.1"', html)
    assert list(lines_in(client.get(address, {"open": "2.1"}, **htmx).content.decode())) == ["q-2-1"]
    assert list(lines_in(client.get(address, {"open": "no.such"}, **htmx).content.decode())) == ["q-2-1"]


def test_a_form_closes_into_the_plain_line(world: World) -> None:
    answer(world.ngo, world.party("ngo"), "2.1", Level.SOME, MARK)
    address = url(world, "question", about(world, "ngo"), "2.1")
    htmx = {"headers": {"HX-Request": "true"}}
    html = client_of(world, "ngo").get(address, {"close": "1", "open": "2.1"}, **htmx).content.decode()
    assert list(lines_in(html)) == ["q-2-1"]
    assert "<form" not in html
    assert 'name="open"' not in html
    assert MARK in html
    assert f'hx-get="{address}"' in html


def test_each_question_has_a_page_of_its_own(world: World) -> None:
    client, me = client_of(world, "ngo"), about(world, "ngo")
    pages = {code: url(world, "question", me, code) for code in ("2.1", "2.2")}
    assert len(set(pages.values())) == 2
    for code, address in pages.items():
        for query in ({}, {"open": "3.1"}, {"close": "1"}):
            html = client.get(address, query).content.decode()
            assert "<html" in html
            assert "<h1" in html
            assert len(re.findall(r'<form [^>]*data-autosave="([^"]+)"', html)) == 1
            assert f'data-autosave="{address}"' in html
            assert "hx-swap-oob" not in html, code
    # A link that htmx follows for the whole page gets the whole page.
    boosted = client.get(pages["2.1"], headers={"HX-Request": "true", "HX-Boosted": "true"}).content.decode()
    assert "<html" in boosted


# By theme and side ----------------------------------------------------------------------------------------------------
def by_theme(world: World, who: str) -> dict[str, dict[str, str]]:
    """The figures of the overview as its table has them: by theme, by side."""
    html = client_of(world, who).get(url(world, "overview")).content.decode()
    table = html.partition("By theme and side")[2].partition("</table>")[0]
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', table, re.DOTALL)
    return {
        theme: dict(re.findall(r'data-label="([^"]*)">([^<]*)</td>', cells, re.DOTALL)) for theme, cells in rows
    }  # fmt: skip


def test_the_figures_by_theme_and_side(world: World) -> None:
    ngo, company = world.ngo, world.company
    found = queries.checklist(ngo.own_party, ngo.own_party, ngo.partners)
    owed = {str(t.group.title): t.total for t in found.themes}
    theme = next(str(t.group.title) for t in found.themes if t.code == found.row("2.1").question.theme)  # type: ignore[union-attr]
    other = next(str(t.group.title) for t in found.themes if t.code == found.row("3.1").question.theme)  # type: ignore[union-attr]
    assert theme != other
    self_side, their_side = "About yourselves", f"{company.own_party.name} about itself"
    before = by_theme(world, "ngo")
    # A theme that is asked about the others only has no figure of one's own.
    assert {t: row[self_side] for t, row in before.items()} == {
        t: f"0/{owed[t]}" if owed.get(t) else "–" for t in before
    }  # fmt: skip
    assert {row[their_side] for row in before.values()} <= {"0", "–"}

    answer(ngo, ngo.own_party, "2.1", Level.NONE)
    answer(ngo, ngo.own_party, "2.2", Level.UNKNOWN)
    answer(company, company.own_party, "2.1", Level.SOME)
    answer(company, company.own_party, "3.1", Level.SOME)
    bundle = release_self(company)
    now = by_theme(world, "ngo")
    assert now[theme][self_side] == f"2/{owed[theme]}"
    assert now[other][self_side] == f"0/{owed[other]}"
    # Released, and not opened yet: nothing of it counts.
    assert [now[t][their_side] for t in (theme, other)] == ["0", "0"]
    open_release(bundle, by=ngo)
    opened = by_theme(world, "ngo")
    assert [opened[t][their_side] for t in (theme, other)] == ["1", "1"]
    assert opened[theme][self_side] == f"2/{owed[theme]}"
    changed = {t for t in opened if opened[t] != before[t]}
    assert changed == {theme, other}
    # The other side counts its own, and reads nothing of what was not released.
    mine = by_theme(world, "company")
    assert mine[theme][self_side] == f"1/{owed[theme]}"
    assert mine[theme][f"{ngo.own_party.name} about itself"] == "0"
