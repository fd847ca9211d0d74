"""What people type into a review. Forms clean; actions write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partnerships import clock
from partnerships.access.places import Place
from partnerships.looks.widgets import DONT_KNOW, ChoiceCards, DayField, MomentField, ScaleField

from .actions import Plan
from .models import Action, Boundary, Finding, FindingStance, Respondent, Round
from .queries import Draft, asked, minimum, people_of, sentence
from .states import LatePolicy, PartMode, RoundKind, Stance

if TYPE_CHECKING:
    from partnerships.catalogue.content import Instrument
    from partnerships.catalogue.content import Statement as Sentence
    from partnerships.record.models import Party, Seat

ADDRESSES_MAX = 60
#: Of a mail address, as it is stored.
ADDRESS_LENGTH = 254


class BoundaryForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is reviewed, when, and for how long."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Boundary
        fields = ["scope", "beyond", "calendar", "first_on", "every_months", "until_on"]
        widgets = {
            "scope": forms.Textarea(attrs={"rows": 3}),
            "beyond": forms.Textarea(attrs={"rows": 2}),
            "calendar": forms.Textarea(attrs={"rows": 2}),
        }
        field_classes = {"first_on": DayField, "until_on": DayField}
        help_texts = {
            "scope": gettext_lazy("How you work together, or also what the project achieves? Which sites and offices?"),
            "beyond": gettext_lazy("Other projects, other donors, the mine's own licence reviews."),
            "calendar": gettext_lazy("Which of its reports, visits or surveys come at the same time?"),
            "first_on": gettext_lazy("By month 6 of the work."),
            "until_on": gettext_lazy("Two or three years are short: effects come later."),
        }


class PlanForm(forms.Form):
    """When, and by which rules. Everything else about a round follows from its kind."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=RoundKind.choices,
        widget=ChoiceCards(
            helps={
                RoundKind.BASELINE: gettext_lazy("Before the work starts: what do you expect to be true in a year?"),
                RoundKind.REGULAR: gettext_lazy("How true is each sentence today? By month 6, then once a year."),
                RoundKind.PULSE: gettext_lazy("Five sentences about trust, two minutes, every half-year."),
                RoundKind.CLOSING: gettext_lazy("The last one, when the partnership concludes."),
            }
        ),
    )
    in_full = forms.ChoiceField(
        label=gettext_lazy("How much"),
        choices=[("", gettext_lazy("The core")), ("1", gettext_lazy("All sentences"))],
        required=False,
        initial="",
        widget=ChoiceCards(
            helps={
                "": gettext_lazy("Fifteen sentences, about ten minutes."),
                "1": gettext_lazy("Thirty-five sentences, about twenty-five minutes."),
            }
        ),
    )
    opens_on = DayField(label=gettext_lazy("Answering starts"))
    closes_on = DayField(
        label=gettext_lazy("Last day to hand in"),
        help_text=gettext_lazy("Two weeks are usual. Field offices need them."),
    )
    opening_at = MomentField(
        label=gettext_lazy("Opened together"),
        help_text=gettext_lazy("The time of your joint session. Each reads its own results 24 hours earlier."),
    )
    policy = forms.ChoiceField(
        label=gettext_lazy("If a partner has not handed in by then"),
        choices=LatePolicy.choices,
        initial=LatePolicy.EXTEND,
        widget=ChoiceCards(),
    )
    broker_early = forms.BooleanField(
        label=gettext_lazy("The broker reads all results a day earlier, to prepare the session"), required=False
    )

    def __init__(self, data: Any = None, *, place: Place, round: Round | None = None, **kwargs: Any) -> None:
        self.place = place
        self.zone = round.zone if round is not None else place.user.time_zone
        if round is not None:
            kwargs["initial"] = {
                "opens_on": round.opens_on,
                "closes_on": round.closes_on,
                "opening_at": round.opening_local.replace(tzinfo=None),
                "policy": round.policy,
                "broker_early": round.broker_early,
                "in_full": "1" if len(round.statements) > sum(item.core for item in asked(round)) else "",
                **kwargs.get("initial", {}),
            }
        super().__init__(data, **kwargs)
        if round is not None:
            del self.fields["kind"]
        if not any(party.role == "broker" for party in place.present):
            del self.fields["broker_early"]

    def clean_opening_at(self) -> datetime:
        moment: datetime = self.cleaned_data["opening_at"]
        # Typed on the clock of whoever plans, whatever zone the page was shown in.
        return moment.replace(tzinfo=ZoneInfo(self.zone))

    def plan(self) -> Plan:
        zone = ZoneInfo(self.zone)
        data = self.cleaned_data
        return Plan(
            opens_at=datetime.combine(data["opens_on"], time(0), zone),
            closes_at=datetime.combine(data["closes_on"] + timedelta(days=1), time(0), zone) - timedelta(seconds=1),
            opening_at=data["opening_at"],
            policy=data["policy"],
            broker_early=data.get("broker_early", False),
            zone=self.zone,
            in_full=bool(data.get("in_full")),
        )

    @staticmethod
    def usual(place: Place) -> dict[str, Any]:
        """Dates to start from: tomorrow, two weeks, and a session three days later at ten."""
        today = clock.today(place.user.time_zone)
        return {
            "opens_on": today + timedelta(days=1),
            "closes_on": today + timedelta(days=15),
            "opening_at": datetime.combine(today + timedelta(days=18), time(10)),
        }


