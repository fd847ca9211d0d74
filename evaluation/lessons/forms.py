"""Forms of lessons."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import LessonAnswer
from .queries import prompts


class LessonsForm(forms.Form):
    """One box a prompt of the catalogue, each with the version it was read at."""

    def __init__(self, *args: Any, answers: dict[str, LessonAnswer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for prompt in prompts().items:
            row = answers.get(prompt.code)
            self.fields[prompt.code] = forms.CharField(
                label=str(prompt.text),
                help_text=str(prompt.help or ""),
                required=False,
                initial=row.text if row else "",
                widget=forms.Textarea(attrs={"rows": 4}),
            )
            self.fields[f"{prompt.code}_seen"] = forms.IntegerField(
                required=False, initial=row.version if row else 0, widget=forms.HiddenInput
            )

    def texts(self) -> dict[str, str]:
        return {k: v for k, v in self.cleaned_data.items() if not k.endswith("_seen")}

    def seen(self) -> dict[str, int]:
        """0 where there was no answer yet: a first save is compared too."""
        return {k.removesuffix("_seen"): v or 0 for k, v in self.cleaned_data.items() if k.endswith("_seen")}


class SharedLessonForm(forms.Form):
    """A lesson for others, without names."""

    text = forms.CharField(
        label=_("The lesson, without names"),
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Nobody should be able to tell which partnership it comes from."),
    )
