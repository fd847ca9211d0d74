"""The small world of reviews, for lessons of a round."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from partnerships import clock
from tests.evaluation.reviews.conftest import START, World, make_world


@pytest.fixture
def world(db: None) -> Iterator[World]:
    with clock.at(START):
        yield make_world()
