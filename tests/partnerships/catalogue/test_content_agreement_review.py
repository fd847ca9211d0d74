"""What the shipped texts of agreement, reviews, communication and concluding must hold, in every language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from partnerships.catalogue.content import LANGUAGES, Canvas, Clauses, Instrument, Plan, Text
from partnerships.catalogue.loading import DATA, read, shipped_lessons

FILES = (
    "clauses-mou-v1",
    "clauses-nda-v1",
    "instrument-review-v1",
    "instrument-pulse-v1",
    "instrument-community-v1",
    "plan-communication-v1",
    "canvas-lessons-v1",
)
BLANK = re.compile(r"\[[^\[\]]+\]")


def typed(file: str, of: type[Any]) -> Any:
    content = read(DATA / f"{file}.yaml").typed
    assert isinstance(content, of)
    return content


def texts(thing: Any, where: str) -> Iterator[tuple[str, Text]]:
    """Every text for people in a content, with where it stands."""
    if isinstance(thing, Text):
        yield where, thing
    elif isinstance(thing, tuple):
        for place, each in enumerate(thing):
            yield from texts(each, f"{where}.{getattr(each, 'code', place)}")
    elif is_dataclass(thing):
        for field in fields(thing):
            yield from texts(getattr(thing, field.name), f"{where}.{field.name}")


def all_texts(file: str) -> list[tuple[str, Text]]:
    shipped = read(DATA / f"{file}.yaml")
    return [("title", Text(**shipped.title)), *texts(shipped.typed, file)]


@pytest.fixture(params=FILES)
def file(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class TestEveryLanguage:
    def test_is_translated(self, file: str) -> None:
        # "No" is the same word in Spanish: the one exception.
        same = [
            (where, language)
            for where, text in all_texts(file)
            for language in ("fr", "es")
            if text.in_language(language) == text.en and (language, text.en) != ("es", "no")
        ]
        assert same == []

    def test_is_about_as_long_and_has_the_same_paragraphs(self, file: str) -> None:
        for where, text in all_texts(file):
            for language in ("fr", "es"):
                there = text.in_language(language)
                assert there.count("\n\n") == text.en.count("\n\n"), (where, language)
                if len(text.en) > 60:
                    assert 0.7 < len(there) / len(text.en) < 1.7, (where, language)

    def test_has_the_same_blanks_to_fill(self, file: str) -> None:
        for where, text in all_texts(file):
            counts = set()
            for language in LANGUAGES:
                there = text.in_language(language)
                assert "[" not in BLANK.sub("", there), (where, language)
                assert "]" not in BLANK.sub("", there), (where, language)
                counts.add(len(BLANK.findall(there)))
            assert len(counts) == 1, where

    def test_names_the_same_clauses_and_figures(self, file: str) -> None:
        for where, text in all_texts(file):
            figures = {tuple(sorted(re.findall(r"\d+", text.in_language(language)))) for language in LANGUAGES}
            assert len(figures) == 1, where

    def test_keeps_french_punctuation_with_its_word(self, file: str) -> None:
        loose = [where for where, text in all_texts(file) if re.search(r" [;:?!»]|« |\w[;?!]", text.fr)]
        assert loose == []

    def test_opens_what_spanish_closes(self, file: str) -> None:
        for where, text in all_texts(file):
            assert text.es.count("¿") == text.es.count("?"), where
            assert text.es.count("¡") == text.es.count("!"), where

    def test_uses_the_words_of_the_glossary(self, file: str) -> None:
        for where, text in all_texts(file):
            assert not re.search(r"\b(socios?|sociedad civil|corredor)\b", text.es, re.I), where
            assert not re.search(r"\b(courtier|personnes affectées)\b", text.fr, re.I), where


class TestMemorandum:
    def test_has_the_25_clauses_in_order(self) -> None:
        assert [clause.code for clause in typed("clauses-mou-v1", Clauses).items] == [str(n) for n in range(1, 26)]

    def test_requires_the_right_ones(self) -> None:
        clauses = typed("clauses-mou-v1", Clauses)
        assert {clause.code for clause in clauses.items if not clause.required} == {"11", "16", "22", "23"}
        assert {clause.code: clause.required_if for clause in clauses.items if clause.required_if} == {
            "11": "site_or_field"
        }

    @pytest.mark.parametrize("code", ["mou", "nda"])
    def test_gives_every_clause_that_can_be_required_a_shorter_form(self, code: str) -> None:
        for clause in typed(f"clauses-{code}-v1", Clauses).items:
            if clause.required or clause.required_if:
                assert clause.short is not None, clause.code
                for language in LANGUAGES:
                    short, full = clause.short.in_language(language), clause.text.in_language(language)
                    assert len(short) < len(full), (clause.code, language)

    @pytest.mark.parametrize("code", ["mou", "nda"])
    def test_says_that_it_is_no_legal_advice(self, code: str) -> None:
        intro = typed(f"clauses-{code}-v1", Clauses).intro
        assert "no legal advice" in intro.en
        assert "avis juridique" in intro.fr
        assert "asesoría legal" in intro.es

    @pytest.mark.parametrize("code", ["mou", "nda"])
    def test_refers_only_to_its_own_clauses(self, code: str) -> None:
        clauses = typed(f"clauses-{code}-v1", Clauses)
        for clause in clauses.items:
            for number in re.findall(r"[Cc]lauses? (\d+)", clause.text.en):
                assert number in clauses.by_code, clause.code

    def test_of_confidence_never_keeps_harm_quiet(self) -> None:
        assert "never limits reporting harm to people" in typed("clauses-mou-v1", Clauses).item("15").text.en
        assert "limits the reporting of harm to people" in typed("clauses-nda-v1", Clauses).item("5").text.en


class TestReview:
    def test_has_15_core_statements_of_35_in_seven_dimensions(self) -> None:
        review = typed("instrument-review-v1", Instrument)
        assert len(review.items) == 35
        assert [dimension.code for dimension in review.dimensions] == [
            "purpose", "trust", "power", "commitments", "communication", "community", "learning",
        ]  # fmt: skip
        assert [statement.code for statement in review.core] == [
            "purpose.1", "purpose.3", "purpose.4", "trust.1", "trust.2", "power.1", "power.3", "commitments.1",
            "commitments.2", "communication.1", "communication.2", "community.1", "community.4", "learning.2",
            "learning.4",
        ]  # fmt: skip

    def test_names_each_statement_after_its_dimension(self) -> None:
        review = typed("instrument-review-v1", Instrument)
        for dimension in review.dimensions:
            codes = [statement.code for statement in review.of(dimension.code)]
            assert codes == [f"{dimension.code}.{n}" for n in range(1, 6)]

    def test_expects_for_the_baseline_what_it_asks_later(self) -> None:
        openings = {"en": "In a year, ", "fr": "Dans un an, ", "es": "En un año, "}
        for statement in typed("instrument-review-v1", Instrument).items:
            assert statement.baseline_text is not None
            assert statement.talk is not None
            for language, opening in openings.items():
                assert statement.baseline_text.in_language(language).startswith(opening), statement.code

    def test_of_trust_is_five_statements_in_one_dimension(self) -> None:
        pulse = typed("instrument-pulse-v1", Instrument)
        assert [statement.code for statement in pulse.items] == [f"pulse.{n}" for n in range(1, 6)]
        assert len(pulse.dimensions) == 1
        assert [point.value for point in pulse.scale] == [0, 1, 2, 3, 4]

    def test_of_communities_can_be_spoken(self) -> None:
        community = typed("instrument-community-v1", Instrument)
        assert community.spoken
        assert len(community.items) == 5
        assert [answer.code for answer in community.answers] == ["yes", "partly", "no", "dont_know"]
        assert "without names" in community.note_label.en


class TestPlan:
    def test_has_every_audience_and_the_five_to_start_with(self) -> None:
        plan = typed("plan-communication-v1", Plan)
        assert {entry.code: entry.cadence_days for entry in plan.items} == {
            "leads": 14, "communities": 30, "staff": 60, "government": 90, "media_public": 90, "offices": 30,
            "steering": 90, "colleagues": 30, "constituents": 182, "indigenous": None, "critics": 182,
        }  # fmt: skip
        assert [entry.code for entry in plan.items if entry.first] == [
            "leads", "communities", "staff", "government", "media_public",
        ]  # fmt: skip

    def test_sets_no_clock_for_indigenous_bodies(self) -> None:
        entry = typed("plan-communication-v1", Plan).item("indigenous")
        assert entry.cadence_days is None
        assert "by their protocol" in entry.cadence.en

    def test_keeps_the_clocks_of_a_media_incident(self) -> None:
        plan = typed("plan-communication-v1", Plan)
        assert [(clock.code, clock.hours, clock.off_duty_hours) for clock in plan.media] == [
            ("acknowledge", 1, 4), ("holding", 4, None), ("answer", 24, None),
        ]  # fmt: skip
        assert (plan.approval_working_days, plan.courtesy_hours) == (3, 24)

    def test_brings_a_holding_statement_and_six_questions(self) -> None:
        plan = typed("plan-communication-v1", Plan)
        assert BLANK.search(plan.holding.en)
        assert len(plan.qa) == 6
        known = shipped_lessons().by_code
        assert {lesson for question in plan.qa for lesson in question.lessons} <= set(known)


class TestConcluding:
    def test_asks_each_partner_for_four_lessons_and_the_reason(self) -> None:
        canvas = typed("canvas-lessons-v1", Canvas)
        assert [prompt.code for prompt in canvas.items] == ["worked", "failed", "differently", "useful_for"]
        assert {prompt.by for prompt in canvas.items} == {"partner"}
        assert [reason.code for reason in canvas.end_reasons] == [
            "goals_reached", "end_of_term", "owner_or_strategy", "mine_closed_or_sold", "not_working", "funding_ended",
            "one_partner_alone", "other",
        ]  # fmt: skip
