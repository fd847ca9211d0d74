"""Indicators, what was measured, and what stood there before it was corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lifecycle.delivery.models import PartQuerySet
from partnerships import clock
from partnerships.access.models import Circled
from partnerships.record.models import Party

from ..states import Direction, Frequency, Layer

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

#: Digits of a figure, and of these behind the point.
DIGITS, PLACES = 18, 4


class Indicator(Circled):
    """Something that is counted again and again, in one unit, from a baseline to a target."""

    name = models.CharField(_("What is measured"), max_length=200)
    unit = models.CharField(_("Unit"), max_length=40)
    direction = models.CharField(_("Direction"), max_length=8, choices=Direction.choices)
    layer = models.CharField(_("Layer"), max_length=8, choices=Layer.choices, default=Layer.PROJECT)
    baseline = models.DecimalField(_("Baseline"), max_digits=DIGITS, decimal_places=PLACES, null=True)
    baseline_on = models.DateField(_("Day of the baseline"), null=True)
    baseline_source = models.CharField(_("Source of the baseline"), max_length=200, blank=True)
    target = models.DecimalField(_("Target"), max_digits=DIGITS, decimal_places=PLACES, null=True)
    target_on = models.DateField(_("Day of the target"), null=True)
    frequency = models.CharField(_("How often"), max_length=12, choices=Frequency.choices)
    #: Who is asked when a value is due.
    measured_by = models.ForeignKey(Party, models.PROTECT, related_name="+")

    measurements: RelatedManager[Measurement]
    changes: RelatedManager[IndicatorChange]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(baseline=None, baseline_on=None) | Q(baseline__isnull=False, baseline_on__isnull=False),
                name="indicator_baseline_dated",
            ),
        ]

    def __str__(self) -> str:
        return f"indicator {self.public_id}"

    @property
    def path(self) -> str:
        return reverse("outcomes:indicator", args=[self.partnership.public_id, self.public_id])


class IndicatorChangeQuerySet(PartQuerySet["IndicatorChange"]):
    way = "indicator"


class IndicatorChange(models.Model):
    """What one field of an indicator said before: a target that moves is seen to have moved."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="changes")
    #: The name of the model's field.
    field = models.CharField(max_length=20)
    was = models.TextField(blank=True)
    why = models.CharField(max_length=300, blank=True)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = IndicatorChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.field} of {self.indicator_id}"


class Measurement(Circled):
    """One value of an indicator on one day. Its circle is the indicator's."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="measurements")
    on = models.DateField(_("Day"))
    measured = models.DecimalField(_("Value"), max_digits=DIGITS, decimal_places=PLACES)
    source = models.CharField(_("Source"), max_length=200, blank=True)
    note = models.CharField(_("Note"), max_length=500, blank=True)

    changes: RelatedManager[MeasurementChange]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "on"], condition=Q(withdrawn_at=None), name="measurement_once_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"measurement {self.public_id}"


class MeasurementChangeQuerySet(PartQuerySet["MeasurementChange"]):
    way = "measurement"


class MeasurementChange(models.Model):
    """What a value said before it was corrected."""

    measurement = models.ForeignKey(Measurement, models.CASCADE, related_name="changes")
    was_on = models.DateField()
    was = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES)
    was_source = models.CharField(max_length=200, blank=True)
    was_note = models.CharField(max_length=500, blank=True)
    why = models.CharField(max_length=300)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = MeasurementChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"before {self.measurement_id}"
