"""Two press at the same moment: one confirms, the other is told, and everything happens once."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection

from lifecycle.delivery import actions
from lifecycle.delivery.models import Commitment
from lifecycle.delivery.states import CommitmentState
from partnerships.history.models import Act
from partnerships.notices import links
from partnerships.notices.links import LinkRefused
from partnerships.notices.models import MailLink, Notice
from tests.factories import World, make_partnership

from .conftest import in_days

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*presses: Callable[[], object]) -> list[str]:
    """Each from a connection of its own, all at the same time."""
    ready = Barrier(len(presses))

    def press(act: Callable[[], object]) -> str:
        ready.wait(timeout=20)
        try:
            while True:
                try:
                    act()
                except OperationalError:
                    # The tests' SQLite lives in memory, where a busy table is refused instead of waited for.
                    time.sleep(0.02)
                else:
                    return "done"
        except ValidationError as error:
            return " ".join(error.messages)
        except LinkRefused as refused:
            return refused.reason
        finally:
            connection.close()

    with ThreadPoolExecutor(len(presses)) as pool:
        return sorted(pool.map(press, presses))


def delivered(world: World) -> Commitment:
    made = actions.make(by=world.ngo, what="Map of wells", owner=world.party("ngo"), due_on=in_days(9))
    return actions.deliver(made, by=world.ngo)


def test_two_partners_confirm_at_once() -> None:
    world = make_partnership(partners=3)
    made, company, third = delivered(world), world.company, world.third
    answers = at_once(lambda: actions.confirm(made, by=company), lambda: actions.confirm(made, by=third))
    assert answers == ["This was confirmed already.", "done"]
    made.refresh_from_db()
    assert made.state == CommitmentState.CONFIRMED
    assert made.steps.filter(act="confirm").count() == 1
    assert Act.objects.of(world.partnership).filter(kind="delivery.confirmed").count() == 1
    assert Notice.objects.filter(kind="delivery.confirmed").count() == 1


def test_one_confirms_while_the_other_does_not() -> None:
    world = make_partnership(partners=3)
    made, company, third = delivered(world), world.company, world.third
    answers = at_once(
        lambda: actions.confirm(made, by=company), lambda: actions.refuse(made, by=third, why="Not seen.")
    )
    assert answers.count("done") == 1
    made.refresh_from_db()
    assert made.steps.exclude(act="deliver").count() == 1


def test_one_link_pressed_twice_acts_once() -> None:
    world = make_partnership()
    made = actions.make(by=world.ngo, what="Map of wells", owner=world.party("ngo"), due_on=in_days(9))
    token = links.token_for("commitment.deliver", made.pk, world.ngo.user)
    link, place = links.look("commitment.deliver", token), world.ngo

    def press() -> object:
        return actions.deliver_by_link(MailLink.objects.get(pk=link.pk), made, by=place, note="", upload=None)

    answers = at_once(press, press)
    assert answers.count("done") == 1
    assert made.steps.count() == 1


def test_the_last_two_partners_let_it_go_at_once() -> None:
    world = make_partnership(partners=3)
    made = actions.make(by=world.ngo, what="A radio story", owner=world.party("ngo"), due_on=in_days(9))
    actions.propose_write_off(made, by=world.ngo, why="The radio has closed.")
    company, third = world.company, world.third
    answers = at_once(
        lambda: actions.agree_write_off(made, by=company), lambda: actions.agree_write_off(made, by=third)
    )
    assert answers == ["done", "done"]
    made.refresh_from_db()
    assert made.state == CommitmentState.WRITTEN_OFF
    assert made.steps.filter(act="write_off").count() == 1
