"""Who has not signed in is asked to, and comes back to a page that can be opened."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_partnership

pytestmark = pytest.mark.django_db


def test_who_was_signed_out_comes_back_to_where_it_was_pressed(client: Client) -> None:
    pid = make_partnership().pid
    page, form = (reverse(name, args=[pid]) for name in ("record:overview", "record:invite"))
    assert client.get(form).headers["Location"].endswith(f"?next={form}")
    sent = client.post(form, {}, headers={"referer": f"http://testserver{page}?all=1"})
    assert sent.headers["Location"].endswith(f"?next={quote(page + '?all=1', safe='/')}")
    assert "send it again" in client.get(sent.headers["Location"]).content.decode()
    for elsewhere in ("https://else.example/p/1/", ""):
        sent = client.post(form, {}, headers={"referer": elsewhere})
        assert sent.headers["Location"].endswith("?next=/")


def test_an_autosave_of_somebody_signed_out_says_nothing_on_the_next_page(client: Client) -> None:
    form = reverse("record:invite", args=[make_partnership().pid])
    quiet = client.post(form, {}, headers={"referer": f"http://testserver{form}", "x-autosave": "1"})
    assert "send it again" not in client.get(quiet.headers["Location"]).content.decode()
