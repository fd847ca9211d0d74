"""Who may move a partnership along its road."""

from __future__ import annotations

from partnerships.access.permissions import can_read, can_speak_for_party
from partnerships.access.places import Place
from partnerships.record.states import Level

__all__ = [
    "can_agree_open_point",
    "can_end",
    "can_file_statement",
    "can_move",
    "can_read",
    "can_see_gate",
    "can_set_targets",
]


def can_see_gate(place: Place) -> bool:
    """What holds the next stage is the business of those who are in."""
    return can_read(place) and (place.party is None or place.party.left_at is None)


def can_move(place: Place) -> bool:
    """A partner's lead or stand-in proposes and consents."""
    return can_speak_for_party(place)


def can_end(place: Place) -> bool:
    """A partner alone may suspend, or end, at once."""
    return can_speak_for_party(place)


def can_file_statement(place: Place) -> bool:
    """A lead or stand-in says how its side sees what another did alone; in a record that ended too."""
    return place.is_partner and place.is_lead


def can_set_targets(place: Place) -> bool:
    return can_speak_for_party(place) or (place.is_broker and place.partnership.is_open)


def can_agree_open_point(place: Place) -> bool:
    """Going on with an open point is an executive's decision."""
    return (
        place.is_partner
        and place.partnership.is_open
        and place.seat is not None
        and (place.seat.level == Level.EXECUTIVE)
    )
