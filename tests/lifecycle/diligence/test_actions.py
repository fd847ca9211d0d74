from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from lifecycle.diligence import actions, queries
from lifecycle.diligence.actions import Said
from lifecycle.diligence.decision import months_later
from lifecycle.diligence.gate import missing_visits
from lifecycle.diligence.models import DiligenceAnswer, DiligenceDecision, Measure, Participation
from lifecycle.diligence.states import Level, LineKind, Outcome, PageKind, Relation, VisitKind
from lifecycle.road import registry
from partnerships import clock
from partnerships.access.actions import circle_for, circle_here, open_release, recall
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.documents import actions as documents
from partnerships.history.models import Act
from partnerships.record import actions as record
from partnerships.record.states import Duty, Function, Stage
from partnerships.record.states import Level as SeatLevel
from partnerships.work.models import WorkItem
from tests.factories import World, make_partnership

from .conftest import answer, answer_all, know_everything, release_self, soon


def waiting(world: World, prefix: str = "dd:") -> set[str]:
    return set(
        WorkItem.objects.of(world.partnership).open().filter(key__startswith=prefix).values_list("key", flat=True)
    )


def condition(place: Place, code: str) -> registry.Condition:
    return next(c for c in registry.conditions(Stage.DILIGENCE, place) if c.code == code)


# Which questions ------------------------------------------------------------------------------------------------------
def test_each_side_is_asked_by_its_kind(world: World) -> None:
    ngo, company = world.ngo, world.company
    light = {r.question.code for r in queries.checklist(ngo.own_party, ngo.own_party, ngo.partners).rows}
    assert light == {"1.1", "1.4", "2.1", "2.2", "3.1", "3.3", "4.5", "6.2", "8.1", "9.3"}
    about_company = queries.checklist(ngo.own_party, company.own_party, ngo.partners)
    assert {r.question.code for r in about_company.rows if r.owed} == {"3.2", "5.1", "5.2", "5.4", "6.1", "7.1"}
    about_ngo = queries.checklist(company.own_party, ngo.own_party, company.partners)
    assert {r.question.code for r in about_ngo.rows if r.owed} == {"3.4", "4.2"}


def test_an_authority_as_partner_gets_theme_ten(db: None) -> None:
    world = make_partnership(partners=3, stage=Stage.DILIGENCE)
    ngo, third = world.ngo, world.third
    rows = queries.checklist(ngo.own_party, third.own_party, ngo.partners).rows
    assert {r.question.code for r in rows if r.owed} == {"10.1", "10.2", "10.3"}
    assert not [r for r in queries.checklist(third.own_party, ngo.own_party, third.partners).rows if r.owed]


def test_depth_counts_once_all_agree(world: World) -> None:
    choice = actions.propose_depth(depth="standard", by=world.ngo)
    assert queries.depth_of(world.partnership) == "light"
    assert any(key.startswith("dd:depth:") for key in waiting(world))
    assert actions.agree_depth(choice, by=world.company)
    assert queries.depth_of(world.partnership) == "standard"
    ngo = world.ngo
    assert "1.3" in {r.question.code for r in queries.checklist(ngo.own_party, ngo.own_party, ngo.partners).rows}
    assert not any(key.startswith("dd:depth:") for key in waiting(world))


# Answers --------------------------------------------------------------------------------------------------------------
def test_an_answer_keeps_the_version_it_was_asked_from_and_stays_own(world: World) -> None:
    ngo = world.ngo
    answer(ngo, ngo.own_party, "2.1", Level.SOME, "The register is old.")
    found = DiligenceAnswer.objects.of(world.partnership).get()
    assert (found.library.kind, found.library.code) == ("library", "diligence")
    assert found.circle.kind == CircleKind.OWN
    for who in (world.company, world.broker, world.community, world.authority):
        assert not DiligenceAnswer.objects.visible_to(who.user).exists()


def test_does_not_apply_needs_a_reason(world: World) -> None:
    with pytest.raises(ValidationError, match="does not apply"):
        answer(world.ngo, world.party("ngo"), "2.1", Level.NA)


