"""The shipped content itself: complete, in three languages, and what the catalogue promises."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from partnerships.catalogue.content import (
    Canvas,
    Clauses,
    Content,
    Flags,
    GroundRules,
    Instrument,
    Lessons,
    Library,
    Plan,
    Screen,
    Spectrum,
    Text,
)
from partnerships.catalogue.loading import DATA, Shipped, read_all
from partnerships.catalogue.states import Kind

#: Texts that are rightly the same in two languages.
SAME = {
    "Contact",
    "Clause",
    "Photo",
    "Instrument",
    "Version",
    "Governance",
    "Principles",
    "no",
    "Site",
    "Communication",
}


@cache
def files() -> dict[str, Shipped]:
    return {each.file: each for each in read_all()}


def typed(file: str) -> Any:
    return files()[file].typed


def texts(thing: Any, path: str = "") -> Iterator[tuple[str, Text]]:
    """Every text for people below a dataclass, with where it stands."""
    if isinstance(thing, Text):
        yield path, thing
    elif dataclasses.is_dataclass(thing):
        for field in dataclasses.fields(thing):
            yield from texts(getattr(thing, field.name), f"{path}.{field.name}")
    elif isinstance(thing, tuple):
        for place, each in enumerate(thing):
            yield from texts(each, f"{path} {getattr(each, 'code', place)}")


FILES = sorted(path.name for path in DATA.glob("*.yaml"))


def test_every_kind_is_shipped() -> None:
    assert {each.kind for each in files().values()} == set(Kind.values)


@pytest.mark.parametrize("file", FILES)
def test_french_and_spanish_are_translations(file: str) -> None:
    shipped = files()[file]
    found = [("title", Text(**shipped.title)), *texts(shipped.typed)]
    same = [
        (path, language, text.en)
        for path, text in found
        for language in ("fr", "es")
        if text.in_language(language) == text.en and text.en not in SAME
    ]
    assert not same


@pytest.mark.parametrize("file", FILES)
def test_languages_look_like_themselves(file: str) -> None:
    """What a swap of two languages, or a forgotten translation of a long text, would show."""
    # Words that only one of the three has.
    words = {
        "en": re.compile(r"\b(the|and|of|is|you|to|what|we|it|that|with|they|who|how|has|are)\b", re.I),
        "fr": re.compile(
            r"\b(le|les|des|et|est|vous|qui|ne|du|ce|pas|au|dans|pour|ou|où|il|plus|leur)\b|[dlqnscj]’|à", re.I
        ),
        "es": re.compile(r"\b(el|los|las|y|por|para|del|con|su|qué|lo|al|o|quién|una|más)\b|[óíñ¿]", re.I),
    }
    wrong = []
    for path, text in texts(files()[file].typed):
        for language in words:
            said = text.in_language(language)
            if len(said) > 80:
                counts = {each: len(pattern.findall(said)) for each, pattern in words.items()}
                if counts[language] < max(counts.values()):
                    wrong.append((path, language, counts, said))
    assert not wrong


@pytest.mark.parametrize("file", FILES)
def test_french_punctuation_stays_with_its_word(file: str) -> None:
    loose = [
        (path, text.fr) for path, text in texts(files()[file].typed) if re.search(r" [;:!?»]|« |\w[!?;](\s|$)", text.fr)
    ]
    assert not loose


@pytest.mark.parametrize("file", FILES)
def test_blanks_and_numbers_agree_between_languages(file: str) -> None:
    """As many blanks to fill ([…]), and the same numbers, in every language."""
    wrong = []
    for path, text in texts(files()[file].typed):
        for other in (text.fr, text.es):
            if text.en.count("[") != other.count("["):
                wrong.append((path, "blanks", text.en, other))
            if Counter(re.findall(r"\d+", text.en)) != Counter(re.findall(r"\d+", other)):
                wrong.append((path, "numbers", text.en, other))
    assert not wrong


def test_all_lessons() -> None:
    lessons: Lessons = typed("lessons-practice-v1.yaml")
    counts = {"DD": 6, "ST": 8, "IC": 5, "EC": 6, "EV": 10, "OC": 8, "CH": 5}
    expected = {f"{letters}{number}" for letters, last in counts.items() for number in range(1, last + 1)}
    assert set(lessons.by_code) == expected | {"MED", "S2", "S3"}
    for each in lessons.items:
        assert len(each.why.en) <= 170, f"{each.code}: short, please"


def test_the_fit_screen() -> None:
    screen: Screen = typed("screen-fit-v1.yaml")
    assert [question.code for question in screen.items] == [str(number) for number in range(1, 12)]
    assert [question.code for question in screen.core] == ["1", "3", "4", "5", "6", "11"]
    stops = {question.code for question in screen.items for option in question.options if option.outcome == "stop"}
    assert stops == {"5", "6", "10"}
    assert all(len(question.options) == 4 for question in screen.items)
    assert all(any(option.outcome == "ready" for option in question.options) for question in screen.items)


def test_the_question_library() -> None:
    library: Library = typed("library-diligence-v1.yaml")
    per_theme = Counter(question.theme for question in library.items)
    assert list(per_theme.values()) == [5, 5, 5, 5, 6, 4, 3, 3, 6, 3]
    stops = {question.code for question in library.items if question.critical == 2}
    assert stops == {"3.1", "3.2", "5.2", "5.4"}
    critical = {"1.1", "1.4", "2.1", "2.2", "3.3", "3.4", "4.2", "4.5", "5.1", "6.1", "6.2", "7.1", "8.1", "9.3"}
    assert {question.code for question in library.items if question.critical == 1} == critical
    assert {question.code for question in library.at("light")} == critical | stops
    assert len(library.at("light")) < len(library.at("standard")) < len(library.at("full")) == len(library.items)
    about = Counter(question.direction for question in library.items)
    assert about == {"both": 24, "ngo_about_company": 13, "company_about_ngo": 5, "about_authority": 3}
    assert all(question.lessons for question in library.items)
    assert all(library.theme(question.theme) for question in library.items)


def test_the_second_library_asks_what_the_first_asked_and_more() -> None:
    first: Library = typed("library-diligence-v1.yaml")
    second: Library = typed("library-diligence-v2.yaml")
    for question in first.items:
        now = second.item(question.code)
        # The same code is the same question, answered in the same way: answers of both are compared.
        assert dataclasses.replace(now, only_if=()) == question
    more = [question for question in second.items if question.code not in first.by_code]
    assert {question.answer for question in more} == {"date", "number", "file", "choice", "choices"}
    assert all(not question.critical and question.depth != "light" for question in more)
    assert {question.code for question in second.at("light")} == {question.code for question in first.at("light")}
    used = {code for question in second.items for code in question.only_if}
    assert used == {fact.code for fact in second.facts} | {"operating"}
    assert {q.code for q in second.items if q.critical and q.only_if} == {"6.1"}


def test_the_spectrum() -> None:
    spectrum: Spectrum = typed("spectrum-collaboration-v1.yaml")
    assert [step.code for step in spectrum.items] == ["0", "1", "2", "3", "4", "5"]
    assert spectrum.unlocked(0) < spectrum.unlocked(3) < spectrum.unlocked(5)


def test_the_spectrum_asks_two_questions_and_unlocks_what_the_software_knows() -> None:
    spectrum: Spectrum = typed("spectrum-collaboration-v2.yaml")
    assert [question.code for question in spectrum.questions] == ["today", "intended"]
    assert all([o.code for o in q.options] == [s.code for s in spectrum.items] for q in spectrum.questions)
    assert spectrum.unlocked(1) == frozenset()
    assert spectrum.unlocked(2) == {"commitments", "agreement"}
    assert spectrum.unlocked(3) == spectrum.unlocked(2) | {"contributions", "budget"}
    assert spectrum.unlocked(5) == {form.code for form in spectrum.forms} == spectrum.unlocked(3) | {"governance"}


def test_the_canvas_asks_for_no_project_first() -> None:
    canvas: Canvas = typed("canvas-constraints-v1.yaml")
    assert canvas.items[0].code == "constraints"
    assert canvas.item("success").by == "office"
    assert [prompt.code for prompt in typed("canvas-motives-v1.yaml").items] == ["want", "fear", "success"]


def test_ground_rules_never_limit_speaking_about_harm() -> None:
    rules: GroundRules = typed("ground_rules-standard-v1.yaml")
    assert "people_first" in rules.by_code
    assert len(rules.items) == 11


def test_the_flags() -> None:
    flags: Flags = typed("flags-standard-v1.yaml")
    assert len(flags.items) == 26
    assert {flag.code for flag in flags.items if flag.high_title} == {"short_term", "silence", "no_local_contact"}
    assert all(flag.severity == "warning" for flag in flags.items if flag.high_title)
    assert all(flag.lessons for flag in flags.items)


def test_the_second_version_of_the_flags_adds_the_listed_name() -> None:
    first, second = typed("flags-standard-v1.yaml"), typed("flags-standard-v2.yaml")
    assert {*second.by_code} - {*first.by_code} == {"list_hit"}
    assert second.items[: len(first.items)] == first.items


def test_codes_are_unique_in_each_list() -> None:
    for shipped in files().values():
        content: Content[Any] = shipped.typed
        assert len(content.by_code) == len(content.items)


def test_the_review() -> None:
    review: Instrument = typed("instrument-review-v1.yaml")
    assert list(Counter(statement.dimension for statement in review.items).values()) == [5] * 7
    assert len(review.core) == 15
    assert {statement.dimension for statement in review.core} == {group.code for group in review.dimensions}
    assert all(statement.baseline_text for statement in review.items)


def test_pulse_and_communities_ask_five_questions_each() -> None:
    pulse: Instrument = typed("instrument-pulse-v1.yaml")
    community: Instrument = typed("instrument-community-v1.yaml")
    assert len(pulse.items) == len(community.items) == 5
    assert pulse.scale
    assert community.spoken


def test_the_clauses_of_the_memorandum() -> None:
    mou: Clauses = typed("clauses-mou-v1.yaml")
    assert [clause.code for clause in mou.items] == [str(number) for number in range(1, 26)]
    assert {clause.code for clause in mou.items if not clause.required} == {"11", "16", "22", "23"}
    assert mou.item("11").required_if
    assert all(clause.short for clause in mou.items if clause.required), "light partnerships need them in short form"


def test_the_communication_plan_starts_with_five() -> None:
    plan: Plan = typed("plan-communication-v1.yaml")
    assert len([entry for entry in plan.items if entry.first]) == 5
    assert plan.approval_working_days == 3
    assert [clock.hours for clock in plan.media] == [1, 4, 24]
