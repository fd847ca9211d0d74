"""The partnering-cost meter: the own side's hours and cost as written down, the others' as they showed them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Prefetch

from partnerships.access.models import Circled
from partnerships.access.places import Place
from partnerships.access.ready import ReadyHere
from partnerships.record.models import Party

from ..counting import Told, Work, quarter_of, share, sums, told
from ..models import CostEntry, EffortStatement, HourEntry, StatedCost, ValueEntry
from .worth import values_by_party

NONE = Decimal(0)
Costs = dict[tuple[str, str], Decimal]


# The own side's -------------------------------------------------------------------------------------------------------
_HOURS = ReadyHere(
    lambda place, party: (
        HourEntry.objects.visible_to(place)
        .filter(party=party, withdrawn_at=None)
        .select_related("person")
        .order_by("-starts_on", "person__name", "-pk")
    )
)
_COSTS = ReadyHere(
    lambda place, party: (
        CostEntry.objects.visible_to(place).filter(party=party, withdrawn_at=None).order_by("-on", "-pk")
    )
)


def own_hours(place: Place) -> list[HourEntry]:
    """Every entry of the own side, newest first. One query."""
    return _HOURS(place, party=place.party.pk) if place.party is not None else []


def own_costs(place: Place) -> list[CostEntry]:
    """One query."""
    return _COSTS(place, party=place.party.pk) if place.party is not None else []


@dataclass
class Quarter:
    """A calendar quarter of the own side: who put in what, the cost, and what of it the others may be shown."""

    starts_on: date
    ends_on: date
    work: dict[int, Work]
    names: dict[int, str]
    costs: Costs
    told: Told
    statement: EffortStatement | None = None

    @property
    def coordinating(self) -> Decimal:
        return sum((w.coordinating for w in self.work.values()), NONE)

    @property
    def delivering(self) -> Decimal:
        return sum((w.delivering for w in self.work.values()), NONE)

    @property
    def hours(self) -> Decimal:
        return self.coordinating + self.delivering

    @property
    def share(self) -> Decimal | None:
        return share(self.coordinating, self.delivering)

    @property
    def people(self) -> list[tuple[str, Work]]:
        return sorted((self.names[pk], work) for pk, work in self.work.items()) if self.work else []


def _added(rows: Iterable[HourEntry]) -> dict[int, Work]:
    found: dict[int, Work] = {}
    for row in rows:
        before = found.get(row.person_id, Work(NONE, NONE))
        found[row.person_id] = Work(before.coordinating + row.coordinating, before.delivering + row.delivering)
    return found


def _quarter(place: Place, first: date, hours: list[HourEntry], costs: list[CostEntry]) -> Quarter:
    starts_on, ends_on = quarter_of(first)
    work = _added(hours)
    return Quarter(
        starts_on,
        ends_on,
        work,
        {row.person_id: row.person.name for row in hours},
        sums((c.form, c.currency, c.amount) for c in costs),
        told(work, speaker=place.user.pk),
    )


def quarters(place: Place) -> list[Quarter]:
    """The own side by calendar quarter, newest first, with what was shown of each. Four queries."""
    hours: dict[date, list[HourEntry]] = defaultdict(list)
    costs: dict[date, list[CostEntry]] = defaultdict(list)
    for entry in own_hours(place):
        hours[quarter_of(entry.starts_on)[0]].append(entry)
    for cost in own_costs(place):
        costs[quarter_of(cost.on)[0]].append(cost)
    shown = {s.starts_on: s for s in shown_statements(place) if s.party_id == (place.party.pk if place.party else 0)}
    found = [_quarter(place, first, hours[first], costs[first]) for first in {*hours, *costs}]
    for one in found:
        one.statement = shown.get(one.starts_on)
    return sorted(found, key=lambda q: q.starts_on, reverse=True)


def quarter(place: Place, first: date) -> Quarter:
    """One calendar quarter of the own side, for the totals that are shown. Two queries."""
    starts_on, ends_on = quarter_of(first)
    hours = [h for h in own_hours(place) if starts_on <= h.starts_on <= ends_on]
    costs = [c for c in own_costs(place) if starts_on <= c.on <= ends_on]
    return _quarter(place, first, hours, costs)


def changed_since(place: Place, first: date, moment: datetime) -> set[int]:
    """The people of the own side whose hours of a quarter were written, corrected or taken out after a moment."""
    starts_on, ends_on = quarter_of(first)
    rows = HourEntry.objects.visible_to(place).filter(
        party=place.party, starts_on__gte=starts_on, starts_on__lte=ends_on, changed_at__gt=moment
    )
    return set(rows.values_list("person", flat=True))


def costs_of(rows: Iterable[CostEntry]) -> Costs:
    return sums((row.form, row.currency, row.amount) for row in rows)


# Each side's ----------------------------------------------------------------------------------------------------------
def shown_statements(place: Place) -> list[EffortStatement]:
    """The totals that this reader may read, its own side's among them, newest first. Two queries."""
    rows = EffortStatement.objects.visible_to(place).filter(withdrawn_at=None)
    return list(
        rows.prefetch_related(Prefetch("costs", StatedCost.objects.order_by("form", "currency"))).order_by(
            "-starts_on", "party", "-pk"
        )
    )


