"""Summaries on paper: each version holds what its readers may read, says so on every page, and is made once."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from openpyxl import load_workbook
from pypdf import PdfReader

from lifecycle.diligence import actions, papers, queries
from lifecycle.diligence.actions import Said
from lifecycle.diligence.models import SummaryPaper
from lifecycle.diligence.queries.summary import Summary, summary_of
from lifecycle.diligence.states import Audience, Level, Outcome, PaperState, RoundReason, VisitKind
from partnerships import clock
from partnerships.access.actions import circle_here, open_release
from partnerships.access.places import Place
from partnerships.documents import actions as documents
from partnerships.history.models import Act
from partnerships.people import actions as people
from partnerships.record import actions as record
from partnerships.record.states import Stage
from tests.factories import World, make_partnership, sign_in

from .books import url
from .conftest import answer, release_self, soon
from .test_actions import RISK, hold_visit

MARK = "Zanzibarquartz"


@pytest.fixture
def three(db: None) -> World:
    """Three partners, a broker and a community body, in due diligence."""
    return make_partnership(partners=3, broker=True, community=True, stage=Stage.DILIGENCE)


def everything(found: Summary) -> str:
    """All that a summary says."""
    return repr(found.__dict__)


def sheet_text(place: Place, audience: str) -> str:
    response = sign_in(Client(), place).get(url(place, "paper_sheet", audience))
    if response.status_code != 200:
        return ""
    book = load_workbook(io.BytesIO(b"".join(response.streaming_content)))  # type: ignore[attr-defined]
    return "\n".join(
        str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None
    )


def pdf_of(place: Place, audience: str) -> PdfReader:
    job = papers.ask(audience=audience, language="en", by=place)
    assert papers.make(job.pk)
    response = sign_in(Client(), place).get(url(place, "paper_file", job.public_id))
    assert response.status_code == 200
    return PdfReader(io.BytesIO(b"".join(response.streaming_content)))  # type: ignore[attr-defined]


def test_asking_about_a_paper_takes_none(world: World) -> None:
    job = papers.ask(audience=Audience.OWN, language="en", by=world.ngo)
    assert papers.make(job.pk)
    client = sign_in(Client(), world.ngo)
    for name, key in (("paper_file", job.public_id), ("paper_sheet", "own")):
        before = Act.objects.filter(kind="diligence.paper_taken").count()
        assert client.head(url(world.ngo, name, key)).status_code == 200
        assert Act.objects.filter(kind="diligence.paper_taken").count() == before
        client.get(url(world.ngo, name, key))
        assert Act.objects.filter(kind="diligence.paper_taken").count() == before + 1


def say_much(world: World) -> None:
    """Numbered words of the NGO in everything that can be private, and what was released to one or to all."""
    ngo, company, third = world.ngo, world.company, world.third
    answer(ngo, ngo.own_party, "2.1", Level.SOME, f"{MARK}1 released to all and opened by all")
    for other in ("company", "third"):
        open_release_here(release_self(ngo), world.place(other))
    answer(ngo, ngo.own_party, "2.2", Level.NONE, f"{MARK}2 never released")
    answer(ngo, company.own_party, "5.1", Level.SERIOUS, f"{MARK}3 about another, never released")
    actions.weigh_risk(values={**RISK, "text": f"{MARK}4 own risk"}, circle=None, by=ngo)
    actions.weigh_risk(values={**RISK, "text": f"{MARK}5 risk of all"}, circle=circle_here(ngo, "partners"), by=ngo)
    actions.weigh_risk(values={**RISK, "text": f"{MARK}6 of its author"}, circle=circle_here(ngo, "author"), by=ngo)
    assert ngo.seat
    actions.set_measure(
        about=company.own_party, code="5.1", text=f"{MARK}7 measure", owner=ngo.seat, due_on=soon(), board_on=None,
        by=ngo,
    )  # fmt: skip
    actions.decide(outcome=Outcome.NOT_NOW, reason=f"{MARK}8 why not", by=ngo)
    # The company's: to all, opened by the NGO alone.
    answer(company, company.own_party, "2.1", Level.NONE, f"{MARK}9 opened by one")
    open_release_here(release_self(company), world.ngo)
    answer(third, third.own_party, "2.1", Level.NONE, f"{MARK}10 of the third, never released")


def open_release_here(bundle: Any, place: Place) -> None:
    open_release(bundle, by=place)


def numbers(text: str) -> set[int]:
    return {n for n in range(1, 11) if f"{MARK}{n} " in text}


#: What each version holds, by who takes it.
HOLDS = {
    ("ngo", Audience.OWN): {1, 2, 3, 4, 5, 7, 8, 9},
    ("company", Audience.OWN): {1, 5, 9},
    ("third", Audience.OWN): {1, 5, 10},
    ("ngo", Audience.SHARED): {1, 5},
    ("company", Audience.SHARED): {1, 5},
    ("third", Audience.SHARED): {1, 5},
    # Released to the partners with their broker, who has opened nothing; the risk is in its circle.
    ("broker", Audience.SHARED): {5},
    ("broker", Audience.OWN): set(),
    ("community", Audience.SHARED): set(),
    ("community", Audience.OWN): set(),
}


def test_each_version_holds_what_its_readers_may_read(three: World) -> None:
    say_much(three)
    for (who, audience), held in HOLDS.items():
        assert numbers(sheet_text(three.place(who), audience)) == held, (who, audience)


def kind_of(item: Any) -> str:
    return str(item.get("/S", "")) if isinstance(item, dict) else ""


def test_the_pdf_holds_the_same_and_says_on_every_page_for_whom_it_is(three: World) -> None:
    say_much(three)
    for who, audience, line in (
        ("ngo", Audience.OWN, "Own-side version for the board: only Sahel Futures"),
        ("third", Audience.SHARED, "Shared version: what was released to Sahel Futures, Corvane Gold and Ministry of"),
    ):
        pdf = pdf_of(three.place(who), audience)
        texts = [" ".join(page.extract_text().split()) for page in pdf.pages]
        assert len(texts) > 4
        assert all(line in text for text in texts)
        assert numbers(" ".join(texts)) == HOLDS[who, audience]
        assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
        pictures = [tag for at in range(1, pdf.trailer["/Size"]) if kind_of(tag := pdf.get_object(at)) == "/Figure"]
        assert pictures
        assert all(picture.get("/Alt") for picture in pictures)


def test_no_other_side_gets_hold_of_a_paper(three: World) -> None:
    ngo = three.ngo
    own, shared = (papers.ask(audience=a, language="en", by=ngo) for a in (Audience.OWN, Audience.SHARED))
    papers.sweep()
    for job in (own, shared):
        for who in ("company", "third", "broker"):
            client = sign_in(Client(), three.place(who))
            for name in ("paper_file", "paper_job"):
                assert client.get(url(ngo, name, job.public_id)).status_code == 404
        assert sign_in(Client(), three.community).get(url(ngo, "paper_file", job.public_id)).status_code == 403
        assert sign_in(Client(), three.outsider).get(url(ngo, "paper_file", job.public_id)).status_code == 404
        assert sign_in(Client(), three.colleague("ngo")).get(url(ngo, "paper_file", job.public_id)).status_code == 200
    broker = sign_in(Client(), three.broker)
    for address in (url(ngo, "paper_sheet", "own"), url(ngo, "ask_paper", "own")):
        assert broker.get(address).status_code in {403, 405}
    assert broker.post(url(ngo, "ask_paper", "own")).status_code == 403
    assert broker.get(url(ngo, "paper_sheet", "everything")).status_code == 404


def test_what_is_withdrawn_is_in_no_new_paper_of_others(three: World) -> None:
    say_much(three)
    actions.withdraw_checklist(about=three.ngo.own_party, by=three.ngo)
    assert numbers(sheet_text(three.company, Audience.OWN)) == {5, 9}
    assert numbers(sheet_text(three.ngo, Audience.SHARED)) == {5}
    assert 1 in numbers(sheet_text(three.ngo, Audience.OWN))


def test_who_comes_later_narrows_what_all_may_read(world: World) -> None:
    ngo, company = world.ngo, world.company
    answer(ngo, ngo.own_party, "2.1", Level.SOME, f"{MARK}1 said before")
    open_release(release_self(ngo), by=company)
    assert numbers(sheet_text(world.ngo, Audience.SHARED)) == {1}
    world.bring("third")
    assert numbers(sheet_text(world.ngo, Audience.SHARED)) == set()


def test_a_partner_that_left_is_no_reader_any_more(three: World) -> None:
    ngo, company = three.ngo, three.company
    answer(ngo, ngo.own_party, "2.1", Level.SOME, f"{MARK}1 said to one")
    open_release(release_self(ngo), by=company)
    assert numbers(sheet_text(three.ngo, Audience.SHARED)) == set()
    record.leave(three.third.own_party, by=three.third)
    assert numbers(sheet_text(three.ngo, Audience.SHARED)) == {1}


def test_a_document_stands_where_both_it_and_the_answer_may_be_read(world: World) -> None:
    ngo, company = world.ngo, world.company
    answer(ngo, ngo.own_party, "2.1", Level.NONE, "Registered")
    kept = documents.note_seen(
        partnership=ngo.partnership, circle=circle_here(ngo, "own"), by=ngo, title=f"Register {MARK}", seen_by="Two",
        seen_on=clock.today(), held_at="The registry", kind="", valid_until=soon(),
    )  # fmt: skip
    actions.cite(about=ngo.own_party, code="2.1", documents=[kept], by=ngo)
    bundle = actions.release_checklist(
        about=ngo.own_party, to=circle_here(ngo, "partners"), with_documents=False, by=ngo
    )
    open_release(bundle, by=company)
    assert f"Register {MARK}" in sheet_text(world.ngo, Audience.OWN)
    for place, audience in ((world.ngo, Audience.SHARED), (world.company, Audience.OWN)):
        assert "Registered" in sheet_text(place, audience)
        assert MARK not in sheet_text(place, audience)
    found = summary_of(world.ngo, Audience.OWN)
    cited = [d for about in found.abouts for row in about.rows for v in row.voices for d in v.documents]
    assert [(d.held, d.valid_until, d.is_out_of_date) for d in cited] == [("Seen, not kept", soon(), False)]


def test_why_not_now_stays_on_the_own_side_and_others_read_not_pursued(world: World) -> None:
    actions.decide(outcome=Outcome.NOT_NOW, reason="Because", by=world.ngo)
    own = summary_of(world.ngo, Audience.OWN).decisions[0]
    assert (own.outcome, own.reason) == ("Not now", "Because")
    for place, audience in ((world.ngo, Audience.SHARED), (world.company, Audience.OWN)):
        shown = summary_of(place, audience).decisions[0]
        assert (shown.outcome, shown.reason) == ("Not pursued", "")
        assert "Because" not in everything(summary_of(place, audience))
    assert summary_of(world.ngo, Audience.SHARED).rule is None


def test_two_views_of_the_same_question_stand_beside_each_other(world: World) -> None:
    ngo, company = world.ngo, world.company
    answer(company, company.own_party, "2.1", Level.NONE, "All is well")
    answer(company, company.own_party, "2.2", Level.NONE, "Known")
    open_release(release_self(company), by=ngo)
    answer(ngo, company.own_party, "2.1", Level.SERIOUS, "We see it otherwise")
    answer(ngo, company.own_party, "2.2", Level.UNKNOWN)
    found = summary_of(world.ngo, Audience.OWN)
    assert [(row.code, [(v.party.name, v.label) for v in row.voices]) for row in found.differences] == [
        ("2.1", [("Corvane Gold", "No concern"), ("Sahel Futures", "Serious concern")])
    ]
    about = next(a for a in found.abouts if a.party.pk == company.own_party.pk)
    assert (about.serious, about.some) == (1, 0)
    assert "2.2" not in {row.code for row in about.unknown}
    assert "2.1" in {row.code for row in found.abouts[0].unknown}


def test_risks_measures_and_breadth_name_functions_and_no_persons(world: World) -> None:
    ngo, company = world.ngo, world.company
    assert ngo.seat
    actions.weigh_risk(
        values={**RISK, "measure": "Something", "owner": ngo.seat, "due_on": soon()},
        circle=circle_here(ngo, "partners"), by=ngo,
    )  # fmt: skip
    actions.set_measure(
        about=company.own_party, code="5.1", text="Brief them", owner=ngo.seat, due_on=soon(), board_on=None, by=ngo
    )
    hold_visit(world, "company", "ngo")
    found = summary_of(world.ngo, Audience.OWN)
    assert [(r.inherent, r.residual, r.owner) for r in found.risks] == [
        (RISK["likelihood"] * RISK["impact"], RISK["residual_likelihood"] * RISK["residual_impact"],
         "Community relations or programmes, Sahel Futures")
    ]  # fmt: skip
    assert [m.owner for m in found.measures] == ["Community relations or programmes, Sahel Futures"]
    assert found.functions[0][1] == ["Community relations or programmes"]
    assert "1 person of Sahel Futures" in found.visits[0].who
    names = {user.name for user in world.leads.values()}
    html = papers.html_of(found, language="en")
    assert not [name for name in names if name in html]


def test_a_visit_that_was_called_off_is_not_told_as_planned(world: World) -> None:
    visit = actions.plan_visit(
        kind=VisitKind.VISIT, host=world.party("company"), on=soon(), where="Head office",
        circle=circle_here(world.ngo, "partners"), by=world.ngo,
    )  # fmt: skip
    planned = papers.html_of(summary_of(world.ngo, Audience.OWN), language="en")
    assert "<td>Planned</td>" in planned
    assert "Called off" not in planned
    actions.call_off_visit(visit, by=world.ngo)
    html = papers.html_of(summary_of(world.ngo, Audience.OWN), language="en")
    assert "<td>Called off</td>" in html
    assert "<td>Planned</td>" not in html


def test_answers_of_an_earlier_round_are_marked_and_count_for_nothing(world: World) -> None:
    ngo = world.ngo
    answer(ngo, ngo.own_party, "2.1", Level.SERIOUS, "As it was")
    actions.start_refresh(reason=RoundReason.SITE, note="Pit two", by=ngo)
    found = summary_of(world.ngo, Audience.OWN)
    assert (found.round, found.round_note) == (2, "Pit two")
    assert found.abouts[0].serious == 0
    assert "2.1" in {row.code for row in found.abouts[0].unknown}
    assert "From the earlier round, not confirmed" in sheet_text(world.ngo, Audience.OWN)


def test_why_a_round_was_begun_is_told_to_those_who_know(db: None) -> None:
    world = make_partnership(stage=Stage.DILIGENCE)
    answer(world.ngo, world.party("ngo"), "2.1")
    actions.start_refresh(reason=RoundReason.ALLEGATION, note="", by=world.ngo)
    world.bring("broker")
    for place, known in ((world.ngo, True), (world.place("broker"), False)):
        found = summary_of(place, Audience.SHARED)
        html = papers.html_of(found, language="en")
        assert (found.round, "A serious allegation" in html) == (2, known)
        assert ("A serious allegation" in sheet_text(place, Audience.SHARED)) == known


def test_a_summary_asks_as_often_for_one_answer_as_for_many(three: World) -> None:
    say_much(three)
    hold_visit(three, "company", "ngo")
    client, counts = sign_in(Client(), three.ngo), []
    for step in range(2):
        for audience in (Audience.OWN, Audience.SHARED):
            client.get(url(three.ngo, "paper_sheet", audience))
            with CaptureQueriesContext(connection) as asked:
                client.get(url(three.ngo, "paper_sheet", audience))
            counts.append(len(asked))
        if not step:
            for place in (three.ngo, three.company):
                for row in queries.checklist(place.own_party, place.own_party, place.partners).rows:
                    answer(place, place.own_party, row.question.code, Level.SOME, "More")
                bundle = release_self(place)
                for other in ("ngo", "company", "third"):
                    open_release(bundle, by=three.place(other))
            for number in range(3):
                actions.weigh_risk(
                    values={**RISK, "text": f"Risk {number}"}, circle=circle_here(three.ngo, "partners"), by=three.ngo
                )
                hold_visit(three, "company", "ngo")
    assert counts[:2] == counts[2:]
    pages = []
    for _step in range(2):
        with CaptureQueriesContext(connection) as asked:
            client.get(url(three.ngo, "papers"))
        pages.append(len(asked))
        for audience in (Audience.OWN, Audience.SHARED):
            for language in ("en", "fr"):
                papers.ask(audience=audience, language=language, by=three.ngo)
    assert pages[0] == pages[1]


# Making ---------------------------------------------------------------------------------------------------------------
def test_asking_twice_makes_one_and_what_is_made_stands_on_the_page(world: World) -> None:
    ngo = world.ngo
    client = sign_in(Client(), ngo)
    for _time in range(2):
        assert client.post(url(ngo, "ask_paper", "own")).status_code == 302
    job = SummaryPaper.objects.unguarded("test").get()
    page = client.get(url(ngo, "papers")).content.decode()
    assert "The PDF waits its turn." in page
    assert "hx-get" in client.get(url(ngo, "paper_job", job.public_id), headers={"HX-Request": "true"}).content.decode()
    assert client.get(url(ngo, "paper_file", job.public_id)).status_code == 404
    assert papers.sweep() == 1
    assert papers.sweep() == 0
    assert "Download the PDF" in client.get(url(ngo, "papers")).content.decode()
    assert client.get(url(ngo, "paper_file", job.public_id)).status_code == 200
    taken = Act.objects.filter(kind="diligence.paper_taken").get()
    assert set(taken.circle.members.values_list("party", flat=True)) == {ngo.own_party.pk}
    # Things have moved on: a new one is made of how they stand now.
    client.post(url(ngo, "ask_paper", "own"))
    assert SummaryPaper.objects.unguarded("test").count() == 2


def test_what_went_wrong_is_said_and_can_be_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ngo = world.ngo
    client = sign_in(Client(), ngo)
    client.post(url(ngo, "ask_paper", "own"))

    def breaks(*_args: Any) -> bytes:
        raise papers.NoPaper("none here")

    monkeypatch.setattr(papers.looks, "to_pdf", breaks)
    papers.sweep()
    html = client.get(url(ngo, "papers")).content.decode()
    assert "The PDF could not be made" in html
    assert "The libraries that make PDFs are missing" in html
    assert "Try again" in html
    monkeypatch.undo()
    client.post(url(ngo, "ask_paper", "own"))
    assert papers.sweep() == 1
    assert [p.state for p in SummaryPaper.objects.unguarded("test")] == [PaperState.DONE]


def test_a_paper_of_a_killed_worker_is_made_by_another_and_given_up_after_three(world: World) -> None:
    job = papers.ask(audience=Audience.OWN, language="en", by=world.ngo)
    assert papers.claim(job.pk) is not None
    assert papers.claim(job.pk) is None
    later = clock.now()
    for _killed in range(2):
        later += papers.lease() + timedelta(seconds=1)
        with clock.at(later):
            assert papers.claim(job.pk) is not None
    with clock.at(later + papers.lease() + timedelta(seconds=1)):
        assert papers.sweep() == 0
    job.refresh_from_db()
    assert (job.state, job.reason) == (PaperState.FAILED, "stopped")


def test_who_lost_the_seat_meanwhile_gets_no_paper(world: World) -> None:
    colleague = world.colleague("ngo")
    job = papers.ask(audience=Audience.OWN, language="en", by=colleague)
    assert colleague.seat is not None
    people.end_membership(colleague.seat.membership)
    assert papers.make(job.pk) is False
    job.refresh_from_db()
    assert (job.state, job.reason, bool(job.file)) == (PaperState.FAILED, "right", False)


def test_papers_go_after_a_week_with_their_files(world: World, django_capture_on_commit_callbacks: Any) -> None:
    ngo = world.ngo
    job = papers.ask(audience=Audience.OWN, language="en", by=ngo)
    papers.sweep()
    job.refresh_from_db()
    assert default_storage.exists(job.file.name)
    with clock.at(clock.now() + papers.LIES + timedelta(hours=1)):
        assert sign_in(Client(), ngo).get(url(ngo, "paper_file", job.public_id)).status_code == 404
        with django_capture_on_commit_callbacks(execute=True):
            papers.sweep()
    assert not SummaryPaper.objects.unguarded("test").exists()
    assert not default_storage.exists(job.file.name)


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_it_is_made_in_each_language(world: World, language: str) -> None:
    actions.save_answers(about=world.ngo.own_party, said={"2.1": Said(Level.SOME, "Words")}, seen=None, by=world.ngo)
    with override(language):
        html = papers.html_of(summary_of(world.ngo, Audience.OWN), language=language)
    assert f'<html lang="{language}">' in html
    assert html.count('class="whom"') == 1


@pytest.mark.parametrize(
    ("audience", "said"),
    [(Audience.OWN, "Own-side version for the board"), (Audience.SHARED, "Shared version")],
)
def test_every_sheet_says_which_version_it_is_on_the_screen_and_on_paper(
    three: World, audience: str, said: str
) -> None:
    say_much(three)
    response = sign_in(Client(), three.ngo).get(url(three.ngo, "paper_sheet", audience))
    book = load_workbook(io.BytesIO(b"".join(response.streaming_content)))  # type: ignore[attr-defined]
    whom = summary_of(three.ngo, audience).whom
    assert whom.startswith(said)
    assert len(book.worksheets) == 7
    for sheet in book.worksheets:
        assert sheet["A1"].value == whom, sheet.title
        assert sheet.oddHeader.left.text == whom[:240], sheet.title
        # The first row is printed again on every page of a long sheet.
        assert sheet.print_title_rows == "$1:$2", sheet.title
