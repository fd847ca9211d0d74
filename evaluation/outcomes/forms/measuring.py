"""Values by hand, and from a spreadsheet."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.documents.forms import UploadField
from partnerships.documents.states import ENDINGS, FileType
from partnerships.looks.widgets import DayField, LimitedFileInput

from ..models import Measurement
from ..sheets import MAX_BYTES, NOTE, SOURCE
from .fields import figure, seen


class MeasureForm(forms.Form):
    """One value of one day."""

    measured = figure(label=_("Value"))
    on = DayField(label=_("Day"), initial=clock.today)
    source = forms.CharField(
        label=_("Source"), max_length=SOURCE, required=False, help_text=_("Who counted, and how it can be checked.")
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=NOTE,
        required=False,
        help_text=_("What one should know beside the figure. No names of people outside the partnership."),
    )

    def __init__(self, *args: Any, unit: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["measured"].help_text = unit

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("measured", "on", "source", "note")}


class CorrectionForm(MeasureForm):
    """The value put right, and why."""

    why = forms.CharField(
        label=_("What was wrong?"), max_length=300, help_text=_("The old value stays to be read, with this reason.")
    )
    seen = seen()

    @staticmethod
    def first(item: Measurement) -> dict[str, Any]:
        return {
            "measured": item.measured.normalize(), "on": item.on, "source": item.source, "note": item.note,
            "seen": item.version,
        }  # fmt: skip


class ImportForm(forms.Form):
    """The file; nothing is written before its preview is confirmed."""

    file = UploadField(
        label=_("Your spreadsheet"),
        widget=LimitedFileInput(
            max_bytes=MAX_BYTES,
            kinds=_("Excel workbook or CSV"),
            accept=[f".{ending}" for kind in (FileType.XLSX, FileType.CSV) for ending in ENDINGS[kind]],
        ),
    )


class ConfirmImportForm(forms.Form):
    """The values that were looked at, signed: nobody can add to them on the way."""

    values = forms.CharField(widget=forms.HiddenInput)
