"""Who may do what in due diligence."""

from __future__ import annotations

from partnerships.access.permissions import can_read, can_speak_for_party, can_work
from partnerships.access.places import Place

from .models import Measure, Risk, SharedLine

__all__ = [
    "can_answer",
    "can_change_line",
    "can_change_risk",
    "can_decide",
    "can_do_measure",
    "can_read",
    "can_release",
]


def can_answer(place: Place) -> bool:
    """Everybody seated with a partner helps to find out."""
    return can_work(place)


def can_release(place: Place) -> bool:
    """A lead or stand-in shows the side's findings to others."""
    return can_speak_for_party(place)


def can_decide(place: Place) -> bool:
    """A lead or stand-in decides for the partner; from a residual of 15 on an executive (the action asks)."""
    return can_speak_for_party(place)


def can_change_risk(place: Place, risk: Risk) -> bool:
    return can_work(place) and risk.party_id == place.own_party.pk


def can_change_line(place: Place, line: SharedLine) -> bool:
    """The partners edit the shared pages together; only whose line it is changes its words."""
    return can_work(place)


def can_do_measure(place: Place, measure: Measure) -> bool:
    """The owner's side, and the side that set it."""
    return can_work(place) and place.own_party.pk in {measure.party_id, measure.owner.party_id}
