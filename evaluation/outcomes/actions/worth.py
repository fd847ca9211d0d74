"""What the own side got out of it: written, worded anew, shown to the others, taken out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships.access.actions import authored, circle_here, put_words, release, save_version, withdraw
from partnerships.access.models import Release, ReleaseItem
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history.actions import log
from partnerships.record.holding import refuse_while_held

from .. import kinds
from ..models import ValueEntry
from .asking import follow_worth, require_standing, tell_readers

FIELDS = ("kind", "words", "starts_on", "ends_on", "amount", "currency")
#: To whom a side may show what is its own.
SHOWN_TO = (CircleKind.PARTNERS_ALONE, CircleKind.PARTNERS, CircleKind.ALL)


def write_value(*, by: Place, values: Mapping[str, Any]) -> ValueEntry:
    """On the own side until it is shown."""
    _check(values)
    with transaction.atomic():
        made: ValueEntry = ValueEntry.objects.create(
            **authored(by, circle_here(by, CircleKind.OWN)), **{name: values[name] for name in FIELDS}
        )
        log(kinds.VALUE_WRITTEN, by=by, item=made)
        follow_worth(by)
    return made


def change_value(entry: ValueEntry, *, by: Place, values: Mapping[str, Any], seen: int) -> ValueEntry:
    _check(values)
    with transaction.atomic():
        require_standing(entry, by=by)
        for name in FIELDS:
            if name != "words":
                setattr(entry, name, values[name])
        words = put_words(entry, by=by, words=values["words"])
        save_version(entry, seen=seen, fields=[*FIELDS, *words])
        log(kinds.VALUE_CHANGED, by=by, item=entry)
    return entry


def _check(values: Mapping[str, Any]) -> None:
    if values["ends_on"] < values["starts_on"]:
        raise ValidationError({"ends_on": _("This is before the first day.")})
    if values.get("amount") is not None and not values.get("currency"):
        raise ValidationError({"currency": _("An amount needs its currency.")})


def show_values(entries: Sequence[ValueEntry], *, to: str, by: Place) -> Release:
    """Show what the own side got, as one bundle. Until a party opens it, it can be recalled."""
    if to not in SHOWN_TO:
        raise ValidationError(_("Choose who may read this."))
    with transaction.atomic():
        circle = circle_here(by, to)
        bundle = release(list(entries), kind=kinds.VALUE_RELEASE, to=circle, by=by)
        log(kinds.VALUE_SHOWN, by=by, circle=circle)
        tell_readers(bundle, by=by)
    return bundle


def take_out_value(entry: ValueEntry, *, by: Place) -> None:
    """Never released, it goes, unless a legal hold stands; else it is withdrawn, and the fact remains."""
    if entry.party_id != by.own_party.pk:
        raise ValidationError(_("Only the side that wrote this can withdraw it."))
    with transaction.atomic():
        require_standing(entry, by=by)
        shown = ReleaseItem.objects.filter(model=ValueEntry._meta.label_lower, object_id=entry.pk).exists()
        if not shown:
            refuse_while_held(by)
        log(kinds.VALUE_OUT, by=by, item=entry)
        if shown:
            withdraw(entry, by=by)
        else:
            entry.delete()
