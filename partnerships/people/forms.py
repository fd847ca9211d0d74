"""Forms about oneself and one's organisation."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..looks import logos
from ..looks.widgets import DayField, LimitedFileInput
from .models import Invitation, Office, Organisation, User
from .states import MembershipRole, Theme

LANGUAGES = [("en", "English"), ("fr", "Français"), ("es", "Español")]


def zones() -> list[tuple[str, str]]:
    """Time zones by region, as people know them."""
    names = sorted(z for z in available_timezones() if "/" in z and not z.startswith(("Etc/", "posix/", "right/")))
    return [("UTC", "UTC"), *[(z, z.replace("_", " ")) for z in names]]


class ZoneField(forms.ChoiceField):
    """A time zone."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=zones, label=_("Time zone"), **kwargs)


class JoinForm(forms.Form):
    """Coming in through an invitation: a name, a password, and for a new organisation its name."""

    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    organisation_name = forms.CharField(label=_("Your organisation"), max_length=160)
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    password = forms.CharField(
        label=_("Choose a password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
        help_text=_("At least ten characters. A sentence is easier to remember than a word."),
    )

    def __init__(self, *args: Any, invitation: Invitation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = invitation
        if invitation.organisation is not None:
            del self.fields["organisation_name"]
        else:
            self.fields["organisation_name"].initial = invitation.organisation_name
        self.fields["name"].initial = invitation.name
        self.fields["language"].initial = invitation.language

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, User(email=self.invitation.email, name=self.cleaned_data.get("name", "")))
        return password


class MeForm(forms.ModelForm):  # type: ignore[type-arg]
    """Name, language, time zone, light or dark."""

    time_zone = ZoneField()
    theme = forms.ChoiceField(
        label=_("Pages"), required=False, choices=[("", _("Light or dark, as my device is set")), *Theme.choices]
    )

    class Meta:
        model = User
        fields = ("name", "language", "time_zone", "theme", "mail_paused_until")
        field_classes = {"mail_paused_until": DayField}


class OrganisationForm(forms.ModelForm):  # type: ignore[type-arg]
    """What an administrator says of the organisation."""

    class Meta:
        model = Organisation
        fields = ("name", "short_name", "country", "is_small", "review_word", "mail_content")
        help_texts = {
            "mail_content": _("Off: mails to your people name the record and nothing else."),
            "is_small": _("Small organisations are asked for fewer people."),
        }


class InviteMemberForm(forms.Form):
    """A colleague by mail address."""

    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("Mail address"), max_length=254)
    role = forms.ChoiceField(label=_("As"), choices=MembershipRole.choices, initial="member")
    language = forms.ChoiceField(label=_("Language of the mail"), choices=LANGUAGES)


class OfficeForm(forms.ModelForm):  # type: ignore[type-arg]
    """A head office, a field office or a site."""

    time_zone = ZoneField()

    class Meta:
        model = Office
        fields = ("name", "kind", "time_zone")

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisation = organisation

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if self.organisation.offices.filter(name=name).exists():
            raise ValidationError(_("There is an office of this name already."))
        return name


class ReportLookForm(forms.Form):
    """The logo and colour that stand on an organisation's reports."""

    logo = forms.FileField(
        label=_("Logo"),
        required=False,
        widget=LimitedFileInput(accept=["image/png", "image/jpeg"], kinds="PNG, JPEG", max_bytes=logos.BYTES),
        help_text=_("A PNG or JPEG picture; it is made smaller. Best on a white or clear ground."),
    )
    remove_logo = forms.BooleanField(label=_("Take the logo away"), required=False)
    colour = forms.CharField(
        label=_("Colour"),
        required=False,
        max_length=7,
        help_text=_("Of titles and lines, as #0b5a5c. It must be dark enough to be read on white. Empty: ours."),
    )

    def clean_logo(self) -> tuple[bytes, str] | None:
        upload = self.cleaned_data.get("logo")
        if not upload:
            return None
        if upload.size > logos.BYTES:
            raise ValidationError(gettext("This picture is larger than 2 MB. Make it smaller, and try again."))
        return logos.check_logo(upload.read())

    def clean_colour(self) -> str:
        return logos.check_colour(self.cleaned_data.get("colour", ""))