def test_two_people_on_one_screen(world: World) -> None:
    ngo = world.ngo
    version = actions.save_answers(about=ngo.own_party, said={"2.1": Said(Level.SOME, "a")}, seen=0, by=ngo)
    assert version == 1
    with pytest.raises(ValidationError) as caught:
        actions.save_answers(about=ngo.own_party, said={"2.1": Said(Level.NONE)}, seen=0, by=world.colleague("ngo"))
    assert caught.value.code == "stale"
    assert DiligenceAnswer.objects.of(world.partnership).get().level == Level.SOME


def test_saving_the_same_again_changes_nothing(world: World) -> None:
    ngo = world.ngo
    first = actions.save_answers(about=ngo.own_party, said={"2.1": Said("none")}, seen=0, by=ngo)
    again = actions.save_answers(about=ngo.own_party, said={"2.1": Said("none")}, seen=first, by=ngo)
    assert first == again


def test_others_read_what_was_released_not_what_is_typed_later(world: World) -> None:
    ngo, company = world.ngo, world.company
    answer(ngo, ngo.own_party, "2.1", Level.SOME, "As released.")
    bundle = release_self(ngo)
    assert not queries.read_checklist(company, ngo.own_party, ngo.own_party)
    open_release(bundle, by=company)
    answer(ngo, ngo.own_party, "2.1", Level.SERIOUS, "Half a thou")
    [theme] = queries.read_checklist(company, ngo.own_party, ngo.own_party)
    assert theme.rows[0].answer is not None
    assert theme.rows[0].answer.text == "As released."
    assert [a.text for a in queries.checklist(ngo.own_party, ngo.own_party, ngo.partners).unreleased] == ["Half a thou"]
    open_release(release_self(ngo), by=company)
    [theme] = queries.read_checklist(company, ngo.own_party, ngo.own_party)
    assert theme.rows[0].answer is not None
    assert theme.rows[0].answer.text == "Half a thou"


def test_recalled_before_it_was_opened(world: World) -> None:
    ngo = world.ngo
    answer(ngo, ngo.own_party, "2.1")
    bundle = release_self(ngo)
    open_release(bundle, by=world.broker)
    recall(bundle, by=ngo)
    with pytest.raises(ValidationError):
        open_release(bundle, by=world.company)
    assert queries.read_checklist(world.broker, ngo.own_party, ngo.own_party)
    assert not queries.read_checklist(world.company, ngo.own_party, ngo.own_party)


def test_withdrawn_answers_leave_others_pages_and_can_be_shown_again(world: World) -> None:
    ngo, company = world.ngo, world.company
    answer(ngo, ngo.own_party, "2.1", text="First words.")
    open_release(release_self(ngo), by=company)
    assert actions.withdraw_checklist(about=ngo.own_party, by=ngo) == 1
    assert not queries.read_checklist(company, ngo.own_party, ngo.own_party)
    open_release(release_self(ngo), by=company)
    assert queries.read_checklist(company, ngo.own_party, ngo.own_party)


def test_released_to_the_broker_in_caucus_only(world: World) -> None:
    ngo = world.ngo
    answer(ngo, world.party("company"), "5.2", Level.SERIOUS, "Heard in the village.")
    bundle = actions.release_checklist(
        about=world.party("company"), to=circle_here(ngo, CircleKind.CAUCUS), with_documents=False, by=ngo
    )
    with pytest.raises(ValidationError):
        open_release(bundle, by=world.company)
    open_release(bundle, by=world.broker)
    assert queries.read_checklist(world.broker, ngo.own_party, world.party("company"))
    assert not queries.released_checklists(world.company)


def test_documents_go_out_with_the_checklist_if_wanted(world: World) -> None:
    ngo, company = world.ngo, world.company
    seen = documents.note_seen(
        partnership=world.partnership, circle=circle_here(ngo, CircleKind.OWN), by=ngo, title="Delegation chart",
        seen_by="A lead", seen_on=clock.today(), held_at="Head office",
    )  # fmt: skip
    answer(ngo, ngo.own_party, "2.1")
    actions.cite(about=ngo.own_party, code="2.1", documents=[seen], by=ngo)
    open_release(release_self(ngo), by=company)
    [theme] = queries.read_checklist(company, ngo.own_party, ngo.own_party)
    assert [c.document.title for c in theme.rows[0].citations] == ["Delegation chart"]


