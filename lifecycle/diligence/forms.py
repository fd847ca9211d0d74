"""Forms of due diligence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partnerships.access.actions import circle_here
from partnerships.access.models import Circle
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.catalogue.content import LibraryQuestion
from partnerships.catalogue.queries import text
from partnerships.documents.forms import CircleForm, SeenForm, TalkForm, UploadForm
from partnerships.documents.models import Document
from partnerships.looks.widgets import CheckCards, ChoiceCards, DayField
from partnerships.record.models import Party, Seat

from .actions import Said
from .models import Risk
from .queries import Row, Theme, partner_seats
from .states import Level, LineKind, Outcome, Relation, ToWhom, VisitKind

#: Theme in which details have no field: one short line, for numbers and policies.
SAFEGUARDING = "safeguarding"
SHORT = 200


class ThemeForm(forms.Form):
    """One theme of a checklist: for each question a level and a note, or a text. Everything may stay blank."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, theme: Theme, version: int, **kwargs: Any) -> None:
        kwargs["initial"] = {"version": version, **self._initial(theme)}
        super().__init__(*args, **kwargs)
        self.theme = theme
        for row in theme.rows:
            if row.question.answer == "scale":
                self.fields[f"level_{row.field_name}"] = forms.ChoiceField(
                    label=text(row.question.text), choices=Level.choices, required=False, widget=ChoiceCards
                )
            note = self._note(row.question)
            # Nothing here must be answered at once: no field needs to say so.
            note.widget.own_layout = True
            self.fields[f"text_{row.field_name}"] = note

    @staticmethod
    def _initial(theme: Theme) -> dict[str, str]:
        found = {}
        for row in theme.rows:
            if row.answer is not None:
                found[f"level_{row.field_name}"] = row.answer.level
                found[f"text_{row.field_name}"] = row.answer.text
        return found

    @staticmethod
    def _note(question: LibraryQuestion) -> forms.CharField:
        if question.theme == SAFEGUARDING:
            return forms.CharField(
                label=_("Numbers and policies, in one line"),
                required=False,
                max_length=SHORT,
                help_text=_("Never anything about a case: no place, no date, no person."),
            )
        if question.answer == "text":
            return forms.CharField(
                label=text(question.text), required=False, max_length=8000, widget=forms.Textarea(attrs={"rows": 6})
            )
        return forms.CharField(
            label=_("Note"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
        )

    def parts(self) -> list[dict[str, Any]]:
        """Each question with its row and its fields, for the template."""
        return [
            {
                "row": row,
                "level": self[f"level_{row.field_name}"] if row.question.answer == "scale" else None,
                "note": self[f"text_{row.field_name}"],
            }
            for row in self.theme.rows
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for row in self.theme.rows:
            name = f"text_{row.field_name}"
            if cleaned.get(f"level_{row.field_name}") == Level.NA and not str(cleaned.get(name, "")).strip():
                self.add_error(name, _("Say why it does not apply."))
        return cleaned

    def said(self) -> dict[str, Said]:
        return {
            row.question.code: Said(
                self.cleaned_data.get(f"level_{row.field_name}", ""),
                self.cleaned_data.get(f"text_{row.field_name}", ""),
            )
            for row in self.theme.rows
        }

    def compare(self, newer: Theme) -> list[dict[str, str]]:
        """What stands there now beside what was typed, where they differ (components/newer.html)."""
        fields = []
        for row in newer.rows:
            if row.answer is None:
                continue
            now = " ".join(filter(None, [_label(row.answer.level), row.answer.text]))
            said = self.said().get(row.question.code, Said())
            yours = " ".join(filter(None, [_label(said.level), said.text]))
            if now != yours:
                fields.append({"label": row.question.code, "theirs": now, "yours": yours})
        return fields


def _label(level: str) -> str:
    return str(Level(level).label) + "." if level else ""


class CiteForm(forms.Form):
    """Which documents support an answer: of those that the view has fetched for its reader."""

    documents = forms.MultipleChoiceField(label=_("Documents that support it"), required=False, widget=CheckCards)

    def __init__(self, *args: Any, choices: Sequence[Document], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_id = {d.public_id: d for d in choices}
        field: Any = self.fields["documents"]
        field.choices = [(d.public_id, d.title) for d in choices]

    def cited(self) -> list[Document]:
        return [self.by_id[public_id] for public_id in self.cleaned_data["documents"]]


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
    wider = True
    with_documents = forms.BooleanField(
        label=_("With the documents that the answers cite"), required=False, initial=True
    )


class OwnerField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Somebody seated with a partner."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Seat.objects.none(), **{"label": _("Owner"), **kwargs})

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.membership.user}, {obj.party.name}"


def _offer_seats(form: forms.Form, name: str, place: Place, *, own: bool = False) -> None:
    field: Any = form.fields[name]
    seats = partner_seats(place)
    field.queryset = seats.filter(party=place.own_party) if own else seats


class MeasureForm(forms.Form):
    """What is done about a concern."""

    text = forms.CharField(label=_("What is done about it"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    owner = OwnerField()
    due_on = DayField(label=_("By when"))
    board_on = DayField(
        label=_("Our board decided this, with a remedy plan, on"),
        required=False,
        help_text=_("On an item that can stop everything, some concern needs the board."),
    )

    def __init__(self, *args: Any, place: Place, row: Row, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_seats(self, "owner", place)
        if row.question.critical < 2:
            del self.fields["board_on"]


_SCALE = [(n, str(n)) for n in range(1, 6)]


def _scale(label: Any, help_text: Any = "") -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=label, choices=_SCALE, coerce=int, initial=3, help_text=help_text)


class RiskForm(CircleForm):
    text = forms.CharField(label=_("What could happen"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    to_whom = forms.ChoiceField(label=_("To whom, first of all"), choices=ToWhom.choices)
    likelihood = _scale(_("How likely, as things are"), _("1 hardly, 5 almost certain"))
    impact = _scale(_("How bad, as things are"), _("1 little, 5 a catastrophe"))
    measure = forms.CharField(
        label=_("What is done about it"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    owner = OwnerField(required=False)
    due_on = DayField(label=_("By when"), required=False)
    residual_likelihood = _scale(_("How likely, once that is done"))
    residual_impact = _scale(_("How bad, once that is done"))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    field_order = (
        "text", "to_whom", "likelihood", "impact", "measure", "owner", "due_on", "residual_likelihood",
        "residual_impact", "circle", "parties",
    )  # fmt: skip

    def __init__(self, *args: Any, place: Place, risk: Risk | None = None, **kwargs: Any) -> None:
        if risk is not None:
            names = ("text", "to_whom", "likelihood", "impact", "measure", "owner", "due_on")
            kwargs["initial"] = {
                **{n: getattr(risk, n) for n in (*names, "residual_likelihood", "residual_impact", "version")},
                **(kwargs.get("initial") or {}),
            }
        super().__init__(*args, place=place, **kwargs)
        _offer_seats(self, "owner", place)
        if risk is not None:
            # A circle never changes.
            for name in ("circle", "parties"):
                self.fields.pop(name, None)


class PartnersCircle(forms.Form):
    """For what counts at the gate: all partners read it, and everybody if wanted."""

    circle = forms.ChoiceField(label=_("Who may read this"), widget=ChoiceCards)

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place = place
        has_broker = any(p.role == "broker" for p in place.present)
        field: Any = self.fields["circle"]
        field.choices = [
            (CircleKind.PARTNERS.value, CircleKind.PARTNERS.label if has_broker else _("The partners")),
            (CircleKind.ALL.value, CircleKind.ALL.label),
        ]
        field.initial = CircleKind.PARTNERS.value

    def chosen_circle(self) -> Circle:
        return circle_here(self.place, self.cleaned_data["circle"])


class _PartyField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class VisitForm(PartnersCircle):
    kind = forms.ChoiceField(label=_("What"), choices=VisitKind.choices, initial=VisitKind.VISIT)
    host = _PartyField(
        Party.objects.none(),
        label=_("Whom do you visit, or who hosts"),
        required=False,
        empty_label=_("Nobody: we meet elsewhere"),
    )
    on = DayField(label=_("When"))
    where = forms.CharField(label=_("Where"), max_length=160)
    field_order = ("kind", "host", "on", "where", "circle")

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, place=place, **kwargs)
        host: Any = self.fields["host"]
        host.queryset = Party.objects.filter(pk__in=[p.pk for p in place.partners]).select_related("organisation")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") in {VisitKind.VISIT, VisitKind.EXCHANGE} and cleaned.get("host") is None:
            self.add_error("host", _("Say whom you visit."))
        return cleaned


class VisitReportForm(forms.Form):
    """Written up afterwards."""

    on = DayField(label=_("When it was"))
    people = forms.ModelMultipleChoiceField(Seat.objects.none(), label=_("Who took part"), widget=CheckCards)
    met = forms.CharField(
        label=_("Communities and others you met"),
        required=False,
        max_length=200,
        help_text=_("Bodies and groups, no names of private persons."),
    )
    learned = forms.CharField(label=_("What we learned"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5}))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["people"]
        field.queryset = partner_seats(place)
        field.label_from_instance = lambda s: (
            f"{s.membership.user}, {s.party.name} ({s.get_function_display()}, {s.get_level_display()})"
        )


class LineForm(forms.Form):
    """One's own goal, value or red line."""

    kind = forms.ChoiceField(label=_("What"), choices=[c for c in LineKind.choices if c[0] != LineKind.STEP])
    text = forms.CharField(label=_("In one sentence"), max_length=300)


class StepForm(forms.Form):
    text = forms.CharField(label=_("What is done next"), max_length=300)
    owner = OwnerField()
    due_on = DayField(label=_("By when"))

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_seats(self, "owner", place)


class RelationForm(forms.Form):
    """How the partners see a line together."""

    relation = forms.ChoiceField(label=_("How we see it together"), choices=Relation.choices)
    version = forms.IntegerField(widget=forms.HiddenInput)


class DepthForm(forms.Form):
    depth = forms.ChoiceField(
        label=_("How deep"),
        choices=[("light", _("Light")), ("standard", _("Standard")), ("full", _("Full"))],
        widget=ChoiceCards(
            helps={
                "light": _("The critical questions. Enough to begin, and for small sums and low risk."),
                "standard": _("For money, a site and several years."),
                "full": _("For large sums, high risk, or a history between you."),
            }
        ),
    )


class DecisionForm(forms.Form):
    outcome = forms.ChoiceField(label=_("We decide"), widget=ChoiceCards)
    reason = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only your own side reads this."),
    )

    def __init__(self, *args: Any, allowed: Sequence[Outcome], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["outcome"]
        field.choices = [(o.value, o.label) for o in allowed]
        field.widget.helps = {
            Outcome.GO.value: _("We are ready for an agreement."),
            Outcome.CONDITIONS.value: _(
                "We are ready, under the conditions listed here; each has an owner and a date."
            ),
            Outcome.NOT_NOW.value: _("The others read “not pursued”, and nothing of why."),
        }
        field.widget.choices = field.choices
