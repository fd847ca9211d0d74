"""What the loader says about wrong files: everything at once, each with its file, line, item and key."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from partnerships.catalogue.content import Lessons, Screen, Text
from partnerships.catalogue.loading import DATA, CatalogueError, Shipped, decode, read, read_all

LESSONS = """\
kind: lessons
code: practice
version: 1
title: {en: Lessons, fr: Enseignements, es: Lecciones}
items:
  - code: DD1
    title: {en: Motives, fr: Motifs, es: Motivos}
    why: {en: Because., fr: Parce que., es: Porque sí.}
"""
SCREEN = """\
kind: screen
code: fit
version: 1
title: {en: Fit, fr: Adéquation, es: Encaje}
intro: {en: Hello., fr: Bonjour., es: Hola.}
items:
  - code: "1"
    core: true
    text: {en: What, fr: Comment, es: Qué}
    lessons: [DD1]
    options:
      - code: a
        text: {en: One, fr: Un, es: Uno}
        outcome: ready
      - code: b
        text: {en: Two, fr: Deux, es: Dos}
        outcome: not_yet
        make_it_so: {en: Do it., fr: Faites-le., es: Háganlo.}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lessons-practice-v1.yaml").write_text(LESSONS)
    (tmp_path / "screen-fit-v1.yaml").write_text(SCREEN)
    return tmp_path


def problems(folder: Path) -> list[str]:
    with pytest.raises(CatalogueError) as caught:
        read_all(folder)
    return str(caught.value).split("\n")


def change(folder: Path, old: str, new: str, name: str = "screen-fit-v1.yaml") -> None:
    path = folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_reads_what_is_right(folder: Path) -> None:
    lessons, screen = read_all(folder)
    assert isinstance(lessons.typed, Lessons)
    assert isinstance(screen.typed, Screen)
    assert screen.typed.item("1").option("b").make_it_so == Text("Do it.", "Faites-le.", "Háganlo.")
    assert [question.code for question in screen.typed.core] == ["1"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("fr: Comment, ", "", "screen-fit-v1.yaml:9: items 1, text: fr is missing"),
        (
            "es: Qué",
            "es: Qué, de: Was?",
            "screen-fit-v1.yaml:9: items 1, text.de: unknown language (known: en, fr, es)",
        ),
        ("en: What", 'en: ""', "screen-fit-v1.yaml:9: items 1, text.en: empty, or with spaces around it"),
        ('code: "1"', "code: 1", "screen-fit-v1.yaml:7: items 1, code: 1 is read as a number: put it in quotes"),
        (
            "outcome: ready",
            "outcome: perhaps",
            "screen-fit-v1.yaml:14: items 1, options a, outcome: 'perhaps' is not one of",
        ),
        (
            "outcome: not_yet",
            "outcome: stop",
            "screen-fit-v1.yaml:18: items 1, options b, make_it_so: only an option that",
        ),
        (
            "outcome: ready",
            "outcome: not_yet",
            "screen-fit-v1.yaml:12: items 1, options a: an option that leads to not_yet",
        ),
        ("core: true", "core: maybe", "screen-fit-v1.yaml:8: items 1, core: expected true or false, found 'maybe'"),
        ("core: true", "cor: true", "screen-fit-v1.yaml:8: items 1, cor: unknown key (known: code, text,"),
        ("- code: b", "- code: a", "screen-fit-v1.yaml:15: items 1, options a, code: the code 'a' is used twice"),
        ("lessons: [DD1]", "lessons: [DD1, XX9]", "screen-fit-v1.yaml:10: items 1, lessons number 2: no lesson 'XX9'"),
        ("lessons: [DD1]", "lessons: DD1", "screen-fit-v1.yaml:10: items 1, lessons: expected a list"),
        (
            "    core: true",
            "    core: true\n    core: false",
            "screen-fit-v1.yaml:9: items 1, core: this key stands twice",
        ),
        ("version: 1", "version: 2", "screen-fit-v1.yaml:1: by its kind, code and version this file is called"),
        ("version: 1", 'version: "1"', "screen-fit-v1.yaml:3: version: expected a whole number"),
        ("kind: screen", "kind: sieve", "screen-fit-v1.yaml:1: kind: 'sieve' is not one of lessons"),
        ("title: {", "title: [", "screen-fit-v1.yaml:4: not readable as YAML"),
        ("title: {en: Fit, ", "title: {", "screen-fit-v1.yaml:4: title: en is missing"),
        ("intro: {en: Hello., fr: Bonjour., es: Hola.}\n", "", "screen-fit-v1.yaml:1: intro is missing"),
    ],
)
def test_names_file_line_item_and_what_is_wrong(folder: Path, old: str, new: str, said: str) -> None:
    change(folder, old, new)
    assert any(said in problem for problem in problems(folder)), problems(folder)


