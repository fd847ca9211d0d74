"""Flags are for those who do the work."""

from __future__ import annotations

from partnerships.access.permissions import can_speak_for_party
from partnerships.access.places import Place

__all__ = ["can_dismiss", "can_see_flags"]


def can_see_flags(place: Place) -> bool:
    """Partners and brokers; rights-holders, funders and communities see none."""
    return place.is_partner or place.is_broker


def can_dismiss(place: Place) -> bool:
    return can_speak_for_party(place)
