"""Forms of documents, and the choice of who may read something, which other folders use too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.files.base import File
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from .. import clock
from ..access.actions import circle_for
from ..access.models import Circle
from ..access.places import Place
from ..access.states import CircleKind
from ..catalogue.queries import text
from ..looks.widgets import CheckCards, ChoiceCards, DayField, LimitedFileInput, WordsField
from .checks import check_size
from .models import Document
from .queries import document_kinds
from .retention import check_kept
from .states import ENDINGS

if TYPE_CHECKING:
    from ..record.models import Partnership


class UploadField(forms.FileField):
    """A file within the limit. What it is, is checked by `actions.store`."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("File"))
        kwargs.setdefault(
            "widget",
            LimitedFileInput(
                max_bytes=settings.DOCUMENT_MAX_BYTES,
                kinds=_("PDF, Word, Excel, PowerPoint, OpenDocument, JPEG, PNG or text"),
                accept=[f".{ending}" for endings in ENDINGS.values() for ending in endings],
            ),
        )
        super().__init__(**kwargs)

    def to_python(self, data: Any) -> File[Any] | None:
        # First: what came over the limit was not kept, and looks empty.
        if data not in self.empty_values and data.size:
            check_size(data)
        return super().to_python(data)


def circle_kinds(place: Place, *, wider: bool = False) -> list[tuple[str, str]]:
    """The circles this person can choose from, narrowest first; `wider` leaves out those of one's own."""
    party = place.own_party
    has_broker = any(p.role == "broker" for p in place.present)
    kinds = [] if wider else [CircleKind.AUTHOR, CircleKind.OWN]
    if has_broker and party.role != "broker":
        kinds.append(CircleKind.CAUCUS)
    if party.role == "partner" and has_broker and len(place.partners) > 1:
        kinds.append(CircleKind.PARTNERS_ALONE)
    # An item's first circle holds its own side; a release may go to others alone.
    if party.role in {"partner", "broker"} or wider:
        kinds.append(CircleKind.PARTNERS)
    kinds.append(CircleKind.ALL)
    if len(place.present) > 2:
        kinds.append(CircleKind.CHOSEN)
    labels = {CircleKind.PARTNERS: CircleKind.PARTNERS.label if has_broker else _("The partners")}
    return [(kind.value, str(labels.get(kind, kind.label))) for kind in kinds]


