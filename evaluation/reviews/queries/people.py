"""Who takes part: the people of a side, its part, who answers from where, what all agreed to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.apps import apps

from partnerships.access.places import Place
from partnerships.access.ready import ReadyHere
from partnerships.history.models import Act

from .. import kinds
from ..models import Boundary, BoundaryConsent, Part, Respondent, Round
from ..states import AGREED_MODES, PartMode, RespondentState

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from partnerships.people.models import User
    from partnerships.record.models import Party, Seat
from .asking import minimum


def people_of(*parties: Party) -> QuerySet[Seat]:
    """Everybody seated with these parties today."""
    seats: QuerySet[Seat] = (
        apps.get_model("partnerships", "Seat")
        ._default_manager.filter(party__in=parties, ended_on=None, membership__ended_on=None)
        .select_related("membership__user", "membership__office", "office")
        .order_by("pk")
    )
    return seats


def leads_of(parties: Iterable[Party]) -> list[User]:
    """The leads and stand-ins of these parties; all their people where there are none."""
    by_party: dict[int, list[Seat]] = defaultdict(list)
    for seat in people_of(*parties):
        by_party[seat.party_id].append(seat)
    found: dict[int, User] = {}
    for seats in by_party.values():
        leads = [seat for seat in seats if seat.duty in {"lead", "stand_in"}] or seats
        found.update({seat.membership.user_id: seat.membership.user for seat in leads})
    return list(found.values())


def boundary_of(place: Place) -> Boundary | None:
    """What is reviewed, and when, with each partner's yes to the version that stands."""
    found: Boundary | None = Boundary.objects.visible_to(place).prefetch_related("consents__by", "actors").first()
    return found


def actors_of(boundary: Boundary) -> set[int]:
    """The parties that are looked at beside the partners."""
    return {party.pk for party in boundary.actors.all()}


def who_proposed(boundary: Boundary, place: Place) -> str:
    """Who proposed what stands now."""
    acts = Act.objects.visible_to(place).filter(kind=kinds.BOUNDARY_SET)
    last = acts.filter(object_id=boundary.pk).select_related("by").order_by("pk").last()
    return str(last.by) if last is not None else ""


def who_planned(round: Round, place: Place) -> str:
    """Who proposed the dates and rules that stand now."""
    acts = Act.objects.visible_to(place).filter(kind__in=[kinds.PLANNED, kinds.PLAN_CHANGED], object_id=round.pk)
    last = acts.select_related("by").order_by("pk").last()
    return str(last.by) if last is not None else ""


def agreed_to(boundary: Boundary) -> dict[int, BoundaryConsent]:
    """Who has agreed to the version that stands."""
    return {row.party_id: row for row in boundary.consents.all() if row.version == boundary.version}


def own_part(round: Round, place: Place) -> Part | None:
    """The part of the side this person works for."""
    if place.party is None:
        return None
    part: Part | None = (
        Part.objects.visible_to(place.user)
        .filter(round=round, party=place.party)
        .select_related("party__organisation", "handed_in_by")
        .first()
    )
    return part


def was_not_named(part: Part) -> bool:
    """Whether this side's answers with names were given back in this round, since not everybody wished it.

    Then nobody is asked that again: that all of fewer people say yes would tell who of the others had said no.
    """
    return Act.objects.filter(kind=kinds.NOT_NAMED, model=part._meta.label_lower, object_id=part.pk).exists()


def own_respondent(round: Round, user: User, party: Party | None = None) -> Respondent | None:
    """From where this person answers this round: their own seat first, else their side's agreed answer.

    Who sits on two sides answers on this page for `party`, the side they stand with here.
    """
    return _nearest(_own_places(user).filter(part__round=round), party)


def respondent_here(place: Place, round: str, side: str = "") -> Respondent | None:
    """The same for the round of this public id, where the person may see it. One query, instrument and all.

    `side`: the public id of the side for which they were asked, where they sit on two.
    """
    party = next((party for party in place.parties if party.public_id == side), place.party)
    return _nearest(_HERE(place, round=round), party)


