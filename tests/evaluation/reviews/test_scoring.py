"""The arithmetic of a review: what is shown, what is hidden, and that nobody is found by subtraction."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluation.reviews import figures, scoring
from evaluation.reviews.scoring import Band, Bound, Cell, GapLevel, Rules, Side, Statement

answer = st.one_of(st.none(), st.integers(0, 4))
answers = st.lists(answer, max_size=14)
minimum = st.integers(0, 9)
DIMENSIONS = ("purpose", "trust", "power")
STATEMENTS = [Statement(f"{dimension}.{n}", dimension) for dimension in DIMENSIONS for n in (1, 2, 3)]


def side(key, values, **more):
    """A partner that answered every statement alike, or as told per dimension."""
    if not isinstance(values, dict):
        values = dict.fromkeys(DIMENSIONS, values)
    return Side(key, {each.key: values[each.dimension] for each in STATEMENTS if each.dimension in values}, **more)


@st.composite
def sides(draw):
    found = []
    for key in range(draw(st.integers(1, 3))):
        size = draw(st.integers(0, 9))
        given_answers = {each.key: draw(st.lists(answer, min_size=size, max_size=size)) for each in STATEMENTS}
        found.append(Side(key, given_answers))
    return found


class TestCell:
    @given(answers, minimum)
    def test_no_group_under_the_minimum_shows_a_number(self, values, least):
        rules = Rules(minimum=least)
        cell = scoring.cell_of(values, rules=rules)
        given_values = [value for value in values if value is not None]
        assert cell.shown == (len(given_values) >= rules.group_minimum)
        if not cell.shown:
            assert cell == Cell(unsure=cell.unsure)
        else:
            assert cell.n is not None
            assert cell.n >= 3
            assert cell.mean is not None
            mean = scoring.mean_of(given_values)
            match cell.bound:
                case Bound.EXACT:
                    assert cell.mean == mean
                case Bound.AT_LEAST:
                    assert cell.mean <= mean + Fraction(1, 20)
                case _:
                    assert cell.mean >= mean - Fraction(1, 20)

    @given(answers)
    def test_order_does_not_matter(self, values):
        assert scoring.cell_of(values) == scoring.cell_of(values[::-1])

    @given(st.lists(st.integers(0, 4), max_size=12))
    def test_a_spread_is_shown_from_eight_on(self, values):
        assert (scoring.cell_of(values).spread is not None) == (len(values) >= 8)

    def test_dont_knows_are_left_out_and_flagged_above_a_quarter(self):
        cell = scoring.cell_of([3, 3, 3, 3, 3, None])
        assert (cell.mean, cell.n, cell.unsure) == (3, 5, False)
        assert scoring.cell_of([4, 4, 4, 4, 4, None, None]).unsure
        assert scoring.cell_of([4, 4, None, None, None]) == Cell(unsure=True)

    def test_few_people_do_not_even_tell_that_they_did_not_know(self):
        assert scoring.cell_of([None, None, 3]) == Cell()

    def test_an_agreed_answer_is_the_organisations_own_word(self):
        assert scoring.cell_of([3], agreed=True).mean == 3
        assert scoring.cell_of([None], agreed=True) == Cell(unsure=True)
        assert scoring.cell_of([], agreed=True) == Cell()

    def test_divided_from_a_standard_deviation_of_one(self):
        assert scoring.cell_of([1, 1, 1, 1, 3, 3, 3, 3]).divided
        assert not scoring.cell_of([2, 2, 2, 2, 3, 3, 3, 3]).divided

    @pytest.mark.parametrize("wrong", [-1, 5])
    def test_refuses_what_is_no_answer(self, wrong):
        with pytest.raises(ValueError, match="between 0 and 4"):
            scoring.cell_of([1, 2, 3, 4, wrong])


class TestBands:
    @pytest.mark.parametrize(
        ("mean", "band"),
        [("0", 0), ("1.49", 0), ("1.5", 1), ("2.39", 1), ("2.4", 2), ("3.19", 2), ("3.2", 3), ("4", 3)],
    )
    def test_borders_belong_to_the_band_above(self, mean, band):
        assert scoring.DEFAULT.band(Fraction(mean)) == band

    @given(st.fractions(0, 4, max_denominator=500))
    def test_a_displayed_mean_stays_in_its_band_and_near(self, mean):
        shown = scoring.display_mean(mean)
        assert scoring.DEFAULT.band(Fraction(shown)) == scoring.DEFAULT.band(mean)
        assert abs(Fraction(shown) - mean) < Fraction(1, 10)
        assert shown.as_tuple().exponent == -1

    @given(st.fractions(0, 4, max_denominator=500))
    def test_a_displayed_gap_stays_in_its_level_and_near(self, gap):
        shown = scoring.display_gap(gap)
        assert scoring.DEFAULT.level(Fraction(shown)) == scoring.DEFAULT.level(gap)
        assert abs(Fraction(shown) - gap) < Fraction(1, 10)

    def test_examples(self):
        assert scoring.display_mean(Fraction("2.38")) == Decimal("2.3")
        assert scoring.display_mean(Fraction("2.35")) == Decimal("2.3"), "2.4 would be another band"
        assert scoring.display_mean(Fraction("1.85")) == Decimal("1.9")
        assert scoring.display_gap(Fraction("0.78")) == Decimal("0.7")
        assert scoring.display_gap(Fraction("1.04")) == Decimal("1.1")
        assert scoring.display_gap(Fraction("1")) == Decimal("1.0")


class TestScore:
    @given(sides())
    def test_dimension_means_and_gaps_use_shown_statements_only(self, found):
        result = scoring.score(STATEMENTS, found)
        for dimension in result.dimensions:
            inside = [each for each in result.statements if each.statement.dimension == dimension.dimension]
            for one in found:
                means = [each.means[one.key] for each in inside if one.key in each.means]
                if means:
                    assert dimension.of[one.key].mean == sum(means) / len(means)
                    assert dimension.of[one.key].statements == len(means)
                else:
                    assert one.key not in dimension.of
            values = [part.mean for part in dimension.of.values()]
            assert dimension.gap == (max(values) - min(values) if len(values) > 1 else None)

    @given(sides())
    def test_the_lowest_dimension_caps_the_headline_and_the_lower_comes_first(self, found):
        result = scoring.score(STATEMENTS, found)
        bands = [headline.band for headline in result.headlines]
        assert bands == sorted(bands)
        for headline in result.headlines:
            lowest = min(d.of[headline.side].band for d in result.dimensions if headline.side in d.of)
            assert headline.band <= min(headline.uncapped, lowest + 1)

    @given(sides())
    def test_the_widest_gaps_come_first(self, found):
        result = scoring.score(STATEMENTS, found)
        # As they are read, to one decimal: of two that read alike neither is the wider.
        gaps = [each.gap for each in result.agenda(limit=99)]
        assert all(gap is not None and gap >= Fraction(4, 5) for gap in gaps)
        read = [scoring.display_gap(gap) for gap in gaps if gap is not None]
        assert read == sorted(read, reverse=True)
        shown = [scoring.display_gap(each.gap) if each.gap is not None else -1 for each in result.dimensions]
        assert shown == sorted(shown, reverse=True)

    def test_one_weak_dimension_holds_a_strong_partner_at_fragile(self):
        result = scoring.score(STATEMENTS, [side("a", {"purpose": [4] * 5, "trust": [4] * 5, "power": [1] * 5})])
        headline = result.headline("a")
        assert headline is not None
        assert (headline.uncapped, headline.band, headline.lowest) == (Band.WORKING, Band.FRAGILE, "power")
        assert headline.capped

    def test_each_partner_has_its_own_headline_and_none_is_averaged(self):
        result = scoring.score(
            STATEMENTS, [side("a", [4, 4, 4, 3, 3, 3]), side("b", [2] * 5), side("c", [1], agreed=True)]
        )
        assert [(each.side, each.band) for each in result.headlines] == [
            ("c", Band.AT_RISK),
            ("b", Band.FRAGILE),
            ("a", Band.STRONG),
        ]
        assert all(each.gap == Fraction("2.5") and each.level == GapLevel.FIRST for each in result.statements)

    def test_levels_of_gaps(self):
        assert scoring.DEFAULT.level(Fraction("0.79")) == GapLevel.NONE
        assert scoring.DEFAULT.level(Fraction("0.8")) == GapLevel.TALK
        assert scoring.DEFAULT.level(Fraction(1)) == GapLevel.TALK
        assert scoring.DEFAULT.level(Fraction("1.01")) == GapLevel.FIRST

    def test_a_partner_with_too_few_answers_leaves_no_gap(self):
        result = scoring.score(STATEMENTS, [side("a", [4] * 6), side("b", [0] * 4)])
        assert all(each.gap is None and each.level == GapLevel.NONE for each in result.statements)
        assert result.headline("b") is None

    def test_what_holds_them_together_is_high_for_all_and_seen_alike(self):
        a = side("a", {"purpose": [4] * 5, "trust": [3] * 5, "power": [4] * 5})
        b = side("b", {"purpose": [4] * 5, "trust": [3] * 5, "power": [2] * 5})
        result = scoring.score(STATEMENTS, [a, b])
        assert [each.statement.dimension for each in result.strengths(limit=4)] == ["purpose"] * 3 + ["trust"]

    def test_expectations_stand_beside_what_was_answered(self):
        a = side("a", [1] * 5, expects={"b": {"power.1": [1, 1, 1, 1, 2]}})
        b = side("b", [3] * 5, expects={"a": {"power.1": [3] * 5, "power.2": [3] * 4}})
        result = scoring.score(STATEMENTS, [a, b])
        by_key = {each.statement.key: each for each in result.statements}
        found = {(each.by, each.about): (each.expected, each.actual) for each in by_key["power.1"].expectations}
        assert found == {("a", "b"): (Fraction(6, 5), 3), ("b", "a"): (3, 1)}
        assert by_key["power.1"].unexpected
        assert by_key["power.2"].expectations == (), "four guesses are too few to show"
        assert not by_key["power.2"].unexpected

    def test_nobody_answers(self):
        result = scoring.score(STATEMENTS, [side("a", []), side("b", [])])
        assert result.headlines == ()
        assert result.agenda() == []
        assert result.strengths() == []


class TestTrends:
    def test_points_stand_on_the_same_statements(self):
        before = {"purpose.1": [1] * 5, "purpose.2": [2] * 5, "purpose.9": [4] * 5}
        now = {"purpose.1": [2] * 5, "purpose.2": [3] * 5, "purpose.3": [0] * 5}
        first = scoring.score([*STATEMENTS[:2], Statement("purpose.9", "purpose")], [Side("a", before)])
        second = scoring.score(STATEMENTS[:3], [Side("a", now)])
        (trend,) = scoring.trends([first, second])
        assert trend.points["a"] == (Fraction(3, 2), Fraction(5, 2))
        assert trend.change("a") == 1
        assert trend.improved()

    def test_a_round_with_nothing_in_common_has_no_point(self):
        pulse = scoring.score([Statement("pulse.1", "purpose")], [Side("a", {"pulse.1": [4] * 5})])
        now = scoring.score(STATEMENTS[:1], [Side("a", {"purpose.1": [2] * 5})])
        (trend,) = scoring.trends([pulse, now])
        assert trend.points["a"] == (None, 2)
        assert trend.change("a") is None
        assert not trend.improved()

    def test_a_hidden_round_leaves_a_hole_and_the_rest_is_compared(self):
        given_answers = ([1] * 5, [4] * 3, [2] * 5)
        rounds = [scoring.score(STATEMENTS[:1], [Side("a", {"purpose.1": values})]) for values in given_answers]
        (trend,) = scoring.trends(rounds)
        assert trend.points["a"] == (1, None, 2)
        assert trend.change("a") == 1

    def test_drifting_apart_and_coming_closer(self):
        def at(a, b):
            return scoring.score(STATEMENTS[:1], [Side("a", {"purpose.1": [a] * 5}), Side("b", {"purpose.1": [b] * 5})])

        assert scoring.trends([at(2, 2), at(1, 3)])[0].gap_change() == 2
        assert scoring.trends([at(1, 3), at(2, 2)])[0].gap_change() == -2
        assert scoring.trends([at(1, 3)])[0].gap_change() is None
        assert not scoring.trends([at(2, 2), at(1, 3)])[0].improved()
        assert scoring.trends([at(2, 2), at(1, 2)])[0].fell()

    @given(st.lists(sides(), min_size=1, max_size=4))
    def test_the_latest_point_never_needs_more_than_what_is_shown(self, rounds):
        results = [scoring.score(STATEMENTS, found) for found in rounds]
        for trend in scoring.trends(results):
            for key, points in trend.points.items():
                assert len(points) == len(results)
                for result, point in zip(results, points, strict=True):
                    inside = [each for each in result.statements if each.statement.dimension == trend.dimension]
                    shown = [each.means[key] for each in inside if key in each.means]
                    assert point is None or min(shown) <= point <= max(shown)

    def test_no_rounds(self):
        assert scoring.trends([]) == []

    def test_a_pulse_that_falls(self):
        assert scoring.fallen([Fraction(3), Fraction(9, 4)])
        assert scoring.fallen([Fraction(3), Fraction(29, 10), Fraction(28, 10)])
        assert not scoring.fallen([Fraction(3), Fraction(29, 10)])
        assert not scoring.fallen([None, Fraction(3)])


taken = st.lists(st.integers(0, 4), min_size=1, max_size=40)
middling = st.lists(st.integers(1, 3), min_size=6, max_size=9)
asked_once = st.lists(taken, min_size=1, max_size=6)


class TestAgainstNumpy:
    """The same figures from an independent calculation, in another arithmetic."""

    @given(taken)
    def test_means_and_spreads(self, values):
        assert float(scoring.mean_of(values)) == pytest.approx(np.mean(values))
        assert scoring.spread_of(values) == pytest.approx(np.std(values))
        assert float(figures.variance_of(values)) == pytest.approx(np.var(values))

    @given(taken)
    def test_agreement_is_one_less_the_variance_over_that_of_chance(self, values):
        chance = stats.randint(0, 5).var()
        assert chance == pytest.approx(figures.UNIFORM_VARIANCE)
        expected = max(0.0, 1 - np.var(values) / chance)
        assert float(scoring.agreement_of(figures.variance_of(values))) == pytest.approx(expected)

    def test_agreement_at_its_ends(self):
        assert scoring.agreement_of(figures.variance_of([3] * 9)) == 1
        assert scoring.agreement_of(figures.variance_of([0, 1, 2, 3, 4])) == 0, "as by chance"
        assert scoring.agreement_of(figures.variance_of([0, 4] * 4)) == 0, "below chance it is floored"

    @given(taken)
    def test_a_displayed_spread_is_near_and_never_says_divided_too_early(self, values):
        shown, exact = scoring.display_spread(figures.variance_of(values)), np.std(values)
        assert abs(float(shown) - exact) <= 0.1
        assert (shown >= 1) == (exact >= 1 - 1e-12)
        if not 0.95 <= exact < 1:
            assert abs(float(shown) - exact) <= 0.05 + 1e-9

    @given(st.lists(st.lists(st.integers(1, 3), min_size=5, max_size=30), min_size=2, max_size=4))
    def test_gaps(self, groups):
        found = [Side(at, {"x": values}) for at, values in enumerate(groups)]
        row = scoring.score([Statement("x", "d")], found).statements[0]
        if all(cell.bound == Bound.EXACT for cell in row.cells.values()):
            means = [np.mean(values) for values in groups]
            assert float(row.gap) == pytest.approx(np.ptp(means))

    @given(asked_once)
    def test_dimensions_and_bands(self, asked):
        asked = [values * 5 for values in asked]
        keys = [Statement(f"d.{n}", "d") for n in range(len(asked))]
        result = scoring.score(keys, [Side("a", {key.key: values for key, values in zip(keys, asked, strict=True)})])
        told = [row.cells["a"] for row in result.statements]
        means = [np.mean(v) if c.bound == Bound.EXACT else float(c.mean) for v, c in zip(asked, told, strict=True)]
        expected = np.mean(means)
        mean = result.dimensions[0].of["a"]
        assert float(mean.mean) == pytest.approx(expected)
        near = min(abs(expected - border) for border in (1.5, 2.4, 3.2))
        if near > 1e-9:
            assert mean.band == int(np.digitize(expected, [1.5, 2.4, 3.2]))

    @pytest.mark.parametrize("border", ["3/2", "12/5", "16/5"])
    @given(st.integers(1, 10**6))
    def test_bands_at_their_edges(self, border, parts):
        at = Fraction(border)
        below, above = scoring.DEFAULT.band(at - Fraction(1, parts * 10)), scoring.DEFAULT.band(at)
        assert above == below + 1
        assert Fraction(scoring.display_mean(at - Fraction(1, parts * 10))) < at
        assert Fraction(scoring.display_mean(at)) == at

    @given(st.lists(st.tuples(middling, middling), min_size=2, max_size=5))
    def test_trends(self, rounds):
        keys = [Statement("d.1", "d"), Statement("d.2", "d")]
        results = [scoring.score(keys, [Side("a", {"d.1": one, "d.2": two})]) for one, two in rounds]
        (trend,) = scoring.trends(results)
        cells = [[row.cells["a"] for row in result.statements] for result in results]
        if all(cell.bound == Bound.EXACT for row in cells for cell in row):
            expected = [np.mean([np.mean(one), np.mean(two)]) for one, two in rounds]
            assert [float(point) for point in trend.points["a"]] == pytest.approx(expected)
            assert float(trend.change("a")) == pytest.approx(expected[-1] - expected[-2])

    @given(st.fractions(0, 4, max_denominator=240))
    def test_rounding_for_display(self, mean):
        shown = scoring.display_mean(mean)
        usual = np.floor(float(mean * 10) + 0.5 + 1e-9) / 10
        crosses = scoring.DEFAULT.band(Fraction(str(round(usual, 1)))) != scoring.DEFAULT.band(mean)
        assert float(shown) == pytest.approx(usual - 0.1 if crosses else usual)
