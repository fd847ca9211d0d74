"""Saying which facts hold, and why the partners look again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partnerships.looks.widgets import ChoiceCards

from ..states import RoundReason


class FactForm(forms.Form):
    """Whether a fact holds; each answer says what it does to the questions."""

    holds = forms.ChoiceField(
        choices=[("yes", _("Yes, it holds")), ("no", _("No, it does not"))],
        error_messages={"required": _("Say whether it holds.")},
    )

    def __init__(self, *args: Any, label: str, helps: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["holds"]
        field.label = label
        field.widget = ChoiceCards(choices=field.choices, helps=helps)


class RefreshForm(forms.Form):
    """Why the partners go through the questions again."""

    reason = forms.ChoiceField(
        label=_("Why do you look again?"),
        choices=[choice for choice in RoundReason.choices if choice[0] != RoundReason.FIRST],
        widget=ChoiceCards,
    )
    note = forms.CharField(
        label=_("What happened, in a sentence or two"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("All partners read it. Name no private person."),
    )
    #: The number of the round that was on when it was shown.
    round = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def reason_in_words(self) -> str:
        return str(RoundReason(self.cleaned_data["reason"]).label)
