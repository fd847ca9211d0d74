"""The last parts of a round handed in in the same moment, and somebody who still types when it closes."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from evaluation.reviews import actions
from evaluation.reviews.models import OpenAnswer, SealedAnswer
from partnerships import clock
from partnerships.history.models import Act
from partnerships.notices.models import Notice
from tests.at_once import at_once

from .conftest import START, World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told() -> World:
    with clock.at(START):
        return make_world()


def at_start(press):
    """The clock of a test stands still in its own thread only."""

    def run():
        with clock.at(START):
            return press()

    return run


def test_both_last_parts_are_handed_in_at_once(told: World) -> None:
    with clock.at(START):
        round = told.started()
        parts = [told.agreed(round, name, hand_in=False) for name in ("ngo", "company")]
        leads = [told.lead(name) for name in ("ngo", "company")]
    presses = [at_start(lambda p=p, by=by: actions.submit_part(p, by=by)) for p, by in zip(parts, leads, strict=True)]
    answers = at_once(*presses)
    assert not [answer for answer in answers if isinstance(answer, ValidationError)]
    assert told.fresh(round).state == "frozen"
    assert Act.objects.filter(kind="reviews.handed_in").count() == 2
    told_of = list(Notice.objects.filter(kind="reviews.frozen").values_list("recipient", flat=True))
    assert len(told_of) == len(set(told_of)) > 0


@pytest.mark.slow
def test_fifty_parts_are_handed_in_at_once(told: World) -> None:
    """Each is in once, the last one closes the round, and everybody is told of that once."""
    with clock.at(START):
        for number in range(48):
            told.join(f"side{number}", "ngo", "partner", 1)
        round = told.started()
        names = [name for name in told.leads if name != "broker"]
        parts = [told.agreed(round, name, hand_in=False) for name in names]
        leads = [told.lead(name) for name in names]
    presses = [at_start(lambda p=p, by=by: actions.submit_part(p, by=by)) for p, by in zip(parts, leads, strict=True)]
    answers = at_once(*presses)
    assert len(answers) == 50
    assert not [answer for answer in answers if isinstance(answer, ValidationError)]
    assert told.fresh(round).state == "frozen"
    assert Act.objects.filter(kind="reviews.handed_in").count() == 50
    told_of = list(Notice.objects.filter(kind="reviews.frozen").values_list("recipient", flat=True))
    assert len(told_of) == len(set(told_of)) > 0


def test_one_part_is_handed_in_twice_at_once(told: World) -> None:
    with clock.at(START):
        round = told.started()
        part, lead = told.agreed(round, "ngo", hand_in=False), told.lead("ngo")
    press = at_start(lambda: actions.submit_part(part, by=lead))
    refused = [answer for answer in at_once(press, press) if isinstance(answer, ValidationError)]
    assert [error.code for error in refused] == ["twice"]
    assert Act.objects.filter(kind="reviews.handed_in").count() == 1


def test_somebody_saves_while_the_last_part_closes_the_round(told: World) -> None:
    """The screen is either in, and counts, or its writer is told that it is not: never silently between."""
    with clock.at(START):
        round = told.started()
        part = told.individually(round, "ngo", 2, hand_in=False)
        writer = part.respondents.order_by("pk")[0]
        actions.submit_part(part, by=told.lead("ngo"))
        other, lead = told.agreed(round, "company", hand_in=False), told.lead("company")
    answers = at_once(
        at_start(lambda: actions.submit_part(other, by=lead)),
        at_start(lambda: actions.answer(writer, screen="trust", answers={"trust.1": 4, "trust.2": 4})),
    )
    round = told.fresh(round)
    assert round.state == "frozen"
    with clock.at(round.opening_at):
        assert actions.open_round(round)
    assert not SealedAnswer.objects.exists()
    ours = OpenAnswer.objects.filter(part=part, statement="trust.1", about=None)
    counts = dict(ours.values_list("value", "count"))
    refused = isinstance(answers[1], ValidationError)
    assert counts == ({2: 6} if refused else {2: 5, 4: 1})


def test_two_sweeps_open_a_round_once(told: World) -> None:
    with clock.at(START):
        round = told.started()
        told.agreed(round, "ngo")
        told.agreed(round, "company")
    opening = told.fresh(round).opening_at

    def sweep() -> None:
        with clock.at(opening):
            actions.sweep()

    at_once(sweep, sweep)
    assert told.fresh(round).state == "opened"
    assert Act.objects.filter(kind="reviews.opened").count() == 1
    assert OpenAnswer.objects.filter(statement="trust.1").count() == 2
