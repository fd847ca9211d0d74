"""Who may bring people and parties in."""

from __future__ import annotations

from ..access.permissions import can_contribute, can_speak_for_party
from ..access.places import Place

__all__ = [
    "can_accept_rules",
    "can_change_details",
    "can_change_seats",
    "can_contribute",
    "can_give_seats",
    "can_hold",
    "can_invite_party",
    "can_write_handover",
]


def can_accept_rules(place: Place) -> bool:
    """A lead accepts the ground rules for the party."""
    return place.is_seated and place.is_lead and place.own_party.left_on is None


def can_invite_party(place: Place) -> bool:
    """A partner's lead proposes who else should be here."""
    return can_speak_for_party(place)


def can_change_details(place: Place) -> bool:
    """A partner's lead or stand-in keeps the record's name and place right."""
    return can_speak_for_party(place)


def can_change_seats(place: Place) -> bool:
    """A lead, or a seated administrator of the organisation, keeps the seats of the own party."""
    return (
        place.is_seated
        and place.own_party.left_on is None
        and (place.is_lead or (place.seat is not None and place.seat.membership.is_administrator))
    )


def can_give_seats(place: Place) -> bool:
    """Also an administrator without a seat: where the last lead has left, somebody must name the next one."""
    return can_change_seats(place) or place.administered is not None


def can_write_handover(place: Place) -> bool:
    return place.is_seated


def can_hold(place: Place) -> bool:
    """A lead, or a seated administrator, sets and lifts the legal hold of what the own side keeps here.

    Of every party, since each keeps files; in a closed record and after leaving too, which is when it is needed.
    """
    return place.is_lead or (place.seat is not None and place.seat.membership.is_administrator)
