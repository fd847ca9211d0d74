"""Two partners at the gate in the same moment, on two connections: the road moves once, and everybody is told once."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from lifecycle.road import actions, registry
from lifecycle.road.models import Consent, Move, Proposal, Statement
from lifecycle.road.states import FORWARD, MoveKind
from partnerships.access.guard import place_of
from partnerships.access.places import Place
from partnerships.history.models import Act
from partnerships.notices.models import Notice
from partnerships.record.models import Partnership
from partnerships.record.states import Stage, Standing
from partnerships.work.models import WorkItem
from tests.at_once import at_once
from tests.factories import World, make_partnership

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _gates_are_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_gates", {stage: [] for stage in FORWARD})


def stand(world: World, *names: str) -> list[Place]:
    """Each with a partnership of their own in memory, as two requests have."""
    return [place_of(world.leads[name], Partnership.objects.get(pk=world.partnership.pk)) for name in names]


def moved_once(world: World, kind: str) -> None:
    assert Move.objects.filter(kind=kind).count() == 1
    assert Proposal.objects.count() == 1
    assert Act.objects.of(world.partnership).filter(kind=f"road.{kind}").count() == 1
    told = Notice.objects.filter(kind="road.moved").values_list("recipient", flat=True)
    assert len(told) == len(set(told)) == 1
    assert not WorkItem.objects.open().filter(kind="road.consent").exists()


def test_both_propose_the_next_stage_at_once() -> None:
    world = make_partnership()
    ngo, company = stand(world, "ngo", "company")
    answers = at_once(lambda: actions.propose_forward(by=ngo), lambda: actions.propose_forward(by=company))
    assert all(isinstance(answer, Proposal) for answer in answers), answers
    assert world.ngo.partnership.stage == Stage.DILIGENCE
    assert Consent.objects.count() == 2
    moved_once(world, MoveKind.FORWARD)


def test_one_person_presses_twice_and_the_other_side_once() -> None:
    """Three partners: two presses of one side are one consent, and the third is still waited for."""
    world = make_partnership(partners=3)
    first, again, other = stand(world, "ngo", "ngo", "company")
    at_once(*(lambda by=by: actions.propose_forward(by=by) for by in (first, again, other)))  # type: ignore[misc]
    assert Proposal.objects.count() == 1
    assert Consent.objects.count() == 2
    assert world.ngo.partnership.stage == Stage.SCOPING
    waited_for = WorkItem.objects.open().filter(kind="road.consent").values_list("party", flat=True)
    assert list(waited_for) == [world.party("third").pk]


def test_the_last_two_consents_arrive_at_once() -> None:
    world = make_partnership(partners=3)
    proposal = actions.propose_forward(by=world.ngo)
    company, third = stand(world, "company", "third")
    answers = at_once(lambda: actions.consent(proposal, by=company), lambda: actions.consent(proposal, by=third))
    assert sorted(map(str, answers)) == ["False", "True"]
    assert world.ngo.partnership.stage == Stage.DILIGENCE
    assert Move.objects.filter(kind=MoveKind.FORWARD).count() == 1


def test_one_agrees_while_the_other_ends() -> None:
    """Whoever comes second reads that the record has moved on; nothing opens in a partnership that has ended."""
    world = make_partnership()
    proposal = actions.propose_forward(by=world.ngo)
    ngo, company = stand(world, "ngo", "company")
    answers = at_once(
        lambda: actions.consent(proposal, by=company), lambda: actions.end_alone(reason="Our board said no.", by=ngo)
    )
    refused = [answer for answer in answers if isinstance(answer, ValidationError)]
    assert len(refused) == 1
    partnership = world.ngo.partnership
    assert (partnership.stage, partnership.standing) in {
        (Stage.DILIGENCE, Standing.ACTIVE),
        (Stage.SCOPING, Standing.ENDED),
    }
    assert Move.objects.exclude(kind=MoveKind.OPENED).count() == 1


def test_two_of_three_end_at_once() -> None:
    """The second to end leaves one partner alone: with it the partnership ends."""
    world = make_partnership(partners=3)
    ngo, company = stand(world, "ngo", "company")
    at_once(
        lambda: actions.end_alone(reason="The board has changed.", by=ngo),
        lambda: actions.end_alone(reason="Elections.", by=company),
    )
    assert Move.objects.filter(kind=MoveKind.END).count() == 2
    assert world.ngo.partnership.standing == Standing.ENDED


def test_one_side_presses_end_twice() -> None:
    """The second press is told so, and nothing is written for it."""
    world = make_partnership(partners=3)
    first, again = stand(world, "ngo", "ngo")
    answers = at_once(*(lambda by=by: actions.end_alone(reason="Elections.", by=by) for by in (first, again)))  # type: ignore[misc]
    assert [type(a) for a in answers if isinstance(a, ValidationError)] == [ValidationError]
    assert Move.objects.filter(kind=MoveKind.END).count() == 1
    assert Statement.objects.of(world.partnership).count() == 1
    assert world.company.partnership.standing == Standing.ACTIVE
