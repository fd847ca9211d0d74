"""Lines of the canvas."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.catalogue.content import CanvasPrompt
from partnerships.looks.widgets import CheckCards, ChoiceCards
from partnerships.people.models import Office

from ..models import CanvasEntry
from .fields import area


class EntriesForm(forms.Form):
    """Lines of the canvas under one prompt."""

    text = forms.CharField(label=_("One a line"), widget=area(5), max_length=4000)

    def __init__(
        self, *args: Any, prompt: CanvasPrompt, place: Place, entries: list[CanvasEntry], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.prompt = prompt
        self.by_id = {str(e.public_id): e for e in entries}
        text = self.fields["text"]
        text.label, text.help_text = str(prompt.text), str(prompt.help or "")
        if not prompt.many or prompt.code == "opportunities":
            text.widget = area(3, maxlength=600)
        if prompt.code == "opportunities":
            groups = {
                party.name: [(e.public_id, e.text) for e in entries if e.party_id == party.pk]
                for party in place.partners
            }
            pairs = forms.MultipleChoiceField(
                label=_("Which constraints would it ease? At least two, from different partners."),
                choices=[(name, rows) for name, rows in groups.items() if rows],
                widget=CheckCards,
            )
            self.fields = {"pairs": pairs, **self.fields}
        if prompt.by == "office":
            offices = Office.objects.filter(organisation=place.own_party.organisation).order_by("kind", "name")
            self.fields["office"] = forms.ModelChoiceField(
                offices, label=_("Office or site"), required=False, empty_label=_("All of us")
            )
        if prompt.by != "together":
            self.fields["reach"] = forms.ChoiceField(
                label=_("Who may read this"),
                choices=[
                    (CircleKind.OWN, CircleKind.OWN.label),
                    (CircleKind.PARTNERS_ALONE, CircleKind.PARTNERS_ALONE.label),
                    (CircleKind.PARTNERS, CircleKind.PARTNERS.label),
                ],
                initial=CircleKind.OWN,
                widget=ChoiceCards(
                    helps={CircleKind.OWN: _("You can show it to the partners later.")},
                ),
            )

    def lines(self) -> list[str]:
        typed = str(self.cleaned_data["text"])
        if not self.prompt.many or self.prompt.code == "opportunities":
            return [" ".join(typed.split())]
        return [line for line in (" ".join(raw.split()) for raw in typed.splitlines()) if line]

    def clean_text(self) -> str:
        typed = str(self.cleaned_data["text"])
        if any(len(line) > 600 for line in typed.splitlines()):
            raise forms.ValidationError(_("Keep each line under 600 characters."))
        return typed

    def eases(self) -> list[CanvasEntry]:
        return [self.by_id[i] for i in self.cleaned_data.get("pairs", [])]


class EntryForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    #: Under which question the line stands: it is not known any more once somebody took the line out.
    prompt = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    text = forms.CharField(label=_("In one or two lines"), widget=area(3), max_length=600)


class ReleaseForm(forms.Form):
    to = forms.ChoiceField(
        label=_("Who may read them"),
        choices=[
            (CircleKind.PARTNERS_ALONE, CircleKind.PARTNERS_ALONE.label),
            (CircleKind.PARTNERS, CircleKind.PARTNERS.label),
        ],
        initial=CircleKind.PARTNERS,
        widget=ChoiceCards,
    )
