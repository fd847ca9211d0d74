"""Links that a reader is shown open: the walk of the demo world finds the rest."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import make_partnership, sign_in

pytestmark = pytest.mark.django_db


def test_a_team_member_is_not_offered_to_change_the_depth(client: Client) -> None:
    world = make_partnership(stage="diligence")
    address = f"/p/{world.pid}/diligence/"
    assert "Ask more, or less" in sign_in(client, world.ngo).get(address).content.decode()
    member = sign_in(client, world.colleague("ngo"))
    assert "Ask more, or less" not in member.get(address).content.decode()
    # What was agreed it may read.
    agreed = member.get(f"{address}depth/")
    assert agreed.status_code == 200
    assert not agreed.context["may_propose"]
    assert member.post(f"{address}depth/", {"depth": "full"}).status_code == 403


def test_an_administrator_without_a_seat_is_not_sent_to_what_was_said(client: Client) -> None:
    world = make_partnership()
    world.partnership.standing = "not_pursued"
    world.partnership.save()
    address = f"/p/{world.pid}/"
    assert f"{address}moves/" in sign_in(client, world.ngo).get(address).content.decode()
    page = sign_in(client, world.administrator("ngo")).get(address)
    assert page.status_code == 200
    assert f"{address}moves/" not in page.content.decode()
