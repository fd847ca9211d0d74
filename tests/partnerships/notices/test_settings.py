"""Which messages come by mail: a choice a kind, under the part of the record it belongs to."""

from __future__ import annotations

import pytest
from django.test import Client

from partnerships.notices import kinds
from partnerships.notices.forms import PreferencesForm
from partnerships.notices.models import NoticePreference
from tests.factories import make_partnership, sign_in

pytestmark = pytest.mark.django_db


def test_each_kind_stands_once_under_its_part() -> None:
    form = PreferencesForm(chosen={})
    shown = [field.name for _part, fields in form.groups() for field in fields]
    assert sorted(shown) == sorted(kind.code for kind in kinds.switchable())
    assert len(form.groups()) > 5


def test_a_choice_is_kept_and_a_made_up_one_is_said(client: Client) -> None:
    world = make_partnership()
    data = {kind.code: "daily" for kind in kinds.switchable()}
    sign_in(client, world.ngo)
    assert client.post("/notices/settings/", data).status_code == 302
    assert set(NoticePreference.objects.filter(user=world.ngo.user).values_list("delivery", flat=True)) == {"daily"}
    page = client.post("/notices/settings/", {**data, "reviews.opened": "hourly", "work.due": "hourly"})
    assert page.status_code == 200
    assert "another look" in page.content.decode()
