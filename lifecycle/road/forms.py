"""Forms of the road: a reason, a date, an open point."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.looks.widgets import DayField, WordsField
from partnerships.record.states import Stage

from .states import earlier


class ReasonForm(forms.Form):
    """Why: the others will read it."""

    reason = WordsField(label=_("Why"), widget=forms.Textarea(attrs={"rows": 4}))


class StatementForm(forms.Form):
    """How the own side sees it: the others will read it."""

    text = forms.CharField(label=_("Statement"), widget=forms.Textarea(attrs={"rows": 5}), max_length=4000)


class OwnReasonForm(forms.Form):
    """Why not: stays on the own side."""

    reason = WordsField(
        label=_("Why"),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        help_text=_("Stays on your own side. The others read “not pursued”."),
    )


class BackForm(ReasonForm):
    """To which stage, and why."""

    to = forms.ChoiceField(label=_("Back to"))
    field_order = ("to", "reason")

    def __init__(self, *args: Any, stage: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells the type checker
        field.choices = [(s, Stage(s).label) for s in reversed(earlier(stage))]


class OpenPointForm(forms.Form):
    """Going on without a condition: why, and until when it is met."""

    reason = WordsField(label=_("Why we go on without it"), widget=forms.Textarea(attrs={"rows": 4}))
    until = DayField(label=_("Until when it is met"))

    def clean_until(self) -> Any:
        until = self.cleaned_data["until"]
        if until <= clock.today():
            raise forms.ValidationError(_("Give a date after today."))
        return until


class TargetForm(forms.Form):
    """When the partners mean to reach a stage."""

    stage = forms.ChoiceField(label=_("Stage"))
    on = DayField(label=_("Reached by"))

    def __init__(self, *args: Any, stage: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        order = list(Stage.values)
        field = self.fields["stage"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [(s, Stage(s).label) for s in order[order.index(stage) + 1 :]]

    def clean_on(self) -> Any:
        on = self.cleaned_data["on"]
        if on < clock.today():
            raise forms.ValidationError(_("Give a date that lies ahead."))
        return on
