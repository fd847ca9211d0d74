"""An answer on paper, typed in by somebody else; and a writer's own comments together."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partnerships import clock
from partnerships.looks.widgets import DONT_KNOW, ChoiceCards, DayField, ScaleField

from ..models import Round
from ..queries import ends_of, sentence
from ..states import COMMENT_LENGTH, Way
from .parts import FROM

if TYPE_CHECKING:
    from partnerships.catalogue.content import Instrument
    from partnerships.catalogue.content import Statement as Sentence


class EnterForm(forms.Form):
    """One person's answers from a paper form, a talk or a call."""

    #: Sent twice, it is entered once.
    form = forms.CharField(widget=forms.HiddenInput, max_length=40)
    way = forms.ChoiceField(label=gettext_lazy("How did this person answer?"), choices=Way.choices, widget=ChoiceCards)
    noted_on = DayField(label=gettext_lazy("When was it noted?"))
    group = forms.ChoiceField(
        label=gettext_lazy("From where is this person?"),
        choices=FROM,
        required=False,
        initial="",
        widget=ChoiceCards,
        help_text=gettext_lazy("Shown only as groups of five people or more. It is erased at the opening."),
    )
    language = forms.ChoiceField(label=gettext_lazy("In which language are the comments?"), choices=settings.LANGUAGES)

    def __init__(
        self, data: Any = None, *, round: Round, statements: Sequence[Sentence], instrument: Instrument, language: str
    ) -> None:
        initial = {"form": secrets.token_urlsafe(18), "noted_on": clock.today(), "language": language}
        super().__init__(data, initial=initial)
        self.statements = statements
        ends = ends_of(instrument, round.kind)
        for item in statements:
            words = str(sentence(round, item))
            self.fields[f"s-{item.code}"] = ScaleField(
                label=words,
                ends=ends,
                required=True,
                error_messages={"required": _("Where nothing is ticked on the paper, choose “Don’t know”.")},
            )
            self.fields[f"c-{item.code}"] = forms.CharField(
                label=_("Comment on: %(sentence)s") % {"sentence": words},
                required=False,
                max_length=COMMENT_LENGTH,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def rows(self) -> list[dict[str, Any]]:
        """The fields, one entry a statement, as the page lays them out."""
        return [
            {"item": item, "scale": self[f"s-{item.code}"], "comment": self[f"c-{item.code}"]}
            for item in self.statements
        ]

    def answers(self) -> dict[str, int | None]:
        given = {item.code: self.cleaned_data[f"s-{item.code}"] for item in self.statements}
        return {code: None if value == DONT_KNOW else int(value) for code, value in given.items()}

    def comments(self) -> dict[str, str]:
        return {item.code: self.cleaned_data[f"c-{item.code}"] for item in self.statements}


class CommentsForm(forms.Form):
    """All comments that a writer left, together, before they are sealed."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, data: Any = None, *, comments: Mapping[str, str], statements: Sequence[Sentence], round: Round, seen: int
    ) -> None:
        super().__init__(data, initial={"seen": seen})
        self.codes = [item.code for item in statements if item.code in comments]
        for item in statements:
            if item.code in comments:
                self.fields[f"c-{item.code}"] = forms.CharField(
                    label=str(sentence(round, item)),
                    required=False,
                    max_length=COMMENT_LENGTH,
                    initial=comments[item.code],
                    widget=forms.Textarea(attrs={"rows": 3}),
                )

    def rows(self) -> list[Any]:
        return [self[f"c-{code}"] for code in self.codes]

    def comments(self) -> dict[str, str]:
        return {code: self.cleaned_data.get(f"c-{code}", "") for code in self.codes}
