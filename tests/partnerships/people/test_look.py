"""An organisation's logo and colour: its administrators set it, and reports that were made keep theirs."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from partnerships.people.queries import report_look
from tests.factories import make_organisation, make_user, sign_in
from tests.partnerships.looks.test_logos import picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def membership():
    return make_organisation("Sahel Futures", administrator=make_user("Ada"))


def test_an_administrator_sets_and_takes_away(membership, client):
    organisation = membership.organisation
    path = reverse("people:look", args=[organisation.public_id])
    sign_in(client, membership.user)
    assert client.get(path).status_code == 200
    client.post(path, {"colour": "#7A1F3D", "logo": SimpleUploadedFile("x.exe", picture())})
    look = report_look(organisation)
    assert (look.colour, look.logo.name.endswith(".png")) == ("#7a1f3d", True)
    assert "data:image/png;base64," in client.get(path).content.decode()
    client.post(path, {"colour": "#0b5a5c"})
    newer = report_look(organisation)
    assert (newer.pk != look.pk, newer.logo.name, newer.colour) == (True, look.logo.name, "#0b5a5c")
    look.refresh_from_db()
    assert look.colour == "#7a1f3d", "what reports were made with stays as it was"
    client.post(path, {"colour": "", "remove_logo": "on"})
    assert report_look(organisation) is None


def test_what_cannot_be_taken_is_said_and_the_colour_kept(membership, client):
    path = reverse("people:look", args=[membership.organisation.public_id])
    sign_in(client, membership.user)
    page = client.post(path, {"colour": "#ffe000", "logo": SimpleUploadedFile("logo.png", b"<svg/>")}).content.decode()
    assert "too light to be read on white" in page
    assert "We do not take SVG" in page
    assert "#ffe000" in page
    assert report_look(membership.organisation) is None


def test_nobody_else_finds_it(membership, client):
    path = reverse("people:look", args=[membership.organisation.public_id])
    sign_in(client, make_user("Outsider"))
    assert client.get(path).status_code == 404
    assert client.post(path, {"colour": "#0b5a5c"}).status_code == 404
