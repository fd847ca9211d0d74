"""The list of bodies put right: a slip in a name or an address, and a body that should not stand there.

Neither is a way around what people say: a body that was asked stays on the list, and once it has answered, the name
under which it spoke and the address at which it approves stand; likewise where it was heard elsewhere, as in a review
(scoping/registry.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships.access.actions import save_version
from partnerships.access.ids import new_public_id
from partnerships.access.places import Place
from partnerships.history.actions import log
from partnerships.record.holding import refuse_while_held
from partnerships.record.models import Partnership

from .. import kinds
from ..models import AffectedBody, BodyAnswer, BodyNote, BodyQuestion
from ..registry import heard_elsewhere
from .bodies import is_seated, refuse_own_address, refuse_twice, send_note

if TYPE_CHECKING:
    from django.db.models import QuerySet


def change_body(
    body: AffectedBody, *, name: str, speaks_for: str, address: str, address_language: str, seen: int, by: Place
) -> AffectedBody:
    """Correct what stands about a body without a seat: by the side that named it, and gave its address.

    A note of its own that is on its way goes to the new address, and the old link ends. What another side wrote down
    stays where it was sent: nobody turns it to an address that it has not seen.

    Raises ValidationError where another side named it, where it has a seat, where it has answered and its name, whom it
    speaks for or its address would change, and with code "stale" where somebody changed it in between.
    """
    refuse_own_address(address, by)
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        body = AffectedBody.objects.of(by.partnership).select_related("body_party").get(pk=body.pk)
        _refuse_others(body, by)
        if is_seated(body):
            raise ValidationError(_("This body has a seat and answers for itself."))
        refuse_twice(name, by.partnership, but_for=body)
        said_as = {"name": name.strip(), "speaks_for": speaks_for.strip()}
        renamed = [field for field, words in said_as.items() if words != getattr(body, field)]
        if renamed and _has_spoken(body):
            said = _("This body has answered under this name: what it said stays with it. Name another body anew.")
            raise ValidationError(dict.fromkeys(renamed, said))
        moved = address.casefold() != body.address.casefold()
        if moved and (BodyAnswer.objects.of(by.partnership).filter(body=body).exists() or heard_elsewhere(body)):
            said = _(
                "This body was asked or has answered at its address: it stands. "
                "Where it has moved, invite it to a seat."
            )
            raise ValidationError({"address": said})
        waiting = list(_waiting(body)) if moved else []
        if waiting and not address:
            raise ValidationError({"address": _("A note of yours is on its way to this body: say where to send it.")})
        body.name, body.speaks_for = said_as["name"], said_as["speaks_for"]
        body.address, body.address_language = address, address_language
        save_version(body, seen=seen, fields=["name", "speaks_for", "address", "address_language"])
        log(kinds.BODY_CORRECTED, by=by, item=body)
        for note in waiting:
            _send_again(note, body)
    return body


def _refuse_others(body: AffectedBody, by: Place) -> None:
    if body.party_id != by.own_party.pk:
        raise ValidationError(_("The side that named this body corrects what stands about it."))


def _has_spoken(body: AffectedBody) -> bool:
    """Whether words of its own stand under its name, here or where later folders heard it; taken back ones too."""
    here = BodyAnswer.objects.of(body.partnership).filter(body=body).exists()
    return here or any(item.approved_at for item in heard_elsewhere(body))


def _waiting(body: AffectedBody) -> QuerySet[BodyNote]:
    """Notes of the side that named it, which the body has not decided on."""
    notes: QuerySet[BodyNote] = BodyNote.objects.of(body.partnership).filter(
        body=body, party=body.party_id, approved_at=None, refused_at=None, withdrawn_at=None
    )
    return notes.select_related("party__organisation", "partnership")


def _send_again(note: BodyNote, body: AffectedBody) -> None:
    """A row of its own, so that the link in the first mail leads nowhere."""
    BodyNote.objects.of(body.partnership).filter(pk=note.pk).delete()
    note.pk, note.public_id, note.body = None, new_public_id(), body
    note.save()
    send_note(note)


def remove_body(body: AffectedBody, *, by: Place) -> None:
    """Take a body off the list that nobody has asked yet: by the side that named it."""
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        body = AffectedBody.objects.of(by.partnership).get(pk=body.pk)
        _refuse_others(body, by)
        if body.body_party_id is not None or was_addressed(body):
            raise ValidationError(_("This body was asked, or has a seat: it stays on the list, whatever it says."))
        refuse_while_held(by)
        body.delete()
        log(kinds.BODY_TAKEN_OFF, by=by, item=body)


def was_addressed(body: AffectedBody) -> bool:
    """Whether anything was asked of it, or written down for it: then it is no longer a slip."""
    here = any(
        model.objects.of(body.partnership).filter(body=body).exists() for model in (BodyQuestion, BodyAnswer, BodyNote)
    )
    return here or bool(heard_elsewhere(body))
