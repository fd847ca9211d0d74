"""Filters of the list."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..record.states import Sector, Stage, Standing
from .states import SORTS

#: Of stages and standings: a word that French and Spanish speakers make agree.
EVERY = pgettext_lazy("stages or standings", "All")


class FilterForm(forms.Form):
    """Words, stage, standing, sector, order: all optional, all in the address."""

    words = forms.CharField(label=_("Name"), max_length=80, required=False)
    stage = forms.ChoiceField(label=_("Stage"), choices=[("", EVERY), *Stage.choices], required=False)
    standing = forms.ChoiceField(label=_("Standing"), choices=[("", EVERY), *Standing.choices], required=False)
    sector = forms.ChoiceField(label=_("Works on"), choices=[("", _("All")), *Sector.choices], required=False)
    sort = forms.ChoiceField(
        label=_("Sorted by"), choices=[(s.code, s.label) for s in SORTS.values()], required=False, initial="attention"
    )
