"""Every type of answer: what is asked, what is kept, and how it reads."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from lifecycle.diligence import actions, queries
from lifecycle.diligence.actions import Said
from lifecycle.diligence.forms import QuestionForm
from lifecycle.diligence.models import DiligenceAnswer
from lifecycle.diligence.states import Level
from partnerships import clock
from partnerships.access.actions import circle_here, open_release
from partnerships.access.states import CircleKind
from partnerships.catalogue.content import AnswerOption, LibraryQuestion, Text
from partnerships.documents import actions as documents
from tests.factories import World, sign_in

from .conftest import answer, release_self
from .test_rounds import everything_asked, library_with


def words(text: str) -> dict[str, str]:
    return {"en": text, "fr": text, "es": text}


OPTIONS = [
    {"code": "all", "text": words("All of them"), "level": "none"},
    {"code": "some", "text": words("A few of them"), "level": "some"},
    {"code": "no", "text": words("None of them"), "level": "serious"},
]


def question(answer: str, **more: Any) -> LibraryQuestion:
    plain = Text("Asked", "Demandé", "Preguntado")
    return LibraryQuestion("1.3", "motives", "both", plain, 0, "full", answer, plain, **more)  # type: ignore[arg-type]


def options() -> tuple[AnswerOption, ...]:
    return tuple(AnswerOption(o["code"], Text(**o["text"]), o["level"]) for o in OPTIONS)  # type: ignore[arg-type]


def form_of(asked: LibraryQuestion, **data: Any) -> QuestionForm:
    return QuestionForm({"version": "0", "round": "0", **data}, question=asked, version=0, round=0)


@pytest.mark.parametrize(
    ("language", "typed", "kept"),
    [
        ("en", "12.5", "12.5"), ("en", "1,200", "1200"), ("en", "1,200.75", "1200.75"), ("fr", "12,5", "12.5"),
        ("fr", "1 200,5", "1200.5"), ("es", "1.200.000", "1200000"), ("es", "1.200,25", "1200.25"),
        ("es", "0,5", "0.5"), ("en", "12,5", "12.5"), ("en", "1200", "1200"),
        ("en", "-3", "-3"), ("en", "1'200", "1200"),
    ],
)  # fmt: skip
def test_a_number_is_read_as_it_is_written(language: str, typed: str, kept: str) -> None:
    with override(language):
        form = form_of(question("number", unit=Text("tonnes", "tonnes", "toneladas")), value=typed)
        assert form.is_valid(), form.errors
        assert form.said() == Said(value=kept)


def test_a_number_reads_in_the_readers_language_with_its_unit() -> None:
    asked = question("number", unit=Text("tonnes", "tonnes", "toneladas"))
    with override("en"):
        assert queries.value_in_words(asked, Said(value="1200.5")).replace("\u00a0", " ") == "1,200.5 tonnes"
    with override("es"):
        assert queries.value_in_words(asked, Said(value="12.5")).replace("\u00a0", " ") == "12,5 toneladas"


@pytest.mark.parametrize(("language", "typed"), [("es", "1.200"), ("fr", "1.200")])
def test_what_can_be_read_in_two_ways_is_asked_again(language: str, typed: str) -> None:
    with override(language):
        form = form_of(question("number"), value=typed)
        assert not form.is_valid()
        assert "1200" in form.errors["value"][0]
        assert "1,200" in form.errors["value"][0]
        assert form["value"].value() == typed


@pytest.mark.parametrize("typed", ["twelve", "1,2,3.4.5", "NaN", "Infinity"])
def test_what_is_no_number_is_said_and_kept(typed: str) -> None:
    form = form_of(question("number"), value=typed)
    assert not form.is_valid()
    assert form["value"].value() == typed


def test_a_choice_reads_as_its_option_and_stands_for_its_level() -> None:
    asked = question("choice", options=options())
    form = form_of(asked, value="some")
    assert form.is_valid()
    kept = form.said().to(asked)
    assert (kept.level, queries.value_in_words(asked, kept)) == (Level.SOME, "A few of them")
    assert not form_of(asked, value="other").is_valid()


def test_of_several_choices_the_gravest_counts() -> None:
    asked = question("choices", options=options())
    kept = Said(value=["all", "no"]).to(asked)
    assert (kept.level, queries.value_in_words(asked, kept)) == (Level.SERIOUS, "All of them; None of them")
    with pytest.raises(ValidationError):
        Said(value=["all", "other"]).to(asked)
    with pytest.raises(ValidationError):
        Said(value=["all"]).to(question("choice", options=options()))


def test_a_date_reads_in_full() -> None:
    asked = question("date")
    form = form_of(asked, value="2026-11-05")
    assert form.is_valid()
    assert queries.value_in_words(asked, form.said().to(asked)) == "5 November 2026"
    with pytest.raises(ValidationError):
        Said(value="yesterday").to(asked)


@pytest.mark.parametrize("answer", ["scale", "text", "choice", "choices", "number", "date", "file"])
def test_every_type_can_say_that_it_does_not_apply_with_a_reason(answer: str) -> None:
    asked = question(answer, options=options() if answer.startswith("choice") else ())
    says_no = {"value": "na"} if answer == "scale" else {"na": "on"}
    form = form_of(asked, **says_no)
    assert not form.is_valid()
    assert "text" in form.errors
    form = form_of(asked, **says_no, text="There is no mine.")
    assert form.is_valid(), form.errors
    assert form.said().to(asked) == Said(Level.NA, "There is no mine.")
    with pytest.raises(ValidationError, match="does not apply"):
        Said(Level.NA).to(asked)


def test_an_answer_and_does_not_apply_are_not_both() -> None:
    form = form_of(question("number"), value="3", na="on", text="There is none.")
    assert not form.is_valid()
    assert "na" in form.errors


@pytest.mark.parametrize(
    ("answer", "value", "reads"),
    [("number", "1200", "1,200"), ("date", "2026-11-05", "5 November 2026"), ("choice", "some", "A few of them")],
)
def test_a_typed_answer_is_kept_read_and_released(world: World, answer: str, value: str, reads: str) -> None:
    everything_asked(world)
    library_with(answer=answer, **({"options": OPTIONS} if answer == "choice" else {}))
    client, party = sign_in(Client(), world.ngo), world.party("ngo")
    address = reverse("diligence:question", args=[world.pid, party.public_id, "1.3"])
    data = {"version": "0", "round": "0", "value": value, "text": "As counted.", "later": "1"}
    assert client.post(address, data).status_code == 302
    checklist = client.get(reverse("diligence:checklist", args=[world.pid, party.public_id])).content.decode()
    assert reads in checklist
    html = client.get(address).content.decode()
    assert f'value="{value}"' in html or f'value="{reads}"' in html
    open_release(release_self(world.ngo), by=world.company)
    read = reverse("diligence:read", args=[world.pid, party.public_id, party.public_id])
    html = sign_in(Client(), world.company).get(read).content.decode()
    assert reads in html
    assert "As counted." in html


def test_a_cited_document_is_the_answer_to_a_file_question(world: World) -> None:
    everything_asked(world)
    library_with(answer="file")
    ngo = world.ngo
    seen = documents.note_seen(
        partnership=world.partnership, circle=circle_here(ngo, CircleKind.OWN), by=ngo, title="Strategy", seen_by="Us",
        seen_on=clock.today(), held_at="Head office",
    )  # fmt: skip
    actions.save_answers(about=ngo.own_party, said={"1.3": Said(text="See page 3.")}, seen=None, by=ngo)
    actions.cite(about=ngo.own_party, code="1.3", documents=[seen], by=ngo)
    found = DiligenceAnswer.objects.of(world.partnership).get()
    assert (found.value, found.text) == (1, "See page 3.")
    # A new note leaves the documents as they are.
    actions.save_answers(about=ngo.own_party, said={"1.3": Said(text="See page 4.")}, seen=None, by=ngo)
    found.refresh_from_db()
    assert (found.value, found.text) == (1, "See page 4.")
    actions.cite(about=ngo.own_party, code="1.3", documents=[], by=ngo)
    found.refresh_from_db()
    assert found.value is None


def test_what_fits_no_more_stands_as_it_was_given() -> None:
    assert queries.value_in_words(question("choice", options=options()), Said(value="gone")) == "gone"
    assert queries.value_in_words(question("number"), Said(value="many")) == "many"
    assert queries.value_in_words(question("date"), Said(value="soon")) == "soon"


def test_words_carry_the_language_of_who_wrote_them(world: World) -> None:
    ngo = world.ngo.own_party
    answer(world.ngo, ngo, "2.1", Level.SOME, "Late twice.")
    place = world.colleague("ngo")
    place.user.language = "es"
    actions.confirm_answers(about=ngo, codes=["2.1"], by=place)
    stored = DiligenceAnswer.objects.of(world.partnership).filter(code="2.1", superseded_at=None)
    answer(place, ngo, "2.1", Level.SERIOUS, "Late twice.")
    assert stored.get().language == "en", "another level, and the same words"
    answer(place, ngo, "2.1", Level.SERIOUS, "Dos veces tarde.")
    assert stored.get().language == "es"
