"""Loading the whole demo world, once, into an empty installation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from django.core.management import call_command
from django.db import transaction

from evaluation.reports import tasks as reports
from evaluation.reviews import tasks as review_tasks
from lifecycle.attention import tasks as flags
from partnerships import clock
from partnerships.catalogue.models import CatalogueVersion
from partnerships.notices.actions import keep_in_the_inbox
from partnerships.people.models import User
from partnerships.portfolio import tasks as portfolio
from partnerships.work import tasks as work

from . import (  # noqa: F401  (their verbs)
    agreement,
    closing,
    communication,
    delivering,
    diligence,
    libraries,
    outcomes,
    record,
    reviewing,
    scoping,
    screening,
)
from .people import bring_in, refuse_a_second
from .telling import Story, World, tell

FOLDER = Path(__file__).resolve().parent
#: What the scheduler runs all day; once here, so that flags, lists and dates are there from the first page on.
SWEEPS: tuple[Callable[[], Any], ...] = (review_tasks.sweep, portfolio.dates, flags.sweep, work.sweep, reports.sweep)
#: Days for which a notice of a story counts as unread.
FRESH_DAYS = 6
#: Days since when the flags of the demo world stand.
FLAGS_SINCE = 18


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def story_files() -> list[Path]:
    """The stories in the order of their telling."""
    return sorted(path for path in FOLDER.glob("*.yaml") if path.name != "people.yaml")


def load(say: Callable[[str], None] = lambda text: None) -> World:
    """Everybody and everything, or nothing: a refused step undoes the whole."""
    with transaction.atomic():
        refuse_a_second(User.objects.count())
        if not CatalogueVersion.objects.exists():
            call_command("load_catalogue", verbosity=0)
        world = World(clock.now())
        bring_in(world, read(FOLDER / "people.yaml"))
        for path in story_files():
            told = read(path)
            with transaction.atomic():
                tell(Story(world, path.stem.split("-", 1)[1]), told["steps"])
            say(told["title"])
        # As the nights before did: a weakness is a side's own for 14 days, then the others see it too.
        with clock.at(world.now - timedelta(days=FLAGS_SINCE)):
            flags.sweep()
        for sweep in SWEEPS:
            sweep()
        keep_in_the_inbox(unread_days=FRESH_DAYS)
    return world
