"""A line of a broker's own log."""

from __future__ import annotations

from django import forms

from ..models import FacilitationNote


class NoteForm(forms.ModelForm):  # type: ignore[type-arg]
    """One line, as long as it takes."""

    class Meta:
        model = FacilitationNote
        fields = ["text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 4})}
