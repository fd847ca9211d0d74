"""Who may do what with outcomes. What depends on an item takes it as its second argument."""

from __future__ import annotations

from collections.abc import Iterable

from partnerships.access.models import Circled
from partnerships.access.permissions import can_contribute, can_read, can_speak_for_party, can_work
from partnerships.access.places import Place
from partnerships.record.states import Role

from .models import HourEntry, Indicator, Measurement, Outcome, OutcomeVoice

__all__ = [
    "can_change",
    "can_change_hours",
    "can_contribute",
    "can_correct",
    "can_measure",
    "can_read",
    "can_set_indicators",
    "can_show",
    "can_speak_for_party",
    "can_unsay",
    "can_voice",
    "can_work",
    "can_write_hours_of_others",
]


def can_set_indicators(place: Place) -> bool:
    """Any seated person of a partner."""
    return can_work(place)


def can_measure(place: Place, indicator: Indicator) -> bool:
    """Any partner, and whoever was named to measure: a community body measures its own well."""
    if not can_contribute(place) or indicator.withdrawn_at is not None:
        return False
    return place.is_partner or indicator.measured_by_id == place.own_party.pk


def can_correct(place: Place, measurement: Measurement) -> bool:
    """The side that measured corrects or withdraws."""
    return can_contribute(place) and measurement.withdrawn_at is None and measurement.party_id == place.own_party.pk


def can_change(place: Place, item: Circled) -> bool:
    """The side that wrote it words it anew or withdraws it."""
    return can_contribute(place) and item.withdrawn_at is None and item.party_id == place.own_party.pk


def can_voice(place: Place, outcome: Outcome) -> bool:
    """Another partner, or a body of affected people, says how it sees what somebody else wrote down."""
    if not can_contribute(place) or outcome.withdrawn_at is not None:
        return False
    return place.own_party.role in {Role.PARTNER, Role.RIGHTS_HOLDER} and outcome.party_id != place.own_party.pk


def can_unsay(place: Place, voices: Iterable[OutcomeVoice]) -> bool:
    """Whoever spoke takes it back, also in a closed record, and after leaving."""
    return place.party is not None and any(voice.party_id == place.party.pk for voice in voices)


def can_write_hours_of_others(place: Place) -> bool:
    """A lead or stand-in writes down the hours of any person of its side; everybody else their own."""
    return can_speak_for_party(place)


def can_change_hours(place: Place, entry: HourEntry) -> bool:
    """The person, or the lead."""
    if not can_work(place) or entry.withdrawn_at is not None or entry.party_id != place.own_party.pk:
        return False
    return entry.person_id == place.user.pk or can_write_hours_of_others(place)


def can_show(place: Place, item: Circled) -> bool:
    """A lead or stand-in shows what is its own side's."""
    return can_speak_for_party(place) and item.withdrawn_at is None and item.party_id == place.own_party.pk
