"""What those who run the installation see: people, organisations, jobs. Never a record."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from partnerships.notices import delivery
from partnerships.people import actions
from partnerships.people.models import Membership, Organisation, User
from partnerships.record.models import Party
from tests.factories import make_organisation, make_partnership

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> Client:
    user = User.objects.create_superuser("staff@example.org", "a long password", name="Staff")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_admin_knows_no_model_of_a_record() -> None:
    known = {m._meta.label for m in admin.site._registry}
    private = {
        m._meta.label
        for app in ("partnerships", "lifecycle", "evaluation")
        for m in apps.get_app_config(app).get_models()
        if any(f.name == "partnership" for f in m._meta.get_fields())
    }
    assert known & private <= {"partnerships.Notice"}


def test_its_pages_open_and_carry_no_content(staff: Client) -> None:
    make_partnership(name="A title that is nobody else's business")
    for model in ("user", "organisation", "invitation", "notice", "catalogueversion"):
        page = staff.get(f"/admin/partnerships/{model}/")
        assert page.status_code == 200
        assert "nobody else" not in page.content.decode()


def test_jobs_show_how_they_fare_and_cannot_be_touched(staff: Client) -> None:
    for job in ("evaluation/reportjob", "lifecycle/paper"):
        assert staff.get(f"/admin/{job}/").status_code == 200
        assert staff.get(f"/admin/{job}/add/").status_code == 403
    assert staff.get("/admin/partnerships/user/add/").status_code == 403


def test_staff_change_their_password_where_everybody_does(staff: Client) -> None:
    assert staff.get(reverse("admin:password_change")).headers["Location"] == reverse("account_change_password")


def test_an_organisation_is_vouched_for_and_duplicates_are_merged(staff: Client) -> None:
    world = make_partnership()
    first, second = make_organisation("Corvane Gold").organisation, world.party("company").organisation
    staff.post("/admin/partnerships/organisation/", {"action": "vouch", "_selected_action": [first.pk]})
    first.refresh_from_db()
    assert first.vouched_at is not None
    Organisation.objects.filter(pk=second.pk).update(created_at=first.created_at.replace(year=2030))
    staff.post("/admin/partnerships/organisation/", {"action": "merge", "_selected_action": [first.pk, second.pk]})
    assert Party.objects.filter(organisation=first, partnership=world.partnership).exists()
    assert Membership.objects.filter(organisation=first, user=world.company.user).exists()
    assert world.company.is_lead


def test_two_sides_of_one_partnership_are_not_merged(staff: Client) -> None:
    world = make_partnership()
    sides = [world.party("ngo").organisation, world.party("company").organisation]
    page = staff.post(
        "/admin/partnerships/organisation/", {"action": "merge", "_selected_action": [o.pk for o in sides]}, follow=True
    )
    assert "are in the same partnership today" in page.content.decode()
    assert world.party("company").organisation == sides[1]
    sides[1].refresh_from_db()
    assert sides[1].merged_into is None


def test_the_first_administrator_of_an_organisation_is_invited_from_the_command_line() -> None:
    call_command("invite_organisation", name="Sahel Futures", kind="ngo", email="Aissata@sahel.example", verbosity=0)
    delivery.deliver()
    assert "Sahel Futures" in mail.outbox[0].subject
    token = str(mail.outbox[0].body).split("/invitation/")[1].split("/")[0]
    page = Client().get(f"/invitation/{token}/")
    assert "Open Sahel Futures on Common Ground" in page.content.decode()
    user = actions.accept_as_new(
        actions.find_invitation(token), name="Aïssata Diarra", password="a long enough one", language="fr"
    )
    assert user.memberships.get().is_administrator


def test_a_person_made_anonymous_leaves_records_behind() -> None:
    world = make_partnership()
    colleague = world.colleague("ngo")
    actions.make_anonymous(colleague.user)
    user = User.objects.get(pk=colleague.user.pk)
    assert user.name == ""
    assert "@invalid" in user.email
    assert not world.place(user).is_seated


def test_staff_sign_in_where_everybody_does(client: Client) -> None:
    answer = client.get("/admin/login/?next=/admin/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/account/login/")