def test_a_cited_document_is_not_deleted(world: World) -> None:
    ngo = world.ngo
    talk = documents.note_conversation(
        partnership=world.partnership, circle=circle_here(ngo, CircleKind.OWN), by=ngo, title="Call",
        talked_with="Their lawyer", talked_on=clock.today(),
    )  # fmt: skip
    actions.cite(about=ngo.own_party, code="3.1", documents=[talk], by=ngo)
    with pytest.raises(ValidationError, match="points at this document"):
        documents.withdraw_document(talk, by=ngo)
    actions.cite(about=ngo.own_party, code="3.1", documents=[], by=ngo)
    assert documents.withdraw_document(talk, by=ngo)


# Work -----------------------------------------------------------------------------------------------------------------
def test_the_stage_asks_and_answers_close(world: World) -> None:
    ngo, company = world.ngo.own_party.pk, world.company.own_party.pk
    assert waiting(world, "dd:ask:") == {
        f"dd:ask:{ngo}:{ngo}", f"dd:ask:{ngo}:{company}", f"dd:ask:{ngo}:decide",
        f"dd:ask:{company}:{ngo}", f"dd:ask:{company}:{company}", f"dd:ask:{company}:decide",
    }  # fmt: skip
    answer_all(world.ngo, world.party("ngo"))
    assert f"dd:ask:{ngo}:{ngo}" not in waiting(world)
    looks = WorkItem.objects.get(key=f"dd:ask:{ngo}:{company}")
    assert not WorkItem.objects.visible_to(world.company.user).filter(pk=looks.pk).exists()
    assert Act.objects.filter(kind="diligence.finished").count() == 1


def test_before_the_stage_nothing_is_asked(db: None) -> None:
    assert not waiting(make_partnership())


# Deciding -------------------------------------------------------------------------------------------------------------
def test_undecided_until_everything_critical_is_known(world: World) -> None:
    ngo = world.ngo
    for about in ngo.partners:
        answer_all(ngo, about)
    assert queries.basis_of(ngo.own_party, ngo.partners).evaluation.outcome == Outcome.UNDECIDED
    with pytest.raises(ValidationError, match="not known yet"):
        actions.decide(outcome=Outcome.GO, reason="", by=ngo)
    answer_all(world.company, world.party("company"))
    bundle = release_self(world.company)
    assert queries.basis_of(ngo.own_party, ngo.partners).evaluation.outcome == Outcome.UNDECIDED
    open_release(bundle, by=world.ngo)
    assert queries.basis_of(ngo.own_party, ngo.partners).evaluation.outcome == Outcome.GO


def test_ones_own_view_of_the_other_counts_before_what_it_says(world: World) -> None:
    know_everything(world)
    ngo = world.ngo
    answer(ngo, world.party("company"), "3.1", Level.SERIOUS)
    assert queries.basis_of(ngo.own_party, ngo.partners).evaluation.outcome == Outcome.NOT_NOW
    company = world.company
    assert queries.basis_of(company.own_party, company.partners).evaluation.outcome == Outcome.GO


def test_a_go_is_shared_its_reason_is_not(world: World) -> None:
    know_everything(world)
    decision = actions.decide(outcome=Outcome.GO, reason="We like them.", by=world.ngo)
    assert decision.expires_on == months_later(decision.decided_on, 24)
    for who in (world.company, world.broker):
        assert DiligenceDecision.objects.visible_to(who.user).get() == decision
        assert not type(decision.reason).objects.visible_to(who.user).exists()
    for who in (world.community, world.authority):
        assert not DiligenceDecision.objects.visible_to(who.user).exists()
    ngo = world.ngo.own_party.pk
    assert f"dd:expiry:{ngo}" in waiting(world)
    assert WorkItem.objects.get(key=f"dd:expiry:{ngo}").due_on == decision.expires_on
    assert not condition(world.ngo, "diligence.decisions").met
    actions.decide(outcome=Outcome.GO, reason="", by=world.company)
    assert condition(world.ngo, "diligence.decisions").met
    with clock.at(clock.now() + timedelta(days=800)):
        assert not condition(world.ngo, "diligence.decisions").met


def test_not_now_is_told_as_not_pursued(world: World) -> None:
    ngo = world.ngo
    with pytest.raises(ValidationError, match="Write down why"):
        actions.decide(outcome=Outcome.NOT_NOW, reason=" ", by=ngo)
    decision = actions.decide(outcome=Outcome.NOT_NOW, reason="We do not trust the dam.", by=ngo)
    assert decision.shared_text == "Not pursued"
    assert "not pursued" in str(condition(world.company, "diligence.decisions").facts)
    assert condition(world.community, "diligence.decisions").facts == ""
    assert not condition(world.ngo, "diligence.decisions").waivable


