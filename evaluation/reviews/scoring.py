"""From answers to what may be shown: pure arithmetic, no database, no words for people.

Answers run from 0 (not true) to 4 (fully true); `None` is "don't know". Means are exact fractions, so that a band or a
gap never hangs on a rounding error. Thresholds are the catalogue's (section 4) and can be set by an installation.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import IntEnum
from fractions import Fraction

Answer = int | None
#: Whoever compares partners names them by something hashable: their primary key, in practice.
SideKey = Hashable

#: An installation may ask for larger groups, never for smaller ones.
LOWEST_MINIMUM = 3
SCALE_MAX = 4


class Band(IntEnum):
    """How a dimension, or a partner's view of the partnership, stands. Ordered: a higher one is better."""

    AT_RISK = 0
    FRAGILE = 1
    WORKING = 2
    STRONG = 3


class GapLevel(IntEnum):
    """A gap is an invitation to talk, not a fault."""

    NONE = 0
    TALK = 1
    FIRST = 2


@dataclass(frozen=True)
class Rules:
    """Thresholds; the defaults are the catalogue's."""

    minimum: int = 5
    sd_minimum: int = 8
    borders: tuple[Fraction, Fraction, Fraction] = (Fraction(3, 2), Fraction(12, 5), Fraction(16, 5))
    talk: Fraction = Fraction(4, 5)
    first: Fraction = Fraction(1)
    divided: float = 1.0
    dont_know: Fraction = Fraction(1, 4)
    #: Smaller moves between rounds are noise.
    movement: Fraction = Fraction(1, 10)

    @property
    def group_minimum(self) -> int:
        """The smallest group that is ever shown."""
        return max(self.minimum, LOWEST_MINIMUM)

    def band(self, mean: Fraction) -> Band:
        """The band of an exact mean; a mean on a border belongs to the band above it."""
        return Band(sum(mean >= border for border in self.borders))

    def level(self, gap: Fraction) -> GapLevel:
        """0.8 and more is to talk about, more than 1 to talk about first."""
        if gap > self.first:
            return GapLevel.FIRST
        return GapLevel.TALK if gap >= self.talk else GapLevel.NONE


DEFAULT = Rules()


@dataclass(frozen=True)
class Statement:
    """One sentence of an instrument; `key` names the same wording in every version that has it."""

    key: str
    dimension: str


