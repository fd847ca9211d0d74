"""What exists already."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from partnerships.access.states import CircleKind
from partnerships.looks.widgets import ChoiceCards

from .fields import area


class PriorForm(forms.Form):
    """Who tried it, where it can be read, what can be reused."""

    title = forms.CharField(
        label=_("What it is, and whose"),
        max_length=160,
        help_text=_("A tool, a study, another partnership. Organisations only, no names of persons."),
    )
    link = forms.URLField(
        label=_("Where it can be read"),
        max_length=500,
        required=False,
        assume_scheme="https",
        help_text=_("A link that begins with https://. No links with passwords."),
    )
    note = forms.CharField(
        label=_("What we can reuse, and what they learned"),
        widget=area(4),
        max_length=2000,
        required=False,
        help_text=_("What did not work there helps most."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    def clean_link(self) -> str:
        link = str(self.cleaned_data["link"])
        if link and not link.lower().startswith(("https://", "http://")):
            raise forms.ValidationError(_("Give an address that begins with https://."))
        return link


class NewPriorForm(PriorForm):
    reach = forms.ChoiceField(
        label=_("Who may read this"),
        choices=[(k, k.label) for k in (CircleKind.PARTNERS, CircleKind.PARTNERS_ALONE, CircleKind.OWN)],
        initial=CircleKind.PARTNERS,
        widget=ChoiceCards,
    )