def test_a_measure_of_who_left_waits_for_the_side(world: World) -> None:
    know_everything(world)
    ngo, company = world.ngo, world.party("company")
    answer(ngo, company, "5.4", Level.SOME)
    owner = world.colleague("company")
    assert owner.seat is not None
    measure = actions.set_measure(
        about=company, code="5.4", text="Audit", owner=owner.seat, by=ngo, due_on=soon(), board_on=clock.today()
    )
    record.end_seat(owner.seat, by=world.company)
    actions.decide(outcome=Outcome.CONDITIONS, reason="", by=ngo)
    row = WorkItem.objects.get(key=f"dd:measure:{measure.pk}")
    assert (row.party, row.person) == (company, None)


def test_concerns_need_measures_and_stops_the_board(world: World) -> None:
    know_everything(world)
    ngo, company = world.ngo, world.party("company")
    answer(ngo, company, "5.4", Level.SOME)
    with pytest.raises(ValidationError, match="Each concern needs its measure"):
        actions.decide(outcome=Outcome.CONDITIONS, reason="", by=ngo)
    owner = world.company.seat
    assert owner is not None
    set_it = {"about": company, "code": "5.4", "text": "Audit of suppliers", "owner": owner, "by": ngo}
    actions.set_measure(**set_it, due_on=soon(), board_on=None)
    with pytest.raises(ValidationError, match="Each concern"):
        actions.decide(outcome=Outcome.CONDITIONS, reason="", by=ngo)
    measure = actions.set_measure(**set_it, due_on=soon(), board_on=clock.today())
    with pytest.raises(ValidationError, match="with conditions"):
        actions.decide(outcome=Outcome.GO, reason="", by=ngo)
    assert not Measure.objects.visible_to(world.company.user).exists()
    actions.decide(outcome=Outcome.CONDITIONS, reason="", by=ngo)
    row = WorkItem.objects.get(key=f"dd:measure:{measure.pk}")
    assert (row.party, row.person, row.due_on) == (company, world.company.user, measure.due_on)
    assert not WorkItem.objects.visible_to(world.broker.user).filter(pk=row.pk).exists()
    [bundle] = [r for r in world.partnership.releases.all() if r.kind == "diligence.conditions"]
    assert not Measure.objects.visible_to(world.company.user).exists()
    open_release(bundle, by=world.company)
    assert Measure.objects.visible_to(world.company.user).count() == 2
    actions.finish_measure(measure, by=world.company)
    row.refresh_from_db()
    assert row.closed_at is not None


RISK = {
    "text": "Trucks in the village", "to_whom": "people", "likelihood": 4, "impact": 5, "measure": "", "owner": None,
    "due_on": None, "residual_likelihood": 4, "residual_impact": 4,
}  # fmt: skip


def test_a_high_risk_is_decided_by_an_executive(world: World) -> None:
    know_everything(world)
    lead = world.ngo
    assert lead.seat is not None
    risk = actions.weigh_risk(
        values={**RISK, "measure": "A bypass", "owner": lead.seat, "due_on": soon()}, circle=None, by=lead
    )
    assert f"dd:risk:{risk.pk}" in waiting(world)
    stand_in = world.colleague("ngo", duty=Duty.STAND_IN, level=SeatLevel.MANAGEMENT)
    with pytest.raises(ValidationError, match="executive"):
        actions.decide(outcome=Outcome.CONDITIONS, reason="", by=stand_in)
    boss = world.colleague("ngo", duty=Duty.STAND_IN, level=SeatLevel.EXECUTIVE)
    decision = actions.decide(outcome=Outcome.CONDITIONS, reason="", by=boss)
    assert decision.expires_on == months_later(decision.decided_on, 12)
    actions.weigh_risk(values={**RISK, "residual_impact": 5}, circle=None, by=world.ngo, risk=risk, seen=risk.version)
    assert f"dd:risk:{risk.pk}" not in waiting(world)
    assert queries.basis_of(lead.own_party, lead.partners).evaluation.outcome == Outcome.NOT_NOW


