"""Choosing which messages one gets by mail."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from . import kinds

#: The parts of a record, by the folder that a kind of message comes from; what has no part stands under the first.
GROUPS = {
    "record": _("Overview"),
    "scoping": _("Scoping"),
    "diligence": _("Due diligence"),
    "agreement": _("Agreement"),
    "delivery": _("Delivery"),
    "communication": _("Communication"),
    "reviews": _("Reviews"),
    "documents": _("Documents"),
}
CHOICES = [("now", _("At once")), ("daily", _("Once a day")), ("never", _("Not by mail"))]


class PreferencesForm(forms.Form):
    """A choice a kind; invitations and security always come."""

    def __init__(self, *args: Any, chosen: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in kinds.switchable():
            self.fields[kind.code] = forms.ChoiceField(
                label=str(kind.label),
                choices=CHOICES,
                initial=chosen.get(kind.code, kind.default),
                widget=forms.Select(attrs={"class": "form-select"}),
            )

    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The choices under the part of the record that they belong to."""
        found: dict[str, list[forms.BoundField]] = {name: [] for name in GROUPS}
        for name in self.fields:
            folder = name.partition(".")[0]
            found[folder if folder in GROUPS else "record"].append(self[name])
        return [(GROUPS[name], fields) for name, fields in found.items() if fields]
