"""Answering a question, and saying what supports the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.actions import circle_here
from partnerships.access.models import Circle
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.catalogue.content import DocumentKind, LibraryQuestion
from partnerships.catalogue.queries import text
from partnerships.documents.forms import CircleForm, SeenForm, TalkForm, UploadForm
from partnerships.documents.models import Document
from partnerships.documents.retention import Kept, kept
from partnerships.looks.format import and_list, long_date
from partnerships.looks.widgets import CheckCards, ChoiceCards, DayField, NumberField

from ..actions import Said
from ..models import DiligenceAnswer
from ..queries import in_words, readers_in
from ..states import SAFEGUARDING, Level, note_limit
from .careful import short_line

#: What a field gives back that was left blank.
NOTHING: tuple[object, ...] = (None, "", [])


class QuestionForm(forms.Form):
    """One question: what its type asks for, and a note. Everything may stay blank; nothing typed is lost."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    #: The number of the round in which the form was shown.
    round = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        question: LibraryQuestion,
        version: int,
        round: int,
        answer: DiligenceAnswer | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, initial={"version": version, "round": round, **_said(question, answer)}, **kwargs)
        self.question = question
        if (field := _value_field(question)) is not None:
            self.fields["value"] = field
        self.fields["text"] = _note(question)
        if question.answer != "scale":
            self.fields["na"] = forms.BooleanField(label=_("Does not apply"), required=False)
            self.fields["na"].help_text = _("Say why in a sentence.")

    @property
    def main(self) -> BoundField:
        """The field that asks the question itself."""
        return self["value"] if "value" in self.fields else self["text"]

    @property
    def note(self) -> BoundField | None:
        return self["text"] if "value" in self.fields else None

    @property
    def note_is_open(self) -> bool:
        return bool(self["text"].value() or self["text"].errors or self.question.theme == SAFEGUARDING)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        text, value = str(cleaned.get("text", "")).strip(), cleaned.get("value")
        not_at_all = cleaned.get("na") or (self.question.answer == "scale" and value == Level.NA)
        if not_at_all and not text and "text" not in self.errors:
            self.add_error("text", _("Say why it does not apply."))
        if cleaned.get("na") and value not in NOTHING:
            self.add_error("na", _("Either answer, or say that it does not apply."))
        return cleaned

    def said(self) -> Said:
        """What was answered; only of a form that is clean."""
        return said_in(self.question, self.cleaned_data)

    def typed(self) -> str:
        """What stands in the form in words, clean or not."""
        data = {"text": self["text"].value(), **getattr(self, "cleaned_data", {})}
        return in_words(self.question, said_in(self.question, data))


def said_in(question: LibraryQuestion, data: Mapping[str, Any]) -> Said:
    value, text = data.get("value"), str(data.get("text") or "")
    if data.get("na"):
        return Said(Level.NA, text)
    if question.answer == "scale":
        return Said(value or "", text)
    if isinstance(value, Decimal):
        # As it is typed, without an exponent.
        value = f"{value:f}"
    elif isinstance(value, date):
        value = value.isoformat()
    return Said(text=text, value=value or None)


def _said(question: LibraryQuestion, answer: DiligenceAnswer | None) -> dict[str, Any]:
    """What the form begins with."""
    if answer is None:
        return {}
    value = answer.value
    if question.answer == "scale":
        value = answer.level
    elif question.answer == "number" and value is not None:
        value = Decimal(str(value))
    return {"value": value, "text": answer.text, "na": answer.level == Level.NA}


def _value_field(question: LibraryQuestion) -> forms.Field | None:
    """What the type asks for; none where words or documents are the answer. The question is its label."""
    label = text(question.text)
    options = [(o.code, text(o.text)) for o in question.options]
    match question.answer:
        case "scale":
            return forms.ChoiceField(label=label, choices=Level.choices, required=False, widget=ChoiceCards)
        case "choice":
            return forms.ChoiceField(label=label, choices=options, required=False, widget=ChoiceCards)
        case "choices":
            return forms.MultipleChoiceField(label=label, choices=options, required=False, widget=CheckCards)
        case "number":
            field = NumberField(label=label, required=False)
            field.help_text = _("In %(unit)s.") % {"unit": text(question.unit)} if question.unit is not None else ""
            return field
        case "date":
            return DayField(label=label, required=False)
    return None