def _nearest(found: Iterable[Respondent], party: Party | None) -> Respondent | None:
    """Of the side where somebody stands, before any other; a seat before the agreed answer, on either engine."""
    own = party.pk if party is not None else None
    return min(found, key=lambda row: (row.part.party_id != own, row.seat_id is None, row.pk), default=None)


def respondent_for_broker(place: Place, round: str, part: str) -> Respondent | None:
    """Where a broker writes down what a side told it: until that side has handed in."""
    if not place.is_broker:
        return None
    found: Respondent | None = (
        Respondent.objects.unguarded("this side asked its broker to write its answer down")
        .filter(
            part__in=_told_to_broker(place),
            part__public_id=part,
            part__round__in=Round.objects.visible_to(place).filter(public_id=round),
            seat=None,
            email_hash="",
        )
        .select_related("part__round__instrument", "part__round__partnership", "part__party__organisation")
        .first()
    )
    return found


def brokers_desks(round: Round, place: Place) -> list[Part]:
    """The sides of a round that want this broker to write their answer down, and have not handed in."""
    if not place.is_broker:
        return []
    return list(_told_to_broker(place).filter(round=round).select_related("party__organisation").order_by("party"))


def _told_to_broker(place: Place) -> QuerySet[Part]:
    parts: QuerySet[Part] = Part.objects.unguarded("a side that speaks with its broker wants it to know").filter(
        partnership=place.partnership, mode=PartMode.WITH_BROKER, handed_in_at=None, destroyed_at=None
    )
    return parts


def _own_places(user: User) -> QuerySet[Respondent]:
    places: QuerySet[Respondent] = (
        Respondent.objects.all()
        .of_user(user)
        .filter(part__destroyed_at=None)
        .select_related("part__round__instrument", "part__round__partnership", "part__party__organisation")
    )
    return places


#: Of whoever asks: whether they were asked in this round by a seat, or for their side's agreed answer.
_ASKED_HERE = ReadyHere(
    lambda place, round: (
        Respondent.objects.all().of_user(place.user).filter(part__destroyed_at=None, part__round=round).only("pk")[:1]
    )
)


def was_asked_here(place: Place, round: Round) -> bool:
    """Whether this person has answers of their own in a round that they may see."""
    return bool(_ASKED_HERE(place, round=round.pk))


_HERE = ReadyHere(
    lambda place, round: _own_places(place.user).filter(
        part__round__in=Round.objects.visible_to(place).filter(public_id=round)
    )
)


def respondent_of_link(pk: int) -> Respondent | None:
    """The respondent that a signed link names: the link is the right to open it."""
    found: Respondent | None = (
        Respondent.objects.unguarded("the signed link is the right to it")
        .filter(pk=pk, part__destroyed_at=None)
        .select_related("part__round__instrument", "part__round__partnership", "part__party__organisation")
        .select_related("seat__membership__user")
        .first()
    )
    return found


def linked(part: Part) -> QuerySet[Respondent]:
    """Who answers through a personal link."""
    found: QuerySet[Respondent] = (
        part.respondents.filter(on_paper=False)
        .exclude(seat=None, email="")
        .select_related("seat__membership__user")
        .order_by("pk")
    )
    return found


@dataclass(frozen=True)
class Progress:
    """How far the own side is. Only ever shown to it."""

    asked: int
    answered: int
    least: int
    #: Of those that answered, how many did so on paper or in a talk.
    on_paper: int = 0

    @property
    def enough(self) -> bool:
        return self.answered >= self.least


def progress(part: Part) -> Progress:
    """Own count, for the own side."""
    rows = list(part.respondents.values_list("state", "on_paper"))
    least = 1 if part.mode in AGREED_MODES else max(1, len(rows)) if part.mode == PartMode.OPEN else minimum()
    done = [on_paper for state, on_paper in rows if state == RespondentState.DONE]
    return Progress(len(rows), len(done), least, sum(done))
