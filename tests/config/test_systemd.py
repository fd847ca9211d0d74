"""The unit files of docs/systemd start what the containers start, as nobody in particular."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
UNITS = {path.name: path.read_text() for path in sorted((ROOT / "docs" / "systemd").iterdir())}
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
#: Where a process keeps its own: a matter of the machine.
PLACES = {"--bind", "--schedule", "--pidfile"}


def without_places(command: list[str]) -> list[str]:
    kept, skip = [], False
    for word in command:
        if not skip and word.partition("=")[0] not in PLACES:
            kept.append(word)
        skip = word in PLACES
    return [kept[0].rpartition("/")[2], *kept[1:]]


def starts(unit: str) -> list[list[str]]:
    return [shlex.split(line) for line in re.findall(r"^ExecStart=(.+)$", UNITS[unit], re.MULTILINE)]


def test_web_worker_and_scheduler_are_started_as_in_the_containers() -> None:
    [image] = re.findall(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    wanted = {
        "web": json.loads(image),
        "worker": SERVICES["worker"]["command"],
        "scheduler": SERVICES["scheduler"]["command"],
    }
    for name, command in wanted.items():
        [started] = starts(f"common-ground-{name}.service")
        assert without_places(started) == without_places(command)


def test_the_tables_are_made_first() -> None:
    prepared = [" ".join(without_places(command)) for command in starts("common-ground-migrate.service")]
    assert " && ".join(prepared) == SERVICES["migrate"]["command"][-1]
    for name in ("web", "worker", "scheduler"):
        assert "Requires=common-ground-migrate.service" in UNITS[f"common-ground-{name}.service"]


@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_each_runs_as_nobody_in_particular_and_writes_only_its_data(name: str) -> None:
    for line in ("User=common-ground", "ProtectSystem=strict", "NoNewPrivileges=yes", "StateDirectory=common-ground"):
        assert line in UNITS[name].splitlines()


def test_the_guide_names_each_of_them() -> None:
    guide = (ROOT / "docs" / "operating.md").read_text()
    assert "docs/systemd" in guide
    for name in ("web", "worker", "scheduler", "migrate", "weekly.timer"):
        assert f"common-ground-{name}" in guide
