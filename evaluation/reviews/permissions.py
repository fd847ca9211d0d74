"""Who may do what with a review. Each predicate reads as a sentence."""

from __future__ import annotations

from lifecycle.scoping.permissions import is_community
from partnerships.access.permissions import can_contribute, can_read, can_speak_for_party, can_work
from partnerships.access.places import Place
from partnerships.record.models import Party
from partnerships.record.states import Standing

from .models import Part, Round, Voice
from .states import RoundState

__all__ = ["can_contribute", "can_read", "can_speak_for_party", "can_work"]


def can_look_back(place: Place) -> bool:
    """After a record is closed one thing is still owed: the look-back, by those who were in to the end."""
    return place.is_seated and place.own_party.left_on is None and place.partnership.standing == Standing.CLOSED


def takes_part(place: Place) -> bool:
    """Partners answer reviews, and their broker facilitates them."""
    return (can_contribute(place) or can_look_back(place)) and (place.is_partner or place.is_broker)


def can_read_reviews(place: Place) -> bool:
    """Reviews are the partners' and their broker's; others read the reports released to them."""
    return place.is_seated


def can_plan_round(place: Place) -> bool:
    """A partner's lead or stand-in, or the broker, proposes a round."""
    return can_agree_dates(place) or (takes_part(place) and place.is_broker)


def can_set_boundary(place: Place) -> bool:
    """What is reviewed is settled while the work goes on."""
    return can_plan_round(place) and can_contribute(place)


def can_agree_dates(place: Place) -> bool:
    """A partner's lead or stand-in, also for the look-back of a closed record."""
    return can_speak_for_party(place) or (can_look_back(place) and place.is_partner and place.is_lead)


def can_lead_part(place: Place) -> bool:
    """A lead or stand-in invites, reminds and hands in for its side."""
    return can_agree_dates(place)


def can_type_in(place: Place) -> bool:
    """Anyone seated with a partner types in what its people answered on paper or in a talk."""
    return takes_part(place) and place.is_partner


def writes_for_sides(place: Place) -> bool:
    """A broker writes down what small sides told it."""
    return takes_part(place) and place.is_broker


def can_hear(place: Place) -> bool:
    """Partners and broker ask bodies of affected people, and write down what they say."""
    return takes_part(place)


def speaks_here(place: Place, voice: Voice) -> bool:
    """The body itself, through somebody it has seated."""
    return can_contribute(place) and is_community(place) and voice.body_party_id == place.own_party.pk


def can_take_back(place: Place, voice: Voice) -> bool:
    """The body, at any time. Who wrote it down: until the body approves it, then on its request if it has no seat."""
    if place.party is None:
        return False
    return is_its_body(place, voice) or (
        place.party.pk == voice.party_id and (voice.approved_at is None or seat_of(voice) is None)
    )


def is_its_body(place: Place, voice: Voice) -> bool:
    """Seated with the body whose voice it is."""
    seat = seat_of(voice)
    return place.party is not None and place.party.pk == (seat.pk if seat is not None else voice.body_party_id)


def seat_of(voice: Voice) -> Party | None:
    """The party through which a body speaks for itself: where it was heard, or where it has come since."""
    seats = [voice.body_party, voice.body.body_party if voice.body is not None else None]
    return next((seat for seat in seats if seat is not None and seat.left_on is None), None)


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
    return can_agree_dates(place)


def reads_own_side(place: Place) -> bool:
    """What a side's own people said is its own first: for the partners, each about itself."""
    return takes_part(place) and place.is_partner


def can_release_own(place: Place) -> bool:
    """A lead or stand-in shows the others what went to the own side first."""
    return can_lead_part(place)


def keeps_log(place: Place) -> bool:
    """A broker who facilitates a round may keep a log of its own."""
    return takes_part(place) and place.is_broker
