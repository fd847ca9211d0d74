"""What the acts share: whom scoping asks for what, and whom it tells."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse

from partnerships import clock
from partnerships.access.actions import circle_for
from partnerships.access.models import Release
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.notices import actions as notices
from partnerships.record.models import Partnership, Party
from partnerships.record.states import Stage, Standing
from partnerships.work import actions as work

from .. import kinds
from ..models import Sheet
from ..queries import leads_of
from ..states import SheetKind

#: Days in which a first answer is expected.
ANSWER_DAYS = 7


def key(kind: str, party: Party | int) -> str:
    return f"scoping:{kind}:{party if isinstance(party, int) else party.pk}"


def url(partnership: Partnership, name: str) -> str:
    return reverse(name, args=[partnership.public_id])


def ask_partner(party: Party) -> None:
    """A partner that accepted the ground rules is asked for its three lines and its fit screen."""
    partnership = party.partnership
    if party.role != "partner" or partnership.stage != Stage.SCOPING or partnership.standing != Standing.ACTIVE:
        return
    handed_in = set(
        Sheet.objects.unguarded("what a partner still owes")
        .of(partnership)
        .filter(party=party, handed_in_at__isnull=False)
        .values_list("kind", flat=True)
    )
    for kind in (SheetKind.MOTIVES, SheetKind.SCREEN):
        if kind not in handed_in:
            open_sheet_item(kind, party)


def open_sheet_item(kind: str, party: Party) -> None:
    partnership = party.partnership
    work.open_item(
        kinds.ANSWER[kind],
        partnership=partnership,
        key=key(kind, party),
        party=party,
        circle=circle_for(partnership, CircleKind.PARTNERS),
        path=url(partnership, kinds.SHEET_URLS[kind]),
        due_on=clock.today() + timedelta(days=ANSWER_DAYS),
        holds_stage=kind in {SheetKind.SCREEN, SheetKind.MOTIVES},
    )


def follow_rules(place: Place) -> None:
    """Hook: a party accepted the ground rules."""
    if place.party is not None:
        ask_partner(place.party)


def tell_readers(bundle: Release, url_name: str, *, by: Place) -> None:
    readers = bundle.circle.members.exclude(party=by.own_party).values_list("party", flat=True)
    notices.post(
        kinds.RELEASED_NOTICE,
        to=leads_of(readers),
        key=f"scoping:released:{bundle.pk}",
        partnership=by.partnership,
        path=url(by.partnership, url_name),
        names={"party": by.own_party.name},
    )
