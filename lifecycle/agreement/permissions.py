"""Who drafts, answers, comments and signs."""

from __future__ import annotations

from partnerships.access.permissions import can_contribute, can_read, can_speak_for_party, can_work
from partnerships.access.places import Place
from partnerships.record.states import Duty, Level

__all__ = [
    "can_answer",
    "can_comment",
    "can_draft",
    "can_open_signing",
    "can_read_agreements",
    "can_sign",
]


def can_read_agreements(place: Place) -> bool:
    """Partners and brokers, also after they left; what stands there is decided item by item."""
    return can_read(place) and place.own_party.role in {"partner", "broker"}


def can_draft(place: Place) -> bool:
    """Anyone seated with a partner writes: starts a draft, changes a clause, adds one."""
    return can_work(place)


def can_answer(place: Place) -> bool:
    """A lead or stand-in agrees, or asks to discuss, for the partner."""
    return can_speak_for_party(place)


def can_comment(place: Place) -> bool:
    """Everybody who reads the agreement, the broker too."""
    return can_contribute(place) and can_read_agreements(place)


def can_open_signing(place: Place) -> bool:
    return can_speak_for_party(place)


def can_sign(place: Place) -> bool:
    """A seated lead, or an executive, of a partner; the mandate is theirs to state."""
    return (
        can_work(place)
        and place.seat is not None
        and (place.seat.duty == Duty.LEAD or place.seat.level == Level.EXECUTIVE)
    )