def test_an_own_risk_is_not_the_others_and_its_owner_must_read_it(world: World) -> None:
    actions.weigh_risk(values=RISK, circle=None, by=world.ngo)
    assert queries.risks_of(world.party("ngo"))
    assert not queries.risks_of(world.party("company"))
    with pytest.raises(ValidationError, match="cannot read"):
        actions.weigh_risk(
            values={**RISK, "measure": "x", "owner": world.company.seat, "due_on": soon()}, circle=None, by=world.ngo
        )
    with pytest.raises(ValidationError, match="needs an owner"):
        actions.weigh_risk(values={**RISK, "measure": "x"}, circle=None, by=world.ngo)


def test_a_stale_risk_is_not_overwritten(world: World) -> None:
    risk = actions.weigh_risk(values=RISK, circle=None, by=world.ngo)
    actions.weigh_risk(values={**RISK, "text": "newer"}, circle=None, by=world.ngo, risk=risk, seen=1)
    with pytest.raises(ValidationError) as caught:
        actions.weigh_risk(values={**RISK, "text": "older"}, circle=None, by=world.ngo, risk=risk, seen=1)
    assert caught.value.code == "stale"


# The gate -------------------------------------------------------------------------------------------------------------
def hold_visit(world: World, host: str | None, *guests: str, kind: str = VisitKind.VISIT) -> None:
    by = world.place(guests[0])
    visit = actions.plan_visit(
        kind=kind, host=world.party(host) if host else None, on=clock.today(), where="Tandi site",
        circle=circle_here(by, CircleKind.PARTNERS), by=by,
    )  # fmt: skip
    seats = [world.place(name).seat for name in {*guests, *([host] if host else [])}]
    actions.write_up_visit(
        visit, seats=[s for s in seats if s], on=clock.today(), met="Women's group", learned="Dust.", by=by
    )


def test_visits_go_each_way(world: World) -> None:
    assert set(condition(world.ngo, "diligence.visits").waiting_for) == {
        world.party("ngo").pk,
        world.party("company").pk,
    }
    hold_visit(world, "company", "ngo")
    assert condition(world.ngo, "diligence.visits").waiting_for == (world.party("company").pk,)
    hold_visit(world, "ngo", "company")
    assert condition(world.ngo, "diligence.visits").met


def test_a_visit_that_not_every_partner_reads_moves_nothing(world: World) -> None:
    """Else the gate would tell a partner of a visit that it may not know of."""
    world.bring("third")
    for kind in (CircleKind.CAUCUS, CircleKind.CHOSEN):
        by = world.ngo
        circle = circle_for(
            world.partnership, kind, party=by.own_party, parties=[by.own_party, world.party("company")]
        )  # fmt: skip
        visit = actions.plan_visit(
            kind=VisitKind.VISIT,
            host=world.party("company"),
            on=clock.today(),
            where="Tandi site",
            circle=circle,
            by=by,
        )
        before = condition(world.third, "diligence.visits")
        seats = [world.place(name).seat for name in ("ngo", "company")]
        actions.write_up_visit(visit, seats=[s for s in seats if s], on=clock.today(), met="", learned="", by=by)
        for reader in ("third", "ngo", "company"):
            after = condition(world.place(reader), "diligence.visits")
            assert (after.met, after.facts, after.waiting_for) == (before.met, before.facts, before.waiting_for)
    assert "Sahel Futures has not been to Corvane Gold yet" in before.facts
    assert "Visits count that all partners can read." in before.facts
    hold_visit(world, "company", "ngo")
    assert "Sahel Futures has not been to Corvane Gold yet" not in condition(world.third, "diligence.visits").facts


def test_one_joint_visit_is_enough_where_one_is_small(world: World) -> None:
    hold_visit(world, None, "ngo", "company", kind=VisitKind.JOINT)
    assert not condition(world.ngo, "diligence.visits").met
    organisation = world.party("ngo").organisation
    organisation.is_small = True
    organisation.save(update_fields=["is_small"])
    assert condition(world.ngo, "diligence.visits").met


def test_every_pair_of_three_partners_meets(db: None) -> None:
    world = make_partnership(partners=3, stage=Stage.DILIGENCE)
    a, b, c = world.ngo.partners
    everybody = [(a.pk, {b.pk, c.pk}), (b.pk, {a.pk, c.pk}), (c.pk, {a.pk, b.pk})]
    assert missing_visits([a, b, c], everybody) == []
    assert missing_visits([a, b, c], everybody[:2]) == [(a, c), (b, c)]


