"""Dismissing a flag for a time."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from partnerships.looks.widgets import DayField


class DismissForm(forms.Form):
    """Why, and until when."""

    reason = forms.CharField(label=_("Why it can wait"), max_length=300)
    until = DayField(label=_("Until"))
