"""Two people at once, on two connections: what one of them waits for, the other has decided."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection

from lifecycle.agreement import papers, signing
from lifecycle.agreement.models import Agreement, FrozenText, Paper, Signature
from partnerships.record.states import Stage
from tests.factories import make_partnership
from tests.lifecycle.agreement.conftest import agreed_draft, frozen, sign

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Any) -> list[Any]:
    """Each call in a thread and on a connection of its own, starting together."""
    start = Barrier(len(calls))

    def run(call: Any) -> Any:
        start.wait()
        try:
            # The embedded engine's test database lives in memory, where a second writer is turned away instead of
            # waiting; on a file it waits (settings), as the other engine does.
            for _attempt in range(2000):
                try:
                    return call()
                except OperationalError as error:
                    if "locked" not in str(error):
                        raise
                    time.sleep(0.01)
            raise AssertionError("locked for too long")
        except ValidationError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_two_partners_sign_in_the_same_moment() -> None:
    world = make_partnership(stage=Stage.AGREEMENT)
    agreement = frozen(world)
    ngo, company = world.ngo, world.company
    at_once(lambda: sign(ngo, agreement), lambda: sign(company, agreement))
    assert Agreement.objects.of(world.partnership).get().state == "signed"
    assert (Signature.objects.count(), Paper.objects.count()) == (2, 1)


def test_one_signs_while_the_other_takes_the_text_back() -> None:
    world = make_partnership(stage=Stage.AGREEMENT)
    agreement = frozen(world)
    ngo, company = world.ngo, world.company
    sign(ngo, agreement)
    outcome = at_once(lambda: sign(company, agreement), lambda: signing.take_back(agreement, by=ngo, reason="Wait"))
    state = Agreement.objects.of(world.partnership).get().state
    # Either all have signed and taking back came too late, or it was taken back and the signature came too late.
    standing = FrozenText.objects.filter(voided_at=None).count()
    assert (state, standing) in {("signed", 1), ("draft", 0)}
    assert sum(isinstance(o, Signature) for o in outcome) == (state == "signed")


def test_two_open_in_the_same_moment() -> None:
    world = make_partnership(stage=Stage.AGREEMENT)
    agreement = agreed_draft(world)
    ngo, company = world.ngo, world.company
    at_once(
        lambda: signing.open_signing(agreement, by=ngo, blanks_known=True),
        lambda: signing.open_signing(agreement, by=company, blanks_known=True),
    )
    assert FrozenText.objects.count() == 1


def test_two_workers_take_up_one_pdf() -> None:
    world = make_partnership(stage=Stage.AGREEMENT)
    agreement = frozen(world)
    sign(world.ngo, agreement)
    sign(world.company, agreement)
    pk = Paper.objects.get().pk
    taken = at_once(lambda: papers.claim(pk), lambda: papers.claim(pk))
    assert sum(t is not None for t in taken) == 1
