"""Where a person stands in a partnership: the one argument of every permission, and the `by` of every action."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from django.db.models import Manager

    from partnerships.people.models import User
    from partnerships.record.models import Partnership, Party, Seat


T = TypeVar("T")


@dataclass(frozen=True)
class Place:
    """A signed-in person in one partnership. Without a seat (an administrator) `seat` and `party` are None."""

    user: User
    partnership: Partnership
    seat: Seat | None = None
    party: Party | None = None
    #: Every party, those that left included, in order of joining.
    parties: tuple[Party, ...] = ()
    #: The party still in whose organisation an administrator without a seat administers.
    administered: Party | None = None
    #: Whether that is so of any party, those that left included: who administers it finds the record.
    administers: bool = False
    #: Ids of the parties in which the person has a seat: one, as good as always.
    seated_with: tuple[int, ...] = ()
    #: What `once` has read, on a page that only shows.
    kept: dict[str, Any] | None = field(default=None, compare=False, repr=False)

    def once(self, name: str, read: Callable[[], T]) -> T:
        """What `read` returns; on a page that only shows it is asked for once, however many panels need it."""
        if self.kept is None:
            return read()
        if name not in self.kept:
            self.kept[name] = read()
        found: T = self.kept[name]
        return found

    @property
    def is_plain(self) -> bool:
        """Whether what the person reads here follows from the seats alone: there are some, of parties that are in."""
        return bool(self.seated_with) and all(p.left_at is None for p in self.parties if p.pk in self.seated_with)

    @property
    def is_seated(self) -> bool:
        return self.seat is not None

    @property
    def is_partner(self) -> bool:
        """Seated with one of the partners that are still in."""
        return self.party is not None and self.party.role == "partner" and self.party.left_on is None

    @property
    def is_broker(self) -> bool:
        return self.party is not None and self.party.role == "broker" and self.party.left_on is None

    @property
    def is_lead(self) -> bool:
        """Lead or stand-in: who may speak for the party."""
        return self.seat is not None and self.seat.duty in {"lead", "stand_in"}

    @property
    def own_party(self) -> Party:
        """The person's party; only where a guard made sure of a seat."""
        if self.party is None:
            raise RuntimeError("an action needs a seat; guard the view with a predicate that asks for one")
        return self.party

    @property
    def partners(self) -> tuple[Party, ...]:
        """The partners that are still in."""
        return tuple(p for p in self.parties if p.role == "partner" and p.left_on is None)

    @property
    def other_partners(self) -> tuple[Party, ...]:
        """The partners that are still in, without the own side: whom an act of this side asks and tells."""
        return tuple(p for p in self.partners if p.pk != self.own_party.pk)

    def all_partners_in(self, yeses: Manager[Any]) -> bool:
        """Whether every partner that is still in has said yes: each yes is a row with its party."""
        return {p.pk for p in self.partners} <= set(yeses.values_list("party", flat=True))

    @property
    def present(self) -> tuple[Party, ...]:
        """All parties that are still in."""
        return tuple(p for p in self.parties if p.left_on is None)
