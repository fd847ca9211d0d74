"""The ground that tests stand on: each finds the catalogue, and none meets what another left."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache

from partnerships.catalogue.models import CatalogueVersion
from partnerships.history.models import Act
from partnerships.people.models import User


@pytest.mark.django_db
def test_the_catalogue_is_there() -> None:
    assert CatalogueVersion.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_it_is_there_again_after_a_test_with_real_transactions(turn: int) -> None:
    assert CatalogueVersion.objects.exists()
    assert not User.objects.exists()
    user = User.objects.create_user("awa@ngo.example", name="Awa Demba")
    Act.objects.create(**smallest_act(user))
    with pytest.raises(Exception, match="append-only"):
        Act.objects.all().delete()


def smallest_act(user: User) -> dict[str, Any]:
    """What the database asks of an act."""
    return {"by": user, "kind": "test", "partnership_id": 1, "circle_id": 1}


@pytest.mark.parametrize("turn", [1, 2])
def test_the_cache_is_empty(turn: int) -> None:
    assert cache.get("left-over") is None
    cache.set("left-over", turn)
