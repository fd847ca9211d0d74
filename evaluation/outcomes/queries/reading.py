"""All of it in plain values, for a report's snapshot: nothing but what the reader may see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from partnerships.access.models import Circled
from partnerships.access.places import Place
from partnerships.record.models import Party

from ..states import OutcomeKind, Stance
from .effort import Costs, Reads, SideMeter, meters
from .indicators import IndicatorRow, indicator_rows, standing_at
from .outcomes import OutcomeRow, outcome_rows


@dataclass(frozen=True)
class PointRead:
    """A value of a day. Numbers are texts with a point, exact; days are ISO."""

    key: str
    on: str
    value: str
    source: str


@dataclass(frozen=True)
class IndicatorRead:
    key: str
    #: The kind of its circle: who else may read it.
    circle: str
    name: str
    language: str
    unit: str
    direction: str
    layer: str
    baseline: str | None
    baseline_on: str | None
    baseline_source: str
    target: str | None
    target_on: str | None
    values: list[PointRead]
    #: A code of states.Pace; per cent of the way, None where there is no way.
    pace: str
    percent: str | None
    is_late: bool


@dataclass(frozen=True)
class VoiceRead:
    """`key` is its row's: said anew, it is another one."""

    key: str
    party: str
    stance: str
    words: str


@dataclass(frozen=True)
class OutcomeRead:
    """`party` is the public id of the side that wrote it."""

    key: str
    circle: str
    kind: str
    party: str
    language: str
    what: str
    for_whom: str
    how_known: str
    since: str
    response: str
    #: Of what is counted: the indicator's name, "" where the reader may not read it.
    indicator: str
    is_confirmed: bool
    voices: list[VoiceRead]


@dataclass(frozen=True)
class ValueRead:
    key: str
    kind: str
    words: str
    language: str
    starts_on: str
    ends_on: str
    amount: str | None
    currency: str


@dataclass(frozen=True)
class CostRead:
    form: str
    currency: str
    amount: str


@dataclass(frozen=True)
class PutRead:
    """An item of a side's hours and cost, by its model's label and its public id."""

    model: str
    key: str
    hours: str | None
    coordinating: str | None
    delivering: str | None
    costs: list[CostRead]


@dataclass(frozen=True)
class SideRead:
    """One partner. Hours and cost are its totals, never a person's; None where nothing may be said."""

    party: str
    values: list[ValueRead]
    hours: str | None
    coordinating: str | None
    delivering: str | None
    coordination_percent: str | None
    costs: list[CostRead]
    #: What these are the sum of.
    put: list[PutRead]


@dataclass(frozen=True)
class OutcomesRead:
    """The three layers, apart. Harm has a list of its own, beside what went well and never summed with it."""

    indicators: list[IndicatorRead]
    counted: list[OutcomeRead]
    told: list[OutcomeRead]
    harm: list[OutcomeRead]
    sides: list[SideRead]

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


#: Whether what a party said to an item may stand in a paper.
Hears = Callable[[Circled, Party], bool]


def read(place: Place, *, reads: Reads | None = None, hears: Hears | None = None) -> OutcomesRead:
    """Everything that this reader may see of outcomes, value and cost. Ten queries at most, however much there is.

    `reads`: for a paper that others read, which items all of them may read; nothing else is told, of no side.
    `hears`: likewise, what somebody else said to one of them.
    """
    rows = outcome_rows(place)
    measured = indicator_rows(place)
    if reads is not None:
        rows = [_read_outcome(row, reads, hears) for row in rows if reads(row.outcome)]
        measured = [_read_indicator(row, reads) for row in measured if reads(row.indicator)]
    outcomes = {kind: [_outcome(r) for r in rows if r.outcome.kind == kind] for kind in OutcomeKind.values}
    return OutcomesRead(
        indicators=[_indicator(row) for row in measured],
        counted=outcomes[OutcomeKind.COUNTED],
        told=outcomes[OutcomeKind.TOLD],
        harm=outcomes[OutcomeKind.HARM],
        sides=[_side(meter) for meter in meters(place, reads=reads)],
    )


def _read_outcome(row: OutcomeRow, reads: Reads, hears: Hears | None) -> OutcomeRow:
    """As all readers of a paper may read it."""
    voices = [said for said in row.voices if hears is None or hears(row.outcome, said.party)]
    indicator = row.indicator if row.indicator is not None and reads(row.indicator) else None
    return replace(row, voices=voices, indicator=indicator)


def _read_indicator(row: IndicatorRow, reads: Reads) -> IndicatorRow:
    return standing_at(row, [value for value in row.values if reads(value)])


def _number(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"


def _tenth(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.1f}"


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _indicator(row: IndicatorRow) -> IndicatorRead:
    one = row.indicator
    return IndicatorRead(
        key=one.public_id, circle=one.circle.kind, name=one.name, language=one.language, unit=one.unit,
        direction=one.direction, layer=one.layer, baseline=_number(one.baseline), baseline_on=_day(one.baseline_on),
        baseline_source=one.baseline_source, target=_number(one.target), target_on=_day(one.target_on),
        values=[PointRead(v.public_id, v.on.isoformat(), _number(v.measured) or "", v.source) for v in row.values],
        pace=row.progress.pace, percent=_tenth(row.progress.percent), is_late=row.is_late,
    )  # fmt: skip


def _outcome(row: OutcomeRow) -> OutcomeRead:
    one = row.outcome
    return OutcomeRead(
        key=one.public_id, circle=one.circle.kind, kind=one.kind, party=one.party.public_id, language=one.language,
        what=one.what, for_whom=one.for_whom, how_known=one.how_known, since=one.since.isoformat(),
        response=one.response, indicator=row.indicator.name if row.indicator else "", is_confirmed=row.is_confirmed,
        voices=[
            VoiceRead(str(s.voice.pk), s.party.public_id, Stance(s.voice.stance).value, s.voice.words)
            for s in row.voices
        ],
    )  # fmt: skip


def _costs(costs: Costs) -> list[CostRead]:
    return [CostRead(form, currency, f"{amount:.2f}") for (form, currency), amount in costs.items()]


def _side(meter: SideMeter) -> SideRead:
    split = bool(meter.coordinating or meter.delivering)
    return SideRead(
        party=meter.party.public_id,
        values=[
            ValueRead(
                v.public_id, v.kind, v.words, v.language, v.starts_on.isoformat(), v.ends_on.isoformat(),
                None if v.amount is None else f"{v.amount:.2f}", v.currency,
            )
            for v in meter.values
        ],
        hours=_number(meter.hours) if meter.hours else None,
        coordinating=_number(meter.coordinating) if split else None,
        delivering=_number(meter.delivering) if split else None,
        coordination_percent=_tenth(meter.share),
        costs=_costs(meter.costs),
        put=[
            PutRead(
                each.item._meta.label_lower, each.item.public_id, _put(each.hours), _put(each.coordinating),
                _put(each.delivering), _costs(each.costs),
            )
            for each in meter.put
        ],
    )  # fmt: skip


def _put(value: Decimal) -> str | None:
    return _number(value) if value else None
