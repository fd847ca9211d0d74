"""What may be published of a group's answers, given everything else that is published. Pure arithmetic.

The one place that decides it: page, paper, spreadsheet and every language show these figures and no others, rounded in
the same way, and whatever else is shown (gaps, dimensions, bands, trends) is worked out from them. The rules, and why
(docs/results.md, decisions 38 to 40; a linear solver takes them apart in tests/evaluation/reviews/test_disclosure.py):

1. **The minimum.** A group of fewer people than the minimum shows no figure. It counts those who took a stand.
2. **The ends of the scale.** Where nearly everybody said the same extreme, the mean tells what each of them said. A
   mean so near to an end is shown as "3.4 or more", the same for all of them.
3. **Alike.** A small spread tells the same in the middle of the scale: it is shown as "0.7 or less" below a floor.
4. **Head office and field** stand beside the whole side only together, where each of them, and whoever belongs to
   neither, is large enough or nobody, and none of them is at an end. Else neither does: one could be worked out from
   the other and the whole.
5. **Groups or a spread of the whole**, never both: from both together one could work out that a group was of one
   mind. A side that has groups shows each group's own spread.
6. **A round soon after another**, with nearly the same people, shows nothing of that side: what one newcomer answered
   would be the difference between the two, however the figures are rounded. Soon after is told by the statements that
   both ask (queries/soon.py); and since a group may be what differs, none is told beside a round of a short while ago,
   nor the spread of the whole beside the groups of then.
7. **Openly.** Where each of a side's people said yes beforehand, each of them is a group of one that is published. That
   holds for the side as a whole or not at all, and hides nobody: with one name missing, rule 1 is all there is. For
   rule 6 such a side is published people like any other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache

from .figures import (
    DEFAULT,
    SCALE_MAX,
    Answer,
    Rules,
    agreement_of,
    display_mean,
    display_spread,
    mean_of,
    tenth,
    variance_of,
)

#: The largest group that could be recognised: of fewer than five people.
_FEW = 4
#: How far the answers of `_FEW` people lie apart at least, as squares, wherever a spread is shown as exact.
_LEAST_SQUARES = 4


class Bound(StrEnum):
    """How exact a figure is."""

    EXACT = ""
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


@dataclass(frozen=True)
class Spread:
    """How far a group's answers lie apart, as it may be published: standard deviation, and agreement from it."""

    sd: Decimal
    #: r_wg, worked out from the spread as it is published.
    rwg: Decimal
    #: Below the floor: "0.7 or less", and an agreement of "0.8 or more".
    at_most: bool = False
    divided: bool = False


@dataclass(frozen=True)
class Cell:
    """What may be shown of one group on one statement. A hidden cell holds no number at all.

    `mean` is the published one: exact, or where `bound` says so the border up to which it is told.
    """

    mean: Fraction | None = None
    n: int | None = None
    dont_know: Fraction | None = None
    bound: Bound = Bound.EXACT
    spread: Spread | None = None
    #: More than a quarter said "don't know".
    unsure: bool = False
    #: Head office, site or field, each with its own figures; nobody, or all of them.
    groups: Mapping[str, Cell] = field(default_factory=dict)
    #: What each person said, of a side that answered openly; everybody, or nobody.
    people: Mapping[Hashable, Answer] = field(default_factory=dict)

    @property
    def shown(self) -> bool:
        return self.mean is not None

    @property
    def divided(self) -> bool:
        """Answers lie far apart, in the whole group or within head office or field."""
        return any(cell.spread is not None and cell.spread.divided for cell in (self, *self.groups.values()))


def points(rules: Rules = DEFAULT) -> int:
    """How many points from an end of the scale a group's answers must lie in sum, before their mean is told exactly.

    So many that the mean of any few of them stays open by more than half a point.
    """
    return min(rules.group_minimum - 1, _FEW) // 2 + 1


@lru_cache(maxsize=8192)
def published_mean(mean: Fraction, n: int, *, rules: Rules = DEFAULT) -> tuple[Fraction, Bound]:
    """The mean of n people as it may be published, and how exact that is."""
    top = Fraction(display_mean(SCALE_MAX - Fraction(points(rules), n), rules=rules))
    bottom = Fraction(display_mean(Fraction(points(rules), n), rules=rules))
    shown = Fraction(display_mean(mean, rules=rules))
    if shown >= top and top < SCALE_MAX:
        return top, Bound.AT_LEAST
    if shown <= bottom and bottom > 0:
        return bottom, Bound.AT_MOST
    return mean, Bound.EXACT


