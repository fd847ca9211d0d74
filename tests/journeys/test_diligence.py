"""Questions of one's own, counsel's check, a refresh after a sale, and an umbrella whose site takes answers down.

Two sides who know each other and begin where they are, in due diligence.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from . import questions, steps
from .ground import Ground, Person

pytestmark = pytest.mark.browser

UMBRELLA, SITE = "Río Claro basin alliance", "Río Claro, upper valley"
LIBRARY = "What we ask a mine"
OWNER, WATER, FUNDS = (
    "Who owns the mine, down to the last natural person?",
    "How much water do you take from the river?",
    "Who holds the money set aside for closing the mine?",
)
OWNER_ANEW = "Who owns the mine, down to the last natural person, and who owned it before?"


SALE = "What does the sale change for the people who work at the mine?"

UNREAD = "Nothing yet. A checklist shows here once it is released to you and your side has opened it."


def the_two(ground: Ground) -> tuple[Person, Person]:
    return ground.people["ines"], ground.people["diego"]


def in_the_record(ground: Ground, name: str) -> None:
    """The story goes on in this record."""
    ines = ground.people["ines"]
    ines.go("/partnerships/")
    ines.click(name)
    ground.record = "/".join(urlsplit(ines.page.url).path.split("/")[:3]) + "/"


def test_two_sides_begin_where_they_are(ground: Ground) -> None:
    ines = steps.first_organisation(ground, "Agua Clara", "ngo", "Inés Quispe", "ines@aguaclara.example")
    steps.propose(ines, UMBRELLA, country="Peru", stage="diligence")
    steps.invite(
        ines, "Diego Salas", "diego@cobrealto.example",
        role="partner", organisation_name="Cobre Alto", organisation_kind="company",
    )  # fmt: skip
    diego = steps.arrive(ground, "Diego Salas", "diego@cobrealto.example", UMBRELLA)
    diego.open("diligence/")
    diego.sees("What you find out")


# Questions of one's own -----------------------------------------------------------------------------------------------
def test_an_administrator_makes_a_library_in_the_browser_and_from_a_spreadsheet(ground: Ground, tmp_path: Path) -> None:
    ines, diego = the_two(ground)
    draft = questions.begin_a_library(ines, LIBRARY, intro="We ask what the villages ask us.")
    ines.sees("Only the administrators of Agua Clara read it")
    questions.add_a_theme(ines, draft, "Owners and water")
    questions.add_a_question(ines, OWNER, critical="2", depth="light", guidance_en="The register of companies.")
    questions.add_a_question(
        ines, WATER, answer="number", unit_en="cubic metres a day", depth="light",
        guidance_en="The meter at the intake.",
    )  # fmt: skip
    row = {
        "Theme": "Owners and water", "Question (English)": FUNDS, "Who is asked": "Each about itself",
        "How critical": "Not critical", "Asked from": "Light", "Answer": "Text",
        "Guidance (English)": "The deed, and who may draw on it.",
    }  # fmt: skip
    # A word that no column knows: the place is named, nothing is taken.
    questions.add_rows_in_the_spreadsheet(ines, draft, tmp_path, row | {"Answer": "Poem"})
    ines.sees("Sheet “Questions”, row 4, Answer")
    ines.go(f"{draft}preview/")
    ines.sees_not(FUNDS)
    questions.add_rows_in_the_spreadsheet(ines, draft, tmp_path, row)
    ines.sees("1 question added")
    ines.submit("Take it over into the draft")
    ines.shoot("diligence-draft")
    assert diego.context.request.get(f"{ground.url}{draft}").status == 404
    ines.click("Publish…")
    ines.sees("It has 3 questions.")
    ines.submit("Publish")
    ines.sees("Version 1")


def test_it_is_proposed_in_a_record_read_and_agreed(ground: Ground) -> None:
    ines, diego = the_two(ground)
    diego.open("diligence/depth/")
    diego.sees_not(LIBRARY)
    questions.propose_to_ask(ines, f"Agua Clara: {LIBRARY}")
    diego.go("/")
    diego.sees(UMBRELLA)
    diego.open("diligence/depth/")
    diego.click("Read the questions")
    diego.sees(FUNDS)
    diego.sees("We ask what the villages ask us.")
    ours = steps.own_checklist(diego)
    diego.go(ours)
    diego.sees_not(FUNDS)
    questions.agree_to_ask(diego)
    diego.go(ours)
    diego.sees(FUNDS)
    diego.sees("0 of 3 answered")
    diego.shoot("diligence-own-questions")


# Counsel --------------------------------------------------------------------------------------------------------------
def test_counsel_holds_a_release_until_an_answer_is_changed(ground: Ground) -> None:
    ines, diego = the_two(ground)
    paula = steps.seat_a_colleague(
        diego, "Paula Rey", "paula@cobrealto.example",
        function="legal", level="management", duty="member", hours=2,
    )  # fmt: skip
    ours = steps.own_checklist(diego)
    questions.answer(diego, ours, OWNER, value="none", text="The Aranda family; the sale to Norte Metals is signed.")
    questions.answer(diego, ours, WATER, value="1200")
    questions.answer(diego, ours, FUNDS, text="A bank in Lima, in trust.")
    diego.go(ours)
    diego.click("Ask counsel")
    diego.fill(seat="Paula Rey", due_on=ground.day(5))
    diego.submit("Ask")
    paula.mail(subject=UMBRELLA)
    paula.go("/")
    paula.click("Check")
    paula.sees("the sale to Norte Metals is signed")
    paula.sees("1,200 cubic metres a day")
    paula.fill(verdict="holds", remark="The sale is not public before Friday.")
    paula.submit("Give your word")
    check = urlsplit(paula.page.url).path
    diego.mail(subject=UMBRELLA)
    diego.go(f"{ours}release/")
    diego.fill(circle="partners")
    # A form with an error: submit() would fail on it.
    diego.page.locator("main").get_by_role("button", name="Release it").click()
    diego.sees("Counsel holds this.")
    ines.open("diligence/")
    ines.sees(UNREAD)
    ines.cannot_open(check.removeprefix(ground.record))
    questions.answer(diego, ours, OWNER, text="The Aranda family, since 1987.")
    paula.go(check)
    paula.sees("Changed since the check")
    paula.shoot("diligence-counsel")
    paula.fill(verdict="cleared", remark="Good.")
    paula.submit("Give your word")
    diego.go(f"{ours}release/")
    diego.sees("Nothing is missing.")
    diego.fill(circle="partners")
    diego.submit("Release it")
    steps.open_what_was_released(ines)
    ines.click("Cobre Alto about itself")
    ines.sees("The Aranda family, since 1987.")
    ines.sees("1,200 cubic metres a day")
    ines.sees_not("Norte Metals")
    ines.sees_not("counsel")


# The umbrella and its site --------------------------------------------------------------------------------------------
def test_a_site_takes_down_what_was_found_out_for_the_whole_group(ground: Ground) -> None:
    ines, diego = the_two(ground)
    above = ground.record
    steps.propose(ines, SITE, country="Peru", site="Upper valley", stage="diligence", parent=UMBRELLA)
    steps.invite(
        ines, "Diego Salas", "diego@cobrealto.example",
        role="partner", organisation_name="Cobre Alto", organisation_kind="company",
    )  # fmt: skip
    diego.follow(diego.mail(subject=SITE), "/invitation/")
    diego.submit("Come in")
    steps.accept_the_ground_rules(diego)
    questions.propose_to_ask(ines, f"Agua Clara: {LIBRARY}")
    questions.agree_to_ask(diego)
    rosa = steps.seat_a_colleague(
        diego, "Rosa Mamani", "rosa@cobrealto.example",
        function="community", level="field", duty="stand_in", hours=12,
    )  # fmt: skip
    # A seat at the site shows nothing of the umbrella, and takes nothing over from it.
    assert rosa.context.request.get(f"{ground.url}{above}").status == 404
    rosa.open("diligence/umbrella/")
    rosa.sees("Nothing that you can take over.")
    diego.open("diligence/")
    diego.click("From the umbrella")
    diego.page.locator("main").get_by_label("About yourselves, from").check(force=True)
    diego.submit("Take them over")
    diego.sees("3 answers came over.")
    ours = steps.own_checklist(rosa)
    rosa.go(ours)
    rosa.sees("3 of 3 answered")
    rosa.sees("The Aranda family, since 1987.")
    rosa.sees("Taken over from the umbrella")
    questions.answer(rosa, ours, WATER, value="300", text="Of this valley alone.")
    ines.open("diligence/")
    ines.sees(UNREAD)
    steps.release_the_checklist(diego, ours)
    steps.open_what_was_released(ines)
    ines.click("Cobre Alto about itself")
    ines.sees("300 cubic metres a day")
    ines.sees("A bank in Lima, in trust.")
    diego.open("diligence/umbrella/")
    diego.sees("2 answers as they came")
    diego.sees("1 said anew here")
    diego.shoot("diligence-umbrella")


# Looking again --------------------------------------------------------------------------------------------------------
def test_the_mine_is_sold_and_old_answers_wait_to_be_confirmed(ground: Ground) -> None:
    ines, diego = the_two(ground)
    ground.forward(days=40)
    in_the_record(ground, UMBRELLA)
    draft = questions.write_the_next_version(ines, LIBRARY)
    questions.change_a_question(ines, draft, "Owners and water", OWNER, text_en=OWNER_ANEW, same="yes")
    questions.add_a_question(ines, SALE, answer="text", depth="light", guidance_en="Contracts, pensions, the union.")
    questions.publish(ines, draft)
    ines.sees("Version 2")
    questions.propose_to_ask(ines, f"Agua Clara: {LIBRARY}")
    questions.agree_to_ask(diego)
    diego.sees("This round asks other questions than you agreed on")
    # What was agreed since the round began is asked in the next one, whatever it begins for.
    diego.open("diligence/rounds/")
    diego.click("Look again")
    diego.fill(reason="ownership", note="Norte Metals has bought us; the keys change hands on Monday.")
    diego.submit("See what happens")
    diego.sees("Your 3 answers are carried over.")
    diego.sees(SALE)
    diego.sees(OWNER_ANEW)
    diego.sees(f"Before: {OWNER}")
    diego.shoot("diligence-refresh")
    diego.submit("Begin the round")
    ines.open("diligence/rounds/")
    ines.sees("Round 2: A change of ownership")
    ines.sees("the keys change hands on Monday")


def test_each_answer_counts_again_once_its_own_side_has_said_so(ground: Ground) -> None:
    ines, diego = the_two(ground)
    ours = steps.own_checklist(diego)
    diego.sees("3 answers of the round before wait to be confirmed")
    questions.open_question(diego, ours, OWNER_ANEW)
    diego.sees("Asked before")
    diego.sees("This is your answer of the round before. Is it still true?")
    diego.fill(text="Norte Metals, listed in Toronto; the Aranda family before.")
    diego.submit("Save and go on")
    questions.still_true(diego, ours, WATER)
    questions.answer(diego, ours, FUNDS, text="The same bank, for Norte Metals.")
    diego.go(ours)
    diego.sees("3 of 4 answered")
    questions.answer(diego, ours, SALE, text="Contracts and the union stay as they are.")
    diego.go(ours)
    diego.sees("4 of 4 answered")
    # What the other side has read stays as it read it, until the new answers are released.
    ines.open("diligence/")
    ines.click("Cobre Alto about itself")
    ines.sees("The Aranda family, since 1987.")
    ines.sees_not("Norte Metals")
    steps.release_the_checklist(diego, ours)
    steps.open_what_was_released(ines)
    ines.click("Cobre Alto about itself")
    ines.sees("Norte Metals, listed in Toronto")
    ines.sees(OWNER_ANEW)
    ines.shoot("diligence-again")


def test_the_site_brings_up_to_date_what_it_took_over(ground: Ground) -> None:
    ines, diego = the_two(ground)
    in_the_record(ground, SITE)
    ines.open("diligence/")
    ines.click("Cobre Alto about itself")
    ines.sees("A bank in Lima, in trust.")
    diego.open("diligence/umbrella/")
    diego.sees("1 has changed in the umbrella since")
    # Its question is worded otherwise there by now: the site looks at it itself.
    diego.sees("1 is not said there any more: look at it yourselves.")
    diego.submit("Bring them up to date")
    diego.sees("1 answer is up to date.")
    ours = steps.own_checklist(diego)
    diego.go(ours)
    diego.sees("The same bank, for Norte Metals.")
    diego.sees("The Aranda family, since 1987.")
    ines.open("diligence/")
    ines.click("Cobre Alto about itself")
    ines.sees_not("The same bank, for Norte Metals.")
    steps.release_the_checklist(diego, ours)
    steps.open_what_was_released(ines)
    ines.click("Cobre Alto about itself")
    ines.sees("The same bank, for Norte Metals.")
