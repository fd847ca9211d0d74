"""Every component in a real browser: accessible, light and dark, wide and narrow, under the strict policy."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings

PAGES = ["components/", "record/", "confirm/"]
KILOBYTE = 1000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.partnerships.looks.gallery"),
]


@pytest.fixture
def gallery(settings: Any, live_server: Any) -> str:
    own = Path(__file__).parent / "templates"
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], own]}]
    return str(live_server.url)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("page_name", PAGES)
def test_pages_are_accessible_and_fit(gallery: str, browser: Any, page_name: str, width: int, scheme: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{gallery}/{page_name}")
    problems = Axe().run(page).response["violations"]
    page.close()
    assert [(problem["id"], [node["html"] for node in problem["nodes"]]) for problem in problems] == []
    assert said == [], "the page obeys its own content security policy"


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("page_name", PAGES)
def test_pages_do_not_scroll_sideways(gallery: str, browser: Any, page_name: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(f"{gallery}/{page_name}")
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert wide <= width


def test_a_first_load_is_small(gallery: str, browser: Any) -> None:
    """Under 150 kB compressed, whatever comes with it."""
    page = browser.new_page()
    sizes: dict[str, int] = {}
    page.on("response", lambda answer: sizes.__setitem__(answer.url, len(gzip.compress(answer.body()))))
    page.goto(f"{gallery}/record/", wait_until="networkidle")
    page.close()
    assert sum(sizes.values()) < 150 * KILOBYTE, sizes
    assert len(sizes) > 3
    assert all(url.startswith(gallery) for url in sizes), "nothing is fetched from elsewhere"


def test_errors_get_the_focus(gallery: str, browser: Any) -> None:
    page = browser.new_page()
    page.goto(f"{gallery}/components/")
    assert page.evaluate("document.activeElement.className") == "cg-errors"
    page.get_by_role("link", name="From: This field is required.").click()
    assert page.evaluate("document.activeElement.id") == "id_start"
    page.close()


def test_policy_is_strict() -> None:
    policy = django_settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert "script-src" not in policy
    assert "style-src" not in policy, "default-src 'self' holds for both"
