"""What the partners agree together."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from partnerships.looks.widgets import ChoiceCards, MomentField

from ..states import Way
from .fields import area


class SentenceForm(forms.Form):
    number = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(label=_("Sentence"), widget=area(3), max_length=600)


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
