"""Rows ready for the templates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partnerships.access.places import Place
from partnerships.looks import format as words
from partnerships.looks.lines import Dated, LineChart
from partnerships.record.models import Party

from ..models import Indicator, IndicatorChange
from ..permissions import can_measure
from ..queries import IndicatorRow, OutcomeRow, SideMeter
from ..queries.effort import Costs
from ..states import CostForm, Pace
from .shown import url

#: The state tag that fits a pace: words and shape before colour.
SIGN: dict[str, str] = {Pace.REACHED: "met", Pace.WORSE: "warn", Pace.NOT_HELD: "warn"}


@dataclass(frozen=True)
class IndicatorLine:
    """An indicator in a list."""

    indicator: Indicator
    url: str
    said: str
    sign: str
    pace: str
    percent: str
    due: date | None
    is_late: bool
    measurer: Party | None
    measure_url: str


def indicator_line(place: Place, row: IndicatorRow) -> IndicatorLine:
    one, last = row.indicator, row.last
    if last is not None:
        said = _("%(value)s %(unit)s on %(day)s") % {
            "value": words.figure(last.measured), "unit": one.unit, "day": words.past_date(last.on),
        }  # fmt: skip
    elif one.baseline is not None:
        said = _("Baseline %(value)s %(unit)s") % {"value": words.figure(one.baseline), "unit": one.unit}
    else:
        said = ""
    return IndicatorLine(
        indicator=one,
        url=url(place, "indicator", one.public_id),
        said=said,
        sign=SIGN.get(row.progress.pace, "waiting" if row.progress.pace == Pace.ON_THE_WAY else "not_yet"),
        pace=str(row.pace.label),
        percent=way_in_words(row),
        due=row.due_on,
        is_late=row.is_late,
        measurer=row.measurer,
        measure_url=url(place, "measure", one.public_id) if can_measure(place, one) else "",
    )


def way_in_words(row: IndicatorRow) -> str:
    """How far it has come, where there is a way. Worse than at the start is no per cent of anything."""
    percent = row.progress.percent
    if percent is None or row.progress.pace in {Pace.WORSE, Pace.SAME}:
        return ""
    if row.progress.pace == Pace.REACHED:
        return ""
    return _("%(percent)s of the way") % {"percent": words.percent(percent, 100)}


def chart(row: IndicatorRow) -> LineChart | None:
    """The values over time; None where there is nothing to draw a line between."""
    one = row.indicator
    start = None
    if one.baseline is not None and one.baseline_on is not None:
        start = Dated(one.baseline_on, one.baseline)
    points = [Dated(v.on, v.measured, v.source) for v in row.values]
    if len(points) + (start is not None) < 2:
        return None
    return LineChart(one.name, one.unit, points, start, one.target, one.target_on)


@dataclass(frozen=True)
class ChangeLine:
    """One field of an indicator, as it was."""

    label: str
    was: str
    change: IndicatorChange


def change_line(change: IndicatorChange) -> ChangeLine:
    field: Any = Indicator._meta.get_field(change.field)
    labels = {"measured_by": _("Who measures it?")}
    choices = dict(field.choices or ())
    was = str(choices[change.was]) if change.was in choices else read_again(change.was)
    return ChangeLine(str(labels.get(change.field, field.verbose_name)), was or _("empty"), change)


def read_again(text: str) -> str:
    """A number or day as it was kept, in the reader's language; other text as it is."""
    try:
        return words.past_date(date.fromisoformat(text))
    except ValueError:
        pass
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return words.figure(number) if number.is_finite() else text


# Outcomes -------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class OutcomeLine:
    row: OutcomeRow
    url: str
    sign: str
    state: str
    voice_url: str


def outcome_line(place: Place, row: OutcomeRow) -> OutcomeLine:
    one = row.outcome
    if row.is_harm:
        sign = "not_yet" if one.response else "warn"
        state = _("Something is done about it") if one.response else _("Nothing is said of what is done")
    elif row.is_confirmed:
        sign, state = "met", _("Confirmed by another partner")
    else:
        sign, state = "waiting", _("Not confirmed yet")
    turn = row.may_voice and row.own_voice is None and row.is_told
    if turn:
        sign, state = "you", _("Do you see it too?")
    return OutcomeLine(
        row, url(place, "outcome", one.public_id), sign, state, url(place, "voice", one.public_id) if turn else ""
    )


# The meter ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class MeterLine:
    """A side's meter in words; each figure stands alone."""

    meter: SideMeter
    hours: str
    share: str
    cash: list[str]
    in_kind: list[str]
    worth: list[str]


def meter_line(meter: SideMeter) -> MeterLine:
    share = meter.share
    return MeterLine(
        meter=meter,
        hours=_hours(meter.hours) if meter.hours else "",
        share=words.percent(share, 100) if share is not None else "",
        cash=_amounts(meter.costs, CostForm.CASH),
        in_kind=_amounts(meter.costs, CostForm.IN_KIND),
        worth=_amounts(meter.worth, "value"),
    )


def _hours(hours: Decimal) -> str:
    count = int(hours) if hours == int(hours) else 2
    return ngettext("%(hours)s hour", "%(hours)s hours", count) % {"hours": words.figure(hours)}


def _amounts(costs: Costs, form: str) -> list[str]:
    return [words.money(amount, currency) for (of, currency), amount in costs.items() if of == form]
