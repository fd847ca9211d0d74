"""Statements that an organisation adds to a review: in the browser, from a workbook, from YAML."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from partnerships.authoring import actions
from partnerships.authoring.workbooks import Refused, read_upload
from partnerships.catalogue import actions as catalogue
from partnerships.catalogue.building import added, is_added
from partnerships.catalogue.content import Instrument
from partnerships.catalogue.models import CatalogueDraft, CatalogueVersion
from partnerships.catalogue.queries import content, current
from tests.factories import make_organisation, sign_in

from .made import begin, publish, state
from .test_views import at, fields_of

pytestmark = pytest.mark.django_db


def again(draft: CatalogueDraft, made: CatalogueVersion) -> CatalogueDraft:
    return catalogue.start_draft(
        organisation=draft.organisation, title="", language="en", based_on=made, by=draft.author
    )


def dimension(draft: CatalogueDraft, title: str = "Water") -> str:
    return actions.save_group(
        draft, key="dimensions", code=None, title={"en": title}, text={}, seen="", by=draft.author
    )


# What an own version is -----------------------------------------------------------------------------------------------
def test_a_version_holds_everything_shipped_and_what_was_added() -> None:
    draft = begin()
    code = state(draft, baseline_text={"en": "In a year, we will pay on time."}, core=False)
    made = publish(draft)
    shipped, own = content(current("instrument", "review"), Instrument), content(made, Instrument)
    assert own.items[:-1] == shipped.items
    assert (own.scale, own.intro, own.dimensions) == (shipped.scale, shipped.intro, shipped.dimensions)
    assert own.builds_on is not None
    assert (own.builds_on.code, own.builds_on.version) == ("review", current("instrument", "review").version)
    assert (own.items[-1].code, own.items[-1].dimension, own.items[-1].core) == (code, "trust", False)
    assert own.items[-1].text.missing == ("fr", "es")


def test_without_a_statement_of_ones_own_nothing_is_published() -> None:
    with pytest.raises(ValidationError, match="cannot be published"):
        publish(begin())


def test_what_is_shipped_stays() -> None:
    draft = begin()
    before = draft.content
    by = draft.author
    for act in (
        lambda: state(draft, "trust.1", text={"en": "Something else."}),
        lambda: actions.remove_question(draft, code="trust.1", seen="", by=by),
        lambda: actions.move_question(draft, code="trust.2", up=True, by=by),
        lambda: actions.remove_dimension(draft, code="trust", seen="", by=by),
        lambda: actions.save_group(draft, key="dimensions", code="trust", title={}, text={}, seen="", by=by),
    ):
        with pytest.raises(ValidationError, match="it stays as it is"):
            act()
    assert CatalogueDraft.objects.get().content == before


def test_one_dimension_of_ones_own_at_most() -> None:
    draft = begin()
    water = dimension(draft)
    assert is_added(water)
    with pytest.raises(ValidationError, match="one at most"):
        dimension(draft, "Land")
    with pytest.raises(ValidationError, match="cannot be published"):
        publish(draft)
    state(draft, dimension=water)
    assert content(publish(draft), Instrument).dimension(water).title.en == "Water"


def test_other_words_are_another_statement_and_a_translation_is_not() -> None:
    first = begin()
    code = state(first)
    draft = again(first, publish(first))
    assert state(draft, code, text={"en": "We pay on time.", "fr": "Nous payons à temps."}) == code
    assert state(draft, code, dimension="power", core=False) == code
    other = state(draft, code, text={"en": "We pay within a month."})
    assert other != code
    assert is_added(other)
    assert state(draft, other, text={"en": "We pay on time."}) == code, "back to the published words"
    assert state(begin(make_organisation())) != code, "the same words of another organisation are another statement"


def test_the_next_version_stands_on_the_newest_shipped_statements() -> None:
    draft = begin()
    code = state(draft)
    made = publish(draft)
    newest = current("instrument", "review")
    more = newest.content | {"items": [*newest.content["items"], newest.content["items"][0] | {"code": "trust.99"}]}
    CatalogueVersion.objects.create(
        kind="instrument", code="review", version=newest.version + 1, title=newest.title, content=more, checksum="n",
        published_at=newest.published_at,
    )  # fmt: skip
    later = again(draft, made)
    assert [each["code"] for each in later.content["items"]][-2:] == ["trust.99", code]
    assert later.content["builds_on"] == {"code": "review", "version": newest.version + 1}
    assert publish(later).version == made.version + 1


# The pages ------------------------------------------------------------------------------------------------------------
def test_an_administrator_adds_statements_in_the_browser_and_publishes(client: Client) -> None:
    who = make_organisation()
    sign_in(client, who.user)
    organisation = who.organisation.public_id
    lists = reverse("authoring:instruments", args=[organisation])
    assert lists in client.get(reverse("people:organisation", args=[organisation])).content.decode()
    assert reverse("authoring:start_instrument", args=[organisation]) in client.get(lists).content.decode()
    begun = {"title": "Notre bilan", "language": "fr", "start": "shipped.review"}
    client.post(reverse("authoring:start_instrument", args=[organisation]), begun)
    draft = CatalogueDraft.objects.get()
    assert "There is no statement of your own in it yet." in client.get(at(draft, "draft")).content.decode()
    client.post(at(draft, "new_theme"), {"title_fr": "Eau", "seen": actions.mark_of(None)})
    draft.refresh_from_db()
    water = added(draft.content, "dimensions")[0]["code"]
    typed = fields_of(client.get(at(draft, "new_question", water)).content.decode())
    assert (typed["dimension"], typed["core"]) == (water, "no")
    sent = client.post(at(draft, "new_question", water), typed | {"text_fr": "L’eau est propre.", "core": "yes"})
    assert sent.status_code == 302, sent.content.decode()
    page = client.get(at(draft, "theme", "trust")).content.decode()
    assert "Shipped statements" in page
    assert at(draft, "question", "trust.1") not in page
    assert client.get(at(draft, "question", "trust.1")).status_code == 302
    assert "1 statement added" in client.get(at(draft, "differences")).content.decode()
    seen = fields_of(client.get(at(draft, "publish")).content.decode())
    shown = client.post(at(draft, "publish"), {"version": seen["version"]}, follow=True).content.decode()
    assert "L’eau est propre." in shown
    assert "Written in French" in shown
    made = CatalogueVersion.objects.get(organisation=who.organisation)
    assert (made.kind, made.version) == ("instrument", 1)


def test_a_form_sent_as_it_is_changes_nothing_and_newer_words_stand_beside(client: Client) -> None:
    draft = begin()
    code = state(draft)
    draft.refresh_from_db()
    sign_in(client, draft.author)
    typed = fields_of(client.get(at(draft, "question", code)).content.decode())
    client.post(at(draft, "question", code), typed)
    assert CatalogueDraft.objects.get().content == draft.content
    state(draft, code, text={"en": "Theirs."})
    page = client.post(at(draft, "question", code), typed | {"text_en": "Mine."})
    shown = page.content.decode()
    assert (page.status_code, "Theirs." in shown, "Mine." in shown) == (200, True, True)
    assert client.post(at(draft, "question", code), fields_of(shown)).status_code == 302
    draft.refresh_from_db()
    assert added(draft.content)[0]["text"] == {"en": "Mine."}


def test_order_and_leaving_out(client: Client) -> None:
    draft = begin()
    one, two = state(draft), state(draft, text={"en": "We call before we come."})
    sign_in(client, draft.author)
    client.post(at(draft, "move_question", two), {"way": "up"})
    draft.refresh_from_db()
    assert [each["code"] for each in added(draft.content)] == [two, one]
    asked = client.get(at(draft, "remove_question", one))
    assert "Leave out this statement?" in asked.content.decode()
    client.post(at(draft, "remove_question", one), {"seen": asked.context["seen"]})
    draft.refresh_from_db()
    assert [each["code"] for each in added(draft.content)] == [two]


def pages(draft: CatalogueDraft, made: CatalogueVersion, water: str, code: str) -> list[str]:
    organisation = draft.organisation.public_id
    version = [organisation, "own", made.code, str(made.version)]
    return [
        reverse("authoring:instruments", args=[organisation]),
        reverse("authoring:start_instrument", args=[organisation]),
        *(at(draft, name) for name in ("draft", "about", "new_theme", "preview", "differences", "publish", "discard")),
        *(at(draft, name, water) for name in ("theme", "theme_words", "remove_theme", "new_question")),
        *(at(draft, name, code) for name in ("question", "remove_question", "move_question")),
        *(at(draft, "download_draft", form) for form in ("xlsx", "yaml")),
        at(draft, "upload"),
        reverse("authoring:instrument", args=version),
        reverse("authoring:next_instrument", args=version),
        reverse("authoring:download_instrument", args=[*version, "yaml"]),
    ]


def test_every_page_is_for_administrators_and_facts_and_shipped_parts_have_none(client: Client) -> None:
    who = make_organisation()
    first = begin(who)
    state(first)
    made = publish(first)
    draft = begin(who)
    water = dimension(draft)
    found = pages(draft, made, water, state(draft, dimension=water))
    sign_in(client, make_organisation().user)
    for page in found:
        assert client.get(page).status_code in (404, 405), page
        assert client.post(page).status_code in (404, 405), page
    sign_in(client, who.user)
    for page in found:
        assert client.get(page).status_code in (200, 302, 405), page
    for page in (
        at(draft, "new_fact"), at(draft, "theme_words", "trust"), at(draft, "remove_theme", "trust"),
        at(draft, "remove_question", "trust.1"),
        reverse("authoring:version", args=[who.organisation.public_id, "own", made.code, made.version]),
    ):  # fmt: skip
        assert client.get(page).status_code == 404, page


def test_as_many_queries_for_three_as_for_one(client: Client) -> None:
    who = make_organisation()
    sign_in(client, who.user)
    page = reverse("authoring:instruments", args=[who.organisation.public_id])

    def one() -> None:
        draft = begin(who)
        state(draft)
        publish(draft)
        begin(who)

    def count() -> int:
        client.get(page)
        with CaptureQueriesContext(connection) as queries:
            client.get(page)
        return len(queries)

    one()
    before = count()
    one()
    one()
    assert count() == before


# Files ----------------------------------------------------------------------------------------------------------------
def _row(book: Any, code: str) -> int:
    return next(cell.row for cell in book["Statements"]["A"] if cell.value == code)


def _cell(book: Any, row: int, head: str) -> Any:
    column = next(cell.column for cell in book["Statements"][1] if cell.value == head)
    return book["Statements"].cell(row, column)


def _set(code: str, head: str, value: Any) -> Callable[[Any], None]:
    def change(book: Any) -> None:
        _cell(book, _row(book, code), head).value = value

    return change


def _without(code: str) -> Callable[[Any], None]:
    return lambda book: book["Statements"].delete_rows(_row(book, code))


def _dimensions(*names: str) -> Callable[[Any], None]:
    def change(book: Any) -> None:
        for name in names:
            book["Dimensions"].append(["", name])

    return change


def workbook(draft: CatalogueDraft, client: Client, change: Callable[[Any], None] = lambda _book: None) -> bytes:
    sign_in(client, draft.author)
    book = load_workbook(io.BytesIO(client.get(at(draft, "download_draft", "xlsx")).content))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def problems(draft: CatalogueDraft, data: bytes, name: str = "ours.xlsx") -> list[tuple[str, str]]:
    with pytest.raises(Refused) as refused:
        read_upload(SimpleUploadedFile(name, data), draft)
    return [(each.where, each.message) for each in refused.value.problems]


def test_a_workbook_comes_in_as_it_went_out(client: Client) -> None:
    draft = begin()
    state(draft)
    draft.refresh_from_db()
    assert read_upload(SimpleUploadedFile("ours.xlsx", workbook(draft, client)), draft).content == draft.content


def test_new_rows_of_a_workbook_are_added(client: Client) -> None:
    draft = begin()

    def change(book: Any) -> None:
        _dimensions("Water")(book)
        row = book["Statements"].max_row + 1
        new = {"Dimension": "Water", "Statement (English)": "The water is clean.", "In the core": "Yes"}
        for head, value in new.items():
            _cell(book, row, head).value = value

    data = workbook(draft, client, change)
    sent = client.post(at(draft, "upload"), {"file": SimpleUploadedFile("ours.xlsx", data)}, follow=True)
    assert "1 statement added" in sent.content.decode()
    draft.refresh_from_db()
    client.post(at(draft, "offered"), {"version": draft.version})
    draft.refresh_from_db()
    (statement,) = added(draft.content)
    assert (statement["text"], statement["core"]) == ({"en": "The water is clean."}, True)
    assert [each["code"] for each in added(draft.content, "dimensions")] == [statement["dimension"]]
    assert publish(draft).version == 1


@pytest.mark.parametrize(
    ("change", "where", "said"),
    [
        (_set("trust.1", "Statement (French)", "Autre chose."), "row {trust.1}, Statement", "This is shipped"),
        (_set("trust.1", "In the core", "No"), "row {trust.1}, In the core", "This is shipped"),
        (_set("trust.1", "Dimension", "Water"), "row {trust.1}, Dimension", "Say which dimension"),
        (_without("trust.1"), "Statements", "The shipped statement trust.1 is missing"),
        (_dimensions("Water", "Land"), "Sheet “Dimensions”, row 10", "One dimension of your own at most"),
    ],
)
def test_a_workbook_that_changes_what_is_shipped_is_refused_by_row_and_field(
    client: Client, change: Callable[[Any], None], where: str, said: str
) -> None:
    draft = begin()
    state(draft)
    draft.refresh_from_db()
    plain = load_workbook(io.BytesIO(workbook(draft, client)))
    where = where.replace("{trust.1}", str(_row(plain, "trust.1")))
    found = problems(draft, workbook(draft, client, change))
    assert any(where in place and message.startswith(said) for place, message in found), found


def text_of(draft: CatalogueDraft, client: Client) -> str:
    draft.refresh_from_db()
    sign_in(client, draft.author)
    return client.get(at(draft, "download_draft", "yaml")).content.decode()


def test_yaml_goes_out_and_comes_in_as_it_was(client: Client) -> None:
    draft = begin()
    state(draft)
    text = text_of(draft, client)
    assert read_upload(SimpleUploadedFile("ours.yaml", text.encode()), draft).content == draft.content


@pytest.mark.parametrize(
    ("old", "new", "where", "said"),
    [
        ("en: We describe the aim in the same way.", "en: We agree.", "items purpose.1, text", "This is shipped"),
        ("en: fully true", "en: quite true", "scale", "This is shipped"),
        ("- code: trust.1\n", "- code: trust.one\n", "items", "The shipped statement trust.1 is missing"),
        ("builds_on:\n  code: review", "builds_on:\n  code: other", "builds_on", "Say which shipped version"),
        ("kind: instrument", "kind: library", "kind", "Expected instrument"),
        ("en: We pay on time.", "en: ''", "text.en", "Empty, or with spaces"),
    ],
)
def test_yaml_that_changes_what_is_shipped_is_refused_by_line_and_field(
    client: Client, old: str, new: str, where: str, said: str
) -> None:
    draft = begin()
    state(draft)
    text = text_of(draft, client)
    assert old in text
    line = text[: text.index(old)].count("\n") + 1
    found = problems(draft, text.replace(old, new, 1).encode(), "ours.yaml")
    mine = [place for place, message in found if where in place and message.startswith(said)]
    assert mine, found
    if "text" in where:
        # The field's own line, or that of its key just above.
        assert any(place.startswith((f"Line {line},", f"Line {line - 1},")) for place in mine), (line, mine)
    assert CatalogueDraft.objects.get().content == draft.content


def test_the_command_publishes_a_file_once_and_gives_its_own_codes(client: Client, tmp_path: Path) -> None:
    draft = begin()
    code = state(draft)
    text = text_of(draft, client)
    organisation = make_organisation().organisation
    path = tmp_path / "ours.yaml"
    path.write_text(yaml.safe_dump({"code": "ours", **yaml.safe_load(text)}, allow_unicode=True, sort_keys=False))
    for _time in range(2):
        call_command("load_catalogue", str(path), organisation=organisation.public_id)
    made = CatalogueVersion.objects.get(organisation=organisation)
    assert (made.kind, made.code, made.version) == ("instrument", "ours", 1)
    (theirs,) = added(made.content)
    assert theirs["code"] != code, "a file cannot take another organisation's code"
    assert content(made, Instrument).items[:-1] == content(current("instrument", "review"), Instrument).items
