"""The checklist as a workbook: what goes out, what comes back, and that nothing is written before somebody chooses."""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from openpyxl import load_workbook

from lifecycle.diligence import actions, queries
from lifecycle.diligence.actions import Said
from lifecycle.diligence.actions import workbook as books
from lifecycle.diligence.models import DiligenceAnswer, WorkbookImport, WorkbookLine
from lifecycle.diligence.queries.workbook import Group, compare
from lifecycle.diligence.states import Level, LineProblem, RoundReason
from lifecycle.diligence.workbook import (
    MAX_BYTES,
    choices_in,
    day_in,
    level_in,
    plain_number,
    typed_number,
)
from partnerships import clock
from partnerships.access.actions import circle_here
from partnerships.access.places import Place
from partnerships.catalogue.content import Library
from partnerships.catalogue.loading import checksum
from partnerships.catalogue.models import CatalogueVersion
from partnerships.catalogue.queries import content
from partnerships.documents import actions as documents
from partnerships.history.models import Act
from partnerships.people import actions as people
from partnerships.record.holding import lift_hold, set_hold
from partnerships.record.models import Party
from tests.factories import World, make_partnership, sign_in
from tests.partnerships.documents import files

from .books import COLUMNS, fill, line_of, saved, sheet_of, take_away, upload, url
from .conftest import answer, release_self
from .test_rounds import OTHER, library_with


def items_with(changes: dict[str, dict[str, Any]]) -> CatalogueVersion:
    """A newer shipped version in which some questions are of other kinds."""
    old = queries.shipped_library()
    items = [{**item, **changes.get(item["code"], {})} for item in old.content["items"]]
    return CatalogueVersion.objects.create(
        kind=old.kind, code=old.code, version=old.version + 1, title=old.title,
        content={**old.content, "items": items}, checksum=checksum({"items": items}), published_at=clock.now(),
    )  # fmt: skip


def text_of(words: str) -> dict[str, str]:
    return {"en": words, "fr": f"{words} (fr)", "es": f"{words} (es)"}


OPTIONS = [
    {"code": "audited", "text": text_of("Audited; each year"), "level": "none"},
    {"code": "own", "text": text_of("Own figures"), "level": "some"},
    {"code": "nothing", "text": text_of("Nothing at all"), "level": "serious"},
]
KINDS: dict[str, dict[str, Any]] = {
    "2.1": {"answer": "choice", "options": OPTIONS},
    "2.2": {"answer": "choices", "options": OPTIONS},
    "3.3": {"answer": "number", "unit": text_of("tonnes"), "critical": 0},
    "4.5": {"answer": "date", "critical": 0},
    "6.2": {"answer": "file", "critical": 0},
}


def said(place: Place, about: Party, code: str) -> DiligenceAnswer | None:
    found: DiligenceAnswer | None = (
        DiligenceAnswer.objects.of(place.partnership)
        .filter(assessment__party=place.own_party, assessment__about=about, code=code, superseded_at=None)
        .order_by("-assessment__round__number")
        .first()
    )
    return found


def sent(place: Place, about: Party, filled: bytes) -> WorkbookImport:
    response = upload(place, about, filled)
    assert response.status_code == 302, re.findall(r'class="invalid-feedback[^>]*>(.*?)<', response.content.decode())
    key = response.headers["Location"].rstrip("/").rpartition("/")[2]
    return WorkbookImport.objects.unguarded("test").get(public_id=key)


def grouped(place: Place, item: WorkbookImport) -> dict[str, str]:
    return {row.code or str(row.line.order): row.group.value for row in compare(item, place).rows}


def refused(place: Place, about: Party, filled: bytes, name: str = "checklist.xlsx") -> str:
    """What the page says, when nothing was taken in."""
    before = WorkbookImport.objects.unguarded("test").count()
    response = upload(place, about, filled, name)
    assert response.status_code == 200
    assert WorkbookImport.objects.unguarded("test").count() == before
    return str(response.context["form"].errors["file"][0])


def take(place: Place, item: WorkbookImport, **cells: str) -> Any:
    """Press the button, as the page has it; `cells` are those that somebody changed on it."""
    client = sign_in(Client(), place)
    address = url(place, "workbook_compare", item.about.public_id, item.public_id)
    form = client.get(address).context["form"]
    data = {name: form[name].value() for name in form.fields}
    data = {name: value for name, value in data.items() if value not in (False, None)} | cells
    return client.post(address, {name: value for name, value in data.items() if value != ""})


@pytest.fixture
def own(world: World) -> tuple[Place, Party]:
    place = world.ngo
    return place, place.own_party


