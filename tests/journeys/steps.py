"""Longer pieces of a story, shared by the stories: a page, what is done on it, and what is seen then."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docx import Document
from openpyxl import load_workbook
from PIL import Image
from playwright.sync_api import expect
from pypdf import PdfReader, PdfWriter

from tests.running import links_of

from .ground import PASSWORD, UNFOLD, Ground, Person

#: The six questions of the fit screen that every partner answers, each as one who is ready.
FIT = {"1": "together", "3": "shared", "4": "communities", "5": "compatible", "6": "compared", "11": "named"}


def wait_until(who: Person, path: str, text: str, *, patience: float = 60) -> None:
    """Look at a page again and again until the worker's doing shows on it."""

    def shows() -> bool:
        who.go(path)
        return text in who.page.inner_text("main")

    who.ground.eventually(shows, patience=patience)


# Coming in ------------------------------------------------------------------------------------------------------------
def come_in(who: Person, subject: str) -> None:
    """Follow the invitation's link and choose a password."""
    mail = who.mail(subject=subject)
    who.go(next(link for link in links_of(mail) if "/invitation/" in link))
    who.fill(name=who.name, password=PASSWORD)
    who.submit()


def accept_the_ground_rules(who: Person) -> None:
    who.sees("Ground rules")
    who.fill(accept=True)
    who.submit()


def first_organisation(ground: Ground, name: str, kind: str, who: str, email: str) -> Person:
    """The operator lets in the first organisation; its person comes in by mail."""
    ground.operator("invite_organisation", "--name", name, "--kind", kind, "--email", email, "--person", who)
    person = ground.person(who, email)
    come_in(person, name)
    return person


def propose(who: Person, name: str, **fields: str) -> None:
    """Open the record, and accept its ground rules."""
    who.go("/propose/")
    who.fill(name=name, **fields)
    who.submit()
    who.ground.record = "/".join(urlsplit(who.page.url).path.split("/")[:3]) + "/"
    accept_the_ground_rules(who)


def invite(who: Person, newcomer: str, email: str, **fields: str) -> None:
    who.open("people/invite/")
    who.fill(person_name=newcomer, email=email, **fields)
    who.submit()


def arrive(ground: Ground, name: str, email: str, subject: str, *, phone: bool = False) -> Person:
    """An invited person comes in by the mail's link and accepts the ground rules."""
    person = ground.person(name, email, phone=phone)
    come_in(person, subject)
    accept_the_ground_rules(person)
    return person


# Scoping --------------------------------------------------------------------------------------------------------------
def hand_in_the_screen(who: Person, answers: dict[str, str], words: dict[str, str]) -> None:
    """Answer the fit questions alone and hand them in."""
    who.open("scoping/screen/")
    who.fill(**{f"q_{code}": option for code, option in answers.items()})
    who.fill(**{f"n_{code}": text for code, text in words.items()})
    who.submit("Save and check")
    who.submit("Hand in")


def hand_in_the_motives(who: Person, want: str, fear: str, success: str) -> None:
    who.open("scoping/motives/")
    who.fill(n_want=want, n_fear=fear, n_success=success)
    who.submit("Save and check")
    who.submit("Hand in")


def propose_a_sentence(who: Person, kind: str, text: str) -> None:
    who.open(f"scoping/sentences/{kind}/")
    who.fill(text=text)
    who.submit()


def agree_to_the_sentences(who: Person) -> None:
    who.open("scoping/sentences/")
    while who.page.locator("main").get_by_role("button", name="Agree to it").count():
        who.submit("Agree to it")


def write_on_the_canvas(who: Person, prompt: str, text: str, **more: object) -> None:
    who.open(f"scoping/canvas/write/{prompt}/")
    who.fill(text=text, **more)
    who.submit()


def ask_a_body(who: Person, name: str, about: str, how: str) -> None:
    """Write down that a body which has a seat was asked."""
    who.open("scoping/affected/")
    if who.page.get_by_role("heading", name=name).count() == 0:
        who.click("Name a body")
        who.fill(body_party=name)
        who.submit()
    else:
        who.click("They were asked")
    who.fill(about=about, how=how)
    who.submit()


