"""Who may make and share reports."""

from __future__ import annotations

from partnerships.access.permissions import can_read, can_see_frame, can_speak_for_party
from partnerships.access.places import Place

__all__ = ["can_agree_to_show", "can_make_report", "can_read", "can_release_report", "can_see_frame"]


def can_make_report(place: Place) -> bool:
    """Whoever reads an opened round may have it as a report; writing is not needed for it, nor an open record."""
    return place.is_seated and (place.is_partner or place.is_broker)


def can_release_report(place: Place) -> bool:
    """A partner's lead or stand-in lets its own organisation's administrators read a report."""
    return can_speak_for_party(place) or (place.is_partner and place.is_lead)


def can_agree_to_show(place: Place) -> bool:
    """A partner's lead or stand-in, in a closed record too."""
    return can_release_report(place)
