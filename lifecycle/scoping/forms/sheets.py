"""A sheet's questions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partnerships.catalogue.content import CanvasPrompt, Content, ScreenQuestion, Spectrum
from partnerships.looks.widgets import ChoiceCards

from ..actions import Given
from ..models import SheetAnswer
from ..queries import Question, questions_of
from .fields import area


class SheetForm(forms.Form):
    """A sheet's questions: `q_` an option, `n_` words. Nothing is required while it is a draft."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, initial=0)

    def __init__(
        self, *args: Any, asked: Content[Any], answers: dict[str, SheetAnswer], exploration: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.questions: list[Question] = list(questions_of(asked).values())
        helps = {step.code: str(step.text) for step in asked.items} if isinstance(asked, Spectrum) else {}
        for question in self.questions:
            answer = answers.get(question.code)
            help_text = question.help or ""
            if isinstance(question, ScreenQuestion):
                if exploration and question.help_exploration:
                    help_text = question.help_exploration
                self.fields[f"q_{question.code}"] = forms.ChoiceField(
                    label=str(question.text),
                    help_text=str(help_text),
                    choices=[(o.code, str(o.text)) for o in question.options],
                    widget=ChoiceCards(helps=helps),
                    required=False,
                    initial=answer.option if answer else None,
                )
                self.fields[f"n_{question.code}"] = forms.CharField(
                    label=_("In your words"),
                    widget=area(2),
                    required=False,
                    max_length=4000,
                    initial=answer.text if answer else "",
                )
            else:
                self.fields[f"n_{question.code}"] = forms.CharField(
                    label=str(question.title),
                    help_text=str(question.text),
                    widget=area(3 if isinstance(question, CanvasPrompt) else 5),
                    required=False,
                    max_length=4000,
                    initial=answer.text if answer else "",
                )

            # A draft may be empty, a sheet that is handed in may not: "optional" would say too much.
            self.fields[f"n_{question.code}"].widget.own_layout = not isinstance(question, ScreenQuestion)

    def given(self) -> dict[str, Given]:
        data = self.cleaned_data
        return {
            q.code: Given(option=data.get(f"q_{q.code}") or "", text=data.get(f"n_{q.code}") or "")
            for q in self.questions
        }

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What the template shows, question by question."""
        return [
            {
                "question": q,
                "core": getattr(q, "core", True),
                "option": self[f"q_{q.code}"] if f"q_{q.code}" in self.fields else None,
                "words": self[f"n_{q.code}"],
                "has_words": bool(self[f"n_{q.code}"].value()),
            }
            for q in self.questions
        ]


class ChangeForm(forms.Form):
    """One answer, changed after all were opened."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, question: Question, answer: SheetAnswer | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = answer.pk if answer else None
        if isinstance(question, ScreenQuestion):
            self.fields["option"] = forms.ChoiceField(
                label=str(question.text),
                help_text=str(question.help or ""),
                choices=[(o.code, str(o.text)) for o in question.options],
                widget=ChoiceCards,
                initial=answer.option if answer else None,
            )
        self.fields["text"] = forms.CharField(
            label=_("In your words") if isinstance(question, ScreenQuestion) else str(question.title),
            help_text="" if isinstance(question, ScreenQuestion) else str(question.text),
            widget=area(4),
            required=not isinstance(question, ScreenQuestion),
            max_length=4000,
            initial=answer.text if answer else "",
        )

    def given(self) -> Given:
        return Given(option=self.cleaned_data.get("option", ""), text=self.cleaned_data["text"])
