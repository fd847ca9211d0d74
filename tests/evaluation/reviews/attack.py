"""What somebody could work out who knows everything that is published, and more: a linear programme over all answers.

Unknown is how many people of each part of a side gave each answer to each statement. Known are the sizes of all parts,
however small, how many of each said "don't know", and every published figure as the interval that rounds to it. The
least and the greatest mean of a small part that fit all of that are what the solver is asked for.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from itertools import product

import numpy as np
from scipy.optimize import linprog

from evaluation.reviews.disclosure import Bound, Cell
from evaluation.reviews.scoring import DEFAULT, Result, display_gap, display_mean

VALUES = np.arange(5)
#: A mean that is known to within this is found out.
TOO_NEAR = 0.5
Interval = tuple[float, float]


def interval_of(shown: Decimal) -> Interval:
    """The means that are read as this one: rounding stops at the borders of the bands."""
    low, high = float(shown) - 0.05, float(shown) + 0.05
    for border in map(float, DEFAULT.borders):
        if low < border <= float(shown):
            low = border
        if float(shown) < border <= float(shown) + 0.1 + 1e-9:
            high = border
    return max(low, 0.0), min(high, 4.0)


def gap_interval(shown: Decimal) -> Interval:
    low, high = float(shown) - 0.05, float(shown) + 0.05
    if shown >= Decimal("0.8"):
        low = max(low, 0.8)
    elif shown == Decimal("0.7"):
        high = 0.8
    if shown == Decimal("1.0"):
        high = 1.0
    elif shown == Decimal("1.1"):
        low = 1.0
    return max(low, 0.0), high


def told(cell: Cell) -> Interval:
    """What a cell tells of its mean."""
    assert cell.mean is not None
    low, high = interval_of(display_mean(cell.mean))
    if cell.bound == Bound.AT_LEAST:
        return low, 4.0
    return (0.0, high) if cell.bound == Bound.AT_MOST else (low, high)


def spread_interval(cell: Cell) -> Interval | None:
    if cell.spread is None:
        return None
    sd = float(cell.spread.sd)
    low = 0.0 if cell.spread.at_most else max(0.0, sd - 0.05)
    high = 1.0 if cell.spread.sd == Decimal("0.9") else sd + 0.05
    return (1.0 if cell.spread.sd == Decimal("1.0") else low), high


@dataclass
class Attack:
    """Unknown counts by (statement, part, answer), and what is known of them as rows of a linear programme."""

    #: statement -> part -> how many took a stand
    sizes: Mapping[str, Mapping[str, int]]
    rows: list[np.ndarray] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keys = [(s, part) for s, parts in self.sizes.items() for part, size in parts.items() if size]
        self.at = {key: place for place, key in enumerate(self.keys)}

    def sums(self, statement: str, parts: Iterable[str], weights: np.ndarray = VALUES) -> np.ndarray:
        """The row that adds up what these parts answered."""
        row = np.zeros(5 * len(self.keys))
        for part in parts:
            if (statement, part) in self.at:
                start = 5 * self.at[statement, part]
                row[start : start + 5] += weights
        return row

    def know(self, row: np.ndarray, low: float, high: float) -> None:
        self.rows += [row, -row]
        self.limits += [high, -low]

    def know_cell(self, statement: str, parts: Sequence[str], cell: Cell) -> None:
        n = sum(self.sizes[statement][part] for part in parts)
        low, high = told(cell)
        self.know(self.sums(statement, parts), n * low, n * high)
        spread = spread_interval(cell)
        if spread is not None:
            squares = n * (spread[0] ** 2 + low**2), n * (spread[1] ** 2 + high**2)
            self.know(self.sums(statement, parts, VALUES**2), *squares)

    def range_of(self, statement: str, part: str, *, whole: Sequence[str] = (), cell: Cell | None = None) -> Interval:
        """Between what the mean of a part must lie. With a spread, one whole sum after the other is tried: people give
        whole answers, and the spread says more of each."""
        size = self.sizes[statement][part]
        objective = self.sums(statement, [part]) / size
        if cell is None or (spread := spread_interval(cell)) is None:
            return self._solve(objective, [], [])
        n = sum(self.sizes[statement][each] for each in whole)
        low, high = told(cell)
        found = []
        for total in range(math.ceil(n * low - 1e-9), math.floor(n * high + 1e-9) + 1):
            row, squares = self.sums(statement, whole), self.sums(statement, whole, VALUES**2)
            base = total**2 / n
            extra = [row, -row, squares, -squares]
            limits = [total, -total, n * spread[1] ** 2 + base, -(n * spread[0] ** 2 + base)]
            ends = self._solve(objective, extra, limits)
            if not math.isnan(ends[0]):
                found.append(ends)
        return min(low for low, _ in found), max(high for _, high in found)

    def _solve(self, objective: np.ndarray, extra: list[np.ndarray], limits: Sequence[float]) -> Interval:
        count = len(self.keys)
        equal = np.kron(np.eye(count), np.ones(5))
        sizes = [self.sizes[s][part] for s, part in self.keys]
        above = np.array([*self.rows, *extra]) if self.rows or extra else None
        bounds = np.array([*self.limits, *limits]) + 1e-7 if self.rows or extra else None
        ends = []
        for sign in (1, -1):
            answer = linprog(sign * objective, above, bounds, equal, sizes, method="highs")
            if not answer.success:
                return math.nan, math.nan
            ends.append(sign * answer.fun)
        return ends[0], ends[1]


def read_result(attack: Attack, result: Result, side: str, parts: Mapping[str, Sequence[str]]) -> None:
    """Everything a result tells of one side. `parts`: group ("" the whole) -> the attack's parts in it."""
    for row in result.statements:
        cell = row.cells[side]
        if not cell.shown:
            continue
        code = row.statement.key
        attack.know_cell(code, parts[""], cell)
        for name, group in cell.groups.items():
            attack.know_cell(code, parts[name], group)
        other = [mean for key, mean in row.means.items() if key != side]
        if row.gap is not None and other and cell.bound == Bound.EXACT:
            n = sum(attack.sizes[code][part] for part in parts[""])
            _know_gap(attack, attack.sums(code, parts[""]) / n, float(other[0]), row.gap, float(cell.mean or 0))
    for dimension in result.dimensions:
        inside = [row for row in result.statements if row.statement.dimension == dimension.dimension]
        of = dimension.of.get(side)
        if of is None:
            continue
        cells = {row.statement.key: row.cells[side] for row in inside if row.cells[side].shown}
        mean = _mean_of(attack, cells, dict.fromkeys(cells, parts[""]))
        low, high = interval_of(display_mean(of.mean))
        attack.know(mean[0], low - mean[1], high - mean[1])
        others = [each.mean for key, each in dimension.of.items() if key != side]
        if dimension.gap is not None and others:
            _know_gap(attack, mean[0], float(others[0]) - mean[1], dimension.gap, float(of.mean) - mean[1])
        for name, value in of.groups.items():
            shown = {code: cell.groups[name] for code, cell in cells.items() if name in cell.groups}
            mean = _mean_of(attack, shown, dict.fromkeys(shown, parts[name]))
            low, high = interval_of(display_mean(value))
            attack.know(mean[0], low - mean[1], high - mean[1])


def _know_gap(attack: Attack, row: np.ndarray, other: float, gap: Fraction, own: float) -> None:
    low, high = gap_interval(display_gap(gap))
    if own >= other:
        attack.know(row, other + low, other + high)
    else:
        attack.know(row, other - high, other - low)


def _mean_of(attack: Attack, cells: Mapping[str, Cell], parts: Mapping[str, Sequence[str]]) -> tuple[np.ndarray, float]:
    """A mean over statements as a row and a constant: what is told with "or more" stands in it with its border."""
    row, constant = np.zeros(5 * len(attack.keys)), 0.0
    for code, cell in cells.items():
        if cell.bound == Bound.EXACT:
            n = sum(attack.sizes[code][part] for part in parts[code])
            row = row + attack.sums(code, parts[code]) / n
        else:
            constant += float(cell.mean or 0)
    return row / len(cells), constant / len(cells)


def tables(low: int, high: int) -> Iterable[tuple[int, ...]]:
    """All ways in which so many people can answer, up to their order."""
    for n in range(low, high + 1):
        for counts in product(range(n + 1), repeat=4):
            if sum(counts) <= n:
                yield (*counts, n - sum(counts))
