"""Dates out of order, in every form that takes two, or one that must lie ahead or behind: said beside the field."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from partnerships import clock
from tests.factories import World, make_partnership, sign_in

pytestmark = pytest.mark.django_db

#: Address in the record, what is typed (days from today), the field that is refused, and its words.
TABLE: list[tuple[str, dict[str, int], str, str]] = [
    ("target/", {"on": -1}, "on", "lies ahead"),
    ("agreement/terms/propose/", {"starts_on": 30, "ends_on": 29}, "ends_on", "after the start"),
    ("agreement/terms/propose/", {"starts_on": 30, "first_review_on": 20}, "first_review_on", "after the start"),
    ("agreement/terms/propose/", {"ends_on": 30, "first_review_on": 31}, "first_review_on", "before the end"),
    ("communication/texts/new/quiet/", {"starts_on": 5, "ends_on": 4}, "ends_on", "before the first"),
    ("communication/contacts/log/", {"held_on": 3}, "held_on", "not come yet"),
    ("communication/brief/", {"held_on": 3}, "held_on", "not come yet"),
    ("communication/colleagues/add/", {"asked_on": 3}, "asked_on", "not come yet"),
    ("delivery/contributions/new/", {"starts_on": 9, "ends_on": 8}, "ends_on", "ends before it starts"),
    ("delivery/promises/new/", {"said_on": -3, "due_on": -4}, "due_on", "before it was promised"),
    ("delivery/promises/new/", {"said_on": 3}, "said_on", "not come yet"),
    ("documents/new/seen/", {"seen_on": 3}, "seen_on", "not come yet"),
    ("documents/new/conversation/", {"talked_on": 3}, "talked_on", "not come yet"),
]


@pytest.fixture
def world() -> World:
    return make_partnership(stage="implementation", community=True)


@pytest.mark.parametrize(("path", "days", "field", "words"), TABLE)
def test_each_is_said_beside_its_field_and_what_was_typed_stays(
    world: World, client: Client, path: str, days: dict[str, int], field: str, words: str
) -> None:
    typed = {name: (clock.today() + timedelta(days=n)).isoformat() for name, n in days.items()}
    page = sign_in(client, world.ngo).post(f"/p/{world.pid}/{path}", typed)
    assert page.status_code == 200
    errors: Any = page.context["form"].errors
    assert words in " ".join(errors[field]), errors
    html = page.content.decode()
    assert all(f'value="{day}"' in html for day in typed.values())


WRONG = ("2026-02-30", "0000-00-00", "99999-01-01", "tomorrow", "31/12/2026", "2026-13-01")


@pytest.mark.parametrize("path", sorted({row[0] for row in TABLE}))
def test_what_is_no_date_is_refused_beside_its_field(world: World, client: Client, path: str) -> None:
    fields = {name for row in TABLE if row[0] == path for name in row[1]}
    sign_in(client, world.ngo)
    for wrong in WRONG:
        page = client.post(f"/p/{world.pid}/{path}", dict.fromkeys(fields, wrong))
        assert page.status_code == 200, wrong
        assert fields <= set(page.context["form"].errors), wrong