def test_says_everything_at_once(folder: Path) -> None:
    change(folder, "fr: Comment, ", "")
    change(folder, "outcome: ready", "outcome: perhaps")
    change(folder, "en: Because., ", "", "lessons-practice-v1.yaml")
    assert [problem.split(": ")[0] for problem in problems(folder)] == [
        "lessons-practice-v1.yaml:8",
        "screen-fit-v1.yaml:9",
        "screen-fit-v1.yaml:14",
    ]


@pytest.mark.parametrize("text", ["", "just words", "- a\n- list\n", "kind: screen\n"])
def test_refuses_files_without_their_frame(tmp_path: Path, text: str) -> None:
    (tmp_path / "screen-fit-v1.yaml").write_text(text)
    assert problems(tmp_path)


def test_refuses_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "screen-fit-v1.yaml").write_bytes(b"\xff\xfe\x00kind")
    assert "not readable as YAML" in problems(tmp_path)[0]


def test_the_checksum_sees_words_not_layout(folder: Path) -> None:
    path = folder / "screen-fit-v1.yaml"
    before = read(path).checksum
    path.write_text(
        "# A comment\n" + SCREEN.replace("    core: true\n", "").replace("options:", "core: true\n    options:")
    )
    assert read(path).checksum == before
    path.write_text(SCREEN.replace("Hello", "Hi"))
    assert read(path).checksum != before


def test_stored_content_is_read_back_the_same(folder: Path) -> None:
    shipped = read(folder / "screen-fit-v1.yaml")
    assert decode("screen", shipped.content) == shipped.typed


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 300) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["code", "en", "text", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
paths = st.lists(
    st.sampled_from(["kind", "code", "version", "title", "intro", "items", 0, "options", "text", "lessons"]), max_size=5
)


@given(path=paths, value=anything)
@example(path=["items", 0, "code"], value=[])
@example(path=["items"], value={})
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_anywhere_is_read_or_refused_never_a_crash(
    tmp_path: Path, path: list[str | int], value: object
) -> None:
    data = here = yaml.safe_load(SCREEN)
    for step in path[:-1]:
        if (isinstance(here, list) and step == 0) or (isinstance(here, dict) and step in here):
            here = here[step]
    if path and isinstance(here, dict):
        here[path[-1]] = value
    elif isinstance(here, list):
        here.append(value)
    file = tmp_path / "screen-fit-v1.yaml"
    file.write_text(yaml.safe_dump(data, allow_unicode=True))
    try:
        shipped: Shipped | None = read(file)
        found = []
    except CatalogueError as error:
        shipped, found = None, error.problems
    assert shipped or found
    assert all(problem.line >= 1 and problem.message for problem in found)


def test_a_statement_says_the_same_in_every_version_of_its_instrument(tmp_path: Path) -> None:
    """Reviews are compared by the codes of their statements."""
    text = (DATA / "instrument-pulse-v1.yaml").read_text(encoding="utf-8")
    (tmp_path / "instrument-pulse-v1.yaml").write_text(text, encoding="utf-8")
    later = text.replace("version: 1", "version: 2", 1)
    (tmp_path / "instrument-pulse-v2.yaml").write_text(later, encoding="utf-8")
    lessons = sorted(DATA.glob("lessons-*.yaml"))[-1]
    (tmp_path / lessons.name).write_text(lessons.read_text(encoding="utf-8"), encoding="utf-8")
    assert len(read_all(tmp_path)) == 3
    first = read_all(tmp_path)[0].typed.items[0]
    changed = later.replace(f"en: {first.text.en}", "en: Something else.", 1)
    assert changed != later
    (tmp_path / "instrument-pulse-v2.yaml").write_text(changed, encoding="utf-8")
    with pytest.raises(CatalogueError, match="says something else under this code"):
        read_all(tmp_path)
