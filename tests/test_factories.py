"""The worlds of the tests are what they say."""

from __future__ import annotations

import pytest

from tests.factories import make_partnership

pytestmark = pytest.mark.django_db


def test_everybody_asked_for_is_in_and_has_accepted_the_rules() -> None:
    world = make_partnership(partners=3, broker=True, community=True, authority=True, funder=True, adviser=True)
    assert [p.name for p in world.ngo.partners] == ["Sahel Futures", "Corvane Gold", "Ministry of Water"]
    assert len(world.ngo.present) == 8
    assert all(p.rules_accepted_at for p in world.ngo.parties)
    assert world.broker.is_broker
    assert world.company.is_lead
    assert world.community.own_party.role == "rights_holder"


def test_a_colleague_has_a_seat_and_an_administrator_none() -> None:
    world = make_partnership()
    assert not world.colleague("company").is_lead
    assert world.place(world.administrator("ngo")).seat is None
    assert world.place(world.outsider).seat is None
