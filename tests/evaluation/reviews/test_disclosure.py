"""Nothing that is published lets anybody work out what few people said: taken apart with a linear solver.

Each table is random: head office, field, and people of neither, of any size; some do not know; some lean to an end of
the scale, some are of one mind. What the software publishes of it goes to the solver (`attack`), which looks for a part
of fewer than five people whose mean must lie within half a point.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from itertools import combinations_with_replacement, product
from math import isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.reviews import disclosure, scoring
from evaluation.reviews.disclosure import Bound, Cell
from evaluation.reviews.scoring import Rules, Side, Statement

from .attack import TOO_NEAR, Attack, interval_of, read_result

LEAST = 5
GROUPS = ("head", "site", "")
STATEMENTS = [Statement("a.1", "a"), Statement("a.2", "a"), Statement("b.1", "b")]


def random_table(rng):
    """statement -> part -> answers, the parts being (group, number): each group is cut in two where it can be."""
    sizes = {"head": rng.integers(0, 14), "site": rng.integers(0, 14), "": rng.choice([0, 0, 0, 2, 5, 7])}
    table = {}
    cuts = {name: int(rng.integers(1, 5)) for name in GROUPS}
    for statement in STATEMENTS:
        parts = {}
        for name, size in sizes.items():
            lean = rng.choice([0.0, 0.4, 1.3, 2.0, 2.9, 3.6, 4.0])
            width = rng.choice([0.0, 0.3, 0.8, 1.6])
            unknowing = rng.choice([0.0, 0.0, 0.15, 0.6])
            answers = [
                None if rng.random() < unknowing else int(np.clip(round(rng.normal(lean, width)), 0, 4))
                for _ in range(size)
            ]
            few = min(cuts[name], size)
            parts[name, "few"], parts[name, "rest"] = answers[:few], answers[few:]
        table[statement.key] = parts
    return table


def as_side(table):
    """The side as the opening keeps it: with groups only where all are large enough, statement by statement too."""
    answers, groups = {}, None
    people = {name: sum(len(v) for key, v in next(iter(table.values())).items() if key[0] == name) for name in GROUPS}
    if disclosure.keepable(people):
        groups = {"head": {}, "site": {}}
    for code, parts in table.items():
        answers[code] = [value for values in parts.values() for value in values]
        if groups is not None:
            for name in groups:
                groups[name][code] = [value for key, values in parts.items() if key[0] == name for value in values]
    return Side("us", answers, groups=groups)


def side_with_names(rng):
    """One to four people who said yes to standing with their names."""
    people = {
        who: {s.key: None if rng.random() < 0.1 else int(rng.integers(0, 5)) for s in STATEMENTS}
        for who in range(int(rng.integers(1, 5)))
    }
    return Side("them", {s.key: [said[s.key] for said in people.values()] for s in STATEMENTS}, people=people)


def known(table):
    """How many of each part took a stand: the attacker is told even that."""
    return {
        code: {key: sum(value is not None for value in values) for key, values in parts.items()}
        for code, parts in table.items()
    }


PARTS = {"": [(name, half) for name in GROUPS for half in ("few", "rest")]} | {
    name: [(name, "few"), (name, "rest")] for name in ("head", "site")
}


def found_out(table, result, attack):
    """The parts of few people whose mean is known to within half a point."""
    found = []
    for code, parts in attack.sizes.items():
        row = next(row for row in result.statements if row.statement.key == code)
        cell = row.cells["us"]
        small = [key for key, size in parts.items() if 0 < size < LEAST]
        for key in small:
            whole, told = PARTS[""], cell
            if key[0] in cell.groups:
                whole, told = PARTS[key[0]], cell.groups[key[0]]
            low, high = attack.range_of(code, key, whole=whole, cell=told)
            assert not isnan(low), "the answers themselves fit what is published"
            if high - low <= TOO_NEAR + 1e-6:
                found.append((code, key, low, high))
    return found


def published(table):
    said = {"a.1": [2], "a.2": [3], "b.1": [1]}
    return scoring.score(STATEMENTS, [as_side(table), Side("them", said, agreed=True)])


class TestWithTheSolver:
    @pytest.mark.parametrize("seed", range(6))
    def test_of_forty_random_tables_nobody_is_found_out(self, seed):
        rng = np.random.default_rng(2026 + seed)
        shown = grouped = spreads = 0
        for _ in range(40):
            table = random_table(rng)
            result = published(table)
            attack = Attack(known(table))
            read_result(attack, result, "us", PARTS)
            assert found_out(table, result, attack) == [], table
            cells = [row.cells["us"] for row in result.statements]
            shown += sum(cell.shown for cell in cells)
            grouped += sum(bool(cell.groups) for cell in cells)
            spreads += sum(each.spread is not None for cell in cells for each in (cell, *cell.groups.values()))
        assert shown > 40, "tables are worth attacking"
        assert grouped > 2
        assert spreads > 5

    @settings(max_examples=40, deadline=None)
    @given(st.integers(0, 10**9))
    def test_whatever_table(self, seed):
        table = random_table(np.random.default_rng(seed))
        result = published(table)
        attack = Attack(known(table))
        read_result(attack, result, "us", PARTS)
        assert found_out(table, result, attack) == []

    def test_the_solver_does_find_out_what_careless_tables_tell(self):
        """The same attack on figures as they would be without the rules: it must succeed, else it proves nothing."""
        rng = np.random.default_rng(7)
        caught = {"ends": 0, "subtraction": 0}
        for _ in range(60):
            table = random_table(rng)
            for code, parts in table.items():
                sizes = known(table)[code]
                everybody = [value for values in parts.values() for value in values if value is not None]
                if len(everybody) < LEAST:
                    continue
                attack = Attack({code: sizes})
                attack.know_cell(code, PARTS[""], Cell(mean=scoring.mean_of(everybody), n=len(everybody)))
                small = [key for key, size in sizes.items() if 0 < size < LEAST]
                caught["ends"] += sum(high - low <= TOO_NEAR for low, high in (attack.range_of(code, k) for k in small))
                head = [value for key in PARTS["head"] for value in parts[key] if value is not None]
                if 0 < len(everybody) - len(head) < LEAST <= len(head):
                    attack.know_cell(code, PARTS["head"], Cell(mean=scoring.mean_of(head), n=len(head)))
                    left = [key for key in small if key[0] != "head"]
                    ranges = [attack.range_of(code, key) for key in left]
                    caught["subtraction"] += sum(high - low <= TOO_NEAR for low, high in ranges)
        assert caught["ends"] > 10
        assert caught["subtraction"] > 3

    @pytest.mark.parametrize("seed", range(3))
    def test_a_side_with_names_beside_it_tells_no_more_of_it(self, seed):
        """Each answer of the other side is known exactly, as a group of one, and every gap to it."""
        rng = np.random.default_rng(500 + seed)
        shown = 0
        for _ in range(15):
            table, open_side = random_table(rng), side_with_names(rng)
            result = scoring.score(STATEMENTS, [as_side(table), open_side])
            for row in result.statements:
                said = {who: answers[row.statement.key] for who, answers in open_side.people.items()}
                assert row.cells["them"].people == said
            attack = Attack(known(table))
            read_result(attack, result, "us", PARTS)
            assert found_out(table, result, attack) == [], table
            shown += sum(row.cells["us"].shown and row.cells["them"].shown for row in result.statements)
        assert shown > 15

    def test_the_same_few_with_names_in_another_round(self):
        """Their answers are known, each of them: what the others of a closed round said must not be the difference."""
        rng = np.random.default_rng(17)
        exact = 0
        for _ in range(100):
            named = [int(rng.integers(0, 5)) for _ in range(int(rng.integers(1, 5)))]
            others = [int(rng.integers(0, 5))] * (LEAST - len(named))
            for hidden in (True, False):
                attack = Attack({"x": {"named": len(named), "others": len(others)}})
                attack.know(attack.sums("x", ["named"]), sum(named), sum(named))
                closed = disclosure.cell_of([*named, *others], groups={}, hidden=hidden)
                if closed.shown:
                    attack.know_cell("x", ["named", "others"], closed)
                low, high = attack.range_of("x", "others")
                near = high - low <= TOO_NEAR
                assert not (hidden and near), (named, others)
                exact += near
        assert exact > 0, "with figures it would be"

    def test_one_person_more_a_month_later(self):
        """Even if nobody changed an answer between two rounds, what the newcomer said is not the difference."""
        rng = np.random.default_rng(11)
        exact = 0
        for _ in range(150):
            table = random_table(rng)
            everybody = [value for values in table["a.1"].values() for value in values if value is not None]
            joins, leaves = int(rng.integers(1, 5)), int(rng.integers(0, 3))
            new = [int(rng.integers(0, 5))] * joins
            if len(everybody) - leaves < LEAST:
                continue
            later = everybody[leaves:] + new
            sizes = {"left": leaves, "stayed": len(everybody) - leaves, "new": joins}
            for hidden in (True, False):
                attack = Attack({"x": sizes})
                attack.know_cell("x", ["left", "stayed"], disclosure.cell_of(everybody, groups={}))
                second = disclosure.cell_of(later, groups={}, hidden=hidden)
                if second.shown:
                    attack.know_cell("x", ["stayed", "new"], second)
                ranges = [attack.range_of("x", key) for key in ("left", "new") if sizes[key]]
                near = [high - low <= TOO_NEAR for low, high in ranges]
                if hidden:
                    assert not any(near), (everybody, later)
                else:
                    exact += sum(near)
        assert exact > 0, "with exact figures it would be"

    def test_trends_tell_no_more_of_a_hidden_cell(self):
        """Points over the statements that rounds share are new figures of an old round."""
        rng = np.random.default_rng(23)
        compared = 0
        for _ in range(15):
            rounds = [random_table(rng) for _ in range(3)]
            asked = [[s for s in STATEMENTS if rng.random() < 0.8] or STATEMENTS[:1] for _ in rounds]
            results = [scoring.score(keys, [as_side(t)]) for keys, t in zip(asked, rounds, strict=True)]
            for at, (table, result) in enumerate(zip(rounds, results, strict=True)):
                sizes = {code: parts for code, parts in known(table).items() if code in {s.key for s in asked[at]}}
                attack = Attack(sizes)
                read_result(attack, result, "us", PARTS)
                for until in range(at + 1, len(rounds) + 1):
                    for trend in scoring.trends(results[:until]):
                        compared += know_point(attack, trend, at, results[:until])
                assert found_out(table, result, attack) == []
        assert compared > 5


def know_point(attack, trend, at, results):
    """What a point of a trend tells of its round."""
    point = trend.points["us"][at]
    if point is None:
        return False
    shown = [
        {
            row.statement.key: row.cells["us"]
            for row in result.statements
            if row.statement.dimension == trend.dimension and row.cells["us"].shown
        }
        for result in results
    ]
    sharing = [cells for cells in shown if cells.keys() & shown[-1].keys()]
    common = set.intersection(*(set(cells) for cells in sharing))
    row, constant = np.zeros(5 * len(attack.keys)), 0.0
    for code in common:
        cell = shown[at][code]
        if cell.bound == Bound.EXACT:
            row = row + attack.sums(code, PARTS[""]) / sum(attack.sizes[code].values()) / len(common)
        else:
            constant += float(cell.mean) / len(common)
    low, high = interval_of(scoring.display_mean(point))
    attack.know(row, low - constant, high - constant)
    return True


def few_of(values, size):
    """The least and the greatest sum that so many of them have."""
    ordered = sorted(values)
    return sum(ordered[:size]), sum(ordered[-size:])


class TestByTryingEverything:
    """Whole answers, all of them: what the solver relaxes is held exactly here, and the rules are known to the reader.

    All tables that look the same are laid together: a part is found out if its mean lies within half a point in all.
    """

    @pytest.mark.parametrize("size", range(5, 13))
    def test_a_side_of_any_size_looks_like_others_that_answered_differently(self, size):
        seen = defaultdict(list)
        for values in combinations_with_replacement(range(5), size):
            cell = disclosure.cell_of(values)
            seen[_looks(cell)].append(values)
        for look, tables in seen.items():
            for few in range(1, LEAST):
                ends = [few_of(values, few) for values in tables]
                width = Fraction(max(high for _, high in ends) - min(low for low, _ in ends), few)
                # Of five people, four that leave one out lie within one point of each other at most.
                assert width > Fraction(1, 2), (look, few)

    @pytest.mark.parametrize("sizes", [(5, 5), (5, 6), (6, 6), (5, 7)])
    def test_head_office_and_field_side_by_side(self, sizes):
        head_size, site_size = sizes
        ends = defaultdict(lambda: [99, -99])
        heads = list(combinations_with_replacement(range(5), head_size))
        sites = list(combinations_with_replacement(range(5), site_size))
        # Only sums decide how a table looks where no spread is told: one table for each, with the ends of all.
        by_sum = [defaultdict(list), defaultdict(list)]
        for at, tables in enumerate((heads, sites)):
            for values in tables:
                by_sum[at][sum(values)].append(values)
        shown = 0
        for head, site in product(*by_sum):
            one, two = by_sum[0][head][0], by_sum[1][site][0]
            cell = disclosure.cell_of([*one, *two], groups={"head": one, "site": two})
            assert cell.spread is None
            shown += bool(cell.groups)
            for at, total in enumerate((head, site)):
                for few in range(1, LEAST):
                    lows, highs = zip(*(few_of(values, few) for values in by_sum[at][total]), strict=True)
                    end = ends[_looks(cell), at, few]
                    end[0], end[1] = min(end[0], *lows), max(end[1], *highs)
        assert shown
        for (look, at, few), (low, high) in ends.items():
            assert Fraction(high - low, few) > Fraction(1, 2), (look, at, few)


def _looks(cell):
    """A cell as it is read."""
    mean = str(scoring.display_mean(cell.mean)) if cell.mean is not None else ""
    spread = (cell.spread.sd, cell.spread.at_most) if cell.spread is not None else ()
    groups = tuple((name, _looks(each)) for name, each in sorted(cell.groups.items()))
    return mean, cell.bound, cell.n, spread, groups


class TestRules:
    def test_the_ends_of_the_scale(self):
        assert disclosure.published_mean(Fraction(4), 5) == (Fraction("3.4"), Bound.AT_LEAST)
        assert disclosure.published_mean(Fraction("3.4"), 5) == (Fraction("3.4"), Bound.AT_LEAST)
        assert disclosure.published_mean(Fraction("3.2"), 5) == (Fraction("3.2"), Bound.EXACT)
        assert disclosure.published_mean(Fraction(0), 20) == (Fraction("0.2"), Bound.AT_MOST)
        assert disclosure.published_mean(Fraction(4), 200) == (Fraction(4), Bound.EXACT), "of 200 four say little"

    @given(st.integers(5, 60), st.integers(0, 240), st.sampled_from([3, 4, 5, 7, 9]))
    def test_a_border_never_moves_a_mean_to_another_band(self, n, total, least):
        rules = Rules(minimum=least)
        mean = Fraction(min(total, 4 * n), n)
        shown, bound = disclosure.published_mean(mean, n, rules=rules)
        assert rules.band(shown) == rules.band(mean)
        assert bound or shown == mean
        assert mean >= shown - Fraction(1, 20) if bound == Bound.AT_LEAST else True

    def test_groups_all_or_none(self):
        head, site = [1, 2, 3, 2, 2, 3], [3, 3, 2, 1, 2]
        cell = disclosure.cell_of([*head, *site], groups={"head": head, "site": site})
        assert {name: each.n for name, each in cell.groups.items()} == {"head": 6, "site": 5}
        assert disclosure.cell_of([*head, *site[:4]], groups={"head": head, "site": site[:4]}).groups == {}
        unknowing = [*site[:4], None]
        assert disclosure.cell_of([*head, *unknowing], groups={"head": head, "site": unknowing}).groups == {}
        assert disclosure.cell_of([*head, *site, 4, 4], groups={"head": head, "site": site}).groups == {}, "two left"
        assert disclosure.cell_of([*head, *[4] * 5], groups={"head": head, "site": [4] * 5}).groups == {}, "at an end"

    @given(st.dictionaries(st.sampled_from(["head", "site", ""]), st.integers(0, 12)))
    def test_what_the_database_keeps(self, sizes):
        kept = disclosure.keepable(sizes)
        large = all(sizes.get(name, 0) >= LEAST for name in ("head", "site"))
        assert kept == (large and (not sizes.get("") or sizes[""] >= LEAST))

    @given(st.lists(st.none() | st.integers(0, 4), min_size=1, max_size=4), st.integers(0, 3))
    def test_with_names_all_of_them_or_none(self, answers, without):
        people = dict(enumerate(answers))
        cell, given_ = disclosure.cell_of(answers, people=people), [each for each in answers if each is not None]
        assert cell.people == people
        assert cell.mean == (scoring.mean_of(given_) if given_ else None)
        assert cell.bound == Bound.EXACT
        assert cell.spread is None
        fewer = {who: said for who, said in people.items() if who != without % len(answers)}
        assert disclosure.cell_of(answers, people=fewer) == disclosure.cell_of(answers)
        assert not disclosure.cell_of(answers, people=fewer).shown
        assert disclosure.cell_of(answers, people=people, hidden=True) == Cell()

    def test_a_side_with_groups_tells_each_groups_spread_and_not_its_own(self):
        head, site = [1, 3] * 4, [2, 3] * 4
        cell = disclosure.cell_of([*head, *site], groups={"head": head, "site": site})
        assert cell.spread is None
        assert {name: str(each.spread.sd) for name, each in cell.groups.items()} == {"head": "1.0", "site": "0.7"}
        assert cell.divided
        assert cell.groups["site"].spread.at_most
        assert disclosure.cell_of([*head, *site]).spread is not None

    def test_a_twin_round_tells_nothing(self):
        assert disclosure.cell_of([3] * 9, hidden=True) == Cell()
        assert disclosure.cell_of([3, None, None, None, 3, 3, 3, 3], hidden=True) == Cell(), (
            "nor that many did not know"
        )
