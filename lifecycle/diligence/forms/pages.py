"""What the partners write side by side."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partnerships.access.places import Place
from partnerships.looks.widgets import ChoiceCards, DayField, WordsField

from ..states import Holds, LineKind, Relation
from .owners import OwnerField, offer_seats


class LineForm(forms.Form):
    """One's own goal, value or red line."""

    kind = forms.ChoiceField(label=_("What"), choices=[c for c in LineKind.choices if c[0] != LineKind.STEP])
    text = forms.CharField(label=_("In one sentence"), max_length=300)


class StepForm(forms.Form):
    text = forms.CharField(label=_("What is done next"), max_length=300)
    owner = OwnerField()
    due_on = DayField(label=_("By when"))

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_seats(self, "owner", place)


class AgainForm(forms.Form):
    """The goals, read again."""

    says = forms.ChoiceField(
        label=_("Do they still hold?"),
        choices=Holds.choices,
        widget=ChoiceCards(
            helps={
                Holds.YES: _("As the page stands today. The day is kept."),
                Holds.DRIFTED: _("What you do is no longer what stands there, or you want something else by now."),
            }
        ),
    )
    words = WordsField(
        label=_("What has changed for us"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        sometimes=True,
        help_text=_("Needed where they have drifted. The other partners and the broker read it."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class RelationForm(forms.Form):
    """How the partners see a line together; its words, for the side whose line it is."""

    relation = forms.ChoiceField(label=_("How we see it together"), choices=Relation.choices)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, mine: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if mine:
            text = forms.CharField(label=_("In one sentence"), max_length=300)
            self.fields = {"text": text, **self.fields}
