"""Who writes and approves lessons."""

from __future__ import annotations

from evaluation.reviews.models import Round
from evaluation.reviews.permissions import can_look_back, can_read_reviews
from evaluation.reviews.states import RoundKind
from partnerships.access.permissions import can_read, can_speak_for_party, can_work
from partnerships.access.places import Place

__all__ = ["can_learn", "can_read", "can_read_reviews", "can_settle", "can_speak_for_party", "can_work"]


def can_learn(place: Place, round: Round | None) -> bool:
    """Any seated person of a partner writes; of a look-back also when the record is closed."""
    looks_back = round is not None and round.kind == RoundKind.LOOK_BACK
    return can_work(place) or (looks_back and place.is_partner and can_look_back(place))


def can_settle(place: Place, round: Round | None) -> bool:
    """A lead or stand-in hands in, approves and takes back for its side."""
    return can_learn(place, round) and place.is_lead
