"""Reading who is in a record, and what happened in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.template.defaultfilters import floatformat
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from ..access.models import Release
from ..access.places import Place
from ..access.ready import Ready, ReadyHere
from ..history import kinds as act_kinds
from ..history.models import Act
from .models import LegalHold, Partnership, Party, PartyConsent, PartyInvite, Seat
from .states import Duty

#: Acts on one page of the history.
PAGE = 50


#: Acts that the overview tells of.
LATEST = 6

_LATEST = ReadyHere(lambda place: _acts(place)[:LATEST])
_SEATED = Ready(
    lambda record: (
        Seat.objects.filter(party__partnership=record, ended_on=None, membership__ended_on=None)
        .select_related("membership__user", "office", "stands_in_for__membership__user")
        .order_by("pk")
    )
)
_UNOPENED = Ready(
    lambda record, party: (
        Release.objects.filter(partnership=record, circle__members__party=party, recalled_at=None)
        .exclude(party=party)
        .exclude(openings__party=party)
        .select_related("party__organisation", "by")
        .order_by("released_at")
    )
)
_CHILDREN = ReadyHere(
    lambda place: Partnership.objects.visible_to(place.user).filter(parent=place.partnership).order_by("name")
)


@dataclass(frozen=True)
class Event:
    """One line of the timeline."""

    pk: int
    title: str
    url: str
    who: str
    party: Party | None
    at: datetime


def timeline(place: Place, *, limit: int = PAGE, before: int | None = None) -> list[Event]:
    """The newest acts this person may know of, older than the act `before`. Two queries, whatever the length."""
    acts = _acts(place)
    if before is not None:
        acts = acts.filter(pk__lt=before)
    return _events(place, acts[:limit])


def latest(place: Place) -> list[Event]:
    """The newest few of them, for the overview. One query."""
    return _events(place, _LATEST(place))


def _acts(place: Place) -> QuerySet[Act]:
    return Act.objects.visible_to(place).select_related("by").order_by("-id")


def _events(place: Place, acts: Iterable[Act]) -> list[Event]:
    by_id = {p.pk: p for p in place.parties}
    return [_event(place, act, by_id.get(act.party_id or 0)) for act in acts]


def _event(place: Place, act: Act, party: Party | None) -> Event:
    kind = act_kinds.get(act.kind)
    url = ""
    if kind.url_name:
        kwargs = {"pid": place.partnership.public_id}
        if kind.object_kwarg:
            kwargs[kind.object_kwarg] = act.object_public_id
        try:
            url = reverse(kind.url_name, kwargs=kwargs)
        except NoReverseMatch:
            url = ""
    return Event(act.pk, str(kind.label), url, str(act.by or ""), party, act.at)


@dataclass(frozen=True)
class Team:
    """A party and the people seated with it, leads first."""

    party: Party
    seats: tuple[Seat, ...]

    @property
    def lead(self) -> Seat | None:
        return next((s for s in self.seats if s.duty == Duty.LEAD), None)

    @property
    def stand_in(self) -> Seat | None:
        return next((s for s in self.seats if s.duty == Duty.STAND_IN), None)

    @property
    def row(self) -> dict[str, Any]:
        """A row of components/people.html: the lead, the hours, the stand-in, and what is missing."""
        if self.lead is None:
            return {"name": self.party.name, "party": self.party, "warning": _("No lead")}
        words = [f"{self.party.name}, {self.party.role_label}."]
        if self.lead.hours:
            words.append(_("%(hours)s hours a week.") % {"hours": floatformat(self.lead.hours)})
        if self.stand_in is not None:
            words.append(_("Stand-in: %(name)s") % {"name": self.stand_in.membership.user.name})
        alone = self.stand_in is None and self.party.is_partner
        return {
            "name": self.lead.membership.user.name,
            "party": self.party,
            "text": " ".join(words),
            "warning": _("No stand-in") if alone else "",
        }


_ORDER = {Duty.LEAD: 0, Duty.STAND_IN: 1, Duty.MEMBER: 2}


def teams(place: Place) -> list[Team]:
    """Everybody seated in the record, by party. One query."""
    by_party: dict[int, list[Seat]] = defaultdict(list)
    for seat in _SEATED(record=place.partnership.pk):
        by_party[seat.party_id].append(seat)
    return [
        Team(p, tuple(sorted(by_party[p.pk], key=lambda s: _ORDER[Duty(s.duty)])))
        for p in sorted(place.present, key=lambda p: not p.is_partner)
    ]


@dataclass(frozen=True)
class OpenInvite:
    """A wish, and the ids of the partners that have agreed to it."""

    invite: PartyInvite
    agreed: frozenset[int]
    #: The side whose wish it is sends it again, or takes it back.
    inviting: int | None
    #: Until when the link works that is out.
    until: datetime | None


def inviting_side(invite: PartyInvite) -> PartyConsent | None:
    """The first yes of a side that is still in: it is the proposer's, or of who agreed next where that one left."""
    present = [c for c in invite.consents.all() if c.party.left_on is None]
    return min(present, key=lambda c: c.pk, default=None)


def handovers(place: Place) -> list[Seat]:
    """Seats of the own side with a handover page, or of leads who left: who took over reads them."""
    if place.party is None:
        return []
    return list(
        Seat.objects.filter(party=place.party)
        .filter(Q(handovers__isnull=False) | Q(duty=Duty.LEAD, ended_on__isnull=False))
        .select_related("membership__user")
        .distinct()
        .order_by("-ended_on", "pk")
    )


def open_invites(place: Place) -> list[OpenInvite]:
    """Wishes to bring a party in that are not answered yet; partners see them."""
    if not place.is_partner:
        return []
    found = list(
        PartyInvite.objects.filter(partnership=place.partnership, party=None, declined_at=None)
        .select_related("proposed_by")
        .prefetch_related("consents__party__organisation", "invitations")
    )
    return [_open_invite(invite) for invite in found]


def _open_invite(invite: PartyInvite) -> OpenInvite:
    inviting = inviting_side(invite)
    links = [i.expires_at for i in invite.invitations.all() if i.accepted_at is None and i.revoked_at is None]
    return OpenInvite(
        invite,
        frozenset(c.party_id for c in invite.consents.all()),
        inviting.party_id if inviting else None,
        max(links, default=None),
    )


def unopened_releases(place: Place) -> list[Release]:
    """Releases to the reader's party that it has not opened: shown as "released, not opened". None once it left."""
    if place.party is None or place.party.left_at is not None:
        return []
    return _UNOPENED(record=place.partnership.pk, party=place.party.pk)


def own_releases(place: Place) -> list[Release]:
    """What the reader's party has released, newest first, with who has opened it."""
    if place.party is None:
        return []
    return list(
        Release.objects.filter(partnership=place.partnership, party=place.party)
        .select_related("circle")
        .prefetch_related("openings__party__organisation")
        .order_by("-released_at")[:PAGE]
    )


def children(place: Place) -> list[dict[str, Any]]:
    """Site partnerships under this umbrella that the reader finds."""
    return [
        {"name": c.name, "url": reverse("record:overview", args=[c.public_id]), "stage": c.stage}
        for c in _CHILDREN(place)
    ]


def own_holds(place: Place) -> list[LegalHold]:
    """Holds that the reader's side has set, the newest first, with why: nobody else reads that. One query.

    By the side itself, since one that has left sets and lifts its hold as well.
    """
    if place.party is None:
        return []
    return list(
        LegalHold.objects.unguarded("the reader's own side's, after leaving too")
        .filter(party=place.party)
        .select_related("author", "lifted_by")
        .order_by("-created_at", "-pk")
    )
