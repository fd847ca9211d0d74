"""Worlds and short ways for the tests of communication."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lifecycle.communication import approving, planning
from lifecycle.communication.models import Approvable
from lifecycle.communication.states import BEFORE_SIGNING, Text
from partnerships import clock
from partnerships.access.places import Place
from tests.factories import World, make_partnership

#: A Monday.
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def now():
    with clock.at(NOW):
        yield NOW


@pytest.fixture
def world(db: None, now: datetime) -> World:
    return make_partnership(broker=True)


@pytest.fixture
def wide(db: None, now: datetime) -> World:
    """Three partners, a broker, a community body and an authority."""
    return make_partnership(partners=3, broker=True, community=True, authority=True)


def the(kind: str, world: World) -> Approvable:
    row: Approvable = Approvable.objects.of(world.partnership).get(kind=kind, set_aside_at=None)
    return row


def holding(by: Place, text: str = "We were asked about [what]. We take it seriously.") -> Approvable:
    return approving.start(Text.HOLDING, by=by, text=text)


def approve_by_all(row: Approvable, world: World) -> Approvable:
    """Asked by the first partner, approved by each."""
    for place in (world.place(n) for n in ("ngo", "company", "third", "fourth") if n in world.leads):
        row.refresh_from_db()
        if row.is_asked:
            approving.approve(row, seen=row.version, by=place)
        else:
            approving.ask(row, seen=row.version, by=place)
    row.refresh_from_db()
    return row


def complete(kind: str, world: World) -> Approvable:
    """A set that can be sent for approval."""
    if kind == Text.PLAN:
        planning.start_with_the_first(by=world.ngo)
    elif kind == Text.QA:
        for item in planning.start_questions(by=world.ngo):
            planning.answer_question(item, answer="Together.", seen=item.version, by=world.ngo)
    elif kind == Text.SPOKESPEOPLE:
        for name in ("ngo", "company", "third", "fourth"):
            if name in world.leads:
                other = world.colleague(name)
                place = world.place(name)
                assert place.seat is not None
                assert other.seat is not None
                planning.name_spokesperson(
                    seat=place.seat, stand_in=other.seat, reach="+226 70 00 00 00", seen=0, by=place
                )
    else:
        holding(world.ngo)
    return the(kind, world)


def approve_everything(world: World) -> None:
    for kind in BEFORE_SIGNING:
        approve_by_all(complete(kind, world), world)