#: Whether an item may stand in a paper: whether all for whom it is made read it.
Reads = Callable[[Circled], bool]


@dataclass(frozen=True)
class Put:
    """One item of what a side put in: of the others what they showed of a quarter, of the own side an entry."""

    item: Circled
    hours: Decimal = NONE
    coordinating: Decimal = NONE
    delivering: Decimal = NONE
    costs: Costs = field(default_factory=dict)


@dataclass
class SideMeter:
    """Hours and cost of one side beside what it got: never one figure, in no currency but the side's own."""

    party: Party
    is_own: bool
    hours: Decimal = NONE
    coordinating: Decimal = NONE
    delivering: Decimal = NONE
    costs: Costs = field(default_factory=dict)
    values: list[ValueEntry] = field(default_factory=list)
    statements: list[EffortStatement] = field(default_factory=list)
    #: What hours and cost are the sum of: what is withdrawn can be taken out of a paper again.
    put: list[Put] = field(default_factory=list)

    @property
    def share(self) -> Decimal | None:
        """Coordination, in per cent of the hours that are split by kind."""
        return share(self.coordinating, self.delivering)

    @property
    def worth(self) -> Costs:
        """The amounts among what it got, by currency."""
        return sums(("value", v.currency, v.amount) for v in self.values if v.amount is not None)

    @property
    def is_empty(self) -> bool:
        return not (self.hours or self.costs or self.values)


def meters(place: Place, *, reads: Reads | None = None) -> list[SideMeter]:
    """Each partner's meter as this reader may read it: its own from its entries, the others' from what they showed.

    `reads`: for a paper, what all its readers may read; the own side is then told from what it showed, too.
    Five queries, however many sides and entries.
    """
    values = values_by_party(place)
    shown = shown_statements(place)
    own = place.party.pk if place.is_partner and place.party else 0
    if reads is not None:
        values = {party: [v for v in rows if reads(v)] for party, rows in values.items()}
        shown = [s for s in shown if reads(s)]
        own = 0
    parties = [*place.partners, *(p for p in place.parties if p.left_on is not None and values.get(p.pk))]
    found = []
    for party in parties:
        meter = SideMeter(party, party.pk == own, values=values.get(party.pk, []))
        meter.statements = [s for s in shown if s.party_id == party.pk]
        if not meter.is_own:
            _add(meter, [_stated(s) for s in meter.statements])
        found.append(meter)
    if own:
        entries = [Put(h, h.coordinating + h.delivering, h.coordinating, h.delivering) for h in own_hours(place)]
        spent = [Put(c, costs={(c.form, c.currency): c.amount}) for c in own_costs(place)]
        _add(next(m for m in found if m.is_own), [*entries, *spent])
    return found


def _stated(one: EffortStatement) -> Put:
    costs = sums((c.form, c.currency, c.amount) for c in one.costs.all())
    return Put(one, one.hours or NONE, one.coordinating or NONE, one.delivering or NONE, costs)


def _add(meter: SideMeter, put: list[Put]) -> None:
    meter.put = put
    meter.hours = sum((each.hours for each in put), NONE)
    meter.coordinating = sum((each.coordinating for each in put), NONE)
    meter.delivering = sum((each.delivering for each in put), NONE)
    meter.costs = sums((form, currency, each.costs[form, currency]) for each in put for form, currency in each.costs)
