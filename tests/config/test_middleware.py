"""What every request goes through, and every answer."""

from __future__ import annotations

import pytest
from django.test import Client

from partnerships.people import actions as people
from tests.factories import make_organisation, make_partnership, sign_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/p/%00/", "/p/x%00y/documents/", "/invitation/%00/", "/notices/?before=%00"])
def test_an_address_with_a_nul_is_no_address(client: Client, path: str) -> None:
    sign_in(client, make_partnership(partners=1).ngo)
    assert client.get(path).status_code == 400


def test_no_page_is_kept_by_anybody(client: Client) -> None:
    """A link's page holds what the link opens, and stays in no cache; nor does a page that somebody signed out of."""
    membership = make_organisation()
    invitation = people.invite_member(organisation=membership.organisation, email="a@example.net", by=membership.user)
    paths = [people.invitation_path(invitation), "/account/login/", "/nothing-here/"]
    paths += ["/", "/me/", "/account/email/", "/account/2fa/", f"/organisation/{membership.organisation.public_id}/"]
    for at, path in enumerate(paths):
        if at == 3:
            sign_in(client, membership.user)
        response = client.get(path, follow=True)
        kept = response.headers.get("Cache-Control", "")
        assert {"no-store", "private"} <= set(kept.split(", ")), (path, kept)
