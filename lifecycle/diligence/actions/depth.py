"""How deep the partners look at each other, and with whose questions."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import authored
from partnerships.access.places import Place
from partnerships.catalogue.models import CatalogueVersion
from partnerships.history.actions import log, log_system
from partnerships.record.models import Partnership
from partnerships.work import actions as work

from ..kinds import AGREE_DEPTH, DEPTH, DEPTH_AGREED
from ..models import (
    DepthChoice,
    DepthConsent,
)
from ..queries import (
    adopted_choice,
    depth_in,
    offered_libraries,
    open_depth_choice,
    partners_circle,
)
from .asking import ask_partners, path_to


def propose_depth(*, depth: str, library: CatalogueVersion | None = None, by: Place) -> DepthChoice:
    """Propose to ask more, or less, or other questions (none: the shipped ones). It counts once all have agreed.

    From now on the partners read the proposed library. A round that is on goes on with the questions it began with.
    """
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        if library is not None and library.pk not in {each.pk for each in offered_libraries(by)}:
            raise ValidationError({"library": _("Propose a library that your organisation has published.")})
        now = adopted_choice(by.partnership)
        agreed = now.library_id if now is not None else None
        if depth == depth_in(now) and (library.pk if library is not None else None) == agreed:
            raise ValidationError(_("This is what you agreed already."))
        DepthChoice.objects.of(by.partnership).filter(adopted_at=None, closed_at=None).update(closed_at=clock.now())
        work.close_items(by.partnership, "dd:depth:")
        choice: DepthChoice = DepthChoice.objects.create(
            **authored(by, partners_circle(by)),
            depth=depth,
            library=library,
        )
        log(DEPTH, by=by, item=choice)
        for party in by.other_partners:
            work.open_item(
                AGREE_DEPTH,
                partnership=by.partnership,
                key=f"dd:depth:{party.pk}",
                party=party,
                circle=choice.circle,
                path=path_to("diligence:depth", by.partnership),
                due_on=clock.today() + timedelta(days=7),
            )
        agree_depth(choice, by=by)
    return choice


def agree_depth(choice: DepthChoice, *, by: Place) -> bool:
    """A partner's yes. Returns whether the depth counts now."""
    with transaction.atomic():
        choice = DepthChoice.objects.of(by.partnership).select_for_update(of=("self",)).get(pk=choice.pk)
        if choice.closed_at is not None:
            raise ValidationError(_("Something else has been proposed since. Look again."))
        DepthConsent.objects.get_or_create(
            choice=choice, party=by.own_party, defaults={"by": by.user, "at": clock.now()}
        )
        work.close_item(by.partnership, f"dd:depth:{by.own_party.pk}")
        if not by.all_partners_in(choice.consents):
            return False
        if choice.adopted_at is None:
            _adopt(choice)
            log(DEPTH_AGREED, by=by, item=choice)
            ask_partners(by.partnership)
    return True


def _adopt(choice: DepthChoice) -> None:
    choice.adopted_at = clock.now()
    choice.save(update_fields=["adopted_at"])


def settle_depth(partnership: Partnership) -> None:
    """Hook: a partner has left. Where only its yes was missing, what the others agreed counts."""
    with transaction.atomic():
        Partnership.objects.locked(partnership)
        choice = open_depth_choice(partnership) if partnership.is_open else None
        present = set(partnership.parties.filter(left_on=None, role="partner").values_list("pk", flat=True))
        if choice is not None and present and present <= {c.party_id for c in choice.consents.all()}:
            _adopt(choice)
            log_system(DEPTH_AGREED, partnership=partnership, item=choice)
            ask_partners(partnership)
