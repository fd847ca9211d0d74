"""Depth and decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from partnerships.access.places import Place
from partnerships.catalogue.models import CatalogueVersion
from partnerships.catalogue.queries import text
from partnerships.looks.widgets import CheckCards, ChoiceCards

from ..queries import Differs, Heir, RiskAbove
from ..states import Outcome
from .owners import OwnerField, offer_seats


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
    library = forms.ChoiceField(label=_("Whose questions"), required=False, widget=ChoiceCards)

    def __init__(self, *args: Any, libraries: Sequence[CatalogueVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_id = {str(each.pk): each for each in libraries}
        if not libraries:
            del self.fields["library"]
            return
        field: Any = self.fields["library"]
        colon = pgettext("between a name and what is said of it", ": ")
        field.choices = [
            ("", gettext("The shipped questions")),
            *((key, f"{_called(each)}{colon}{text(each.title)}") for key, each in self.by_id.items()),
        ]
        field.widget.helps = {
            "": gettext("In English, French and Spanish, with the lessons behind them."),
            **{
                key: gettext("Version %(n)s. The partners can read it as soon as you propose it.") % {"n": each.version}
                for key, each in self.by_id.items()
            },
        }

    def chosen(self) -> CatalogueVersion | None:
        return self.by_id.get(self.cleaned_data.get("library", ""))


def _called(version: CatalogueVersion) -> str:
    return version.organisation.called if version.organisation is not None else ""


class DeciderForm(forms.Form):
    """Who takes the own side's decision."""

    seat = OwnerField(label=_("Who decides"), required=False, empty_label=_("Our lead and stand-ins"))

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_seats(self, "seat", place, own=True)


class InheritForm(forms.Form):
    """Which of the own side's checklists in the records above are taken over."""

    sources = forms.MultipleChoiceField(label=_("What you take over"), widget=CheckCards)

    def __init__(self, *args: Any, heirs: Sequence[Heir], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["sources"]
        field.choices = [(h.source.public_id, self._label(h)) for h in heirs]
        field.widget.helps = {h.source.public_id: self._help(h) for h in heirs}
        field.widget.choices = field.choices

    @staticmethod
    def _label(heir: Heir) -> str:
        record = heir.there.partnership.name
        if heir.is_self:
            return gettext("About yourselves, from “%(record)s”") % {"record": record}
        return gettext("About %(name)s, from “%(record)s”") % {"name": heir.about.name, "record": record}

    @staticmethod
    def _help(heir: Heir) -> str:
        text = ngettext("%(count)s answer comes over.", "%(count)s answers come over.", len(heir.fresh)) % {
            "count": len(heir.fresh)
        }
        if heir.left_out:
            text += " " + ngettext(
                "%(count)s is asked otherwise here, or hangs on a file: you answer it here.",
                "%(count)s are asked otherwise here, or hang on files: you answer them here.",
                heir.left_out,
            ) % {"count": heir.left_out}
        return text


class TakeRisksForm(forms.Form):
    """Which of the own side's risks in the records above come into the register here."""

    sources = forms.MultipleChoiceField(label=_("What you take over"), widget=CheckCards)

    def __init__(self, *args: Any, found: Sequence[RiskAbove], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["sources"]
        field.choices = [(one.it.public_id, one.it.text) for one in found]
        field.widget.helps = {one.it.public_id: self._help(one) for one in found}
        field.widget.choices = field.choices

    @staticmethod
    def _help(one: RiskAbove) -> str:
        told = {"record": one.there.partnership.name, "now": one.it.inherent, "then": one.it.residual}
        return gettext("From “%(record)s”: %(now)s today, %(then)s remains.") % told


class TakeChangesForm(forms.Form):
    """Which parts of what changed above are taken over; what is not ticked stays as it is here."""

    parts = forms.MultipleChoiceField(label=_("What you take over"), widget=CheckCards, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, differs: Sequence[Differs], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["parts"]
        field.choices = [(d.part, d.label) for d in differs]
        said = gettext("Here: %(here)s. In the umbrella: %(above)s.")
        field.widget.helps = {d.part: said % {"here": d.here, "above": d.above} for d in differs}
        field.widget.choices = field.choices


class DecisionForm(forms.Form):
    outcome = forms.ChoiceField(label=_("We decide"), widget=ChoiceCards)
    reason = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only your own side reads this."),
    )
    #: The decision that stood when it was shown.
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

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