def answer_as_a_body(who: Person, about: str, says: str, words: str) -> None:
    """A body answers for itself, with the readers it is offered."""
    who.open("scoping/affected/")
    who.click(about)
    who.fill(says=says, words=words)
    who.submit()


# The road -------------------------------------------------------------------------------------------------------------
def pass_the_gate(*partners: Person, stage: str) -> None:
    """One partner proposes the next stage, the others agree; the record stands there then."""
    first, *others = partners
    first.open("gate/")
    first.sees(f"{stage} can open")
    first.submit(f"Propose: {stage}")
    for other in others:
        other.open("gate/")
        other.submit("Agree")
    first.open()
    first.sees(stage)


# People and papers ----------------------------------------------------------------------------------------------------
def seat_a_colleague(lead: Person, name: str, email: str, **seat: object) -> Person:
    """An administrator invites a colleague by mail, and gives them a seat in the record."""
    lead.go("/me/")
    lead.go(lead.page.locator("main a[href^='/organisation/']").first.get_attribute("href") or "")
    lead.click("Invite a colleague")
    lead.fill(name=name, email=email)
    lead.submit()
    colleague = lead.ground.person(name, email)
    come_in(colleague, "invites you")
    lead.open("people/seat/")
    lead.fill(membership=name, **seat)
    lead.submit()
    lead.sees(name)
    return colleague


def pdf_file(folder: Path, name: str = "register extract.pdf") -> Path:
    writer = PdfWriter()
    writer.add_blank_page(width=595, height=842)
    path = folder / name
    writer.write(path)
    return path


def docx_file(folder: Path, name: str = "policy.docx") -> Path:
    document = Document()
    document.add_heading("Policy on protection from abuse", 1)
    document.add_paragraph("Everybody is trained in the first month.")
    document.save(str(folder / name))
    return folder / name


def jpeg_file(folder: Path, name: str = "well.jpg") -> Path:
    picture = BytesIO()
    Image.linear_gradient("L").resize((1200, 900)).convert("RGB").save(picture, "JPEG")
    (folder / name).write_bytes(picture.getvalue())
    return folder / name


# Due diligence --------------------------------------------------------------------------------------------------------
def own_checklist(who: Person) -> str:
    """The address of the checklist in which a partner answers about itself."""
    who.open("diligence/")
    return str(who.page.get_by_role("link", name="About yourselves", exact=True).first.get_attribute("href"))


def checklist_about(who: Person, other: str) -> str:
    who.open("diligence/")
    return str(who.page.get_by_role("link", name=f"About {other}", exact=True).first.get_attribute("href"))


def answer_the_checklist(who: Person, checklist: str, words: dict[str, str] | None = None) -> None:
    """Go through the questions one by one: no concern, and a sentence where one is asked for, or given in `words`."""
    words = words or {}
    who.go(checklist)
    questions = [str(a.get_attribute("href")) for a in who.page.locator("main .cg-question h3 a").all()]
    for question in dict.fromkeys(questions):
        who.go(question)
        code = question.rstrip("/").rsplit("/", 1)[1]
        if who.page.locator("main form [type=radio][value=none]").count():
            who.fill(value="none")
            text = words.get(code, "")
        else:
            text = words.get(code, "As we told you.")
        if text:
            who.fill(text=text)
        who.submit()


def support(who: Person, checklist: str, code: str, held: str, **fields: object) -> None:
    """A document for an answer: a file, or seen and not kept."""
    who.go(f"{checklist}q/{code}/documents/{held}/")
    who.fill(**fields)
    who.submit()


def release_the_checklist(who: Person, checklist: str) -> None:
    who.go(f"{checklist}release/")
    who.fill(circle="partners", with_documents=True)
    who.submit("Release it")


