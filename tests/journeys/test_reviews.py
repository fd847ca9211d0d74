"""Reviews from first to last: what was hoped for, two rounds, the closing review, and what a closed record holds.

An NGO of many people, a company of a small team, their broker, a committee of boat owners without a seat, and a boatman
who answers on a phone. The memorandum is signed when the story begins.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit
from zipfile import ZipFile

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from config.stories.people import PASSWORD, address
from tests.running import links_of

from . import steps
from .ground import Ground, Person

pytestmark = pytest.mark.browser

RECORD = "Marl coast ice houses"
PEOPLE = {
    "abena": "Abena Mensah", "kwesi": "Kwesi Tawiah", "efua": "Efua Boateng", "yaw": "Yaw Darko", "ama": "Ama Owusu",
    "owen": "Owen Prior", "harriet": "Harriet Vale", "philip": "Philip Stone", "leonie": "Leonie Marsh",
}  # fmt: skip
BOATMAN, COMMITTEE = "kojo@landing.example", "committee@landing.example"

TELLING = "The foreman tells it in the bar of the Anchor."
TOLD_OTHERWISE = "Decisions reach the boats late."
BERTHS = "Berths are moved without asking the landing sites."
ICE = "We differ on who pays when the ice house stands still."
DISSENT = "It stands in the terms: the mine pays."
NOTE = "They talk to me, and not to each other."
BOATS_WAIT = "Boats wait a day for a berth that nobody needs."
TIMETABLE, COUNT = "A timetable of berths, a month ahead", "Count the boats with the fish women"


def somebody(ground: Ground, name: str) -> Person:
    """One of the people of the beginning, signed in the first time."""
    if name not in ground.people:
        ground.person(PEOPLE[name], address(name)).sign_in(PASSWORD)
    return ground.people[name]


def several(ground: Ground, *names: str) -> list[Person]:
    return [somebody(ground, name) for name in names]


def the_round(ground: Ground, title: str) -> str:
    abena = somebody(ground, "abena")
    abena.open("reviews/")
    abena.click(title)
    return urlsplit(abena.page.url).path


# Before the work ------------------------------------------------------------------------------------------------------
def test_what_is_reviewed_is_agreed_and_the_baseline_proposed_from_what_lies_ahead(ground: Ground) -> None:
    ground.tell("reviews", "signed")
    abena, owen, leonie = several(ground, "abena", "owen", "leonie")
    abena.open("reviews/")
    for ahead in ("Baseline", "Review 1", "Closing review", "Look-back"):
        abena.sees(ahead)
    abena.sees("3 % of the budget")
    abena.shoot("reviews-ahead")
    abena.open("reviews/boundary/")
    abena.click("Propose it")
    abena.fill(
        scope="How the two of us decide about ice and berths.", beyond="The licence of the port.", every_months=6,
        first_on=ground.day(180), until_on=ground.day(760),
    )  # fmt: skip
    abena.submit()
    owen.open("reviews/boundary/")
    owen.sees("The licence of the port.")
    owen.submit("Agree to this")
    abena.open("reviews/")
    abena.click_beside("Baseline", "Propose it")
    abena.fill(policy="open_without")
    abena.shoot("reviews-propose")
    abena.submit()
    baseline = urlsplit(abena.page.url).path
    abena.sees("Open without that partner")
    leonie.go(baseline)
    leonie.sees("It starts when all partners have agreed to these dates.")
    leonie.sees_not("Agree to these dates")
    owen.mail(subject="Littoral Trust proposes a review")
    owen.go(baseline)
    owen.click("Read all sentences")
    owen.sees("In a year, bad news will reach us early.")
    owen.go(baseline)
    owen.submit("Agree to these dates")


def test_each_side_chooses_how_it_takes_part(ground: Ground) -> None:
    abena, owen = several(ground, "abena", "owen")
    baseline = the_round(ground, "Baseline")
    abena.click("Choose how we take part")
    abena.fill(mode="individual", addresses=BOATMAN)
    abena.shoot("reviews-choose")
    abena.submit()
    abena.sees("Kwesi Tawiah")
    steps.take_part_with_one_answer(owen, baseline)
    owen.sees("One agreed answer")
    owen.sees_not("Kwesi Tawiah")


def test_a_boatman_answers_on_a_phone_through_his_link_and_comes_back_to_it(ground: Ground) -> None:
    baseline = the_round(ground, "Baseline")
    ground.forward(days=13)
    kojo = ground.person("Kojo", BOATMAN, phone=True)
    mail = kojo.mail("/answer/")
    kojo.follow(mail, "/answer/")
    kojo.sees("Part 1 of 7.")
    kojo.shoot("reviews-phone-first")
    for _screen in range(2):
        steps.answer_the_screen(kojo, 3)
        kojo.submit()
    # A tap that is not sent, and the boat comes in.
    kojo.page.close()
    kojo.page = kojo.context.new_page()
    kojo.follow(mail, "/answer/")
    kojo.sees("Part 3 of 7.")
    steps.answer_the_screen(kojo, 3, TELLING, power="dk")
    assert kojo.page.evaluate("document.documentElement.scrollWidth") <= 360
    kojo.shoot("reviews-phone-comment")
    kojo.submit()
    while "/check/" not in kojo.page.url:
        steps.answer_the_screen(kojo, 3)
        kojo.submit()
    kojo.sees("style gives away")
    kojo.page.locator("main textarea").fill(TOLD_OTHERWISE)
    kojo.shoot("reviews-phone-check")
    kojo.submit()
    kojo.sees("Your answer is sealed")
    kojo.shoot("reviews-phone-sealed")
    kojo.cannot_open(baseline.removeprefix(ground.record))


def test_a_side_sees_its_own_count_and_nothing_of_the_other(ground: Ground) -> None:
    abena, owen, harriet, leonie = several(ground, "abena", "owen", "harriet", "leonie")
    baseline = the_round(ground, "Baseline")
    abena.sees("1 of 6 have answered")
    for name in ("kwesi", "efua", "yaw", "ama", "abena"):
        steps.answer_the_review(somebody(ground, name), baseline, 3, power=1)
    for who in (owen, leonie):
        who.go(baseline)
        who.sees("Sealed until all are in")
        who.sees_not("have answered")
        who.sees_not(TOLD_OTHERWISE)
    steps.hand_in_the_review(abena, baseline)
    abena.sees("Handed in")
    # That it is in tells the others nothing, not even when.
    owen.go(baseline)
    owen.sees("Sealed until all are in")
    owen.sees_not("Handed in")
    steps.answer_the_review(harriet, baseline, 3, power=4, community=2)
    harriet.sees("Your agreed answer is complete")
    harriet.shoot("reviews-agreed-answer")
    owen.go(baseline)
    owen.sees("Complete")
    steps.hand_in_the_review(owen, baseline)
    owen.sees("All parts are in and sealed.")
    abena.cannot_open(f"{baseline.removeprefix(ground.record)}statements/")


def test_each_reads_its_own_results_a_day_before_and_all_open_together(ground: Ground) -> None:
    abena, owen, leonie = several(ground, "abena", "owen", "leonie")
    baseline = the_round(ground, "Baseline")
    session = ground.day(17)
    ground.until(f"{ground.day(16)}T11:00")
    steps.wait_until(abena, baseline, "Your own results")
    abena.sees("How you see it")
    abena.sees_not("Aldermoor Copper")
    abena.shoot("reviews-own-results")
    leonie.go(baseline)
    leonie.sees_not("How each side sees it")
    leonie.cannot_open(f"{baseline.removeprefix(ground.record)}statements/")
    ground.until(f"{session}T10:01")
    steps.wait_until(owen, baseline, "Where you differ")
    for who in (abena, owen, leonie):
        who.go(baseline)
        expect(who.page.locator("main svg[role=img]").first).to_be_visible()
        who.sees("What to talk about first")
        expect(who.page.locator("main .cg-agenda li").first).to_contain_text("money will not decide whose view counts")
        who.sees_not(TOLD_OTHERWISE)
    owen.shoot("reviews-baseline")
    abena.click("1 comment from your side")
    abena.sees(TOLD_OTHERWISE)
    abena.sees_not(TELLING)
    owen.go(f"{baseline}statements/")
    owen.sees_not(TOLD_OTHERWISE)
    owen.shoot("reviews-statements")
    steps.pass_the_gate(abena, owen, stage="Implementation")


# The first round ------------------------------------------------------------------------------------------------------
def begin_a_round(ground: Ground, title: str, *, starts_in: int = 1) -> str:
    """Proposed from what lies ahead, agreed, parts chosen: a few by seat, the boatman by mail, three on paper."""
    abena, owen = several(ground, "abena", "owen")
    abena.open("reviews/")
    abena.click_beside(title, "Propose it")
    abena.fill(
        policy="extend", opens_on=ground.day(starts_in), closes_on=ground.day(starts_in + 14),
        opening_at=f"{ground.day(starts_in + 17)}T10:00",
    )  # fmt: skip
    abena.submit()
    found = urlsplit(abena.page.url).path
    owen.go(found)
    owen.submit("Agree to these dates")
    abena.go(f"{found}part/")
    for name in ("Efua Boateng", "Yaw Darko", "Ama Owusu"):
        abena.page.locator("main").get_by_role("checkbox", name=name).uncheck(force=True)
    abena.fill(mode="individual", addresses=BOATMAN, on_paper=3)
    abena.submit()
    steps.take_part_with_one_answer(owen, found)
    ground.forward(days=starts_in)
    steps.wait_until(abena, found, "Answers until")
    return found


def test_a_committee_without_a_seat_approves_on_a_phone_what_was_written_down_for_it(ground: Ground) -> None:
    ground.forward(days=130)
    found = begin_a_round(ground, "Review 1")
    abena, owen = several(ground, "abena", "owen")
    abena.click("Ask a body, or write down what it said")
    abena.click("Write down what they said")
    abena.shoot("reviews-five-questions")
    abena.fill(**{f"q-community.{code}": "partly" for code in ("asked", "heard", "promises", "complain", "together")})
    abena.fill(**{"w-community.heard": BOATS_WAIT}, how="meeting", spoken_language="Fante")
    abena.submit()
    abena.sees("Waits for their yes")
    owen.go(f"{found}voices/")
    owen.sees("Landing-site committee")
    owen.sees_not("Waits for their yes")
    committee = ground.person("Landing-site committee", COMMITTEE, phone=True)
    mail = committee.mail("/voice/")
    committee.follow(mail, "/voice/")
    committee.sees(BOATS_WAIT)
    committee.sees("They read it when the round is opened, and not before.")
    assert committee.page.evaluate("document.documentElement.scrollWidth") <= 360
    committee.shoot("reviews-phone-voice")
    committee.submit("Yes, we approve it")
    link = next(link for link in links_of(mail) if "/voice/" in link)
    assert committee.context.request.get(link).status == 410
    abena.mail(subject="an answer to your note")
    abena.go(f"{found}voices/")
    abena.sees("Approved, read from the opening on")


def test_answers_come_by_seat_by_link_and_on_paper(ground: Ground) -> None:
    abena, kwesi, owen, harriet = several(ground, "abena", "kwesi", "owen", "harriet")
    found = the_round(ground, "Review 1")
    kwesi.go(found)
    kwesi.click("Print a form, or type in an answer from paper or a talk")
    assert steps.pages_of(steps.download(kwesi, "English")) >= 1
    for _person in range(3):
        type_in_an_answer(kwesi, 2, power=1)
    kwesi.sees("3 answers of your side came on paper or from a talk.")
    kwesi.shoot("reviews-paper")
    steps.answer_the_review(kwesi, found, 3, BOATS_WAIT, power=1)
    steps.answer_the_review(abena, found, 3, power=1)
    abena.go(found)
    abena.sees("3 of them on paper or in a talk")
    kojo = ground.people["kojo"]
    kojo.follow(kojo.mail("/answer/"), "/answer/")
    steps.answer_the_screens(kojo, 2, power=1)
    steps.hand_in_the_review(abena, found)
    steps.answer_the_review(harriet, found, 3, power=4, community=2)
    steps.hand_in_the_review(owen, found)
    owen.sees("All parts are in and sealed.")


def type_in_an_answer(who: Person, score: int, **but: int) -> None:
    who.fill(way="paper")
    steps.answer_the_screen(who, score, **but)
    who.submit("Seal this answer")


def test_the_broker_reads_only_what_is_opened_and_keeps_a_log_of_her_own(ground: Ground) -> None:
    abena, owen, leonie = several(ground, "abena", "owen", "leonie")
    found = the_round(ground, "Review 1")
    ground.until(f"{ground.day(16)}T11:00")
    steps.wait_until(owen, found, "Your own results")
    leonie.go(found)
    leonie.sees("All parts are in and sealed.")
    leonie.sees_not(BOATS_WAIT)
    leonie.click("What you noticed")
    leonie.fill(text=NOTE)
    leonie.submit("Write it down")
    leonie.sees(NOTE)
    leonie.shoot("reviews-log")
    ground.until(f"{ground.day(1)}T10:01")
    steps.wait_until(leonie, found, "Where you differ")
    for who in (abena, owen):
        who.cannot_open(f"{found.removeprefix(ground.record)}log/")
        who.go(found)
        who.sees_not("My log")
        who.sees_not(NOTE)
    # What the committee approved, for whom it chose; what people of one side wrote stays with that side.
    for who in (abena, owen, leonie):
        who.go(found)
        who.sees("Written down by Littoral Trust, approved by the body.")
        who.sees(BOATS_WAIT)
    owen.go(f"{found}statements/")
    owen.sees_not(BOATS_WAIT)
    owen.go(found)
    owen.shoot("reviews-first-round")


def test_the_session_is_shown_to_all_and_what_was_talked_about_is_noted(ground: Ground) -> None:
    abena, owen = several(ground, "abena", "owen")
    found = the_round(ground, "Review 1")
    abena.click("Show in the session")
    abena.sees("Leave the session view")
    abena.shoot("reviews-session")
    abena.click("Next")
    abena.sees("Power and decisions")
    abena.sees_not("from your side")
    expect(abena.page.locator("main svg").first).to_be_visible()
    abena.shoot("reviews-session-step")
    owen.go(found)
    owen.click("We talked about it")
    owen.fill(note="Who moved the last three boats, and who heard of it.")
    owen.submit()
    abena.go(found)
    abena.sees("Who moved the last three boats")


def test_findings_are_agreed_or_seen_otherwise_and_actions_become_commitments(ground: Ground) -> None:
    abena, owen, kwesi, harriet = several(ground, "abena", "owen", "kwesi", "harriet")
    found = the_round(ground, "Review 1")
    abena.click("Write down a finding")
    abena.fill(text=BERTHS)
    abena.submit()
    owen.go(f"{found}findings/")
    owen.fill(text=ICE)
    owen.submit()
    answer_a_finding(owen, found, BERTHS, stance="agrees")
    answer_a_finding(abena, found, ICE, stance="dissents", dissent=DISSENT)
    abena.go(found)
    abena.page.locator("main tr", has_text=BERTHS).get_by_role("link", name="Add an action").click()
    abena.fill(text=TIMETABLE, owner="Harriet Vale", due_on=ground.day(60))
    abena.submit()
    abena.sees("Aldermoor Copper to accept")
    owen.go(found)
    owen.sees(f"Littoral Trust: {DISSENT}")
    owen.click("Accept it")
    owen.submit()
    abena.go(f"{found}actions/")
    abena.fill(text=COUNT, owner="Kwesi Tawiah", due_on=ground.day(90))
    abena.submit()
    abena.shoot("reviews-agreed")
    for who, what in ((harriet, TIMETABLE), (kwesi, COUNT)):
        who.go("/")
        who.sees(what)
        who.open("delivery/")
        who.sees(what)


def answer_a_finding(who: Person, found: str, finding: str, **stance: str) -> None:
    who.go(found)
    who.page.locator("main tr", has_text=finding).get_by_role("link", name="Do you agree?").click()
    who.fill(**stance)
    who.submit()


def test_the_report_is_a_page_and_a_pdf_and_an_administrator_exports_it(ground: Ground, tmp_path: Path) -> None:
    owen, philip = several(ground, "owen", "philip")
    found = the_round(ground, "Review 1")
    report = steps.make_the_report(owen, found)
    for words in (BERTHS, ICE, DISSENT, TIMETABLE, BOATS_WAIT):
        owen.sees(words)
    owen.sees_not(NOTE)
    owen.shoot("reviews-report")
    owen.submit("Make the PDF")
    owen.shoot("reviews-report-job")
    steps.wait_until(owen, report, "Download the PDF", patience=90)
    paper = PdfReader(steps.download(owen, "Download the PDF"))
    words = " ".join(" ".join(page.extract_text() for page in paper.pages).split())
    for said in (BERTHS, DISSENT, TIMETABLE):
        assert said in words, said
    assert NOTE not in words
    philip.go("/reports/")
    philip.sees_not(RECORD)
    philip.cannot_open("reviews/")
    owen.submit("Release to our administrators")
    philip.go("/reports/")
    philip.sees(RECORD)
    philip.submit("Export")
    made = urlsplit(philip.page.url).path
    philip.shoot("reviews-export-job")
    steps.wait_until(philip, made, "Download the file", patience=90)
    philip.shoot("reviews-export")
    folder = ZipFile(steps.download(philip, "Download the file"))
    assert sorted(name.rsplit(".")[-1] for name in folder.namelist()) == ["pdf", "xlsx"]
    book = tmp_path / "reports.xlsx"
    book.write_bytes(folder.read(next(name for name in folder.namelist() if name.endswith(".xlsx"))))
    assert any("Aldermoor Copper" in row for row in steps.sheet_rows(book))
    owen.open("history/")
    owen.sees("Philip Stone")


# The second round -----------------------------------------------------------------------------------------------------
def test_the_second_review_begins_with_what_became_of_the_actions(ground: Ground) -> None:
    ground.forward(days=85)
    kwesi, owen = several(ground, "kwesi", "owen")
    steps.keep_a_commitment(kwesi, owen, COUNT)
    ground.forward(days=60)
    found = begin_a_round(ground, "Review 2")
    for who in several(ground, "abena", "owen", "leonie"):
        who.go(found)
        who.sees("What you promised last time")
        expect(who.page.locator("main tr", has_text=COUNT)).to_contain_text("Done")
        expect(who.page.locator("main tr", has_text=TIMETABLE)).to_contain_text("Late")
    owen.shoot("reviews-begins-with")


def test_who_lost_the_link_gets_a_new_one_and_the_old_one_is_void(ground: Ground) -> None:
    abena = somebody(ground, "abena")
    found = the_round(ground, "Review 2")
    kojo = ground.people["kojo"]
    lost = kojo.mail("/answer/")
    abena.click("Send a new link")
    abena.fill(who=BOATMAN)
    abena.submit()
    old = next(link for link in links_of(lost) if "/answer/" in link)
    kojo.page.goto(old)
    kojo.sees("A newer link was sent to you.")
    kojo.shoot("reviews-phone-old-link")
    ground.eventually(lambda: links_of(kojo.mail("/answer/")) != links_of(lost))
    kojo.follow(kojo.mail("/answer/"), "/answer/")
    kojo.sees("Part 1 of 7.")
    steps.answer_the_screens(kojo, 3, BOATS_WAIT, power=2)
    abena.go(found)
    abena.sees("1 of 3 have answered")


def test_the_rounds_make_a_trend(ground: Ground) -> None:
    abena, kwesi, owen, harriet = several(ground, "abena", "kwesi", "owen", "harriet")
    found = the_round(ground, "Review 2")
    kwesi.go(f"{found}paper/")
    for _person in range(3):
        type_in_an_answer(kwesi, 3, power=2)
    for who in (kwesi, abena):
        steps.answer_the_review(who, found, 3, power=2)
    steps.hand_in_the_review(abena, found)
    steps.answer_the_review(harriet, found, 3, power=3)
    steps.hand_in_the_review(owen, found)
    ground.until(f"{ground.day(17)}T10:01")
    steps.wait_until(owen, found, "Where you differ")
    owen.sees("2 rounds")
    owen.sees("What you promised last time")
    owen.shoot("reviews-second-round")


def test_a_comment_that_its_writer_withdraws_after_the_opening_leaves_every_page(ground: Ground) -> None:
    abena, owen = several(ground, "abena", "owen")
    found = the_round(ground, "Review 2")
    kojo = ground.people["kojo"]
    abena.click("1 comment from your side")
    abena.page.locator("main").get_by_role("checkbox", name=BOATS_WAIT).check(force=True)
    abena.submit("Release the chosen comments")
    owen.go(f"{found}statements/")
    owen.sees_not(BOATS_WAIT)
    steps.open_what_was_released(owen, "released/")
    owen.go(f"{found}statements/")
    owen.sees(BOATS_WAIT)
    owen.shoot("reviews-comment-released")
    kojo.follow(kojo.mail("/answer/"), "/answer/")
    kojo.sees("This review is closed")
    kojo.click("Withdraw a comment of mine")
    kojo.sees(BOATS_WAIT)
    kojo.shoot("reviews-phone-withdraw")
    kojo.click("Withdraw")
    kojo.sees("You wrote no comment, or withdrew it.")
    for who in (abena, owen):
        who.go(f"{found}statements/")
        who.sees_not(BOATS_WAIT)
    abena.go(f"{found}comments/")
    abena.sees_not(BOATS_WAIT)


# The end --------------------------------------------------------------------------------------------------------------
def test_the_closing_review_is_answered_and_the_record_closes(ground: Ground) -> None:
    abena, owen, harriet = several(ground, "abena", "owen", "harriet")
    steps.keep_a_commitment(harriet, abena, TIMETABLE)
    ground.forward(days=200)
    ground.tell("reviews", "concluding")
    closing = steps.propose_a_review(
        owen, abena, kind="closing", starts=ground.day(1), closes=ground.day(15), opening=f"{ground.day(18)}T10:00"
    )
    steps.pass_the_gate(abena, owen, stage="Concluding")
    for who in (abena, owen):
        steps.take_part_with_one_answer(who, closing)
    ground.forward(days=1)
    steps.wait_until(owen, closing, "Answers until")
    for who, score in ((abena, 3), (owen, 3)):
        steps.answer_the_review(who, closing, score)
        steps.hand_in_the_review(who, closing)
    ground.until(f"{ground.day(17)}T10:01")
    steps.wait_until(abena, closing, "3 rounds")
    abena.shoot("reviews-closing")
    ground.tell("reviews", "closing")
    steps.pass_the_gate(abena, owen, stage="Concluded")


def test_a_closed_record_holds_a_look_back_and_nothing_else(ground: Ground) -> None:
    abena, owen, leonie = several(ground, "abena", "owen", "leonie")
    closing = the_round(ground, "Closing review")
    abena.sees("Where you differ")
    abena.sees_not("Write down a finding")
    for act in ("findings/", "actions/"):
        refused(abena, f"{closing}{act}", text="We should have asked the planners.", due_on=ground.day(10))
    abena.open("reviews/")
    for ahead in ("Review 3", "Trust pulse"):
        abena.sees_not(ahead)
    ground.forward(days=365)
    abena.open("reviews/")
    abena.shoot("reviews-closed-record")
    abena.click_beside("Look-back", "Propose it")
    abena.sees("Twelve months after the end: what lasted?")
    abena.sees_not("Closing review")
    abena.fill(opens_on=ground.day(1), closes_on=ground.day(15), opening_at=f"{ground.day(18)}T10:00")
    abena.submit()
    looked = urlsplit(abena.page.url).path
    owen.go(looked)
    owen.submit("Agree to these dates")
    ground.forward(days=1)
    steps.wait_until(leonie, looked, "Answers until")
    steps.take_part_with_one_answer(owen, looked)
    steps.answer_the_review(owen, looked, 3)
    owen.sees("Your agreed answer is complete")


def refused(who: Person, path: str, **fields: str) -> None:
    """The record takes nothing new: there is no such page, or it says so and keeps what was typed."""
    answer = who.context.request.get(f"{who.ground.url}{path}")
    if answer.status == 200:
        who.go(path)
        there = {name: value for name, value in fields.items() if who.page.locator(f"main [name={name}]").count()}
        who.fill(**there)
        who.page.locator("main form button[type=submit]").first.click()
        expect(who.page.locator(".cg-errors")).to_contain_text("closed")