class PartForm(forms.Form):
    """How a side takes part, chosen before its first invitation."""

    mode = forms.ChoiceField(
        label=gettext_lazy("How do you take part?"),
        choices=[
            (PartMode.ONE_AGREED, gettext_lazy("We meet and give one agreed answer")),
            (PartMode.INDIVIDUAL, gettext_lazy("Each person answers alone")),
        ],
        widget=ChoiceCards(
            helps={
                PartMode.ONE_AGREED: gettext_lazy("For teams of fewer than five. It is sealed like all others."),
                PartMode.INDIVIDUAL: gettext_lazy("Five people or more. Only means are shown, never one person."),
            }
        ),
    )

    def __init__(self, data: Any = None, *, party: Party, people: Sequence[Seat], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.people = {str(seat.pk): seat for seat in people}
        enough = len(people) >= minimum()
        self.fields["mode"].initial = PartMode.INDIVIDUAL if enough else PartMode.ONE_AGREED
        self.fields["seats"] = forms.MultipleChoiceField(
            label=_("Who is asked?"),
            choices=[(str(seat.pk), str(seat.membership.user)) for seat in people],
            required=False,
            initial=list(self.people),
            widget=forms.CheckboxSelectMultiple,
        )
        self.fields["addresses"] = address_field()

    def clean_addresses(self) -> list[str]:
        return clean_addresses(self.cleaned_data["addresses"])

    def chosen(self) -> list[Seat]:
        return [self.people[pk] for pk in self.cleaned_data["seats"]]


class InviteForm(forms.Form):
    """More people of the own side."""

    def __init__(self, data: Any = None, *, people: Sequence[Seat], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.people = {str(seat.pk): seat for seat in people}
        if people:
            self.fields["seats"] = forms.MultipleChoiceField(
                label=_("From your team"),
                choices=[(str(seat.pk), str(seat.membership.user)) for seat in people],
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
        self.fields["addresses"] = address_field()

    def clean_addresses(self) -> list[str]:
        return clean_addresses(self.cleaned_data["addresses"])

    def chosen(self) -> list[Seat]:
        return [self.people[pk] for pk in self.cleaned_data.get("seats", [])]


def address_field() -> forms.CharField:
    return forms.CharField(
        label=_("Others of your organisation, by mail address"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "One on a line. Each gets a personal link and needs no account. Addresses are erased at the opening."
        ),
    )


def clean_addresses(text: str) -> list[str]:
    """Mail addresses, one on a line or parted by commas."""
    found = [part.strip() for line in text.splitlines() for part in line.replace(";", ",").split(",") if part.strip()]
    wrong = []
    for address in found:
        try:
            validate_email(address)
        except ValidationError:
            wrong.append(address)
        else:
            if len(address) > ADDRESS_LENGTH:
                wrong.append(address)
    if wrong:
        raise ValidationError(_("This is no mail address: %(what)s") % {"what": ", ".join(wrong[:5])})
    if len(found) > ADDRESSES_MAX:
        raise ValidationError(_("At most %(max)s addresses at a time.") % {"max": ADDRESSES_MAX})
    return list(dict.fromkeys(found))


class AnswerForm(forms.Form):
    """One screen: the statements of a dimension, each with its scale, a comment, and at times a guess."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        respondent: Respondent,
        screen: str,
        statements: Sequence[Sentence],
        instrument: Instrument,
        others: Sequence[Party],
        draft: Draft,
    ) -> None:
        self.statements = statements
        self.others = {party.public_id: party for party in others}
        self.round: Round = respondent.part.round
        self.draft = draft
        super().__init__(data, initial=self._initial(screen))
        ends = self._ends(instrument)
        for item in statements:
            self.fields[f"s-{item.code}"] = ScaleField(label=str(sentence(self.round, item)), ends=ends)
            self.fields[f"c-{item.code}"] = forms.CharField(
                label=_("Comment on: %(sentence)s") % {"sentence": sentence(self.round, item)},
                required=False,
                max_length=4000,
                widget=forms.Textarea(attrs={"rows": 3}),
            )
            if item.code in self.round.expected:
                for party in others:
                    self.fields[f"g-{item.code}-{party.public_id}"] = ScaleField(
                        label=_("What will most people at %(party)s answer?") % {"party": party.name},
                        guess=True,
                        dont_know=False,
                        ends=ends,
                    )

    @staticmethod
    def _ends(instrument: Instrument) -> tuple[Any, Any] | None:
        if not instrument.scale:
            return None
        first, last = instrument.scale[0], instrument.scale[-1]
        return first.label, last.label

    def _initial(self, screen: str) -> dict[str, Any]:
        initial: dict[str, Any] = {"version": self.draft.versions.get(screen, 0)}
        pks = {str(party.pk): key for key, party in self.others.items()}
        for item in self.statements:
            if item.code in self.draft.answers:
                value = self.draft.answers[item.code]
                initial[f"s-{item.code}"] = DONT_KNOW if value is None else str(value)
            initial[f"c-{item.code}"] = self.draft.comments.get(item.code, "")
            for pk, guess in self.draft.guesses.get(item.code, {}).items():
                if pk in pks:
                    initial[f"g-{item.code}-{pks[pk]}"] = str(guess)
        return initial

    def rows(self) -> list[dict[str, Any]]:
        """The fields, one entry a statement, as the page lays them out."""
        return [
            {
                "item": item,
                "scale": self[f"s-{item.code}"],
                "comment": self[f"c-{item.code}"],
                "guesses": [self[name] for key in self.others if (name := f"g-{item.code}-{key}") in self.fields],
            }
            for item in self.statements
        ]

    def answers(self) -> dict[str, int | None]:
        """What was answered; a statement that was left out is not there."""
        found = {}
        for item in self.statements:
            value = self.cleaned_data.get(f"s-{item.code}")
            if value is not None:
                found[item.code] = None if value == DONT_KNOW else int(value)
        return found

    def comments(self) -> dict[str, str]:
        return {item.code: self.cleaned_data.get(f"c-{item.code}", "") for item in self.statements}

    def guesses(self) -> Mapping[str, Mapping[int, int]]:
        found: dict[str, dict[int, int]] = {}
        for item in self.statements:
            for key, party in self.others.items():
                value = self.cleaned_data.get(f"g-{item.code}-{key}")
                if value is not None:
                    found.setdefault(item.code, {})[party.pk] = int(value)
        return found


class FindingForm(forms.ModelForm):  # type: ignore[type-arg]
    """A finding, and where it came from."""

    about = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Finding
        fields = ["text", "about"]
        widgets = {"text": forms.Textarea(attrs={"rows": 3})}


class StanceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A partner's word on a finding."""

    class Meta:
        model = FindingStance
        fields = ["stance", "dissent"]
        widgets = {
            "stance": ChoiceCards(
                helps={Stance.DISSENTS: gettext_lazy("The finding stays, with your words beside it.")}
            ),
            "dissent": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stance"].choices = Stance.choices  # type: ignore[attr-defined]


class ActionForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who does what by when."""

    class Meta:
        model = Action
        fields = ["text", "due_on"]
        widgets = {"text": forms.Textarea(attrs={"rows": 2})}
        field_classes = {"due_on": DayField}

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
