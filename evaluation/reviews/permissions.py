"""Who may do what with a review. Each predicate reads as a sentence."""

from __future__ import annotations

from partnerships.access.permissions import can_contribute, can_read, can_speak_for_party, can_work
from partnerships.access.places import Place

from .models import Finding, Part, Round
from .states import RoundState

__all__ = ["can_contribute", "can_read", "can_speak_for_party", "can_work"]


def takes_part(place: Place) -> bool:
    """Partners answer reviews, and their broker facilitates them."""
    return can_contribute(place) and (place.is_partner or place.is_broker)


def can_read_reviews(place: Place) -> bool:
    """Reviews are the partners' and their broker's; others read the reports released to them."""
    return place.is_seated


def can_plan_round(place: Place) -> bool:
    """A partner's lead or stand-in, or the broker, proposes a round."""
    return can_speak_for_party(place) or (can_contribute(place) and place.is_broker)


def can_agree_dates(place: Place) -> bool:
    return can_speak_for_party(place)


def can_lead_part(place: Place) -> bool:
    """A lead or stand-in invites, reminds and hands in for its side."""
    return can_speak_for_party(place)


def is_own_part(place: Place, part: Part) -> bool:
    return place.party is not None and part.party_id == place.party.pk


def reads_results(place: Place, round: Round) -> bool:
    """Whether there is anything to read yet from where this person stands."""
    if round.state == RoundState.OPENED:
        return True
    return round.state == RoundState.OWN_RESULTS and (place.is_partner or (place.is_broker and round.broker_early))


def can_conclude(place: Place) -> bool:
    """Partners and broker write findings and actions."""
    return takes_part(place)


def can_take_stance(place: Place) -> bool:
    return can_speak_for_party(place)


def can_edit_finding(place: Place, finding: Finding) -> bool:
    return takes_part(place) and place.party is not None and finding.party_id == place.party.pk