class CircleForm(forms.Form):
    """Who may read it: the usual circles, or chosen parties. The narrowest is chosen before."""

    circle = forms.ChoiceField(label=_("Who may read this"), widget=ChoiceCards)
    parties = forms.MultipleChoiceField(
        label=_("Chosen parties"),
        required=False,
        widget=CheckCards,
        help_text=_("Only with “chosen parties”. Your own side always reads it."),
    )
    wider = False

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place = place
        circle, parties = self.fields["circle"], self.fields["parties"]
        assert isinstance(circle, forms.ChoiceField) and isinstance(parties, forms.MultipleChoiceField)  # noqa: S101, PT018
        circle.choices = circle_kinds(place, wider=self.wider)
        circle.initial = circle.initial or (CircleKind.OWN if not self.wider else circle.choices[0][0])
        others = [p for p in place.present if p.pk != place.own_party.pk]
        parties.choices = [(p.public_id, p.name) for p in others]
        if CircleKind.CHOSEN not in dict(circle_kinds(place, wider=self.wider)):
            del self.fields["parties"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("circle") == CircleKind.CHOSEN and not cleaned.get("parties"):
            self.add_error("parties", _("Choose at least one party."))
        return cleaned

    def chosen_circle(self) -> Circle:
        """The circle that was chosen, as the parties stand now."""
        place = self.place
        wanted = set(self.cleaned_data.get("parties") or ())
        return circle_for(
            place.partnership,
            self.cleaned_data["circle"],
            party=place.own_party,
            author_id=place.user.pk,
            parties=[p for p in place.present if p.public_id in wanted or p.pk == place.own_party.pk],
        )


class ReleaseForm(CircleForm):
    """To whom a document is released."""

    wider = True


def _kind_choices() -> list[tuple[str, str]]:
    return [("", str(_("Not said"))), *((k.code, text(k.title)) for k in document_kinds().values())]


class _AboutForm(CircleForm):
    title = forms.CharField(label=_("What it is"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind of document"), required=False, choices=lazy(_kind_choices, list))
    note = WordsField(
        label=_("What it shows, in a line or two"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, place=place, **kwargs)
        self.fields["kind"].choices = _kind_choices()  # type: ignore[attr-defined]

    def clean_day(self, name: str) -> Any:
        day = self.cleaned_data.get(name)
        if day is not None and day > clock.today(self.place.user.time_zone):
            raise forms.ValidationError(_("This day has not come yet."))
        return day


_KEEP_HELP = _(
    "Left empty, its kind decides. An earlier day counts by itself; a later one needs a reason. Then the file is "
    "removed, and what it was stays written."
)


class _KeepForm(forms.Form):
    """How long the file is kept: the day of its own, and why it is later than its kind says."""

    keep_until = DayField(label=_("Keep the file until"), required=False, help_text=_KEEP_HELP)
    keep_reason = WordsField(
        label=_("Why longer than its kind says"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Your own side reads this, nobody else."),
    )

    def check_kept(self, partnership: Partnership, *, kind: str) -> None:
        """The errors stand at the field that they are about."""
        if {"keep_until", "keep_reason", "kind"} & self.errors.keys():
            return
        try:
            check_kept(
                keep_until=self.cleaned_data.get("keep_until"), keep_reason=self.cleaned_data.get("keep_reason", ""),
                kind=document_kinds().get(kind), partnership=partnership, today=clock.today(),
            )  # fmt: skip
        except forms.ValidationError as error:
            self.add_error(None, error)


class UploadForm(_KeepForm, _AboutForm):
    file = UploadField()
    valid_until = DayField(label=_("Valid until"), required=False)
    field_order = (
        "file", "title", "kind", "valid_until", "keep_until", "keep_reason", "note", "circle", "parties",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].required = False
        self.fields["title"].help_text = _("Left empty, the file’s name is taken.")
        self.fields["kind"].help_text = _("Says how long it is kept.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.check_kept(self.place.partnership, kind=cleaned.get("kind", ""))
        return cleaned


class RetentionForm(_KeepForm):
    """How long a file that is here is kept; what kind it is, where nobody has said."""

    kind = forms.ChoiceField(label=_("Kind of document"), required=False, help_text=_("Says how long it is kept."))
    version = forms.IntegerField(widget=forms.HiddenInput)
    field_order = ("kind", "keep_until", "keep_reason", "version")

    def __init__(self, *args: Any, document: Document, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("keep_until", "keep_reason", "version"):
            self.fields[name].initial = getattr(document, name)
        self.document, self.place = document, place
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)  # noqa: S101 - tells the type checker
        kind.choices = _kind_choices()
        if document.kind:
            del self.fields["kind"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind = self.document.kind or cleaned.get("kind", "")
        self.check_kept(self.place.partnership, kind=kind)
        return cleaned


class SeenForm(_AboutForm):
    seen_by = forms.CharField(label=_("Seen by"), max_length=160)
    seen_on = DayField(label=_("Seen on"))
    held_at = forms.CharField(label=_("Where it is held"), max_length=200)
    field_order = ("title", "kind", "seen_by", "seen_on", "held_at", "note", "circle", "parties")

    def clean_seen_on(self) -> Any:
        return self.clean_day("seen_on")


class TalkForm(_AboutForm):
    talked_with = forms.CharField(label=_("With whom"), max_length=160)
    talked_on = DayField(label=_("When"))
    field_order = ("title", "kind", "talked_with", "talked_on", "note", "circle", "parties")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].label = _("What it was about")
        self.fields["note"].label = _("What was said, in a line or two")

    def clean_talked_on(self) -> Any:
        return self.clean_day("talked_on")