# What goes out --------------------------------------------------------------------------------------------------------
def test_it_holds_the_own_checklist_and_what_begins_like_a_formula_stays_text(world: World) -> None:
    ngo, company = world.ngo, world.company
    answer(ngo, ngo.own_party, "2.1", Level.SOME, '=HYPERLINK("http://example.org";"x")')
    answer(company, company.own_party, "2.1", Level.SOME, "Theirs alone")
    taken = take_away(ngo, ngo.own_party)
    sheet = sheet_of(load_workbook(io.BytesIO(taken)))
    row = line_of(sheet, "2.1")
    assert sheet.cell(row, COLUMNS["answer"]).value == "Some concern"
    note = sheet.cell(row, COLUMNS["note"])
    assert (note.value, note.data_type) == ('=HYPERLINK("http://example.org";"x")', "s")
    assert b"Theirs alone" not in b"".join(zipfile.ZipFile(io.BytesIO(taken)).read(n) for n in _parts(taken))
    with zipfile.ZipFile(io.BytesIO(taken)) as archive:
        assert all(b"<f>" not in archive.read(name) for name in _parts(taken) if "/worksheets/" in name)
        assert not [name for name in archive.namelist() if name.endswith("sheet2.xml.rels")]


def _parts(content: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(content)).namelist()


def test_only_answers_can_be_typed_and_marks_are_out_of_sight(own: tuple[Place, Party]) -> None:
    book = load_workbook(io.BytesIO(take_away(*own)))
    assert [s.title for s in book.worksheets if s.sheet_state == "visible"] == ["How to use it", "Questions"]
    sheet = sheet_of(book)
    assert sheet.protection.sheet
    open_ = {
        name for name, column in COLUMNS.items() if not sheet.cell(line_of(sheet, "2.1"), column).protection.locked
    }
    assert open_ == {"answer", "note"}
    assert sheet.row_dimensions[1].hidden
    assert sheet.column_dimensions["K"].hidden


def test_it_speaks_the_readers_language(own: tuple[Place, Party]) -> None:
    place, about = own
    answer(place, about, "2.1", Level.SOME, "Words")
    place.user.language = "fr"
    place.user.save()
    client = sign_in(Client(headers={"accept-language": "fr"}), place)
    client.cookies["django_language"] = "fr"
    response = client.get(url(place, "workbook_file", about.public_id))
    sheet = sheet_of(load_workbook(io.BytesIO(b"".join(response.streaming_content))))  # type: ignore[attr-defined]
    question = content(queries.library_for(place.partnership), Library).item("2.1")
    assert sheet.cell(line_of(sheet, "2.1"), 3).value == question.text.fr
    assert level_in(sheet.cell(line_of(sheet, "2.1"), COLUMNS["answer"]).value) == Level.SOME


def test_taking_it_away_is_noted_on_the_own_side(world: World) -> None:
    take_away(world.ngo, world.ngo.own_party)
    act = Act.objects.get(kind="diligence.taken_away")
    assert set(act.circle.members.values_list("party", flat=True)) == {world.party("ngo").pk}


def test_asking_about_it_takes_nothing_away(world: World) -> None:
    client, address = sign_in(Client(), world.ngo), url(world.ngo, "workbook_file", world.party("ngo").public_id)
    assert client.head(address).status_code == 200
    assert not Act.objects.filter(kind="diligence.taken_away").exists()
    client.get(address)
    assert Act.objects.filter(kind="diligence.taken_away").count() == 1


def test_other_kinds_of_question_go_out_and_come_back_as_they_were(world: World) -> None:
    items_with(KINDS)
    ngo = world.ngo
    about = ngo.own_party
    values = {"2.1": "own", "2.2": ["audited", "nothing"], "3.3": "1234.5", "4.5": "2027-03-31"}
    actions.save_answers(about=about, said={c: Said("", "A note", v) for c, v in values.items()}, seen=None, by=ngo)
    taken = take_away(ngo, about)
    sheet = sheet_of(load_workbook(io.BytesIO(taken)))
    assert sheet.cell(line_of(sheet, "3.3"), COLUMNS["value"]).value == 1234.5
    assert sheet.cell(line_of(sheet, "4.5"), COLUMNS["value"]).value.date().isoformat() == "2027-03-31"
    lists = {str(v.sqref): v.formula1 for v in sheet.data_validations.dataValidation if v.type == "list"}
    assert f"F{line_of(sheet, '2.1')}" in lists
    assert set(grouped(ngo, sent(ngo, about, saved(load_workbook(io.BytesIO(taken)))))) >= set(values)
    assert set(grouped(ngo, sent(ngo, about, taken)).values()) == {Group.UNCHANGED}


