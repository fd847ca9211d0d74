"""The bench measures what the actions would have made, and says what it has to say."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from config.stories.loader import FOLDER, read
from config.stories.people import bring_in
from config.stories.telling import World
from lifecycle.attention import tasks as flags
from partnerships import clock
from partnerships.access.actions import circle_for
from partnerships.access.models import Circle
from partnerships.portfolio.actions import refresh_dates, refresh_summary
from partnerships.portfolio.models import Summary
from partnerships.record.models import Partnership
from partnerships.work.actions import close_item, open_item
from partnerships.work.models import WorkItem

from . import seed, told
from .multiply import Pattern, pattern_of

ROOT = Path(__file__).resolve().parents[2]
COPIES = 30

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db,
    pytest.mark.skipif("postgres" not in os.environ.get("DATABASE_URL", ""), reason="the bench is PostgreSQL's"),
]


@pytest.fixture
def seeded() -> Partnership:
    """A pattern and its copies."""
    world = World(clock.now())
    bring_in(world, read(FOLDER / "people.yaml"))
    pattern = told.pattern(world, "diligence")
    flags.sweep()
    refresh_dates()
    pattern.refresh_from_db()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        seed.multiply(cursor, world, [pattern_of(pattern)], COPIES)
    return pattern


def shape(pattern: Pattern) -> dict[str, list[dict[str, Any]]]:
    """The rows of a record without what is each record's own: ids, days, names of people and organisations."""

    def plain(name: str, value: Any) -> Any:
        if name in {"next_reminder_at", "reminder_step"}:
            return ""  # by the rules, on the day of each: looked at below
        if name.endswith(("_id", "_at", "_on", "_since")) or name in {"id", "since", "next_due"}:
            return value is None
        if name == "public_id":
            return len(value)
        if name == "others":
            return [{**one, "name": ""} for one in value]
        if name in {"key", "path"}:
            return re.sub(r"\d+", "#", re.sub(r"(?<=/)\w{12}(?=/)", "ID", value))
        return value if name not in {"name", "at"} else ""

    return {
        model.__name__: [{name: plain(name, value) for name, value in row.items()} for row in rows]
        for model, rows in pattern.rows.items()
    }


def test_a_copy_holds_what_the_actions_made_and_the_actions_find_it_so(seeded: Partnership) -> None:
    made = pattern_of(seeded)
    assert len(made.rows[Partnership]) == 1
    assert Partnership.objects.count() == COPIES
    for copy in (Partnership.objects.order_by("pk")[1], Partnership.objects.order_by("pk").last()):
        assert copy is not None
        assert shape(pattern_of(copy)) == shape(made)

        circles = Circle.objects.filter(partnership=copy).count()
        party = copy.parties.order_by("pk")[0]
        for kind in ("all", "partners"):
            circle_for(copy, kind)
        circle_for(copy, "own", party=party)
        assert Circle.objects.filter(partnership=copy).count() == circles

        before = list(Summary.objects.filter(partnership=copy).order_by("pk").values())
        refresh_summary(copy)
        refresh_dates()
        after = list(Summary.objects.filter(partnership=copy).order_by("pk").values())
        assert [{**row, "changed_at": 0} for row in after] == [{**row, "changed_at": 0} for row in before]

        row = WorkItem.objects.of(copy).open().exclude(due_on=None).order_by("pk")[0]
        again = open_item(
            row.kind, partnership=copy, key=row.key, party=row.party, circle=row.circle, path=row.path,
            person=row.person, due_on=row.due_on, zone=row.zone,
        )  # fmt: skip
        assert (again.pk, again.due_at, again.next_reminder_at, again.reminder_step) == (
            row.pk, row.due_at, row.next_reminder_at, row.reminder_step,
        )  # fmt: skip
        close_item(copy, row.key)
        row.refresh_from_db()
        assert row.closed_at is not None


def test_the_viewers_have_what_the_figures_say(seeded: Partnership) -> None:
    assert set(pattern_of(seeded).rows) >= {Partnership, Summary, WorkItem, Circle}
    made = pattern_of(seeded)
    assert len(made.rows[WorkItem]) >= told.WORK_ITEMS
    assert WorkItem.objects.of(seeded).open().count() == told.WORK_ITEMS
    assert seeded.parties.count() == 3
    assert sum(party.seats.count() for party in seeded.parties.all()) == 6
    acts = next(rows for model, rows in made.rows.items() if model.__name__ == "Act")
    assert len(acts) >= told.ACTS


def test_a_small_run_prints_the_table_and_writes_every_key(tmp_path: Path) -> None:
    url = os.environ["DATABASE_URL"].partition("?")[0]
    # What other tests send to the broker is no work of the bench's pool.
    broker = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379")
    figures = tmp_path / "figures.json"
    environment = {
        **{k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}},
        "BENCH_DATABASE_URL": f"{url}_bench_{os.getpid()}",
        "BENCH_REDIS_URL": f"{broker.rstrip('/').removesuffix('/0')}/5",
        "BENCH_PYTHON": sys.executable,
        "CG_VAR": str(tmp_path),
    }
    command = ["bin/bench", "--partnerships", "30", "--short", "--samples", "2", "--reports", "2"]
    command += ["--drop", "--json", str(figures)]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)
    # 1 where a bar is missed, 2 where the machine is too busy for any figure to count; a crash ends with 1 as well.
    assert run.returncode in {0, 1, 2}, run.stderr
    assert figures.exists(), run.stdout + run.stderr
    report = json.loads(figures.read_text())
    assert report["void"] == (report["floor_b_cpu_ms"] > 9)
    assert ("VOID" in run.stdout) == report["void"]
    assert {"list", "home", "record, five years", "review answer, autosave"} <= {f["page"] for f in report["pages"]}
    for figure in report["pages"]:
        assert figure.keys() >= {"p50_ms", "rps", "cpu_ms", "queries", "floor", "ratio", "bar", "ok"}
        assert figure["cpu_ms"] > 0
        assert figure["floor"] > 0
    sweep = report["reminder sweep"]
    assert sweep["reminders"] >= sweep["due"] > 0
    assert sweep["second_run"] == 0
    assert sweep["statements"] == sweep["statements_of_one"]
    assert sweep["digests"] > 0
    assert sweep["ok"] == (not sweep["missed"])
    assert "reminder sweep:" in run.stdout
    papers = report["review report PDF"]
    assert (papers["reports"], papers["pages"] > 3) == (2, True)
    assert papers["page_ms"] > 0
    assert papers["peak_mb"] > 50
    assert papers["processes"] >= 3
    assert "review report PDF:" in run.stdout
