"""One screen of answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partnerships.looks.widgets import DONT_KNOW, ChoiceCards, ScaleField

from ..models import Respondent, Round
from ..queries import Draft, ends_of, sentence
from ..states import COMMENT_LENGTH

if TYPE_CHECKING:
    from partnerships.catalogue.content import Instrument
    from partnerships.catalogue.content import Statement as Sentence
    from partnerships.record.models import Party


class NamedForm(forms.Form):
    """Before the first sentence, where a side answers openly."""

    named = forms.ChoiceField(
        label=gettext_lazy("May your answers stand with your name?"),
        choices=[("yes", gettext_lazy("Yes, if all of us say yes")), ("no", gettext_lazy("No"))],
        error_messages={"required": gettext_lazy("Choose one of the two. Nobody learns which.")},
        widget=ChoiceCards(
            helps={
                "yes": gettext_lazy(
                    "Who reads this review, partners and broker, then reads what each of you answered. Comments stay "
                    "without a name and come to your own side first. Reports for others show your side’s mean alone."
                ),
                "no": gettext_lazy(
                    "Answer all the same, so that nobody sees who said no. None of you is named then: what you all "
                    "answered is destroyed unread, and your side chooses another way."
                ),
            }
        ),
    )


class AnswerForm(forms.Form):
    """One screen: the statements of a dimension, each with its scale, a comment, and at times a guess."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        respondent: Respondent,
        screen: str,
        statements: Sequence[Sentence],
        instrument: Instrument,
        others: Sequence[Party],
        draft: Draft,
    ) -> None:
        self.statements = statements
        self.others = {party.public_id: party for party in others}
        self.round: Round = respondent.part.round
        self.draft = draft
        super().__init__(data, initial=self._initial(screen))
        ends = ends_of(instrument, self.round.kind)
        for item in statements:
            self.fields[f"s-{item.code}"] = ScaleField(label=str(sentence(self.round, item)), ends=ends)
            self.fields[f"c-{item.code}"] = forms.CharField(
                label=_("Comment on: %(sentence)s") % {"sentence": sentence(self.round, item)},
                required=False,
                max_length=COMMENT_LENGTH,
                widget=forms.Textarea(attrs={"rows": 3}),
            )
            if item.code in self.round.expected:
                for party in others:
                    self.fields[f"g-{item.code}-{party.public_id}"] = ScaleField(
                        label=_("What will most people at %(party)s answer?") % {"party": party.name},
                        guess=True,
                        dont_know=False,
                        ends=ends,
                    )

    def _initial(self, screen: str) -> dict[str, Any]:
        initial: dict[str, Any] = {"version": self.draft.versions.get(screen, 0)}
        pks = {str(party.pk): key for key, party in self.others.items()}
        for item in self.statements:
            if item.code in self.draft.answers:
                value = self.draft.answers[item.code]
                initial[f"s-{item.code}"] = DONT_KNOW if value is None else str(value)
            initial[f"c-{item.code}"] = self.draft.comments.get(item.code, "")
            for pk, guess in self.draft.guesses.get(item.code, {}).items():
                if pk in pks:
                    initial[f"g-{item.code}-{pks[pk]}"] = str(guess)
        return initial

    def rows(self) -> list[dict[str, Any]]:
        """The fields, one entry a statement, as the page lays them out."""
        return [
            {
                "item": item,
                "scale": self[f"s-{item.code}"],
                "comment": self[f"c-{item.code}"],
                "guesses": [self[name] for key in self.others if (name := f"g-{item.code}-{key}") in self.fields],
            }
            for item in self.statements
        ]

    def answers(self) -> dict[str, int | None]:
        """What was answered; a statement that was left out is not there."""
        found = {}
        for item in self.statements:
            value = self.cleaned_data.get(f"s-{item.code}")
            if value is not None:
                found[item.code] = None if value == DONT_KNOW else int(value)
        return found

    def comments(self) -> dict[str, str]:
        return {item.code: self.cleaned_data.get(f"c-{item.code}", "") for item in self.statements}

    def guesses(self) -> Mapping[str, Mapping[int, int]]:
        found: dict[str, dict[int, int]] = {}
        for item in self.statements:
            for key, party in self.others.items():
                value = self.cleaned_data.get(f"g-{item.code}-{key}")
                if value is not None:
                    found.setdefault(item.code, {})[party.pk] = int(value)
        return found