def test_other_kinds_of_answer_are_read_and_taken_over(world: World) -> None:
    items_with(KINDS)
    ngo = world.ngo
    about = ngo.own_party
    filled = fill(
        take_away(ngo, about),
        {
            "2.1": {"answer": "own figures (FR)"},
            "2.2": {"answer": "Nothing at all; Audited; each year"},
            "3.3": {"value": "1 234,50"},
            "4.5": {"value": "2027-03-31"},
        },
    )
    take(ngo, sent(ngo, about, filled))
    found = {code: said(ngo, about, code) for code in KINDS}
    assert {code: a.value for code, a in found.items() if a is not None} == {
        "2.1": "own", "2.2": ["nothing", "audited"], "3.3": "1234.5", "4.5": "2027-03-31",
    }  # fmt: skip
    # What the choices stand for counts for the decision.
    assert [found[code].level for code in ("2.1", "2.2") if found[code]] == [Level.SOME, Level.SERIOUS]  # type: ignore[union-attr]


# What comes back ------------------------------------------------------------------------------------------------------
def test_nothing_is_written_by_an_upload_and_what_is_as_it_was_brings_nothing(own: tuple[Place, Party]) -> None:
    place, about = own
    answer(place, about, "2.1", Level.SOME, "First")
    filled = fill(take_away(place, about), {"2.1": {"note": "Second"}, "2.2": {"answer": "No concern"}})
    item = sent(place, about, filled)
    assert grouped(place, item) == {
        row.question.code: {"2.1": "yours", "2.2": "new"}.get(row.question.code, "unchanged")
        for row in queries.checklist(about, about, place.partners).rows
    }
    first = said(place, about, "2.1")
    assert first is not None
    assert first.text == "First"
    assert said(place, about, "2.2") is None


def test_what_is_new_or_changed_by_oneself_is_taken_unless_one_says_otherwise(own: tuple[Place, Party]) -> None:
    place, about = own
    answer(place, about, "2.1", Level.SOME, "First")
    filled = fill(
        take_away(place, about),
        {"2.1": {"note": "Second"}, "2.2": {"answer": "No concern"}, "3.1": {"answer": "Serious concern"}},
    )
    response = take(place, sent(place, about, filled), take_3_1="")
    assert response.status_code == 302
    first, second = said(place, about, "2.1"), said(place, about, "2.2")
    assert first is not None
    assert second is not None
    assert (first.level, first.text, second.level) == (Level.SOME, "Second", Level.NONE)
    assert said(place, about, "3.1") is None
    assert not WorkbookLine.objects.exists()


def test_where_both_changed_what_is_here_stays_and_each_cell_can_be_taken(own: tuple[Place, Party]) -> None:
    place, about = own
    for code in ("2.1", "2.2", "3.1"):
        answer(place, about, code, Level.SOME, "At first")
    taken = take_away(place, about)
    for code in ("2.1", "2.2", "3.1"):
        answer(place, about, code, Level.SERIOUS, "Meanwhile")
    filled = fill(taken, {c: {"answer": "No concern", "note": "Mine"} for c in ("2.1", "2.2", "3.1")})
    item = sent(place, about, filled)
    page = sign_in(Client(), place).get(url(place, "workbook_compare", about.public_id, item.public_id))
    html = page.content.decode()
    for words in ("Meanwhile", "At first", "Mine", "Serious concern", "Some concern", "No concern"):
        assert words in html
    assert all(part["take"] is None for part in page.context["form"].conflicts)
    take(place, item, answer_2_2="yours", note_3_1="yours")
    found = {code: said(place, about, code) for code in ("2.1", "2.2", "3.1")}
    assert {code: (a.level, a.text) for code, a in found.items() if a is not None} == {
        "2.1": (Level.SERIOUS, "Meanwhile"),
        "2.2": (Level.NONE, "Meanwhile"),
        "3.1": (Level.SERIOUS, "Mine"),
    }


def test_what_only_others_changed_is_no_conflict_and_stays(own: tuple[Place, Party]) -> None:
    place, about = own
    answer(place, about, "2.1", Level.SOME, "At first")
    taken = take_away(place, about)
    answer(place, about, "2.1", Level.SERIOUS, "Meanwhile")
    item = sent(place, about, fill(taken, {"2.2": {"answer": "No concern"}}))
    assert grouped(place, item)["2.1"] == Group.UNCHANGED
    take(place, item)
    found = said(place, about, "2.1")
    assert found is not None
    assert found.text == "Meanwhile"


