"""bin/faults: drives every fault, prints what came of each, and writes it down."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .ground import installation, postgres_binaries
from .kinds import FAULTS
from .story import Story, Tally

HEAD = (
    "fault",
    "tried",
    "writes",
    "yes",
    "no",
    "cut off",
    "lost",
    "doubled",
    "untrue",
    "mails",
    "again",
    "seconds",
    "",
)


def main() -> int:
    arguments = read_arguments()
    if postgres_binaries() is None:
        print("No PostgreSQL is installed here: apt-get install postgresql", file=sys.stderr)
        return 2
    if arguments.load:
        from .load import run

        return run(arguments.load, arguments.people, arguments.json)
    names = [name for name in FAULTS if not arguments.only or arguments.only in name]
    tallies: list[Tally] = []
    with installation() as (ground, world):
        story = Story(ground, world, arguments.seed)
        story.prepare()
        for name in names:
            tallies.append(one(story, name, arguments.short))
            print(line(tallies[-1]), *(f"    {note}" for note in tallies[-1].notes), sep="\n", flush=True)
            ground.mend()
    print("\n" + table(tallies))
    if arguments.json:
        Path(arguments.json).write_text(
            json.dumps({"conditions": conditions(arguments), "faults": [t.as_dict() for t in tallies]}, indent=1)
        )
    return 0 if all(tally.holds for tally in tallies) else 1


def one(story: Story, name: str, short: bool) -> Tally:
    """One fault; one that cannot go on does not stop the others."""
    tally = Tally(name)
    try:
        with story.told(name) as tally:
            FAULTS[name](story, tally, short)
    except Exception:
        tally.untrue += 1
        said = traceback.format_exc()
        # Where, and why; then what the processes said last.
        tally.notes.append(said if len(said) < 5000 else f"{said[:3000]}\n…\n{said[-2000:]}")
    return tally


def cells(tally: Tally) -> list[str]:
    counts = (
        tally.tried, tally.writes, tally.told_yes, tally.told_no, tally.unknown, tally.lost, tally.doubled,
        tally.untrue + tally.pages_without_next_step, tally.mails, tally.mails_twice, tally.seconds,
    )  # fmt: skip
    return [tally.fault, *map(str, counts), verdict(tally)]


def verdict(tally: Tally) -> str:
    if not tally.holds:
        return "BROKEN"
    return f"left out: {tally.left_out}" if tally.left_out else "holds"


def line(tally: Tally) -> str:
    return "  ".join(f"{name} {value}" for name, value in zip(HEAD, cells(tally), strict=True))


def table(tallies: list[Tally]) -> str:
    rows = [HEAD, ["---"] * len(HEAD), *map(cells, tallies)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def conditions(arguments: argparse.Namespace) -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "load": os.getloadavg(),
        "python": platform.python_version(),
        "seed": arguments.seed,
        "short": arguments.short,
        "monotonic": time.monotonic(),
    }


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/faults", description="Breaks a running installation on purpose.")
    parser.add_argument("--short", action="store_true", help="one short fault of each kind")
    parser.add_argument("--only", default="", help="faults whose name holds this")
    parser.add_argument("--seed", type=int, default=3, help="of the moments at which things die")
    parser.add_argument("--json", default="", help="where to write the figures")
    parser.add_argument(
        "--load", type=float, nargs="?", const=20.0, default=0.0, help="minutes of people's use instead"
    )
    parser.add_argument("--people", type=int, default=50, help="how many, with --load")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
