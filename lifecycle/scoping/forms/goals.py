"""Goals, and what each partner gains and fears."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..states import GoalKind
from .fields import area

LONG = 1200


class SideForm(forms.Form):
    """What the own side gains and fears. Both may be left for later."""

    gain = forms.CharField(
        label=_("What we gain"),
        widget=area(3),
        max_length=LONG,
        required=False,
        help_text=_("Access, a better name, income or a quieter site are honest gains when they are said."),
    )
    fear = forms.CharField(
        label=_("What we fear"),
        widget=area(3),
        max_length=LONG,
        required=False,
        help_text=_("What could it cost you, also if it succeeds?"),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, initial=0)


class GoalForm(forms.Form):
    """A goal in one sentence."""

    text = forms.CharField(
        label=_("The goal, in one sentence"),
        widget=area(3),
        max_length=300,
        help_text=_("What will be different, for whom, where. Not yet how."),
    )
    about = forms.ChoiceField(label=_("What it is about"), choices=GoalKind.choices)
    seen = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    def clean_text(self) -> str:
        return " ".join(str(self.cleaned_data["text"]).split())


class NewGoalForm(GoalForm):
    """A goal drawn from an opportunity, and what the own side gains and fears."""

    gain = SideForm.base_fields["gain"]
    fear = SideForm.base_fields["fear"]
    field_order = ("text", "about", "gain", "fear", "seen")

    def words(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("text", "about", "gain", "fear")}
