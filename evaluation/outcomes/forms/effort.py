"""Hours, cost, and whom their totals are shown to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.looks.widgets import ChoiceCards, DayField
from partnerships.people.models import User
from partnerships.record.models import Seat

from ..models import CostEntry, HourEntry
from ..permissions import can_write_hours_of_others
from ..states import CostForm as Form
from ..states import Span
from .fields import amount, currency, hours, seen

COORDINATING = _("Meetings, reports, sign-offs, and the way to them.")
DELIVERING = _("The work that the partnership is for.")


class _HourFields(forms.Form):
    coordinating = hours(label=_("Hours of coordinating"), help_text=COORDINATING, required=False)
    delivering = hours(label=_("Hours of delivering"), help_text=DELIVERING, required=False)

    def hours(self) -> dict[str, Decimal]:
        return {name: self.cleaned_data.get(name) or Decimal(0) for name in ("coordinating", "delivering")}


class HoursForm(_HourFields):
    """A person's week or month. A lead writes down anybody's of the own side, everybody else their own."""

    person = forms.ChoiceField(label=_("Whose hours?"))
    span = forms.ChoiceField(label=_("For"), choices=Span.choices, initial=Span.MONTH, widget=ChoiceCards)
    day = DayField(label=_("Any day in it"), initial=clock.today)
    field_order = ("person", "span", "day", "coordinating", "delivering")

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seats = Seat.objects.filter(party=place.own_party).select_related("membership__user").order_by("pk")
        people = {place.user.pk: place.user}
        if can_write_hours_of_others(place):
            people |= {s.membership.user_id: s.membership.user for s in seats}
        self.people: dict[str, User] = {str(pk): user for pk, user in people.items()}
        field = self.fields["person"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells the type checker
        field.choices = [(pk, user.name) for pk, user in self.people.items()]
        if len(self.people) == 1:
            field.widget, field.initial = forms.HiddenInput(), str(place.user.pk)

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {"person": self.people[data["person"]], "span": data["span"], "day": data["day"], **self.hours()}


class HoursCorrectionForm(_HourFields):
    seen = seen()

    @staticmethod
    def first(entry: HourEntry) -> dict[str, Any]:
        return {"coordinating": entry.coordinating, "delivering": entry.delivering, "seen": entry.version}


class CostForm(forms.Form):
    what = forms.CharField(
        label=_("What for?"), max_length=200, help_text=_("Travel, a consultant, rooms. Time is counted in hours.")
    )
    form = forms.ChoiceField(
        label=_("Cash or in kind"),
        choices=Form.choices,
        initial=Form.CASH,
        widget=ChoiceCards(helps={Form.IN_KIND: _("At your own estimate. It is never added to cash.")}),
    )
    on = DayField(label=_("Day"), initial=clock.today)
    amount = amount(label=_("Amount"))
    currency = currency()
    seen = seen()

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}

    @staticmethod
    def first(entry: CostEntry) -> dict[str, Any]:
        names = ("what", "form", "on", "amount", "currency")
        return {**{name: getattr(entry, name) for name in names}, "seen": entry.version}


class ShowForm(forms.Form):
    """Who may read what is shown."""

    to = forms.ChoiceField(label=_("Who may read it"), widget=ChoiceCards)

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        has_broker = any(p.role == "broker" for p in place.present)
        choices: list[tuple[str, Any]] = []
        if has_broker:
            choices.append((CircleKind.PARTNERS_ALONE, CircleKind.PARTNERS_ALONE.label))
        choices.append((CircleKind.PARTNERS, CircleKind.PARTNERS.label if has_broker else _("The partners")))
        if any(p.role not in {"partner", "broker"} for p in place.present):
            choices.append((CircleKind.ALL, CircleKind.ALL.label))
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells the type checker
        field.choices, field.initial = choices, CircleKind.PARTNERS
