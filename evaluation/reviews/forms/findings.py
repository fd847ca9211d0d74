"""Findings, words on them, actions, and talks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partnerships.access.places import Place
from partnerships.looks.widgets import ChoiceCards, DayField, SometimesField, WordsField

from ..models import Action, Finding, FindingStance
from ..queries import people_of
from ..states import Stance

if TYPE_CHECKING:
    from partnerships.record.models import Party, Seat


class FindingForm(forms.ModelForm):  # type: ignore[type-arg]
    """A finding, and where it came from."""

    about = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Finding
        fields = ["text", "about"]
        widgets = {"text": forms.Textarea(attrs={"rows": 3})}
        field_classes = {"text": WordsField}


class StanceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A partner's word on a finding."""

    #: The mark of what the side had said when the page was made.
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = FindingStance
        fields = ["stance", "dissent"]
        widgets = {
            "stance": ChoiceCards(
                helps={Stance.DISSENTS: gettext_lazy("The finding stays, with your words beside it.")}
            ),
            "dissent": forms.Textarea(attrs={"rows": 2}),
        }
        field_classes = {"dissent": SometimesField}
        help_texts = {
            "dissent": gettext_lazy("Needed where you see it differently. Everybody who reads the finding reads this.")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stance"].choices = Stance.choices  # type: ignore[attr-defined]
        self.initial["seen"] = self.instance.mark if self.instance.pk else ""


class ActionForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who does what by when."""

    class Meta:
        model = Action
        fields = ["text", "due_on"]
        widgets = {"text": forms.Textarea(attrs={"rows": 2})}
        field_classes = {"text": WordsField, "due_on": DayField}

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place = place
        parties = [party for party in place.present if party.role in {"partner", "broker"}]
        self.seats = {f"{seat.party_id}-{seat.pk}": seat for seat in people_of(*parties)}
        choices: list[tuple[str, Any]] = []
        for party in parties:
            named = [(key, str(seat.membership.user)) for key, seat in self.seats.items() if seat.party_id == party.pk]
            choices.append(
                (party.name, [(f"{party.pk}-", _("%(party)s, person to be named") % {"party": party.name}), *named])
            )
        self.parties = {str(party.pk): party for party in parties}
        self.fields["owner"] = forms.ChoiceField(
            label=_("Who does it?"),
            choices=choices,
            initial=f"{place.party.pk}-" if place.party else None,
            help_text=_("For another side it is a proposal, until that side accepts it."),
        )
        self.fields["due_on"].required = True

    def owner(self) -> tuple[Party, Seat | None]:
        chosen = self.cleaned_data["owner"]
        return self.parties[chosen.partition("-")[0]], self.seats.get(chosen)


class AcceptForm(forms.Form):
    """The owner's side names who does it, and by when."""

    due_on = DayField(label=gettext_lazy("By when"))

    def __init__(self, data: Any = None, *, people: Sequence[Seat], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.people = {str(seat.pk): seat for seat in people}
        self.fields["owner"] = forms.ChoiceField(
            label=_("Who does it?"), choices=[(str(seat.pk), str(seat.membership.user)) for seat in people]
        )

    def owner(self) -> Seat:
        return self.people[self.cleaned_data["owner"]]


class DoneForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("What came of it?"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class TalkForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("What did you find out?"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("All partners and the broker read this. Leave it empty if the talk was enough."),
    )
