"""Who is told, and who reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from partnerships.access.models import Circle, CircleParty
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.record.models import Partnership, Party, Seat

if TYPE_CHECKING:
    from partnerships.people.models import User


def leads_of(parties: Iterable[Party | int]) -> list[User]:
    """The leads and stand-ins of parties."""
    ids = [p if isinstance(p, int) else p.pk for p in parties]
    seats = Seat.objects.filter(
        party__in=ids, duty__in=["lead", "stand_in"], ended_on=None, membership__ended_on=None
    ).select_related("membership__user")
    return [s.membership.user for s in seats]


def everyone_of(party: Party) -> list[User]:
    """Everybody seated with a party."""
    seats = Seat.objects.filter(party=party, ended_on=None, membership__ended_on=None)
    return [s.membership.user for s in seats.select_related("membership__user")]


def members_of(circles: Iterable[int]) -> dict[int, list[int]]:
    """The party ids of circles. One query."""
    found: dict[int, list[int]] = defaultdict(list)
    rows = CircleParty.objects.filter(circle__in=set(circles)).order_by("party")
    for circle, party in rows.values_list("circle", "party"):
        found[circle].append(party)
    return found


def partners_circle_misses(place: Place, circle: Circle) -> list[Party]:
    """Partners and brokers that joined after a text was written for the partners, and cannot read it."""
    if circle.kind not in {CircleKind.PARTNERS, CircleKind.CHOSEN}:
        return []
    ids = set(circle.members.values_list("party", flat=True))
    return [p for p in place.present if p.role in {"partner", "broker"} and p.pk not in ids]


def partners_of(partnership: Partnership) -> list[Party]:
    """The partners that are in, in order of joining."""
    return list(partnership.parties.filter(role="partner", left_on=None).order_by("joined_at", "pk"))
