"""Rounds planned ahead: from the agreement's dates, moved when they move, owed until they are held."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from evaluation.reviews import actions, queries
from evaluation.reviews.ahead import APART_MONTHS, REST, Frame, months_after, slots
from evaluation.reviews.models import Boundary, OwnFigures, Round
from evaluation.reviews.states import RoundKind, RoundState
from lifecycle.agreement.models import Terms
from lifecycle.agreement.terms import bring_into_force
from partnerships import clock
from partnerships.access.actions import authored, circle_here
from partnerships.access.states import CircleKind
from partnerships.record.models import Partnership
from partnerships.record.states import Stage, Standing
from partnerships.work.models import WorkItem

DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2090, 1, 1))


def days(frame: Frame, kind: RoundKind) -> list[date]:
    return [slot.due_on for slot in slots(frame) if slot.kind == kind]


class TestArithmetic:
    def test_a_five_year_agreement(self) -> None:
        frame = Frame(date(2027, 1, 1), date(2032, 1, 1), first_on=date(2027, 5, 15))
        assert days(frame, RoundKind.BASELINE) == [date(2027, 1, 1)]
        assert days(frame, RoundKind.REGULAR) == [date(year, 5, 15) for year in range(2027, 2032)]
        assert days(frame, RoundKind.PULSE)[:3] == [date(2027, 10, 1), date(2028, 10, 1), date(2029, 10, 1)]
        assert days(frame, RoundKind.CLOSING) == [date(2031, 11, 1)]
        assert days(frame, RoundKind.LOOK_BACK) == [date(2033, 1, 1)]

    def test_a_late_first_review_is_drawn_to_month_six(self) -> None:
        frame = Frame(date(2027, 1, 1), date(2030, 1, 1), first_on=date(2028, 1, 1))
        assert days(frame, RoundKind.REGULAR)[0] == date(2027, 7, 1)

    def test_the_promised_day_of_the_look_back_holds(self) -> None:
        frame = Frame(date(2027, 1, 1), date(2030, 1, 1), look_back_on=date(2031, 3, 3))
        assert days(frame, RoundKind.LOOK_BACK) == [date(2031, 3, 3)]

    def test_the_end_of_a_month_stays_in_it(self) -> None:
        assert months_after(date(2027, 8, 31), 6) == date(2028, 2, 29)
        assert months_after(date(2028, 2, 29), -12) == date(2027, 2, 28)

    @given(DAYS, st.one_of(st.none(), st.integers(1, 4000)), st.one_of(st.none(), DAYS), st.integers(1, 24))
    def test_never_too_late_and_never_twice_at_once(
        self, start: date, length: int | None, first: date | None, every: int
    ) -> None:
        end = start + timedelta(days=length) if length is not None else None
        frame = Frame(start, end, first, every)
        found = slots(frame)
        assert [slot.due_on for slot in found] == sorted(slot.due_on for slot in found)
        reviews = days(frame, RoundKind.REGULAR)
        assert all(day <= months_after(start, 6) for day in reviews[:1])
        for earlier, later in pairwise(reviews):
            assert earlier < later <= months_after(earlier, APART_MONTHS) + timedelta(days=3)
        asked = [*reviews, *days(frame, RoundKind.CLOSING)]
        assert all(abs(pulse - day) >= REST for pulse in days(frame, RoundKind.PULSE) for day in asked)
        assert len(days(frame, RoundKind.CLOSING)) == (end is not None)
        numbers: dict[str, int] = {}
        for slot in found:
            numbers[slot.kind] = numbers.get(slot.kind, 0) + 1
            assert slot.number == numbers[slot.kind]


@pytest.fixture
def working(world):
    Partnership.objects.filter(pk=world.partnership.pk).update(
        stage=Stage.IMPLEMENTATION, stage_since=clock.today() - timedelta(days=30)
    )
    return world


def terms(world, number=1, **values) -> Terms:
    place = world.lead("ngo")
    found = Terms.objects.create(
        **authored(place, circle_here(place, CircleKind.PARTNERS)),
        **{"number": number, "starts_on": date(2026, 11, 1), "ends_on": date(2031, 11, 1), **values},
    )
    bring_into_force(found, by=place)
    return found


def owed(world, name="ngo") -> dict[str, date]:
    rows = WorkItem.objects.filter(
        party=world.lead(name).own_party, closed_at=None, kind__in=["reviews.first", "reviews.next", "reviews.pulse"]
    )
    return {row.kind: row.due_on for row in rows}


class TestOwed:
    def test_the_dates_of_the_agreement_move_what_is_owed(self, working) -> None:
        terms(working, first_review_on=date(2027, 4, 1))
        assert owed(working) == {"reviews.first": date(2027, 4, 1), "reviews.pulse": date(2027, 2, 1)}
        terms(working, number=2, first_review_on=date(2027, 3, 1))
        assert owed(working)["reviews.first"] == owed(working, "company")["reviews.first"] == date(2027, 3, 1)

    def test_the_boundary_is_younger_than_the_agreement(self, working) -> None:
        terms(working, first_review_on=date(2027, 4, 1))
        made = actions.set_boundary(
            scope="How we work",
            first_on=date(2027, 2, 2),
            every_months=6,
            until_on=date(2030, 2, 2),
            by=working.lead("ngo"),
        )
        actions.agree_boundary(made, seen=made.version, by=working.lead("company"))
        assert owed(working)["reviews.first"] == date(2027, 2, 2)

    def test_a_proposed_pulse_is_no_longer_owed_and_a_dropped_one_is_again(self, working) -> None:
        terms(working)
        working.opened()
        before = owed(working)
        assert before.keys() == {"reviews.next", "reviews.pulse"}
        round = working.plan(kind="pulse")
        assert owed(working)["reviews.pulse"] > before["reviews.pulse"]
        actions.cancel_round(round, by=working.lead("ngo"))
        assert owed(working) == before

    def test_nobody_makes_up_for_years(self, working) -> None:
        terms(working, starts_on=date(2021, 1, 1), ends_on=date(2031, 1, 1))
        assert owed(working) == {"reviews.first": date(2026, 7, 1), "reviews.pulse": date(2026, 10, 1)}
        working.opened()
        assert owed(working) == {"reviews.next": date(2027, 7, 1), "reviews.pulse": date(2026, 10, 1)}
        ahead = queries.ahead_of(working.lead("ngo"))
        assert [each.slot.kind for each in ahead if each.is_late] == ["pulse"]
        assert "baseline" not in {each.slot.kind for each in ahead}
        assert [each.slot.number for each in ahead if each.slot.kind == "regular"][:3] == [1, 2, 3]

    def test_nothing_is_owed_once_the_work_is_over(self, working) -> None:
        terms(working)
        Partnership.objects.filter(pk=working.partnership.pk).update(stage=Stage.CONCLUDING)
        actions.keep_calendar(Partnership.objects.get(pk=working.partnership.pk))
        assert owed(working) == {}


class TestLookBack:
    @pytest.fixture
    def closed(self, working):
        working.opened()
        Partnership.objects.filter(pk=working.partnership.pk).update(stage=Stage.CONCLUDED, standing=Standing.CLOSED)
        return working

    def test_a_running_partnership_does_not_look_back(self, working) -> None:
        with pytest.raises(ValidationError, match="after the partnership is closed"):
            working.plan(kind="look_back")

    def test_a_closed_one_holds_nothing_else(self, closed) -> None:
        with pytest.raises(ValidationError, match="only its look-back"):
            closed.plan(kind="regular")
        old = Round.objects.unguarded("test").get(kind="regular")
        with pytest.raises(ValidationError, match="closed"):
            actions.add_finding(old, text="Too late", by=closed.lead("ngo"))

    def test_what_is_over_is_neither_late_nor_offered_on_its_pages(self, closed, client) -> None:
        terms(closed, starts_on=date(2024, 1, 1), ends_on=date(2026, 1, 1))
        assert [each.slot.kind for each in queries.ahead_of(closed.lead("ngo"))] == ["look_back"]
        old = Round.objects.unguarded("test").get(kind="regular")
        client.force_login(closed.leads["ngo"], backend="django.contrib.auth.backends.ModelBackend")
        page = client.get(reverse("reviews:round", args=[closed.partnership.public_id, old.public_id]))
        content = page.content.decode()
        assert "Where you differ" in content
        for offered in ("Write down a finding", "Agree on an action", "We talked about it", "Ask a body"):
            assert offered not in content

    def test_it_goes_from_its_plan_to_its_finding(self, closed) -> None:
        round = closed.started(kind="look_back")
        actions.sweep()
        closed.individually(round, "ngo", 3)
        closed.individually(round, "company", 2)
        round = closed.fresh(round)
        with clock.at(round.opening_at):
            assert actions.open_round(round)
            round = closed.fresh(round)
            assert round.state == RoundState.OPENED
            assert actions.add_finding(round, text="The posts still run.", by=closed.lead("ngo")).pk

    def test_what_was_settled_stands(self, closed, client) -> None:
        ngo = closed.lead("ngo")
        with pytest.raises(ValidationError, match="stands as it is"):
            actions.set_boundary(
                scope="x", first_on=date(2027, 1, 1), every_months=6, until_on=date(2028, 1, 1), by=ngo
            )
        client.force_login(closed.leads["ngo"])
        assert client.get(reverse("reviews:change_boundary", args=[closed.partnership.public_id])).status_code == 403
        old = Round.objects.unguarded("test").get(kind="regular")
        figures = OwnFigures.objects.unguarded("test").filter(part__round=old, party=ngo.own_party).first()
        if figures is not None:
            with pytest.raises(ValidationError, match="closed"):
                actions.release_own_figures(figures, by=ngo)

    def test_what_it_decides_is_no_commitment_of_a_closed_record(self, closed, monkeypatch) -> None:
        monkeypatch.setattr("evaluation.reviews.actions.findings.signed_agreement", lambda _record: object())
        round = closed.started(kind="look_back")
        closed.individually(round, "ngo", 3)
        closed.individually(round, "company", 3)
        with clock.at(closed.fresh(round).opening_at):
            actions.open_round(closed.fresh(round))
            ngo = closed.lead("ngo")
            action = actions.add_action(
                closed.fresh(round), text="Tell the district", owner_party=ngo.own_party,
                due_on=clock.today() + timedelta(days=20), by=ngo,
            )  # fmt: skip
            assert action.commitment is None
            assert actions.finish_action(action, by=ngo).done_at is not None

    def test_its_pages_open_to_those_who_were_in_to_the_end(self, closed, client) -> None:
        client.force_login(closed.leads["ngo"])
        page = client.get(reverse("reviews:plan", args=[closed.partnership.public_id]))
        assert [value for value, _label in page.context["form"].fields["kind"].choices] == ["look_back"]
        member = closed.people["ngo"][1]
        client.force_login(member)
        assert client.get(reverse("reviews:plan", args=[closed.partnership.public_id])).status_code == 403


class TestPage:
    def test_each_round_ahead_leads_to_its_proposal_with_its_dates(self, working, client) -> None:
        terms(working, first_review_on=date(2027, 4, 1))
        client.force_login(working.leads["company"])
        page = client.get(reverse("reviews:list", args=[working.partnership.public_id]))
        first = next(row for row in page.context["ahead"] if "regular" in row["propose"])
        form = client.get(first["propose"]).context["form"]
        assert form.initial["kind"] == "regular"
        assert form.initial["opening_at"].date() == date(2027, 4, 1)

    def test_the_actors_are_named_where_the_boundary_is_read(self, working, client) -> None:
        body = working.join("fishers", "community", "rights_holder", 1)
        client.force_login(working.leads["ngo"])
        address = reverse("reviews:change_boundary", args=[working.partnership.public_id])
        data = {
            "scope": "How we work", "actors": [body.public_id], "first_on": "2027-04-01", "every_months": "12",
            "until_on": "2031-04-01", "version": "0",
        }  # fmt: skip
        assert client.post(address, data).status_code == 302
        assert set(Boundary.objects.unguarded("test").get().actors.all()) == {body}
        page = client.get(reverse("reviews:boundary", args=[working.partnership.public_id]))
        assert "Fishers" in page.content.decode()

    def test_whoever_is_not_in_this_record_is_no_actor(self, working, client) -> None:
        working.join("fishers", "community", "rights_holder", 1)
        client.force_login(working.leads["ngo"])
        address = reverse("reviews:change_boundary", args=[working.partnership.public_id])
        data = {
            "scope": "x",
            "actors": ["nobody"],
            "first_on": "2027-04-01",
            "every_months": "12",
            "until_on": "2031-04-01",
        }
        page = client.post(address, data)
        assert page.status_code == 200
        assert "actors" in page.context["form"].errors

    def test_the_number_of_queries_does_not_grow_with_the_rounds(self, working, client) -> None:
        terms(working)
        client.force_login(working.leads["ngo"])
        address = reverse("reviews:list", args=[working.partnership.public_id])
        counts = []
        for _more in range(2):
            working.opened()
            client.get(address)
            with CaptureQueriesContext(connection) as found:
                client.get(address)
            counts.append(len(found))
            with clock.at(clock.now() + timedelta(days=40)):
                working.opened()
        assert counts[0] == counts[1]
        assert len(queries.ahead_of(working.lead("ngo"))) > 5
