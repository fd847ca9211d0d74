"""Forms of name screening."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.places import Place
from partnerships.looks.widgets import ChoiceCards, DayField, LimitedFileInput
from partnerships.record.models import Party

from .actions import check_size
from .formats import HEAD, BadList, detect
from .states import PrincipalRole, Problem, Source, Verdict


class ListFileField(forms.FileField):
    """A list as it is published, within the limit for lists."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget",
            LimitedFileInput(
                max_bytes=settings.SCREENING_MAX_BYTES,
                kinds=_("XML or CSV, as it is published"),
                accept=[".xml", ".csv"],
            ),
        )
        super().__init__(**kwargs)

    def to_python(self, data: Any) -> File[Any] | None:
        # First: what came over the limit was not kept, and looks empty.
        if data not in self.empty_values and data.size:
            check_size(data, data.size)
        return super().to_python(data)


class VersionForm(forms.Form):
    """A newer version of a list that is there."""

    file = ListFileField(label=_("The list"))
    alt = ListFileField(
        label=_("ALT.CSV"), required=False, help_text=_("With OFAC’s SDN.CSV only: the file with the other names.")
    )
    published_on = DayField(
        label=_("Published on"), required=False, help_text=_("Where the file says it, the file counts.")
    )
    may_shrink = forms.BooleanField(
        label=_("Take it even if it has far fewer names than the one in force"), required=False
    )
    field_order = ("source", "title", "file", "alt", "published_on", "may_shrink")

    def __init__(self, *args: Any, publisher: str = "", is_first: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.publisher = publisher
        if is_first:
            del self.fields["may_shrink"]
        if publisher and publisher != Source.OFAC:
            del self.fields["alt"]

    def clean_published_on(self) -> Any:
        day = self.cleaned_data["published_on"]
        if day is not None and day > clock.today():
            raise ValidationError(_("This day has not come yet."))
        return day

    def clean(self) -> dict[str, Any]:
        """What a file is not is said at once; what is wrong further down, once it is loaded."""
        cleaned = super().clean() or {}
        wanted = self.publisher or cleaned.get("source")
        if (file := cleaned.get("file")) is not None and wanted:
            file.seek(0)
            try:
                found = detect(file.read(HEAD))
                if found != wanted:
                    raise BadList(Problem.OTHER_FORMAT if self.publisher else Problem.UNKNOWN)
            except BadList as bad:
                self.add_error("file", str(bad.problem.label))
            finally:
                file.seek(0)
        if cleaned.get("alt") is not None and wanted != Source.OFAC:
            self.add_error("alt", str(Problem.ALT_ALONE.label))
        return cleaned


class ListForm(VersionForm):
    """A list that is not there yet."""

    source = forms.ChoiceField(label=_("Whose list"), choices=Source.choices, widget=ChoiceCards)
    title = forms.CharField(
        label=_("What you call it"), max_length=120, required=False, help_text=_("Left empty: as its publisher.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, is_first=True, **kwargs)


class _PartyField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class PrincipalForm(forms.Form):
    """A person whose name is searched."""

    of = _PartyField(Party.objects.none(), label=_("Of which organisation"), empty_label=None)
    role = forms.ChoiceField(label=_("As"), choices=PrincipalRole.choices)
    name = forms.CharField(
        label=_("Name"),
        max_length=160,
        help_text=_("In full, as in a register or passport, in any script. Nothing else about the person."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        of: Any = self.fields["of"]
        of.queryset = Party.objects.filter(pk__in=[p.pk for p in place.present]).select_related("organisation")


class DecisionForm(forms.Form):
    """Who is meant, and by what one tells."""

    verdict = forms.ChoiceField(
        label=_("Who is on the list?"),
        choices=[(v.value, v.label) for v in (Verdict.OTHER, Verdict.SAME, Verdict.UNSURE)],
        widget=ChoiceCards,
    )
    why = forms.CharField(
        label=_("By what you tell"),
        max_length=300,
        help_text=_("About identity only: dates, country, a register number. No opinion about anybody."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    #: The `mark` of the match as it was shown.
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
