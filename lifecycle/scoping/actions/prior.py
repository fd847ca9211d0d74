"""Who tried this, what can we reuse: links and notes."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships.access.actions import authored, circle_here, put_words, save_version, withdraw
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history.actions import log
from partnerships.record.holding import refuse_while_held

from .. import kinds
from ..models import PriorWork
from .canvas import REACHES


def note_prior(*, title: str, link: str, note: str, by: Place, reach: str = CircleKind.PARTNERS) -> PriorWork:
    """Something that exists already. For the partners and the broker, unless the own side keeps it to itself."""
    if reach not in REACHES:
        raise ValidationError(_("Choose who may read this."))
    with transaction.atomic():
        found: PriorWork = PriorWork.objects.create(
            **authored(by, circle_here(by, reach)), title=title.strip(), link=link.strip(), note=note.strip()
        )
        log(kinds.PRIOR_NOTED, by=by, item=found)
    return found


def change_prior(found: PriorWork, *, title: str, link: str, note: str, by: Place, seen: int) -> PriorWork:
    """The side that wrote it changes it."""
    if found.party_id != by.own_party.pk:
        raise ValidationError(_("You can change entries of your own side only."))
    words = {"title": title.strip(), "link": link.strip(), "note": note.strip()}
    save_version(found, seen=seen, fields=put_words(found, by=by, **words))
    return found


def take_out_prior(found: PriorWork, *, by: Place) -> None:
    """It goes from the page; where only the own side could read it, it goes altogether."""
    if found.party_id != by.own_party.pk:
        raise ValidationError(_("You can take out entries of your own side only."))
    with transaction.atomic():
        if found.circle.kind == CircleKind.OWN:
            refuse_while_held(by)
            found.delete()
        else:
            withdraw(found, by=by)