def test_a_document_cited_meanwhile_is_no_conflict(own: tuple[Place, Party]) -> None:
    place, about = own
    answer(place, about, "2.1", Level.SOME, "At first")
    taken = take_away(place, about)
    kept = documents.note_seen(
        partnership=place.partnership, circle=circle_here(place, "own"), by=place, title="Register",
        seen_by="Two of us", seen_on=clock.today(), held_at="Their office",
    )  # fmt: skip
    actions.cite(about=about, code="2.1", documents=[kept], by=place)
    item = sent(place, about, fill(taken, {"2.1": {"note": "Mine"}}))
    assert grouped(place, item)["2.1"] == Group.YOURS


def test_an_emptied_line_takes_nothing_away(own: tuple[Place, Party]) -> None:
    place, about = own
    answer(place, about, "2.1", Level.SOME, "At first")
    item = sent(place, about, fill(take_away(place, about), {"2.1": {"answer": None, "note": None}}))
    assert grouped(place, item)["2.1"] == Group.UNCHANGED


def test_what_changed_since_it_was_shown_is_shown_again_and_nothing_is_written(own: tuple[Place, Party]) -> None:
    place, about = own
    answer(place, about, "2.1", Level.SOME, "At first")
    item = sent(place, about, fill(take_away(place, about), {"2.1": {"note": "Mine"}, "2.2": {"answer": "No concern"}}))
    seen = compare(item, place).seen
    answer(place, about, "2.1", Level.SOME, "Meanwhile")
    address = url(place, "workbook_compare", about.public_id, item.public_id)
    response = sign_in(Client(), place).post(address, {"seen": seen, "take_2_1": "on", "take_2_2": "on"})
    assert response.status_code == 200
    html = response.content.decode()
    assert "Something changed here since you were shown this" in html
    assert "Meanwhile" in html
    found = said(place, about, "2.1")
    assert found is not None
    assert found.text == "Meanwhile"
    assert said(place, about, "2.2") is None
    # The page has the choices as they were made, beside what stands there now: what is here stays.
    form = response.context["form"]
    assert (form["take_2_2"].value(), form["note_2_1"].value()) == (True, "here")
    assert take(place, item).status_code == 302
    assert said(place, about, "2.2") is not None


def test_a_released_answer_stays_as_it_was_read_when_a_workbook_changes_it(world: World) -> None:
    ngo = world.ngo
    answer(ngo, ngo.own_party, "2.1", Level.SOME, "Released")
    release_self(ngo)
    taken = take_away(ngo, ngo.own_party)
    take(ngo, sent(ngo, ngo.own_party, fill(taken, {"2.1": {"note": "Later"}})))
    rows = DiligenceAnswer.objects.of(world.partnership).filter(code="2.1", assessment__party=ngo.own_party)
    assert [(a.text, a.superseded_at is None) for a in rows.order_by("pk")] == [("Released", False), ("Later", True)]


def test_the_same_file_waits_once_and_has_no_effect_twice(own: tuple[Place, Party]) -> None:
    place, about = own
    filled = fill(take_away(place, about), {"2.1": {"answer": "No concern"}})
    item = sent(place, about, filled)
    assert sent(place, about, filled) == item
    take(place, item)
    before = said(place, about, "2.1")
    assert before is not None
    with pytest.raises(ValidationError):
        books.take_over(item, chosen={"2.1": frozenset({"answer"})}, seen="", by=place)
    again = sent(place, about, filled)
    assert set(grouped(place, again).values()) == {Group.UNCHANGED}
    take(place, again)
    after = said(place, about, "2.1")
    assert after is not None
    assert (after.pk, after.version) == (before.pk, before.version)
    assert Act.objects.filter(kind="diligence.taken_over").count() == 1


def test_words_of_any_language_are_understood() -> None:
    for level in Level:
        for language in ("en", "fr", "es"):
            with override(language):
                word = str(level.label)
            assert level_in(word.upper()) == level.value, (level, language)
    assert level_in("perhaps") == ""


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        (3, "3"), (2.50, "2.5"), ("1 234,5", "1234.5"), ("1.234,5", "1234.5"), ("1,234.5", "1234.5"),
        ("0,125", "0.125"),
        ("-12", "-12"), ("−12", "-12"), ("12’000.5", "12000.5"), ("1,234", None), ("1.234", None), ("12 t", None),
        ("1.2.3", None), ("NaN", None), (float("inf"), None), ("1e400", None), (True, None), ("", None),
    ],
)  # fmt: skip
def test_numbers_are_read_as_typed_and_never_guessed(typed: Any, number: str | None) -> None:
    assert typed_number(typed) == number


