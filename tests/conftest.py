"""What every test stands on.

The suite runs on SQLite; with DATABASE_URL and REDIS_URL set it runs on those instead (bin/test does both). Tests call
actions and tasks directly; only the journeys start a worker.
"""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from copy import copy
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import TransactionTestCase
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

from partnerships.catalogue.models import CatalogueVersion
from partnerships.history.triggers import append_only, lifted

# Playwright's loop runs in the same thread as a browser test that also reads the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


# No test is a measure of time (house rule 9): on a busy machine a property is true however long an example takes.
hypothesis.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.load_profile("house")

# An eighth of the suite's time was the collector's, walking through modules and the worlds that are remembered.
gc.set_threshold(50_000, 20, 50)

ROOT = Path(__file__).resolve().parent.parent


#: The catalogue's rows as the command stored them: reading the YAML again for every emptied table takes seconds.
SHIPPED: list[CatalogueVersion] = []


def load_catalogue() -> None:
    """The shipped content, which every real installation has."""
    if SHIPPED:
        CatalogueVersion.objects.bulk_create([copy(row) for row in SHIPPED])
    else:
        call_command("load_catalogue", verbosity=0)
        SHIPPED.extend(CatalogueVersion.objects.all())
        for row in SHIPPED:
            # Under the same keys: worlds that were made before point at them.
            row._state.adding = True


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, so that no worker is left with one of them at the end.

    On a server's engines only what reaches a database: reckoning is the same on both, and ran with SQLite.
    """
    if os.environ.get("DATABASE_URL"):
        items[:] = [item for item in items if _reaches_a_database(item)]
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def _reaches_a_database(item: pytest.Item) -> bool:
    """pytest-django lets no other test near one. What is set up and running (tests/config) is tried on both."""
    if item.path.is_relative_to(ROOT / "tests" / "config"):
        return True
    fixtures = getattr(item, "fixturenames", ())
    return any(item.get_closest_marker(name) for name in ("django_db", "slow", "browser")) or any(
        name in fixtures for name in ("db", "transactional_db", "live_server", "admin_client", "client")
    )


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        load_catalogue()


@pytest.fixture(scope="session", autouse=True)
def _history_gives_way_to_the_flush() -> Iterator[None]:
    """A test with real transactions ends by emptying all tables, which the append-only ones refuse anybody else.

    The catalogue comes back at once: with stolen work the next test may be one that never emptied anything.
    """
    empty = TransactionTestCase._fixture_teardown

    def teardown(case: TransactionTestCase) -> None:
        with ExitStack() as stack:
            for model in append_only:
                stack.enter_context(lifted(model))
            empty(case)
        load_catalogue()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", teardown)
        yield


@pytest.fixture(autouse=True)
def _fast_and_alone(settings: Any, tmp_path: Path, worker_id: str) -> Iterator[None]:
    """Files in the test's own folder, a fast hasher, and no rate limit or cached value from another test."""
    settings.MEDIA_ROOT = tmp_path / "files"
    # Each client would look through all static files for itself.
    settings.WHITENOISE_AUTOREFRESH = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if settings.REDIS_URL:
        # One database of the broker for each worker of the run: clearing the cache empties the whole of it.
        number = 8 + int(worker_id.removeprefix("gw") or 0) % 8 if worker_id != "master" else 7
        location = f"{settings.REDIS_URL.rstrip('/').removesuffix('/0')}/{number}"
        settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": location}}
    cache.clear()
    translation.activate("en")
    yield
    cache.clear()
    translation.activate("en")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium; bin/test finds or installs it."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": path, "args": sandbox}
