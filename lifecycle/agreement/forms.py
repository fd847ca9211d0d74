"""What people type about agreements."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.looks.widgets import ChoiceCards, DayField, WordsField

from .models import LANGUAGES, ClauseText, Terms
from .states import AgreementKind, Length, StanceState


def choices_of(form: forms.Form, name: str, choices: list[Any]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells the type checker
    field.choices = choices


class DraftForm(forms.Form):
    """Which text to start, how long, in which language."""

    kind = forms.ChoiceField(
        label=_("What do you want to agree on?"),
        choices=AgreementKind.choices,
        widget=ChoiceCards(
            helps={
                AgreementKind.NDA: _("Talk openly before anything is agreed. It binds in law."),
                AgreementKind.MOU: _("What you want together, who does what, how you decide. Mostly it does not bind."),
            }
        ),
    )
    length = forms.ChoiceField(
        label=_("How long?"),
        choices=[(Length.SHORT, _("Short form")), (Length.FULL, _("Full form"))],
        widget=ChoiceCards(
            helps={
                Length.SHORT: _("The required clauses, in a few lines each. Enough for a light partnership."),
                Length.FULL: _("All clauses. Those that are not required can be left out by all."),
            }
        ),
    )
    language = forms.ChoiceField(
        label=_("Language of the text"),
        choices=LANGUAGES,
        help_text=_("It keeps this language; say in the last clause which one prevails if you translate it."),
    )

    def __init__(self, *args: Any, needs_mou: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not needs_mou:
            # The partners mean a step on the spectrum that needs no memorandum; talking openly may still need its own.
            kind = self.fields["kind"]
            assert isinstance(kind, forms.ChoiceField)  # noqa: S101
            kind.choices = [(k, label) for k, label in AgreementKind.choices if k != AgreementKind.MOU]
            kind.initial = AgreementKind.NDA
            self.initial["kind"] = AgreementKind.NDA


class ClauseForm(forms.Form):
    """A new text for a clause."""

    title = forms.CharField(label=_("Title"), max_length=200)
    text = forms.CharField(
        label=_("Text"),
        max_length=12000,
        widget=forms.Textarea(attrs={"rows": 14}),
        help_text=_("Fill the blanks in square brackets. An empty line begins a new paragraph."),
    )
    note = forms.CharField(
        label=_("Why, in a line"), max_length=300, required=False, help_text=_("The others see it beside the change.")
    )
    agree = forms.BooleanField(label=_("Our side agrees to this text"), required=False, initial=True)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, may_answer: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_answer:
            del self.fields["agree"]


class OwnClauseForm(forms.Form):
    """A clause that the catalogue does not have."""

    title = forms.CharField(label=_("Title"), max_length=200)
    text = forms.CharField(label=_("Text"), max_length=12000, widget=forms.Textarea(attrs={"rows": 10}))
    after = forms.ChoiceField(label=_("After clause"))
    agree = forms.BooleanField(label=_("Our side agrees to this text"), required=False, initial=True)

    def __init__(self, *args: Any, clauses: list[ClauseText], may_answer: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.clauses = {c.public_id: c for c in clauses}
        choices_of(self, "after", [(c.public_id, str(c)) for c in clauses])
        if not may_answer:
            del self.fields["agree"]

    def clean_after(self) -> ClauseText:
        return self.clauses[self.cleaned_data["after"]]


class AnswerForm(forms.Form):
    """What our side says to the text as it stands."""

    state = forms.ChoiceField(label=_("What does your side say to this text?"), choices=StanceState.choices)
    note = WordsField(
        label=_("What would you like to discuss?"),
        max_length=2000,
        sometimes=True,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "Needed where you would like to discuss it. All partners and the broker read it. A new text is often the "
            "quicker answer."
        ),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, may_leave_out: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = [
            (StanceState.AGREED, StanceState.AGREED.label),
            (StanceState.DISCUSS, StanceState.DISCUSS.label),
        ]
        helps: dict[Any, Any] = {}
        if may_leave_out:
            states.append((StanceState.LEAVE_OUT, StanceState.LEAVE_OUT.label))
            helps[StanceState.LEAVE_OUT] = _("It is out of the text once all partners say so.")
        choices_of(self, "state", states)
        field = self.fields["state"]
        field.widget = ChoiceCards(choices=states, helps=helps)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("state") == StanceState.DISCUSS and not (data.get("note") or "").strip():
            self.add_error("note", gettext("Say what you would like to discuss."))
        return data


class CommentForm(forms.Form):
    """A remark, and who reads it."""

    text = forms.CharField(label=_("Comment"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))
    circle = forms.ChoiceField(label=_("Who may read this"))

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [CircleKind.OWN, CircleKind.PARTNERS]
        if place.is_partner and any(p.role == "broker" for p in place.present):
            kinds.insert(1, CircleKind.CAUCUS)
        choices_of(self, "circle", [(k.value, k.label) for k in kinds])


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Why"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("All partners and the broker read it."),
    )


class OpenForm(forms.Form):
    """Open blanks are named before the text is frozen with them."""

    blanks_known = forms.BooleanField(
        label=_("We know about these blanks and want them to stay as they are"), required=False
    )


class SignForm(forms.Form):
    """Who signs, as what, and why they may."""

    name = forms.CharField(label=_("Your name"), max_length=120)
    job_title = forms.CharField(label=_("Your job title"), max_length=120)
    mandate = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    again = forms.CharField(
        label=_("Type your name once more"),
        max_length=120,
        help_text=_("This stands for your signature."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, organisation: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mandate = self.fields["mandate"]
        mandate.label = gettext("I may sign for %(organisation)s because …") % {"organisation": organisation}
        mandate.help_text = gettext(
            "For example: board resolution of 3 March, delegation by the director, statutes article 12."
        )


class TermsForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the agreement fixes, as data."""

    class Meta:
        model = Terms
        fields = [
            "starts_on",
            "ends_on",
            "total_budget",
            "currency",
            "review_percent",
            "first_review_on",
            "review_every_months",
            "review_days",
            "review_boundary",
            "monitoring_calendar",
            "governance",
        ]
        field_classes = {"starts_on": DayField, "ends_on": DayField, "first_review_on": DayField}
        widgets = {
            "review_boundary": forms.Textarea(attrs={"rows": 3}),
            "monitoring_calendar": forms.Textarea(attrs={"rows": 2}),
        }
        help_texts = {
            "total_budget": _("Of the whole project, all partners and funders."),
            "currency": _("Three letters, for example USD."),
            "review_percent": _("Usually 2 to 10 per cent: enough to do it, not more than it is worth."),
            "first_review_on": _("Within six months of the start."),
            "review_boundary": _("What is reviewed: this partnership, not the whole project. Who is in, who is not."),
            "monitoring_calendar": _("For example: with the project's half-yearly report, in March and September."),
            "governance": _("From “two leads, monthly” to a body with seats, a chair and a quorum."),
        }

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, place: Place, decisions: dict[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parties = place.partners
        for party in place.partners:
            self.fields[f"decides_{party.public_id}"] = forms.CharField(
                label=gettext("What %(party)s lets the others decide") % {"party": party.name},
                initial=decisions.get(party.pk, ""),
                required=False,
                max_length=1000,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def clean_currency(self) -> str:
        currency = str(self.cleaned_data["currency"]).strip().upper()
        if len(currency) != 3 or not currency.isascii() or not currency.isalpha():
            raise forms.ValidationError(gettext("Give the three letters of the currency, for example USD."))
        return currency

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end, first = data.get("starts_on"), data.get("ends_on"), data.get("first_review_on")
        if start and end and end <= start:
            self.add_error("ends_on", gettext("The end comes after the start."))
        if start and first and first < start:
            self.add_error("first_review_on", gettext("The first review comes after the start."))
        if first and end and first > end:
            self.add_error("first_review_on", gettext("The first review comes before the end."))
        return data

    @property
    def decided(self) -> dict[int, str]:
        """By party id, what was typed about decisions."""
        return {p.pk: self.cleaned_data.get(f"decides_{p.public_id}", "") for p in self.parties}