@pytest.mark.django_db
def test_a_stored_number_and_a_date() -> None:
    assert plain_number("1.234") == "1.234"
    assert plain_number("x") is None
    assert day_in("31.03.2027") is None
    question = content(items_with(KINDS), Library).item("2.2")
    assert choices_in(question, "own; own\nNothing at all (es)") == ["own", "nothing"]
    assert choices_in(question, "own; else") is None


# Lines that are of no use ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("code", "cells", "problem"),
    [
        ("2.1", {"answer": "perhaps"}, LineProblem.LEVEL),
        ("2.1", {"answer": "Does not apply"}, LineProblem.REASON),
        ("2.1", {"value": 12}, LineProblem.MISPLACED),
        ("2.1", {"answer": "No concern", "note": "x" * 4001}, LineProblem.LONG),
        ("8.1", {"answer": "No concern", "note": "One line\nand another"}, LineProblem.CASE),
        ("2.1", {"code": "99.9", "answer": "No concern"}, LineProblem.UNKNOWN),
        ("2.1", {"code": "2.2", "answer": "No concern"}, LineProblem.FOREIGN),
        ("2.1", {"mark": "0" * 20, "answer": "No concern"}, LineProblem.FOREIGN),
        ("2.1", {"mark": None, "code": "5.1", "answer": "No concern"}, LineProblem.NOT_ASKED),
        ("2.1", {"mark": None, "code": "2.2", "answer": "No concern"}, LineProblem.TWICE),
    ],
)
def test_a_line_of_no_use_says_why_and_the_others_count(
    own: tuple[Place, Party], code: str, cells: dict[str, Any], problem: str
) -> None:
    place, about = own
    filled = fill(take_away(place, about), {"3.1": {"answer": "No concern"}, code: cells})
    item = sent(place, about, filled)
    html = sign_in(Client(), place).get(url(place, "workbook_compare", about.public_id, item.public_id))
    rejected = compare(item, place).of(Group.REJECTED)
    assert [row.line.problem for row in rejected] == [problem]
    assert rejected[0].why in html.content.decode().replace("&#x27;", "'")
    take(place, item)
    assert said(place, about, "3.1") is not None
    assert said(place, about, "2.1") is None


def test_too_long_a_note_says_how_long_it_may_be_and_nothing_of_the_line_is_written(world: World) -> None:
    place, about = world.ngo, world.company.own_party
    # 1.1 is answered in words, which may be more than a note; each as on the page.
    cells = {"2.1": {"answer": "No concern", "note": "x" * 4001}, "1.1": {"note": "x" * 8001}}
    item = sent(place, about, fill(take_away(place, about), cells | {"1.4": {"note": "x" * 8000}}))
    comparison = compare(item, place)
    assert {row.code: row.why for row in comparison.of(Group.REJECTED)} == {
        "2.1": "The note is too long: it may have 4,000 characters.",
        "1.1": "The note is too long: it may have 8,000 characters.",
    }
    html = sign_in(Client(), place).get(url(place, "workbook_compare", about.public_id, item.public_id))
    assert "it may have 4,000 characters" in html.content.decode()
    take(place, item)
    assert said(place, about, "2.1") is None
    assert said(place, about, "1.1") is None
    assert said(place, about, "1.4") is not None


@pytest.mark.parametrize(
    ("code", "cells", "problem"),
    [
        ("2.1", {"answer": "something else"}, LineProblem.CHOICE),
        ("3.3", {"value": "a lot"}, LineProblem.NUMBER),
        ("3.3", {"value": "1,234"}, LineProblem.NUMBER),
        ("4.5", {"value": "next week"}, LineProblem.DATE),
    ],
)
def test_values_that_cannot_be_read(world: World, code: str, cells: dict[str, Any], problem: str) -> None:
    items_with(KINDS)
    ngo = world.ngo
    item = sent(ngo, ngo.own_party, fill(take_away(ngo, ngo.own_party), {code: cells}))
    assert [row.line.problem for row in compare(item, ngo).of(Group.REJECTED)] == [problem]


def test_a_line_copied_from_another_checklist_is_named(world: World) -> None:
    ngo, company = world.ngo, world.company
    other = sheet_of(load_workbook(io.BytesIO(take_away(ngo, company.own_party))))
    row = line_of(other, "2.1")
    cells = {name: other.cell(row, column).value for name, column in COLUMNS.items()}
    filled = fill(take_away(ngo, ngo.own_party), {"2.1": {**cells, "answer": "Serious concern"}})
    rejected = compare(sent(ngo, ngo.own_party, filled), ngo).of(Group.REJECTED)
    assert [(r.code, r.line.problem) for r in rejected] == [("2.1", LineProblem.FOREIGN)]
    assert "Serious concern" in rejected[0].line.raw


