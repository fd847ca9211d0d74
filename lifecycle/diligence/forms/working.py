"""Working on a checklist: assigning, counsel's check, adding what was not asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from partnerships.access.places import Place
from partnerships.documents.models import Document
from partnerships.looks import format as looks
from partnerships.looks.widgets import CheckCards, ChoiceCards, DayField, WordsField
from partnerships.record.models import Seat

from ..models import AddedPoint, AssignedQuestion
from ..queries import Checklist, Theme, own_seats, with_sign
from ..states import SAFEGUARDING, CounselRole, Level


class _OwnSeatField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Somebody of the own side."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.membership.user}, {obj.get_function_display()}"


def _offer_own(form: forms.Form, place: Place) -> None:
    field: Any = form.fields["seat"]
    field.queryset = own_seats(place)


_ALL_OF = "theme:"


class AssignForm(forms.Form):
    """Questions that have no answer yet, or all of a theme, for somebody by a day."""

    codes = forms.MultipleChoiceField(label=_("Which questions"), required=False, widget=CheckCards)
    seat = _OwnSeatField(queryset=Seat.objects.none(), label=_("Who answers"))
    due_on = DayField(label=_("By when"))
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, place: Place, checklist: Checklist, assigned: Mapping[str, AssignedQuestion], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.by_theme = {
            theme.code: [r.question.code for r in theme.rows if not r.says_something] for theme in checklist.themes
        }
        codes: Any = self.fields["codes"]
        codes.choices = [
            (str(theme.group.title), self._of(theme)) for theme in checklist.themes if self.by_theme[theme.code]
        ]
        codes.widget.helps = {code: _asked_of(row) for code, row in assigned.items()}
        _offer_own(self, place)

    def _of(self, theme: Theme) -> list[tuple[str, str]]:
        open_ones = [(r.question.code, str(r.question.text)) for r in theme.rows if not r.says_something]
        return [(f"{_ALL_OF}{theme.code}", gettext("All of these")), *open_ones] if len(open_ones) > 1 else open_ones

    def ticked(self) -> list[str]:
        """What was ticked, whatever else was filled in."""
        self.full_clean()
        found: list[str] = self.cleaned_data.get("codes", [])
        return found

    def clean_codes(self) -> list[str]:
        """Ticked themes are their open questions."""
        chosen = [
            code
            for ticked in self.cleaned_data["codes"]
            for code in (self.by_theme[ticked.removeprefix(_ALL_OF)] if ticked.startswith(_ALL_OF) else [ticked])
        ]
        if not chosen:
            raise ValidationError(_("Tick at least one question."))
        return list(dict.fromkeys(chosen))


def _asked_of(row: AssignedQuestion) -> str:
    seat, day = row.assignment.seat, looks.long_date(row.assignment.due_on)
    if seat.ended_on is not None:
        return gettext("Your side, by %(day)s") % {"day": day}
    return gettext("%(name)s, by %(day)s") % {"name": seat, "day": day}


class _CodesForm(forms.Form):
    """Which questions of a checklist; none are all of it."""

    codes = forms.MultipleChoiceField(
        label=_("Only these questions"),
        required=False,
        widget=CheckCards,
        help_text=_("Tick none for the whole checklist, and what you added to it."),
    )

    def __init__(self, *args: Any, checklist: Checklist, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["codes"]
        field.choices = [
            (str(t.group.title), [(r.question.code, with_sign(r.question)) for r in t.rows]) for t in checklist.themes
        ]


class AskCheckForm(_CodesForm):
    seat = _OwnSeatField(queryset=Seat.objects.none(), label=_("Who checks"))
    due_on = DayField(label=_("By when"))
    field_order = ("seat", "due_on", "codes")

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_own(self, place)


_VERDICTS = [("cleared", _("It can be released")), ("holds", _("It must not be released yet"))]


class _VerdictForm(forms.Form):
    verdict = forms.ChoiceField(label=_("What counsel says"), choices=_VERDICTS, widget=ChoiceCards)
    remark = WordsField(
        label=_("What has to change, or what to mind"),
        sometimes=True,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Only your own side reads this. Needed where it must not be released yet."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("verdict") == "holds" and not str(cleaned.get("remark", "")).strip():
            self.add_error("remark", _("Say what holds it, so that your side can change it."))
        return cleaned

    @property
    def holds(self) -> bool:
        return bool(self.cleaned_data["verdict"] == "holds")


class DecideCheckForm(_VerdictForm):
    seen = forms.CharField(widget=forms.HiddenInput, required=False)


class NoteCheckForm(_CodesForm, _VerdictForm):
    """What somebody without a seat here said: by role, never by name."""

    role = forms.ChoiceField(
        label=_("Who checked"),
        choices=CounselRole.choices,
        help_text=_("A role is enough. Nobody outside this record is named."),
    )
    checked_on = DayField(label=_("Checked on"))
    field_order = ("role", "checked_on", "verdict", "remark", "codes")


class LiftForm(forms.Form):
    because = forms.CharField(
        label=_("Why you lift it"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Your own side reads it, and its history keeps that you did."),
    )


class AddedForm(forms.Form):
    """What nobody asked."""

    theme = forms.ChoiceField(label=_("Under which theme"))
    heading = forms.CharField(label=_("What it is about"), max_length=160)
    text = forms.CharField(
        label=_("What you say"),
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Never details of a case of abuse, and nothing about a private person."),
    )
    level = forms.ChoiceField(
        label=_("How far it is a concern"),
        required=False,
        help_text=_("It counts for nothing in the rule; it tells the others how you see it."),
    )
    documents = forms.MultipleChoiceField(label=_("Documents that support it"), required=False, widget=CheckCards)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        checklist: Checklist,
        choices: Sequence[Document],
        point: AddedPoint | None = None,
        **kwargs: Any,
    ) -> None:
        if point is not None:
            first = {name: getattr(point, name) for name in ("theme", "heading", "text", "level", "version")}
            first["documents"] = [c.document.public_id for c in point.citations.select_related("document")]
            kwargs["initial"] = first | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.by_id = {d.public_id: d for d in choices}
        theme: Any = self.fields["theme"]
        level: Any = self.fields["level"]
        documents: Any = self.fields["documents"]
        theme.choices = [(g.code, str(g.title)) for g in checklist.asked.library.themes if g.code != SAFEGUARDING]
        level.choices = [("", gettext("Not said")), *[c for c in Level.choices if c[0] != Level.NA]]
        documents.choices = [(d.public_id, d.title) for d in choices]
        if not choices:
            del self.fields["documents"]

    def said(self) -> dict[str, Any]:
        """For the actions."""
        data = self.cleaned_data
        return {
            **{name: data[name] for name in ("theme", "heading", "text", "level")},
            "documents": [self.by_id[public_id] for public_id in data.get("documents", [])],
        }
