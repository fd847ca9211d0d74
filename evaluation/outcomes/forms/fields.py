"""What the forms share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MinValueValidator, RegexValidator
from django.utils.translation import gettext_lazy as _

from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.looks.widgets import ChoiceCards, NumberField

from ..models.indicators import DIGITS, PLACES


def area(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def figure(**kwargs: Any) -> NumberField:
    """A value of an indicator."""
    return NumberField(**{"max_digits": DIGITS, "decimal_places": PLACES, **kwargs})


def amount(**kwargs: Any) -> NumberField:
    return NumberField(**{"max_digits": 16, "decimal_places": 2, "validators": [MinValueValidator(0)], **kwargs})


def hours(**kwargs: Any) -> NumberField:
    return NumberField(**{"max_digits": 5, "decimal_places": 1, "validators": [MinValueValidator(0)], **kwargs})


class CurrencyField(forms.CharField):
    """ "usd" is meant as "USD"."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).upper()


def currency(**kwargs: Any) -> CurrencyField:
    return CurrencyField(**{
        "label": _("Currency"),
        "max_length": 3,
        "validators": [RegexValidator(r"^[A-Z]{3}\Z", _("Three capitals, such as USD or XOF."))],
        "help_text": _("Your organisation’s own, in three capitals."),
        **kwargs,
    })  # fmt: skip


class SeenField(forms.IntegerField):
    """The version that the form was filled in from; 0, which no item has, where nothing was sent."""

    def clean(self, value: Any) -> Any:
        return super().clean(value) or 0


def seen() -> SeenField:
    return SeenField(widget=forms.HiddenInput, initial=0, required=False)


def shared_circles(place: Place) -> list[tuple[str, Any]]:
    """With the partners alone, or with all parties; where these are the same people there is nothing to choose."""
    has_broker = any(p.role == "broker" for p in place.present)
    partners = CircleKind.PARTNERS.label if has_broker else _("The partners")
    if all(p.role in {"partner", "broker"} for p in place.present):
        return [(CircleKind.PARTNERS, partners)]
    return [(CircleKind.PARTNERS, partners), (CircleKind.ALL, CircleKind.ALL.label)]


def choose_circle(form: forms.Form, choices: list[tuple[str, Any]]) -> None:
    field = form.fields["circle"]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells the type checker
    field.choices = choices
    field.initial = choices[0][0]
    if len(choices) == 1:
        field.widget = forms.HiddenInput()


def circle_field() -> forms.ChoiceField:
    return forms.ChoiceField(label=_("Who may read this"), widget=ChoiceCards)
