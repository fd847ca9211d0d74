"""`bin/bench`: seeds, serves, measures, prints a table and writes JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
import psycopg2
from psycopg2 import sql

VAR = Path(os.environ["CG_VAR"])


def read_arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument("--partnerships", type=int, default=10_000, metavar="N", help="how many to seed (10,000)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--reuse", action="store_true", help="measure in the database of the last run, as it is")
    parser.add_argument("--drop", action="store_true", help="drop the database in the end")
    parser.add_argument("--only", default="", metavar="WORDS", help="pages whose name, or viewer, holds these words")
    parser.add_argument(
        "--against", type=Path, metavar="FILE", help="figures of a smaller database: CPU may grow by a fifth"
    )
    parser.add_argument(
        "--short", action="store_true", help="the five years hold their rounds alone (to try the bench)"
    )
    parser.add_argument("--samples", type=int, default=60, metavar="N", help="requests of each page (60)")
    parser.add_argument(
        "--reports",
        type=int,
        default=24,
        metavar="N",
        help="PDFs that two processes make (24; from 100 on memory is said to be flat or not; 0: none)",
    )
    parser.add_argument(
        "--exports", type=int, default=0, metavar="N", help="reports in one file, made by two processes (0: none)"
    )
    return parser.parse_args(given)


def make_database(url: str) -> None:
    """An empty one under the name that the address ends with."""
    administer(url, "DROP DATABASE IF EXISTS {}", "CREATE DATABASE {}")


def administer(url: str, *statements: str) -> None:
    name = urlsplit(url).path.lstrip("/")
    if "bench" not in name:
        raise SystemExit(
            f"The bench drops and makes its database. Its name must hold the word bench; {name!r} does not."
        )
    with_postgres = url.rpartition("/")[0] + "/postgres"
    connection = psycopg2.connect(with_postgres, connect_timeout=5)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(sql.SQL(statement).format(sql.Identifier(name)))
    connection.close()


def table(figures: Iterable[Any]) -> str:
    """As people read it."""
    head = f"{'page':<26}{'viewer':<15}{'p50 ms':>8}{'CPU ms':>8}{'of DB':>7}{'floor':>7}{'ratio':>7}{'p50 r.':>7}"
    head += f"{'bar':>5}{'queries':>9}{'req/s':>8}"
    lines = [head, "-" * len(head)]
    for f in figures:
        lines.append(
            f"{f.page:<26}{f.viewer:<15}{f.p50_ms:>8.1f}{f.cpu_ms:>8.1f}{f.database_ms:>7.1f}{f.floor:>7.1f}"
            f"{f.ratio:>7.2f}{f.p50_ratio:>7.2f}{f.bar:>5.1f}{f.queries:>6}/{f.queries_bar:<2}{f.rps:>8.0f}"
            f"{'' if f.ok else '  missed'}"
        )
    return "\n".join(lines)


#: How much more CPU, held against the floor, a page may cost in a larger database.
GROWTH = 1.2


def growth(figures: Iterable[Any], smaller: Path) -> tuple[list[dict[str, Any]], str]:
    """How much more each page costs than in a smaller database, both held against their floors; and as a table."""
    before = {(p["page"], p["viewer"]): p["ratio"] for p in json.loads(smaller.read_text())["pages"]}
    grown = [
        {"page": f.page, "viewer": f.viewer, "growth": round(f.ratio / before[f.page, f.viewer], 2)}
        for f in figures
        if (f.page, f.viewer) in before
    ]
    for one in grown:
        one["ok"] = one["growth"] <= GROWTH
    lines = [
        f"{one['page']:<26}{one['viewer']:<15}{one['growth']:>6.2f}{'' if one['ok'] else '  missed'}" for one in grown
    ]
    return grown, "\n".join([f"Growth since {smaller.name} (at most {GROWTH}):", *lines])


def main() -> int:
    arguments = read_arguments()
    url = os.environ["DATABASE_URL"]
    if not arguments.reuse:
        make_database(url)
    django.setup()
    from django.core.management import call_command

    from . import exports, floor_rows, measure, reports, screening, seed, server, sweep

    report: dict[str, Any] = {
        "conditions": {"partnerships": arguments.partnerships, "python": platform.python_version()}
    }
    if not arguments.reuse:
        call_command("migrate", interactive=False, run_syncdb=True, verbosity=0)
        seeded = seed.fill(arguments.partnerships, print, short=arguments.short)
        floor_rows.fill()
        report["seeding"] = {"told_s": round(seeded.told_s), "copied_s": round(seeded.copied_s), "rows": seeded.rows}
    figures = []
    apart: dict[str, Any] = {}
    with server.serving(VAR / "web.log") as (port, costs):
        floor = measure.floor_cost(port, costs, arguments.samples)
        print(f"Floor (b): {floor:.1f} ms of CPU.", flush=True)
        for page in measure.pages():
            if arguments.only in f"{page.name} {page.viewer}":
                figures.append(measure.measure(page, port, costs, arguments.samples))
                print(table(figures).splitlines()[-1], flush=True)
        if arguments.only in sweep.NAME:
            apart[sweep.NAME] = sweep.measure()
            print(apart[sweep.NAME], flush=True)
        if arguments.only in screening.NAME:
            apart[screening.NAME] = screening.measure()
            print(apart[screening.NAME], flush=True)
        if arguments.only in reports.NAME and arguments.reports:
            apart[reports.NAME] = reports.measure(arguments.reports, VAR)
            print(apart[reports.NAME], flush=True)
        if arguments.only in exports.NAME and arguments.exports:
            apart[exports.NAME] = exports.measure(arguments.exports, VAR)
            print(apart[exports.NAME], flush=True)
        floor = max(floor, measure.floor_cost(port, costs, arguments.samples))
    void = floor > measure.VOID_OVER
    report |= {"floor_b_cpu_ms": round(floor, 2), "void": void, "pages": [f.as_json() for f in figures]}
    report |= {name: f.as_json() for name, f in apart.items()}
    print("\n" + table(figures), *apart.values(), sep="\n")
    grown: list[dict[str, Any]] = []
    if arguments.against:
        grown, said = growth(figures, arguments.against)
        report["growth"] = grown
        print("\n" + said)
    if void:
        print(f"\nVOID: floor (b) costs {floor:.1f} ms of CPU, over {measure.VOID_OVER:.0f}. No figure here counts.")
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=2) + "\n")
    if arguments.drop:
        from django.db import connections

        connections.close_all()
        administer(url, "DROP DATABASE IF EXISTS {} WITH (FORCE)")
    return 2 if void else int(not all([f.ok for f in [*figures, *apart.values()]] + [one["ok"] for one in grown]))


if __name__ == "__main__":
    sys.exit(main())
