"""Who may do what in due diligence."""

from __future__ import annotations

from partnerships.access.permissions import can_read, can_speak_for_party, can_work
from partnerships.access.places import Place

from .models import CounselCheck, DecisionMandate, Measure, Risk, SharedLine, Thread
from .states import CheckState

__all__ = [
    "can_answer",
    "can_change_line",
    "can_change_risk",
    "can_decide",
    "can_decide_check",
    "can_do_measure",
    "can_have_board_paper",
    "can_have_papers",
    "can_inherit",
    "can_lift_check",
    "can_name_decider",
    "can_read",
    "can_read_own",
    "can_release",
    "can_withdraw",
    "can_write_in",
    "named_decider",
]


def can_answer(place: Place) -> bool:
    """Everybody seated with a partner helps to find out."""
    return can_work(place)


def can_read_own(place: Place) -> bool:
    """What a partner's own side found out it goes on reading, when the record is over too."""
    return place.is_partner


def can_release(place: Place) -> bool:
    """A lead or stand-in shows the side's findings to others."""
    return can_speak_for_party(place)


def can_withdraw(place: Place) -> bool:
    """A lead or stand-in takes back what the side released; once the record is over, or the side has left it, too:
    withdrawing is a right, as it is of documents."""
    return place.is_lead and place.party is not None and place.party.role == "partner"


def can_decide(place: Place) -> bool:
    """Whom the partner named, else its lead and stand-ins; from a residual of 15 on an executive (the action asks)."""
    if not can_work(place) or place.seat is None:
        return False
    named = named_decider(place)
    return place.seat.pk == named if named is not None else place.is_lead


def named_decider(place: Place) -> int | None:
    """The seat that the own side named to take its decision, while somebody sits in it. One query."""
    return place.once(
        "diligence.decider",
        lambda: (
            DecisionMandate.objects.of(place.partnership)
            .filter(party=place.own_party, ended_at=None, seat__ended_on=None, seat__membership__ended_on=None)
            .values_list("seat", flat=True)
            .first()
        ),
    )


def can_name_decider(place: Place) -> bool:
    """A lead or stand-in says who takes the decision."""
    return can_speak_for_party(place)


def can_change_risk(place: Place, risk: Risk) -> bool:
    """The side that wrote it; once that has left, every partner that reads it, so that no risk is an orphan."""
    return can_work(place) and (risk.party_id == place.own_party.pk or _has_left(place, risk))


def _has_left(place: Place, risk: Risk) -> bool:
    return all(p.pk != risk.party_id for p in place.present)


def can_inherit(place: Place) -> bool:
    """A lead or stand-in of a partner in a record that has one above it; that they lead there too asks the action."""
    return can_speak_for_party(place) and place.partnership.parent_id is not None


def can_change_line(place: Place, line: SharedLine) -> bool:
    """The partners edit the shared pages together; only whose line it is changes its words."""
    return can_work(place)


def can_do_measure(place: Place, measure: Measure) -> bool:
    """The owner's side, and the side that set it."""
    return can_work(place) and place.own_party.pk in {measure.party_id, measure.owner.party_id}


def can_have_papers(place: Place) -> bool:
    """Partners and brokers print what all of them may read."""
    return place.is_partner or place.is_broker


def can_have_board_paper(place: Place) -> bool:
    """A partner's own side prints what it may read itself."""
    return place.is_partner


def can_decide_check(place: Place, check: CounselCheck) -> bool:
    """Whoever was asked gives counsel's word; for somebody without a seat here, or no more, a lead notes it."""
    if not can_work(place) or check.party_id != place.own_party.pk or place.seat is None:
        return False
    if check.seat is not None and check.seat.ended_on is None:
        return check.seat_id == place.seat.pk
    return place.is_lead


def can_lift_check(place: Place, check: CounselCheck) -> bool:
    return can_speak_for_party(place) and check.party_id == place.own_party.pk and check.state == CheckState.HOLDS


def can_write_in(place: Place, thread: Thread) -> bool:
    """The two that speak with each other; others whom they let follow only read."""
    return can_work(place) and place.own_party.pk in {thread.party_id, thread.asked_id}
