"""A checklist on a phone at 3G speed, without JavaScript: answering a question, and what that carries over."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from lifecycle.diligence import actions
from lifecycle.diligence.models import DiligenceAnswer
from partnerships.record.states import Stage
from tests.factories import World, make_partnership, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
#: Bytes over the line: the first page with all it needs, and every page after it.
FIRST, LATER = 150_000, 30_000
#: Chromium's own "Regular 3G": bytes a second, and milliseconds.
REGULAR_3G = {"offline": False, "latency": 100, "downloadThroughput": 96_000, "uploadThroughput": 32_000}


class Line:
    """What came over the line since somebody last looked, by the browser's own count.

    Static files count as WhiteNoise serves them: compressed, and once, for their names change with their content and
    browsers keep them. The tests' server does neither.
    """

    def __init__(self, page: Any) -> None:
        self.bytes = 0
        self.session = page.context.new_cdp_session(page)
        self.session.send("Network.enable")
        self.session.send("Network.emulateNetworkConditions", REGULAR_3G)
        self.static: dict[str, int] = {}
        self.kept: set[str] = set()
        self.session.on("Network.responseReceived", self._received)
        self.session.on("Network.loadingFinished", self._count)

    def _received(self, event: dict[str, Any]) -> None:
        path = urlsplit(event["response"]["url"]).path
        if path.startswith(settings.STATIC_URL) and not event["response"].get("fromDiskCache"):
            found = finders.find(path.removeprefix(settings.STATIC_URL))
            assert isinstance(found, str), path
            self.static[event["requestId"]] = 0 if path in self.kept else len(gzip.compress(Path(found).read_bytes()))
            self.kept.add(path)

    def _count(self, event: dict[str, Any]) -> None:
        self.bytes += self.static.get(event["requestId"], int(event["encodedDataLength"]))

    def carried(self) -> int:
        """Bytes since the last time."""
        found, self.bytes = self.bytes, 0
        return found


@pytest.fixture
def world() -> World:
    world = make_partnership(stage=Stage.DILIGENCE)
    choice = actions.propose_depth(depth="full", by=world.ngo)
    actions.agree_depth(choice, by=world.company)
    return world


@pytest.fixture
def phone(browser: Any, live_server: Any, world: World) -> Iterator[Any]:
    client = sign_in(Client(), world.ngo)
    context = browser.new_context(
        base_url=str(live_server.url), java_script_enabled=False, viewport={"width": 360, "height": 640}
    )
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": str(live_server.url)}])
    yield context.new_page()
    context.close()


def test_a_question_is_answered_over_a_slow_line_without_javascript(phone: Any, world: World) -> None:
    line = Line(phone)
    about = world.party("ngo").public_id
    phone.goto(f"/p/{world.pid}/diligence/about/{about}/", wait_until="networkidle")
    carried = [line.carried()]
    assert 0 < carried[0] < FIRST, carried
    phone.get_by_role("link", name="Begin").click()
    phone.wait_for_load_state("networkidle")
    carried.append(line.carried())
    phone.locator("textarea").first.fill("Water that is safe to drink, decided with those who drink it.")
    phone.get_by_role("button", name="Save and go on").click()
    phone.wait_for_load_state("networkidle")
    carried.append(line.carried())
    phone.goto(f"/p/{world.pid}/diligence/about/{about}/workbook/", wait_until="networkidle")
    carried.append(line.carried())
    assert all(0 < each < LATER for each in carried[1:]), carried
    saved = DiligenceAnswer.objects.of(world.partnership).get()
    assert saved.text == "Water that is safe to drink, decided with those who drink it."
