"""Forms of communication. They clean; the actions write. None has a field for what an outsider thinks or stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.places import Place
from partnerships.documents.forms import UploadField
from partnerships.documents.models import Document
from partnerships.looks.widgets import CheckCards, ChoiceCards, DayField, MomentField, WordsField
from partnerships.people.models import Office
from partnerships.record.models import Seat

from .models import Driver, PlanEntry
from .queries import Entry, Line, partner_seats, readers_to_choose
from .states import Approvers, Covers, Drive, Text


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _not_to_come(place: Place, day: Any) -> Any:
    if day is not None and day > clock.today(place.user.time_zone):
        raise forms.ValidationError(_("This day has not come yet."))
    return day


if TYPE_CHECKING:
    _SeatChoice = forms.ModelChoiceField[Seat]
else:
    _SeatChoice = forms.ModelChoiceField


class SeatField(_SeatChoice):
    """Somebody seated with a partner, with the partner's name."""

    def label_from_instance(self, obj: Seat) -> str:
        return f"{obj.membership.user.name}, {obj.party.name}"


class SeenForm(forms.Form):
    """A form that was filled in from one version of something."""

    version = forms.IntegerField(widget=forms.HiddenInput)


# Joint texts ----------------------------------------------------------------------------------------------------------
_TEXT_LABELS: dict[str, tuple[Any, Any]] = {
    Text.HOLDING: (
        _("What we say while we do not know more"),
        _("Leave the square brackets for the moment in which it is needed. Each partner may also speak for itself."),
    ),
    Text.FACTS: (_("Facts, one a line"), _("Figures, dates and names that each of you may use without asking.")),
    Text.ANNOUNCEMENT: (_("What we announce"), _("Why you work together, for whom, and what you do not know yet.")),
    Text.PUBLIC: (_("What we say"), _("No results yet is no reason to wait.")),
    Text.QUIET: (_("Why we are quiet"), _("An election, a blackout before figures, mourning, their own protocol.")),
    Text.NAMES: (_("Which names and logos, where, until when"), _("Nobody uses another's name or logo before.")),
}


class TextForm(SeenForm):
    """A joint text: its words, and what its kind needs beside them."""

    title = forms.CharField(label=_("What it is about"), max_length=160)
    outlet = forms.CharField(label=_("Where it is to be said"), max_length=200, required=False)
    starts_on = DayField(label=_("First day"))
    ends_on = DayField(label=_("Last day"))
    text = WordsField(widget=_area(10), max_length=8000)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label, self.fields["text"].help_text = _TEXT_LABELS[kind]
        if kind not in {Text.PUBLIC, Text.NAMES}:
            del self.fields["title"]
        if kind not in {Text.PUBLIC, Text.ANNOUNCEMENT}:
            del self.fields["outlet"]
        if kind != Text.QUIET:
            del self.fields["starts_on"], self.fields["ends_on"]
        else:
            self.fields["text"].widget.attrs["rows"] = 3

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("The last day comes before the first."))
        return cleaned


class RemarkForm(forms.Form):
    text = forms.CharField(label=_("What is missing, or not right"), max_length=2000, widget=_area(3))


class SayForm(forms.Form):
    """It was said: when, and where."""

    on = DayField(label=_("When"))
    outlet = forms.CharField(label=_("Where"), max_length=200, help_text=_("A page, a paper, a radio, a village wall."))

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place = place

    def clean_on(self) -> Any:
        return _not_to_come(self.place, self.cleaned_data["on"])


class SpokespersonForm(SeenForm):
    """Each partner names its own."""

    seat = SeatField(label=_("Who speaks for us"), queryset=Seat.objects.none())
    stand_in = SeatField(label=_("Who stands in"), queryset=Seat.objects.none())
    reach = forms.CharField(
        label=_("How to reach them, day and night"),
        max_length=200,
        required=False,
        help_text=_("A number that is answered. All partners read it."),
    )

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = partner_seats(place).filter(party=place.own_party.pk)
        for name in ("seat", "stand_in"):
            self.fields[name].queryset = own  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("seat") and cleaned.get("seat") == cleaned.get("stand_in"):
            self.add_error("stand_in", _("Somebody else stands in."))
        return cleaned


