"""Forms of the record: proposing, inviting, seats, handing over."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..access.places import Place
from ..looks.widgets import CheckCards, WordsField
from ..people.models import Membership, Office, Organisation, User
from ..people.states import OrganisationKind
from .models import HandoverPage, LegalHold, Partnership, Seat
from .states import Duty, Function, Level, Role, Sector, Stage, sectors_in_order

LANGUAGES = [("en", "English"), ("fr", "Français"), ("es", "Español")]


class SectorField(forms.TypedMultipleChoiceField):
    """What the partners work on: any of a closed list."""

    widget = CheckCards

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {"label": _("What you work on"), "choices": Sector.choices, "required": False, **kwargs}
        help_text = _("As many as fit, or none yet. They find you lessons of others who worked on the same.")
        super().__init__(**{"coerce": str, "empty_value": [], "help_text": help_text, **kwargs})

    def clean(self, value: Any) -> list[str]:
        """In the order of the list, however they were ticked."""
        return sectors_in_order(super().clean(value))


class ProposeForm(forms.Form):
    """A first page: a working title and where. Everything else comes later."""

    organisation = forms.ModelChoiceField(Membership.objects.none(), label=_("For which organisation"))
    name = forms.CharField(
        label=_("Working title"), max_length=120, help_text=_("Used in mails until you announce the partnership.")
    )
    country = forms.CharField(label=_("Country"), max_length=60, required=False)
    site = forms.CharField(label=_("Site or region"), max_length=120, required=False)
    is_exploration = forms.BooleanField(label=_("The mine is still in exploration"), required=False)
    parent = forms.ModelChoiceField(
        Partnership.objects.none(), label=_("Part of an umbrella partnership"), required=False, empty_label=_("No")
    )
    stage = forms.ChoiceField(
        label=_("Where are you today?"),
        choices=[c for c in Stage.choices if c[0] != Stage.CONCLUDED],
        initial=Stage.SCOPING,
        help_text=_("Start where you are: earlier stages are marked as done before this record."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = Membership.objects.filter(user=user, ended_on=None).select_related("organisation").order_by("pk")
        field = self.fields["organisation"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - tells the type checker
        field.queryset = own
        field.label_from_instance = lambda m: m.organisation.name  # type: ignore[assignment, method-assign]
        first = own.first()
        if first is not None and len(own) == 1:
            field.initial = first
            field.widget = field.hidden_widget()
        parent = self.fields["parent"]
        assert isinstance(parent, forms.ModelChoiceField)  # noqa: S101
        parent.queryset = Partnership.objects.seated(user).filter(parent=None).order_by("name")
        if not parent.queryset.exists():
            del self.fields["parent"]


class DetailsForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the record is called, where it is, what it works on, and in which currency its figures are shown."""

    currency = forms.RegexField(
        r"^[A-Za-z]{3}\Z",
        label=_("Currency"),
        error_messages={"invalid": _("Three letters, like USD or XOF.")},
        help_text=_("Contributions are shown side by side in it."),
    )
    sectors = SectorField()
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Partnership
        fields = ("name", "country", "site", "sectors", "is_exploration", "currency")
        help_texts = {"name": _("Used in mails until you announce the partnership.")}

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()


