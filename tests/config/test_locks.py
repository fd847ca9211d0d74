"""What is installed: locked by hash, the same for running and developing, under licences that ours can live with."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
#: Licences that may be part of something under the AGPL 3. Matched against the package's own words.
ALLOWED = re.compile(
    r"\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL[- ]2|Mozilla Public License 2|LGPL|Lesser General Public"
    r"|HPND|MIT-CMU|0BSD|Zlib|OFL|Unlicense|CC0|Public Domain|ZPL|AGPL)",
    re.IGNORECASE,
)


def locked(name: str) -> dict[str, str]:
    """Package and version, in a lock."""
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+) \\$", (ROOT / name).read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_package_has_hashes_and_no_lock_names_a_place(name: str) -> None:
    text = (ROOT / name).read_text()
    assert len(locked(name)) == len(re.findall(r"^[a-z]", text, re.MULTILINE))
    for block in re.split(r"\n(?=[a-z])", text)[1:]:
        assert "--hash=sha256:" in block
    assert not re.search(r"https?:|file:|--(extra-)?index|find-links|trusted-host|/(opt|tmp|home|root)/", text)


def test_developing_runs_on_what_is_shipped() -> None:
    """bin/setup leans on this: the development lock installs all of the running one."""
    assert locked("requirements.lock").items() <= locked("requirements-dev.lock").items()


def test_every_direct_dependency_is_locked() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    direct = {re.split(r"[\[><=~! ]", line)[0].lower().replace("_", "-") for line in project["dependencies"]}
    assert direct <= set(locked("requirements.lock"))
    assert project["license"]["text"] == "AGPL-3.0-or-later"
    assert "GNU AFFERO GENERAL PUBLIC LICENSE" in (ROOT / "LICENSE").read_text()


#: The Pythons that bin/setup takes, the oldest patch first, and one of each newer minor.
PYTHONS = ("3.11.0", "3.11.3", "3.12.0", "3.13.0", "3.14.0")
SYSTEMS = (
    {"sys_platform": "linux", "platform_system": "Linux"},
    {"sys_platform": "darwin", "platform_system": "Darwin"},
)


def test_what_a_package_asks_for_on_another_python_is_locked_too() -> None:
    """With --require-hashes one requirement that is not in the lock ends the installation."""
    environments = [
        {"python_version": full.rpartition(".")[0], "python_full_version": full, "extra": "", **system}
        for full in PYTHONS
        for system in SYSTEMS
    ]
    names = set(locked("requirements-dev.lock"))
    missing = {
        f"{name}: {line}"
        for name in names
        for line in metadata.requires(name) or []
        if (wanted := Requirement(line)).marker is not None
        and canonicalize_name(wanted.name) not in names
        and any(wanted.marker.evaluate(environment) for environment in environments)
    }
    assert missing == set()


def licence(package: str) -> str:
    """What the package says of its own licence: expression, classifiers, or the first words of the old field."""
    said = metadata.metadata(package)
    classifiers = [line for line in said.get_all("Classifier", []) if line.startswith("License ::")]
    return "; ".join([said.get("License-Expression") or "", *classifiers, (said.get("License") or "")[:200]])


@pytest.mark.parametrize("package", sorted(locked("requirements.lock")))
def test_each_package_has_a_licence_that_ours_can_live_with(package: str) -> None:
    assert ALLOWED.search(licence(package)), f"{package}: {licence(package)!r}"
