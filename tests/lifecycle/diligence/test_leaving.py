"""A partner leaves during due diligence: what it owned, planned, asked for and decided."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from lifecycle.diligence import actions, queries
from lifecycle.diligence.models import DecisionMandate, DiligenceDecision, Measure, Risk, Visit
from lifecycle.diligence.states import Level, Outcome, VisitKind
from lifecycle.road.actions import end_alone
from partnerships import clock
from partnerships.access.actions import circle_here
from partnerships.access.states import CircleKind
from partnerships.record.models import Partnership
from partnerships.record.states import Stage
from partnerships.work.models import WorkItem
from tests.factories import World, make_partnership

from .conftest import answer, know_everything, soon
from .test_actions import RISK, condition
from .test_views import client_of, url


@pytest.fixture
def three(db: None) -> World:
    return make_partnership(partners=3, broker=True, stage=Stage.DILIGENCE)


def leave(world: World, who: str = "third") -> None:
    end_alone(reason="No people left.", by=world.place(who))
    world.partnership = Partnership.objects.get(pk=world.partnership.pk)


def waits(key: str) -> WorkItem | None:
    return WorkItem.objects.filter(key=key, closed_at=None).first()


def measure_of(world: World, by: str, about: str, owner: str, code: str = "2.1") -> Measure:
    place = world.place(by)
    answer(place, world.party(about), code, Level.SOME, "x")
    seat = world.place(owner).seat
    assert seat is not None
    return actions.set_measure(
        about=world.party(about), code=code, text=f"{by} {about} {owner}", owner=seat, due_on=soon(), board_on=None,
        by=place,
    )  # fmt: skip


def risk_of(world: World, by: str, owner: str, kind: str = CircleKind.PARTNERS) -> Risk:
    place = world.place(by)
    return actions.weigh_risk(
        values={**RISK, "text": f"{by} {owner}", "measure": "x", "owner": world.place(owner).seat, "due_on": soon()},
        circle=circle_here(place, kind), by=place,
    )  # fmt: skip


def visit_of(world: World, by: str, host: str | None, kind: str = VisitKind.VISIT) -> Visit:
    place = world.place(by)
    return actions.plan_visit(
        kind=kind, host=world.party(host) if host else None, on=soon(9), where=f"{by} {host}",
        circle=circle_here(place, CircleKind.PARTNERS), by=place,
    )  # fmt: skip


def test_a_condition_that_it_had_taken_on_waits_for_the_side_that_set_it(three: World) -> None:
    know_everything(three, ("ngo", "company", "third"))
    measure = measure_of(three, "ngo", "company", "third")
    actions.decide(outcome=Outcome.CONDITIONS, reason="", by=three.ngo)
    assert waits(f"dd:measure:{measure.pk}") is not None
    leave(three)
    assert waits(f"dd:measure:{measure.pk}") is None
    owed = waits(f"dd:owner:{measure.pk}")
    assert owed is not None
    assert (owed.party, owed.due_on) == (three.party("ngo"), clock.today() + timedelta(days=14))
    assert not WorkItem.objects.visible_to(three.company.user).filter(pk=owed.pk).exists()
    html = client_of(three, "ngo").get(url(three, "decision")).content.decode()
    assert "Ministry of Water has left: name another owner." in html
    actions.hand_on_measure(Measure.objects.get(pk=measure.pk), owner=three.company.seat, due_on=soon(), by=three.ngo)  # type: ignore[arg-type]
    assert waits(f"dd:owner:{measure.pk}") is None
    again = waits(f"dd:measure:{measure.pk}")
    assert again is not None
    assert again.party == three.party("company")


def test_what_it_had_asked_for_and_what_was_asked_about_it_waits_no_more(three: World) -> None:
    know_everything(three, ("ngo", "company", "third"))
    asked, about = measure_of(three, "third", "ngo", "company"), measure_of(three, "ngo", "third", "company", "2.2")
    actions.decide(outcome=Outcome.CONDITIONS, reason="", by=three.third)
    actions.decide(outcome=Outcome.CONDITIONS, reason="", by=three.ngo)
    leave(three)
    for measure in (asked, about):
        measure.refresh_from_db()
        assert measure.dropped_at is not None
        assert waits(f"dd:measure:{measure.pk}") is None
    assert queries.basis_of(three.party("ngo"), three.ngo.partners).evaluation.conditions == ()


def test_risks_that_it_owned_or_wrote_stay_with_those_who_read_them(three: World) -> None:
    owned, written = risk_of(three, "ngo", "third"), risk_of(three, "third", "company")
    alone = risk_of(three, "third", "third", CircleKind.OWN)
    leave(three)
    mine = waits(f"dd:risk:{owned.pk}")
    assert mine is not None
    assert (mine.party, mine.person) == (three.party("ngo"), None)
    look = waits(f"dd:risk_look:{written.pk}")
    assert look is not None
    assert look.party in {three.party("ngo"), three.party("company")}
    assert waits(f"dd:risk:{alone.pk}") is None
    assert waits(f"dd:risk_look:{alone.pk}") is None
    html = client_of(three, "company").get(url(three, "risk", written.public_id)).content.decode()
    assert "Ministry of Water wrote this down and has left" in html
    assert "Its owner has left" in client_of(three, "ngo").get(url(three, "risks")).content.decode()
    # Whoever reads it weighs it now; who left does not, and what only it read is nobody else's.
    values = {**RISK, "text": "Taken on", "residual_likelihood": 1}
    actions.weigh_risk(values=values, circle=None, by=three.company, risk=Risk.objects.get(pk=written.pk))
    assert client_of(three, "company").get(url(three, "risk", alone.public_id)).status_code == 404
    gone = three.leads["third"]
    with pytest.raises(ValidationError):
        actions.close_risk(Risk.objects.get(pk=written.pk), by=three.place(gone))


def test_visits_that_were_planned_with_it_are_called_off_joint_ones_go_on(three: World) -> None:
    planned, hosted = visit_of(three, "third", "ngo"), visit_of(three, "ngo", "third")
    joint, theirs = visit_of(three, "third", None, VisitKind.JOINT), visit_of(three, "ngo", "company")
    leave(three)
    for visit in (planned, hosted):
        visit.refresh_from_db()
        assert visit.called_off_at is not None
        assert waits(f"dd:visit:{visit.pk}") is None
    for visit in (joint, theirs):
        visit.refresh_from_db()
        assert visit.called_off_at is None
    row = waits(f"dd:visit:{joint.pk}")
    assert row is not None
    assert row.party == three.party("ngo")
    assert "Called off" in client_of(three, "company").get(url(three, "visits")).content.decode()


def test_its_decision_counts_no_more_and_its_mandate_ends(three: World) -> None:
    know_everything(three, ("ngo", "company", "third"))
    counsel = three.colleague("third")
    actions.decide(outcome=Outcome.NOT_NOW, reason="No", by=three.third)
    actions.name_decider(counsel.seat, by=three.third)
    for name in ("ngo", "company"):
        actions.decide(outcome=Outcome.GO, reason="", by=three.place(name))
    assert not condition(three.ngo, "diligence.decisions").met
    leave(three)
    assert condition(three.ngo, "diligence.decisions").met
    assert DiligenceDecision.objects.of(three.partnership).count() == 3
    assert not DecisionMandate.objects.of(three.partnership).filter(ended_at=None).exists()


def test_settling_twice_changes_nothing(three: World) -> None:
    know_everything(three, ("ngo", "company", "third"))
    measure = measure_of(three, "ngo", "company", "third")
    risk_of(three, "ngo", "third")
    visit_of(three, "third", None, VisitKind.JOINT)
    leave(three)

    def state() -> list[Any]:
        rows = WorkItem.objects.filter(partnership=three.partnership, closed_at=None).order_by("key")
        return [*rows.values_list("key", "party", "due_on"), Measure.objects.get(pk=measure.pk).dropped_at]

    before = state()
    actions.settle_leavers(three.partnership)
    assert state() == before


def test_only_the_risk_itself_waits_no_more_however_its_number_begins(three: World) -> None:
    kept, alone = risk_of(three, "ngo", "company"), risk_of(three, "third", "third", CircleKind.OWN)
    other = f"dd:risk:{alone.pk}0"
    WorkItem.objects.filter(key=f"dd:risk:{kept.pk}").update(key=other)
    leave(three)
    assert waits(f"dd:risk:{alone.pk}") is None
    assert waits(other) is not None
