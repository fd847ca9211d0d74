"""When the demo world, with its known passwords, is loaded, and when it never is."""

from __future__ import annotations

import importlib.util
from argparse import Namespace
from pathlib import Path
from typing import Any

import django.core.management
import pytest

from partnerships.people.models import User

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db


@pytest.fixture
def prepare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """bin/start's preparing, with the commands it calls written down instead of run."""
    monkeypatch.syspath_prepend(str(ROOT / "bin"))
    spec = importlib.util.spec_from_file_location("supervise", ROOT / "bin" / "supervise.py")
    assert spec is not None
    assert spec.loader is not None
    supervise = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(supervise)
    monkeypatch.setattr(supervise, "VAR", tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    called: list[str] = []
    monkeypatch.setattr(django.core.management, "get_commands", lambda: {"load_catalogue": "", "load_demo": ""})
    monkeypatch.setattr(django.core.management, "call_command", lambda name, **options: called.append(name))

    def run(*, demo: bool = False, empty: bool = False) -> list[str]:
        called.clear()
        supervise.prepare_data(Namespace(demo=demo, empty=empty))
        return list(called)

    run.trouble = supervise.Trouble  # type: ignore[attr-defined]
    return run


def test_the_first_start_loads_it(prepare: Any) -> None:
    assert prepare() == ["migrate", "load_catalogue", "load_demo"]


def test_people_are_never_joined_by_invented_ones(prepare: Any) -> None:
    User.objects.create_user("awa@ngo.example", name="Awa Demba")
    assert prepare() == ["migrate", "load_catalogue"]
    with pytest.raises(prepare.trouble, match="only into an empty database"):
        prepare(demo=True)


def test_what_was_started_empty_stays_so_until_asked(prepare: Any) -> None:
    assert "load_demo" not in prepare(empty=True)
    assert "load_demo" not in prepare()
    assert "load_demo" in prepare(demo=True)


def test_a_server_gets_it_only_when_asked(prepare: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://somewhere/cg")
    assert "load_demo" not in prepare()
    assert "load_demo" in prepare(demo=True)
