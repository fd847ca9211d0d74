"""Measures and risks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.places import Place
from partnerships.documents.forms import CircleForm
from partnerships.looks.widgets import DayField

from ..models import Risk
from ..queries import Row
from ..states import SAFEGUARDING, ToWhom
from .careful import keep_short
from .owners import OwnerField, offer_seats


class MeasureForm(forms.Form):
    """What is done about a concern."""

    text = forms.CharField(label=_("What is done about it"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    owner = OwnerField()
    due_on = DayField(label=_("By when"))
    board_on = DayField(
        label=_("Our board decided this, with a remedy plan, on"),
        required=False,
        help_text=_("On an item that can stop everything, some concern needs the board."),
    )

    def __init__(self, *args: Any, place: Place, row: Row, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_seats(self, "owner", place)
        if row.question.theme == SAFEGUARDING:
            keep_short(self, "text")
        if row.question.critical < 2:
            del self.fields["board_on"]


_SCALE = [(n, str(n)) for n in range(1, 6)]


def _scale(label: Any, help_text: Any = "") -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=label, choices=_SCALE, coerce=int, initial=3, help_text=help_text)


class HandOnForm(forms.Form):
    """Another owner for a condition, or another day."""

    owner = OwnerField(label=_("Who takes it on"))
    due_on = DayField(label=_("By when"))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_seats(self, "owner", place)


class WhyForm(forms.Form):
    """Why a risk is closed, or opened again. Who reads the risk reads it."""

    why = forms.CharField(label=_("Why"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, required: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["why"].required = required


class RiskForm(CircleForm):
    text = forms.CharField(label=_("What could happen"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    to_whom = forms.ChoiceField(label=_("To whom, first of all"), choices=ToWhom.choices)
    likelihood = _scale(_("How likely, as things are"), _("1 hardly, 5 almost certain"))
    impact = _scale(_("How bad, as things are"), _("1 little, 5 a catastrophe"))
    measure = forms.CharField(
        label=_("What is done about it"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    owner = OwnerField(required=False)
    due_on = DayField(label=_("By when"), required=False)
    residual_likelihood = _scale(_("How likely, once that is done"))
    residual_impact = _scale(_("How bad, once that is done"))
    look_on = DayField(
        label=_("Look at it again on"),
        required=False,
        help_text=_("Where 10 or more remains. Left empty: in three months."),
    )
    why = forms.CharField(
        label=_("Why you weigh it so now"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stands in the history of the risk, for whoever reads the risk."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    field_order = (
        "text", "to_whom", "likelihood", "impact", "measure", "owner", "due_on", "residual_likelihood",
        "residual_impact", "look_on", "why", "circle", "parties",
    )  # fmt: skip

    def __init__(self, *args: Any, place: Place, risk: Risk | None = None, **kwargs: Any) -> None:
        if risk is not None:
            names = ("text", "to_whom", "likelihood", "impact", "measure", "owner", "due_on", "look_on")
            kwargs["initial"] = {
                **{n: getattr(risk, n) for n in (*names, "residual_likelihood", "residual_impact", "version")},
                **(kwargs.get("initial") or {}),
            }
            if risk.look_on is not None and risk.look_on <= clock.today():
                # This is that look: the next one is named, or left to the default that the help tells.
                kwargs["initial"]["look_on"] = None
        super().__init__(*args, place=place, **kwargs)
        offer_seats(self, "owner", place)
        if risk is None:
            del self.fields["why"]
        else:
            # A circle never changes.
            for name in ("circle", "parties"):
                self.fields.pop(name, None)
