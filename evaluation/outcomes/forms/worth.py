"""What the own side got."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partnerships.looks.widgets import DayField

from ..models import ValueEntry
from ..states import ValueKind
from .fields import amount, area, currency, seen


class ValueForm(forms.Form):
    kind = forms.ChoiceField(label=_("What is it?"), choices=ValueKind.choices)
    words = forms.CharField(
        label=_("In words"),
        max_length=1000,
        widget=area(3),
        help_text=_("What did your organisation get that it would not have had alone?"),
    )
    starts_on = DayField(label=_("From"))
    ends_on = DayField(label=_("To"))
    amount = amount(
        label=_("Amount"),
        required=False,
        help_text=_("Only where you would put it in money yourselves. Most of it cannot be, and counts no less."),
    )
    currency = currency(required=False)
    seen = seen()

    def values(self) -> dict[str, Any]:
        found = {name: value for name, value in self.cleaned_data.items() if name != "seen"}
        return {**found, "currency": found["currency"] if found["amount"] is not None else ""}

    @staticmethod
    def first(entry: ValueEntry) -> dict[str, Any]:
        names = ("kind", "words", "starts_on", "ends_on", "amount", "currency")
        return {**{name: getattr(entry, name) for name in names}, "seen": entry.version}
