"""The matcher: its rules one by one, its properties, and how well it does on the labelled set."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.screening import matching
from lifecycle.screening.matching import Index, compare, keys, read, score_of

from .labelled import QUESTIONS, SEED, Labelled, Measured, make

pytestmark = pytest.mark.filterwarnings("ignore")


def score(ours: str, listed: str) -> int:
    return score_of(read(ours), read(listed))


def reasons(ours: str, listed: str) -> set[str]:
    return {reason.code for reason in compare(read(ours), read(listed)).reasons}


@pytest.fixture(scope="module")
def labelled() -> Labelled:
    return make()


@pytest.fixture(scope="module")
def measured(labelled: Labelled) -> Measured:
    return Measured(labelled)


class TestTheLabelledSet:
    def test_it_is_large_enough_and_the_same_every_time(self, labelled: Labelled) -> None:
        assert len(labelled.variants) == len(labelled.near) == QUESTIONS >= 2000
        assert len({q.rule for q in labelled.variants}) >= 35
        assert len({q.rule for q in labelled.near}) >= 12
        again = make()
        assert (again.variants, again.near) == (labelled.variants, labelled.near)

    def test_no_variant_is_a_near_miss_too(self, labelled: Labelled) -> None:
        names = {row.name for row in labelled.rows}
        assert not names & {q.name for q in labelled.near}

    def test_recall_and_precision_at_the_threshold(self, measured: Measured) -> None:
        figures = measured.at(matching.THRESHOLD)
        assert figures.recall >= 0.95, measured.missed(matching.THRESHOLD)[:20]
        assert figures.precision >= 0.9

    def test_the_threshold_trades_one_for_the_other(self, measured: Measured) -> None:
        figures = [measured.at(threshold) for threshold in (70, 84, 92, 98)]
        assert [f.recall for f in figures] == sorted((f.recall for f in figures), reverse=True)
        assert figures[-1].precision > figures[0].precision

    def test_the_documentation_says_what_was_measured(self, measured: Measured) -> None:
        text = (Path(__file__).resolve().parents[3] / "docs" / "screening.md").read_text(encoding="utf-8")
        rows = re.findall(r"^\| (\d\d) \| (\d\.\d+) \| (\d\.\d+) \|$", text, re.MULTILINE)
        assert len(rows) >= 10
        for threshold, recall, precision in rows:
            figures = measured.at(int(threshold))
            assert (f"{figures.recall:.3f}", f"{figures.precision:.3f}") == (recall, precision), threshold

    def test_no_rule_is_lost_altogether(self, measured: Measured) -> None:
        poor = {rule: found for rule, found in measured.by_rule(matching.THRESHOLD).items() if found[0] * 2 < found[1]}
        assert poor == {}

    def test_another_set_that_nobody_looked_at_fares_as_well(self) -> None:
        figures = Measured(make(SEED + 1)).at(matching.THRESHOLD)
        assert figures.recall >= 0.95
        assert figures.precision >= 0.9


@pytest.mark.parametrize(
    ("ours", "listed", "reason"),
    [
        ("Larkspur Mining", "LARKSPUR MINING", "identical"),
        ("Velgarm, Tor", "Tor Velgarm", "order"),
        ("Żelisław Brandowski", "Zelislaw Brandowski", "accents"),
        ("Larkspur Mining Ltd", "Larkspur Mining GmbH", "legal_form"),
        ("ООО Курбачмин", "Kurbachmin LLC", "script"),
        ("Tor Vlegarm", "Tor Velgarm", "swapped"),
        ("Tor Velgarn", "Tor Velgarm", "one_letter"),
        ("Tor Velgharmb", "Tor Velgarm", "letters"),
        ("Mohamed Velgarm", "Muhammad Velgarm", "sound"),
        ("T. Velgarm", "Tor Velgarm", "initial"),
        ("Zhai Xiao Ming", "Zhai Xiaoming", "joined"),
        ("Tor Velgarm", "Tor Anselm Velgarm", "missing_part"),
    ],
)
def test_it_says_why_two_names_match(ours: str, listed: str, reason: str) -> None:
    assert score(ours, listed) >= matching.THRESHOLD
    assert reason in reasons(ours, listed)
    assert keys(read(ours)) & keys(read(listed))


@pytest.mark.parametrize(
    ("ours", "listed", "least"),
    [
        ("عبد الرحمن الترمزي", "Abdulrahman al-Tarmuzi", 90),
        ("شركة الترمزي للتعدين المحدودة", "Tarmuzi Mining Company Ltd", 90),
        ("北岚矿业有限公司", "Beilan Mining Co., Ltd.", 100),
        ("欧铭骁", "Mingxiao Ou", 100),
        ("Жасмир Щедрух", "Zhasmir Shchedrukh", 100),
        ("Schtschedrin Jurij", "Щедрин Юрий", 84),
        ("Χρήστος Βαλτινός", "Christos Valtinos", 100),
        ("გიორგი ველთამი", "Giorgi Veltami", 90),
        ("Société Minière de Kestria SARL", "Kestria Mining Company", 100),
        ("Bank of Kestria", "Kestria Bank", 100),
        ("Smith & Sons", "Smith and Sons Ltd.", 100),
        ("O'Brannen Ltd", "OBrannen", 100),
        ("S.A.R.L. Kestria", "Kestria", 100),
        ("J.R. Haldenby", "John Robert Haldenby", 90),
        ("Sociedad Minera Kestria S. de R.L. de C.V.", "Sociedad Minera Kestria", 100),
    ],
)
def test_scripts_legal_forms_and_ways_of_writing(ours: str, listed: str, least: int) -> None:
    assert score(ours, listed) >= least
    assert score(listed, ours) == score(ours, listed)


@pytest.mark.parametrize(
    ("ours", "listed"),
    [
        ("Northern Mining Company", "Southern Mining Company"),
        ("Larkspur Brigade 31", "Larkspur Brigade 13"),
        ("Anselm Velgarm", "Birgit Velgarm"),
        ("Anselm Velgarm", "Anselm Tordale"),
        ("Kestria Mining Company", "Mining Company"),
        ("Global Gold Mining", "Global Gold Trading"),
        ("Alpha", "Alpha Mining Company"),
        ("", "Velgarm"),
        ("!!!", "Velgarm"),
    ],
)
def test_what_is_near_and_somebody_else(ours: str, listed: str) -> None:
    assert score(ours, listed) < matching.THRESHOLD


def test_a_name_of_legal_forms_and_small_words_alone_is_kept() -> None:
    assert read("The Limited Company").tokens
    assert read("De La").tokens
    assert score("The Limited", "The Limited") == 100


def test_the_index_finds_the_entry_by_any_of_its_names() -> None:
    index = Index([["Tor Velgarm", "Мерзляк Жасмир"], ["Larkspur Mining Ltd"]])
    (found,) = index.find("Zhasmir Merzlyak")
    assert (found.entry, found.listed) == (0, "Мерзляк Жасмир")
    assert [f.entry for f in index.find("Larkspur Mining GmbH")] == [1]
    assert index.find("Nobody Atall") == []


# Properties -----------------------------------------------------------------------------------------------------------
_LETTERS = st.characters(codec="utf-8", categories=["L", "N", "P", "Zs", "M"])
NAMES = st.text(_LETTERS, max_size=60)
WORDS = st.lists(st.text("abcdefghijklmnoprstuvz", min_size=2, max_size=9), min_size=1, max_size=5)


@given(NAMES, NAMES)
@settings(max_examples=300, deadline=None)
def test_the_score_is_the_same_from_both_sides(one: str, other: str) -> None:
    assert score(one, other) == score(other, one)
    assert 0 <= score(one, other) <= 100


@given(WORDS, WORDS)
@settings(max_examples=300, deadline=None)
def test_the_score_is_the_same_from_both_sides_for_plain_words(one: list[str], other: list[str]) -> None:
    assert score(" ".join(one), " ".join(other)) == score(" ".join(other), " ".join(one))


@given(NAMES)
@settings(max_examples=300, deadline=None)
def test_what_was_read_reads_the_same_again(name: str) -> None:
    once = read(name)
    assert read(name) == once
    if once.tokens:
        assert score(name, name) == 100
        assert keys(once)


@given(WORDS, st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_order_does_not_count(words: list[str], chance: object) -> None:
    shuffled = list(words)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    name, other = " ".join(words), " ".join(shuffled)
    assert read(name).plain == read(other).plain
    assert score(name, other) == 100


@given(WORDS)
@settings(max_examples=200, deadline=None)
def test_capitals_accents_and_points_do_not_count(words: list[str]) -> None:
    name = " ".join(words)
    assert score(name, name.upper()) == 100
    assert score(name, name.replace("a", "á").replace("e", "ë")) == 100
    assert score(name, ", ".join(words)) == 100
