"""What home shows of what others owe."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from partnerships import clock
from partnerships.access.actions import circle_here
from partnerships.record.actions import CONSENT
from partnerships.work import actions as work
from partnerships.work.queries import HOME_ROWS, feed_url, home
from tests.factories import World, make_partnership, sign_in

pytestmark = pytest.mark.django_db


def owe(world: World, side: str, key: str, days: int) -> None:
    work.open_item(
        CONSENT,
        partnership=world.partnership,
        key=key,
        party=world.party(side),
        circle=circle_here(world.ngo, "partners"),
        path="/",
        subject=f"Body {key}",
        due_on=clock.today() + timedelta(days=days),
    )


def test_a_long_list_begins_short_counts_all_and_shows_all_when_asked(client: Client) -> None:
    world = make_partnership()
    work.close_items(world.partnership)
    for number in range(HOME_ROWS + 3):
        owe(world, "ngo", f"n{number}", number - 2)
        owe(world, "company", f"c{number}", number)
    sign_in(client, world.ngo)
    page = client.get("/").content.decode()
    assert f"{HOME_ROWS + 3} things wait for you" in page
    assert "2 are late." in page
    assert "7 are due this week." in page
    assert page.count("Body n") == HOME_ROWS
    assert f"Show all {HOME_ROWS + 3}" in page
    whole = client.get("/?all=you").content.decode()
    assert whole.count("Body n") == HOME_ROWS + 3
    assert whole.count('href="?all=') == 1
    others = client.get("/?all=others").content.decode()
    assert sum(f"Body c{number}" in others for number in range(HOME_ROWS + 3)) == HOME_ROWS + 3


def test_home_calendar_and_feed_read_the_same_row(client: Client) -> None:
    world = make_partnership()
    work.close_items(world.partnership)
    owe(world, "ngo", "one", 5)
    sign_in(client, world.ngo)
    path = feed_url(world.ngo.user)
    path = path[path.index("/calendar/") :]
    for page in ("/", "/calendar/"):
        assert "Body one" in client.get(page).content.decode(), page
    feed = client.get(path).content.decode()
    assert feed.count("BEGIN:VEVENT") == 1
    assert "Body one" not in feed, "what people wrote stays out of the feed"
    work.move_due(world.partnership, "one", clock.today() + timedelta(days=40))
    moved = (clock.today() + timedelta(days=40)).strftime("%Y%m%d")
    assert moved in client.get(path).content.decode()
    work.close_item(world.partnership, "one")
    assert "Body one" not in client.get("/").content.decode()
    assert "Body one" not in client.get("/calendar/").content.decode()
    assert "BEGIN:VEVENT" not in client.get(path).content.decode()


def test_what_was_asked_tonight_was_not_asked_tomorrow(client: Client) -> None:
    """In Lima it is still the evening before when the day begins in UTC."""
    world = make_partnership()
    user = world.ngo.user
    user.time_zone = "America/Lima"
    user.save()
    with clock.at(datetime(2027, 3, 3, 1, tzinfo=UTC)):
        owe(world, "company", "k", 10)
        page = sign_in(client, user).get("/").content.decode()
    assert "Asked today" in page


def test_what_others_owe_in_years_is_not_waited_for_yet() -> None:
    world = make_partnership()
    owe(world, "company", "soon", 10)
    owe(world, "company", "far", 700)
    titles = " ".join(task["title"] for task in home(world.ngo.user)["others"])
    assert "soon" in titles
    assert "far" not in titles


def test_what_i_owe_in_half_a_year_stands_in_the_calendar_alone(client: Client) -> None:
    world = make_partnership()
    before = home(world.ngo.user)["you_count"]
    owe(world, "ngo", "soon", 10)
    owe(world, "ngo", "far", 200)
    assert home(world.ngo.user)["you_count"] == before + 1
    assert "Body far" in sign_in(client, world.ngo).get("/calendar/").content.decode()
