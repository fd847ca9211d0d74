"""From answers to results: statements, dimensions, headlines, gaps and trends. No database, no words for people.

What may be told of a group is decided in `disclosure`; everything here is worked out from what it lets through, so that
nothing that is shown can tell more. `figures` holds the arithmetic and the rounding.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from .disclosure import Bound, Cell, Spread, cell_of, groups_of
from .figures import (
    DEFAULT,
    LOWEST_MINIMUM,
    SCALE_MAX,
    Answer,
    Band,
    GapLevel,
    Rules,
    agreement_of,
    display_gap,
    display_mean,
    display_spread,
    gap_of,
    mean_of,
    spread_of,
)

__all__ = [
    "DEFAULT",
    "LOWEST_MINIMUM",
    "SCALE_MAX",
    "Answer",
    "Band",
    "Bound",
    "Cell",
    "DimensionMean",
    "DimensionResult",
    "Expectation",
    "GapLevel",
    "Headline",
    "Result",
    "Rules",
    "Side",
    "SideKey",
    "Spread",
    "Statement",
    "StatementResult",
    "Trend",
    "agreement_of",
    "cell_of",
    "display_gap",
    "display_mean",
    "display_spread",
    "fallen",
    "gap_of",
    "groups_of",
    "mean_of",
    "score",
    "spread_of",
    "trends",
]

#: Whoever compares partners names them by something hashable: their primary key, in practice.
SideKey = Hashable


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
    #: Head office, site or field: the answers of each, which are among those above. None where the side has no groups.
    groups: Mapping[str, Mapping[str, Sequence[Answer]]] | None = None
    #: Nearly the same people answered a short while before: nothing of it is told.
    hidden: bool = False
    #: Person -> statement -> answer, all among those above, where each said yes to standing with the own name.
    people: Mapping[Hashable, Mapping[str, Answer]] | None = None
    #: What this partner expects another one to answer: other partner -> statement -> guesses.
    expects: Mapping[SideKey, Mapping[str, Sequence[Answer]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Expectation:
    """What `by` expected `about` to answer, beside what it answered. Both are means that may be shown."""

    by: SideKey
    about: SideKey
    expected: Fraction
    actual: Fraction
    bound: Bound = Bound.EXACT

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
    #: Head office, site or field: the mean over the statements on which both are shown.
    groups: Mapping[str, Fraction] = field(default_factory=dict)


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
        return sorted(talk, key=_by_gap)[:limit]

    def by_gap(self) -> list[StatementResult]:
        """All statements, the widest gap first; those on which there is none as they were asked."""
        return sorted(self.statements, key=_by_gap)

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


def score(statements: Sequence[Statement], sides: Sequence[Side], *, rules: Rules = DEFAULT) -> Result:
    """Everything an opened round may show, from the partners' answers."""
    results = tuple(_statement(statement, sides, rules) for statement in statements)
    dimensions = _dimensions(results, sides, rules)
    headlines = [headline for side in sides if (headline := _headline(side.key, dimensions, rules))]
    return Result(
        statements=results,
        dimensions=tuple(sorted(dimensions, key=_by_gap)),
        headlines=tuple(sorted(headlines, key=lambda head: (head.band, display_mean(head.mean, rules=rules)))),
    )


def _by_gap(result: StatementResult | DimensionResult) -> float:
    """Sorted as they are read: of two gaps that read alike, neither is told to be the wider."""
    return -float(display_gap(result.gap)) if result.gap is not None else 1


def _statement(statement: Statement, sides: Sequence[Side], rules: Rules) -> StatementResult:
    cells = {side.key: _cell(side, statement.key, rules) for side in sides}
    means = {key: cell.mean for key, cell in cells.items() if cell.mean is not None}
    gap = gap_of(means.values())
    expectations = []
    for side in sides:
        for about, guesses in side.expects.items():
            guess = cell_of(guesses.get(statement.key, ()), agreed=side.agreed, hidden=side.hidden, rules=rules)
            if guess.mean is not None and about in means and about != side.key:
                expectations.append(Expectation(side.key, about, guess.mean, means[about], guess.bound))
    return StatementResult(
        statement=statement,
        cells=cells,
        gap=gap,
        level=rules.level(gap) if gap is not None else GapLevel.NONE,
        expectations=tuple(expectations),
        unexpected=bool(expectations) and all(expectation.off_by >= rules.talk for expectation in expectations),
    )


def _cell(side: Side, statement: str, rules: Rules) -> Cell:
    groups = None
    if side.groups is not None:
        # Nobody's statement that has no groups in the tallies: hidden at the opening already.
        groups = {name: answers[statement] for name, answers in side.groups.items() if statement in answers}
    people = None
    if side.people is not None:
        people = {person: said[statement] for person, said in side.people.items() if statement in said}
    return cell_of(
        side.answers.get(statement, ()),
        groups=groups,
        agreed=side.agreed,
        hidden=side.hidden,
        people=people,
        rules=rules,
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
                of[side.key] = DimensionMean(mean, rules.band(mean), len(means), _group_means(inside, side.key))
        gap = gap_of([part.mean for part in of.values()])
        level = rules.level(gap) if gap is not None else GapLevel.NONE
        dimensions.append(DimensionResult(name, of, gap, level, len(inside)))
    return dimensions


def _group_means(inside: Sequence[StatementResult], side: SideKey) -> dict[str, Fraction]:
    """What head office and field say of a dimension, over the statements on which all of them are shown."""
    found: dict[str, list[Fraction]] = {}
    for result in inside:
        for name, cell in result.cells[side].groups.items():
            if cell.mean is not None:
                found.setdefault(name, []).append(cell.mean)
    return {name: sum(means, Fraction(0)) / len(means) for name, means in found.items()}


def _headline(side: SideKey, dimensions: Sequence[DimensionResult], rules: Rules) -> Headline | None:
    own = [(result.of[side].mean, result.dimension) for result in dimensions if side in result.of]
    if not own:
        return None
    mean = sum((value for value, _ in own), Fraction(0)) / len(own)
    lowest, dimension = min(own, key=lambda pair: pair[0])
    uncapped = rules.band(mean)
    cap = min(rules.band(lowest) + 1, Band.STRONG)
    return Headline(side, Band(min(uncapped, cap)), uncapped, dimension, mean)


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
