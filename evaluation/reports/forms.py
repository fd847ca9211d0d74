"""What people type about reports."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partnerships.looks.widgets import ChoiceCards, DayField

from .states import Audience


class MakeForm(forms.Form):
    audience = forms.ChoiceField(
        label=gettext_lazy("For whom?"),
        choices=Audience.choices,
        initial=Audience.ALL,
        widget=ChoiceCards(
            helps={
                Audience.ALL: gettext_lazy("All partners and their broker read the same. Without comments."),
                Audience.OWN: gettext_lazy("With the comments that you can read. Nobody else finds it."),
            }
        ),
    )


class PeriodForm(forms.Form):
    since = DayField(label=gettext_lazy("Opened from"), required=False)
    until = DayField(label=gettext_lazy("to"), required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and until < since:
            raise ValidationError({"until": _("The period ends before it starts.")})
        return data
