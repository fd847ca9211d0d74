"""An indicator: its line, its values by hand, and what stood there before."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from partnerships.access.guard import guarded, require
from partnerships.access.places import Place
from partnerships.catalogue.queries import lesson

from .. import actions, queries
from ..forms import CorrectionForm, IndicatorChangeForm, IndicatorForm, MeasureForm
from ..models import Indicator, IndicatorChange, Measurement, MeasurementChange
from ..permissions import can_change, can_contribute, can_correct, can_measure, can_read, can_set_indicators
from ..queries.indicators import withdrawn_values
from .rows import change_line, chart, indicator_line
from .shown import asking_page, newer_text, page, saving_page, url


def _indicator(place: Place, key: str) -> Indicator:
    rows = Indicator.objects.visible_to(place).filter(withdrawn_at=None)
    found: Indicator = get_object_or_404(
        rows.select_related("circle", "author", "measured_by", "partnership"), public_id=key
    )
    return found


def _measurement(place: Place, key: str) -> Measurement:
    rows = Measurement.objects.visible_to(place).filter(withdrawn_at=None, indicator__withdrawn_at=None)
    found: Measurement = get_object_or_404(rows.select_related("indicator", "author", "partnership"), public_id=key)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_set_indicators)
def new_indicator(request: HttpRequest, place: Place) -> HttpResponse:
    form = IndicatorForm(request.POST or None, place=place)

    def act() -> Indicator:
        return actions.set_indicator(by=place, values=form.values(), circle_kind=form.cleaned_data["circle"])

    return saving_page(
        request, place, form, act, back=url(place, "overview"), go=lambda made: made.path,
        title=_("Set an indicator"), label=_("Set it"), why=lesson("EV1").why, lesson="EV1",
        done=_("It is set. Whoever measures it is reminded when a value is due."),
    )  # fmt: skip


@require_safe
@guarded(can_read)
def indicator(request: HttpRequest, place: Place, indicator: str) -> HttpResponse:
    """Its line over time, every value with its source, what was corrected, and what changed about the indicator."""
    found = _indicator(place, indicator)
    (row,) = queries.indicator_rows(place, only=found.public_id)
    corrected: dict[int, list[MeasurementChange]] = {}
    for change in (
        MeasurementChange.objects.visible_to(place.user).filter(measurement__indicator=found).select_related("by")
    ):
        corrected.setdefault(change.measurement_id, []).append(change)
    changes = IndicatorChange.objects.visible_to(place.user).filter(indicator=found).select_related("by")
    by_id = {p.pk: p for p in place.parties}
    context = {
        "row": row,
        "one": row.indicator,
        "line": indicator_line(place, row),
        "chart": chart(row),
        "values": [
            {
                "item": value,
                "party": by_id[value.party_id],
                "changes": corrected.get(value.pk, []),
                "may_correct": can_correct(place, value),
            }
            for value in reversed(row.values)
        ],
        "changes": [change_line(change) for change in changes],
        "withdrawn": withdrawn_values(place, found),
        "may_set": can_set_indicators(place),
        "may_withdraw": can_change(place, found),
        "outcomes": [r for r in queries.outcome_rows(place) if r.indicator is not None and r.indicator.pk == found.pk],
    }
    return page(request, place, "indicator", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_set_indicators)
def change_indicator(request: HttpRequest, place: Place, indicator: str) -> HttpResponse:
    found = _indicator(place, indicator)
    form = IndicatorChangeForm(request.POST or None, initial=IndicatorChangeForm.first(found), place=place)

    def act() -> Indicator:
        data = form.cleaned_data
        return actions.change_indicator(found, by=place, values=form.values(), seen=data["seen"], why=data["why"])

    def newer() -> dict[str, object]:
        now = _indicator(place, indicator)
        return newer_text(form, now, IndicatorChangeForm.first(now))

    return saving_page(
        request, place, form, act, back=found.path, newer=newer, title=_("Change the indicator"), label=_("Save"),
        lede=found.name, done=_("Saved. What was there before stays to be read."),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_set_indicators)
def withdraw_indicator(request: HttpRequest, place: Place, indicator: str) -> HttpResponse:
    found = _indicator(place, indicator)
    require(can_change(place, found))
    count = found.measurements.filter(withdrawn_at=None).count()
    lost = ngettext("%(count)s value goes with it.", "%(count)s values go with it.", count) % {"count": count}
    return asking_page(
        request, place, lambda: actions.withdraw_indicator(found, by=place), back=found.path,
        go=url(place, "overview"), done=_("Withdrawn."), title=_("Withdraw this indicator?"), label=_("Withdraw it"),
        lines=[found.name, lost, _("It leaves pages and later reports. That it was there remains in the history.")],
        cancel_label=_("Keep it"),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_contribute)
def measure(request: HttpRequest, place: Place, indicator: str) -> HttpResponse:
    """One value, on one small form."""
    found = _indicator(place, indicator)
    require(can_measure(place, found))
    form = MeasureForm(request.POST or None, unit=found.unit)
    return saving_page(
        request, place, form, lambda: actions.measure(found, by=place, **form.values()), back=found.path,
        title=_("Write down a value"), lede=found.name, label=_("Write it down"), done=_("Written down."),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_contribute)
def correct(request: HttpRequest, place: Place, value: str) -> HttpResponse:
    found = _measurement(place, value)
    require(can_correct(place, found))
    form = CorrectionForm(request.POST or None, initial=CorrectionForm.first(found), unit=found.indicator.unit)

    def act() -> Measurement:
        data = form.cleaned_data
        return actions.correct(found, by=place, **form.values(), why=data["why"], seen=data["seen"])

    def newer() -> dict[str, object]:
        now = _measurement(place, value)
        return newer_text(form, now, CorrectionForm.first(now))

    return saving_page(
        request, place, form, act, back=_page_of(place, found), newer=newer, title=_("Correct a value"),
        lede=found.indicator.name, label=_("Save"), done=_("Corrected. What it said before stays to be read."),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(can_contribute)
def withdraw_measurement(request: HttpRequest, place: Place, value: str) -> HttpResponse:
    found = _measurement(place, value)
    require(can_correct(place, found))
    back = _page_of(place, found)
    return asking_page(
        request, place, lambda: actions.withdraw_measurement(found, by=place), back=back, go=back,
        done=_("Withdrawn."), title=_("Withdraw this value?"), label=_("Withdraw it"),
        lines=[found.indicator.name, _("It leaves the line, the table and later reports. That your side withdrew a "
                                       "value stays to be read.")],
        cancel_label=_("Keep it"),
    )  # fmt: skip


def _page_of(place: Place, found: Measurement) -> str:
    return url(place, "indicator", found.indicator.public_id)
