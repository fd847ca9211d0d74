"""One short fault of each kind, on one installation, in an order: what one left broken the next would meet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .ground import Installation, installation, postgres_binaries
from .kinds import FAULTS
from .story import Story

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(postgres_binaries() is None, reason="no PostgreSQL is installed here to be killed"),
]


@pytest.fixture(scope="module")
def told() -> Iterator[tuple[Installation, Story]]:
    with installation() as (ground, world):
        story = Story(ground, world)
        story.prepare()
        yield ground, story


@pytest.mark.parametrize("name", FAULTS)
def test_what_people_were_told_holds(told: tuple[Installation, Story], name: str) -> None:
    ground, story = told
    try:
        with story.told(name) as tally:
            FAULTS[name](story, tally, True)
        print(tally.as_dict())
        assert tally.holds, "\n".join([str(tally.as_dict()), ground.last_words()])
        if tally.left_out:
            pytest.skip(tally.left_out)
        assert tally.tried > 0
    finally:
        ground.mend()
