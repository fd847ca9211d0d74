"""Filters of the list."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from ..record.states import Sector, Stage, Standing
from .states import SORTS


class FilterForm(forms.Form):
    """Words, stage, standing, sector, order: all optional, all in the address."""

    words = forms.CharField(label=_("Name"), max_length=80, required=False)
    stage = forms.ChoiceField(label=_("Stage"), choices=[("", _("All")), *Stage.choices], required=False)
    standing = forms.ChoiceField(label=_("Standing"), choices=[("", _("All")), *Standing.choices], required=False)
    sector = forms.ChoiceField(label=_("Works on"), choices=[("", _("All")), *Sector.choices], required=False)
    sort = forms.ChoiceField(
        label=_("Sorted by"), choices=[(s.code, s.label) for s in SORTS.values()], required=False, initial="attention"
    )
