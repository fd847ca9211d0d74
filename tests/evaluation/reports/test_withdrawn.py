"""What a side got and put in, in reports: withdrawn, it goes out of them like everything else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from evaluation.outcomes import actions as outcomes
from evaluation.outcomes.models import EffortStatement
from evaluation.reports import building
from evaluation.reports.actions import renewing
from lifecycle.delivery import actions as delivery
from lifecycle.delivery.models import Contribution
from partnerships import clock
from partnerships.access.actions import authored, circle_here, open_release

from .test_bodies import make, now, opened, said_in

__all__ = ["now", "opened"]


@pytest.mark.usefixtures("now")
class TestWithdrawnWorth:
    def got(self, world):
        values = {
            "kind": "learning", "words": "How a mine plans its year", "starts_on": date(2026, 1, 1),
            "ends_on": date(2026, 6, 30), "amount": None, "currency": "",
        }  # fmt: skip
        return outcomes.write_value(by=world.lead("ngo"), values=values)

    def hours(self, world, person, coordinating):
        return outcomes.write_hours(
            by=world.lead("ngo"), person=person, span="month", day=date(2026, 8, 1), coordinating=coordinating,
            delivering=Decimal(30),
        )  # fmt: skip

    def opens(self, world, bundle):
        for name in ("company", "broker"):
            open_release(bundle, by=world.lead(name))

    def worth(self, report):
        (row,) = [each for each in building.from_json(report.snapshot).content.layers.worth if not each.is_empty]
        return row

    def test_what_a_side_shows_no_more_goes_out_of_reports(self, world, opened):
        value = self.got(world)
        self.opens(world, outcomes.show_values([value], to="partners", by=world.lead("ngo")))
        for person, hours in zip(world.people["ngo"], (Decimal(10), Decimal(7)), strict=False):
            self.hours(world, person, hours)
        self.opens(world, outcomes.show_effort(date(2026, 7, 1), to="partners", by=world.lead("ngo")))
        report = make(world, opened, "partners", by="company")
        assert self.worth(report).hours == "77"
        assert self.worth(report).coordination_percent == "22.1"
        assert "How a mine plans its year" in said_in(report)
        outcomes.take_out_value(value, by=world.lead("ngo"))
        assert renewing.sweep() == 1
        report.refresh_from_db()
        assert "How a mine plans its year" not in said_in(report)
        assert self.worth(report).hours == "77"
        statement = EffortStatement.objects.unguarded("test").get()
        outcomes.withdraw_statement(statement, by=world.lead("ngo"))
        assert renewing.sweep() == 1
        report.refresh_from_db()
        assert all(each.is_empty for each in building.from_json(report.snapshot).content.layers.worth)
        assert {each.model for each in building.from_json(report.snapshot).withdrawn} == {
            "evaluation.valueentry", "evaluation.effortstatement",
        }  # fmt: skip

    def test_hours_taken_out_leave_the_own_sides_report(self, world, opened):
        entry = self.hours(world, world.leads["ngo"], Decimal(10))
        self.hours(world, world.people["ngo"][1], Decimal(7))
        report = make(world, opened, "own")
        assert self.worth(report).hours == "77"
        outcomes.take_out_hours(entry, by=world.lead("ngo"))
        assert renewing.sweep() == 1
        report.refresh_from_db()
        assert self.worth(report).hours == "37"

    def test_a_contribution_that_was_withdrawn_goes_out_of_the_sum(self, world, opened):
        place = world.lead("company")
        gifts = [
            Contribution.objects.create(
                **authored(place, circle_here(place, "partners")), giver=place.own_party, kind="cash", what="Posts",
                amount=Decimal(amount), currency="EUR", starts_on=clock.today(), ends_on=clock.today(),
            )
            for amount in (100, 20)
        ]  # fmt: skip
        report = make(world, opened, "partners")
        promised = lambda: [s.promised for s in building.from_json(report.snapshot).content.promises.sums]  # noqa: E731
        assert promised() == ["120"]
        delivery.withdraw_contribution(gifts[1], by=place)
        assert renewing.sweep() == 1
        report.refresh_from_db()
        assert promised() == ["100"]

    def test_a_measured_value_that_was_withdrawn_goes_out_and_its_indicator_stays(self, world, opened):
        place = world.lead("ngo")
        values = {
            "name": "Wells", "unit": "wells", "direction": "more", "layer": "project", "baseline": Decimal(0),
            "baseline_on": date(2026, 1, 1), "baseline_source": "", "target": Decimal(80), "target_on": None,
            "frequency": "yearly",
        }  # fmt: skip
        one = outcomes.set_indicator(by=place, values=values)
        item = outcomes.measure(one, by=place, on=date(2026, 8, 1), measured=Decimal(41))
        report = make(world, opened, "partners")
        (measure,) = building.from_json(report.snapshot).content.layers.measures
        assert (measure.value, measure.percent) == ("41", "51.2")
        outcomes.withdraw_measurement(item, by=place)
        renewing.sweep()
        report.refresh_from_db()
        (measure,) = building.from_json(report.snapshot).content.layers.measures
        assert (measure.name, measure.value, measure.percent) == ("Wells", "", "")

    def test_a_snapshot_of_the_second_format_is_read_as_it_was(self, world, opened):
        self.hours(world, world.leads["ngo"], Decimal(10))
        data = make(world, opened, "own").snapshot
        worth = {
            "side": world.lead("ngo").own_party.public_id, "hours": "40", "coordinating": "10", "delivering": "30",
            "coordination_percent": "25.0", "costs": [["cash", "EUR", "1500.00"]],
            "gains": [{"kind": "x", "words": "We learned", "language": "en", "amount": "", "currency": ""}],
        }  # fmt: skip
        measure = {
            "key": "i1", "name": "Posts", "language": "en", "unit": "", "baseline": "", "baseline_on": "", "target": "",
            "target_on": "", "value": "3", "value_on": "2026-10-01", "percent": "37.5", "layer": "project",
        }  # fmt: skip
        effect = {
            "key": "o1", "kind": "told", "party": "Ngo", "what": "People meet", "language": "en", "for_whom": "Herders",
            "how_known": "Seen", "response": "", "confirmed_by": ["Company"], "differently": [["Third", "Only some"]],
        }  # fmt: skip
        layers = {"measures": [measure], "effects": [effect], "worth": [worth]}
        read = building.from_json({**data, "format": 2, "content": {**data["content"], "layers": layers}})
        assert building.from_json(building.to_json(read)) == read, "renewed once, it is read again"
        old = read.content.layers
        assert old.effects[0].confirmed_by == ["Company"]
        assert old.effects[0].differently == [("Third", "Only some")]
        assert (old.measures[0].value, old.measures[0].value_on) == ("3", "2026-10-01")
        assert (old.worth[0].hours, old.worth[0].coordination_percent) == ("40", "25.0")
        assert old.worth[0].costs == [("cash", "EUR", "1500.00")]