class InvitePartyForm(forms.Form):
    """Who else should be here."""

    role = forms.ChoiceField(label=_("As"), choices=Role.choices, initial=Role.PARTNER)
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        label=_("An organisation that is here already"),
        required=False,
        empty_label=_("A new one, named below"),
    )
    organisation_name = forms.CharField(label=_("Name of the organisation"), max_length=160, required=False)
    organisation_kind = forms.ChoiceField(
        label=_("Kind of organisation"), choices=[("", "—"), *OrganisationKind.choices], required=False
    )
    person_name = forms.CharField(label=_("Name of its lead"), max_length=120)
    email = forms.EmailField(label=_("Mail address of its lead"), max_length=254)
    language = forms.ChoiceField(label=_("Language of the mail"), choices=LANGUAGES)
    paid_by = forms.CharField(
        label=_("Paid by"), max_length=160, required=False, help_text=_("For a broker: shown to everybody.")
    )

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["organisation"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        # Only organisations that somebody vouched for are offered by name; others are written in.
        field.queryset = (
            Organisation.objects.filter(vouched_at__isnull=False, merged_into=None)
            .exclude(pk__in=[p.organisation_id for p in place.present])
            .order_by("name")
        )
        self.fields["language"].initial = place.user.language

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("organisation"):
            if not cleaned.get("organisation_name"):
                self.add_error("organisation_name", _("Say which organisation."))
            if not cleaned.get("organisation_kind"):
                self.add_error("organisation_kind", _("Say what kind of organisation it is."))
        return cleaned


class SeatForm(forms.Form):
    """A person's place on the own side."""

    membership = forms.ModelChoiceField(Membership.objects.none(), label=_("Who"))
    duty = forms.ChoiceField(label=_("As"), choices=Duty.choices, initial=Duty.MEMBER)
    stands_in_for = forms.ModelChoiceField(Seat.objects.none(), label=_("Stands in for"), required=False)
    function = forms.ChoiceField(label=_("Function"), choices=Function.choices)
    level = forms.ChoiceField(label=_("Level"), choices=Level.choices, initial=Level.MANAGEMENT)
    office = forms.ModelChoiceField(Office.objects.none(), label=_("Office or site"), required=False)
    hours = forms.DecimalField(
        label=_("Hours a week, released by the organisation"),
        min_value=0,
        max_value=80,
        decimal_places=1,
        required=False,
    )
    rosters = forms.BooleanField(label=_("Works in rosters, back to back"), required=False)

    def __init__(self, *args: Any, place: Place, seat: Seat | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organisation = place.own_party.organisation
        members = (
            Membership.objects.filter(ended_on=None)
            .filter(organisation__in=[organisation, *organisation.members.all()])
            .select_related("user", "organisation")
            .order_by("user__name")
        )
        who = self.fields["membership"]
        assert isinstance(who, forms.ModelChoiceField)  # noqa: S101
        if seat is not None:
            who.queryset = members.filter(pk=seat.membership_id)
            who.widget = who.hidden_widget()
            self.initial = {
                "membership": seat.membership_id,
                "duty": seat.duty,
                "stands_in_for": seat.stands_in_for_id,
                "function": seat.function,
                "level": seat.level,
                "office": seat.office_id,
                "hours": seat.hours,
                "rosters": seat.rosters,
            } | dict(self.initial)
        else:
            seated = Seat.objects.filter(party=place.own_party, ended_on=None).values("membership")
            who.queryset = members.exclude(pk__in=seated)
            who.label_from_instance = lambda m: m.user.name  # type: ignore[assignment, method-assign]
        for_whom = self.fields["stands_in_for"]
        assert isinstance(for_whom, forms.ModelChoiceField)  # noqa: S101
        for_whom.queryset = Seat.objects.filter(party=place.own_party, ended_on=None, duty=Duty.LEAD).select_related(
            "membership__user"
        )
        office = self.fields["office"]
        assert isinstance(office, forms.ModelChoiceField)  # noqa: S101
        office.queryset = Office.objects.filter(organisation=organisation).order_by("name")


class HandoverForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a leaving lead hands over [ST5]."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = HandoverPage
        fields = ("who", "promised", "open", "sensitive", "next")
        widgets = {name: forms.Textarea(attrs={"rows": 4}) for name in fields}
        field_classes = dict.fromkeys(fields, WordsField)


class AcceptRulesForm(forms.Form):
    """One tick for the party."""

    accept = forms.BooleanField(
        label=_("We have read the ground rules and accept them for our organisation."),
        error_messages={"required": _("Tick the box to accept the ground rules.")},
    )


class HoldForm(forms.Form):
    """Why the own side holds what it keeps; or, where it does, why that can end. `hold` is the one that is ended."""

    reason = WordsField(
        label=_("Why"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Your own side reads this, nobody else. All parties see that a hold stands, and since when."),
    )
    hold = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, standing: LegalHold | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.standing = standing
        self.fields["hold"].initial = standing.public_id if standing else ""
        if standing is not None:
            self.fields["reason"].label = _("Why it can be lifted")
            self.fields["reason"].help_text = _("Your own side reads this, nobody else. All parties see that it ended.")

    def clean(self) -> dict[str, Any]:
        """What was asked for must still be what is there: a press on an older page sets or lifts nothing."""
        cleaned = super().clean() or {}
        now = self.standing.public_id if self.standing else ""
        if cleaned.get("hold", "") != now:
            typed: Any = self.data
            self.data = {**typed.dict(), "hold": now}
            self.add_error(None, _("Somebody of your side changed this in between. Look at it again."))
        return cleaned
