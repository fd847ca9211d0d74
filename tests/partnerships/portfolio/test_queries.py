"""The list: one's own, in order, a page at a time, at a constant number of queries."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from partnerships import clock
from partnerships.access.actions import circle_here
from partnerships.portfolio import queries
from partnerships.portfolio.actions import note, refresh_dates, sought_text
from partnerships.portfolio.models import Summary
from partnerships.portfolio.states import SORTS
from partnerships.record import actions as record
from partnerships.record.states import Sector
from partnerships.work import actions as work
from tests.factories import make_organisation, make_partnership, sign_in

pytestmark = pytest.mark.django_db


def test_everybody_sees_the_row_of_their_own_side() -> None:
    world = make_partnership(broker=True)
    note(world.party("ngo"), flags_high=2, headline="fragile")
    assert queries.page(world.ngo.user).rows[0].high == 2
    assert queries.page(world.company.user).rows[0].high == 0
    assert [o["name"] for o in queries.page(world.ngo.user).rows[0].others] == ["Corvane Gold", "Third Chair"]
    assert queries.page(world.administrator("ngo")).count == 1
    assert queries.page(world.outsider).count == 0


def test_an_administrator_without_a_seat_is_told_name_stage_and_people(client: Client) -> None:
    world = make_partnership()
    note(world.party("ngo"), flags_high=7, headline="fragile", last_review_on=date(2031, 5, 4), reason="no_lead")
    row = queries.page(world.ngo.user).rows[0]
    assert (row.high, row.headline, row.next_due is None) == (7, "fragile", True)
    administrator = world.administrator("ngo")
    row = queries.page(administrator).rows[0]
    assert (row.name, row.stage, row.others[0]["name"]) == (world.partnership.name, "scoping", "Corvane Gold")
    assert (row.high, row.warning, row.headline, row.reviewed_on, row.next_due, row.reason) == (
        0,
        0,
        "",
        None,
        None,
        "",
    )
    for page in ("/", "/partnerships/"):
        told = sign_in(client, administrator).get(page).content.decode()
        assert world.partnership.name in told
        assert "cg-band" not in told
        assert "2031" not in told
        assert "cg-band" in sign_in(client, world.ngo).get(page).content.decode()


@pytest.mark.parametrize("sort", list(SORTS))
def test_pages_follow_one_another_without_gap_or_double(sort: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE", 3)
    membership = make_organisation()
    for number in range(8):
        # Apart in time: the same title twice within a minute is a double press.
        with clock.at(clock.now() - timedelta(minutes=20 - 2 * number)):
            record.propose(by=membership.user, membership=membership, name=f"Partnership {number % 3}")
    seen: list[str] = []
    after = ""
    while True:
        page = queries.page(membership.user, sort=sort, after=after)
        seen += [r.url for r in page.rows]
        after = page.next_key
        if not after:
            break
    assert len(seen) == len(set(seen)) == 8


def test_a_forged_key_shows_the_first_page() -> None:
    world = make_partnership()
    assert len(queries.page(world.ngo.user, after="forged").rows) == 1


def test_a_key_after_which_nothing_is_left_shows_the_first_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE", 1)
    world = make_partnership(name="First")
    record.propose(by=world.ngo.user, membership=world.ngo.user.memberships.get(), name="Second")
    key = queries.page(world.ngo.user, sort="name").next_key
    Summary.objects.filter(name="Second").delete()
    page = queries.page(world.ngo.user, sort="name", after=key)
    assert [row.name for row in page.rows] == ["First"]
    assert page.count == 1


def test_filters_narrow(client: Client) -> None:
    world = make_partnership(name="Kessa health posts")
    assert queries.page(world.ngo.user, words="kessa").count == 1
    assert queries.page(world.ngo.user, words="oulé").count == 0
    assert queries.page(world.ngo.user, stage="agreement").count == 0
    page = sign_in(client, world.ngo).get("/partnerships/?words=nothing")
    assert "No partnership fits" in page.content.decode()


def test_one_row_and_three_cost_the_same(client: Client) -> None:
    world = make_partnership()
    sign_in(client, world.ngo)
    client.get("/partnerships/")
    with CaptureQueriesContext(connection) as one:
        client.get("/partnerships/")
    membership = world.ngo.user.memberships.get()
    for number in range(2):
        record.propose(by=world.ngo.user, membership=membership, name=f"Another {number}")
    with CaptureQueriesContext(connection) as three:
        client.get("/partnerships/")
    assert len(one) == len(three) <= 8


def test_the_next_date_is_what_is_late_and_no_appointment_that_is_past(client: Client) -> None:
    world = make_partnership()
    today = clock.today()
    work.close_items(world.partnership)

    def owe(key: str, days: int, *, circle: str = "partners", is_event: bool = False) -> None:
        work.open_item(
            record.CONSENT,
            partnership=world.partnership,
            key=key,
            party=world.party("company"),
            circle=circle_here(world.company, circle),
            path="/",
            due_on=today + timedelta(days=days),
            is_event=is_event,
        )

    owe("meeting", -9, is_event=True)
    owe("later", 12)
    owe("own", 3, circle="own")
    assert refresh_dates() > 0
    assert refresh_dates() == 0, "what has not changed is not written again"
    assert queries.page(world.ngo.user).rows[0].next_due == today + timedelta(days=12)
    assert queries.page(world.company.user).rows[0].next_due == today + timedelta(days=3)
    owe("late", -4)
    refresh_dates()
    assert queries.page(world.ngo.user).rows[0].next_due == today - timedelta(days=4)
    assert "Late by 4 days" in sign_in(client, world.ngo).get("/partnerships/").content.decode()


def test_a_sector_narrows_and_is_told_apart_from_others(client: Client) -> None:
    world = make_partnership(sectors=("water", "health"))
    make_partnership(name="Elsewhere", sectors=("education",))
    user = world.ngo.user
    assert Summary.objects.get(party=world.party("ngo")).sectors == " health water "
    for sector, count in (("water", 1), ("health", 1), ("education", 0), ("", 1)):
        assert len(queries.page(user, sector=sector).rows) == count, sector
    html = sign_in(client, world.ngo).get(reverse("portfolio:list"), {"sector": "education"}).content.decode()
    assert "No partnership fits." in html
    html = client.get(reverse("portfolio:list"), {"sector": "water"}).content.decode()
    assert world.partnership.name in html
    assert '<option value="water" selected>Water and sanitation</option>' in html


@given(chosen=st.sets(st.sampled_from(Sector.values)), asked=st.sampled_from(Sector.values))
def test_a_sector_is_found_exactly_where_it_was_chosen(chosen: set[str], asked: str) -> None:
    kept = sought_text(chosen)
    assert (f" {asked} " in kept) == (asked in chosen)
    assert len(kept) <= 200
