"""A broker's own log of a round. It is nobody else's, so nothing of it is logged, told or counted."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships.access.actions import authored, circle_here
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.record.holding import refuse_while_held

from ..models import FacilitationNote, Round


def write_note(round: Round, *, text: str, by: Place) -> FacilitationNote:
    """A line that its author alone reads."""
    if not text.strip():
        raise ValidationError({"text": _("Write something first.")})
    note: FacilitationNote = FacilitationNote.objects.create(
        **authored(by, circle_here(by, CircleKind.AUTHOR)), round=round, text=text.strip()
    )
    return note


def drop_note(note: FacilitationNote, *, by: Place) -> None:
    """Its author takes a line away for good, unless a legal hold of its side stands."""
    if note.author_id != by.user.pk:
        raise ValidationError(_("Only who wrote this can take it away."))
    with transaction.atomic():
        refuse_while_held(by)
        note.delete()