class QAForm(SeenForm):
    question = forms.CharField(label=_("Question"), max_length=300)
    answer = WordsField(
        label=_("Joint answer"),
        required=False,
        widget=_area(6),
        help_text=_("In words that each of you would say to a journalist, and to a neighbour."),
    )

    def __init__(self, *args: Any, own: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not own:
            del self.fields["question"]


# The plan -------------------------------------------------------------------------------------------------------------
class EntryForm(SeenForm):
    """An audience of the plan: whom, what for, by whom, how often."""

    audience = forms.CharField(
        label=_("Audience"),
        max_length=160,
        help_text=_("A group, a body or an organisation. Never a single person outside of the partnership."),
    )
    purpose = WordsField(label=_("What for"), required=False, widget=_area(2))
    message = WordsField(
        label=_("What we say"), required=False, widget=_area(3), help_text=_("One message, the same from each of you.")
    )
    channel = forms.CharField(label=_("How"), max_length=160, required=False)
    spoken = forms.CharField(label=_("In which language"), max_length=80, required=False)
    owner = SeatField(label=_("Who does it"), queryset=Seat.objects.none())
    stand_in = SeatField(label=_("Who stands in"), queryset=Seat.objects.none(), required=False)
    speaker = SeatField(label=_("Spokesperson, if somebody else"), queryset=Seat.objects.none(), required=False)
    approvers = forms.ChoiceField(
        label=_("Who approves what is said"), choices=Approvers.choices, widget=ChoiceCards, initial=Approvers.OWNER
    )
    cadence_days = forms.IntegerField(
        label=_("Days between contacts, at most"),
        min_value=1,
        max_value=730,
        required=False,
        help_text=_("Empty: they set the pace, no clock of ours."),
    )
    supporting = forms.ModelChoiceField(
        label=_("Supporting document"), queryset=Document.objects.none(), required=False
    )

    def __init__(self, *args: Any, place: Place, entry: Entry | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entry = entry
        seats = partner_seats(place)
        for name in ("owner", "stand_in", "speaker"):
            self.fields[name].queryset = seats  # type: ignore[attr-defined]
        documents = Document.objects.visible_to(place).filter(withdrawn_at=None)
        self.fields["supporting"].queryset = documents.order_by("title")  # type: ignore[attr-defined]
        if entry is not None and entry.it.code:
            del self.fields["audience"]
        if entry is not None and entry.it.code == "indigenous":
            # By their protocol: no clock of ours.
            del self.fields["cadence_days"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("stand_in") and cleaned.get("stand_in") == cleaned.get("owner"):
            self.add_error("stand_in", _("Somebody else stands in."))
        if self.entry is not None and self.entry.it.code:
            # What was left as the catalogue says it stays the catalogue's, in every reader's language.
            for name in ("purpose", "channel"):
                if not getattr(self.entry.it, name) and cleaned.get(name) == getattr(self.entry, name):
                    cleaned[name] = ""
        return cleaned


class TemplatesForm(forms.Form):
    """Which audiences of the catalogue to add."""

    wanted = forms.MultipleChoiceField(label=_("Audiences to add"), widget=CheckCards)

    def __init__(self, *args: Any, missing: Sequence[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.missing = {
            f"{m['ready'].code}:{m['party'].public_id if m['party'] else ''}": (m["ready"], m["party"]) for m in missing
        }
        field = self.fields["wanted"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - tells the type checker
        field.choices = [
            (key, f"{ready.title}: {party.name}" if party else str(ready.title))
            for key, (ready, party) in self.missing.items()
        ]
        field.widget.helps = {key: str(ready.text) for key, (ready, _p) in self.missing.items()}

    def chosen(self) -> list[tuple[str, Any]]:
        return [(self.missing[key][0].code, self.missing[key][1]) for key in self.cleaned_data["wanted"]]


# The log --------------------------------------------------------------------------------------------------------------
class TalkForm(forms.Form):
    """A conversation in two minutes: with whom, when, where, said, promised."""

    who = forms.CharField(
        label=_("With whom"),
        max_length=160,
        help_text=_("A body, an office or a role: “health committee of Oulé”. Not what one person thinks."),
    )
    held_on = DayField(label=_("When"))
    where = forms.CharField(label=_("Where"), max_length=160, required=False)
    said = WordsField(
        label=_("What was said"),
        required=False,
        widget=_area(4),
        help_text=_("What you told them and what they asked. No names, no opinion or label of anybody outside."),
    )
    promised = WordsField(
        label=_("What was promised"), required=False, widget=_area(2), help_text=_("By whom, until when. Or nothing.")
    )

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place = place

    def clean_held_on(self) -> Any:
        return _not_to_come(self.place, self.cleaned_data["held_on"])


class ContactForm(TalkForm):
    """The same for somebody signed in: which audience, who may read it, papers."""

    entry = forms.ChoiceField(label=_("Audience of the plan"), required=False)
    office = forms.ModelChoiceField(label=_("From which office"), queryset=Office.objects.none(), required=False)
    readers = forms.ChoiceField(label=_("Who may read it"), widget=ChoiceCards)
    upload = UploadField(label=_("A photo or a paper"), required=False)
    documents = forms.ModelMultipleChoiceField(
        label=_("Documents that are here already"),
        queryset=Document.objects.none(),
        required=False,
        widget=CheckCards,
    )
    field_order = ("entry", "who", "held_on", "where", "said", "promised", "office", "readers", "upload", "documents")

    def __init__(self, *args: Any, place: Place, entries: Sequence[Entry], **kwargs: Any) -> None:
        super().__init__(*args, place=place, **kwargs)
        self.by_id = {e.it.public_id: e.it for e in entries}
        choice = self.fields["entry"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 - tells the type checker
        choice.choices = [*((e.it.public_id, e.audience) for e in entries), ("", _("Somebody else"))]
        readers = self.fields["readers"]
        assert isinstance(readers, forms.ChoiceField)  # noqa: S101
        readers.choices = readers_to_choose(place)
        readers.initial = readers.choices[0][0]
        offices = place.own_party.organisation.offices.order_by("kind", "name")
        self.fields["office"].queryset = offices  # type: ignore[attr-defined]
        if offices.count() < 2:
            del self.fields["office"]
        documents = Document.objects.visible_to(place).filter(withdrawn_at=None)
        self.fields["documents"].queryset = documents.order_by("-pk")  # type: ignore[attr-defined]
        if not documents.exists():
            del self.fields["documents"]

    def chosen_entry(self) -> PlanEntry | None:
        return self.by_id.get(self.cleaned_data.get("entry") or "")

    @property
    def more(self) -> list[Any]:
        """What is folded away: few need it."""
        return [self[name] for name in ("office", "readers", "upload", "documents") if name in self.fields]

    @property
    def first(self) -> list[Any]:
        return [self[name] for name in ("entry", "who", "held_on", "where", "said", "promised")]


class BriefForm(forms.Form):
    """Own staff was briefed."""

    covers = forms.ChoiceField(label=_("Who was there"), choices=Covers.choices, widget=ChoiceCards)
    held_on = DayField(label=_("When"))
    where = forms.CharField(label=_("Where and how"), max_length=160, required=False)
    said = WordsField(
        label=_("What was said, and what people asked"),
        required=False,
        widget=_area(3),
        help_text=_("Questions by topic, never by person."),
    )

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place = place

    def clean_held_on(self) -> Any:
        return _not_to_come(self.place, self.cleaned_data["held_on"])


# Ledger, questions, calls ---------------------------------------------------------------------------------------------
class DriverForm(forms.Form):
    """A line of the own ledger. `version` is the row it was filled in from."""

    kind = forms.ChoiceField(label=_("What it is"), choices=Drive.choices, widget=ChoiceCards, initial=Drive.DRIVER)
    text = forms.CharField(label=_("In a sentence or two"), max_length=600, widget=_area(3))


class ReleaseDriversForm(forms.Form):
    """Which lines to show to the partners."""

    lines = forms.MultipleChoiceField(label=_("Lines to release"), widget=CheckCards)

    def __init__(self, *args: Any, own: Sequence[Line], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = {line.now.public_id: line.now for line in own if not line.is_released}
        field = self.fields["lines"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - tells the type checker
        field.choices = [(key, row.text) for key, row in self.rows.items()]

    def chosen(self) -> list[Driver]:
        return [self.rows[key] for key in self.cleaned_data["lines"]]


class QuestionForm(forms.Form):
    topic = forms.CharField(
        label=_("Topic"), max_length=120, help_text=_("“Water at the north pit”. Never who asked, nor from which team.")
    )
    text = WordsField(label=_("The question, as it is asked"), required=False, widget=_area(3))
    asked_on = DayField(label=_("Asked on"))

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place = place

    def clean_asked_on(self) -> Any:
        return _not_to_come(self.place, self.cleaned_data["asked_on"])


class HelpForm(forms.Form):
    text = forms.CharField(label=_("What helps answering"), max_length=4000, widget=_area(4))


class CallForm(forms.Form):
    """The media called."""

    outlet = forms.CharField(
        label=_("Which paper, station or site"), max_length=160, help_text=_("The outlet, not the person who called.")
    )
    called_at = MomentField(label=_("When they called"))
    question = WordsField(label=_("What they want to know"), required=False, widget=_area(3))
    deadline = forms.CharField(label=_("Their own deadline"), max_length=120, required=False)
    harm = forms.BooleanField(
        label=_("People were harmed, or may have been"),
        required=False,
        help_text=_("Then they and the authorities come first, and nobody waits for a joint line."),
    )
    off_duty = forms.BooleanField(label=_("The call came outside of duty hours"), required=False)

    def clean_called_at(self) -> Any:
        at = self.cleaned_data["called_at"]
        if at > clock.now():
            raise forms.ValidationError(_("This moment has not come yet."))
        return at


class StepForm(forms.Form):
    answer = WordsField(label=_("What was answered, in a line or two"), required=False, widget=_area(2))
