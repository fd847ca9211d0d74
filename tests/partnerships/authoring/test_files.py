"""Spreadsheets and YAML: out, filled in, in again; what is wrong is named by its place, nothing half is taken."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation

from partnerships.authoring.workbooks import Refused, read_upload
from partnerships.catalogue import actions as catalogue
from partnerships.catalogue.content import Library
from partnerships.catalogue.drafting import is_own
from partnerships.catalogue.models import CatalogueDraft, CatalogueVersion
from partnerships.catalogue.queries import content
from tests.factories import make_organisation, sign_in

from .made import fact, publish, question, small, start
from .test_views import at, fields_of

pytestmark = pytest.mark.django_db
Change = Callable[[Any], None]


def download(client: Client, draft: CatalogueDraft, form: str = "xlsx") -> bytes:
    response = client.get(at(draft, "download_draft", form))
    assert response.status_code == 200
    return response.content


def changed(data: bytes, change: Change) -> bytes:
    """The workbook with something changed in it, as a spreadsheet program would."""
    book, out = openpyxl.load_workbook(io.BytesIO(data)), io.BytesIO()
    change(book)
    book.save(out)
    return out.getvalue()


def cell(sheet: Any, head: str, row: int) -> Any:
    column = next(each.column for each in sheet[1] if each.value == head)
    return sheet.cell(row, column)


def send(client: Client, draft: CatalogueDraft, data: bytes, name: str = "ours.xlsx") -> Any:
    return client.post(at(draft, "upload"), {"file": SimpleUploadedFile(name, data)}, follow=True)


def problems_in(draft: CatalogueDraft, data: bytes, name: str = "ours.xlsx") -> list[tuple[str, str]]:
    with pytest.raises(Refused) as refused:
        read_upload(SimpleUploadedFile(name, data), draft)
    return [(each.where, each.message) for each in refused.value.problems]


@pytest.fixture
def draft(client: Client) -> CatalogueDraft:
    made = small()
    condition = fact(made)
    question(
        made, theme=made.content["themes"][0]["code"], answer="choice", only_if=[condition, "exploration"],
        text={"en": "=HYPERLINK(1)?", "fr": "Combien ?"}, documents=["accounts", "policy"], lessons=["CH3", "ST1"],
        options=[
            {"code": "o1", "text": {"en": "A third", "fr": "Un tiers"}},
            {"code": "o2", "text": {"en": "More"}, "level": "serious"},
        ],
    )  # fmt: skip
    question(made, theme=made.content["themes"][0]["code"], answer="number", unit={"en": "per cent"})
    sign_in(client, made.author)
    made.refresh_from_db()
    return made


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_what_was_downloaded_comes_in_as_it_was(client: Client, draft: CatalogueDraft, language: str) -> None:
    draft.author.language = language
    draft.author.save()
    client.cookies["django_language"] = language
    data = download(client, draft)
    with translation.override("es"):
        taken = read_upload(SimpleUploadedFile("ours.xlsx", data), draft)
    catalogue.offer_content(draft, title=taken.title, content=taken.content, name="ours.xlsx", by=draft.author)
    assert draft.offered is not None
    assert draft.offered["content"] == draft.content


def test_the_shipped_library_comes_in_as_it_was(client: Client) -> None:
    draft = start()
    sign_in(client, draft.author)
    page = send(client, draft, download(client, draft)).content.decode()
    assert "Nothing is different." in page
    draft.refresh_from_db()
    assert draft.offered is not None
    assert draft.offered["content"] == draft.content


def test_words_are_text_and_no_program_runs_them(client: Client, draft: CatalogueDraft) -> None:
    data = download(client, draft)
    sheet = openpyxl.load_workbook(io.BytesIO(data))["Questions"]
    found = cell(sheet, "Question (English)", 3)
    assert (found.value, found.data_type) == ("=HYPERLINK(1)?", "s")
    typed = changed(data, lambda book: setattr(cell(book["Questions"], "Question (English)", 2), "value", "=1+1"))
    taken = read_upload(SimpleUploadedFile("ours.xlsx", typed), draft)
    assert taken.content["items"][0]["text"]["en"] == "=1+1"


def test_a_filled_in_file_is_looked_at_before_it_changes_the_draft(client: Client, draft: CatalogueDraft) -> None:
    def fill(book: Any) -> None:
        sheet = book["Questions"]
        cell(sheet, "How critical", 2).value = "Critical"
        cell(sheet, "Asked from", 2).value = "light"
        sheet.delete_rows(4)
        new = sheet.max_row + 1
        for head, value in {
            "Code": "NEW 1", "Theme": "money", "Question (French)": "Qui paie ?", "Answer": "Plusieurs choix",
            "Guidance (French)": "Demandez.", "Only if": "Mine in Betrieb",
        }.items():  # fmt: skip
            cell(sheet, head, new).value = value
        cell(sheet, "Answer", new).value = "Several choices"
        cell(sheet, "Only if", new).value = "The mine is not in exploration; A dam stands above a village"
        options = book["Answers to choose from"]
        for text in ("Nous", "Eux"):
            options.append(["new 1", None, text])

    before = draft.content
    page = send(client, draft, changed(download(client, draft), fill)).content.decode()
    assert "1 question added" in page
    assert "Qui paie ?" in page
    assert "1 question left out" in page
    assert "1 question changed, and asks the same" in page
    draft.refresh_from_db()
    assert draft.content == before, "nothing has changed yet"
    assert "waits to be taken over" in client.get(at(draft, "draft")).content.decode()
    client.post(at(draft, "offered"), fields_of(page))
    draft.refresh_from_db()
    items = draft.content["items"]
    assert [item["code"] for item in items[:2]] == [item["code"] for item in before["items"][:2]]
    assert (items[0]["critical"], items[0]["depth"]) == (1, "light")
    new = items[2]
    assert is_own(new["code"])
    assert (new["theme"], new["text"]) == (before["themes"][0]["code"], {"fr": "Qui paie ?"})
    assert new["only_if"] == ["operating", before["facts"][0]["code"]]
    assert [each["text"] for each in new["options"]] == [{"fr": "Nous"}, {"fr": "Eux"}]


def test_leaving_the_draft_as_it_is(client: Client, draft: CatalogueDraft) -> None:
    data = changed(download(client, draft), lambda book: book["Questions"].delete_rows(4))
    send(client, draft, data)
    client.post(at(draft, "offered"), {"drop": "1"})
    after = CatalogueDraft.objects.get()
    assert (after.offered, after.content) == (None, draft.content)


def _set(sheet: str, head: str, row: int, value: Any) -> Change:
    return lambda book: setattr(cell(book[sheet], head, row), "value", value)


@pytest.mark.parametrize(
    ("change", "where", "said"),
    [
        (_set("Questions", "Theme", 2, "Water"), "Sheet “Questions”, row 2, Theme", "“Water” is not in the sheet"),
        (_set("Questions", "Theme", 2, None), "Sheet “Questions”, row 2, Theme", "Say which theme"),
        (_set("Questions", "Answer", 3, "Maybe"), "Sheet “Questions”, row 3, Answer", "“Maybe” is none of: Concern,"),
        (_set("Questions", "Guidance (English)", 2, " "), "Sheet “Questions”, row 2, Guidance", "This is missing."),
        (_set("Questions", "Lessons", 2, "ST1; XX9"), "Sheet “Questions”, row 2, Lessons", "“XX9” is not known."),
        (_set("Questions", "Kinds of documents", 2, "A poem"), "Sheet “Questions”, row 2, Kinds of documents", "“A po"),
        (_set("Questions", "Only if", 2, "It rains"), "Sheet “Questions”, row 2, Only if", "“It rains” is not known."),
        (_set("Questions", "Code", 3, "same"), "Sheet “Answers to choose from”, row 2, Code", "No question of the"),
        (_set("Questions", "How critical", 2, 2), "Sheet “Questions”, row 2, Asked from", "A critical question"),
        (_set("Questions", "Question (English)", 2, "x" * 4001), "Sheet “Questions”, row 2, Question", "Longer than"),
        (_set("Questions", "Theme", 1, "Themme"), "Sheet “Questions”, row 1, Themme", "There is no such column"),
        (_set("Questions", "Code", 1, "Theme"), "Sheet “Questions”, row 1, Theme", "This column stands twice"),
        (_set("Themes", "Name (English)", 2, None), "Sheet “Themes”, row 2, Name", "This is missing."),
        (_set("Facts", "Name (English)", 2, None), "Sheet “Facts”, row 2, Name", "This is missing."),
        (
            _set("Answers to choose from", "What it means", 2, "Bad"),
            "Sheet “Answers to choose from”, row 2, What it means", "“Bad” is none of",
        ),
        (_set("Answers to choose from", "Answer (English)", 3, None), "Sheet “Answers to choose from”, row 3", "This"),
        (lambda book: book.remove(book["Questions"]), "Questions", "There is no sheet “Questions”"),
    ],
)  # fmt: skip
def test_a_problem_names_sheet_row_and_column(
    client: Client, draft: CatalogueDraft, change: Change, where: str, said: str
) -> None:
    data = changed(download(client, draft), change)
    found = problems_in(draft, data)
    assert any(at_.startswith(where) and message.startswith(said) for at_, message in found), found
    page = send(client, draft, data).content.decode()
    assert "Nothing was taken" in page
    after = CatalogueDraft.objects.get()
    assert (after.content, after.offered, after.version) == (draft.content, None, draft.version)


def test_two_rows_with_one_code(client: Client, draft: CatalogueDraft) -> None:
    def twice(book: Any) -> None:
        cell(book["Questions"], "Code", 2).value = cell(book["Questions"], "Code", 3).value

    found = problems_in(draft, changed(download(client, draft), twice))
    assert any("row 3, Code" in where and "stands in another row too" in said for where, said in found), found


def test_what_the_file_really_is_counts(client: Client, draft: CatalogueDraft) -> None:
    for name, data, said in (
        ("ours.xlsx", b"MZ\x90\x00" + bytes(200), "We cannot take this kind of file"),
        ("ours.xlsx", b"%PDF-1.7\n%%EOF", "its content says"),
        ("ours.xlsx", b"", "The submitted file is empty"),
        ("ours.pdf", b"%PDF-1.7\n%%EOF", "This is no Excel workbook and no YAML file"),
        ("ours.yaml", b"\xff\xfe\x00\x01", "This file is no text"),
        ("ours.xlsx", bytes(2 * 1024 * 1024 + 1), "too large for a library"),
    ):
        page = send(client, draft, data, name).content.decode()
        assert said in page, (name, said)
    assert CatalogueDraft.objects.get().offered is None


def test_a_workbook_that_would_grow_is_refused(draft: CatalogueDraft, client: Client) -> None:
    data = download(client, draft)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part, old.read(part))
        new.writestr("xl/media/padding.bin", bytes(60 * 1024 * 1024))
    page = send(client, draft, out.getvalue()).content.decode()
    assert "would grow far too large" in page


def test_a_damaged_workbook_is_refused_in_words(draft: CatalogueDraft, client: Client) -> None:
    data = download(client, draft)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            broken = part.filename.endswith("sheet1.xml")
            new.writestr(part.filename, b"<worksheet><sheetData><row>" if broken else old.read(part))
    assert "This file is damaged" in send(client, draft, out.getvalue()).content.decode()


def test_more_rows_than_a_library_has(draft: CatalogueDraft, client: Client) -> None:
    data = changed(download(client, draft), _set("Questions", "Theme", 5000, "Money"))
    assert any("more rows" in said.lower() for _where, said in problems_in(draft, data))


# YAML -----------------------------------------------------------------------------------------------------------------
OURS = """\
kind: library
code: ours
title: {fr: Nos questions}
intro: {fr: Bonjour.}
themes:
  - code: money
    title: {fr: Argent}
