"""Journeys: stories told through browser, mail and clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from .ground import Ground, installation

BROKEN = pytest.StashKey[str]()


@pytest.fixture(scope="module")
def ground(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """One installation a story."""
    with installation(tmp_path_factory.mktemp("ground"), browser) as running:
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """A story stops where a chapter fails: what follows would only wait for what never happened."""
    report = yield
    if report.failed and item.parent is not None:
        item.parent.stash.setdefault(BROKEN, item.name)
    return report


def pytest_runtest_setup(item: pytest.Item) -> None:
    broken = item.parent.stash.get(BROKEN, "") if item.parent is not None else ""
    if broken:
        pytest.fail(f"the chapter {broken} failed before", pytrace=False)
