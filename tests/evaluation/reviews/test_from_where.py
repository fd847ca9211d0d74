"""From where somebody without an office answers: said when they are asked, counted as a group, and erased."""

from __future__ import annotations

import pytest

from evaluation.reviews import actions
from evaluation.reviews.models import Respondent
from partnerships import clock

from .conftest import CODES
from .test_own import open_up, place_in_offices, read
from .test_views import url

FIELD = [f"field{n}@example.org" for n in range(5)]


@pytest.fixture
def round(world):
    """Six of the NGO sit in head office; five more are asked by mail, at the site."""
    place_in_offices(world, "ngo", field=0)
    return world.started()


def post(world, round, client, **more):
    client.force_login(world.leads["ngo"])
    seats = [str(world.seat(user).pk) for user in world.people["ngo"]]
    return client.post(url(world, "part", round), {"mode": "individual", "seats": seats, **more})


def groups(world, round):
    rows = world.part(round, "ngo").respondents.exclude(email="")
    return dict(rows.values_list("email", "group"))


class TestBox:
    def test_each_box_says_from_where(self, world, round, client):
        client.force_login(world.leads["ngo"])
        page = client.get(url(world, "part", round)).content.decode()
        assert "only where each of them" in page
        post(
            world, round, client,
            addresses_field=" A@example.org", addresses_head="b@example.org\nc@example.org", addresses="d@example.org",
        )  # fmt: skip
        assert groups(world, round) == {
            "a@example.org": "field", "b@example.org": "head", "c@example.org": "head", "d@example.org": "",
        }  # fmt: skip
        client.post(url(world, "invite", round), {"addresses_field": "e@example.org"})
        assert groups(world, round)["e@example.org"] == "field"

    def test_an_address_in_two_boxes_keeps_what_was_typed(self, world, round, client):
        page = post(world, round, client, addresses_field="a@example.org", addresses="A@example.org")
        assert "This address stands in two boxes" in page.content.decode()
        assert page.context["form"]["addresses_field"].value() == "a@example.org"
        assert not world.part(round, "ngo").respondents.exists()

    def test_only_a_seat_without_an_office_is_asked_for(self, world, client):
        round = world.started()
        client.force_login(world.leads["ngo"])
        seat = world.seat(world.people["ngo"][1])
        assert f"from_{seat.pk}" in client.get(url(world, "part", round)).context["form"].fields
        post(world, round, client, **{f"from_{seat.pk}": "field"})
        assert world.part(round, "ngo").respondents.get(seat=seat).group == "field"
        place_in_offices(world, "ngo", field=0)
        actions.start_over(world.part(round, "ngo"), by=world.lead("ngo"))
        assert f"from_{seat.pk}" not in client.get(url(world, "part", round)).context["form"].fields


class TestRelay:
    def ask(self, world, round, addresses):
        seats = [world.seat(user) for user in world.people["ngo"]]
        part = actions.choose_individual(
            world.part(round, "ngo"), seats=seats, addresses=addresses, groups=dict.fromkeys(FIELD, "field"),
            by=world.lead("ngo"),
        )  # fmt: skip
        for respondent in part.respondents.all():
            world.answer(respondent, 3 if respondent.seat_id else 1)
        actions.submit_part(world.part(round, "ngo"), by=world.lead("ngo"))

    def test_five_at_the_site_stand_beside_head_office_for_their_own_side(self, world, round):
        self.ask(world, round, FIELD)
        world.individually(round, "company", 3)
        round = open_up(world, round)
        own = world.lead("ngo").own_party.public_id
        relay = read(world, "ngo", round).row("trust.1").means[own].relay
        assert {name: mean.text for name, mean in relay.items()} == {"head": "3.0", "field": "1.0"}
        assert read(world, "company", round).row("trust.1").means[own].relay == {}
        rows = Respondent.objects.unguarded("test").filter(part__round=round)
        assert not rows.exclude(group="").exists(), "erased at the opening"

    def test_four_are_not_told(self, world, round):
        self.ask(world, round, FIELD[:4])
        world.individually(round, "company", 3)
        round = open_up(world, round)
        assert not world.part(round, "ngo").has_groups
        assert read(world, "ngo", round).row("trust.1").means[world.lead("ngo").own_party.public_id].relay == {}

    def test_typed_in_from_paper_it_is_said_there(self, world, round, client):
        seats = [world.seat(user) for user in world.people["ngo"]]
        actions.choose_individual(world.part(round, "ngo"), seats=seats, by=world.lead("ngo"))
        client.force_login(world.leads["ngo"])
        client.post(
            url(world, "on_paper", round),
            {
                "form": "one", "way": "paper", "noted_on": clock.today().isoformat(), "language": "en",
                "group": "field", **{f"s-{code}": "1" for code in CODES},
            },
        )  # fmt: skip
        assert world.part(round, "ngo").respondents.get(on_paper=True).group == "field"
