"""A record with two partners, a broker, a community's body and an authority, and short ways to what came of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from evaluation.outcomes import actions
from evaluation.outcomes.models import HourEntry, Indicator, Outcome, ValueEntry
from partnerships import clock
from partnerships.access.actions import circle_here
from tests.factories import World, make_partnership


@pytest.fixture
def world(db: None) -> World:
    return make_partnership(broker=True, community=True, authority=True)


@pytest.fixture
def three(db: None) -> World:
    return make_partnership(partners=3)


def in_days(days: int) -> date:
    return clock.today() + timedelta(days=days)


def set_indicator(world: World, by: str = "ngo", *, circle: str = "partners", **values: Any) -> Indicator:
    """Households with a well: from 20 to 80."""
    first = {
        "name": "Households with a well", "unit": "households", "direction": "more", "layer": "project",
        "baseline": Decimal(20), "baseline_on": in_days(-400), "baseline_source": "Census", "target": Decimal(80),
        "target_on": in_days(400), "frequency": "half_yearly",
    }  # fmt: skip
    return actions.set_indicator(by=world.place(by), values=first | values, circle_kind=circle)


def record(world: World, by: str = "ngo", *, kind: str = "told", circle: str = "partners", **values: Any) -> Outcome:
    place = world.place(by)
    first = {
        "what": "Herders speak at the meeting", "for_whom": "Herders of Tandi", "how_known": "Both of us were there",
        "since": in_days(-60), "response": "",
    }  # fmt: skip
    indicator = values.pop("indicator", None)
    return actions.record_outcome(
        kind=kind, by=place, circle=circle_here(place, circle), values=first | values, indicator=indicator
    )


def got(world: World, by: str = "ngo", **values: Any) -> ValueEntry:
    first = {
        "kind": "learning", "words": "How a mine plans its year", "starts_on": in_days(-200), "ends_on": in_days(-20),
        "amount": None, "currency": "",
    }  # fmt: skip
    return actions.write_value(by=world.place(by), values=first | values)


Hours = Callable[..., HourEntry]


def hours(world: World, by: Any = "ngo", *, day: date, c: float = 0, d: float = 0, **values: Any) -> HourEntry:
    place = world.place(by) if isinstance(by, str) else by
    first = {"person": place.user, "span": "month", "day": day}
    return actions.write_hours(by=place, coordinating=Decimal(str(c)), delivering=Decimal(str(d)), **(first | values))


def cost(world: World, by: str = "ngo", **values: Any) -> Any:
    first = {"what": "Travel", "form": "cash", "on": in_days(-100), "amount": Decimal(500), "currency": "XOF"}
    return actions.write_cost(by=world.place(by), values=first | values)
