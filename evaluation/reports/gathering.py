"""What a report says beside the results: read once, as its readers may read it, when it is made."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from evaluation.reviews import queries as reviews
from evaluation.reviews.models import Action, Part, Respondent, Round
from evaluation.reviews.reading import Before, Reading
from lifecycle.delivery.models import Commitment, CommunityPromise, Contribution, Resolution
from lifecycle.delivery.states import CommitmentState, GiftState, MeetingState, PromiseState
from partnerships import clock
from partnerships.access.places import Place
from partnerships.record.models import Seat

from .content import (
    Actor,
    Brought,
    Content,
    Decided,
    Method,
    Owed,
    Promises,
    Rate,
    Scope,
    ToCommunity,
)
from .layers import layers_of
from .reach import Reach
from .states import WIDER, Audience
from .voice import voice_of

#: Commitments that a report lists; the counts are over all of them.
LISTED = 40
NONE = Decimal(0)


def gather(round: Round, place: Place, reading: Reading, *, audience: str, reach: Reach) -> Content:
    """Everything beside the results that this version may say. The number of queries does not depend on how much."""
    functions = _functions(place)
    return Content(
        scope=_scope(place, reach),
        actors=_actors(place, reading),
        rates=_rates(round, reading),
        promises=_promises(place, reach, functions),
        before=_before(place, reading, reach, audience),
        decided=_decided(round, place, reach),
        voice=voice_of(round, place, reach),
        layers=layers_of(place, audience, reach),
        method=_method(round, reading),
        functions=_owners(place) if audience != Audience.OWN else {},
    )


def _scope(place: Place, reach: Reach) -> Scope | None:
    found = reviews.boundary_of(place)
    if found is None or found.withdrawn_at is not None or not reach.reads(found):
        return None
    return Scope(
        key=found.public_id,
        scope=found.scope,
        beyond=found.beyond,
        calendar=found.calendar,
        language=found.language,
        first_on=found.first_on.isoformat(),
        every_months=found.every_months,
        until_on=found.until_on.isoformat(),
    )


def _actors(place: Place, reading: Reading) -> list[Actor]:
    counted = {side.key for side in reading.sides if side.counts}
    return [
        Actor(p.public_id, p.name, p.role, p.mark_role, p.mark_variant, p.public_id in counted)
        for p in place.parties
        if p.left_on is None or p.public_id in counted
    ]


def _rates(round: Round, reading: Reading) -> list[Rate]:
    """Of groups of at least the minimum, and of sides that answered openly, all of whom did.

    How many were asked is known to their own side alone otherwise.
    """
    least = reviews.minimum()
    told = {
        s.key: s.people
        for s in reading.sides
        if s.counts and not s.agreed and s.people and (s.people >= least or s.is_open)
    }
    asked = dict(
        Respondent.objects.all()
        .unguarded("how many were asked, of groups that are large enough, after the opening")
        .filter(part__in=Part.objects.of(round.partnership).filter(round=round))
        .values_list("part__party__public_id")
        .annotate(count=Count("pk"))
        .order_by()
    )
    return [Rate(key, people, max(people, asked.get(key, 0))) for key, people in told.items()]


def _functions(place: Place) -> dict[tuple[int, int], str]:
    """The function of each person in each party; the latest seat counts."""
    rows = Seat.objects.filter(party__partnership=place.partnership).order_by("pk")
    return {
        (party, user): function for party, user, function in rows.values_list("party", "membership__user", "function")
    }


def _owners(place: Place) -> dict[str, str]:
    """By action: the function of its owner's seat."""
    rows = Action.objects.visible_to(place.user).filter(round__partnership=place.partnership, owner_seat__isnull=False)
    return dict(rows.values_list("public_id", "owner_seat__function"))


