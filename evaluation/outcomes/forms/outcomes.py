"""What changed, and how another party sees it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partnerships.access.actions import circle_for, circle_here
from partnerships.access.models import Circle
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.looks.widgets import ChoiceCards, DayField, WordsField

from ..models import Indicator, Outcome
from ..states import OutcomeKind, Stance
from .fields import area, choose_circle, circle_field, seen, shared_circles


class OutcomeForm(forms.Form):
    """One form for the three kinds; what a kind does not have is left out."""

    indicator = forms.ChoiceField(label=_("Which indicator counts it?"))
    what = forms.CharField(
        label=_("What changed?"), max_length=1000, widget=area(3), help_text=_("In one or two sentences.")
    )
    for_whom = forms.CharField(
        label=_("For whom?"), max_length=200, help_text=_("Groups and places, never a person by name.")
    )
    how_known = forms.CharField(
        label=_("How do we know?"),
        max_length=1000,
        widget=area(3),
        help_text=_("Who saw it, what was said in public, what is done that was not done before."),
    )
    since = DayField(label=_("Since when?"), help_text=_("Roughly is enough: the first of the month or year."))
    response = forms.CharField(
        label=_("What do we do about it?"), max_length=1000, widget=area(3), required=False,
        help_text=_("What is done already, and what is planned. Empty: not known yet."),
    )  # fmt: skip
    unnamed = forms.BooleanField(
        label=_("Nobody can be recognised in these words: no names, no ages, no single household."),
        help_text=_(
            "Abuse of or violence against a person is never written here. It goes to the safeguarding contact."
        ),
    )
    circle = circle_field()
    seen = seen()

    def __init__(
        self, *args: Any, place: Place, kind: str, indicators: list[Indicator], changing: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.place, self.by_id = place, {i.public_id: i for i in indicators}
        field = self.fields["indicator"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells the type checker
        field.choices = [(i.public_id, i.name) for i in indicators]
        if kind != OutcomeKind.COUNTED or changing:
            del self.fields["indicator"]
        if kind != OutcomeKind.HARM:
            del self.fields["response"]
            del self.fields["unnamed"]
        else:
            self.fields["what"].label = _("What harm was done?")
            self.fields["for_whom"].label = _("To whom?")
        if changing:
            del self.fields["circle"]
        else:
            choose_circle(self, self._circles(place))

    @staticmethod
    def _circles(place: Place) -> list[tuple[str, Any]]:
        """A body of affected people, an authority or a funder may speak to the partners alone, or to all."""
        if place.is_partner or place.is_broker:
            return shared_circles(place)
        return [(CircleKind.CHOSEN, _("We and the partners")), (CircleKind.ALL, CircleKind.ALL.label)]

    def words(self) -> dict[str, Any]:
        return {n: self.cleaned_data[n] for n in ("what", "for_whom", "how_known", "since", "response")
                if n in self.cleaned_data}  # fmt: skip

    def chosen_indicator(self) -> Indicator | None:
        return self.by_id.get(self.cleaned_data.get("indicator") or "")

    def chosen_circle(self) -> Circle:
        kind = self.cleaned_data["circle"]
        if kind != CircleKind.CHOSEN:
            return circle_here(self.place, kind)
        inside = [self.place.own_party, *(p for p in self.place.present if p.role in {"partner", "broker"})]
        return circle_for(self.place.partnership, kind, parties=inside)

    @staticmethod
    def first(outcome: Outcome) -> dict[str, Any]:
        names = ("what", "for_whom", "how_known", "since", "response")
        return {**{name: getattr(outcome, name) for name in names}, "seen": outcome.version}


class VoiceForm(forms.Form):
    """Seen too, or seen differently and how."""

    stance = forms.ChoiceField(
        label=_("How do you see it?"),
        choices=Stance.choices,
        widget=ChoiceCards(
            helps={
                Stance.CONFIRMED: _("From what your own side saw or heard."),
                Stance.DIFFERENT: _("Both words stand beside each other; nobody’s are changed."),
            }
        ),
    )
    words = WordsField(
        label=_("In your words"),
        max_length=1000,
        widget=area(3),
        sometimes=True,
        help_text=_("Needed where you see it differently. Everybody who reads the outcome reads this."),
    )
    seen = seen()
