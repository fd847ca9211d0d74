"""The affected people's bodies."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.places import Place
from partnerships.looks.widgets import CheckCards, ChoiceCards, DayField
from partnerships.record.models import Party

from ..actions.bodies import may_read_by_default
from ..states import ANSWERS, About, BodySays
from .fields import LANGUAGES, area


class BodyForm(forms.Form):
    """A body that the affected people recognise, and that it was asked."""

    body_party = forms.ModelChoiceField(
        Party.objects.none(),
        label=_("It has a seat in this record"),
        required=False,
        empty_label=_("No, or not yet"),
        help_text=_("A body with a seat answers for itself."),
    )
    name = forms.CharField(
        label=_("Name of the body"),
        max_length=160,
        required=False,
        help_text=_("A council, an assembly, a committee that the people themselves recognise. No names of persons."),
    )
    speaks_for = forms.CharField(
        label=_("Whom it speaks for"),
        max_length=200,
        required=False,
        help_text=_("Villages, a people, users of a river."),
    )
    address = forms.EmailField(
        label=_("Mail address of the body"),
        max_length=254,
        required=False,
        help_text=_("Only where it has no seat: it reads and approves what you write down of its answer."),
    )
    address_language = forms.ChoiceField(label=_("Language of the mail"), choices=LANGUAGES, required=False)

    def __init__(self, *args: Any, place: Place, taken: set[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["body_party"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = seats_for_bodies(place, taken)
        if not field.queryset.exists():
            del self.fields["body_party"]
            self.fields["name"].required = True
        self.fields["address_language"].initial = place.user.language

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        party = cleaned.get("body_party")
        if party is not None:
            cleaned["name"] = cleaned.get("name") or party.organisation.name
        elif not cleaned.get("name") and "name" not in self.errors:
            self.add_error("name", _("Say which body it is."))
        cleaned["address_language"] = cleaned.get("address_language") or "en"
        return cleaned


class CorrectBodyForm(forms.Form):
    """What stands about a body without a seat."""

    name = forms.CharField(label=_("Name of the body"), max_length=160)
    speaks_for = forms.CharField(label=_("Whom it speaks for"), max_length=200, required=False)
    address = forms.EmailField(
        label=_("Mail address of the body"),
        max_length=254,
        required=False,
        help_text=_("Only where it has no seat: it reads and approves what you write down of its answer."),
    )
    address_language = forms.ChoiceField(label=_("Language of the mail"), choices=LANGUAGES)
    seen = forms.IntegerField(widget=forms.HiddenInput)


def seats_for_bodies(place: Place, taken: set[int]) -> Any:
    """Parties that affected people stand behind, and that are on no list yet."""
    ids = [
        p.pk
        for p in place.present
        if (p.role == "rights_holder" or p.organisation.kind == "community") and p.pk not in taken
    ]
    return Party.objects.filter(pk__in=ids).select_related("organisation")


class SeatBodyForm(forms.Form):
    body_party = forms.ModelChoiceField(Party.objects.none(), label=_("Which party it is"))

    def __init__(self, *args: Any, place: Place, taken: set[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["body_party"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = seats_for_bodies(place, taken)


class AskForm(forms.Form):
    """That a body was asked."""

    about = forms.ChoiceField(
        label=_("What you asked"),
        choices=About.choices,
        initial=About.INVOLVEMENT,
        widget=ChoiceCards(
            helps={
                About.INVOLVEMENT: _("The first question, before there is a plan."),
                About.PARTNERSHIP: _("The agreement waits for it, and nothing overrides it."),
            }
        ),
    )
    asked_on = DayField(label=_("When"))
    how = forms.CharField(
        label=_("How, and by whom"),
        widget=area(3),
        max_length=2000,
        required=False,
        help_text=_("In which meeting, in which language, at whose invitation. No names of villagers."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["asked_on"].initial = clock.today()

    def clean_asked_on(self) -> Any:
        day = self.cleaned_data["asked_on"]
        if day > clock.today():
            raise forms.ValidationError(_("Write it down once you have asked."))
        return day


def _says(about: str) -> list[tuple[str, Any]]:
    return [(s, BodySays(s).label) for s in ANSWERS[about]]


class ReadersForm(forms.Form):
    """A body chooses who reads its words. Public authorities are never ticked beforehand."""

    readers = forms.MultipleChoiceField(
        label=_("Who may read this"),
        required=False,
        widget=CheckCards,
        help_text=_("You choose. You can give another answer, or take this one back, at any time."),
    )

    def __init__(self, *args: Any, parties: list[Party], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parties = {str(p.public_id): p for p in parties}
        field = self.fields["readers"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101
        field.choices = [(p.public_id, f"{p.organisation.name} ({p.role_label.lower()})") for p in parties]
        field.initial = [p.public_id for p in parties if may_read_by_default(p)]

    def chosen(self) -> list[Party]:
        return [self.parties[i] for i in self.cleaned_data["readers"]]


class ApproveForm(ReadersForm):
    """A body approves what was written down for it."""

    is_counted = forms.BooleanField(
        label=_("Others who ask us may know that we answer in one more partnership"),
        required=False,
        help_text=_("They see a number by this mail address, and never in which partnership. "
                    "It helps you not to be asked too often."),
    )  # fmt: skip


class BodyAnswerForm(ReadersForm):
    """A body's own answer."""

    says = forms.ChoiceField(label=_("Our answer"), widget=ChoiceCards)
    words = forms.CharField(label=_("In our words"), widget=area(4), required=False, max_length=4000)
    field_order = ("says", "words", "readers")

    def __init__(self, *args: Any, about: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        says = self.fields["says"]
        assert isinstance(says, forms.ChoiceField)  # noqa: S101
        says.choices = _says(about)
        if about == About.INVOLVEMENT:
            self.fields["words"].help_text = _("How you wish to be involved, and how not: when, by whom, in which way.")


class NoteForm(forms.Form):
    """What a partner writes down of a body's answer."""

    says = forms.ChoiceField(label=_("What they answered"), widget=ChoiceCards)
    words = forms.CharField(
        label=_("What they said"),
        widget=area(4),
        required=False,
        max_length=4000,
        help_text=_("A summary without names. They read it before it counts."),
    )

    def __init__(self, *args: Any, about: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        says = self.fields["says"]
        assert isinstance(says, forms.ChoiceField)  # noqa: S101
        says.choices = _says(about)


class ObjectionForm(forms.Form):
    objection = forms.CharField(
        label=_("What is not right"),
        widget=area(3),
        required=False,
        max_length=2000,
        help_text=_("You may leave it empty."),
    )
