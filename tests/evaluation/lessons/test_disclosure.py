"""What may be told of where a lesson comes from: never fewer than five cases, by no choice and no difference."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from evaluation.lessons.disclosure import told

CASES = st.dictionaries(st.integers(0, 60), st.frozensets(st.sampled_from("abcdef")), max_size=40)


def test_a_trait_is_told_where_five_have_it_and_five_have_not() -> None:
    cases = {n: frozenset("a" if n < 5 else "b") for n in range(10)}
    assert told(cases, 5) == cases
    del cases[9]
    assert set(told(cases, 5).values()) == {frozenset()}, "four without it would stand alone"


def test_what_all_have_is_told_of_all() -> None:
    cases = {n: frozenset("ab" if n else "a") for n in range(5)}
    assert set(told(cases, 5).values()) == {frozenset("a")}


@given(CASES, st.integers(2, 6))
def test_every_choice_of_traits_finds_whole_groups(cases: dict[int, frozenset[str]], least: int) -> None:
    found = told(cases, least)
    assert found.keys() == cases.keys()
    for case, traits in found.items():
        assert traits <= cases[case], "nothing is told that is not so"
        if traits:
            assert sum(each == traits for each in found.values()) >= least
    chosen = [
        {case for case, traits in found.items() if set(pick) <= traits}
        for size in range(3)
        for pick in combinations("abcdef", size)
    ]
    if len(cases) >= least:
        for one, other in combinations(chosen, 2):
            for part in (one & other, one - other):
                assert not part or len(part) >= least


def test_nothing_is_told_of_too_few() -> None:
    assert told({1: frozenset("a"), 2: frozenset("a")}, 5) == {1: frozenset(), 2: frozenset()}
    assert told({}, 5) == {}
