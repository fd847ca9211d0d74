"""The arithmetic under every result: means, spreads, bands, and how each is rounded. No database, no words for people.

Answers run from 0 (not true) to 4 (fully true); `None` is "don't know". Means are exact fractions, so that a band or a
gap never hangs on a rounding error. Thresholds are the catalogue's (section 4) and can be set by an installation.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import IntEnum
from fractions import Fraction
from functools import cached_property, lru_cache
from operator import mul

Answer = int | None

#: Whatever the rules say, no smaller group is shown.
LOWEST_MINIMUM = 3
SCALE_MAX = 4
#: The variance of answers that fall on the five points by chance alone: (5² - 1) / 12.
UNIFORM_VARIANCE = 2


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


@dataclass(frozen=True, eq=False)
class Rules:
    """Thresholds; the defaults are the catalogue's. Known by itself, so that what was worked out with it is kept."""

    minimum: int = 5
    sd_minimum: int = 8
    borders: tuple[Fraction, Fraction, Fraction] = (Fraction(3, 2), Fraction(12, 5), Fraction(16, 5))
    talk: Fraction = Fraction(4, 5)
    first: Fraction = Fraction(1)
    divided: Fraction = Fraction(1)
    dont_know: Fraction = Fraction(1, 4)
    #: Smaller moves between rounds are noise.
    movement: Fraction = Fraction(1, 10)

    @cached_property
    def _borders(self) -> list[tuple[int, int]]:
        return [(border.numerator, border.denominator) for border in self.borders]

    @property
    def group_minimum(self) -> int:
        """The smallest group that is ever shown."""
        return max(self.minimum, LOWEST_MINIMUM)

    def band(self, mean: Fraction) -> Band:
        """The band of an exact mean; a mean on a border belongs to the band above it."""
        n, d = mean.numerator, mean.denominator
        # In whole numbers: comparing fractions costs forty times as much, for each mean of each page.
        return Band(sum(n * below >= above * d for above, below in self._borders))

    def level(self, gap: Fraction) -> GapLevel:
        """0.8 and more is to talk about, more than 1 to talk about first."""
        if gap > self.first:
            return GapLevel.FIRST
        return GapLevel.TALK if gap >= self.talk else GapLevel.NONE


DEFAULT = Rules()


def mean_of(values: Collection[int]) -> Fraction:
    """The exact mean of answers; there must be one at least."""
    return Fraction(sum(values), len(values))


def variance_of(values: Collection[int]) -> Fraction:
    """The variance of a whole group (its answers are no sample of it)."""
    n = len(values)
    # In whole numbers up to the end: the same value, and no fraction for every person.
    return Fraction(n * sum(map(mul, values, values)) - sum(values) ** 2, n * n)


def spread_of(values: Collection[int]) -> float:
    """The standard deviation of a whole group."""
    return math.sqrt(float(variance_of(values)))


def agreement_of(variance: Fraction) -> Fraction:
    """How far a group agrees: r_wg, from 0 (no more than by chance) to 1 (all say the same).

    1 less the observed variance over that of a uniform distribution on the scale (James, Demaree and Wolf, "Estimating
    within-group interrater reliability with and without response bias", Journal of Applied Psychology 69, 1984, for one
    item); below 0, where people fall apart into camps, it is 0, as they propose.
    """
    return max(Fraction(0), 1 - variance / UNIFORM_VARIANCE)


def gap_of(means: Collection[Fraction]) -> Fraction | None:
    """The largest minus the smallest partner's mean; nothing where fewer than two can be shown."""
    return max(means) - min(means) if len(means) > 1 else None


# Numbers as people read them --------------------------------------------------------------------------------------
def tenth(value: Fraction) -> Fraction:
    """To one decimal, a half upwards."""
    return Fraction(math.floor(value * 10 + Fraction(1, 2)), 10)


def _decimal(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.1"), ROUND_HALF_UP)


@lru_cache(maxsize=8192)
def display_mean(mean: Fraction, *, rules: Rules = DEFAULT) -> Decimal:
    """One decimal, never rounded across a band's border: 2.38 is fragile, and is read as 2.3."""
    rounded = tenth(mean)
    if rules.band(rounded) != rules.band(mean):
        rounded = Fraction(math.floor(mean * 10), 10)
    return _decimal(rounded)


@lru_cache(maxsize=8192)
def display_gap(gap: Fraction, *, rules: Rules = DEFAULT) -> Decimal:
    """One decimal, never rounded across a level's border: 0.78 is read as 0.7, and 1.04 as 1.1."""
    rounded = tenth(gap)
    if rules.level(rounded) > rules.level(gap):
        rounded = Fraction(math.floor(gap * 10), 10)
    elif rules.level(rounded) < rules.level(gap):
        rounded = Fraction(math.ceil(gap * 10), 10)
    return _decimal(rounded)


def display_spread(variance: Fraction, *, rules: Rules = DEFAULT) -> Decimal:
    """The standard deviation with one decimal, never rounded up to where "divided" begins: 0.97 is read as 0.9."""
    # In whole numbers, so that no root is rounded before it is compared: the largest t with (t - 0.5)² <= 100 variance.
    tenths = math.isqrt(math.floor(variance * 100))
    if (2 * tenths + 1) ** 2 <= 400 * variance:
        tenths += 1
    if variance < rules.divided**2 and Fraction(tenths, 10) >= rules.divided:
        tenths = math.ceil(rules.divided * 10) - 1
    return _decimal(Fraction(tenths, 10))