def open_what_was_released(who: Person, path: str = "diligence/") -> None:
    """Open every bundle that waits on the page."""
    who.open(path)
    while who.page.locator("main").get_by_role("button", name="Open it").count():
        who.submit("Open it")
        who.open(path)


def ask_what_it_means(who: Person, whose: str, code: str, words: str) -> None:
    """Begin the clarification of an answer that another partner released about itself."""
    who.open("diligence/")
    who.click(f"{whose} about itself")
    who.page.locator(f"main a[href$='/q/{code}/ask/']").click()
    who.fill(text=words)
    who.submit()


def answer_the_clarification(who: Person, words: str) -> None:
    """Open what the other side wrote, and answer it."""
    who.open("diligence/")
    who.page.locator("main section:has(#turns) a").first.click()
    who.submit("Open it")
    who.fill(text=words)
    who.submit("Send")


def take_the_checklist_away(who: Person, checklist: str, folder: Path) -> Path:
    """The workbook of a checklist, as it is downloaded."""
    who.go(f"{checklist}workbook/")
    found = folder / "checklist.xlsx"
    found.write_bytes(download(who, "Download the workbook").read_bytes())
    return found


def write_in_the_workbook(book: Path, notes: dict[str, str]) -> None:
    """Notes in the lines of some questions, as somebody types them offline."""
    whole = load_workbook(book)
    sheet = next(each for each in whole.worksheets if any(cell.value == "cg-code" for cell in each[1]))
    at = {sheet.cell(1, column).value: column for column in range(1, sheet.max_column + 1)}
    for row in range(3, sheet.max_row + 1):
        if (code := sheet.cell(row, at["cg-code"]).value) in notes:
            sheet.cell(row, at["cg-note"]).value = notes[code]
    whole.save(book)


def write_up_a_visit(who: Person, host: str, day: str, people: list[str], where: str, learned: str) -> None:
    who.open("diligence/visits/new/")
    who.fill(kind="visit", host=host, on=day, where=where, circle="all")
    who.submit()
    for name in people:
        who.page.locator("main").get_by_label(name).first.check(force=True)
    who.fill(on=day, learned=learned)
    who.submit()


def compare_goals(who: Person, **lines: str) -> None:
    """A goal, a value and a red line of one's own."""
    for kind, text in lines.items():
        who.open("diligence/page/goals/")
        who.fill(kind=kind, text=text)
        who.submit("Add")


def say_how_we_see_it(who: Person, relation: str) -> None:
    """Talk every line through."""
    who.open("diligence/page/goals/")
    lines = [a.get_attribute("href") for a in who.page.get_by_role("link", name="Say how you see it").all()]
    for line in lines:
        who.go(str(line))
        who.fill(relation=relation)
        who.submit()


def agree_to_the_page(who: Person, kind: str) -> None:
    who.open(f"diligence/page/{kind}/")
    who.submit("Agree to this page")
    expect(who.page.locator("main").get_by_role("button", name="Agree to this page")).to_have_count(0)


def decide(who: Person, outcome: str = "go") -> None:
    who.open("diligence/decision/")
    who.fill(outcome=outcome)
    who.submit("Take the decision")


# Agreement ------------------------------------------------------------------------------------------------------------
def start_the_memorandum(who: Person) -> str:
    """The address of the draft."""
    who.open("agreement/new/")
    who.fill(kind="mou", length="short", language="en")
    who.submit()
    return urlsplit(who.page.url).path


def clauses_of(who: Person, text: str) -> list[str]:
    who.go(text)
    found = who.page.locator("main .cg-tasks a[href*='/agreement/clauses/']").all()
    return list(dict.fromkeys(str(a.get_attribute("href")) for a in found))


def fill_the_blanks(who: Person, clause: str) -> None:
    """Write what stands in square brackets, and agree to the new text."""
    who.go(f"{clause}edit/")
    field = who.page.locator("main [name=text]")
    who.fill(text=re.sub(r"\[([^]]*)\]", r"\1, as in the annex", field.input_value()), agree=True)
    who.submit()


