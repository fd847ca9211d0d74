"""What people say about themselves: how they want to be addressed, and how pages look to them."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import make_partnership, sign_in

pytestmark = pytest.mark.django_db


def test_light_or_dark_is_each_persons_choice(client: Client) -> None:
    world = make_partnership()
    sign_in(client, world.ngo)
    own = {"name": "Awa Traoré", "language": "en", "time_zone": "Africa/Bamako"}
    assert "data-bs-theme" not in client.get("/").content.decode()
    for theme in ("dark", "light"):
        assert client.post("/me/", own | {"theme": theme}).status_code == 302
        assert f'data-bs-theme="{theme}"' in client.get(f"/p/{world.pid}/").content.decode()
    assert client.post("/me/", own | {"theme": "pink"}).status_code == 200
    client.post("/me/", own | {"theme": ""})
    assert "data-bs-theme" not in client.get("/").content.decode()
    sign_in(client, world.company)
    assert "data-bs-theme" not in client.get("/").content.decode()


def test_the_language_and_the_name_are_ones_own_to_change(client: Client) -> None:
    world = make_partnership()
    sign_in(client, world.ngo)
    client.post("/me/", {"name": "Awa Traoré", "language": "fr", "time_zone": "Africa/Bamako", "theme": ""})
    page = client.get("/").content.decode()
    assert '<html lang="fr"' in page
    assert "Awa Traoré" in page
