"""Whatever somebody sends, the answer is a page that says what is wrong, never an error of ours."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.test import Client

from evaluation.reviews.forms import clean_addresses
from partnerships.looks.widgets import DayField, MomentField
from tests.factories import World, make_partnership, sign_in

pytestmark = pytest.mark.django_db
#: Digits that `int` refuses, more of them than it reads, and none.
NO_NUMBERS = ("²", "9" * 5000, "x")


@pytest.fixture
def world() -> World:
    return make_partnership()


@pytest.mark.parametrize("sent", NO_NUMBERS)
@pytest.mark.parametrize("path", ["/notices/", "/p/{pid}/history/", "/p/{pid}/documents/"])
def test_an_older_page_is_asked_for_with_nonsense(client: Client, world: World, path: str, sent: str) -> None:
    sign_in(client, world.ngo)
    assert client.get(path.format(pid=world.pid), {"before": sent}).status_code == 200


@pytest.mark.parametrize("sent", NO_NUMBERS)
def test_agreeing_to_a_version_that_is_no_number(client: Client, world: World, sent: str) -> None:
    sign_in(client, world.ngo)
    proposed = client.post(
        f"/p/{world.pid}/reviews/boundary/change/",
        {"scope": "How we work together", "first_on": "2031-01-01", "every_months": "12", "until_on": "2033-01-01"},
    )
    assert proposed.status_code == 302, proposed.content
    sign_in(client, world.company)
    places = {
        "reviews/boundary/": "version",
        "conclusion/message/agree/": "number",
        "scoping/sentences/purpose/agree/": "number",
    }
    for path, field in places.items():
        assert client.post(f"/p/{world.pid}/{path}", {field: sent}).status_code in {302, 404}


def test_every_mail_address_fits_where_it_is_kept() -> None:
    for form in _all_forms():
        for name, field in getattr(form, "base_fields", {}).items():
            if isinstance(field, forms.EmailField):
                assert (field.max_length or 0) <= 254, f"{form.__module__}.{form.__name__}.{name}"
    long = f"{'a' * 60}@{'.'.join(['b' * 60] * 4)}.org"
    assert len(long) > 254
    with pytest.raises(ValidationError):
        clean_addresses(long)


def _forms(base: type[forms.BaseForm] = forms.BaseForm) -> Iterator[type[forms.BaseForm]]:
    for form in base.__subclasses__():
        yield form
        yield from _forms(form)


def _all_forms() -> list[type[forms.BaseForm]]:
    for app in ("partnerships", "lifecycle", "evaluation"):
        for path in Path(import_module(app).__file__ or "").parent.rglob("forms.py"):
            import_module(f"{app}.{path.parent.name}.forms")
    return [f for f in _forms() if f.__module__.startswith(("partnerships.", "lifecycle.", "evaluation."))]


def test_every_form_takes_its_days_through_our_fields() -> None:
    ours = _all_forms()
    assert len(ours) > 80
    plain = [
        f"{form.__module__}.{form.__name__}.{name}"
        for form in ours
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field, forms.DateField | forms.DateTimeField) and not isinstance(field, DayField | MomentField)
    ]
    assert plain == []


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1899-12-31", "2200-01-01"])
def test_a_day_of_another_age_is_refused_beside_its_field(client: Client, world: World, day: str) -> None:
    sign_in(client, world.ngo)
    for path, data, field in (
        ("/p/{pid}/delivery/commitments/new/", {"what": "A well", "circle": "partners"}, "due_on"),
        ("/p/{pid}/scoping/talk/", {"where": "By phone"}, "starts_at"),
        ("/me/", {"name": "A", "language": "en", "time_zone": "Pacific/Kiritimati", "theme": ""}, "mail_paused_until"),
    ):
        sent = {**data, field: f"{day}T00:00" if field == "starts_at" else day, "owner": world.party("ngo").public_id}
        response = client.post(path.format(pid=world.pid), sent)
        assert response.status_code == 200, path
        assert field in response.context["form"].errors, path
