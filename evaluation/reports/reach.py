"""What all those for whom a report is made may read: never more than that stands in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from evaluation.reviews.models import Round
from partnerships.access.models import CircleParty, ReleaseOpening
from partnerships.access.places import Place
from partnerships.record.models import Party
from partnerships.record.states import Role

from .states import WIDER, Audience


def readers(place: Place, round: Round, audience: str) -> list[Party]:
    """The parties for whom a version is made. A donor's version is also for a funder who has no seat in the record."""
    if audience == Audience.OWN:
        return [place.own_party]
    if audience == Audience.ALL:
        return list(place.present)
    in_round = set(CircleParty.objects.filter(circle=round.circle_id).values_list("party", flat=True))
    roles = {Role.FUNDER} if audience == Audience.DONOR else set()
    return [p for p in place.parties if p.pk in in_round or (p.role in roles and p.left_on is None)]


class Reach:
    """Which items may stand in one version. Three queries, however many items are asked for.

    What partners and brokers wrote: all of them must be able to read it. In a wider version it is their agreement to
    the whole, asked from every partner, that shows it to the others; who left is not asked, so its words are not among
    them. What anybody else said (a community above all, whoever wrote it down) stands only where every reader of the
    version reads it already: an authority never finds a community's words unless that community chose so.
    """

    def __init__(self, place: Place, round: Round, audience: str) -> None:
        everyone, wider = readers(place, round, audience), audience in WIDER
        inner = everyone if audience == Audience.OWN else [p for p in everyone if p.role in {Role.PARTNER, Role.BROKER}]
        self._own_words = {
            p.pk for p in place.parties if p.role in {Role.PARTNER, Role.BROKER} and (p.left_on is None or not wider)
        }
        self._everyone, self._inner = {p.pk for p in everyone}, {p.pk for p in inner}
        #: To be handed on to somebody who has no seat here: nobody can have let them read anything.
        self._goes_out = audience == Audience.DONOR and not any(p.role == Role.FUNDER for p in everyone)
        circles: dict[int, set[int]] = defaultdict(set)
        for circle, party in CircleParty.objects.filter(circle__partnership=place.partnership).values_list(
            "circle", "party"
        ):
            circles[circle].add(party)
        self._circles = circles
        opened: dict[tuple[str, int], set[int]] = defaultdict(set)
        for model, pk, party in ReleaseOpening.objects.filter(
            release__partnership=place.partnership, party__in=self._everyone
        ).values_list("release__items__model", "release__items__object_id", "party"):
            opened[model, pk].add(party)
        self._opened = opened

    def reads(self, item: Any) -> bool:
        """Whether a circled item may stand in this version."""
        if item.party_id not in self._own_words or getattr(item, "of_body", False):
            return self.is_read_by_all(item)
        return self._inner <= self._readers_of(item)

    def hears(self, item: Any, party: Party) -> bool:
        """Whether what a party said to an item may stand beside it: a body's words only where all read them already."""
        return self.reads(item) if party.pk in self._own_words else self.is_read_by_all(item)

    def is_read_by_all(self, item: Any) -> bool:
        """Whether all for whom this version is made read an item already: what a community said goes no further."""
        return not self._goes_out and self._everyone <= self._readers_of(item)

    def _readers_of(self, item: Any) -> set[int]:
        return self._circles.get(item.circle_id, set()) | self._opened.get((item._meta.label_lower, item.pk), set())

    def only(self, items: Iterable[Any]) -> list[Any]:
        return [item for item in items if self.reads(item)]