# Whole files that are refused -----------------------------------------------------------------------------------------
def test_a_workbook_belongs_to_its_record_side_and_checklist(world: World) -> None:
    ngo, company = world.ngo, world.company
    about_us, about_them = take_away(ngo, ngo.own_party), take_away(ngo, company.own_party)
    assert "Corvane Gold" in refused(ngo, ngo.own_party, about_them)
    assert "another organisation" in refused(company, company.own_party, about_them)
    elsewhere = make_partnership(name="Elsewhere", stage="diligence")
    assert "another partnership" in refused(elsewhere.ngo, elsewhere.ngo.own_party, about_us)


def _macros(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {n: archive.read(n) for n in archive.namelist()} | {"xl/vbaProject.bin": b"program"}
    return files.archive(parts)


def _with(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {n: change(archive.read(n)) if n == name else archive.read(n) for n in archive.namelist()}
    return files.archive(parts)


def test_what_is_no_workbook_of_ours_is_refused_in_words(own: tuple[Place, Party]) -> None:
    place, about = own
    good = take_away(place, about)
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
    bomb = files.archive({"[Content_Types].xml": b"<x>spreadsheetml.sheet.main+xml</x>", "xl/a.xml": b" " * 40_000_000})
    large = _with(good, "xl/worksheets/sheet1.xml", lambda part: part + os.urandom(400_000) + b" " * 25_000_000)
    entity = _with(
        good, "xl/worksheets/sheet2.xml",
        lambda part: part.replace(b"?>", b'?><!DOCTYPE worksheet [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>', 1),
    )  # fmt: skip
    for name, filled, sign in (
        ("a.xlsx", b"MZ\x90\x00" + b"\x00" * 200, "We cannot take this kind of file"),
        ("a.xlsx", b"code;answer\n2.1;No concern\n", "Save the file again as what it is"),
        ("a.csv", b"code;answer\n2.1;No concern\n", "This is not an Excel workbook"),
        ("a.pdf", files.pdf(), "This is not an Excel workbook"),
        ("a.xlsx", _macros(good), "carries macros"),
        ("a.xlsm", _macros(good), "carries macros"),
        ("a.xlsx", locked, "locked with a password"),
        ("a.xlsx", bomb, "far too large"),
        ("a.xlsx", large, "far larger than a checklist"),
        ("a.xlsx", entity, "This workbook is damaged"),
        ("a.xlsx", good[: len(good) // 2], "damaged"),
        ("a.xlsx", files.sheet(), "This is not a checklist that was taken away from here"),
        ("a.xlsx", b"", "empty"),
    ):
        assert sign in refused(place, about, filled, name), (name, sign)


def test_a_file_over_the_limit_and_a_sheet_without_end(own: tuple[Place, Party]) -> None:
    place, about = own
    good = take_away(place, about)
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        parts = {n: archive.read(n) for n in archive.namelist()}
    ballast = {"docProps/x.bin": bytes(range(256)) * (MAX_BYTES // 200)}
    heavy = files.archive(parts | ballast, stored=("docProps/x.bin",))
    assert "far larger than a checklist" in refused(place, about, heavy)
    book = load_workbook(io.BytesIO(good))
    for _line in range(1100):
        sheet_of(book).append(["2.1", "", "", "", "No concern"])
    assert "far more lines" in refused(place, about, saved(book))


def test_marks_that_were_changed_or_made_elsewhere_count_for_nothing(own: tuple[Place, Party]) -> None:
    place, about = own
    book = load_workbook(io.BytesIO(take_away(place, about)))
    token = book["cg-marks"]["A1"].value
    book["cg-marks"]["A1"].value = token[:-4] + "AAAA"
    assert "was taken away from here" in refused(place, about, saved(book))
    del book["cg-marks"]
    assert "was taken away from here" in refused(place, about, saved(book))


# Earlier rounds and versions ------------------------------------------------------------------------------------------
def test_a_workbook_of_an_earlier_round_offers_what_is_still_asked_and_takes_nothing_by_itself(world: World) -> None:
    ngo = world.ngo
    about = ngo.own_party
    choice = actions.propose_depth(depth="full", by=ngo)
    actions.agree_depth(choice, by=world.company)
    answer(ngo, about, "1.3", Level.SOME, "Partly")
    answer(ngo, about, "2.1", Level.SOME, "At first")
    taken = take_away(ngo, about)
    library_with(**OTHER)
    actions.start_refresh(reason=RoundReason.OWNERSHIP, note="", by=world.company)
    filled = fill(
        taken,
        {
            "1.3": {"note": "Not any more"},
            "2.1": {"answer": "No concern", "note": "Settled"},
            "2.3": {"answer": "No concern"},
        },
    )
    ngo = world.ngo
    item = sent(ngo, about, filled)
    found = grouped(ngo, item)
    assert (found["1.3"], found["2.1"], found["2.3"]) == (Group.REWORDED, Group.OFFERED, Group.REJECTED)
    client = sign_in(Client(), ngo)
    html = client.get(url(ngo, "workbook_compare", about.public_id, item.public_id)).content.decode()
    for words in ("Does it serve our strategy?", "Does it serve us?", "Not any more", "is not asked of you any more"):
        assert words in html
    take(ngo, item)
    carried = said(ngo, about, "2.1")
    assert carried is not None
    assert carried.is_carried
    take(ngo, sent(ngo, about, filled), take_2_1="on")
    taken_over = said(ngo, about, "2.1")
    assert taken_over is not None
    assert (taken_over.level, taken_over.text, taken_over.is_carried) == (Level.NONE, "Settled", False)
    first = DiligenceAnswer.objects.of(world.partnership).get(assessment__round__number=1, code="2.1")
    assert first.text == "At first"


def test_a_workbook_from_before_the_first_answer_is_of_the_first_round(own: tuple[Place, Party]) -> None:
    place, about = own
    taken = take_away(place, about)
    answer(place, about, "2.2", Level.NONE)
    item = sent(place, about, fill(taken, {"2.1": {"answer": "No concern"}}))
    assert grouped(place, item)["2.1"] == Group.NEW
    untouched = sent(place, about, fill(taken, {"3.1": {"answer": "No concern"}}))
    assert take(place, untouched).status_code == 302


# Who sees it, and for how long ----------------------------------------------------------------------------------------
def test_an_upload_is_its_sides_alone(world: World) -> None:
    ngo = world.ngo
    item = sent(ngo, ngo.own_party, fill(take_away(ngo, ngo.own_party), {"2.1": {"note": "Zanzibarquartz"}}))
    address = url(ngo, "workbook_compare", ngo.own_party.public_id, item.public_id)
    colleague = world.colleague("ngo")
    assert "Zanzibarquartz" in sign_in(Client(), colleague).get(address).content.decode()
    for who, status in (("company", 404), ("broker", 403), ("community", 403), ("authority", 403)):
        for path in (address, address + "leave-out/"):
            response = sign_in(Client(), world.place(who))
            found = response.post(path) if path.endswith("out/") else response.get(path)
            assert found.status_code == status, (who, path)
    assert sign_in(Client(), world.outsider).get(address).status_code == 404
    assert WorkbookImport.objects.unguarded("test").filter(pk=item.pk).exists()
    former = world.colleague("ngo")
    assert former.seat is not None
    people.end_membership(former.seat.membership)
    assert sign_in(Client(), former.user).get(address).status_code == 404


def test_it_can_be_thrown_away_and_goes_by_itself(own: tuple[Place, Party]) -> None:
    place, about = own
    filled = fill(take_away(place, about), {"2.1": {"answer": "No concern"}})
    item = sent(place, about, filled)
    client = sign_in(Client(), place)
    hold = set_hold(by=place, reason="A claim.")
    leaving = client.post(url(place, "workbook_leave_out", about.public_id, item.public_id), follow=True)
    assert "legal hold" in leaving.content.decode()
    with clock.at(clock.now() + books.WAITS + books.WAITS / 100):
        assert books.sweep_workbooks() == 0
    compared = compare(item, place)
    assert books.take_over(item, chosen={}, seen=compared.seen, by=place) == 0
    assert item.lines.exists(), "under a hold what was not wanted stays"
    lift_hold(hold, by=place, because="Settled.")
    item = sent(place, about, filled)
    client.post(url(place, "workbook_leave_out", about.public_id, item.public_id))
    assert not WorkbookImport.objects.unguarded("test").filter(applied_at=None).exists()
    item = sent(place, about, filled)
    with clock.at(clock.now() + books.WAITS + books.WAITS / 100):
        assert client.get(url(place, "workbook_compare", about.public_id, item.public_id)).status_code == 302
        assert books.sweep_workbooks() > 0
    assert not WorkbookImport.objects.unguarded("test").exists()


def test_the_page_says_what_waits(own: tuple[Place, Party]) -> None:
    place, about = own
    client = sign_in(Client(), place)
    assert "See what is in it" not in client.get(url(place, "workbook", about.public_id)).content.decode()
    sent(place, about, fill(take_away(place, about), {"2.1": {"answer": "No concern"}}))
    assert "See what is in it" in client.get(url(place, "workbook", about.public_id)).content.decode()


def test_a_comparison_asks_as_often_for_one_line_as_for_all(world: World) -> None:
    ngo = world.ngo
    about = ngo.own_party
    taken = take_away(ngo, about)
    one = sent(ngo, about, fill(taken, {"2.1": {"answer": "No concern"}}))
    codes = ("2.1", "2.2", "3.1", "4.5", "6.2")
    for code in codes:
        answer(ngo, about, code, Level.SOME, "Here")
    many = sent(ngo, about, fill(taken, {code: {"answer": "No concern", "note": "Mine"} for code in codes}))
    client, counts = sign_in(Client(), ngo), []
    for item in (one, one, many):
        with CaptureQueriesContext(connection) as asked:
            client.get(url(ngo, "workbook_compare", about.public_id, item.public_id))
        counts.append(len(asked))
    assert counts[1] == counts[2]


@pytest.mark.parametrize("typed", ["1e9999999", "1e-999999", "-1e400", "nan", "inf", "9" * 40])
def test_a_hostile_number_is_none(typed: str) -> None:
    assert plain_number(typed) is None


def test_a_number_keeps_what_a_form_would_take() -> None:
    assert plain_number(1 / 3) == "0.333333"
    assert plain_number("0.10") == "0.1"


# An organisation's own questions --------------------------------------------------------------------------------------
DRAWN = "q7kx2mw9"


def as_before(content_of_file: bytes) -> bytes:
    """The workbook as it was taken away before its codes were hidden: the code stands first, for everybody to see."""
    book = load_workbook(io.BytesIO(content_of_file))
    sheet = sheet_of(book)
    for row in range(1, sheet.max_row + 1):
        sheet.cell(row, COLUMNS["sign"]).value = sheet.cell(row, COLUMNS["code"]).value
    sheet.delete_cols(COLUMNS["code"])
    return saved(book)


def test_a_drawn_code_is_nowhere_to_be_seen_and_the_line_says_which_it_is(world: World) -> None:
    items_with({"2.1": {"code": DRAWN}})
    ngo = world.ngo
    book = load_workbook(io.BytesIO(take_away(ngo, ngo.own_party)))
    sheet = sheet_of(book)
    letter = sheet.cell(1, COLUMNS["code"]).column_letter
    assert sheet.column_dimensions[letter].hidden
    row = line_of(sheet, DRAWN)
    shown = [str(cell.value or "") for cell in sheet[row] if not sheet.column_dimensions[cell.column_letter].hidden]
    assert not any(DRAWN in words for words in shown)
    assert sheet.cell(row, COLUMNS["sign"]).value == str(row - 2)
    assert sheet.cell(line_of(sheet, "2.2"), COLUMNS["sign"]).value == "2.2"


@pytest.mark.parametrize("layout", [lambda file: file, as_before], ids=["today", "before"])
def test_it_comes_back_cell_by_cell_whenever_it_was_taken_away(world: World, layout: Any) -> None:
    items_with({"2.1": {"code": DRAWN}})
    ngo = world.ngo
    about = ngo.own_party
    assert actions.save_answers(about=about, said={DRAWN: Said(Level.NONE, "First")}, seen=None, by=ngo)
    taken = take_away(ngo, about)
    actions.save_answers(about=about, said={DRAWN: Said(Level.SOME, "Changed here")}, seen=None, by=ngo)
    file = fill(taken, {DRAWN: {"note": "Changed in the field"}, "2.2": {"answer": "No concern"}})
    item = sent(ngo, about, layout(file))
    groups = grouped(ngo, item)
    assert (groups[DRAWN], groups["2.2"]) == ("conflict", "new")
    page = sign_in(Client(), ngo).get(url(ngo, "workbook_compare", about.public_id, item.public_id)).content.decode()
    assert not re.findall(rf">[^<]*{DRAWN}[^<]*<", page)
    take(ngo, item, **{f"note_{DRAWN}": "yours"})
    found = said(ngo, about, DRAWN)
    assert found is not None
    assert (found.level, found.text) == (Level.SOME, "Changed in the field")
    assert said(ngo, about, "2.2") is not None


def test_an_upload_that_somebody_left_out_meanwhile_is_said_and_writes_nothing(own: tuple[Place, Party]) -> None:
    place, about = own
    item = sent(place, about, fill(take_away(place, about), {"2.1": {"answer": "No concern"}}))
    seen = compare(item, place).seen
    books.leave_out(item, by=place)
    with pytest.raises(ValidationError, match="Somebody left this upload out"):
        books.take_over(item, chosen={"2.1": frozenset({"answer"})}, seen=seen, by=place)
    assert said(place, about, "2.1") is None
