"""The tables: whatever is tried in whatever order, states follow them and nothing ends twice."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from lifecycle.delivery.states import (
    COMMITMENTS,
    NEXT_LEVEL,
    PROMISES,
    SETTLED_COMMITMENT,
    SETTLED_PROMISE,
    CommitmentAct,
    CommitmentState,
    DisputeLevel,
    PromiseAct,
    PromiseState,
    Table,
    after,
)


def walk(table: Table, start: str, acts: list[str]) -> list[str]:
    """The states passed through; what the table does not allow changes nothing."""
    states = [start]
    for act in acts:
        states.append(after(table, states[-1], act) or states[-1])
    return states


@given(st.lists(st.sampled_from(CommitmentAct.values), max_size=30))
def test_a_commitment_is_confirmed_only_right_after_it_was_delivered(acts: list[str]) -> None:
    states = walk(COMMITMENTS, CommitmentState.OPEN, acts)
    assert set(states) <= set(CommitmentState.values)
    for before, now in itertools.pairwise(states):
        if now == CommitmentState.CONFIRMED and before != now:
            assert before == CommitmentState.DELIVERED
        if before in SETTLED_COMMITMENT:
            assert now == before


@given(st.lists(st.sampled_from(PromiseAct.values), max_size=30))
def test_a_promise_is_confirmed_only_after_it_was_said_to_be_kept(acts: list[str]) -> None:
    states = walk(PROMISES, PromiseState.OPEN, acts)
    for before, now in itertools.pairwise(states):
        if now == PromiseState.CONFIRMED and before != now:
            assert before == PromiseState.KEPT
        if before == PromiseState.CONFIRMED:
            assert now == before


def test_every_state_but_the_ends_has_a_way_on() -> None:
    for state in CommitmentState.values:
        assert any(after(COMMITMENTS, state, act) for act in CommitmentAct.values) != (state in SETTLED_COMMITMENT)
    assert {state for state in PromiseState.values if state not in SETTLED_PROMISE} == {PromiseState.OPEN}


def test_the_route_of_a_disagreement_ends_with_a_mediator() -> None:
    level, seen = DisputeLevel.LEADS.value, []
    while level:
        seen.append(level)
        level = NEXT_LEVEL.get(level, "")
    assert seen == DisputeLevel.values
