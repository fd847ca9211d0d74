"""Choosing somebody who has a seat with a partner."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partnerships.access.places import Place
from partnerships.record.models import Seat

from ..queries import partner_seats


class OwnerField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Somebody seated with a partner."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Seat.objects.none(), **{"label": _("Owner"), **kwargs})

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.membership.user}, {obj.party.name}"


def offer_seats(form: forms.Form, name: str, place: Place, *, own: bool = False) -> None:
    field: Any = form.fields[name]
    seats = partner_seats(place)
    field.queryset = seats.filter(party=place.own_party) if own else seats
