"""What is reviewed and when, and the dates and rules of a round."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partnerships import clock
from partnerships.access.places import Place
from partnerships.catalogue.models import CatalogueVersion
from partnerships.catalogue.queries import current
from partnerships.catalogue.queries import text as version_text
from partnerships.looks.format import long_date
from partnerships.looks.widgets import CheckCards, ChoiceCards, DayField, MomentField, WordsField
from partnerships.record.states import Role

from ..actions import EXPECTED_MAX, Plan
from ..models import Boundary, Round
from ..queries import asked, instrument_of, offered_instruments, screens, sentence
from ..states import LatePolicy, RoundKind


class BoundaryForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is reviewed, when, and for how long."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Boundary
        fields = ["scope", "actors", "beyond", "calendar", "first_on", "every_months", "until_on"]
        widgets = {
            "scope": forms.Textarea(attrs={"rows": 3}),
            "beyond": forms.Textarea(attrs={"rows": 2}),
            "calendar": forms.Textarea(attrs={"rows": 2}),
        }
        field_classes = {
            **dict.fromkeys(("scope", "beyond", "calendar"), WordsField),
            **dict.fromkeys(("first_on", "until_on"), DayField),
        }
        help_texts = {
            "scope": gettext_lazy("How you work together, or also what the project achieves? Which sites and offices?"),
            "beyond": gettext_lazy("Other projects, other donors, the mine's own licence reviews."),
            "calendar": gettext_lazy("Which of its reports, visits or surveys come at the same time?"),
            "first_on": gettext_lazy("By month 6 of the work."),
            "until_on": gettext_lazy("Two or three years are short: effects come later."),
            "actors": gettext_lazy("Partners always are. Who else is part of the web that you look at?"),
        }
        labels = {"actors": gettext_lazy("Who is looked at beside the partners")}

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [party for party in place.present if party.role not in {Role.PARTNER, Role.BROKER}]
        if others:
            self.fields["actors"] = forms.ModelMultipleChoiceField(
                queryset=place.partnership.parties.filter(pk__in=[party.pk for party in others]),
                label=self.fields["actors"].label,
                help_text=self.fields["actors"].help_text,
                required=False,
                to_field_name="public_id",
                widget=CheckCards(),
            )
        else:
            del self.fields["actors"]


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
                RoundKind.LOOK_BACK: gettext_lazy("Twelve months after the end: what lasted?"),
            }
        ),
    )
    instrument = forms.ChoiceField(
        label=gettext_lazy("Which sentences"),
        required=False,
        initial="",
        widget=ChoiceCards(helps={}),
        help_text=gettext_lazy("The others read them before they agree."),
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
    #: Of the round that is changed.
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, place: Place, round: Round | None = None, **kwargs: Any) -> None:
        self.place, self.round = place, round
        self.offered = {str(each.pk): each for each in offered_instruments(place)}
        self.zone = round.zone if round is not None else place.user.time_zone
        if round is not None:
            kwargs["initial"] = {
                "opens_on": round.opens_on,
                "closes_on": round.closes_on,
                "opening_at": round.opening_local.replace(tzinfo=None),
                "policy": round.policy,
                "broker_early": round.broker_early,
                "instrument": str(round.instrument_id) if round.instrument.organisation_id else "",
                "version": round.version,
                "in_full": "1" if len(round.statements) > sum(item.core for item in asked(round)) else "",
                **kwargs.get("initial", {}),
            }
        super().__init__(data, **kwargs)
        if round is not None:
            del self.fields["kind"]
        else:
            del self.fields["version"]
            # The look-back is what can still be held once a record is closed, and nothing else.
            closed = not place.partnership.is_open
            self.fields["kind"].choices = [  # type: ignore[attr-defined]
                choice for choice in RoundKind.choices if (choice[0] == RoundKind.LOOK_BACK) == closed
            ]
        self._offer(kind=round.kind if round is not None else "")
        if not any(party.role == "broker" for party in place.present):
            del self.fields["broker_early"]

    def _offer(self, *, kind: str) -> None:
        """The shipped sentences, or own versions that may be proposed; with nothing to choose from, no question."""
        if kind == RoundKind.PULSE or not self.offered:
            del self.fields["instrument"]
            return
        field: Any = self.fields["instrument"]
        field.choices = [
            ("", _("The shipped sentences")),
            *((pk, version_text(each.title)) for pk, each in self.offered.items()),
        ]
        field.widget.helps = {
            pk: _("The shipped sentences, and those of %(name)s. Version %(n)s.")
            % {"name": each.organisation.name if each.organisation is not None else "", "n": each.version}
            for pk, each in self.offered.items()
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("instrument") and cleaned.get("kind") == RoundKind.PULSE:
            self.add_error("instrument", gettext_lazy("A pulse asks the shipped sentences."))
        return cleaned

    def chosen_instrument(self, kind: str) -> CatalogueVersion:
        """What the round asks: what was chosen, else the shipped sentences of its kind."""
        chosen = self.offered.get(self.cleaned_data.get("instrument") or "")
        if chosen is not None:
            return chosen
        code = "pulse" if kind == RoundKind.PULSE else "review"
        now = self.round.instrument if self.round is not None else None
        # A round that is planned keeps the shipped version with which it was proposed.
        return now if now is not None and now.organisation_id is None else current("instrument", code)

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
            # Chosen on a page of its own; other dates leave it as it is.
            expected=self.round.expected if self.round is not None else (),
        )

    def in_words(self, name: str, value: Any) -> str:
        """What a field holds, as people read it."""
        field: Any = self.fields[name]
        if isinstance(field, forms.BooleanField):
            return _("Yes") if value else _("No")
        if isinstance(value, datetime):
            return date_format(value.astimezone(ZoneInfo(self.zone)) if value.tzinfo else value, "DATETIME_FORMAT")
        if isinstance(value, date):
            return long_date(value)
        return str(dict(field.choices).get(value, ""))

    @staticmethod
    def usual(place: Place, session: date | None = None) -> dict[str, Any]:
        """Dates to start from: two weeks to answer from tomorrow on, and a session three days later at ten.

        With the day of a session, the two weeks lie before it, as far as they lie ahead.
        """
        tomorrow = clock.today(place.user.time_zone) + timedelta(days=1)
        opens_on = max(tomorrow, session - timedelta(days=17)) if session is not None else tomorrow
        return {
            "opens_on": opens_on,
            "closes_on": opens_on + timedelta(days=14),
            "opening_at": datetime.combine(opens_on + timedelta(days=17), time(10)),
        }


class ExpectForm(forms.Form):
    """On which statements people also say what they expect the others to answer: one field a dimension, none ticked."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, round: Round) -> None:
        super().__init__(data, initial={"version": round.version})
        content = instrument_of(round)
        for code, items in screens(round).items():
            self.fields[f"in_{code}"] = forms.MultipleChoiceField(
                label=str(content.dimension(code).title),
                choices=[(item.code, str(sentence(round, item))) for item in items],
                initial=[item.code for item in items if item.code in round.expected],
                required=False,
                widget=CheckCards(),
            )

    def chosen(self) -> list[str]:
        return [code for name in self.fields if name.startswith("in_") for code in self.cleaned_data.get(name, ())]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if len(self.chosen()) > EXPECTED_MAX:
            self.add_error(None, gettext_lazy("Five statements at most: guessing takes time."))
        return cleaned
