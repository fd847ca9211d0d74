"""What the data of delivery warns of. Each batch takes ids of running partnerships and at most two queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from partnerships import clock
from partnerships.people.states import OfficeKind
from partnerships.record.models import Seat
from partnerships.record.states import Role

from ..attention.registry import Raised
from .models import BodySeat, Commitment, CommunityPromise, Contribution, Resolution
from .states import SETTLED_PROMISE, CommitmentState, ContributionKind, GiftState, ResolutionState

BADLY_LATE_DAYS = 30
#: Per cent of the commitments that may be badly late; points by which delivered shares may differ.
LATE_SHARE, SHARES_APART = 20, 25
PENDING_DAYS = 30
#: Per cent of the cash, and of the votes, from which money decides.
CASH_SHARE, VOTE_SHARE = 80, 50
NONE = Decimal(0)
_WHY = "flags are computed for everybody; who sees one is decided where it is shown"


def _contributions(ids: Sequence[int]) -> Any:
    return (
        Contribution.objects.unguarded(_WHY)
        .filter(partnership__in=ids, withdrawn_at=None, giver__role=Role.PARTNER, giver__left_on=None)
        .exclude(kind=ContributionKind.OTHER)
        .select_related("partnership")
        .annotate(given=Sum("gifts__amount", filter=~Q(gifts__state=GiftState.REFUSED)))
    )


def owed_flags(ids: Sequence[int]) -> list[Raised]:
    """Over 20 % of commitments 30 days late, or shares put in 25 points apart [ST1, OC6]. Two queries."""
    today = clock.today()
    late: dict[int, int] = defaultdict(int)
    total: dict[int, int] = defaultdict(int)
    rows = (
        Commitment.objects.unguarded(_WHY)
        .filter(partnership__in=ids, withdrawn_at=None)
        .exclude(state=CommitmentState.WRITTEN_OFF)
        .values_list("partnership", "state", "due_on")
    )
    for partnership, state, due in rows:
        total[partnership] += 1
        late[partnership] += state == CommitmentState.OPEN and (today - due).days > BADLY_LATE_DAYS
    shares = _shares(ids, today)
    found = []
    for pk in ids:
        share = late[pk] * 100 // total[pk] if total[pk] else 0
        known = list(shares[pk].values())
        apart = max(known) - min(known) if len(known) > 1 else NONE
        if late[pk] * 100 > LATE_SHARE * total[pk]:
            found.append(Raised("commitments_late", pk, None, True, {"count": late[pk], "percent": share}))
        elif apart >= SHARES_APART:
            found.append(Raised("commitments_late", pk, None, True, {"percent": int(apart)}))
    return found


def _shares(ids: Sequence[int], today: date) -> dict[int, dict[int, Decimal]]:
    """Per cent that each partner has put in of what it promised for the periods that have begun."""
    due: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    given: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for row in _contributions(ids):
        promised = row.in_common(row.amount)
        if promised is None or row.starts_on > today:
            continue
        key = (row.partnership_id, row.giver_id)
        due[key] += promised
        given[key] += row.in_common(row.given) or NONE
    found: dict[int, dict[int, Decimal]] = defaultdict(dict)
    for (partnership, giver), amount in due.items():
        if amount:
            found[partnership][giver] = given[partnership, giver] * 100 / amount
    return found


def waiting_flags(ids: Sequence[int]) -> list[Raised]:
    """A promise to a community overdue [EC6], a decision that waits for over 30 days [OC3]. Two queries."""
    today = clock.today()
    overdue: dict[tuple[int, int], list[int]] = defaultdict(list)
    promises = (
        CommunityPromise.objects.unguarded(_WHY)
        .filter(partnership__in=ids, withdrawn_at=None, due_on__lt=today)
        .exclude(state__in=SETTLED_PROMISE)
        .values_list("partnership", "promiser", "due_on")
    )
    for partnership, promiser, due in promises:
        overdue[partnership, promiser].append((today - due).days if due else 0)
    found = [
        Raised("promise_overdue", partnership, promiser, True, {"count": len(days), "days": max(days)})
        for (partnership, promiser), days in overdue.items()
    ]
    waits: dict[int, list[int]] = defaultdict(list)
    decisions = Resolution.objects.filter(
        meeting__partnership__in=ids,
        state=ResolutionState.LEFT_OPEN,
        raised_on__lt=today - timedelta(days=PENDING_DAYS),
    ).values_list("meeting__partnership", "raised_on")
    for partnership, raised in decisions:
        waits[partnership].append((today - raised).days)
    found += [
        Raised("decision_pending", partnership, None, False, {"count": len(days), "days": max(days)})
        for partnership, days in waits.items()
    ]
    return found


def power_flags(ids: Sequence[int]) -> list[Raised]:
    """One partner gives over 80 % of the cash and has over half of the votes, the sole chair or a veto [CH3].

    All cash counts, that of funders too. Two queries.
    """
    cash: dict[int, dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    partners: set[int] = set()
    rows = (
        Contribution.objects.unguarded(_WHY)
        .filter(partnership__in=ids, withdrawn_at=None, kind=ContributionKind.CASH)
        .select_related("partnership", "giver")
    )
    for row in rows:
        cash[row.partnership_id][row.giver_id] += row.in_common(row.amount) or NONE
        if row.giver.is_partner and row.giver.left_on is None:
            partners.add(row.giver_id)
    bodies: dict[int, list[BodySeat]] = defaultdict(list)
    for seat in BodySeat.objects.filter(body__partnership__in=ids, body__ended_on=None).select_related("body"):
        bodies[seat.body_id].append(seat)
    found: dict[int, Raised] = {}
    for seats in bodies.values():
        pk = seats[0].body.partnership_id
        whole = sum(cash[pk].values(), NONE)
        votes = sum(seat.votes for seat in seats)
        chairs = [seat.party_id for seat in seats if seat.is_chair]
        for seat in seats:
            share = cash[pk][seat.party_id] * 100 / whole if whole else NONE
            decides = seat.votes * 100 > VOTE_SHARE * votes or chairs == [seat.party_id] or bool(seat.veto_on)
            if seat.party_id in partners and share > CASH_SHARE and decides:
                found[pk] = Raised("money_and_votes", pk, None, True, {"percent": int(share)})
    return list(found.values())


def field_flags(ids: Sequence[int]) -> list[Raised]:
    """A site or field office is in scope and nobody from there has a seat where decisions are made [IC5].

    Only where there is a body already. Two queries.
    """
    taken: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for partnership, party, count in BodySeat.objects.filter(
        body__partnership__in=ids, body__ended_on=None
    ).values_list("body__partnership", "party", "field_seats"):
        taken[partnership][party] += count
    sites = (
        Seat.objects.filter(
            party__partnership__in=list(taken),
            party__role=Role.PARTNER,
            party__left_on=None,
            ended_on=None,
            membership__ended_on=None,
        )
        .exclude(office=None)
        .exclude(office__kind=OfficeKind.HEAD)
        .values_list("party__partnership", "party")
        .distinct()
    )
    return [
        Raised("site_left_out", partnership, party, False, {})
        for partnership, party in sites
        if not taken[partnership][party]
    ]
