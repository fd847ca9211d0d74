"""Which traits of a case (its country, sectors, goals) may be told beside its lessons: arithmetic alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping


def told(cases: Mapping[int, frozenset[str]], least: int) -> dict[int, frozenset[str]]:
    """Of each case the traits that may be told, so that at least `least` cases always tell exactly the same.

    All cases begin as one group. A group is parted by a trait, the most common first, only where both halves keep
    `least`; what all of a group have in common is told of each. So every choice of traits, and every difference
    between two choices, is made of whole groups: none of them can be brought down to fewer cases than that.
    """
    found: dict[int, frozenset[str]] = {}
    groups = [list(cases)] if cases else []
    while groups:
        group = groups.pop()
        counts = Counter(trait for case in group for trait in cases[case])
        parting = [trait for trait, count in counts.items() if least <= count <= len(group) - least]
        if parting:
            trait = min(parting, key=lambda each: (-counts[each], each))
            groups += [[case for case in group if (trait in cases[case]) is has] for has in (True, False)]
            continue
        common = frozenset(trait for trait, count in counts.items() if count == len(group) >= least)
        found |= dict.fromkeys(group, common)
    return found
