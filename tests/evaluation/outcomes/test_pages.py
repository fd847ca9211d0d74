"""The pages in a real browser: accessible, and no wider than a phone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse

from evaluation.outcomes import actions
from evaluation.outcomes.queries import indicator_rows, outcome_rows
from partnerships.access.actions import open_release
from tests.factories import World, make_partnership, sign_in

from .conftest import cost, got, hours, in_days, record, set_indicator
from .test_effort import last_quarter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WELLS = "Households with a working well within five hundred metres"
CSV = f"Indicator;Day;Value;Source\n{WELLS};{{day}};41,5;Count\n;soon;many;\n"


def told() -> World:
    """A record with something in each of the three layers, of both partners."""
    world = make_partnership(broker=True, community=True)
    member, other = world.colleague("ngo"), world.colleague("company")
    wells = set_indicator(world, name=WELLS, circle="all")
    for days, value in ((-300, 31), (-180, 44), (-30, 52)):
        actions.measure(wells, by=world.ngo, on=in_days(days), measured=Decimal(value), source="Walked, with photos")
    dust = set_indicator(
        world, "company", name="Dust at the school", unit="µg/m³", direction="less", baseline=Decimal("58.25"),
        target=Decimal(40), frequency="monthly",
    )  # fmt: skip
    actions.measure(dust, by=world.company, on=in_days(-90), measured=Decimal("61.5"))
    set_indicator(world, name="Decisions within 30 days", unit="per cent", layer="process", baseline=None,
                  baseline_on=None, target=Decimal(90))  # fmt: skip
    change = record(world, what="The committee calls the mine before there is a complaint", circle="all")
    actions.voice(change, stance="confirmed", words="", seen=1, by=world.company)
    drivers = record(world, "company", what="Drivers stop at the well without being told to")
    actions.voice(drivers, stance="different", words="On three roads they do.", seen=1, by=world.ngo)
    record(world, kind="counted", indicator=wells, what="Girls go to school in the dry season too")
    record(world, kind="harm", what="Water sellers lost part of their income", circle="all")
    got(world, amount=Decimal(1450000000), currency="XOF")
    entry = got(world, "company", kind="relations", words="Four years without a blocked road.")
    open_release(actions.show_values([entry], to="partners", by=world.company), by=world.ngo)
    first: date = last_quarter()
    for who, c, d in ((world.ngo, 24, 30), (member, 8, 64.5), (world.company, 14, 16), (other, 6, 34)):
        hours(world, who, day=first, c=c, d=d)
    cost(world, on=first)
    cost(world, "company", on=first, amount=Decimal(3200), currency="USD")
    cost(world, "company", on=first, amount=Decimal(2400), currency="USD", form="in_kind")
    open_release(actions.show_effort(first, to="partners", by=world.company), by=world.ngo)
    return world


def pages(world: World) -> dict[str, str]:
    place = world.ngo
    wells, dust = (row.indicator for row in indicator_rows(place)[:2])
    different = next(row.outcome for row in outcome_rows(place) if row.different)
    mine = next(row.outcome for row in outcome_rows(place) if row.is_harm)
    names = {
        "overview": [], "indicator": [wells.public_id], "measure": [dust.public_id], "new_indicator": [],
        "outcome": [different.public_id], "voice": [different.public_id], "reword": [mine.public_id], "effort": [],
        "new_hours": [], "new_value": [], "show_values": [], "import_values": [],
        "show_effort": [last_quarter().isoformat()],
    }  # fmt: skip
    return {name: reverse(f"outcomes:{name}", args=[world.pid, *args]) for name, args in names.items()}


@pytest.fixture
def visitor(browser: Any, live_server: Any, client: Client) -> Iterator[Any]:
    """Opens pages as somebody, at a width."""
    opened: list[Any] = []

    def visit(who: Any, width: int) -> Any:
        sign_in(client, who)
        context = browser.new_context(viewport={"width": width, "height": 900})
        cookie = client.cookies[django_settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": django_settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        opened.append(context)
        return context.new_page()

    yield visit
    for context in opened:
        context.close()


@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_is_accessible_and_fits(visitor: Any, live_server: Any, width: int) -> None:
    world = told()
    page = visitor(world.ngo, width)
    found = {}
    for name, path in pages(world).items():
        page.goto(live_server.url + path)
        found[name] = [(v["id"], [n["html"] for n in v["nodes"]]) for v in Axe().run(page).response["violations"]]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found[name].append(("too wide", []))
    assert {name: problems for name, problems in found.items() if problems} == {}


@pytest.mark.parametrize("width", [1280, 360])
def test_a_preview_is_accessible_and_fits(visitor: Any, live_server: Any, width: int) -> None:
    world = told()
    page = visitor(world.ngo, width)
    page.goto(live_server.url + pages(world)["import_values"])
    content = CSV.format(day=in_days(-3)).encode()
    page.set_input_files("input[type=file]", {"name": "v.csv", "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Look at it first").click()
    page.get_by_role("heading", name="What this file would do").wait_for()
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Take in one value").click()
    page.get_by_text("1 value was taken in.").wait_for()
