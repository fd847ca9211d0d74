"""The joint session on a projector: for all eyes alike, one thing at a time."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluation.reviews import actions
from partnerships import clock
from partnerships.people.models import User

from .conftest import CODES
from .test_own import answering, more_people, open_up, url

HIDDEN = "zebrafish in the well"


@pytest.fixture
def opened(world):
    """The company's people, ten of them, are divided; the NGO's wrote comments."""
    more_people(world, "company", 10)
    round = world.started()
    answering(world, "company", round, lambda at, code: (2, 4)[at % 2])
    world.individually(round, "ngo", 1, comments={"trust.1": HIDDEN})
    return open_up(world, round)


def walk(client, start):
    """Every step, by the links alone."""
    pages, at = [], start
    while at:
        page = client.get(at)
        assert page.status_code == 200
        pages.append(page)
        at = page.context["ahead"]
    return pages


def test_it_goes_step_by_step_with_links_alone(world, client, opened):
    client.force_login(world.leads["ngo"])
    pages = walk(client, url(world, "session", opened))
    assert len(pages) == 1 + 3 + len(CODES)
    names = [page.context["name"] for page in pages]
    assert names[0] == ""
    assert sorted(names[1:4]) == ["About power", "About purpose", "About trust"]
    for page, before in zip(pages[1:], pages, strict=False):
        assert client.get(page.context["back"]).context["name"] == before.context["name"]
    text = pages[1].content.decode()
    assert text.count("<h1") == 1
    assert world.partnership.name in text.split("<title>")[1].split("</title>")[0], "which record it is"
    assert 'rel="next"' in text
    assert 'rel="prev"' in text


def test_nothing_of_one_side_alone_is_on_it(world, client, opened):
    """The own side's spread and comments are on its own pages, and never on the wall."""
    for name in ("ngo", "company"):
        client.force_login(world.leads[name])
        for page in walk(client, url(world, "session", opened)):
            text = page.content.decode()
            assert HIDDEN not in text
            assert "Divided" not in text
            assert "spread" not in text


def test_access_is_asked_at_every_step(world, client, opened):
    step = url(world, "session_step", opened, "trust.1")
    client.force_login(world.leads["ngo"])
    assert client.get(step).status_code == 200
    assert "no-store" in client.get(step)["Cache-Control"]
    seat = world.seat(world.leads["ngo"])
    seat.ended_on = clock.today()
    seat.save()
    assert client.get(step).status_code in {403, 404}
    client.force_login(User.objects.create_user("outsider@example.org", name="Outsider"))
    assert client.get(step).status_code == 404
    client.force_login(world.leads["company"])
    assert client.get(url(world, "session_step", opened, "nonsense")).status_code == 404


def test_before_the_opening_there_is_none(world, client):
    round = world.started()
    world.individually(round, "ngo", 1)
    world.individually(round, "company", 4)
    client.force_login(world.leads["ngo"])
    assert client.get(url(world, "session", round)).status_code == 302
    with clock.at(world.fresh(round).own_results_at):
        actions.sweep()
        assert client.get(url(world, "session", round)).status_code == 302, "the day before is for each alone"


def test_the_same_queries_at_every_step(world, client, opened):
    client.force_login(world.leads["ngo"])
    counts = []
    for step in ("trust", "trust.1", "power.2"):
        with CaptureQueriesContext(connection) as seen:
            client.get(url(world, "session_step", opened, step))
        counts.append(len(seen))
    assert len(set(counts[1:])) == 1
