"""Values by hand: measured, corrected with what was there before, withdrawn."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships.access.actions import save_version, withdraw
from partnerships.access.places import Place
from partnerships.history.actions import log
from partnerships.record.models import Partnership

from .. import kinds
from ..models import Indicator, Measurement, MeasurementChange
from ..permissions import can_measure
from .asking import follow_measuring, require_past


def measured_row(
    indicator: Indicator, *, by: Place, on: date, measured: Decimal, source: str, note: str
) -> Measurement:
    """The row, not saved: whose it is, and the indicator's circle."""
    return Measurement(
        partnership=by.partnership, circle_id=indicator.circle_id, party=by.own_party, author=by.user,
        language=by.user.language, indicator=indicator, on=on, measured=measured, source=source.strip(),
        note=note.strip(),
    )  # fmt: skip


def measure(
    indicator: Indicator, *, by: Place, on: date, measured: Decimal, source: str = "", note: str = ""
) -> Measurement:
    """One value of one day. A second one of the same day is a correction, and is said so."""
    require_past(on, "on")
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        _require_standing(indicator, by=by)
        _require_free(indicator, on)
        row = measured_row(indicator, by=by, on=on, measured=measured, source=source, note=note)
        row.save()
        log(kinds.MEASURED, by=by, item=indicator)
        follow_measuring(by.partnership)
    return row


def correct(
    item: Measurement, *, by: Place, on: date, measured: Decimal, source: str, note: str, why: str, seen: int
) -> Measurement:
    """The side that measured puts it right; what it said before stays to be read, with the reason."""
    require_past(on, "on")
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        now = Measurement.objects.of(by.partnership).select_related("indicator").get(pk=item.pk)
        if now.withdrawn_at is not None:
            raise ValidationError(_("This value was withdrawn in the meantime."))
        if now.version != seen:
            raise ValidationError(
                _("Somebody else saved this while you were writing. Compare, and save again."), code="stale"
            )
        if (now.on, now.measured, now.source, now.note) == (on, measured, source.strip(), note.strip()):
            return now
        if on != now.on:
            _require_free(now.indicator, on)
        MeasurementChange.objects.create(
            measurement=now, was_on=now.on, was=now.measured, was_source=now.source, was_note=now.note,
            why=why.strip(), party=by.own_party, by=by.user,
        )  # fmt: skip
        now.on, now.measured, now.source, now.note = on, measured, source.strip(), note.strip()
        save_version(now, seen=seen, fields=["on", "measured", "source", "note"])
        log(kinds.CORRECTED, by=by, item=now.indicator)
        follow_measuring(by.partnership)
    return now


def withdraw_measurement(item: Measurement, *, by: Place) -> None:
    """Out of pages, charts and reports; that there was a value of that side remains."""
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        withdraw(item, by=by)
        log(kinds.MEASURED_OUT, by=by, item=item.indicator)
        follow_measuring(by.partnership)


def _require_standing(indicator: Indicator, *, by: Place) -> None:
    now = Indicator.objects.of(by.partnership).get(pk=indicator.pk)
    if not can_measure(by, now):
        raise ValidationError(_("This indicator was withdrawn in the meantime."))


def _require_free(indicator: Indicator, on: date) -> None:
    if Measurement.objects.of(indicator.partnership).filter(indicator=indicator, on=on, withdrawn_at=None).exists():
        raise ValidationError({"on": _("There is a value of this day already. Correct that one.")})
