from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.diligence.decision import Item, Residual, band, evaluate, months_later
from lifecycle.diligence.states import Band, Level, Outcome, Step

LEVELS = (Level.NONE, Level.SOME, Level.SERIOUS, Level.UNKNOWN)
items = st.lists(
    st.builds(
        Item,
        critical=st.sampled_from([0, 1, 2]),
        level=st.sampled_from(LEVELS),
        measure=st.booleans(),
        board=st.booleans(),
    ),
    max_size=12,
)
residuals = st.lists(st.builds(Residual, score=st.integers(1, 25), measure=st.booleans()), max_size=6)
#: How careful an outcome is.
RANK = {Outcome.GO: 0, Outcome.CONDITIONS: 1, Outcome.UNDECIDED: 2, Outcome.NOT_NOW: 3}


@pytest.mark.parametrize(
    ("item", "outcome"),
    [
        (Item(2, Level.SERIOUS, measure=True, board=True), Outcome.NOT_NOW),
        (Item(1, Level.SERIOUS), Outcome.NOT_NOW),
        (Item(1, Level.SERIOUS, measure=True), Outcome.CONDITIONS),
        (Item(2, Level.SOME), Outcome.CONDITIONS),
        (Item(1, Level.SOME), Outcome.CONDITIONS),
        (Item(1, Level.UNKNOWN), Outcome.UNDECIDED),
        (Item(2, Level.UNKNOWN), Outcome.UNDECIDED),
        (Item(0, Level.UNKNOWN), Outcome.GO),
        (Item(0, Level.SERIOUS), Outcome.GO),
        (Item(1, Level.NONE), Outcome.GO),
    ],
)
def test_the_rule_for_one_answer(item: Item, outcome: Outcome) -> None:
    assert evaluate([Item(1, Level.NONE), item], []).outcome == outcome


@pytest.mark.parametrize(
    ("score", "outcome", "executive", "months"),
    [
        (9, Outcome.GO, False, 24),
        (10, Outcome.CONDITIONS, False, 12),
        (14, Outcome.CONDITIONS, False, 12),
        (15, Outcome.CONDITIONS, True, 12),
        (19, Outcome.CONDITIONS, True, 12),
        (20, Outcome.NOT_NOW, False, 12),
        (25, Outcome.NOT_NOW, False, 12),
    ],
)
def test_the_rule_for_what_remains_of_a_risk(score: int, outcome: Outcome, executive: bool, months: int) -> None:
    found = evaluate([], [Residual(score, measure=True)])
    assert (found.outcome, found.needs_executive, found.valid_months) == (outcome, executive, months)


def test_no_go_is_taken_while_a_measure_or_the_board_lacks() -> None:
    assert evaluate([Item(1, Level.SOME)], []).allowed == (Outcome.NOT_NOW,)
    assert evaluate([Item(2, Level.SOME, measure=True)], []).allowed == (Outcome.NOT_NOW,)
    assert evaluate([Item(2, Level.SOME, measure=True, board=True)], []).allowed == (
        Outcome.CONDITIONS,
        Outcome.NOT_NOW,
    )
    assert evaluate([], [Residual(12)]).allowed == (Outcome.NOT_NOW,)


@pytest.mark.parametrize(
    ("score", "name"),
    [(1, Band.LOW), (4, Band.LOW), (5, Band.MODERATE), (9, Band.MODERATE), (10, Band.SUBSTANTIAL),
     (14, Band.SUBSTANTIAL), (15, Band.HIGH), (25, Band.HIGH)],
)  # fmt: skip
def test_bands(score: int, name: Band) -> None:
    assert band(score) == name


@given(items, residuals)
def test_outcomes_come_in_their_order(known: list[Item], risks: list[Residual]) -> None:
    found = evaluate(known, risks)
    assert (found.outcome == Outcome.NOT_NOW) == bool(found.stops)
    assert (found.outcome == Outcome.UNDECIDED) == (not found.stops and bool(found.unknown))
    assert (found.outcome == Outcome.GO) == (not found.stops and not found.unknown and not found.conditions)
    assert Outcome.NOT_NOW in found.allowed
    assert Outcome.UNDECIDED not in found.allowed
    assert set(found.missing) <= set(found.conditions)


@given(items, residuals, st.sampled_from(LEVELS), st.booleans())
def test_questions_that_are_not_critical_change_nothing(
    known: list[Item], risks: list[Residual], level: Level, measure: bool
) -> None:
    assert evaluate([*known, Item(0, level, measure)], risks).outcome == evaluate(known, risks).outcome


