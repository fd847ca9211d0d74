"""Who is missing when the last day is over, and what the others say to it."""

from __future__ import annotations

from dataclasses import dataclass

from partnerships.access.ready import Ready
from partnerships.record.models import Party

from ..models import Part, Round
from ..states import RoundState


@dataclass(frozen=True)
class Asked:
    """A partner while the others are asked: whether it is in, and its word on opening without who is not."""

    party: Party
    is_in: bool
    says: bool | None


def asked_without(round: Round) -> list[Asked]:
    """Each partner's part, while the others are asked and at no other time: who is in is nobody's business before."""
    if round.state != RoundState.OPEN or round.asked_at is None:
        return []
    parts = round.parts.filter(destroyed_at=None, party__left_on=None).select_related("party__organisation")
    return [Asked(part.party, part.is_in, part.without) for part in parts.order_by("party")]


_WITHOUT = Ready(
    lambda round: (
        Part.objects.unguarded("without whom a round was opened, which its readers are told")
        .filter(round=round, destroyed_at__isnull=False, handed_in_at=None, party__left_on=None)
        .select_related("party__organisation")
        .order_by("party")
    )
)


def went_without(round: Round) -> list[Party]:
    """The partners without which a round was closed, since they had not handed in."""
    if round.state not in {RoundState.FROZEN, RoundState.OWN_RESULTS, RoundState.OPENED}:
        return []
    return [part.party for part in _WITHOUT(round=round.pk)]


def was_cancelled_late(round: Round) -> bool:
    """Cancelled since a part was missing on its last day, and that was agreed before."""
    late = round.cancelled_at is not None and round.frozen_at is None and round.cancelled_at >= round.closes_at
    return late and round.started_at is not None and not round.parts.filter(party__left_on__isnull=False).exists()
