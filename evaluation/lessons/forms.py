"""Forms of lessons."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from evaluation.reviews.models import Round
from lifecycle.scoping.states import GoalKind
from partnerships.looks.widgets import ChoiceCards, WordsField
from partnerships.record.states import Sector, Stage

from .models import LessonAnswer
from .queries import Cases, prompts
from .states import LessonKind

#: Stages in which something is learned.
STAGES = [(stage.value, stage.label) for stage in Stage if stage != Stage.CONCLUDED]


class LessonsForm(forms.Form):
    """One box a prompt of the catalogue, each with the version it was read at."""

    def __init__(self, *args: Any, answers: dict[str, LessonAnswer], round: Round | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for prompt in prompts(round):
            row = answers.get(prompt.code)
            self.fields[prompt.code] = WordsField(
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
    """A lesson for others, without names unless all want them."""

    text = forms.CharField(
        label=_("The lesson, without names"),
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Nobody should be able to tell which partnership it comes from."),
    )
    about = forms.ChoiceField(label=_("What does it tell?"), choices=LessonKind.choices, widget=ChoiceCards)
    stage = forms.ChoiceField(label=_("Which stage is it about?"), choices=STAGES)
    is_named = forms.BooleanField(
        label=_("Show the names of the partners beside it"),
        required=False,
        help_text=_("Only if every partner says yes to that too."),
    )


class LibraryForm(forms.Form):
    """What the library is searched by: all optional, all in the address. Of origins only what may be told."""

    words = forms.CharField(label=_("Words"), max_length=80, required=False)
    about = forms.ChoiceField(label=_("What it tells"), choices=[("", _("All")), *LessonKind.choices], required=False)
    stage = forms.ChoiceField(
        label=_("Stage"),
        choices=[("", _("All")), *STAGES],
        required=False,
    )
    sector = forms.ChoiceField(label=_("Works on"), required=False)
    country = forms.ChoiceField(label=_("Country"), required=False)
    goal = forms.ChoiceField(label=_("Goals about"), required=False)

    def __init__(self, *args: Any, cases: Cases, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered: dict[str, list[tuple[str, Any]]] = {
            "sector": [each for each in Sector.choices if each[0] in cases.choices("sector")],
            "country": [(each, each) for each in cases.choices("country")],
            "goal": [each for each in GoalKind.choices if each[0] in cases.choices("goal")],
        }
        for name, choices in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells the type checker
            field.choices = [("", _("All")), *choices]
            if not choices:
                del self.fields[name]
