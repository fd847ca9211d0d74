"""Forms of scoping. They clean what was typed; actions decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.catalogue.content import CanvasPrompt, CardPrompt, Content, ScreenQuestion
from partnerships.looks.widgets import CheckCards, ChoiceCards, DayField, MomentField
from partnerships.people.models import Office
from partnerships.record.models import Party

from .actions import Given
from .bodies import may_read_by_default
from .models import CanvasEntry, SheetAnswer
from .states import ANSWERS, About, BodySays, Way

LANGUAGES = [("en", "English"), ("fr", "Français"), ("es", "Español")]
Question = ScreenQuestion | CanvasPrompt | CardPrompt


def _area(rows: int = 3, **attrs: Any) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, **attrs})


class SheetForm(forms.Form):
    """A sheet's questions: `q_` an option, `n_` words. Nothing is required while it is a draft."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, initial=0)

    def __init__(
        self, *args: Any, asked: Content[Any], answers: dict[str, SheetAnswer], exploration: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.questions: list[Question] = list(asked.items)
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
                    widget=ChoiceCards,
                    required=False,
                    initial=answer.option if answer else None,
                )
                self.fields[f"n_{question.code}"] = forms.CharField(
                    label=_("In your words"),
                    widget=_area(2),
                    required=False,
                    max_length=4000,
                    initial=answer.text if answer else "",
                )
            else:
                self.fields[f"n_{question.code}"] = forms.CharField(
                    label=str(question.title),
                    help_text=str(question.text),
                    widget=_area(3 if isinstance(question, CanvasPrompt) else 5),
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
            widget=_area(4),
            required=not isinstance(question, ScreenQuestion),
            max_length=4000,
            initial=answer.text if answer else "",
        )

    def given(self) -> Given:
        return Given(option=self.cleaned_data.get("option", ""), text=self.cleaned_data["text"])


class SentenceForm(forms.Form):
    number = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(label=_("Sentence"), widget=_area(3), max_length=600)


class WayForm(forms.Form):
    """How the first talks come out."""

    way = forms.ChoiceField(
        label=_("What comes of it"),
        choices=Way.choices,
        widget=ChoiceCards(
            helps={
                Way.GO_ON: _("You look closer at each other: due diligence is next."),
                Way.GRANT: _("One of you gives, the other does. The record closes as not pursued."),
                Way.CONTRACT: _("One of you orders, the other delivers. The record closes as not pursued."),
                Way.OWN_SECTOR: _("Each looks for partners of its own kind. The record closes as not pursued."),
                Way.NOTHING: _("Not now, and no hard feelings. The record closes as not pursued."),
            }
        ),
    )


class TalkForm(forms.Form):
    starts_at = MomentField(label=_("When"), input_formats=["%Y-%m-%dT%H:%M"])
    where = forms.CharField(
        label=_("Where, or by which means"),
        max_length=160,
        required=False,
        help_text=_("A place, or “by phone”. No links with passwords."),
    )


