"""What may be tried again."""

from __future__ import annotations

from typing import Any

from django import forms

MAILS, REPORTS, PAPERS = "mails", "reports", "papers"


class TryAgainForm(forms.Form):
    """Mails of a kind and an error; or PDFs, one or (where `which` is empty) all that failed."""

    what = forms.ChoiceField(choices=[(name, name) for name in (MAILS, REPORTS, PAPERS)])
    kind = forms.CharField(max_length=40, required=False)
    error = forms.CharField(max_length=200, required=False)
    which = forms.CharField(max_length=20, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("what") == MAILS and not cleaned.get("kind"):
            self.add_error("kind", "which mails?")
        if cleaned.get("what") == PAPERS and cleaned.get("which") and not cleaned["which"].isdecimal():
            self.add_error("which", "which paper?")
        return cleaned
