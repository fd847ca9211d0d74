"""Taking measured values in from a spreadsheet: looked at first, then written at once, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.models import Circle
from partnerships.access.places import Place
from partnerships.history.actions import log
from partnerships.record.models import Partnership

from .. import kinds, sheets
from ..models import Indicator, Measurement
from ..queries.indicators import measurable, values_of_days
from .asking import follow_measuring
from .measuring import measured_row


def known_of(indicators: Sequence[Indicator]) -> list[sheets.Known]:
    return [sheets.Known(i.pk, i.public_id, i.name, i.unit) for i in indicators]


def look(upload: File[bytes], *, by: Place) -> sheets.Preview:
    """What a file would do here. Writes nothing; two queries, whatever its length."""
    rows = sheets.rows_of(upload)
    indicators = measurable(by)
    here = values_of_days(by, indicators)
    # Somewhere it is tomorrow already.
    latest = clock.today() + timedelta(days=1)
    return sheets.preview(rows, known=known_of(indicators), here=here, today=latest)


def take_in(values: Sequence[sheets.Value], *, by: Place) -> int:
    """Write the values that were looked at. What has come in between is left as it is: twice adds nothing.

    As many statements for one as for a thousand. Returns how many were written.
    """
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        by_id = {i.pk: i for i in measurable(by)}
        here = values_of_days(by, list(by_id.values()))
        fresh = [v for v in values if v.indicator in by_id and (v.indicator, v.on) not in here]
        rows = [
            measured_row(by_id[v.indicator], by=by, on=v.on, measured=v.measured, source=v.source, note=v.note)
            for v in fresh
        ]
        if not rows:
            return 0
        try:
            with transaction.atomic():
                Measurement.objects.bulk_create(rows)
        except IntegrityError as error:
            raise ValidationError(
                _("Somebody else took values in at the same moment. Upload the file again.")
            ) from error
        for circle in Circle.objects.filter(pk__in={row.circle_id for row in rows}).order_by("pk"):
            # That values came in is known to those who read them.
            log(kinds.IMPORTED, by=by, circle=circle)
        follow_measuring(by.partnership)
    return len(rows)
