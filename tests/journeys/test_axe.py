"""Every page of the demo world, seen by every demo role, is accessible, and no link leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from .crawl import Known, problems, walk
from .ground import Ground, installation

pytestmark = [pytest.mark.browser, pytest.mark.walk]


@pytest.fixture(scope="module")
def demo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with installation(tmp_path_factory.mktemp("demo"), browser, demo=True) as running:
        yield running


def test_every_page_of_the_demo_world_is_accessible(demo: Ground) -> None:
    axe, known = Axe(), Known()
    found: list[str] = []
    visited: set[str] = set()
    broken: list[str] = []
    for who in demo.demo_people():
        for kind in walk(who, broken=broken):
            visited.add(kind)
            if known.is_new(kind, who):
                found += problems(axe, who)
    assert len(visited) > 100, sorted(visited)
    assert broken == []
    assert found == []
