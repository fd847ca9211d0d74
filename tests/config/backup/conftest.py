"""Installations for these tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from .installation import Installation

New = Callable[..., Installation]


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Iterator[New]:
    """Another installation, on a server or on SQLite."""
    made: list[Installation] = []

    def another(server: str = "") -> Installation:
        made.append(Installation(tmp_path_factory.mktemp("installation"), server))
        return made[-1]

    yield another
    for each in made:
        each.close()
