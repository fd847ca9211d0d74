"""Who may do what in scoping."""

from __future__ import annotations

from partnerships.access.permissions import can_contribute, can_read, can_speak_for_party, can_work
from partnerships.access.places import Place

from .models import AffectedBody, BodyAnswer

__all__ = [
    "can_agree",
    "can_answer_as_body",
    "can_answer_for",
    "can_hand_in",
    "can_name_body",
    "can_propose",
    "can_read",
    "can_read_together",
    "can_withdraw",
    "can_write_sheet",
]


def can_write_sheet(place: Place) -> bool:
    """Any seated person of a partner writes the own side's answers."""
    return can_work(place)


def can_hand_in(place: Place) -> bool:
    """A lead or stand-in hands in, takes back, changes."""
    return can_speak_for_party(place)


def can_read_together(place: Place) -> bool:
    """The partners and the broker, those that left included: what each reads is decided item by item."""
    return place.party is not None and place.party.role in {"partner", "broker"}


def can_propose(place: Place) -> bool:
    """Any seated person of a partner proposes a text, writes on the canvas, sets the next talk."""
    return can_work(place)


def can_agree(place: Place) -> bool:
    return can_speak_for_party(place)


def can_name_body(place: Place) -> bool:
    """A partner names a body, asks it, and writes down what it said."""
    return can_work(place)


def can_answer_as_body(place: Place) -> bool:
    """Those who may have a body of affected people behind them: rights-holder bodies, or a community as partner."""
    return can_contribute(place) and is_community(place)


def is_community(place: Place) -> bool:
    return place.party is not None and (
        place.party.role == "rights_holder" or place.party.organisation.kind == "community"
    )


def can_answer_for(place: Place, body: AffectedBody) -> bool:
    """A body answers for itself, through a person it has seated."""
    return can_answer_as_body(place) and place.party is not None and body.body_party_id == place.party.pk


def can_withdraw(place: Place, answer: BodyAnswer) -> bool:
    """The body itself; for a note of a body without a seat, the partner who keeps it, on the body's request."""
    if place.party is None:
        return False
    seat = answer.body.body_party
    owner = seat.pk if seat is not None and seat.left_on is None else answer.party_id
    return place.party.pk == owner