def _promises(place: Place, reach: Reach, functions: dict[tuple[int, int], str]) -> Promises | None:
    keys = {p.pk: p.public_id for p in place.parties}
    today = clock.today()
    rows = reach.only(
        Commitment.objects.visible_to(place)
        .filter(withdrawn_at=None)
        .select_related("person")
        .annotate(moved=Count("due_changes"))
        .order_by("due_on", "pk")
    )
    late = [row for row in rows if row.state == CommitmentState.OPEN and row.due_on < today]

    def owed(row: Any) -> Owed:
        return Owed(
            key=row.public_id,
            what=row.what,
            language=row.language,
            owner=keys[row.owner_id],
            person=row.person.name if row.person is not None else "",
            function=functions.get((row.owner_id, row.person_id or 0), ""),
            due_on=row.due_on.isoformat(),
            state=row.state,
            moved=row.moved,
            is_late=row in late,
        )

    # What is late first, then what is open; of what is done the latest.
    first = [*late, *(r for r in rows if r.state != CommitmentState.CONFIRMED and r not in late)]
    done = [r for r in reversed(rows) if r.state == CommitmentState.CONFIRMED]
    listed = [*first, *done][:LISTED]
    communities = reach.only(
        CommunityPromise.objects.visible_to(place).filter(withdrawn_at=None).order_by("due_on", "pk")[: 2 * LISTED]
    )
    brought = _brought(place, reach, keys)
    if not (rows or communities or brought):
        return None
    counts: dict[str, int] = defaultdict(int)
    for row in rows:
        counts[row.state] += 1
    return Promises(
        commitments=[owed(row) for row in listed],
        confirmed=counts[CommitmentState.CONFIRMED],
        delivered=counts[CommitmentState.DELIVERED],
        open=counts[CommitmentState.OPEN],
        late=len(late),
        written_off=counts[CommitmentState.WRITTEN_OFF],
        brought=brought,
        communities=[
            ToCommunity(
                key=row.public_id,
                what=row.what,
                language=row.language,
                promiser=keys[row.promiser_id],
                to=row.body_name,
                said_on=row.said_on.isoformat(),
                due_on=row.due_on.isoformat() if row.due_on else "",
                state=row.state,
                is_late=row.state == PromiseState.OPEN and row.due_on is not None and row.due_on < today,
            )
            for row in communities[:LISTED]
        ],
    )


def _brought(place: Place, reach: Reach, keys: dict[int, str]) -> list[Brought]:
    """By side, kind and currency. Time that is not valued stands in hours; what money does not measure is no figure.

    Each by itself, so that one that is withdrawn goes out of the sums (content.Promises.sums).
    """
    counts = ~Q(gifts__state=GiftState.REFUSED)
    rows = reach.only(
        Contribution.objects.visible_to(place)
        .filter(withdrawn_at=None)
        .annotate(given_amount=Sum("gifts__amount", filter=counts), given_hours=Sum("gifts__hours", filter=counts))
        .order_by("pk")
    )
    found = []
    for row in rows:
        if row.amount is not None:
            currency, promised, given = row.currency, row.amount, row.given_amount
        elif row.hours is not None:
            currency, promised, given = "", row.hours, row.given_hours
        else:
            continue
        side = keys[row.giver_id]
        found.append(Brought(side, row.kind, currency, _exact(promised), _exact(given or NONE), row.public_id))
    order = {p.public_id: at for at, p in enumerate(place.parties)}
    return sorted(found, key=lambda each: (order[each.side], each.kind, each.currency))


def _exact(figure: Decimal) -> str:
    return f"{figure.normalize():f}"


def _before(place: Place, reading: Reading, reach: Reach, audience: str) -> Before | None:
    """What was promised in the round before this one, and how it stands, as the review tells it."""
    told = reading.before
    if told is None:
        return None
    named = Action.objects.visible_to(place.user).filter(
        public_id__in=[deed.key for deed in told.deeds], withdrawn_at=None
    )
    readable = {row.public_id for row in reach.only(named)}
    by_name = audience not in WIDER
    deeds = [replace(deed, owner=deed.owner if by_name else "") for deed in told.deeds if deed.key in readable]
    return replace(told, deeds=deeds) if deeds else None


def _decided(round: Round, place: Place, reach: Reach) -> list[Decided]:
    """What the partners' bodies decided since the opening."""
    rows = (
        Resolution.objects.visible_to(place.user)
        .of(place.partnership)
        .filter(meeting__state=MeetingState.HELD, meeting__withdrawn_at=None, meeting__on__gte=round.opened_on())
        .select_related("meeting__body")
        .order_by("meeting__on", "pk")
    )
    return [
        Decided(
            key=row.meeting.public_id,
            body=row.meeting.body.name,
            text=row.text,
            language=row.meeting.language,
            state=row.state,
            on=(row.decided_on or row.meeting.on).isoformat(),
        )
        for row in rows[:LISTED]
        if reach.reads(row.meeting)
    ]


def _method(round: Round, reading: Reading) -> Method:
    sides = [side.key for side in reading.sides if side.counts]
    return Method(
        instrument=round.instrument.code,
        instrument_version=round.instrument.version,
        minimum=reviews.minimum(),
        asked=len(reading.statements),
        hidden={key: sum(key not in row.means for row in reading.statements) for key in sides},
        opens_on=round.opens_on.isoformat(),
        closes_on=round.closes_on.isoformat(),
        policy=round.policy,
        broker_early=round.broker_early,
    )
