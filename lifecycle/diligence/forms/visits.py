"""Visits and meetings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partnerships.access.actions import circle_here
from partnerships.access.models import Circle
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.looks.widgets import CheckCards, ChoiceCards, DayField
from partnerships.record.models import Party, Seat

from ..models import Visit
from ..queries import partner_seats
from ..states import VisitKind, VisitPlace


class PartnersCircle(forms.Form):
    """For what counts at the gate: all partners read it, and everybody if wanted."""

    circle = forms.ChoiceField(label=_("Who may read this"), widget=ChoiceCards)

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place = place
        has_broker = any(p.role == "broker" for p in place.present)
        field: Any = self.fields["circle"]
        field.choices = [
            (CircleKind.PARTNERS.value, CircleKind.PARTNERS.label if has_broker else _("The partners")),
            (CircleKind.ALL.value, CircleKind.ALL.label),
        ]
        field.initial = CircleKind.PARTNERS.value

    def chosen_circle(self) -> Circle:
        return circle_here(self.place, self.cleaned_data["circle"])


class _PartyField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class VisitForm(PartnersCircle):
    kind = forms.ChoiceField(label=_("What"), choices=VisitKind.choices, initial=VisitKind.VISIT)
    host = _PartyField(
        Party.objects.none(),
        label=_("Whom do you visit, or who hosts"),
        required=False,
        empty_label=_("Nobody: we meet elsewhere"),
    )
    on = DayField(label=_("When"))
    where = forms.CharField(label=_("Where"), max_length=160)
    place_kind = forms.ChoiceField(
        label=_("What kind of place"),
        required=False,
        choices=[("", _("Not known yet")), *VisitPlace.choices],
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    field_order = ("kind", "host", "on", "where", "place_kind", "circle")

    def __init__(self, *args: Any, place: Place, visit: Visit | None = None, **kwargs: Any) -> None:
        if visit is not None:
            first = {"kind": visit.kind, "host": visit.host_id, "on": visit.on, "where": visit.where}
            first |= {"place_kind": visit.place, "version": visit.version}
            kwargs["initial"] = {**first, **(kwargs.get("initial") or {})}
        super().__init__(*args, place=place, **kwargs)
        if visit is not None:
            # A circle never changes.
            del self.fields["circle"]
        host: Any = self.fields["host"]
        host.queryset = Party.objects.filter(pk__in=[p.pk for p in place.partners]).select_related("organisation")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") in {VisitKind.VISIT, VisitKind.EXCHANGE} and cleaned.get("host") is None:
            self.add_error("host", _("Say whom you visit."))
        return cleaned


class VisitReportForm(forms.Form):
    """Written up afterwards."""

    on = DayField(label=_("When it was"))
    people = forms.ModelMultipleChoiceField(Seat.objects.none(), label=_("Who took part"), widget=CheckCards)
    met = forms.CharField(
        label=_("Communities and others you met"),
        required=False,
        max_length=200,
        help_text=_("Bodies and groups, no names of private persons."),
    )
    learned = forms.CharField(label=_("What we learned"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5}))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["people"]
        field.queryset = partner_seats(place)
        field.label_from_instance = lambda s: (
            f"{s.membership.user}, {s.party.name} ({s.get_function_display()}, {s.get_level_display()})"
        )
