"""What a partner got out of the partnership."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from partnerships.access.models import Circled

from ..states import ValueKind


class ValueEntry(Circled):
    """What a partner got in a period, in words. Its own side's until it shows it to the others."""

    kind = models.CharField(_("What it is"), max_length=12, choices=ValueKind.choices)
    words = models.TextField(_("In words"), max_length=1000)
    starts_on = models.DateField(_("From"))
    ends_on = models.DateField(_("To"))
    #: As the organisation itself estimates it; None: not put in money.
    amount = models.DecimalField(
        _("Amount"), max_digits=16, decimal_places=2, null=True, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(_("Currency"), max_length=3, blank=True)

    class Meta:
        verbose_name_plural = "value entries"
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="value_ends_after_start"),
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gte=0, currency__gt=""), name="value_amount_in_currency"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"
