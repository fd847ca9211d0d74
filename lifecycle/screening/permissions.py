"""Who searches names, and who reads what was found."""

from __future__ import annotations

from partnerships.access.places import Place


def can_see_screening(place: Place) -> bool:
    """A partner's own side reads what it searched and found. Nobody is led here who did not ask for it."""
    return place.is_partner


def can_screen(place: Place) -> bool:
    """Leads and stand-ins, and administrators of the organisation who have a seat, search, name people and decide."""
    speaks = place.is_lead or (place.seat is not None and place.seat.membership.is_administrator)
    return place.is_partner and place.partnership.is_open and speaks