facts:
  - code: dam
    title: {fr: Un barrage domine un village}
items:
  - code: one
    theme: money
    direction: both
    critical: 0
    depth: standard
    answer: number
    unit: {fr: pour cent}
    text: {fr: Quelle part de nos revenus ?}
    guidance: {fr: Trois ans.}
    only_if: [dam]
"""


def test_yaml_goes_out_and_comes_in_as_it_was(client: Client, draft: CatalogueDraft) -> None:
    data = download(client, draft, "yaml")
    assert yaml.safe_load(data)["items"][0]["text"] == {"en": "Do we pay on time?"}
    assert "Nothing is different." in send(client, draft, data, "ours.yaml").content.decode()
    draft.refresh_from_db()
    assert draft.offered is not None
    assert (draft.offered["content"], draft.offered["title"]) == (draft.content, draft.title)


@pytest.mark.parametrize(
    ("old", "new", "where", "said"),
    [
        ("depth: standard", "depth: deep", "Line 16, items one, depth", "'deep' is not one of light, standard, full."),
        ("    guidance: {fr: Trois ans.}\n", "", "Line 12, items one, guidance", "This is missing."),
        ("guidance: {", "guidance: [", "Line 20", "Not readable as YAML"),
        ("guidance: {fr:", "guidance: {de:", "Line 20, items one, guidance", ""),
        ("only_if: [dam]", "only_if: [lake]", "Line 21, items one, only_if", "“lake” is none of the facts"),
        ("critical: 0", "critical: 0\n    critical: 1", "Line 16, items one, critical", "This key stands twice."),
        ("critical: 0", "critical: &a 0", "", ""),
        ("only_if: [dam]", "only_if: *a", "Line 21", "No references"),
        ("kind: library", "kind: screen", "Line 1, kind", "Expected library."),
        ("intro: {fr: Bonjour.}", "intro: " + "[" * 40 + "]" * 40, "Line 4", "No references (*name) and no deep"),
    ],
)
def test_a_malformed_file_names_the_line_and_the_field(
    draft: CatalogueDraft, old: str, new: str, where: str, said: str
) -> None:
    assert old in OURS
    text = OURS.replace(old, new, 1)
    if not where:
        assert read_upload(SimpleUploadedFile("ours.yaml", text.encode()), draft).content["items"]
        return
    found = problems_in(draft, text.encode(), "ours.yaml")
    assert any(at_.startswith(where) and message.startswith(said) for at_, message in found), found
    assert CatalogueDraft.objects.get().content == draft.content


def test_the_command_publishes_an_organisations_file(tmp_path: Path) -> None:
    organisation = make_organisation().organisation
    path = tmp_path / "ours.yaml"
    path.write_text(OURS)
    call_command("load_catalogue", str(path), organisation=organisation.public_id, check=True)
    assert not CatalogueVersion.objects.filter(organisation=organisation).exists()
    call_command("load_catalogue", str(path), organisation=organisation.public_id)
    made = CatalogueVersion.objects.get(organisation=organisation)
    asked = content(made, Library).items[0]
    assert (made.code, made.version, str(asked.unit)) == ("ours", 1, "pour cent")
    assert is_own(asked.code)
    assert asked.text.missing == ("en", "es")
    call_command("load_catalogue", str(path), organisation=organisation.name)
    assert CatalogueVersion.objects.filter(organisation=organisation).count() == 1, "the same again is no new version"
    path.write_text(OURS.replace("Trois ans.", "Cinq ans."))
    call_command("load_catalogue", str(path), organisation=organisation.public_id)
    newer = CatalogueVersion.objects.get(organisation=organisation, version=2)
    assert content(newer, Library).items[0].code == asked.code, "the same question"


def test_the_command_names_the_line_and_the_field_and_loads_nothing_half(tmp_path: Path) -> None:
    organisation = make_organisation().organisation
    path = tmp_path / "ours.yaml"
    path.write_text(OURS.replace("answer: number", "answer: guess").replace("direction: both", "direction: up"))
    with pytest.raises(CommandError) as refused:
        call_command("load_catalogue", str(path), organisation=organisation.public_id)
    assert "ours.yaml:14: items one, direction: 'up' is not one of both" in str(refused.value)
    assert "ours.yaml:17: items one, answer: 'guess' is not one of scale" in str(refused.value)
    assert not CatalogueVersion.objects.filter(organisation=organisation).exists()
    with pytest.raises(CommandError, match="0 organisations"):
        call_command("load_catalogue", str(path), organisation="nobody")
    with pytest.raises(CommandError, match="go together"):
        call_command("load_catalogue", organisation=organisation.public_id)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_catalogue", str(tmp_path / "none.yaml"), organisation=organisation.public_id)


def test_published_versions_are_downloaded_by_their_administrators(client: Client) -> None:
    draft = small()
    made = publish(draft)
    sign_in(client, draft.author)
    for whose, code in (("own", made.code), ("shipped", "diligence")):
        args = [draft.organisation.public_id, whose, code, 1, "xlsx"]
        response = client.get(reverse("authoring:download_version", args=args))
        assert response.content[:2] == b"PK"
        assert response.headers["Content-Disposition"].endswith(".xlsx")
        assert client.get(reverse("authoring:download_version", args=[*args[:-1], "exe"])).status_code == 404
