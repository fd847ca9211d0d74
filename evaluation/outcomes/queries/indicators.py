"""Indicators with their values as a reader may read them, and when the next is due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db.models import Max, Prefetch, Q

from partnerships import clock
from partnerships.access.places import Place
from partnerships.record.models import Partnership, Party

from .. import counting
from ..counting import Progress
from ..models import Indicator, Measurement
from ..permissions import can_measure
from ..states import Pace


@dataclass(frozen=True)
class IndicatorRow:
    """An indicator, its values in order of their days, and how it stands."""

    indicator: Indicator
    values: Sequence[Measurement]
    #: Who is asked to measure.
    measurer: Party | None
    progress: Progress
    due_on: date | None
    is_late: bool

    @property
    def last(self) -> Measurement | None:
        return self.values[-1] if self.values else None

    @property
    def pace(self) -> Pace:
        return Pace(self.progress.pace)


def indicator_rows(place: Place, *, only: str = "") -> list[IndicatorRow]:
    """Every indicator this reader may read, oldest first; `only` the one of this public id. Two queries."""
    readable = Indicator.objects.visible_to(place).filter(withdrawn_at=None)
    if only:
        readable = readable.filter(public_id=only)
    values = (
        Measurement.objects.visible_to(place).filter(withdrawn_at=None).select_related("author").order_by("on", "pk")
    )
    found = (
        readable.select_related("circle", "author")
        .prefetch_related(Prefetch("measurements", values, to_attr="readable"))
        .order_by("pk")
    )
    by_id = {p.pk: p for p in place.parties}
    today = clock.today()
    rows = []
    for indicator in found:
        # As the place has them, with their organisations.
        indicator.partnership = place.partnership
        indicator.party = by_id[indicator.party_id]
        measured: list[Measurement] = indicator.readable
        last = measured[-1] if measured else None
        due = _due(indicator, last.on if last else None) if place.partnership.is_open else None
        progress = _progress(indicator, last)
        measurer = by_id.get(indicator.measured_by_id)
        rows.append(IndicatorRow(indicator, measured, measurer, progress, due, due is not None and due < today))
    return rows


def _progress(indicator: Indicator, last: Measurement | None) -> Progress:
    return counting.progress(
        baseline=indicator.baseline,
        target=indicator.target,
        value=last.measured if last else None,
        direction=indicator.direction,
    )


def standing_at(row: IndicatorRow, values: Sequence[Measurement]) -> IndicatorRow:
    """The same indicator as it stands by some of its values."""
    return replace(row, values=values, progress=_progress(row.indicator, values[-1] if values else None))


def _due(indicator: Indicator, last_on: date | None) -> date | None:
    return counting.next_due(
        indicator.frequency,
        last_on=last_on,
        begun_on=indicator.baseline_on or indicator.created_at.date(),
        target_on=indicator.target_on,
    )


def due_by_party(partnership: Partnership) -> dict[int, date]:
    """For each side that measures something, the day on which the first of its values is due. One query."""
    rows = (
        Indicator.objects.unguarded("whom to ask, and by when; no content")
        .of(partnership)
        .filter(withdrawn_at=None)
        .annotate(last_on=Max("measurements__on", filter=Q(measurements__withdrawn_at=None)))
    )
    found: dict[int, date] = {}
    for row in rows:
        due = _due(row, row.last_on)
        if due is not None:
            found[row.measured_by_id] = min(due, found.get(row.measured_by_id, due))
    return found


def measurable(place: Place) -> list[Indicator]:
    """The indicators for which this person may write down a value, oldest first. One query."""
    rows = Indicator.objects.visible_to(place).filter(withdrawn_at=None).order_by("pk")
    return [row for row in rows if can_measure(place, row)]


def values_of_days(place: Place, indicators: Sequence[Indicator]) -> dict[tuple[int, date], Decimal]:
    """What is measured already, by indicator and day. One query."""
    rows = Measurement.objects.visible_to(place).filter(indicator__in=indicators, withdrawn_at=None)
    return {(pk, on): measured for pk, on, measured in rows.values_list("indicator", "on", "measured")}


@dataclass(frozen=True)
class Withdrawn:
    """That a side withdrew so many values, and when the last."""

    party: Party
    count: int


def withdrawn_values(place: Place, indicator: Indicator) -> list[Withdrawn]:
    """That there were values which their side withdrew: how many of which side, never what they said. One query."""
    rows = (
        Measurement.objects.unguarded("that it was there remains: whose, never what")
        .filter(indicator=indicator)
        .exclude(withdrawn_at=None)
    )
    counts: dict[int, int] = defaultdict(int)
    for party in rows.values_list("party", flat=True):
        counts[party] += 1
    return [Withdrawn(p, counts[p.pk]) for p in place.parties if counts.get(p.pk)]