@given(items, residuals, items, residuals)
def test_more_knowledge_never_makes_it_bolder(
    known: list[Item], risks: list[Residual], more: list[Item], worse: list[Residual]
) -> None:
    before, after = evaluate(known, risks), evaluate([*known, *more], [*risks, *worse])
    assert RANK[after.outcome] >= RANK[before.outcome]
    assert after.valid_months <= before.valid_months


@given(items, residuals, st.data())
def test_a_worse_answer_never_makes_it_bolder(known: list[Item], risks: list[Residual], data: st.DataObject) -> None:
    if not known:
        return
    place = data.draw(st.integers(0, len(known) - 1))
    worse = {Level.NONE: Level.SOME, Level.SOME: Level.SERIOUS}.get(Level(known[place].level))
    if worse is None:
        return
    changed = [*known[:place], replace(known[place], level=worse), *known[place + 1 :]]
    assert RANK[evaluate(changed, risks).outcome] >= RANK[evaluate(known, risks).outcome]


@given(items, residuals)
def test_a_measure_never_makes_it_more_careful_than_it_was(known: list[Item], risks: list[Residual]) -> None:
    helped = [replace(i, measure=True, board=True) for i in known]
    assert RANK[evaluate(helped, risks).outcome] <= RANK[evaluate(known, risks).outcome]


@given(items, residuals)
def test_the_order_of_what_is_known_does_not_count(known: list[Item], risks: list[Residual]) -> None:
    assert evaluate(known[::-1], risks[::-1]).outcome == evaluate(known, risks).outcome


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 11, 21), 24, date(2028, 11, 21)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 10, 31), 1, date(2026, 11, 30)),
    ],
)
def test_months_later(day: date, months: int, then: date) -> None:
    assert months_later(day, months) == then


# The trace ------------------------------------------------------------------------------------------------------------
ORDER = (Step.STOPS, Step.UNKNOWN, Step.CONDITIONS, Step.CLEAR)
few_residuals = st.lists(st.builds(Residual, score=st.integers(1, 25), measure=st.booleans()), max_size=3)


@given(items, residuals)
def test_one_step_decides_and_it_is_the_outcome(known: list[Item], risks: list[Residual]) -> None:
    found = evaluate(known, risks)
    assert tuple(s.step for s in found.steps) == ORDER
    [deciding] = [s for s in found.steps if s.decides]
    assert deciding.outcome == found.outcome
    before = found.steps[: ORDER.index(deciding.step)]
    after = found.steps[ORDER.index(deciding.step) + 1 :]
    assert not any(s.because or s.passed_over for s in before)
    assert all(s.passed_over for s in after)
    assert bool(deciding.because) == (deciding.step != Step.CLEAR)


@given(items, residuals)
def test_without_what_the_deciding_step_names_the_outcome_is_bolder(known: list[Item], risks: list[Residual]) -> None:
    """The trace explains the outcome: take away all it names, and the rule says something else."""
    found = evaluate(known, risks)
    [deciding] = [s for s in found.steps if s.decides]
    named = {id(thing) for thing in deciding.because}
    left = evaluate([i for i in known if id(i) not in named], [r for r in risks if id(r) not in named])
    if deciding.step == Step.CLEAR:
        assert left.outcome == found.outcome
    else:
        assert RANK[left.outcome] < RANK[found.outcome]


@given(items, few_residuals, st.data())
def test_each_thing_that_a_step_names_is_enough_for_it(
    known: list[Item], risks: list[Residual], data: st.DataObject
) -> None:
    found = evaluate(known, risks)
    [deciding] = [s for s in found.steps if s.decides]
    if not deciding.because:
        return
    thing = data.draw(st.sampled_from(deciding.because))
    alone = evaluate([thing], []) if isinstance(thing, Item) else evaluate([], [thing])
    assert alone.outcome == found.outcome


@given(items, residuals)
def test_what_no_step_names_could_be_left_out(known: list[Item], risks: list[Residual]) -> None:
    found = evaluate(known, risks)
    named = {id(thing) for s in found.steps for thing in s.because}
    left = evaluate([i for i in known if id(i) in named], [r for r in risks if id(r) in named])
    assert (left.outcome, left.missing) == (found.outcome, found.missing)
