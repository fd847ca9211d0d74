"""Forms of the conclusion."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partnerships.access.places import Place
from partnerships.catalogue.content import Canvas
from partnerships.catalogue.queries import current_content
from partnerships.looks.widgets import DayField, WordsField
from partnerships.record.models import Seat

from .states import ClosingKind


class ClosingForm(forms.Form):
    """One closing text."""

    reason = forms.ChoiceField(label=_("Reason"))
    text = WordsField(label=_("Text"), widget=forms.Textarea(attrs={"rows": 8}), max_length=8000)
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind != ClosingKind.REASON:
            del self.fields["reason"]
            return
        field = self.fields["reason"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells the type checker
        field.choices = [(r.code, str(r.title)) for r in current_content(Canvas, "lessons").end_reasons]


class LookBackForm(forms.Form):
    """Who looks back, and when."""

    owner = forms.ModelChoiceField(Seat.objects.none(), label=_("Who"))
    on = DayField(label=_("When"))

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["owner"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = Seat.objects.filter(party__in=[p.pk for p in place.partners], ended_on=None).select_related(
            "membership__user", "party__organisation"
        )
        field.label_from_instance = lambda s: f"{s.membership.user.name}, {s.party.name}"  # type: ignore[assignment, method-assign]
