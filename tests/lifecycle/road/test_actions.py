"""Moving along the road: all consent to go forward, one alone may stop."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lifecycle.road import actions, queries, registry, tasks
from lifecycle.road.models import Move, OpenPoint, Proposal, Statement
from lifecycle.road.registry import Condition
from lifecycle.road.states import FORWARD, NOT_PURSUED_FROM, RULES, MoveKind, earlier
from partnerships import clock
from partnerships.access.places import Place
from partnerships.history import triggers
from partnerships.portfolio.models import Summary
from partnerships.record.models import Seat
from partnerships.record.states import STAGES, Stage, Standing
from partnerships.work.models import WorkItem
from tests.factories import World, make_partnership, sign_in

pytestmark = pytest.mark.django_db


class Gates:
    """The conditions of this test's gates: what is met is the test's to say."""

    def __init__(self) -> None:
        self.open: dict[str, bool] = {"plan": True}
        self.waivable = True

    def __call__(self, place: Place) -> list[Condition]:
        return [
            Condition(code=code, title=code, met=met, waivable=self.waivable, lessons=("DD1",))
            for code, met in self.open.items()
        ]


@pytest.fixture
def gates(monkeypatch: pytest.MonkeyPatch) -> Gates:
    found = Gates()
    monkeypatch.setattr(registry, "_gates", {stage: [found] for stage in FORWARD})
    return found


def test_the_next_stage_opens_with_the_last_partners_consent(gates: Gates) -> None:
    world = make_partnership(partners=3, broker=True)
    actions.propose_forward(by=world.ngo)
    asked = {w.party_id for w in WorkItem.objects.open().filter(kind="road.consent")}
    assert asked == {world.party("company").pk, world.party("third").pk}
    proposal = Proposal.objects.get()
    assert not actions.consent(proposal, by=world.company)
    assert world.place("ngo").partnership.stage == Stage.SCOPING
    assert actions.consent(proposal, by=world.third)
    assert world.place("ngo").partnership.stage == Stage.DILIGENCE
    assert not WorkItem.objects.open().filter(kind="road.consent").exists()
    assert set(Summary.objects.values_list("stage", flat=True)) == {Stage.DILIGENCE}


def test_two_partners_pressing_at_once_move_once(gates: Gates) -> None:
    world = make_partnership()
    ngo, company = world.ngo, world.company
    actions.propose_forward(by=ngo)
    actions.propose_forward(by=company)
    assert Move.objects.filter(kind=MoveKind.FORWARD).count() == 1
    assert Proposal.objects.count() == 1
    stale = world.ngo
    stale.partnership.stage = Stage.SCOPING
    with pytest.raises(ValidationError):
        actions.propose_forward(by=stale)


def test_a_gate_that_does_not_pass_holds_proposal_and_consent(gates: Gates) -> None:
    world = make_partnership()
    gates.open["plan"] = False
    with pytest.raises(ValidationError, match="plan"):
        actions.propose_forward(by=world.ngo)
    gates.open["plan"] = True
    proposal = actions.propose_forward(by=world.ngo)
    gates.open["plan"] = False
    with pytest.raises(ValidationError, match="plan"):
        actions.consent(proposal, by=world.company)
    assert not proposal.consents.filter(party=world.party("company")).exists()


def test_going_on_with_an_open_point_needs_each_executive_a_reason_and_an_end(gates: Gates) -> None:
    world = make_partnership()
    gates.open["plan"] = False
    until = clock.today() + timedelta(days=30)
    point = actions.ask_open_point(condition="plan", reason="The rains.", until=until, by=world.ngo)
    assert not any(c.waived for c in queries.conditions_of(world.ngo))
    for side in ("ngo", "company"):
        actions.agree_open_point(point, by=world.colleague(side, level="executive"))
    assert all(c.passes for c in queries.conditions_of(world.ngo))
    assert WorkItem.objects.open().get(kind="road.open_point").due_on == until
    with clock.at(clock.now() + timedelta(days=31)):
        assert not any(c.waived for c in queries.conditions_of(world.ngo))


def test_some_conditions_allow_no_open_point(gates: Gates) -> None:
    world = make_partnership()
    gates.open["plan"], gates.waivable = False, False
    with pytest.raises(ValidationError):
        actions.ask_open_point(condition="plan", reason="Hurry.", until=clock.today() + timedelta(days=3), by=world.ngo)
    assert not OpenPoint.objects.of(world.partnership).exists()


def test_one_alone_suspends_with_a_reason_that_others_read_and_all_resume() -> None:
    world = make_partnership(community=True)
    with pytest.raises(ValidationError):
        actions.put_on_hold(reason=" ", by=world.company)
    actions.put_on_hold(reason="Our board meets in May.", by=world.company)
    assert world.ngo.partnership.standing == Standing.ON_HOLD
    assert Statement.objects.visible_to(world.ngo.user).exists()
    assert not Statement.objects.visible_to(world.community.user).exists()
    proposal = actions.propose_resume(by=world.ngo)
    assert world.ngo.partnership.standing == Standing.ON_HOLD
    assert actions.consent(proposal, by=world.company)
    assert world.ngo.partnership.standing == Standing.ACTIVE


def test_each_partner_files_its_own_statement_once_on_what_another_did_alone(client: Client) -> None:
    world = make_partnership(broker=True, community=True)
    page = f"/p/{world.pid}/moves/statement/"
    assert sign_in(client, world.ngo).get(page).status_code == 302
    actions.end_alone(reason="The board has changed.", by=world.company)
    assert sign_in(client, world.broker).get(page).status_code == 403
    assert sign_in(client, world.company).get(page).status_code == 302
    sign_in(client, world.ngo)
    assert "File your own statement" in client.get(f"/p/{world.pid}/moves/").content.decode()
    assert client.post(page, {"text": " "}).status_code == 200
    assert client.post(page, {"text": "We would have gone on."}).status_code == 302
    assert client.post(page, {"text": "And more."}).status_code == 302
    assert Statement.objects.of(world.partnership).count() == 2
    for side, reads in (("company", True), ("broker", True), ("community", False)):
        said = sign_in(client, world.place(side)).get(f"/p/{world.pid}/moves/").content.decode()
        assert ("We would have gone on." in said) == reads, side
    with pytest.raises(ValidationError, match="already"):
        actions.file_statement(Move.objects.get(kind="end"), text="Twice.", by=world.ngo)


def test_reasons_for_not_pursuing_stay_on_the_own_side() -> None:
    world = make_partnership(broker=True)
    actions.not_pursue(reason="We do not trust the numbers.", by=world.company)
    assert world.ngo.partnership.standing == Standing.NOT_PURSUED
    assert Statement.objects.visible_to(world.company.user).exists()
    assert not Statement.objects.visible_to(world.ngo.user).exists()
    assert not Statement.objects.visible_to(world.broker.user).exists()
    assert not WorkItem.objects.open().of(world.partnership).exists()


def test_of_three_partners_one_ends_alone_and_two_go_on() -> None:
    world = make_partnership(partners=3)
    actions.end_alone(reason="Elections.", by=world.third)
    assert world.ngo.partnership.standing == Standing.ACTIVE
    assert world.third.own_party.left_on is not None
    assert [p.name for p in world.ngo.partners] == ["Sahel Futures", "Corvane Gold"]
    assert not WorkItem.objects.open().filter(party=world.party("third")).exists()
    actions.end_alone(reason="Without them we cannot.", by=world.company)
    assert world.ngo.partnership.standing == Standing.ENDED


def test_moving_back_keeps_everything_and_asks_the_gate_again(gates: Gates) -> None:
    world = make_partnership(stage="agreement")
    with pytest.raises(ValidationError):
        actions.move_back(to=Stage.IMPLEMENTATION, reason="?", by=world.ngo)
    actions.move_back(to=Stage.SCOPING, reason="New owner.", by=world.ngo)
    assert world.ngo.partnership.stage == Stage.SCOPING
    assert [m.kind for m in Move.objects.order_by("pk")] == ["opened", "back"]


def test_a_record_opened_half_way_says_so() -> None:
    world = make_partnership(stage="implementation")
    stops = queries.road_of(world.ngo)
    assert [s.before_record for s in stops] == [True, True, True, False, False, False]
    assert stops[3].state == "now"


def test_each_stop_says_when_it_was_since_when_it_is_and_when_it_is_planned(gates: Gates) -> None:
    with clock.at(datetime(2027, 3, 1, 9, tzinfo=UTC)):
        world = make_partnership()
        assert queries.road_of(world.ngo)[0].text == "Since today"
    with clock.at(datetime(2027, 4, 1, 9, tzinfo=UTC)):
        actions.set_target(stage=Stage.AGREEMENT, on=date(2027, 9, 1), by=world.ngo)
        assert queries.road_of(world.ngo)[0].text == "Since 1 Mar, 31 days"
        actions.propose_forward(by=world.ngo)
        actions.propose_forward(by=world.company)
    with clock.at(datetime(2027, 4, 11, 9, tzinfo=UTC)):
        assert [s.text for s in queries.road_of(world.ngo)][:4] == [
            "1 Mar to 1 Apr",
            "Since 1 Apr, 10 days",
            "Planned 1 Sep",
            "",
        ]


def test_met_conditions_fold_and_everybody_who_is_waited_for_is_named(client: Client, gates: Gates) -> None:
    world = make_partnership(partners=3)
    company, third = world.party("company"), world.party("third")
    rows = [Condition(code=f"m{n}", title=f"Met {n}", met=True) for n in range(4)]
    rows += [Condition(code="open", title="Plan", met=False, waiting_for=(company.pk, third.pk), lessons=("DD1",))]
    registry._gates[Stage.SCOPING] = [lambda place: rows]
    page = sign_in(client, world.ngo).get(f"/p/{world.pid}/gate/").content.decode()
    holds = page[page.index('id="conditions"') :]
    assert "4 conditions are met" in holds
    for name in (company.name, third.name):
        assert name in holds[: holds.index("4 conditions are met")]


@pytest.mark.parametrize("verb", ["update", "delete"])
def test_the_database_refuses_to_change_a_move(verb: str) -> None:
    world = make_partnership()
    rows = Move.objects.filter(partnership=world.partnership)
    with pytest.raises(DatabaseError, match=triggers.REFUSAL), transaction.atomic():
        rows.update(kind="end") if verb == "update" else rows._raw_delete("default")
    assert rows.exists()


def test_target_dates_move_their_reminder() -> None:
    world = make_partnership()
    first, second = clock.today() + timedelta(days=60), clock.today() + timedelta(days=90)
    actions.set_target(stage=Stage.DILIGENCE, on=first, by=world.ngo)
    actions.set_target(stage=Stage.DILIGENCE, on=second, by=world.company)
    assert [w.due_on for w in WorkItem.objects.open().filter(kind="road.target")] == [second]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(STAGES), st.sampled_from(list(Standing.values)), st.sampled_from(list(MoveKind.values)))
def test_the_table_of_moves_is_whole(stage: str, standing: str, kind: str) -> None:
    """From no closed standing does any move lead on; back leads only back; the road never skips."""
    if kind in RULES and standing in {Standing.ENDED, Standing.NOT_PURSUED, Standing.CLOSED}:
        assert standing not in RULES[kind].from_standing
    assert all(STAGES.index(s) < STAGES.index(stage) for s in earlier(stage))
    if stage in FORWARD:
        assert STAGES.index(FORWARD[stage]) == STAGES.index(stage) + 1
    assert set(NOT_PURSUED_FROM) < set(FORWARD)


def test_the_gate_in_the_browser(client: Client, gates: Gates) -> None:
    world = make_partnership(broker=True)
    url = f"/p/{world.pid}/gate/"
    sign_in(client, world.ngo).post(url + "forward/")
    assert "Agreed" in client.get(url).content.decode()
    assert sign_in(client, world.broker).post(url + "forward/").status_code == 403
    sign_in(client, world.company)
    proposal = Proposal.objects.get()
    client.post(f"{url}consent/{proposal.public_id}/")
    assert world.ngo.partnership.stage == Stage.DILIGENCE
    for page in ("back/", "hold/", "end/", "not-pursued/", "target/", "moves/"):
        assert client.get(f"/p/{world.pid}/{page}").status_code == 200, page
    refused = client.post(f"/p/{world.pid}/end/", {"reason": ""})
    assert refused.status_code == 200
    client.post(f"/p/{world.pid}/hold/", {"reason": "A strike at the site."})
    assert "A strike at the site." in client.get(f"/p/{world.pid}/moves/").content.decode()


@pytest.mark.django_db
def test_behind_a_stage_nobody_is_waited_for() -> None:
    world = make_partnership(stage="diligence")
    asked = registry.conditions("diligence", world.ngo)
    assert any(c.waiting_for for c in asked)
    behind = registry.conditions("scoping", world.ngo)
    assert any(not c.met for c in behind)
    assert not any(c.waiting_for for c in behind)


def test_who_left_counts_no_more_however_old_the_page(gates: Gates) -> None:
    """Pages opened while three were in: the second to end ends it all, and a second press changes nothing."""
    world = make_partnership(partners=3)
    ngo, company, third = world.ngo, world.company, world.third
    actions.end_alone(reason="Elections.", by=third)
    with pytest.raises(ValidationError, match="left"):
        actions.end_alone(reason="Elections.", by=third)
    with pytest.raises(ValidationError, match="left"):
        actions.put_on_hold(reason="Elections.", by=third)
    assert ngo.partnership.standing == Standing.ACTIVE
    actions.end_alone(reason="Without them we cannot.", by=company)
    assert world.ngo.partnership.standing == Standing.ENDED
    assert Move.objects.filter(kind=MoveKind.END).count() == 2


def test_those_who_may_decide_on_an_open_point_are_asked(gates: Gates, client: Client) -> None:
    """An executive by name; a side that has none as a whole, since its lead can seat one."""
    world = make_partnership()
    gates.open["plan"] = False
    decides = world.colleague("company", level="executive")
    lead = world.company
    assert lead.seat is not None
    Seat.objects.filter(pk__in=[lead.seat.pk, world.ngo.seat.pk]).update(level="management")  # type: ignore[union-attr]
    until = clock.today() + timedelta(days=30)
    point = actions.ask_open_point(condition="plan", reason="The rains.", until=until, by=world.ngo)
    asked = WorkItem.objects.open().filter(kind="road.agree_open_point")
    assert asked.waiting_for(decides.user).exists()
    assert not asked.waiting_for(lead.user).exists()
    assert asked.waiting_for(world.ngo.user).exists()
    assert "Agree to go on" in sign_in(client, decides).get(f"/p/{world.pid}/gate/").content.decode()
    actions.agree_open_point(point, by=world.place(decides.user))
    assert not asked.filter(party=world.party("company")).exists()


def gone_on(world: World, gates: Gates) -> OpenPoint:
    """Both sides have gone on to the next stage with one condition open."""
    gates.open["plan"] = False
    until = clock.today() + timedelta(days=30)
    point = actions.ask_open_point(condition="plan", reason="The rains.", until=until, by=world.ngo)
    for side in ("ngo", "company"):
        actions.agree_open_point(point, by=world.colleague(side, level="executive"))
    for side in ("ngo", "company"):
        actions.propose_forward(by=world.place(side))
    assert world.ngo.partnership.stage == Stage.DILIGENCE
    return point


def owed() -> list[str]:
    kinds = ("road.open_point", "road.agree_open_point")
    return list(WorkItem.objects.open().filter(kind__in=kinds).values_list("kind", flat=True))


def test_an_open_point_is_owed_until_its_condition_is_met(gates: Gates) -> None:
    world = make_partnership()
    point = gone_on(world, gates)
    tasks.sweep()
    assert owed() == ["road.open_point"]
    gates.open["plan"] = True
    assert tasks.sweep() == 1
    assert owed() == []
    point.refresh_from_db()
    assert point.closed_at is not None
    assert tasks.sweep() == 0


def test_an_open_point_ends_with_its_record(gates: Gates) -> None:
    world = make_partnership()
    point = gone_on(world, gates)
    actions.end_alone(reason="Elections.", by=world.ngo)
    tasks.sweep()
    point.refresh_from_db()
    assert point.closed_at is not None


def test_nobody_is_asked_for_a_yes_whose_time_is_over(gates: Gates) -> None:
    world = make_partnership()
    gates.open["plan"] = False
    until = clock.today() + timedelta(days=3)
    actions.ask_open_point(condition="plan", reason="The rains.", until=until, by=world.ngo)
    tasks.sweep()
    assert "road.agree_open_point" in owed()
    with clock.at(clock.now() + timedelta(days=5)):
        tasks.sweep()
    assert owed() == []