class EntriesForm(forms.Form):
    """Lines of the canvas under one prompt."""

    text = forms.CharField(label=_("One a line"), widget=_area(5), max_length=4000)

    def __init__(
        self, *args: Any, prompt: CanvasPrompt, place: Place, entries: list[CanvasEntry], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.prompt = prompt
        self.by_id = {str(e.public_id): e for e in entries}
        text = self.fields["text"]
        text.label, text.help_text = str(prompt.text), str(prompt.help or "")
        if not prompt.many or prompt.code == "opportunities":
            text.widget = _area(3, maxlength=600)
        if prompt.code == "opportunities":
            groups = {
                party.name: [(e.public_id, e.text) for e in entries if e.party_id == party.pk]
                for party in place.partners
            }
            pairs = forms.MultipleChoiceField(
                label=_("Which constraints would it ease? At least two, from different partners."),
                choices=[(name, rows) for name, rows in groups.items() if rows],
                widget=CheckCards,
            )
            self.fields = {"pairs": pairs, **self.fields}
        if prompt.by == "office":
            offices = Office.objects.filter(organisation=place.own_party.organisation).order_by("kind", "name")
            self.fields["office"] = forms.ModelChoiceField(
                offices, label=_("Office or site"), required=False, empty_label=_("All of us")
            )
        if prompt.by != "together":
            self.fields["reach"] = forms.ChoiceField(
                label=_("Who may read this"),
                choices=[
                    (CircleKind.OWN, CircleKind.OWN.label),
                    (CircleKind.PARTNERS_ALONE, CircleKind.PARTNERS_ALONE.label),
                    (CircleKind.PARTNERS, CircleKind.PARTNERS.label),
                ],
                initial=CircleKind.OWN,
                widget=ChoiceCards(
                    helps={CircleKind.OWN: _("You can show it to the partners later.")},
                ),
            )

    def lines(self) -> list[str]:
        typed = str(self.cleaned_data["text"])
        if not self.prompt.many or self.prompt.code == "opportunities":
            return [" ".join(typed.split())]
        return [line for line in (" ".join(raw.split()) for raw in typed.splitlines()) if line]

    def clean_text(self) -> str:
        typed = str(self.cleaned_data["text"])
        if any(len(line) > 600 for line in typed.splitlines()):
            raise forms.ValidationError(_("Keep each line under 600 characters."))
        return typed

    def eases(self) -> list[CanvasEntry]:
        return [self.by_id[i] for i in self.cleaned_data.get("pairs", [])]


class EntryForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(label=_("In one or two lines"), widget=_area(3), max_length=600)


class ReleaseForm(forms.Form):
    to = forms.ChoiceField(
        label=_("Who may read them"),
        choices=[
            (CircleKind.PARTNERS_ALONE, CircleKind.PARTNERS_ALONE.label),
            (CircleKind.PARTNERS, CircleKind.PARTNERS.label),
        ],
        initial=CircleKind.PARTNERS,
        widget=ChoiceCards,
    )


class BodyForm(forms.Form):
    """A body that the affected people recognise, and that it was asked."""

    body_party = forms.ModelChoiceField(
        Party.objects.none(),
        label=_("It has a seat in this record"),
        required=False,
        empty_label=_("No, or not yet"),
        help_text=_("A body with a seat answers for itself."),
    )
    name = forms.CharField(
        label=_("Name of the body"),
        max_length=160,
        required=False,
        help_text=_("A council, an assembly, a committee that the people themselves recognise. No names of persons."),
    )
    speaks_for = forms.CharField(
        label=_("Whom it speaks for"),
        max_length=200,
        required=False,
        help_text=_("Villages, a people, users of a river."),
    )
    address = forms.EmailField(
        label=_("Mail address of the body"),
        max_length=254,
        required=False,
        help_text=_("Only where it has no seat: it reads and approves what you write down of its answer."),
    )
    address_language = forms.ChoiceField(label=_("Language of the mail"), choices=LANGUAGES, required=False)

    def __init__(self, *args: Any, place: Place, taken: set[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["body_party"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = seats_for_bodies(place, taken)
        if not field.queryset.exists():
            del self.fields["body_party"]
            self.fields["name"].required = True
        self.fields["address_language"].initial = place.user.language

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        party = cleaned.get("body_party")
        if party is not None:
            cleaned["name"] = cleaned.get("name") or party.organisation.name
        elif not cleaned.get("name") and "name" not in self.errors:
            self.add_error("name", _("Say which body it is."))
        cleaned["address_language"] = cleaned.get("address_language") or "en"
        return cleaned


def seats_for_bodies(place: Place, taken: set[int]) -> Any:
    """Parties that affected people stand behind, and that are on no list yet."""
    ids = [
        p.pk
        for p in place.present
        if (p.role == "rights_holder" or p.organisation.kind == "community") and p.pk not in taken
    ]
    return Party.objects.filter(pk__in=ids).select_related("organisation")


class SeatBodyForm(forms.Form):
    body_party = forms.ModelChoiceField(Party.objects.none(), label=_("Which party it is"))

    def __init__(self, *args: Any, place: Place, taken: set[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["body_party"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = seats_for_bodies(place, taken)


class AskForm(forms.Form):
    """That a body was asked."""

    about = forms.ChoiceField(
        label=_("What you asked"),
        choices=About.choices,
        initial=About.INVOLVEMENT,
        widget=ChoiceCards(
            helps={
                About.INVOLVEMENT: _("The first question, before there is a plan."),
                About.PARTNERSHIP: _("The agreement waits for it, and nothing overrides it."),
            }
        ),
    )
    asked_on = DayField(label=_("When"))
    how = forms.CharField(
        label=_("How, and by whom"),
        widget=_area(3),
        max_length=2000,
        required=False,
        help_text=_("In which meeting, in which language, at whose invitation. No names of villagers."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["asked_on"].initial = clock.today()

    def clean_asked_on(self) -> Any:
        day = self.cleaned_data["asked_on"]
        if day > clock.today():
            raise forms.ValidationError(_("Write it down once you have asked."))
        return day


def _says(about: str) -> list[tuple[str, Any]]:
    return [(s, BodySays(s).label) for s in ANSWERS[about]]


class ReadersForm(forms.Form):
    """A body chooses who reads its words. Public authorities are never ticked beforehand."""

    readers = forms.MultipleChoiceField(
        label=_("Who may read this"),
        required=False,
        widget=CheckCards,
        help_text=_("You choose. You can give another answer, or take this one back, at any time."),
    )

    def __init__(self, *args: Any, parties: list[Party], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parties = {str(p.public_id): p for p in parties}
        field = self.fields["readers"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101
        field.choices = [(p.public_id, f"{p.organisation.name} ({p.role_label.lower()})") for p in parties]
        field.initial = [p.public_id for p in parties if may_read_by_default(p)]

    def chosen(self) -> list[Party]:
        return [self.parties[i] for i in self.cleaned_data["readers"]]


class BodyAnswerForm(ReadersForm):
    """A body's own answer."""

    says = forms.ChoiceField(label=_("Our answer"), widget=ChoiceCards)
    words = forms.CharField(label=_("In our words"), widget=_area(4), required=False, max_length=4000)
    field_order = ("says", "words", "readers")

    def __init__(self, *args: Any, about: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        says = self.fields["says"]
        assert isinstance(says, forms.ChoiceField)  # noqa: S101
        says.choices = _says(about)
        if about == About.INVOLVEMENT:
            self.fields["words"].help_text = _("How you wish to be involved, and how not: when, by whom, in which way.")


class NoteForm(forms.Form):
    """What a partner writes down of a body's answer."""

    says = forms.ChoiceField(label=_("What they answered"), widget=ChoiceCards)
    words = forms.CharField(
        label=_("What they said"),
        widget=_area(4),
        required=False,
        max_length=4000,
        help_text=_("A summary without names. They read it before it counts."),
    )

    def __init__(self, *args: Any, about: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        says = self.fields["says"]
        assert isinstance(says, forms.ChoiceField)  # noqa: S101
        says.choices = _says(about)


class ObjectionForm(forms.Form):
    objection = forms.CharField(
        label=_("What is not right"),
        widget=_area(3),
        required=False,
        max_length=2000,
        help_text=_("You may leave it empty."),
    )
