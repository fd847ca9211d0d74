"""A record with two partners, a broker, a community's body and an authority, and short ways to what stands in it."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from lifecycle.delivery import actions, governance
from lifecycle.delivery.models import Commitment, CommunityPromise, Contribution, GovernanceBody, SeatLine
from partnerships import clock
from partnerships.access.states import CircleKind
from tests.factories import World, make_partnership


@pytest.fixture
def world(db: None) -> World:
    return make_partnership(broker=True, community=True, authority=True)


@pytest.fixture
def three(db: None) -> World:
    return make_partnership(partners=3)


def in_days(days: int) -> date:
    return clock.today() + timedelta(days=days)


@pytest.fixture
def owed(world: World) -> Callable[..., Commitment]:
    """A commitment of the company, written down by it."""

    def build(owner: str = "company", by: str = "company", *, days: int = 20, **values: Any) -> Commitment:
        values.setdefault("what", "Drilling rig on site for two weeks")
        return actions.make(by=world.place(by), owner=world.party(owner), due_on=in_days(days), **values)

    return build


@pytest.fixture
def governed(world: World) -> Callable[..., GovernanceBody]:
    """A steering group of the two partners and the community's body, proposed by the NGO."""

    def build(**values: Any) -> GovernanceBody:
        lines = [
            SeatLine(world.party("ngo"), seats=2, votes=2, is_chair=True),
            SeatLine(world.party("company"), seats=2, votes=2, field_seats=1, veto_on="site access"),
            SeatLine(world.party("community"), seats=1, votes=1),
        ]
        first = {"name": "Steering group", "cadence": "monthly", "rule": "consensus", "quorum": 3, "decides": ""}
        return governance.propose_body(by=world.ngo, values=first | values, lines=lines)

    return build


@pytest.fixture
def given(world: World) -> Callable[..., Contribution]:
    """A contribution, in the partnership's currency unless another is said."""

    def build(
        by: str = "company", *, giver: str = "", circle: str = CircleKind.PARTNERS, **values: Any
    ) -> Contribution:
        first = {"kind": "cash", "what": "Cash for wells", "starts_on": in_days(-10), "ends_on": in_days(300),
                 "currency": "USD"}  # fmt: skip
        return actions.promise_contribution(
            by=world.place(by), giver=world.party(giver or by), circle_kind=circle, values=first | values
        )

    return build


@pytest.fixture
def promised(world: World) -> Callable[..., CommunityPromise]:
    """The company's promise to the community's body."""

    def build(by: str = "company", **values: Any) -> CommunityPromise:
        first = {"what": "A well in each of the five villages", "promiser": world.party("company"),
                 "said_on": in_days(-3), "due_on": in_days(60), "body": world.party("community")}  # fmt: skip
        return actions.note_promise(by=world.place(by), **(first | values))

    return build


@pytest.fixture
def photo() -> Callable[..., SimpleUploadedFile]:
    """A real photo, larger than what is kept."""

    def build(name: str = "well.jpg", side: int = 2600) -> SimpleUploadedFile:
        out = io.BytesIO()
        Image.new("RGB", (side, side // 2), "sienna").save(out, "JPEG")
        return SimpleUploadedFile(name, out.getvalue(), content_type="image/jpeg")

    return build
