"""Who plans, approves, speaks, logs and asks."""

from __future__ import annotations

from partnerships.access.models import Circled
from partnerships.access.permissions import can_contribute, can_read, can_speak_for_party, can_work
from partnerships.access.places import Place
from partnerships.record.states import Role

from .models import ColleagueQuestion, Contact

__all__ = [
    "can_approve",
    "can_help_answer",
    "can_log_contact",
    "can_plan",
    "can_read",
    "can_read_plan",
    "can_report_call",
    "can_settle_question",
    "can_withdraw_contact",
    "can_write_own",
    "is_own",
]


def can_read_plan(place: Place) -> bool:
    """Partners and brokers, those that left included; what stands there is decided item by item."""
    return can_read(place) and place.own_party.role in {Role.PARTNER, Role.BROKER}


def can_plan(place: Place) -> bool:
    """Anyone seated with a partner writes the joint texts."""
    return can_work(place)


def can_approve(place: Place) -> bool:
    """A lead or stand-in approves for the partner."""
    return can_speak_for_party(place)


def can_log_contact(place: Place) -> bool:
    """Partners and brokers keep the log."""
    return can_contribute(place) and place.own_party.role in {Role.PARTNER, Role.BROKER}


def can_report_call(place: Place) -> bool:
    """Whoever of the partners or brokers is called says so."""
    return can_log_contact(place)


def can_write_own(place: Place) -> bool:
    """A partner's own ledger, and its colleagues' questions."""
    return can_work(place)


def is_own(place: Place, item: Circled) -> bool:
    """It is the reader's own side's."""
    return place.party is not None and item.party_id == place.party.pk


def can_withdraw_contact(place: Place, contact: Contact) -> bool:
    """Who logged it, or a lead of that side; in a closed record too."""
    return is_own(place, contact) and (contact.author_id == place.user.pk or place.is_lead)


def can_help_answer(place: Place, question: ColleagueQuestion) -> bool:
    """The side that asks, and the partners it asked for help."""
    return can_work(place) and question.answered_on is None


def can_settle_question(place: Place, question: ColleagueQuestion) -> bool:
    return can_work(place) and is_own(place, question) and question.answered_on is None