def answer_a_clause(who: Person, clause: str, state: str = "agreed", note: str = "") -> None:
    who.go(clause)
    who.fill(state=state, note=note)
    who.submit("Answer for your side")


def propose_terms(who: Person, **terms: object) -> None:
    who.open("agreement/terms/propose/")
    who.fill(**terms)
    who.submit()


def agree_to_the_terms(who: Person) -> None:
    who.open("agreement/terms/")
    who.submit("Agree to these terms")


def sign(who: Person, text: str, job: str, mandate: str) -> None:
    who.go(text)
    who.click("Read and sign")
    who.fill(name=who.name, job_title=job, mandate=mandate, again=who.name)
    who.submit("Sign")


def download(who: Person, link: str) -> Path:
    """Follow a link that hands out a file."""
    with who.page.expect_download() as waited:
        who.page.locator("main").get_by_role("link", name=link).first.click()
    return Path(waited.value.path())


def pages_of(pdf: Path) -> int:
    assert pdf.read_bytes().startswith(b"%PDF"), "not a PDF"
    return len(PdfReader(pdf).pages)


# Communication --------------------------------------------------------------------------------------------------------
def approve_by_all(asks: Person, *approve: Person, path: str) -> None:
    """One asks, the others read and approve the same page."""
    asks.open(path)
    asks.submit("Ask all partners to approve")
    for who in approve:
        who.open(path)
        who.submit("Approve it")
    asks.open(path)
    asks.sees("A change starts the approvals anew.")


def name_a_spokesperson(who: Person, speaks: str, stands_in: str) -> None:
    who.open("communication/spokespeople/name/")
    who.fill(seat=speaks, stand_in=stands_in, reach="+223 5550 0100")
    who.submit()


def answer_the_questions(who: Person, path: str = "communication/questions-and-answers/") -> None:
    """A joint answer to each of the usual questions, but for the last, which is taken out."""
    who.open(path)
    questions = [str(a.get_attribute("href")) for a in who.page.locator(f"main .cg-tasks a[href*='{path}']").all()]
    for question in questions[:-1]:
        who.go(question)
        who.fill(answer="Because none of us brings water to the villages alone.")
        who.submit()
    who.open(path)
    who.page.locator("main").get_by_role("button", name="Take out").last.click()
    who.page.wait_for_load_state()


def brief_the_staff(who: Person) -> None:
    who.open("communication/brief/")
    who.fill(covers="both", where="In the canteen", said="Why we do this, and who decides.")
    who.submit()


# Reviews --------------------------------------------------------------------------------------------------------------
def propose_a_review(who: Person, *others: Person, kind: str, starts: str, closes: str, opening: str) -> str:
    """Dates proposed by one, agreed by the others; the address of the round."""
    who.open("reviews/plan/")
    who.page.locator("main [name=in_full]").first.check(force=True)
    who.fill(kind=kind, policy="extend", opens_on=starts, closes_on=closes, opening_at=opening)
    who.submit()
    found = urlsplit(who.page.url).path
    for other in others:
        other.go(found)
        other.submit("Agree to these dates")
    return found


def take_part_with_one_answer(who: Person, found: str) -> None:
    who.go(f"{found}part/")
    who.fill(mode="one_agreed")
    who.submit()


def answer_the_review(who: Person, found: str, score: int, comment: str = "", **but: int | str) -> None:
    """Every sentence with the same number, but for those of some dimensions; a comment on the first."""
    who.go(f"{found}answer/")
    answer_the_screens(who, score, comment, **but)


def answer_the_screens(who: Person, score: int, comment: str = "", **but: int | str) -> None:
    """From the dimension that is open to the end, one screen each; then it is sealed."""
    while "/check/" not in who.page.url:
        answer_the_screen(who, score, comment, **but)
        comment = ""
        who.submit()
    who.submit()


