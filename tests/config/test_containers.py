"""The containers' files: nothing secret in them, nothing runs as root, everything that runs says how it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]


def test_the_parts_are_there() -> None:
    assert set(SERVICES) == {"migrate", "web", "worker", "scheduler", "postgres", "redis", "mail"}
    assert SERVICES["mail"]["profiles"] == ["dev"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_whatever_stays_running_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]


def test_no_secret_is_written_down() -> None:
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if re.search(r"KEY|PASSWORD|EMAIL_URL", name):
                assert re.fullmatch(r"\$\{[A-Z_]+:\?.*\}", value), name


def test_every_port_is_on_this_machine_alone() -> None:
    for service in SERVICES.values():
        assert all("127.0.0.1" in port for port in service.get("ports", []))


def test_the_image_runs_as_no_one_in_particular() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert lines.index("USER common-ground") < next(n for n, line in enumerate(lines) if line.startswith("CMD"))


def test_the_variables_are_ones_that_the_settings_read() -> None:
    settings = (ROOT / "config" / "settings.py").read_text()
    for name in SERVICES["web"]["environment"]:
        assert f'"{name}"' in settings, name
