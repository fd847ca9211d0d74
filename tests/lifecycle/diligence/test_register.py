"""The register of risks: people first, the picture, the history of moves, and that it goes along the whole road."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lifecycle.diligence import actions, queries
from lifecycle.diligence.models import Risk, RiskMove
from lifecycle.diligence.states import MoveKind
from partnerships import clock
from partnerships.access.actions import circle_here
from partnerships.access.states import CircleKind
from partnerships.looks.svg import RISK_BANDS, RiskChart, RiskPoint
from partnerships.record.models import Partnership
from partnerships.record.states import Stage
from partnerships.work.models import WorkItem
from tests.factories import World

from .conftest import soon
from .test_actions import RISK
from .test_views import client_of, url


def write(world: World, who: str = "ngo", *, kind: str = CircleKind.PARTNERS, **values: object) -> Risk:
    by = world.place(who)
    return actions.weigh_risk(values={**RISK, **values}, circle=circle_here(by, kind), by=by)


def kinds(risk: Risk) -> list[str]:
    return list(RiskMove.objects.filter(risk=risk).order_by("pk").values_list("kind", flat=True))


def test_people_come_first_whatever_weighs_more(world: World) -> None:
    write(world, to_whom="us", text="Our name", residual_likelihood=5, residual_impact=5)
    write(world, to_whom="people", text="Small", residual_likelihood=1, residual_impact=1)
    write(world, to_whom="people", text="Large", residual_likelihood=3, residual_impact=3)
    found = queries.register_of(world.ngo)
    assert [(g.to_whom, [e.it.text for e in g.entries]) for g in found.groups] == [
        ("people", ["Large", "Small"]), ("us", ["Our name"]),
    ]  # fmt: skip
    assert [e.number for g in found.groups for e in g.entries] == [1, 2, 3]
    html = client_of(world, "ngo").get(url(world, "risks")).content.decode()
    assert html.index("People around the site") < html.index("Our organisation")


def test_every_weighing_is_kept_and_says_where_it_went(world: World) -> None:
    risk = write(world)
    actions.weigh_risk(
        values={**RISK, "residual_likelihood": 2}, circle=None, by=world.ngo, risk=risk, why="The bypass is open"
    )
    actions.weigh_risk(values={**RISK, "residual_likelihood": 2}, circle=None, by=world.ngo, risk=risk)
    actions.weigh_risk(values={**RISK, "residual_likelihood": 5}, circle=None, by=world.ngo, risk=risk)
    moves = list(RiskMove.objects.filter(risk=risk))
    told = queries.history_of(risk, moves)
    assert [(m.direction, m.it.residual) for m in told] == [("up", 20), ("same", 8), ("down", 8), ("", 16)]
    assert told[2].text == "What remains went down from 16 to 8."
    html = client_of(world, "company").get(url(world, "risk", risk.public_id)).content.decode()
    assert "The bypass is open" in html
    assert "went up from 8 to 20" in html


def test_moves_are_read_by_who_reads_the_risk_and_go_with_it(world: World) -> None:
    own, shared = write(world, kind=CircleKind.OWN), write(world)
    readers = {
        who: set(RiskMove.objects.visible_to(world.place(who).user).values_list("risk", flat=True))
        for who in ("ngo", "company", "broker", "community", "authority")
    }
    assert readers["ngo"] == {own.pk, shared.pk}
    assert readers["company"] == readers["broker"] == {shared.pk}
    assert not readers["community"] | readers["authority"]
    assert not RiskMove.objects.visible_to(world.outsider).exists()
    assert client_of(world, "company").get(url(world, "risk", own.public_id)).status_code == 404
    Risk.objects.of(world.partnership).filter(pk=shared.pk).update(withdrawn_at=clock.now())
    assert not RiskMove.objects.visible_to(world.company.user).exists()
    assert client_of(world, "company").get(url(world, "risk", shared.public_id)).status_code == 404
    shared.delete()
    assert not RiskMove.objects.filter(risk_id=shared.pk).exists()


def test_closed_risks_are_folded_and_open_again_with_a_reason(world: World) -> None:
    risk = write(world)
    actions.close_risk(risk, by=world.ngo, why="The trucks are gone")
    register = queries.register_of(world.ngo)
    assert (register.count, [r.pk for r in register.closed], register.chart) == (0, [risk.pk], None)
    assert not queries.risks_of(world.party("ngo"))
    risk.refresh_from_db()
    with pytest.raises(ValidationError, match="again"):
        actions.reopen_risk(risk, by=world.ngo, why=" ")
    with pytest.raises(ValidationError, match="Only the side"):
        actions.reopen_risk(risk, by=world.company, why="They are back")
    address = url(world, "reopen_risk", risk.public_id)
    assert "This field is required" in client_of(world, "ngo").post(address, {"why": ""}).content.decode()
    assert client_of(world, "company").get(address).status_code == 403
    client_of(world, "ngo").post(address, {"why": "They are back"})
    assert kinds(risk) == [MoveKind.WRITTEN, MoveKind.CLOSED, MoveKind.REOPENED]
    assert [r.pk for r in queries.risks_of(world.party("ngo"))] == [risk.pk]
    # Closing or opening twice is one move.
    risk.refresh_from_db()
    actions.reopen_risk(risk, by=world.ngo, why="Twice")
    assert kinds(risk)[-1] == MoveKind.REOPENED
    assert RiskMove.objects.filter(risk=risk).count() == 3


def test_what_is_substantial_is_looked_at_again(world: World) -> None:
    risk = write(world)
    look = WorkItem.objects.get(key=f"dd:risk_look:{risk.pk}", closed_at=None)
    assert (look.due_on, look.party) == (clock.today() + timedelta(days=90), world.party("ngo"))
    assert not WorkItem.objects.visible_to(world.community.user).filter(pk=look.pk).exists()
    actions.weigh_risk(values={**RISK, "look_on": soon(10)}, circle=None, by=world.ngo, risk=risk)
    look.refresh_from_db()
    assert look.due_on == soon(10)
    actions.weigh_risk(values={**RISK, "residual_likelihood": 1}, circle=None, by=world.ngo, risk=risk)
    look.refresh_from_db()
    assert look.closed_at is not None
    risk.refresh_from_db()
    assert risk.look_on is None


FORM = {**RISK, "owner": "", "due_on": "", "circle": "own"}


def test_a_day_that_is_over_is_refused_at_its_field_and_nothing_typed_is_lost(world: World) -> None:
    client, address = client_of(world, "ngo"), url(world, "new_risk")
    response = client.post(address, {**FORM, "look_on": str(soon(-1)), "due_on": str(soon(-3))})
    assert response.status_code == 200
    form = response.context["form"]
    assert form.errors == {name: ["This day is over already."] for name in ("due_on", "look_on")}
    assert (form["text"].value(), form["look_on"].value()) == (RISK["text"], str(soon(-1)))
    assert not Risk.objects.of(world.partnership).exists()
    # Today is not over, and is no reason for another day.
    client.post(address, {**FORM, "look_on": str(clock.today()), "due_on": str(clock.today())})
    assert Risk.objects.of(world.partnership).get().look_on == clock.today()


def test_a_day_that_stood_there_before_may_be_over_by_now(world: World) -> None:
    risk = write(world, measure="A bypass", owner=world.ngo.seat, due_on=soon(5), look_on=soon(6))
    client, address = client_of(world, "ngo"), url(world, "change_risk", risk.public_id)
    kept = {**FORM, "measure": "A bypass", "owner": world.ngo.seat.pk if world.ngo.seat else "", "version": "1"}
    with clock.at(clock.now() + timedelta(days=20)):
        # This is the look that was due: the form asks for the next one.
        assert client.get(address).context["form"]["look_on"].value() is None
        other = client.post(address, {**kept, "due_on": str(soon(-14)), "look_on": str(soon(-1))})
        assert set(other.context["form"].errors) == {"due_on", "look_on"}
        sent = client.post(address, {**kept, "due_on": str(soon(-15)), "look_on": str(soon(-14))})
        assert sent.status_code == 302
        risk.refresh_from_db()
        assert (risk.due_on, risk.look_on) == (soon(-15), soon(90))


def test_the_register_goes_on_at_every_later_stage(world: World) -> None:
    write(world)
    for stage, page in ((Stage.AGREEMENT, "agreement:overview"), (Stage.IMPLEMENTATION, "delivery:overview")):
        Partnership.objects.filter(pk=world.partnership.pk).update(stage=stage)
        client = client_of(world, "company")
        link = f'href="{url(world, "risks")}"'
        assert link in client.get(reverse(page, args=[world.pid])).content.decode()
        assert link in client.get(reverse("record:overview", args=[world.pid])).content.decode()
        html = client.get(url(world, "risks")).content.decode()
        assert "Risk register" in html
        head = html[html.index("<h1") - 900 : html.index("</h1>")]
        assert "Due diligence" not in head
        # A reader sees where the register is kept.
        assert re.search(r'aria-current="page">Due diligence</a>', html)
        assert client.get(url(world, "new_risk")).status_code == 200
        write(world, "company", text=f"In {stage}")
    assert queries.register_of(world.ngo).count == 3


def test_the_picture_says_in_words_what_it_draws(world: World) -> None:
    write(world, text="Trucks <b>", residual_likelihood=1)
    chart = queries.register_of(world.ngo).chart
    assert chart is not None
    picture = chart.page()
    assert 'role="img"' in picture
    assert "<desc>1: 20 today, 4 remains</desc>" in picture
    assert "<title>Open risks" in picture
    table = str(chart.as_table())
    assert "4 × 5 = 20" in table
    assert "1 × 4 = 4" in table
    assert "Trucks &lt;b&gt;" in table


def test_every_cell_of_the_picture_has_the_rules_band_and_marks_stand_apart() -> None:
    from lifecycle.diligence.decision import band

    for likelihood in range(1, 6):
        for impact in range(1, 6):
            score = likelihood * impact
            assert str(RISK_BANDS[RiskChart.band(score)][1]) == band(score).value
    chart = RiskChart("x", [RiskPoint(n, "x", 3, 3, 2, 2) for n in range(1, 6)])
    spots = chart._spots()
    assert len(set(spots.values())) == len(spots) == 10
    assert chart.page().count("<polygon") == 5
    still = RiskChart("x", [RiskPoint(1, "x", 3, 3, 3, 3)])
    assert "<polygon" not in still.page()


def test_query_counts_of_the_register_do_not_grow(world: World) -> None:
    def counted() -> dict[str, int]:
        client, found = client_of(world, "ngo"), {}
        risk = Risk.objects.of(world.partnership).filter(closed_at=None).order_by("pk")[0]
        for address in (url(world, "risks"), url(world, "risk", risk.public_id)):
            client.get(address)
            with CaptureQueriesContext(connection) as captured:
                client.get(address)
            found[address] = len(captured)
        return found

    def fill() -> None:
        risk = write(world, measure="x", owner=world.company.seat, due_on=soon())
        actions.weigh_risk(values=RISK, circle=None, by=world.ngo, risk=risk)
        actions.close_risk(write(world), by=world.ngo)

    fill()
    one = counted()
    fill()
    fill()
    first = Risk.objects.of(world.partnership).order_by("pk")[0]
    actions.weigh_risk(values=RISK, circle=None, by=world.ngo, risk=first)
    assert counted() == one
    assert max(one.values()) <= 14, one


def test_a_risk_that_was_closed_meanwhile_is_not_weighed(world: World) -> None:
    risk = write(world)
    stale = Risk.objects.get(pk=risk.pk)
    actions.close_risk(risk, by=world.ngo)
    with pytest.raises(ValidationError, match="closed"):
        actions.weigh_risk(values=RISK, circle=None, by=world.ngo, risk=stale, seen=stale.version)
    assert not WorkItem.objects.filter(key__startswith="dd:risk", closed_at=None).exists()
