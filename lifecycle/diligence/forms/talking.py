"""Clarifications and talking points."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partnerships.access.states import CircleKind
from partnerships.looks.widgets import ChoiceCards, DayField

from ..models import TalkingPoint
from .careful import keep_short


class EntryForm(forms.Form):
    text = forms.CharField(label=_("What you write"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, careful: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if careful:
            keep_short(self, "text")


class AskForm(forms.Form):
    """The first words of a clarification, and who may follow it."""

    text = forms.CharField(label=_("What you want to know"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))
    readers = forms.ChoiceField(label=_("Who may read this"), widget=ChoiceCards, initial=CircleKind.CHOSEN.value)

    def __init__(self, *args: Any, other: str, all_may: bool, has_broker: bool, careful: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if careful:
            keep_short(self, "text")
        field: Any = self.fields["readers"]
        field.choices = [(CircleKind.CHOSEN.value, _("You and %(name)s") % {"name": other})]
        if all_may:
            field.choices.append(
                (CircleKind.PARTNERS.value, CircleKind.PARTNERS.label if has_broker else _("The partners"))
            )
            field.widget.helps = {
                CircleKind.PARTNERS.value: _("All of them read this answer already. Only the two of you write.")
            }
        else:
            del self.fields["readers"]

    @property
    def with_all(self) -> bool:
        return bool(self.cleaned_data.get("readers") == CircleKind.PARTNERS.value)


class TalkForm(forms.Form):
    note = forms.CharField(
        label=_("What there is to talk about"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    due_on = DayField(label=_("Talk until"), required=False)

    def __init__(self, *args: Any, careful: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if careful:
            keep_short(self, *(name for name in ("note", "text") if name in self.fields))


class AgreedForm(TalkForm):
    """What the partners make of it, as it could be agreed."""

    text = forms.CharField(
        label=_("What we agree"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Everybody is asked again when this changes."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
    field_order = ("note", "text", "due_on")

    def __init__(self, *args: Any, point: TalkingPoint, **kwargs: Any) -> None:
        first = {"note": point.note, "text": point.agreed_text, "due_on": point.due_on, "version": point.version}
        super().__init__(*args, **kwargs | {"initial": first})
