from __future__ import annotations

import shutil
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from partnerships.catalogue.actions import load_all
from partnerships.catalogue.loading import DATA, CatalogueError
from partnerships.catalogue.models import CatalogueVersion

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two of the shipped files, where a test may change them, under codes that are not stored yet."""
    for kind, name in (("lessons", "practice"), ("screen", "fit")):
        text = (DATA / f"{kind}-{name}-v1.yaml").read_text()
        (tmp_path / f"{kind}-test-v1.yaml").write_text(text.replace(f"code: {name}", "code: test", 1))
    return tmp_path


def test_loading_twice_has_no_second_effect(folder: Path) -> None:
    assert load_all(folder).added == 2
    again = load_all(folder)
    assert (again.added, again.unchanged) == (0, 2)


def test_changed_words_under_the_same_version_are_refused_and_nothing_is_stored(folder: Path) -> None:
    load_all(folder)
    path = folder / "screen-test-v1.yaml"
    path.write_text(path.read_text().replace("Red lines", "Blue lines").replace("red line", "blue line"))
    shutil.copy(folder / "lessons-test-v1.yaml", folder / "lessons-test-v2.yaml")
    (folder / "lessons-test-v2.yaml").write_text(
        (folder / "lessons-test-v2.yaml").read_text().replace("version: 1", "version: 2", 1)
    )
    with pytest.raises(CatalogueError, match=r"ship the change as screen-test-v2\.yaml"):
        load_all(folder)
    assert not CatalogueVersion.objects.filter(code="test", version=2).exists()


def test_a_wrong_file_stores_nothing(folder: Path) -> None:
    (folder / "lessons-test-v1.yaml").write_text("kind: lessons\n")
    with pytest.raises(CatalogueError):
        load_all(folder)
    assert not CatalogueVersion.objects.filter(code="test").exists()


def test_loading_again_asks_the_database_as_little_for_many_files_as_for_one(
    folder: Path, django_assert_num_queries: Callable[..., Any]
) -> None:
    """Every start loads the catalogue."""
    load_all(folder)
    with django_assert_num_queries(1):
        load_all(folder)
    load_all()
    with django_assert_num_queries(1):
        load_all()


def test_the_command_loads_and_checks() -> None:
    out = StringIO()
    call_command("load_catalogue", "--check", stdout=out)
    assert "all well" in out.getvalue()
    call_command("load_catalogue", stdout=out)
    call_command("load_catalogue", stdout=out)
    assert "0 lists added" in out.getvalue().splitlines()[-1]


def test_the_command_says_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise CatalogueError([])

    monkeypatch.setattr("partnerships.management.commands.load_catalogue.load_all", refuse)
    with pytest.raises(CommandError, match="The catalogue was not loaded"):
        call_command("load_catalogue")
