"""Predicates that every folder needs. Each reads as a sentence and looks only at the place."""

from __future__ import annotations

from .places import Place


def can_see_frame(place: Place) -> bool:
    """Name, stage and people: everybody who finds the record at all."""
    return True


def can_read(place: Place) -> bool:
    """A seat opens the record's pages; what stands on them is decided item by item."""
    return place.is_seated


def can_work(place: Place) -> bool:
    """Partners do the work of a stage."""
    return place.is_partner and place.partnership.is_open


def can_speak_for_party(place: Place) -> bool:
    """A lead or stand-in of a partner consents, releases and decides for it."""
    return can_work(place) and place.is_lead


def can_contribute(place: Place) -> bool:
    """Anyone seated with a party that is still in may add to an open record."""
    return place.is_seated and place.own_party.left_on is None and place.partnership.is_open
