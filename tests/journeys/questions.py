"""Pieces of a story about questions: making a library, agreeing to ask it, answering by the words of a question."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from openpyxl import load_workbook

from . import steps
from .ground import Person


# Making a library -----------------------------------------------------------------------------------------------------
def libraries_of(who: Person) -> None:
    """The page of an organisation's libraries, as its administrator finds it."""
    who.go("/me/")
    who.go(who.page.locator("main a[href^='/organisation/']").first.get_attribute("href") or "")
    who.click("What you ask in due diligence")


def begin_a_library(who: Person, title: str, *, intro: str, start: str = "empty") -> str:
    """The address of the new draft."""
    libraries_of(who)
    who.click("Make a library of your own")
    who.fill(title=title, language="en", start=start)
    who.submit()
    draft = urlsplit(who.page.url).path
    who.click("Name and introduction")
    who.fill(intro_en=intro)
    who.submit()
    return draft


def add_a_theme(who: Person, draft: str, title: str) -> None:
    """Leaves the reader on the page of the theme."""
    who.go(draft)
    who.click("Add a theme")
    who.fill(title_en=title)
    who.submit()


def add_a_question(who: Person, text: str, **fields: Any) -> None:
    """On the page of a theme."""
    who.click("Add a question")
    who.fill(text_en=text, **fields)
    who.submit("Save")


def change_a_question(who: Person, draft: str, theme: str, text: str, **fields: Any) -> None:
    who.go(draft)
    who.click(theme)
    who.click_beside(text, text)
    who.fill(**fields)
    who.submit("Save")


def add_rows_in_the_spreadsheet(who: Person, draft: str, folder: Path, *rows: Mapping[str, str]) -> None:
    """Download the draft's workbook, write questions below the others by the heads of the columns, upload it.

    What the page says then, errors among it, is for the story to look at.
    """
    who.go(draft)
    filled = folder / "our questions.xlsx"
    filled.write_bytes(steps.download(who, "Download as Excel workbook").read_bytes())
    book = load_workbook(filled)
    sheet = book["Questions"]
    at = {str(cell.value): cell.column for cell in sheet[1]}
    for row in rows:
        line = sheet.max_row + 1
        for head, value in row.items():
            sheet.cell(line, at[head]).value = value
    book.save(filled)
    who.click("Upload a file")
    who.fill(file=filled)
    who.click("Look at it")


def publish(who: Person, draft: str) -> None:
    who.go(draft)
    who.click("Publish…")
    who.submit("Publish")


def write_the_next_version(who: Person, library: str) -> str:
    """The address of the draft of the next version of a published library."""
    libraries_of(who)
    who.click(library)
    who.click("Write the next version")
    return urlsplit(who.page.url).path


# Asking it ------------------------------------------------------------------------------------------------------------
def propose_to_ask(who: Person, library: str, *, depth: str = "light") -> None:
    """Propose a library for the record; the newest version stands first."""
    who.open("diligence/depth/")
    who.fill(depth=depth)
    who.page.locator("main").get_by_label(library).first.check(force=True)
    who.submit()


def agree_to_ask(who: Person) -> None:
    who.open("diligence/depth/")
    who.submit("Agree")


# Answering ------------------------------------------------------------------------------------------------------------
def answer(who: Person, checklist: str, question: str, **said: Any) -> None:
    """Answer the question of a checklist that is worded so."""
    open_question(who, checklist, question)
    who.fill(**said)
    who.submit("Save")


def still_true(who: Person, checklist: str, question: str) -> None:
    """Say of an answer of the round before that nothing has changed."""
    who.go(checklist)
    line = who.page.locator("main .cg-question", has_text=question)
    line.get_by_role("button", name="Still true").click()
    who.page.wait_for_load_state()


def open_question(who: Person, checklist: str, question: str) -> None:
    who.go(checklist)
    link = who.page.locator("main .cg-question h3 a", has_text=question).first.get_attribute("href")
    assert link, question
    who.go(link)
