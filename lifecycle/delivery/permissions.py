"""Who may do what in delivery. What depends on an item takes it as its second argument."""

from __future__ import annotations

from partnerships.access.permissions import can_contribute, can_read, can_speak_for_party, can_work
from partnerships.access.places import Place

from .models import Commitment, CommunityPromise, Contribution, Dispute, Gift, GovernanceBody
from .states import PROMISES as PROMISE_TABLE
from .states import CommitmentState, GiftState, PromiseAct, PromiseState, after

__all__ = [
    "can_agree_body",
    "can_agree_end",
    "can_agree_write_off",
    "can_change_commitment",
    "can_check_gift",
    "can_confirm",
    "can_contribute",
    "can_deliver",
    "can_dispute",
    "can_end_promise",
    "can_escalate",
    "can_facilitate",
    "can_give",
    "can_judge_promise",
    "can_move_promise",
    "can_note_promise",
    "can_propose_body",
    "can_propose_end",
    "can_propose_write_off",
    "can_read",
    "can_settle",
    "can_work",
    "gave",
    "is_another_partner",
    "is_another_than_gave",
    "is_community",
    "owes",
    "was_given",
]


def can_facilitate(place: Place) -> bool:
    """Partners, and the broker who helps them: plan and record meetings, write down commitments."""
    return (place.is_partner or place.is_broker) and place.partnership.is_open


def can_propose_body(place: Place) -> bool:
    return can_speak_for_party(place)


def can_agree_body(place: Place, body: GovernanceBody) -> bool:
    """A partner that has not agreed to this version yet."""
    return (
        can_speak_for_party(place)
        and body.ended_on is None
        and place.own_party.pk
        not in {consent.party_id for consent in body.consents.all() if consent.body_version == body.version}
    )


def can_propose_end(place: Place, body: GovernanceBody) -> bool:
    """What all partners agreed on ends when all agree to that."""
    return can_speak_for_party(place) and body.ended_on is None and not body.end_reason


def can_agree_end(place: Place, body: GovernanceBody) -> bool:
    """A partner that has not said yes yet to ending it."""
    return (
        can_speak_for_party(place)
        and body.ended_on is None
        and bool(body.end_reason)
        and place.own_party.pk not in {consent.party_id for consent in body.end_consents.all()}
    )


def _is_in(place: Place) -> bool:
    """Seated with a party that is still in, has accepted the ground rules, in an open record."""
    return can_contribute(place) and place.own_party.rules_accepted_at is not None


def owes(place: Place, commitment: Commitment) -> bool:
    """Anyone on the owner's side, site and field included."""
    return _is_in(place) and place.own_party.pk == commitment.owner_id


def can_deliver(place: Place, commitment: Commitment) -> bool:
    """The owner's side ticks what was done, while it is open."""
    return owes(place, commitment) and commitment.state == CommitmentState.OPEN


def is_another_partner(place: Place, commitment: Commitment) -> bool:
    """Another partner than the owner; nobody confirms what is their own."""
    return _is_in(place) and place.is_partner and place.own_party.pk != commitment.owner_id


def can_confirm(place: Place, commitment: Commitment) -> bool:
    return is_another_partner(place, commitment) and commitment.state == CommitmentState.DELIVERED


def can_change_commitment(place: Place, commitment: Commitment) -> bool:
    """Who owes it, and who wrote it down, while it is open."""
    return (
        can_contribute(place)
        and commitment.state == CommitmentState.OPEN
        and place.own_party.pk in {commitment.owner_id, commitment.party_id}
    )


def can_propose_write_off(place: Place, commitment: Commitment) -> bool:
    return (
        can_speak_for_party(place)
        and commitment.state in {CommitmentState.OPEN, CommitmentState.DELIVERED}
        and not commitment.write_off_reason
    )


def can_agree_write_off(place: Place, commitment: Commitment) -> bool:
    """A partner that has not said yes yet to letting it go."""
    return (
        can_speak_for_party(place)
        and bool(commitment.write_off_reason)
        and commitment.state in {CommitmentState.OPEN, CommitmentState.DELIVERED}
        and place.own_party.pk not in {consent.party_id for consent in commitment.write_off_consents.all()}
    )


def can_give(place: Place, contribution: Contribution) -> bool:
    """A party writes what it puts in; for a giver that is no partner, any partner does."""
    if not can_contribute(place):
        return False
    return place.own_party.pk == contribution.giver_id or (can_work(place) and not contribution.giver.is_partner)


def is_another_than_gave(place: Place, gift: Gift) -> bool:
    """Another partner than the giver and than who wrote it down."""
    return can_work(place) and place.own_party.pk not in {gift.contribution.giver_id, gift.party_id}


def can_check_gift(place: Place, gift: Gift) -> bool:
    return is_another_than_gave(place, gift) and gift.state == GiftState.GIVEN


def is_community(place: Place) -> bool:
    return place.party is not None and (
        place.party.role == "rights_holder" or place.party.organisation.kind == "community"
    )


def can_note_promise(place: Place) -> bool:
    """Partners and the broker; and the bodies of affected people themselves write down what they were promised."""
    return can_facilitate(place) or (can_contribute(place) and is_community(place))


def gave(place: Place, promise: CommunityPromise) -> bool:
    """Seated with the party that promised it."""
    return can_contribute(place) and place.own_party.pk == promise.promiser_id


def can_end_promise(place: Place, promise: CommunityPromise) -> bool:
    """Whoever gave it says that it was kept, or explained."""
    return gave(place, promise) and any(
        after(PROMISE_TABLE, promise.state, act) for act in (PromiseAct.KEEP, PromiseAct.EXPLAIN)
    )


def was_given(place: Place, promise: CommunityPromise) -> bool:
    """Seated with the body that it was given to."""
    return can_contribute(place) and place.own_party.pk == promise.body_id


def can_judge_promise(place: Place, promise: CommunityPromise) -> bool:
    """Those it was given to say whether it was kept."""
    return was_given(place, promise) and any(
        after(PROMISE_TABLE, promise.state, act) for act in (PromiseAct.CONFIRM, PromiseAct.DENY)
    )


def can_move_promise(place: Place, promise: CommunityPromise) -> bool:
    return (gave(place, promise) or was_given(place, promise)) and promise.state == PromiseState.OPEN


def can_dispute(place: Place) -> bool:
    return can_speak_for_party(place)


def can_escalate(place: Place, dispute: Dispute) -> bool:
    return can_speak_for_party(place) and dispute.settled_on is None


def can_settle(place: Place, dispute: Dispute) -> bool:
    """A partner that has not agreed to the proposed settlement yet, or proposes one."""
    return (
        can_speak_for_party(place)
        and dispute.settled_on is None
        and place.own_party.pk not in {settlement.party_id for settlement in dispute.settlements.all()}
    )
