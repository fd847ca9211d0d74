"""What people type about reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partnerships.access.places import Place
from partnerships.looks.widgets import ChoiceCards, DayField
from partnerships.people.models import Organisation

from .states import WIDER, Audience


class MakeForm(forms.Form):
    audience = forms.ChoiceField(
        label=gettext_lazy("For whom?"),
        choices=Audience.choices,
        initial=Audience.PARTNERS,
        widget=ChoiceCards(
            helps={
                Audience.PARTNERS: gettext_lazy("All partners and their broker read the same. Without comments."),
                Audience.OWN: gettext_lazy("With the comments that you can read. Nobody else finds it."),
                Audience.ALL: gettext_lazy("Communities, authorities and funders of this record too, once every "
                                           "partner has agreed. People stand by function."),
                Audience.DONOR: gettext_lazy("To hand on to a donor, once every partner has agreed. People stand by "
                                             "function, and nothing that belongs to one side alone is in it."),
            }
        ),
    )  # fmt: skip

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not place.is_partner:
            # A broker has no say in what the partners show to others.
            self.fields["audience"].choices = [c for c in Audience.choices if c[0] not in WIDER]  # type: ignore[attr-defined]


class PeriodForm(forms.Form):
    since = DayField(label=gettext_lazy("Opened from"), required=False)
    until = DayField(label=gettext_lazy("Opened until"), required=False)
    audience = forms.ChoiceField(
        label=gettext_lazy("Version"), required=False, choices=[("", gettext_lazy("All versions")), *Audience.choices]
    )
    organisation = forms.ChoiceField(label=gettext_lazy("Organisation"), required=False)

    def __init__(self, *args: Any, organisations: Sequence[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisations = {each.public_id: each for each in organisations}
        self.fields["organisation"].choices = [(key, each.name) for key, each in self.organisations.items()]  # type: ignore[attr-defined]
        if len(organisations) < 2:
            del self.fields["organisation"]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and until < since:
            raise ValidationError({"until": _("The period ends before it starts.")})
        chosen = self.organisations.get(str(data.get("organisation", "")))
        data["organisation"] = chosen or next(iter(self.organisations.values()), None)
        return data