def published_spread(values: Sequence[int], *, rules: Rules = DEFAULT) -> Spread | None:
    """The spread of a group as it may be published; nothing for fewer than eight."""
    if len(values) < max(rules.sd_minimum, rules.group_minimum):
        return None
    return _spread(variance_of(values), len(values), rules)


@lru_cache(maxsize=8192)
def _spread(variance: Fraction, n: int, rules: Rules) -> Spread:
    floor = display_spread(Fraction(_LEAST_SQUARES, n), rules=rules)
    sd = max(display_spread(variance, rules=rules), floor)
    rwg = Decimal(str(float(tenth(agreement_of(Fraction(sd) ** 2)))))
    return Spread(sd=sd, rwg=rwg, at_most=sd == floor, divided=Fraction(sd) >= rules.divided)


def cell_of(
    answers: Sequence[Answer],
    *,
    groups: Mapping[str, Sequence[Answer]] | None = None,
    agreed: bool = False,
    hidden: bool = False,
    people: Mapping[Hashable, Answer] | None = None,
    rules: Rules = DEFAULT,
) -> Cell:
    """What may be shown of a group's answers to one statement, and of the `groups` among them (a part of `answers`).

    An agreed answer is the organisation's own word: it hides nobody and needs no minimum. Otherwise the minimum counts
    those who took a stand, without the don't-knows, and a hidden cell tells at most that many did not know.
    `groups` is given, if empty, where the side has groups at all: then the spread of the whole is not told.
    `people` is given where each of them said yes beforehand to standing with the own answer.
    """
    given = _given(answers)
    if agreed:
        return Cell(mean=mean_of(given), n=1, dont_know=Fraction(0)) if given else Cell(unsure=bool(answers))
    if hidden:
        return Cell()
    total, n = len(answers), len(given)
    if people and Counter(people.values()) == Counter(answers):
        return Cell(
            mean=mean_of(given) if given else None,
            n=n,
            dont_know=Fraction(total - n, total),
            unsure=Fraction(total - n, total) > rules.dont_know,
            people=dict(people),
        )
    unsure = total >= rules.group_minimum and Fraction(total - n, total) > rules.dont_know
    if n < rules.group_minimum:
        return Cell(unsure=unsure)
    mean, bound = published_mean(mean_of(given), n, rules=rules)
    return Cell(
        mean=mean,
        n=n,
        dont_know=Fraction(total - n, total),
        bound=bound,
        spread=published_spread(given, rules=rules) if groups is None else None,
        unsure=unsure,
        groups=groups_of(answers, groups, rules=rules) if groups else {},
    )


def groups_of(
    answers: Sequence[Answer], groups: Mapping[str, Sequence[Answer]], *, rules: Rules = DEFAULT
) -> dict[str, Cell]:
    """Each group's cell on one statement: all of them, or none where one would tell too much."""
    everybody = _given(answers)
    inside = {name: _given(values) for name, values in groups.items()}
    rest = len(everybody) - sum(len(values) for values in inside.values())
    sizes = {**{name: len(values) for name, values in inside.items()}, **({"": rest} if rest else {})}
    if not stand_together(sizes, rules=rules):
        return {}
    sums = {name: sum(values) for name, values in inside.items()}
    if rest:
        sums[""] = sum(everybody) - sum(sums.values())
    near = points(rules)
    if any(not near <= sums[name] <= SCALE_MAX * size - near for name, size in sizes.items()):
        return {}
    return {
        name: replace(cell_of(groups[name], rules=rules), spread=published_spread(values, rules=rules), unsure=False)
        for name, values in inside.items()
    }


def stand_together(sizes: Mapping[str, int], *, rules: Rules = DEFAULT) -> bool:
    """Whether groups of these sizes may stand beside the whole: two at least, and each of them large enough.

    All or none: of two groups, one hidden could be worked out from the other and the whole.
    """
    return len(sizes) > 1 and all(size >= rules.group_minimum for size in sizes.values())


def keepable(sizes: Mapping[str, int], *, rules: Rules = DEFAULT) -> bool:
    """Whether these groups of a side are kept at the opening at all. `sizes` counts people; "" is who has no group."""
    named = {name: size for name, size in sizes.items() if name}
    rest = sizes.get("", 0)
    return len(named) > 1 and stand_together({**named, **({"": rest} if rest else {})}, rules=rules)


def _given(answers: Sequence[Answer]) -> list[int]:
    given = [value for value in answers if value is not None]
    if given and not (min(given) >= 0 and max(given) <= SCALE_MAX):
        wrong = next(value for value in given if not 0 <= value <= SCALE_MAX)
        raise ValueError(f"an answer lies between 0 and {SCALE_MAX}, not at {wrong}")
    return given