def test_a_planned_visit_stands_in_the_calendar_and_cannot_be_written_up_before(world: World) -> None:
    ngo = world.ngo
    visit = actions.plan_visit(
        kind=VisitKind.VISIT, host=world.party("company"), on=soon(10), where="Tandi site",
        circle=circle_here(ngo, CircleKind.PARTNERS), by=ngo,
    )  # fmt: skip
    assert WorkItem.objects.get(key=f"dd:visit:{visit.pk}").is_event
    with pytest.raises(ValidationError, match="not come yet"):
        actions.write_up_visit(visit, seats=[], on=soon(10), met="", learned="x", by=ngo)
    assert ngo.seat
    with pytest.raises(ValidationError, match="two partners"):
        actions.write_up_visit(visit, seats=[ngo.seat], on=clock.today(), met="", learned="x", by=ngo)


def test_functions_that_took_part(world: World) -> None:
    functions = (Function.OPERATIONS, Function.LEGAL)
    for name in ("ngo", "company"):
        answer(world.place(name), world.party(name), "2.1")
        for function in functions:
            assert not condition(world.ngo, "diligence.functions").met
            answer(world.colleague(name, function=function), world.party(name), "2.2", text=function)
    assert condition(world.ngo, "diligence.functions").met
    assert Participation.objects.count() == 6


def test_goals_are_compared_talked_through_and_agreed_as_they_stand(world: World) -> None:
    for name in ("ngo", "company"):
        for kind in (LineKind.GOAL, LineKind.VALUE, LineKind.RED_LINE):
            actions.add_line(kind=kind, text=f"{kind} of {name}", by=world.place(name))
    place = world.ngo
    assert "6 lines are not discussed" in str(condition(place, "diligence.goals").facts)
    page = queries.shared_page(world.partnership, PageKind.GOALS, place.partners)
    assert page is not None
    for line in queries.lines_of(page):
        actions.change_line(line, by=world.company, relation=Relation.COMPATIBLE)
    with pytest.raises(ValidationError) as caught:
        actions.agree_page(page, seen=page.version, by=world.ngo)
    assert caught.value.code == "stale"
    page.refresh_from_db()
    actions.agree_page(page, seen=page.version, by=world.ngo)
    assert condition(place, "diligence.goals").waiting_for == (world.party("company").pk,)
    assert f"dd:agree:goals:{world.party('company').pk}" in waiting(world)
    actions.agree_page(page, seen=page.version, by=world.company)
    assert condition(place, "diligence.goals").met
    actions.add_line(kind=LineKind.GOAL, text="One more", by=world.ngo)
    assert not condition(place, "diligence.goals").met


def test_only_whose_line_it_is_changes_its_words(world: World) -> None:
    line = actions.add_line(kind=LineKind.GOAL, text="Water", by=world.ngo)
    with pytest.raises(ValidationError):
        actions.change_line(line, by=world.company, text="Gold")
    with pytest.raises(ValidationError):
        actions.remove_line(line, by=world.company)


def test_next_steps_need_an_owner_a_date_and_a_yes(world: World) -> None:
    with pytest.raises(ValidationError, match="owner and a date"):
        actions.add_line(kind=LineKind.STEP, text="Draft the MOU", by=world.ngo)
    actions.add_line(kind=LineKind.STEP, text="Draft the MOU", by=world.ngo, owner=world.ngo.seat, due_on=soon())
    page = queries.shared_page(world.partnership, PageKind.STEPS, world.ngo.partners)
    assert page is not None
    for name in ("ngo", "company"):
        assert not condition(world.ngo, "diligence.steps").met
        actions.agree_page(page, seen=page.version, by=world.place(name))
    assert condition(world.ngo, "diligence.steps").met


def test_the_whole_gate_asks_few_questions(world: World, django_assert_max_num_queries: Any) -> None:
    know_everything(world)
    hold_visit(world, "company", "ngo")
    place = world.ngo
    with django_assert_max_num_queries(7):
        found = registry.conditions(Stage.DILIGENCE, place)
    assert [c.code for c in found] == [
        "diligence.functions", "diligence.visits", "diligence.goals", "diligence.steps", "diligence.decisions",
    ]  # fmt: skip
