"""An indicator, set and changed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partnerships.access.places import Place
from partnerships.looks.widgets import ChoiceCards, DayField
from partnerships.record.models import Party

from ..models import Indicator
from ..states import Direction, Frequency, Layer
from .fields import choose_circle, circle_field, figure, seen, shared_circles

LAYER_HELPS = {
    Layer.PROJECT: _("What is different for people and places."),
    Layer.PROCESS: _("Decisions in time, meetings held, answers given. How it feels is asked in reviews."),
    Layer.VALUE: _("Permits without delay, members won, staff who stay."),
}


class _IndicatorFields(forms.Form):
    name = forms.CharField(
        label=_("What is measured"),
        max_length=200,
        help_text=_(
            "“Households with a working well within 500 metres”. One thing, that two people would count alike."
        ),
    )
    unit = forms.CharField(label=_("Unit"), max_length=40, help_text=_("Households, per cent, cubic metres a day."))
    direction = forms.ChoiceField(label=_("Direction"), choices=Direction.choices, widget=ChoiceCards)
    layer = forms.ChoiceField(
        label=_("Layer"), choices=Layer.choices, widget=ChoiceCards(helps=LAYER_HELPS), initial=Layer.PROJECT
    )
    baseline = figure(label=_("Baseline"), required=False, help_text=_("Where it stood before, if that is known."))
    baseline_on = DayField(label=_("Day of the baseline"), required=False)
    baseline_source = forms.CharField(label=_("Source of the baseline"), max_length=200, required=False)
    target = figure(
        label=_("Target"), required=False, help_text=_("The same as the baseline means that it is to be held.")
    )
    target_on = DayField(label=_("Day of the target"), required=False)
    frequency = forms.ChoiceField(
        label=_("How often is it measured?"), choices=Frequency.choices, initial=Frequency.HALF_YEARLY
    )
    measured_by = forms.ChoiceField(label=_("Who measures it?"), help_text=_("That side is reminded when it is due."))

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place = place
        field = self.fields["measured_by"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells the type checker
        field.choices = [(p.public_id, p.name) for p in place.present]
        field.initial = place.own_party.public_id

    def values(self) -> dict[str, Any]:
        """By the names of the model's fields."""
        by_id: dict[str, Party] = {p.public_id: p for p in self.place.present}
        found = {name: value for name, value in self.cleaned_data.items() if name not in {"circle", "seen", "why"}}
        return {**found, "measured_by": by_id[found["measured_by"]]}


class IndicatorForm(_IndicatorFields):
    """A new one."""

    circle = circle_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_circle(self, shared_circles(self.place))


class IndicatorChangeForm(_IndicatorFields):
    """Another wording, baseline or target: what was there before stays to be read, with the reason."""

    why = forms.CharField(
        label=_("Why does it change?"), max_length=300, help_text=_("Everybody who reads the indicator reads this.")
    )
    seen = seen()

    @staticmethod
    def first(indicator: Indicator) -> dict[str, Any]:
        names = [name for name in _IndicatorFields.base_fields if name != "measured_by"]
        found = {name: getattr(indicator, name) for name in names}
        for name in ("baseline", "target"):
            # As it was typed, without the column's zeros.
            if found[name] is not None:
                found[name] = found[name].normalize()
        return {**found, "measured_by": indicator.measured_by.public_id, "seen": indicator.version}
