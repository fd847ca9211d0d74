"""Whom outcomes ask for what, and whom they tell."""

from __future__ import annotations

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from evaluation.reviews.models import Round
from lifecycle.scoping.queries import leads_of
from partnerships import clock
from partnerships.access.actions import circle_for, circle_here
from partnerships.access.models import Circled, Release
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history.actions import log
from partnerships.notices import actions as notices
from partnerships.record.models import Partnership, Party
from partnerships.record.states import Role
from partnerships.work import actions as work
from partnerships.work.models import WorkItem

from .. import kinds
from ..models import Outcome
from ..queries.indicators import due_by_party
from ..queries.since import ASKED_AFTER, is_all_there, worth_key

#: Days in which another party is expected to say how it sees a change.
VOICE_DAYS = 14
#: Days to write down what a side got and gave.
WORTH_DAYS = 30


def url(partnership: Partnership, name: str, *args: str) -> str:
    return reverse(f"outcomes:{name}", args=[partnership.public_id, *args])


def require_past(day: date, field: str) -> None:
    """What was measured, changed or spent has a day that is over, or is today somewhere on earth."""
    if day > clock.today() + timedelta(days=1):
        raise ValidationError({field: _("This day has not come yet.")})


def require_standing(item: Circled, *, by: Place) -> None:
    """What somebody took out while it was looked at is not changed any more. Within the action's transaction."""
    Partnership.objects.locked(by.partnership)
    if not type(item).objects.of(by.partnership).filter(pk=item.pk, withdrawn_at=None).exists():
        raise ValidationError(_("This was withdrawn in the meantime."))


# Measuring ------------------------------------------------------------------------------------------------------------
def follow_measuring(partnership: Partnership) -> None:
    """Each side that measures something has one open item, due with the first of its indicators.

    One a side and not one an indicator: twenty reminders of the same spreadsheet are read by nobody.
    """
    due = due_by_party(partnership)
    parties = Party.objects.filter(partnership=partnership).select_related("organisation")
    for party in parties:
        key = f"outcomes:measure:{party.pk}"
        day = due.get(party.pk)
        if day is None or party.left_on is not None or not partnership.is_open:
            work.close_item(partnership, key)
            continue
        work.open_item(
            kinds.MEASURE,
            partnership=partnership,
            key=key,
            party=party,
            # Whoever measures for all is none of the partners.
            circle=circle_for(
                partnership, CircleKind.PARTNERS if party.role in {"partner", "broker"} else CircleKind.ALL
            ),
            path=url(partnership, "overview"),
            due_on=day,
        )


def follow_leavers(partnership: Partnership) -> None:
    """Hook: the parties changed. Who left is asked for nothing; what it measured waits for nobody. Idempotent."""
    follow_measuring(partnership)


# What each got and gave -----------------------------------------------------------------------------------------------
def ask_for_worth(round: Round) -> None:
    """Hook: the findings of a round are settled. Each partner is asked what it got and gave since the one before.

    Each on its own side: what is missing there is nobody else's business. Whoever was asked once, or has written it
    down already, is not asked.
    """
    if round.kind not in ASKED_AFTER or not round.partnership.is_open:
        return
    parties = Party.objects.filter(circle_members__circle=round.circle_id, role=Role.PARTNER, left_on=None)
    asked = WorkItem.objects.filter(partnership=round.partnership, key__startswith=f"{kinds.WORTH}:{round.public_id}:")
    for party in parties.exclude(pk__in=asked.values("party")):
        if is_all_there(round, party):
            continue
        work.open_item(
            kinds.WORTH,
            partnership=round.partnership,
            key=worth_key(round, party.pk),
            party=party,
            circle=circle_for(round.partnership, CircleKind.OWN, party=party),
            path=url(round.partnership, "since", round.public_id),
            due_on=clock.today() + timedelta(days=WORTH_DAYS),
            item=round,
        )


def follow_worth(by: Place) -> None:
    """Something was written down: what is all there waits no longer."""
    waiting = WorkItem.objects.filter(
        partnership=by.partnership, party=by.own_party, kind=kinds.WORTH, closed_at=None
    ).values("object_id")
    for round in Round.objects.visible_to(by).filter(pk__in=waiting):
        if is_all_there(round, by.own_party):
            tell_worth(round, by=by)


def tell_worth(round: Round, *, by: Place) -> None:
    """The own side has told all that there is: of what it left out there was nothing."""
    with transaction.atomic():
        log(kinds.WORTH_TOLD, by=by, circle=circle_here(by, CircleKind.OWN))
        work.close_item(by.partnership, worth_key(round, by.own_party.pk))


# A second pair of eyes ------------------------------------------------------------------------------------------------
def voice_key(outcome: Outcome, party: Party | int) -> str:
    return f"outcomes:voice:{outcome.pk}:{party if isinstance(party, int) else party.pk}"


def ask_for_voices(outcome: Outcome, *, by: Place) -> None:
    """The other partners that read it are asked whether they see it too."""
    readers = set(outcome.circle.members.values_list("party", flat=True))
    asked = [p for p in by.partners if p.pk in readers and p.pk != outcome.party_id]
    for party in asked:
        work.open_item(
            kinds.CONFIRM,
            partnership=by.partnership,
            key=voice_key(outcome, party),
            party=party,
            circle=outcome.circle,
            path=outcome.path,
            due_on=clock.today() + timedelta(days=VOICE_DAYS),
            item=outcome,
        )
    notices.post(
        kinds.CONFIRM_NOTICE,
        to=leads_of(asked),
        key=f"outcomes:voice:{outcome.pk}:{outcome.version}",
        partnership=by.partnership,
        path=outcome.path,
        names={"party": by.own_party.name},
    )


def stop_asking(outcome: Outcome) -> None:
    work.close_items(outcome.partnership, f"outcomes:voice:{outcome.pk}:")


def tell_of_harm(outcome: Outcome, *, by: Place) -> None:
    """The leads of everybody who reads it: harm does not wait for the next look at a page."""
    readers = outcome.circle.members.exclude(party=by.own_party).values_list("party", flat=True)
    notices.post(
        kinds.HARM_NOTICE,
        to=leads_of(readers),
        key=f"outcomes:harm:{outcome.pk}",
        partnership=by.partnership,
        path=outcome.path,
        names={"party": by.own_party.name},
    )


def tell_writer(outcome: Outcome, *, by: Place) -> None:
    notices.post(
        kinds.CONFIRMED_NOTICE,
        to=leads_of([outcome.party_id]),
        key=f"outcomes:voiced:{outcome.pk}:{outcome.version}:{by.own_party.pk}",
        partnership=by.partnership,
        path=outcome.path,
        names={"party": by.own_party.name},
    )


def tell_readers(bundle: Release, *, by: Place) -> None:
    readers = bundle.circle.members.exclude(party=by.own_party).values_list("party", flat=True)
    notices.post(
        kinds.SHOWN_NOTICE,
        to=leads_of(readers),
        key=f"outcomes:shown:{bundle.pk}",
        partnership=by.partnership,
        path=url(by.partnership, "overview"),
        names={"party": by.own_party.name},
    )
