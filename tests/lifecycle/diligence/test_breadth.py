"""Who took part and who went where: the matrix and its gaps; visits that are changed and called off; the flags."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lifecycle.attention import actions as attention
from lifecycle.attention.models import Flag
from lifecycle.diligence import actions, queries
from lifecycle.diligence.models import Visit, VisitPerson
from lifecycle.diligence.queries.breadth import Breadth
from lifecycle.diligence.states import VisitKind
from partnerships import clock
from partnerships.access.actions import circle_here
from partnerships.access.states import CircleKind
from partnerships.record.states import Function, Stage
from partnerships.record.states import Level as SeatLevel
from partnerships.work.models import WorkItem
from tests.factories import World, make_partnership

from .conftest import answer, soon
from .test_actions import hold_visit
from .test_views import client_of, url


def breadth(world: World, who: str = "ngo") -> Breadth:
    return queries.breadth_of(world.place(who))


def gaps(world: World, who: str = "ngo") -> list[str]:
    return [f"{g.party.name if g.party else 'all'}: {g.text}" for g in breadth(world, who).gaps]


def count(found: Breadth, label: str, party: str, *, levels: bool = False) -> tuple[int, int]:
    lines = found.levels if levels else found.functions
    cell = next(c for n in lines if n.label == label for c in n.cells if c.party.name == party)
    return cell.count, cell.seated


def plan(world: World, who: str = "ngo", **fields: Any) -> Visit:
    by = world.place(who)
    values = {"kind": VisitKind.VISIT, "host": world.party("company"), "on": soon(10), "where": "Tandi site"}
    return actions.plan_visit(**{**values, **fields}, circle=circle_here(by, CircleKind.PARTNERS), by=by)


def test_heads_are_counted_by_function_and_level_and_gaps_are_named(world: World) -> None:
    answer(world.colleague("ngo", function=Function.FINANCE), world.party("ngo"), "2.1")
    answer(world.colleague("ngo", function=Function.FINANCE), world.party("ngo"), "2.2")
    world.colleague("ngo", function=Function.LEGAL, level=SeatLevel.EXECUTIVE)
    found = breadth(world)
    assert count(found, "Finance", "Sahel Futures") == (2, 0)
    assert count(found, "Legal and compliance", "Sahel Futures") == (0, 1)
    assert count(found, "Site or field", "Sahel Futures", levels=True) == (2, 0)
    said = gaps(world)
    assert any("2 more functions are needed" in g and "Legal and compliance" in g for g in said if "Sahel" in g)
    assert any("Seated, and not heard yet" in g for g in said if "Corvane" in g)
    answer(world.company, world.party("company"), "2.1")
    assert any("Nobody yet from" in g for g in gaps(world) if "Corvane" in g)
    assert any("Nobody yet of the level" in g and "Executive" in g for g in said if "Sahel" in g)


def test_a_function_and_a_level_of_the_same_word_are_counted_apart(world: World) -> None:
    answer(world.colleague("ngo", function=Function.MANAGEMENT, level=SeatLevel.FIELD), world.party("ngo"), "2.1")
    found = breadth(world)
    assert count(found, "General management", "Sahel Futures")[0] == 1
    assert count(found, "Management", "Sahel Futures", levels=True)[0] == 0


def test_visits_stand_who_to_whom_with_what_is_planned_and_what_lacks(world: World) -> None:
    hold_visit(world, "company", "ngo")
    plan(world, "company", host=world.party("ngo"))
    rows = {who.name: {m.whom.name: m for m in row} for who, row in breadth(world).visits}
    there = rows["Sahel Futures"]["Corvane Gold"]
    assert (len(there.held), there.lacks) == (1, False)
    back = rows["Corvane Gold"]["Sahel Futures"]
    assert (len(back.held), len(back.planned), back.lacks) == (0, 1, True)
    assert any("Has not been to Sahel Futures yet" in g for g in gaps(world))


def test_a_visit_to_the_head_office_has_not_seen_the_site(world: World) -> None:
    visit = plan(world, on=clock.today(), place="head")
    seats = [s for s in (world.ngo.seat, world.company.seat) if s]
    actions.write_up_visit(visit, seats=seats, on=clock.today(), met="", learned="x", by=world.ngo)
    said = gaps(world)
    assert "Corvane Gold: Nobody has seen a site or field office of it yet." in said
    assert "all: No visit has met a community yet." in said
    actions.write_up_visit(visit, seats=seats, on=clock.today(), met="Women's group", learned="x", by=world.ngo)
    assert "all: No visit has met a community yet." not in gaps(world)


def test_whose_turn_it_is_to_close_a_gap(world: World) -> None:
    hold_visit(world, "company", "ngo")
    lacking = next(g for g in breadth(world).gaps if "Has not been to Sahel" in g.text)
    assert lacking.waits_for == {world.party("company").pk}


def test_three_partners_make_a_matrix_of_three(db: None) -> None:
    world = make_partnership(partners=3, stage=Stage.DILIGENCE)
    found = breadth(world)
    assert [len(row) for _who, row in found.visits] == [3, 3, 3]
    assert sum(m.lacks for _who, row in found.visits for m in row) == 6
    assert all(len(line.cells) == 3 for line in found.functions)


def test_the_matrix_names_no_person_and_nobody_reads_visits_of_others_there(world: World) -> None:
    colleague = world.colleague("ngo")
    answer(colleague, world.party("ngo"), "2.1")
    hold_visit(world, "company", "ngo")
    for who in ("ngo", "company", "broker", "community", "authority"):
        html = client_of(world, who).get(url(world, "breadth")).content.decode()
        assert colleague.user.name not in html
        assert ("Women&#x27;s group" in html or "Women's group" in html) == (who in {"ngo", "company", "broker"})
    assert client_of(world, "outsider").get(url(world, "breadth")).status_code == 404


def test_the_office_of_who_took_part_is_kept(world: World) -> None:
    hold_visit(world, "company", "ngo")
    assert set(VisitPerson.objects.values_list("office", flat=True)) <= {"", "head", "field"}
    from partnerships.people.models import Office

    office = Office.objects.create(organisation=world.party("ngo").organisation, name="Tandi", kind="field")
    colleague = world.colleague("ngo", office=office)
    visit = plan(world, on=clock.today())
    seats = [s for s in (colleague.seat, world.company.seat) if s]
    actions.write_up_visit(visit, seats=seats, on=clock.today(), met="", learned="x", by=world.ngo)
    assert visit.people.get(seat=colleague.seat).office == "field"


def test_a_visit_is_changed_without_overwriting_and_moves_in_the_calendar(world: World) -> None:
    visit = plan(world)
    values = {"kind": VisitKind.JOINT, "host": None, "on": soon(20), "where": "Town hall", "place": "community"}
    actions.change_visit(visit, **values, by=world.company, seen=1)
    row = WorkItem.objects.get(key=f"dd:visit:{visit.pk}", closed_at=None)
    assert (row.due_on, row.subject, row.party) == (soon(20), "Town hall", world.party("ngo"))
    with pytest.raises(ValidationError) as caught:
        actions.change_visit(visit, **values, by=world.ngo, seen=1)
    assert caught.value.code == "stale"
    with pytest.raises(ValidationError, match="whom you visit"):
        actions.change_visit(visit, **{**values, "kind": VisitKind.VISIT}, by=world.ngo)


def test_the_newer_plan_stands_beside_the_typed_one(world: World) -> None:
    visit = plan(world)
    address = url(world, "change_visit", visit.public_id)
    data = {
        "kind": "visit",
        "host": world.party("company").pk,
        "on": soon(10),
        "where": "The pit",
        "place_kind": "field",
    }
    client_of(world, "company").post(address, {**data, "version": "1"})
    html = client_of(world, "ngo").post(address, {**data, "where": "The office", "version": "1"}).content.decode()
    assert "The pit" in html
    assert "The office" in html
    assert 'name="version" value="2"' in html
    assert client_of(world, "community").get(address).status_code == 403


def test_a_visit_that_is_called_off_says_so_and_counts_for_nothing(world: World) -> None:
    visit = plan(world)
    asks = client_of(world, "company").get(url(world, "call_off_visit", visit.public_id)).content.decode()
    assert "cannot be taken back" in asks
    client_of(world, "company").post(url(world, "call_off_visit", visit.public_id))
    visit.refresh_from_db()
    assert visit.called_off_at is not None
    assert not WorkItem.objects.filter(key=f"dd:visit:{visit.pk}", closed_at=None).exists()
    assert "Called off" in client_of(world, "ngo").get(url(world, "visits")).content.decode()
    assert not any(m.planned for _who, row in breadth(world).visits for m in row)
    with pytest.raises(ValidationError, match="called off"):
        actions.write_up_visit(visit, seats=[], on=clock.today(), met="", learned="x", by=world.ngo)
    hold_visit(world, "company", "ngo")
    held = Visit.objects.of(world.partnership).get(held_at__isnull=False)
    with pytest.raises(ValidationError, match="has been"):
        actions.call_off_visit(held, by=world.ngo)


def flags(world: World) -> set[tuple[str, str, bool]]:
    attention.sweep()
    rows = Flag.objects.filter(partnership=world.partnership, cleared_at=None, code__in=["few_functions", "few_levels"])
    names = {p.pk: p.name for p in world.ngo.parties}
    return {(f.code, names[f.party_id or 0], f.high) for f in rows}


def test_too_little_breadth_is_flagged_after_a_month(world: World) -> None:
    assert not flags(world)
    with clock.at(clock.now() + timedelta(days=31)):
        both = ("Sahel Futures", "Corvane Gold")
        assert flags(world) == {(code, name, False) for code in ("few_functions", "few_levels") for name in both}
        for function, level in (("finance", "executive"), ("legal", "management"), ("operations", "field")):
            answer(world.colleague("ngo", function=function, level=level), world.party("ngo"), "2.1", text=function)
        assert {name for _code, name, _high in flags(world)} == {"Corvane Gold"}


def test_query_counts_of_breadth_do_not_grow(world: World) -> None:
    def counted() -> int:
        client = client_of(world, "ngo")
        client.get(url(world, "breadth"))
        with CaptureQueriesContext(connection) as captured:
            client.get(url(world, "breadth"))
        return len(captured)

    hold_visit(world, "company", "ngo")
    answer(world.colleague("ngo"), world.party("ngo"), "2.1")
    one = counted()
    for number in range(2):
        hold_visit(world, "ngo", "company")
        answer(world.colleague("company", function=Function.FINANCE), world.party("company"), "2.1", text=str(number))
    assert counted() == one
    assert one <= 14
