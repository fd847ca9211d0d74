"""The five spoken questions: written down for a body, or answered by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.scoping.forms.bodies import ObjectionForm, ReadersForm
from partnerships import clock
from partnerships.looks.widgets import ChoiceCards, DayField

from ..queries import Said
from ..states import Spoken

if TYPE_CHECKING:
    from partnerships.catalogue.content import Instrument
    from partnerships.record.models import Party

WORDS_LENGTH = 4000


class _QuestionsForm(forms.Form):
    """The questions of a spoken instrument: an answer each, and words."""

    spoken_language = forms.CharField(
        label=gettext_lazy("In which language"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("As people call it themselves."),
    )

    def ask(self, instrument: Instrument) -> None:
        """Put the questions in. Their words come first in each form."""
        self.instrument = instrument
        label = str(instrument.note_label or _("What people said, without names"))
        for item in instrument.items:
            self.fields[f"q-{item.code}"] = forms.ChoiceField(
                label=str(item.text),
                choices=[(answer.code, capfirst(str(answer.label))) for answer in instrument.answers],
                help_text=str(item.help or ""),
                widget=ChoiceCards,
            )
            self.fields[f"w-{item.code}"] = forms.CharField(
                label=label,
                required=False,
                max_length=WORDS_LENGTH,
                widget=forms.Textarea(attrs={"rows": 3, "class": "cg-said", "aria-label": f"{label}: {item.text}"}),
            )

    def said(self) -> dict[str, Said]:
        return {
            item.code: Said(self.cleaned_data[f"q-{item.code}"], self.cleaned_data[f"w-{item.code}"])
            for item in self.instrument.items
        }


class VoiceNoteForm(_QuestionsForm):
    """What somebody writes down for a body."""

    how = forms.ChoiceField(
        label=gettext_lazy("How were they heard?"),
        choices=[(value, label) for value, label in Spoken.choices if value != Spoken.ITSELF],
        widget=ChoiceCards,
    )
    spoken_on = DayField(label=gettext_lazy("When"))

    def __init__(self, data: Any = None, *, instrument: Instrument) -> None:
        super().__init__(data, initial={"spoken_on": clock.today()})
        self.ask(instrument)
        self.order_fields([name for name in self.fields if name[:2] in {"q-", "w-"}])


class VoiceForm(_QuestionsForm, ReadersForm):
    """A body's own answers, and who reads them."""

    def __init__(self, data: Any = None, *, instrument: Instrument, parties: list[Party]) -> None:
        super().__init__(data, parties=parties)
        self.ask(instrument)
        self.order_fields([name for name in self.fields if name[:2] in {"q-", "w-"}])


class RefusalForm(ObjectionForm):
    """A body says no. Nothing undoes it, so it is asked once more: `sure` comes with the second press alone."""

    answer = forms.CharField(widget=forms.HiddenInput, initial="object")
    sure = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, is_asked: bool, **values: Any) -> None:
        super().__init__(data, **values)
        if is_asked:
            self.fields["objection"].label = _("Why, if you wish to say it")