def answer_the_screen(who: Person, score: int, comment: str = "", **but: int | str) -> None:
    names = who.page.evaluate("[...new Set([...document.querySelectorAll('main [name^=s-]')].map(e => e.name))]")
    for name in names:
        said = but.get(name.removeprefix("s-").partition(".")[0], score)
        who.choose(who.page.locator(f"main [name='{name}'][value='{said}']"))
    if comment:
        field = who.page.locator("main textarea").first
        field.evaluate(UNFOLD)
        field.fill(comment)


def hand_in_the_review(who: Person, found: str) -> None:
    who.go(f"{found}part/hand-in/")
    who.submit()


# Delivery -------------------------------------------------------------------------------------------------------------
def agree_on_governance(who: Person, *others: Person, name: str, present: list[str]) -> None:
    """One proposes who decides what, the others agree; it has met."""
    who.open("delivery/governance/new/")
    who.fill(name=name, circle="all")
    who.submit()
    body = urlsplit(who.page.url).path
    for other in others:
        other.go(body)
        other.submit("Agree to this")
    who.go(f"{body}record/")
    for person in present:
        who.page.locator("main").get_by_label(person).first.check(force=True)
    who.fill(notes="The pipeline comes first.")
    who.submit()


def commit(who: Person, what: str, owner: str, person: str, due: str) -> str:
    """The address of the commitment."""
    who.open("delivery/commitments/new/")
    who.fill(what=what, owner=owner, person=person, due_on=due, circle="all")
    who.submit()
    who.open("delivery/")
    return str(who.page.get_by_role("link", name=what).first.get_attribute("href"))


def keep_a_commitment(owner: Person, sees_it: Person, what: str) -> None:
    """The owner's side says that it is done, another partner that it saw it."""
    owner.open("delivery/")
    found = str(owner.page.locator("main").get_by_role("link", name=what).first.get_attribute("href"))
    owner.go(f"{found}done/")
    owner.fill(note="Done since the last meeting.")
    owner.submit()
    sees_it.go(f"{found}confirm/")
    sees_it.fill(answer="seen", note="So it is.")
    sees_it.submit()


# Reports and endings --------------------------------------------------------------------------------------------------
def make_the_report(who: Person, found: str, audience: str = "partners") -> str:
    """The address of the report's page."""
    who.go(f"{found}reports/")
    who.fill(audience=audience)
    who.submit("Make the report")
    return urlsplit(who.page.url).path


def sheet_rows(path: Path) -> list[tuple[Any, ...]]:
    """Every row of a spreadsheet, sheet after sheet."""
    book = load_workbook(BytesIO(path.read_bytes()))
    return [row for sheet in book for row in sheet.iter_rows(values_only=True)]


def hand_over(leaver: Person, /, **words: str) -> None:
    """The page that a lead leaves behind."""
    leaver.open("people/")
    leaver.click_beside(leaver.name, "Handover page")
    leaver.fill(**words)
    leaver.submit("Save and hand over")


def conclude_in_words(writes: Person, *agree: Person, kind: str, text: str, **more: str) -> None:
    """A closing text that all partners agree to."""
    writes.open(f"conclusion/{kind}/")
    writes.fill(text=text, **more)
    writes.submit()
    for who in agree:
        who.open("conclusion/")
        who.submit("Agree")


def tell_a_change(writes: Person, sees_it_too: Person, *, what: str, since: str) -> None:
    """A change that no figure shows, and another partner's word that it sees it too."""
    writes.open("outcomes/new/told/")
    writes.fill(what=what, for_whom="The villages", how_known="Both of us were there.", since=since)
    writes.submit()
    sees_it_too.open("outcomes/")
    sees_it_too.click(what)
    sees_it_too.click("Say how you see it")
    sees_it_too.fill(stance="confirmed")
    sees_it_too.submit()


def hand_in_the_lessons(who: Person, worked: str, failed: str) -> None:
    who.open("lessons/write/")
    who.fill(worked=worked, failed=failed, differently="Ask the villages first.", useful_for="Site managers.")
    who.submit()
    who.open("lessons/")
    who.submit("Hand in to all partners")
