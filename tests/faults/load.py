"""People who use one record, all day long: what it costs, and whether it stays so."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil

from .ground import Installation, installation

ROOT = Path(__file__).resolve().parents[2]


def run(minutes: float, people: int, target: str = "") -> int:
    """Starts an installation, lets them loose, and says requests, errors, p95 and memory at the start and the end."""
    with installation(SWEEP_SECONDS="60", DELIVER_SECONDS="20", FLAG_SECONDS="900") as (ground, world):
        figures = measured(ground, world, minutes, people)
    print(json.dumps(figures, indent=1))
    if target:
        Path(target).write_text(json.dumps(figures, indent=1))
    return 0 if figures["errors"] == 0 and figures["requests"] > 0 else 1


def measured(ground: Installation, world: dict[str, Any], minutes: float, people: int) -> dict[str, Any]:
    out = ground.folder / "load"
    # A tenth of the time to warm up: the first requests of each process read templates and translations.
    users(ground, world, minutes / 10, people, out)
    before = memory(ground)
    users(ground, world, minutes, people, out)
    with Path(f"{out}_stats.csv").open() as file:
        total = next(row for row in csv.DictReader(file) if row["Name"] == "Aggregated")
    with Path(f"{out}_stats_history.csv").open() as file:
        history = [row for row in csv.DictReader(file) if row["Name"] == "Aggregated" and row["95%"] not in {"", "N/A"}]
    quarter = max(1, len(history) // 4)
    return {
        "people": people,
        "minutes": minutes,
        "requests": int(total["Request Count"]),
        "errors": int(total["Failure Count"]),
        "p50_ms": float(total["50%"]),
        "p95_ms": float(total["95%"]),
        "p95_ms_first_quarter": mean(history[:quarter]),
        "p95_ms_last_quarter": mean(history[-quarter:]),
        "memory_mb_start": before,
        "memory_mb_end": memory(ground),
        "load_average": os.getloadavg(),
        "cores": os.cpu_count(),
    }


def mean(rows: list[dict[str, str]]) -> float:
    return round(sum(float(row["95%"]) for row in rows) / len(rows), 1)


def memory(ground: Installation) -> dict[str, float]:
    """What each process and its children hold, in MB, shared pages counted by share."""
    found = {}
    for name in ("web", "worker", "scheduler"):
        parent = psutil.Process(ground.running[name].it.pid)
        held = sum(each.memory_full_info().pss for each in (parent, *parent.children(recursive=True)))
        found[name] = round(held / 1_000_000, 1)
    return found


def users(ground: Installation, world: dict[str, Any], minutes: float, people: int, out: Path) -> None:
    command = [
        sys.executable, "-m", "locust", "--locustfile", str(Path(__file__).with_name("people.py")), "--headless",
        "--users", str(people), "--spawn-rate", "5", "--run-time", f"{int(minutes * 60)}s", "--host", ground.url,
        "--csv", str(out), "--csv-full-history", "--only-summary", "--exit-code-on-error", "0", "--loglevel", "WARNING",
    ]  # fmt: skip
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "LOAD_WORLD": json.dumps(world)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
