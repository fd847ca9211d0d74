"""What partnering takes: hours by person and kind, cost, and the totals that a side shows to the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lifecycle.delivery.models import PartQuerySet
from partnerships.access.models import Circled

from ..states import CostForm, Span

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class HourEntry(Circled):
    """A person's hours of a week or a month. Own side only: no other side ever reads a row of these."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    span = models.CharField(_("For"), max_length=8, choices=Span.choices)
    #: The first day of that week or month; it counts into the quarter of this day.
    starts_on = models.DateField()
    #: Meetings, reports, sign-offs, travel to them.
    coordinating = models.DecimalField(
        _("Hours of coordinating"), max_digits=9, decimal_places=1, validators=[MinValueValidator(0)]
    )
    #: The work that the partnership is for.
    delivering = models.DecimalField(
        _("Hours of delivering"), max_digits=9, decimal_places=1, validators=[MinValueValidator(0)]
    )

    class Meta:
        verbose_name_plural = "hour entries"
        constraints = [
            models.UniqueConstraint(
                fields=["party", "person", "span", "starts_on"],
                condition=Q(withdrawn_at=None),
                name="hours_once_a_span",
            ),
            models.CheckConstraint(
                condition=Q(coordinating__gte=0, delivering__gte=0), name="hours_not_negative"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"hours {self.public_id}"


class CostEntry(Circled):
    """What partnering cost the own organisation, in its own currency. Own side only."""

    what = models.CharField(_("What for"), max_length=200)
    form = models.CharField(_("Cash or in kind"), max_length=8, choices=CostForm.choices, default=CostForm.CASH)
    on = models.DateField(_("Day"))
    amount = models.DecimalField(_("Amount"), max_digits=16, decimal_places=2, validators=[MinValueValidator(0)])
    currency = models.CharField(_("Currency"), max_length=3)

    class Meta:
        verbose_name_plural = "cost entries"
        constraints = [models.CheckConstraint(condition=Q(amount__gte=0), name="cost_not_negative")]

    def __str__(self) -> str:
        return f"cost {self.public_id}"


class EffortStatement(Circled):
    """A side's totals of one calendar quarter, as it shows them to the others: no person, no single entry."""

    starts_on = models.DateField(_("From"))
    ends_on = models.DateField(_("To"))
    #: None: it would be one person's figure, or nothing was written down.
    hours = models.DecimalField(
        _("Hours"), max_digits=9, decimal_places=1, null=True, validators=[MinValueValidator(0)]
    )
    coordinating = models.DecimalField(
        _("Hours of coordinating"), max_digits=9, decimal_places=1, null=True, validators=[MinValueValidator(0)]
    )
    delivering = models.DecimalField(
        _("Hours of delivering"), max_digits=9, decimal_places=1, null=True, validators=[MinValueValidator(0)]
    )

    costs: RelatedManager[StatedCost]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["party", "starts_on"], condition=Q(withdrawn_at=None), name="statement_once_a_quarter"
            ),
            models.CheckConstraint(
                condition=Q(coordinating=None, delivering=None)
                | Q(coordinating__isnull=False, delivering__isnull=False, hours__isnull=False),
                name="statement_split_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"statement {self.public_id}"


class StatedCostQuerySet(PartQuerySet["StatedCost"]):
    way = "statement"


class StatedCost(models.Model):
    """The cost of one form in one currency, in a statement."""

    statement = models.ForeignKey(EffortStatement, models.CASCADE, related_name="costs")
    form = models.CharField(max_length=8, choices=CostForm.choices)
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=16, decimal_places=2)

    objects = StatedCostQuerySet.as_manager()

    class Meta:
        ordering = ["form", "currency"]
        constraints = [models.UniqueConstraint(fields=["statement", "form", "currency"], name="stated_cost_once")]

    def __str__(self) -> str:
        return f"{self.form} {self.currency} of {self.statement_id}"
