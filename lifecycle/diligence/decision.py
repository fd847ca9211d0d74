"""The rule of a due diligence decision (catalogue 2), as arithmetic without a database.

Evaluated in this order: not now, undecided, go with conditions, go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from .states import Band, Level, Outcome, Step

CRITICAL = 1
#: Serious means stop.
STOP = 2
#: Upper ends of the bands of likelihood times impact; above the last is high.
BANDS: tuple[tuple[int, Band], ...] = ((4, Band.LOW), (9, Band.MODERATE), (14, Band.SUBSTANTIAL))
RESIDUAL_CONDITION = 10
RESIDUAL_EXECUTIVE = 15
RESIDUAL_STOP = 20
VALID_MONTHS = 24
VALID_MONTHS_AT_RISK = 12


def band(score: int) -> Band:
    """The band of a likelihood (1-5) times an impact (1-5)."""
    return next((name for upper, name in BANDS if score <= upper), Band.HIGH)


@dataclass(frozen=True)
class Item:
    """One question about one organisation, as the deciding partner knows it.

    `level` is NONE for a text once it is answered. `measure`: there is one with an owner and a date; `board`: the
    board decided it, with a remedy plan. `ref` is the caller's own.
    """

    critical: int
    level: str
    measure: bool = False
    board: bool = False
    ref: Any = None


@dataclass(frozen=True)
class Residual:
    """What remains of a risk (1 to 25), and whether a measure, an owner and a date stand against it."""

    score: int
    measure: bool = False
    ref: Any = None


@dataclass(frozen=True)
class StepTaken:
    """One step of the rule: what it found, and whether it was the one that decided."""

    step: Step
    outcome: Outcome
    because: tuple[Item | Residual, ...]
    decides: bool = False
    #: An earlier step had decided already: this one was not asked.
    passed_over: bool = False


@dataclass(frozen=True)
class Evaluation:
    """What the rule says, and why. Each tuple holds what speaks for it, in the order given."""

    outcome: Outcome
    #: Serious on `**`, serious on `*` without measure, residuals of 20 and over.
    stops: tuple[Item | Residual, ...]
    #: Critical items that are not known.
    unknown: tuple[Item, ...]
    #: What a "go" stands under: each needs a measure with owner and date, `**` items the board.
    conditions: tuple[Item | Residual, ...]
    #: Conditions that lack their measure, or the board's decision. With any of these no "go" can be taken.
    missing: tuple[Item | Residual, ...]
    #: A residual of 15 to 19: an executive decides.
    needs_executive: bool
    #: Validity of a decision taken on this.
    valid_months: int

    @property
    def steps(self) -> tuple[StepTaken, ...]:
        """The trace: every step in its order with what it found. The first that applies decides."""
        found: list[StepTaken] = []
        for step, outcome, because in (
            (Step.STOPS, Outcome.NOT_NOW, self.stops),
            (Step.UNKNOWN, Outcome.UNDECIDED, self.unknown),
            (Step.CONDITIONS, Outcome.CONDITIONS, self.conditions),
            (Step.CLEAR, Outcome.GO, ()),
        ):
            passed_over = any(s.decides for s in found)
            decides = not passed_over and (bool(because) or step == Step.CLEAR)
            found.append(StepTaken(step, outcome, because, decides, passed_over))
        return tuple(found)

    @property
    def allowed(self) -> tuple[Outcome, ...]:
        """What may be decided: what the rule says, or more careful. Saying not now is always free."""
        if self.outcome == Outcome.GO:
            return (Outcome.GO, Outcome.NOT_NOW)
        if self.outcome == Outcome.CONDITIONS and not self.missing:
            return (Outcome.CONDITIONS, Outcome.NOT_NOW)
        return (Outcome.NOT_NOW,)


def evaluate(items: Sequence[Item], residuals: Sequence[Residual]) -> Evaluation:
    """What the rule says of what one partner knows about itself and the others."""
    stops: list[Item | Residual] = [i for i in items if _stops(i)]
    stops += [r for r in residuals if r.score >= RESIDUAL_STOP]
    unknown = tuple(i for i in items if i.critical and i.level == Level.UNKNOWN)
    conditions: list[Item | Residual] = [i for i in items if _is_condition(i)]
    conditions += [r for r in residuals if RESIDUAL_CONDITION <= r.score < RESIDUAL_STOP]
    if stops:
        outcome = Outcome.NOT_NOW
    elif unknown:
        outcome = Outcome.UNDECIDED
    elif conditions:
        outcome = Outcome.CONDITIONS
    else:
        outcome = Outcome.GO
    at_risk = any(r.score >= RESIDUAL_CONDITION for r in residuals)
    return Evaluation(
        outcome=outcome,
        stops=tuple(stops),
        unknown=unknown,
        conditions=tuple(conditions),
        missing=tuple(c for c in conditions if not _is_met(c)),
        needs_executive=any(RESIDUAL_EXECUTIVE <= r.score < RESIDUAL_STOP for r in residuals),
        valid_months=VALID_MONTHS_AT_RISK if at_risk else VALID_MONTHS,
    )


def _stops(item: Item) -> bool:
    if item.level != Level.SERIOUS:
        return False
    return item.critical >= STOP or (item.critical == CRITICAL and not item.measure)


def _is_condition(item: Item) -> bool:
    if item.critical == CRITICAL and item.level == Level.SERIOUS:
        return item.measure
    return bool(item.critical) and item.level == Level.SOME


def _is_met(condition: Item | Residual) -> bool:
    if isinstance(condition, Item) and condition.critical >= STOP:
        return condition.measure and condition.board
    return condition.measure


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month."""
    year, month = day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    raise AssertionError("every month has a 28th")
