"""What a side got and gave between two rounds of review: from its own entries, for itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists

from evaluation.reviews.models import Round
from evaluation.reviews.queries import rounds_of
from evaluation.reviews.states import RoundKind, RoundState
from partnerships.access.places import Place
from partnerships.access.ready import Ready, ReadyHere
from partnerships.record.models import Party
from partnerships.work.models import WorkItem

from .. import kinds
from ..counting import span_of
from ..models import CostEntry, HourEntry, ValueEntry
from .effort import own_costs, own_hours
from .worth import released_ids, values_by_party

#: Rounds after which each partner is asked: a baseline has nothing before it, and a pulse takes two minutes.
ASKED_AFTER = frozenset({RoundKind.REGULAR, RoundKind.CLOSING})
#: Rounds with which a period ends and the next begins.
_BOUNDS = frozenset({RoundKind.BASELINE, *ASKED_AFTER})
_ASKED = Ready(lambda record, key: WorkItem.objects.filter(partnership=record, key=key, closed_at=None)[:1])


@dataclass(frozen=True)
class Since:
    """The own side's entries of a period: after the round before, up to the opening of this one."""

    round: Round
    before: Round | None
    starts_on: date
    ends_on: date
    values: list[ValueEntry]
    hours: list[HourEntry]
    costs: list[CostEntry]
    unshown: int
    #: Whether it still waits for the own side.
    is_asked: bool

    @property
    def missing(self) -> list[str]:
        found = {"value": self.values, "hours": self.hours, "cost": self.costs}
        return [name for name, rows in found.items() if not rows]


def since_last(place: Place, round: Round) -> Since:
    """What the own side wrote down for the time between the round before and this one. Six queries."""
    before, starts_on, ends_on = _period(round, place.own_party, rounds_of(place))
    values = [
        row
        for row in values_by_party(place).get(place.own_party.pk, [])
        if row.ends_on > starts_on and row.starts_on <= ends_on
    ]
    shown = released_ids(place, ValueEntry._meta.label_lower)
    return Since(
        round,
        before,
        starts_on,
        ends_on,
        values,
        [row for row in own_hours(place) if _lies_in(row.span, row.starts_on, starts_on, ends_on)],
        [row for row in own_costs(place) if starts_on < row.on <= ends_on],
        sum(row.pk not in shown for row in values),
        bool(_ASKED(record=place.partnership.pk, key=worth_key(round, place.own_party.pk))),
    )


@dataclass(frozen=True)
class Glance:
    """Of the same period only whether something of each kind is written down: for the round's page."""

    starts_on: date
    ends_on: date
    values: bool
    hours: bool
    costs: bool
    is_asked: bool

    @property
    def missing(self) -> bool:
        return not (self.values and self.hours and self.costs)


#: No span of hours is longer: an entry's day lies at most so far from its last.
_LONGEST = timedelta(days=31)
_GLANCE = ReadyHere(
    lambda place, party, after, until, key: Party.objects.filter(pk=party).annotate(
        has_value=Exists(
            ValueEntry.objects.visible_to(place).filter(
                party=party, withdrawn_at=None, ends_on__gt=after, starts_on__lte=until
            )
        ),
        has_cost=Exists(
            CostEntry.objects.visible_to(place).filter(party=party, withdrawn_at=None, on__gt=after, on__lte=until)
        ),
        is_asked=Exists(WorkItem.objects.filter(partnership=place.partnership, key=key, closed_at=None)),
    )
)
_SPANS = ReadyHere(
    lambda place, party, earliest, until: (
        HourEntry.objects.visible_to(place)
        .filter(party=party, withdrawn_at=None, starts_on__gt=earliest, starts_on__lte=until)
        .only("span", "starts_on")
    )
)


def glance(place: Place, round: Round) -> Glance:
    """Whether the own side wrote something of each kind down for that time. Two queries, where its rounds are read."""
    party = place.own_party.pk
    _before, starts_on, ends_on = _period(round, place.own_party, rounds_of(place))
    (row,) = _GLANCE(place, party=party, after=starts_on, until=ends_on, key=worth_key(round, party))
    hours = _SPANS(place, party=party, earliest=starts_on - _LONGEST, until=ends_on)
    return Glance(
        starts_on,
        ends_on,
        row.has_value,
        any(_lies_in(each.span, each.starts_on, starts_on, ends_on) for each in hours),
        row.has_cost,
        row.is_asked,
    )


def is_all_there(round: Round, party: Party) -> bool:
    """Whether a side has written down something of each kind for that time: for the acts that ask it. Four queries."""
    rounds = Round.objects.of(round.partnership).filter(circle__members__party=party).order_by("-opening_at", "-pk")
    _before, starts_on, ends_on = _period(round, party, rounds)
    mine = {"party": party, "withdrawn_at": None}
    values = ValueEntry.objects.of(round.partnership).filter(**mine, ends_on__gt=starts_on, starts_on__lte=ends_on)
    costs = CostEntry.objects.of(round.partnership).filter(**mine, on__gt=starts_on, on__lte=ends_on)
    hours = HourEntry.objects.of(round.partnership).filter(**mine).values_list("span", "starts_on")
    return (
        values.exists() and costs.exists() and any(_lies_in(span, first, starts_on, ends_on) for span, first in hours)
    )


def _period(round: Round, party: Party, rounds: Iterable[Round]) -> tuple[Round | None, date, date]:
    """From the round before that this party was there for, else from its joining, up to the opening of this one.

    `rounds`: those that it reads, newest first.
    """
    bounds = (each for each in rounds if each.state == RoundState.OPENED and each.kind in _BOUNDS)
    before = next((each for each in bounds if party.joined_at <= each.opening_at < round.opening_at), None)
    starts_on = before.opened_on() if before is not None else party.joined_at.date()
    return before, starts_on, round.opened_on()


def _lies_in(span: str, day: date, starts_on: date, ends_on: date) -> bool:
    first, last = span_of(span, day)
    return last > starts_on and first <= ends_on


def worth_key(round: Round, party: int) -> str:
    return f"{kinds.WORTH}:{round.public_id}:{party}"
