"""Legal holds: while one stands, nothing that its side keeps in the record is removed or deleted."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import clock
from ..access.actions import authored, circle_for, circle_here
from ..access.places import Place
from ..access.states import CircleKind
from ..history import kinds as act_kinds
from ..history.actions import log
from . import registry
from .models import LegalHold, Partnership, Party

HOLD_SET = act_kinds.register("record.hold_set", gettext_lazy("Legal hold set"), url_name="record:legal_hold")
HOLD_LIFTED = act_kinds.register("record.hold_lifted", gettext_lazy("Legal hold lifted"), url_name="record:legal_hold")


HELD = gettext_lazy(
    "Your side has set a legal hold: nothing that it keeps here is deleted while it stands. "
    "A lead of your side, or an administrator of your organisation, can lift it."
)


def refuse_while_held(by: Place, *, of: Party | None = None) -> None:
    """Asked, within the transaction, by whatever deletes for good what the own side keeps.

    `of`: whose it is, where several write together and it is another side's. ValidationError has the code "held".
    """
    whose = of or by.own_party
    if not _is_held(whose):
        return
    if whose.pk == by.own_party.pk:
        raise ValidationError(HELD, code="held")
    raise ValidationError(
        _("%(name)s has set a legal hold: nothing that it keeps here is removed while it stands.")
        % {"name": whose.name},
        code="held",
    )


def is_held(by: Place) -> bool:
    """For what goes on while the own side's hold stands, and only deletes nothing; within the transaction."""
    return _is_held(by.own_party)


def _is_held(party: Party) -> bool:
    """Its row is locked, so that a hold which is being set waits, or is seen."""
    return Party.objects.select_for_update(no_key=True).filter(pk=party.pk, held_since__isnull=False).exists()


def set_hold(*, by: Place, reason: str) -> LegalHold:
    """Hold what the own side keeps here. That it stands, and since when, all parties see; why, the own side."""
    with transaction.atomic():
        party = _locked(by)
        if party.held_since is not None:
            raise ValidationError(_("Your side holds this record already."))
        party.held_since = clock.now()
        party.save(update_fields=["held_since"])
        hold: LegalHold = LegalHold.objects.create(**authored(by, circle_here(by, CircleKind.OWN)), reason=reason)
        log(HOLD_SET, by=by, circle=circle_for(by.partnership, CircleKind.ALL))
    return hold


def lift_hold(hold: LegalHold, *, by: Place, because: str) -> None:
    """End a hold. What waited behind it is announced to the side anew before anything is removed."""
    with transaction.atomic():
        party = _locked(by)
        lifted = LegalHold.objects.of(by.partnership).filter(pk=hold.pk, party=party, lifted_at=None)
        if not lifted.update(lifted_at=clock.now(), lifted_by=by.user, lifted_because=because):
            raise ValidationError(_("This hold was lifted already."))
        party.held_since = None
        party.save(update_fields=["held_since"])
        for hook in registry.on_hold_lifted:
            hook(party)
        log(HOLD_LIFTED, by=by, circle=circle_for(by.partnership, CircleKind.ALL))


def _locked(by: Place) -> Party:
    """The own party as it stands now; a sweep that has files of it in hand is waited for."""
    Partnership.objects.locked(by.partnership)
    party: Party = Party.objects.select_for_update(no_key=True).get(pk=by.own_party.pk)
    return party
