"""The reviews' section on a record's overview."""

from __future__ import annotations

from typing import Any

from django.test import Client

from tests.factories import sign_in


def test_the_overview_names_the_last_round_and_leads_to_it(world: Any, client: Client) -> None:
    round = world.opened()
    page = sign_in(client, world.lead("ngo")).get(f"/p/{round.partnership.public_id}/").content.decode()
    section = page.split('id="panel-reviews"')[1].split("</section>")[0]
    assert f"/reviews/{round.public_id}/" in section
