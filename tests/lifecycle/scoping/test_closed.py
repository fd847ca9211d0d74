"""Scoping once the record is over, or a side has left: what it wrote is still read by who could read it."""

from __future__ import annotations

import re

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from lifecycle.road import actions as road
from lifecycle.scoping import actions
from lifecycle.scoping.actions import Given
from lifecycle.scoping.states import SheetKind, Way
from partnerships.access.actions import recall
from partnerships.access.models import Release
from partnerships.record.models import Partnership
from tests.factories import World, make_partnership, sign_in
from tests.lifecycle.scoping.made import draw_goal, open_screens
from tests.lifecycle.scoping.test_views import everything, url

pytestmark = pytest.mark.django_db
MARK = "Quillfeather"


@pytest.fixture
def world() -> World:
    return everything(make_partnership(partners=3, broker=True, community=True))


def reload(world: World) -> None:
    world.partnership = Partnership.objects.get(pk=world.partnership.pk)


def walk(world: World, who: str) -> dict[str, str]:
    """Every page of scoping that links lead to from its first; each must open."""
    client, found, waiting = sign_in(Client(), world.place(who)), {}, [url(world, "overview")]
    while waiting:
        address = waiting.pop()
        if address in found:
            continue
        response = client.get(address)
        assert response.status_code == 200, (who, address)
        [found[address]] = re.findall("<main.*?</main>", response.content.decode(), re.DOTALL)
        links = set(re.findall(r'href="([^"#?]*)', found[address]))
        waiting += [link for link in links if link.startswith(f"/p/{world.pid}/scoping/")]
    return found


def draft(world: World, who: str = "ngo") -> None:
    """A card that is begun, and a marked spectrum that is handed in: neither is ever opened."""
    by = world.place(who)
    actions.save_sheet(SheetKind.CARD, by=by, answers={"deciding": Given(text=MARK)}, seen=0)
    actions.save_sheet(
        SheetKind.SPECTRUM, by=by, answers={"today": Given(option="1"), "intended": Given(option="3")}, seen=0
    )
    actions.hand_in(SheetKind.SPECTRUM, by=by)


@pytest.mark.parametrize("how", ["closed", "left"])
def test_what_was_never_opened_is_still_read_by_who_wrote_it(world: World, how: str) -> None:
    draft(world)
    if how == "closed":
        road.not_pursue(by=world.ngo)
    else:
        road.end_alone(reason="No people left.", by=world.ngo)
    reload(world)
    pages = walk(world, "ngo")
    assert MARK in pages[url(world, "card")]
    assert "What you handed in" in pages[url(world, "spectrum")]
    assert not any('method="post"' in main for main in pages.values())
    for other in ("company", "third", "broker", "community"):
        assert MARK not in "".join(walk(world, other).values())


# The way, where the only missing yes leaves ---------------------------------------------------------------------------
@pytest.mark.parametrize(("way", "standing"), [(Way.GO_ON, "active"), (Way.GRANT, "not_pursued")])
def test_what_all_the_others_agreed_stands_when_the_missing_one_leaves(way: str, standing: str) -> None:
    world = make_partnership(partners=3, broker=True)
    open_screens(world.ngo, world.company, world.third)
    proposal = actions.propose_way(way=way, by=world.ngo)
    assert not actions.agree_way(proposal, by=world.company)
    road.end_alone(reason="No people left.", by=world.third)
    reload(world)
    proposal.refresh_from_db()
    assert proposal.settled_at is not None
    assert world.partnership.standing == standing


def test_it_waits_for_those_who_stay() -> None:
    world = make_partnership(partners=3, broker=True)
    open_screens(world.ngo, world.company, world.third)
    proposal = actions.propose_way(way=Way.GRANT, by=world.ngo)
    road.end_alone(reason="No people left.", by=world.third)
    reload(world)
    proposal.refresh_from_db()
    assert (proposal.settled_at, world.partnership.standing) == (None, "active")


# Pressed twice --------------------------------------------------------------------------------------------------------
def test_a_second_press_releases_nothing_twice() -> None:
    world = make_partnership(broker=True)
    lines = actions.write_entries("constraints", ["Drought", "No road"], by=world.ngo)
    actions.release_entries(lines, to="partners", by=world.ngo)
    with pytest.raises(ValidationError, match="released already"):
        actions.release_entries(lines, to="partners", by=world.ngo)
    assert Release.objects.count() == 1
    later = actions.write_entry("constraints", text="Dust", by=world.ngo)
    bundle = actions.release_entries([*lines, later], to="partners", by=world.ngo)
    assert [item.object_id for item in bundle.items.all()] == [later.pk]


def test_nor_what_a_side_gains_and_fears() -> None:
    world = make_partnership(broker=True)
    goal = draw_goal(world.ngo, world.company)
    side = actions.write_side(goal, gain="Water", fear="", by=world.ngo, seen=0)
    before = Release.objects.count()
    bundle = actions.show_side(side, to="partners", by=world.ngo)
    with pytest.raises(ValidationError, match="released already"):
        actions.show_side(side, to="partners", by=world.ngo)
    assert Release.objects.count() == before + 1
    # Recalled, it can be shown once more.
    recall(bundle, by=world.ngo)
    actions.show_side(side, to="partners", by=world.ngo)
