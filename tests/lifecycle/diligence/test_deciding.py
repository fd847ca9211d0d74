"""The trace kept with a decision, who has the mandate, how conditions stand, and what happens after an event."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lifecycle.attention import actions as attention
from lifecycle.attention.models import Flag
from lifecycle.diligence import actions, queries
from lifecycle.diligence.models import DecisionMandate, DecisionTrace, DiligenceDecision, Measure, TraceLine
from lifecycle.diligence.states import Level, Outcome, RoundReason, Step
from partnerships import clock
from partnerships.access.actions import circle_here, open_release
from partnerships.access.models import ReleaseItem
from partnerships.access.states import CircleKind
from partnerships.history.models import Act
from partnerships.record import actions as record
from partnerships.record.models import Partnership
from partnerships.record.states import Duty, Stage
from partnerships.record.states import Level as SeatLevel
from partnerships.work.models import WorkItem
from tests.factories import World

from .conftest import answer, know_everything, soon
from .test_actions import RISK, condition
from .test_views import MARK, client_of, url


def concern(world: World, code: str = "5.1", *, owner: str = "company", days: int = 60) -> Measure:
    """The NGO is concerned about the company, and sets a measure."""
    ngo, company = world.ngo, world.party("company")
    answer(ngo, company, code, Level.SOME, f"Words {code}")
    seat = world.place(owner).seat
    assert seat is not None
    return actions.set_measure(
        about=company, code=code, text=f"Measure {code}", owner=seat, due_on=soon(days), board_on=None, by=ngo
    )


def go_with_conditions(world: World) -> DiligenceDecision:
    know_everything(world)
    concern(world)
    by = world.ngo
    actions.weigh_risk(
        values={**RISK, "measure": "A bypass", "owner": by.seat, "due_on": soon(), "residual_likelihood": 3,
                "text": f"Trucks {MARK}"},
        circle=circle_here(by, CircleKind.OWN), by=by,
    )  # fmt: skip
    return actions.decide(outcome=Outcome.CONDITIONS, reason="", by=world.ngo)


# The trace ------------------------------------------------------------------------------------------------------------
def test_the_trace_says_which_answers_and_risks_decided(world: World) -> None:
    decision = go_with_conditions(world)
    trace = decision.trace
    assert (trace.proposed, trace.valid_months, trace.risks_seen) == (Outcome.CONDITIONS, 12, 1)
    lines = {(n.step, n.code or n.score, n.level, n.measure) for n in trace.lines.all()}
    assert lines == {(Step.CONDITIONS, "5.1", Level.SOME, True), (Step.CONDITIONS, 12, "", True)}
    html = client_of(world, "ngo").get(url(world, "decided_trace", decision.public_id)).content.decode()
    assert "Rights policy" in html or "rights" in html.lower()
    assert f"Trucks {MARK}" in html
    assert html.count("cg-steps__decides") == 1


def test_what_changes_later_does_not_rewrite_why(world: World) -> None:
    decision = go_with_conditions(world)
    address = url(world, "decided_trace", decision.public_id)
    before = client_of(world, "ngo").get(address).content.decode()
    answer(world.ngo, world.party("company"), "5.1", Level.NONE)
    risk = queries.risks_of(world.party("ngo"))[0]
    actions.close_risk(risk, by=world.ngo)
    assert queries.basis_of(world.party("ngo"), world.ngo.partners).evaluation.outcome == Outcome.GO
    after = client_of(world, "ngo").get(address).content.decode()
    assert before.count("cg-task") == after.count("cg-task")
    assert "By the rule: go, with conditions" in after
    assert "By the rule: go<" in client_of(world, "ngo").get(url(world, "trace")).content.decode()


def test_a_trace_is_the_own_sides(world: World) -> None:
    decision = go_with_conditions(world)
    for who in ("company", "broker", "community", "authority"):
        user = world.place(who).user
        assert not DecisionTrace.objects.visible_to(user).exists()
        assert not TraceLine.objects.visible_to(user).exists()
        status = client_of(world, who).get(url(world, "decided_trace", decision.public_id)).status_code
        assert status == 404, who
    assert MARK not in client_of(world, "company").get(url(world, "decision")).content.decode()
    assert client_of(world, "outsider").get(url(world, "trace")).status_code == 404


def test_the_page_of_the_rule_goes_step_by_step(world: World) -> None:
    html = client_of(world, "ngo").get(url(world, "trace")).content.decode()
    assert "Yes: undecided." in html
    assert html.count("An earlier step decided") == 2
    answer(world.ngo, world.party("company"), "5.2", Level.SERIOUS)
    html = client_of(world, "ngo").get(url(world, "trace")).content.decode()
    assert "Yes: not now." in html
    assert "this is what it would find" in html


def test_not_now_keeps_its_trace_too(world: World) -> None:
    answer(world.ngo, world.party("company"), "5.2", Level.SERIOUS)
    decision = actions.decide(outcome=Outcome.NOT_NOW, reason="The dam", by=world.ngo)
    assert {n.step for n in decision.trace.lines.all()} == {Step.STOPS, Step.UNKNOWN}


# The mandate ----------------------------------------------------------------------------------------------------------
def test_a_partner_names_who_decides(world: World) -> None:
    know_everything(world)
    counsel = world.colleague("ngo")
    with pytest.raises(ValidationError, match="somebody else"):
        actions.decide(outcome=Outcome.GO, reason="", by=counsel)
    actions.name_decider(counsel.seat, by=world.ngo)
    waits = WorkItem.objects.get(key=f"dd:ask:{world.party('ngo').pk}:decide", closed_at=None)
    assert waits.person == counsel.user
    with pytest.raises(ValidationError, match="somebody else"):
        actions.decide(outcome=Outcome.GO, reason="", by=world.ngo)
    html = client_of(world, "ngo").get(url(world, "decision")).content.decode()
    assert str(counsel.user) in html
    assert "Take the decision" not in html
    decision = actions.decide(outcome=Outcome.GO, reason="", by=world.place(counsel.user))
    assert decision.is_go


def test_a_mandate_ends_with_its_seat_and_can_be_taken_back(world: World) -> None:
    know_everything(world)
    counsel = world.colleague("ngo")
    assert counsel.seat is not None
    actions.name_decider(counsel.seat, by=world.ngo)
    record.end_seat(counsel.seat, by=world.ngo)
    assert queries.mandate_of(world.party("ngo")) is None
    actions.name_decider(None, by=world.ngo)
    assert not DecisionMandate.objects.of(world.partnership).filter(ended_at=None).exists()
    actions.decide(outcome=Outcome.GO, reason="", by=world.ngo)


def test_who_names_the_decider_and_whom(world: World) -> None:
    assert client_of(world, "broker").get(url(world, "decider")).status_code == 403
    with pytest.raises(ValidationError, match="own side"):
        actions.name_decider(world.company.seat, by=world.ngo)
    html = client_of(world, "ngo").get(url(world, "decider")).content.decode()
    assert str(world.company.user) not in html.split("<main")[1]


def test_the_page_says_for_which_executive_it_waits(world: World) -> None:
    know_everything(world)
    lead = world.ngo
    assert lead.seat is not None
    lead.seat.level = SeatLevel.MANAGEMENT
    lead.seat.save(update_fields=["level"])
    actions.weigh_risk(
        values={**RISK, "measure": "A bypass", "owner": lead.seat, "due_on": soon()}, circle=None, by=lead
    )
    html = client_of(world, "ngo").get(url(world, "decision")).content.decode()
    assert "nobody who may decide for you is an executive" in html
    boss = world.colleague("ngo", duty=Duty.STAND_IN, level=SeatLevel.EXECUTIVE)
    html = client_of(world, "ngo").get(url(world, "decision")).content.decode()
    assert f"It waits for {boss.user}" in " ".join(html.split())
    # Stopping waits for nobody.
    actions.decide(outcome=Outcome.NOT_NOW, reason="No", by=world.ngo)


# Conditions -----------------------------------------------------------------------------------------------------------
def test_conditions_are_counted_for_who_may_read_them(world: World) -> None:
    know_everything(world)
    shared, kept = concern(world, "5.1"), concern(world, "6.1", owner="ngo")
    actions.decide(outcome=Outcome.CONDITIONS, reason="", by=world.ngo)
    [bundle] = [r for r in world.partnership.releases.all() if r.kind == "diligence.conditions"]
    said = "Of the conditions that you may read"
    assert said not in client_of(world, "company").get(url(world, "decision")).content.decode()
    open_release(bundle, by=world.company)
    assert f"{said}, 0 of 1 met" in client_of(world, "company").get(url(world, "decision")).content.decode()
    assert f"{said}, 0 of 2 met" in client_of(world, "ngo").get(url(world, "decision")).content.decode()
    assert said not in client_of(world, "broker").get(url(world, "decision")).content.decode()
    actions.finish_measure(shared, by=world.company)
    with clock.at(clock.now() + timedelta(days=61)):
        html = client_of(world, "ngo").get(url(world, "decision")).content.decode()
        assert f"{said}, 1 of 2 met" in html
        assert "1 overdue" in html
        attention.sweep()
        flag = Flag.objects.get(partnership=world.partnership, code="diligence_expired", cleared_at=None)
        # Owner of the late one is the NGO; of a condition that others cannot read no figure and no day is told.
        assert (flag.party_id, flag.high, flag.inputs) == (kept.owner.party_id, True, {"overdue": 1})


def test_a_condition_is_handed_on_and_released_to_its_new_owner(world: World) -> None:
    know_everything(world)
    measure = concern(world, owner="ngo")
    actions.decide(outcome=Outcome.CONDITIONS, reason="", by=world.ngo)
    seat = world.company.seat
    assert seat is not None
    address = url(world, "hand_on", measure.public_id)
    assert client_of(world, "company").get(address).status_code == 404
    measure.refresh_from_db()
    typed = {"owner": seat.pk, "due_on": soon(30), "version": measure.version}
    client_of(world, "ngo").post(address, typed)
    late = client_of(world, "ngo").post(address, {**typed, "due_on": soon(50)}).content.decode()
    assert f"It is {seat}’s now" in late, "a colleague was first"
    row = WorkItem.objects.get(key=f"dd:measure:{measure.pk}", closed_at=None)
    assert (row.party, row.due_on) == (world.party("company"), soon(30))
    [bundle] = [r for r in world.partnership.releases.all() if r.kind == "diligence.conditions"]
    open_release(bundle, by=world.company)
    assert Measure.objects.visible_to(world.company.user).filter(pk=measure.pk).exists()


# Events ---------------------------------------------------------------------------------------------------------------
def both_go(world: World) -> None:
    know_everything(world)
    for name in ("ngo", "company"):
        actions.decide(outcome=Outcome.GO, reason="", by=world.place(name))


def test_after_an_event_every_go_is_looked_at_again_and_opens_no_gate(world: World) -> None:
    both_go(world)
    assert condition(world.ngo, "diligence.decisions").met
    actions.start_refresh(reason=RoundReason.FATALITY, note="At the north pit", by=world.company)
    by = clock.today() + timedelta(days=45)
    decisions = queries.decisions(world.partnership)
    assert {d.again_by for d in decisions.values()} == {by}
    assert all(d.holds and not d.opens_the_gate for d in decisions.values())
    found = condition(world.ngo, "diligence.decisions")
    assert not found.met
    assert "looks again" in str(found.facts)
    assert condition(world.community, "diligence.decisions").facts == ""
    for name in ("ngo", "company"):
        item = WorkItem.objects.get(key=f"dd:ask:{world.party(name).pk}:decide", closed_at=None)
        assert item.due_on == by
        assert (
            "Something has happened since your decision"
            in client_of(world, name).get(url(world, "decision")).content.decode()
        )
    assert "looks again by" in client_of(world, "broker").get(url(world, "overview")).content.decode()
    assert "looks again by" not in client_of(world, "community").get(url(world, "overview")).content.decode()


def test_deciding_anew_takes_the_mark_away(world: World) -> None:
    both_go(world)
    actions.start_refresh(reason=RoundReason.SITE, note="", by=world.ngo)
    know_everything(world)
    for name in ("ngo", "company"):
        actions.decide(outcome=Outcome.GO, reason="", by=world.place(name))
    assert condition(world.ngo, "diligence.decisions").met
    assert not any(d.must_look_again for d in queries.decisions(world.partnership).values())


def test_not_looking_again_in_time_is_flagged_and_what_is_owed_survives_the_stage(world: World) -> None:
    from lifecycle.road.actions import move_back

    both_go(world)
    Partnership.objects.filter(pk=world.partnership.pk).update(stage=Stage.IMPLEMENTATION)
    actions.start_refresh(reason=RoundReason.OWNERSHIP, note="", by=world.ngo)
    attention.sweep()
    assert not Flag.objects.filter(code="diligence_expired", cleared_at=None).exists()
    move_back(to=Stage.AGREEMENT, reason="The terms change", by=world.ngo)
    place = world.ngo
    item = WorkItem.objects.get(key=f"dd:ask:{place.own_party.pk}:decide", closed_at=None)
    assert item.due_on == clock.today() + timedelta(days=45)
    with clock.at(clock.now() + timedelta(days=50)):
        attention.sweep()
        found = Flag.objects.filter(code="diligence_expired", cleared_at=None)
        assert {f.inputs["days"] for f in found} == {5}
        assert {f.party_id for f in found} == {p.pk for p in place.partners}
        assert "was to look again by" in client_of(world, "company").get(url(world, "decision")).content.decode()


def test_an_expired_go_is_flagged(world: World) -> None:
    both_go(world)
    with clock.at(clock.now() + timedelta(days=735)):
        attention.sweep()
        assert Flag.objects.filter(code="diligence_expired", high=True, cleared_at=None).count() == 2


def test_leads_that_change_are_offered_as_a_reason_and_nothing_is_done(world: World) -> None:
    both_go(world)
    assert queries.offered_events(world.ngo) == []
    party = world.party("company")
    Flag.objects.create(
        partnership=world.partnership, code="lead_turnover", party=party, inputs={"changes": 2},
        raised_at=clock.now() + timedelta(hours=1), shown_at=clock.now(),
    )  # fmt: skip
    [offer] = queries.offered_events(world.ngo)
    assert (offer.reason, offer.party) == (RoundReason.LEADERSHIP, party)
    assert "may be a reason to look" in client_of(world, "ngo").get(url(world, "decision")).content.decode()
    assert not any(d.must_look_again for d in queries.decisions(world.partnership).values())
    with clock.at(clock.now() + timedelta(hours=2)):
        actions.start_refresh(reason=RoundReason.LEADERSHIP, note="", by=world.ngo)
        assert queries.offered_events(world.ngo) == []


def test_query_counts_of_the_decision_do_not_grow(world: World) -> None:
    know_everything(world)

    def counted() -> dict[str, int]:
        client, found = client_of(world, "ngo"), {}
        decision = DiligenceDecision.objects.of(world.partnership).get(superseded_at=None, party=world.party("ngo"))
        for address in (url(world, "decision"), url(world, "trace"), url(world, "decided_trace", decision.public_id)):
            client.get(address)
            with CaptureQueriesContext(connection) as captured:
                client.get(address)
            found[address.replace(decision.public_id, "x")] = len(captured)
        return found

    concern(world, "5.1")
    actions.weigh_risk(values={**RISK, "residual_likelihood": 2}, circle=None, by=world.ngo)
    actions.decide(outcome=Outcome.CONDITIONS, reason="", by=world.ngo)
    one = counted()
    for code in ("6.1", "7.1"):
        concern(world, code)
        actions.weigh_risk(values={**RISK, "residual_likelihood": 2}, circle=None, by=world.ngo)
    actions.decide(outcome=Outcome.CONDITIONS, reason="", by=world.ngo)
    assert counted() == one
    assert max(one.values()) <= 30, one


# What is set after a decision ----------------------------------------------------------------------------------------
def released_measures(world: World) -> set[int]:
    return set(
        ReleaseItem.objects.filter(model="lifecycle.measure", release__partnership=world.partnership).values_list(
            "object_id", flat=True
        )
    )


def test_handing_on_one_condition_shows_no_other_measure(world: World) -> None:
    go_with_conditions(world)
    first = Measure.objects.of(world.partnership).get(code="5.1")
    private = concern(world, "6.1")
    assert released_measures(world) == {first.pk}
    seat = world.place("company").seat
    assert seat is not None
    actions.hand_on_measure(first, owner=seat, due_on=soon(70), by=world.ngo)
    actions.hand_on_measure(private, owner=seat, due_on=soon(70), by=world.ngo)
    assert released_measures(world) == {first.pk}
    assert not WorkItem.objects.filter(key=f"dd:measure:{private.pk}").exists()


def test_who_is_no_lead_asks_nothing_of_another_partner(world: World) -> None:
    go_with_conditions(world)
    measure = Measure.objects.of(world.partnership).get(code="5.1")
    member, seat = world.colleague("ngo"), world.place("company").seat
    assert seat is not None
    with pytest.raises(ValidationError, match="lead or stand-in"):
        actions.hand_on_measure(measure, owner=seat, due_on=soon(70), by=member)
    own = world.ngo.seat
    assert own is not None
    actions.hand_on_measure(measure, owner=own, due_on=soon(70), by=member)


def test_a_measure_that_is_no_condition_yet_raises_no_flag(world: World) -> None:
    go_with_conditions(world)
    concern(world, "6.1", days=1)
    with clock.at(clock.now() + timedelta(days=10)):
        attention.sweep()
        assert not Flag.objects.of(world.partnership).filter(code="diligence_expired", cleared_at=None).exists()


def test_who_decides_is_noted_for_the_partners_alone(world: World) -> None:
    seat = world.ngo.seat
    assert seat is not None
    actions.name_decider(seat, by=world.ngo)
    act = Act.objects.filter(kind="diligence.mandate").latest("pk")
    readers = set(act.circle.members.values_list("party", flat=True))
    assert readers == {world.party(name).pk for name in ("ngo", "company", "broker")}