def _note(question: LibraryQuestion) -> forms.CharField:
    if question.theme == SAFEGUARDING:
        note = short_line(label=_("Numbers and policies, in one line"), required=False)
    else:
        is_words = question.answer == "text"
        note = forms.CharField(
            label=text(question.text) if is_words else _("Note"),
            required=False,
            max_length=note_limit(question.answer),
            widget=forms.Textarea(attrs={"rows": 6 if is_words else 3}),
        )
    # Nothing here must be answered at once: no field needs to say so.
    note.widget.own_layout = True
    return note


class CiteForm(forms.Form):
    """Which documents support an answer: of those that the view has fetched for its reader."""

    documents = forms.MultipleChoiceField(label=_("Documents that support it"), required=False, widget=CheckCards)
    #: Those that were ticked when it was shown.
    shown = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, choices: Sequence[Document], kinds: Mapping[str, DocumentKind], place: Place, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.by_id = {d.public_id: d for d in choices}
        field: Any = self.fields["documents"]
        helps = {d.public_id: _about_document(d, kinds, place) for d in choices}
        field.widget = CheckCards(helps=helps)
        field.choices = [(d.public_id, d.title) for d in choices]

    def cited(self) -> list[Document]:
        return [self.by_id[public_id] for public_id in self.cleaned_data["documents"]]

    def were_cited(self) -> list[Document]:
        """The ones that may have been unticked."""
        return [self.by_id[public_id] for public_id in self.cleaned_data["shown"].split() if public_id in self.by_id]


def _about_document(document: Document, kinds: Mapping[str, DocumentKind], place: Place) -> str:
    """How it is held, until when it is valid, what kind it is, and how long its file is kept."""
    said = [] if document.is_file else [f"{document.get_held_display()}."]
    if document.valid_until is not None:
        day = long_date(document.valid_until)
        late = document.is_out_of_date
        said.append((gettext("Out of date since %(day)s.") if late else gettext("Valid until %(day)s.")) % {"day": day})
    kind = kinds.get(document.kind)
    if kind is not None:
        said.append(f"{text(kind.title)}.")
    if document.is_file and (how := kept(document, kind, place.partnership, clock.today())) != Kept():
        said.append(how.in_words)
    return " ".join(said)


class _OnOwnSide:
    """A document for an answer: it lies on the own side, and goes out with the checklist."""

    fields: dict[str, forms.Field]
    place: Place

    def _narrow(self) -> None:
        for name in ("circle", "parties"):
            self.fields.pop(name, None)

    def chosen_circle(self) -> Circle:
        return circle_here(self.place, CircleKind.OWN)


class SupportFileForm(_OnOwnSide, UploadForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        UploadForm.__init__(self, *args, **kwargs)
        self._narrow()


class SupportSeenForm(_OnOwnSide, SeenForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        SeenForm.__init__(self, *args, **kwargs)
        self._narrow()


class SupportTalkForm(_OnOwnSide, TalkForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        TalkForm.__init__(self, *args, **kwargs)
        self._narrow()


class ReleaseChecklistForm(CircleForm):
    """To whom a checklist is released: each choice names who would read it."""

    wider = True
    with_documents = forms.BooleanField(
        label=_("With the documents that the answers cite"), required=False, initial=True
    )

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, place=place, **kwargs)
        field: Any = self.fields["circle"]
        helps = {
            kind: _("Read by %(names)s.") % {"names": and_list([p.name for p in parties])}
            for kind, parties in readers_in(place).items()
            if parties
        }
        field.widget = ChoiceCards(choices=field.choices, helps=helps)