@dataclass(frozen=True)
class Side:
    """One partner's opened answers, per statement and without respondents; an agreed answer is one value each."""

    key: SideKey
    answers: Mapping[str, Sequence[Answer]]
    agreed: bool = False
    #: What this partner expects another one to answer: other partner -> statement -> guesses.
    expects: Mapping[SideKey, Mapping[str, Sequence[Answer]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Cell:
    """What may be shown of one partner on one statement. A hidden cell holds no number at all."""

    mean: Fraction | None = None
    n: int | None = None
    dont_know: Fraction | None = None
    sd: float | None = None
    #: More than a quarter said "don't know".
    unsure: bool = False
    #: The group's own answers lie far apart.
    divided: bool = False

    @property
    def shown(self) -> bool:
        return self.mean is not None


@dataclass(frozen=True)
class Expectation:
    """What `by` expected `about` to answer, beside what it answered. Both are means that may be shown."""

    by: SideKey
    about: SideKey
    expected: Fraction
    actual: Fraction

    @property
    def off_by(self) -> Fraction:
        return abs(self.expected - self.actual)


@dataclass(frozen=True)
class StatementResult:
    """One statement over all partners."""

    statement: Statement
    cells: Mapping[SideKey, Cell]
    gap: Fraction | None
    level: GapLevel
    expectations: tuple[Expectation, ...] = ()
    #: There were expectations, and every one was far off: nobody saw this coming.
    unexpected: bool = False

    @property
    def means(self) -> dict[SideKey, Fraction]:
        return {key: cell.mean for key, cell in self.cells.items() if cell.mean is not None}


@dataclass(frozen=True)
class DimensionMean:
    """One partner's mean of a dimension, over the statements that may be shown."""

    mean: Fraction
    band: Band
    statements: int


@dataclass(frozen=True)
class DimensionResult:
    """One dimension over all partners."""

    dimension: str
    of: Mapping[SideKey, DimensionMean]
    gap: Fraction | None
    level: GapLevel
    statements: int


@dataclass(frozen=True)
class Headline:
    """How the partnership stands for one partner. There is no average over partners."""

    side: SideKey
    band: Band
    #: The band before the lowest dimension held it down, and that dimension.
    uncapped: Band
    lowest: str
    mean: Fraction

    @property
    def capped(self) -> bool:
        return self.band < self.uncapped


@dataclass(frozen=True)
class Result:
    """All that an opened round may show."""

    statements: tuple[StatementResult, ...]
    #: Largest gap first.
    dimensions: tuple[DimensionResult, ...]
    #: The lower first.
    headlines: tuple[Headline, ...]

    def agenda(self, limit: int = 3) -> list[StatementResult]:
        """What to talk about first: the widest gaps, from 0.8 on."""
        talk = [result for result in self.statements if result.level]
        return sorted(talk, key=lambda result: -(result.gap or 0))[:limit]

    def strengths(self, limit: int = 3, floor: Fraction = Fraction(3)) -> list[StatementResult]:
        """What holds the partners together: high for every one of them, and seen alike."""
        alike = [
            result
            for result in self.statements
            if len(result.means) > 1 and not result.level and min(result.means.values()) >= floor
        ]
        return sorted(alike, key=lambda result: -min(result.means.values()))[:limit]

    def headline(self, side: SideKey) -> Headline | None:
        return next((headline for headline in self.headlines if headline.side == side), None)


def mean_of(values: Collection[int]) -> Fraction:
    """The exact mean of answers; there must be one at least."""
    return Fraction(sum(values), len(values))


def spread_of(values: Collection[int]) -> float:
    """The standard deviation of a whole group (its answers are no sample of it)."""
    mean = mean_of(values)
    return math.sqrt(float(sum(((value - mean) ** 2 for value in values), Fraction(0)) / len(values)))


def cell_of(answers: Sequence[Answer], *, agreed: bool = False, rules: Rules = DEFAULT) -> Cell:
    """What may be shown of a group's answers to one statement.

    An agreed answer is the organisation's own word: it hides nobody and needs no minimum. Otherwise the minimum counts
    those who took a stand, without the don't-knows, and a hidden cell tells at most that many did not know.
    """
    given = [value for value in answers if value is not None]
    for value in given:
        if not 0 <= value <= SCALE_MAX:
            raise ValueError(f"an answer lies between 0 and {SCALE_MAX}, not at {value}")
    if agreed:
        return Cell(mean=mean_of(given), n=1, dont_know=Fraction(0)) if given else Cell(unsure=bool(answers))
    total, n = len(answers), len(given)
    unsure = total >= rules.group_minimum and Fraction(total - n, total) > rules.dont_know
    if n < rules.group_minimum:
        return Cell(unsure=unsure)
    sd = spread_of(given) if n >= max(rules.sd_minimum, rules.group_minimum) else None
    return Cell(
        mean=mean_of(given),
        n=n,
        dont_know=Fraction(total - n, total),
        sd=sd,
        unsure=unsure,
        divided=sd is not None and sd >= rules.divided,
    )


def showable_groups(sizes: Mapping[str, int], *, rules: Rules = DEFAULT) -> frozenset[str]:
    """The groups of one partner (head office, field office, …) that may be shown beside the partner's own mean.

    A small group is hidden; and since it could be found by taking the shown groups from the whole, more are hidden,
    smallest first, until what is left over is nobody, or a group of the minimum itself.
    """
    if sum(sizes.values()) < rules.group_minimum:
        return frozenset()
    large = [name for name, size in sizes.items() if size >= rules.group_minimum]
    shown = sorted(large, key=lambda name: (sizes[name], name))
    hidden = sum(sizes.values()) - sum(sizes[name] for name in shown)
    while shown and 0 < hidden < rules.group_minimum:
        hidden += sizes[shown.pop(0)]
    return frozenset(shown)


def groups_of(groups: Mapping[str, Sequence[Answer]], *, rules: Rules = DEFAULT) -> dict[str, Cell]:
    """Each group's cell on one statement, with what could be found by subtraction hidden too."""
    sizes = {name: sum(value is not None for value in answers) for name, answers in groups.items()}
    may = showable_groups(sizes, rules=rules)
    return {name: cell_of(answers, rules=rules) if name in may else Cell() for name, answers in groups.items()}


def gap_of(means: Collection[Fraction]) -> Fraction | None:
    """The largest minus the smallest partner's mean; nothing where fewer than two can be shown."""
    return max(means) - min(means) if len(means) > 1 else None


def score(statements: Sequence[Statement], sides: Sequence[Side], *, rules: Rules = DEFAULT) -> Result:
    """Everything an opened round may show, from the partners' answers."""
    results = tuple(_statement(statement, sides, rules) for statement in statements)
    dimensions = _dimensions(results, sides, rules)
    headlines = [headline for side in sides if (headline := _headline(side.key, dimensions, rules))]
    return Result(
        statements=results,
        dimensions=tuple(sorted(dimensions, key=lambda result: -(result.gap if result.gap is not None else -1))),
        headlines=tuple(sorted(headlines, key=lambda headline: (headline.band, headline.mean))),
    )


def _statement(statement: Statement, sides: Sequence[Side], rules: Rules) -> StatementResult:
    cells = {side.key: cell_of(side.answers.get(statement.key, ()), agreed=side.agreed, rules=rules) for side in sides}
    means = {key: cell.mean for key, cell in cells.items() if cell.mean is not None}
    gap = gap_of(means.values())
    expectations = []
    for side in sides:
        for about, guesses in side.expects.items():
            guess = cell_of(guesses.get(statement.key, ()), agreed=side.agreed, rules=rules)
            if guess.mean is not None and about in means and about != side.key:
                expectations.append(Expectation(side.key, about, guess.mean, means[about]))
    return StatementResult(
        statement=statement,
        cells=cells,
        gap=gap,
        level=rules.level(gap) if gap is not None else GapLevel.NONE,
        expectations=tuple(expectations),
        unexpected=bool(expectations) and all(expectation.off_by >= rules.talk for expectation in expectations),
    )


def _dimensions(results: Sequence[StatementResult], sides: Sequence[Side], rules: Rules) -> list[DimensionResult]:
    dimensions = []
    for name in dict.fromkeys(result.statement.dimension for result in results):
        inside = [result for result in results if result.statement.dimension == name]
        of: dict[SideKey, DimensionMean] = {}
        for side in sides:
            means = [mean for result in inside if (mean := result.cells[side.key].mean) is not None]
            if means:
                mean = sum(means, Fraction(0)) / len(means)
                of[side.key] = DimensionMean(mean, rules.band(mean), len(means))
        gap = gap_of([part.mean for part in of.values()])
        level = rules.level(gap) if gap is not None else GapLevel.NONE
        dimensions.append(DimensionResult(name, of, gap, level, len(inside)))
    return dimensions


def _headline(side: SideKey, dimensions: Sequence[DimensionResult], rules: Rules) -> Headline | None:
    own = [(result.of[side].mean, result.dimension) for result in dimensions if side in result.of]
    if not own:
        return None
    mean = sum((value for value, _ in own), Fraction(0)) / len(own)
    lowest, dimension = min(own, key=lambda pair: pair[0])
    uncapped = rules.band(mean)
    cap = min(rules.band(lowest) + 1, Band.STRONG)
    return Headline(side, Band(min(uncapped, cap)), uncapped, dimension, mean)


# Numbers as people read them --------------------------------------------------------------------------------------
def _tenth(value: Fraction) -> Fraction:
    hundred = Decimal(value.numerator) / Decimal(value.denominator)
    return Fraction(hundred.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP))


def _decimal(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.1"))


def display_mean(mean: Fraction, *, rules: Rules = DEFAULT) -> Decimal:
    """One decimal, never rounded across a band's border: 2.38 is fragile, and is read as 2.3."""
    rounded = _tenth(mean)
    if rules.band(rounded) != rules.band(mean):
        rounded = Fraction(math.floor(mean * 10), 10)
    return _decimal(rounded)


def display_gap(gap: Fraction, *, rules: Rules = DEFAULT) -> Decimal:
    """One decimal, never rounded across a level's border: 0.78 is read as 0.7, and 1.04 as 1.1."""
    rounded = _tenth(gap)
    if rules.level(rounded) > rules.level(gap):
        rounded = Fraction(math.floor(gap * 10), 10)
    elif rules.level(rounded) < rules.level(gap):
        rounded = Fraction(math.ceil(gap * 10), 10)
    return _decimal(rounded)


# Rounds beside each other -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Trend:
    """One dimension over the rounds: per partner one point a round, `None` where it cannot be compared."""

    dimension: str
    points: Mapping[SideKey, tuple[Fraction | None, ...]]

    def last_two(self, side: SideKey) -> tuple[Fraction, Fraction] | None:
        """The latest point and the one before it that can be compared."""
        known = [point for point in self.points[side] if point is not None]
        if len(known) < 2 or self.points[side][-1] is None:
            return None
        return known[-2], known[-1]

    def change(self, side: SideKey) -> Fraction | None:
        """How far a partner moved since the round before."""
        pair = self.last_two(side)
        return pair[1] - pair[0] if pair else None

    def gap_change(self) -> Fraction | None:
        """How much wider the partners are apart than when all of them were first seen; negative is closer."""
        columns = [
            [point for point in column if point is not None] for column in zip(*self.points.values(), strict=True)
        ]
        gaps = [gap for column in columns if len(column) == len(self.points) and (gap := gap_of(column)) is not None]
        return gaps[-1] - gaps[0] if len(gaps) > 1 else None

    def improved(self, rules: Rules = DEFAULT) -> bool:
        """Nobody fell, and somebody rose."""
        changes = [change for side in self.points if (change := self.change(side)) is not None]
        return bool(changes) and min(changes) > -rules.movement and max(changes) >= rules.movement

    def fell(self, rules: Rules = DEFAULT) -> bool:
        """Nobody rose, and somebody fell."""
        changes = [change for side in self.points if (change := self.change(side)) is not None]
        return bool(changes) and max(changes) < rules.movement and min(changes) <= -rules.movement


def trends(rounds: Sequence[Result]) -> list[Trend]:
    """Each dimension of the latest round over all rounds, oldest first.

    Points are means over the same statements: per partner, those shown in every round in which that partner showed
    anything of the dimension and shared at least one statement with the latest round.
    """
    if not rounds:
        return []
    latest = rounds[-1]
    found = []
    for dimension in dict.fromkeys(result.statement.dimension for result in latest.statements):
        points: dict[SideKey, tuple[Fraction | None, ...]] = {}
        for side in latest.statements[0].cells:
            shown = [_shown(result, dimension, side) for result in rounds]
            sharing = [means for means in shown if means.keys() & shown[-1].keys()]
            common = set.intersection(*(set(means) for means in sharing)) if sharing else set()
            points[side] = tuple(_over(means, common) for means in shown)
        found.append(Trend(dimension, points))
    return found


def _over(means: Mapping[str, Fraction], keys: Collection[str]) -> Fraction | None:
    if not keys or not set(keys) <= means.keys():
        return None
    return sum((means[key] for key in keys), Fraction(0)) / len(keys)


def _shown(result: Result, dimension: str, side: SideKey) -> dict[str, Fraction]:
    return {
        each.statement.key: cell.mean
        for each in result.statements
        if each.statement.dimension == dimension and (cell := each.cells.get(side)) and cell.mean is not None
    }


def fallen(means: Sequence[Fraction | None], *, by: Fraction = Fraction(3, 4)) -> bool:
    """A pulse that fell by 0.75 since the one before, or twice in a row."""
    known = [mean for mean in means if mean is not None]
    if len(known) >= 2 and known[-2] - known[-1] >= by:
        return True
    return len(known) >= 3 and known[-3] > known[-2] > known[-1]
