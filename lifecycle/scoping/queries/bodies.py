"""The affected people's bodies: what each was asked and answered, and how far the talk is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q
from django.db.models.functions import Lower

from partnerships.access.places import Place
from partnerships.people.models import Membership
from partnerships.people.states import OrganisationKind
from partnerships.record.models import Party, Seat
from partnerships.record.states import Role, Standing

from ..models import AffectedBody, BodyAnswer, BodyNote, BodyQuestion
from ..states import About, BodySays


@dataclass
class Asked:
    """A body, what it was asked and what it answered, as this reader may know it."""

    body: AffectedBody
    questions: list[BodyQuestion]
    answers: dict[str, BodyAnswer]
    notes: list[BodyNote]

    def asked(self, about: str) -> BodyQuestion | None:
        return next((q for q in self.questions if q.about == about), None)


def bodies(place: Place) -> list[Asked]:
    """Every body this reader may know of. Four queries, however many bodies."""
    user, partnership = place.user, place.partnership
    questions = BodyQuestion.objects.visible_to(user).filter(withdrawn_at=None)
    answers = BodyAnswer.objects.visible_to(user).filter(withdrawn_at=None, replaced_at=None)
    rows = (
        AffectedBody.objects.visible_to(user)
        .of(partnership)
        .filter(withdrawn_at=None)
        .select_related("party__organisation", "body_party__organisation")
        .prefetch_related(
            Prefetch(
                "questions", questions.select_related("author", "party__organisation").order_by("-asked_on", "-pk")
            ),
            Prefetch("body_answers", answers.select_related("party__organisation", "circle").order_by("-pk")),
            Prefetch("notes", BodyNote.objects.visible_to(user).filter(withdrawn_at=None).order_by("-pk")),
        )
        .order_by("pk")
    )
    return [
        Asked(
            body=b,
            questions=list(b.questions.all()),
            answers={a.about: a for a in b.body_answers.all()},
            notes=list(b.notes.all()),
        )
        for b in rows
    ]


def _is_told(place: Place) -> bool:
    """Whether this reader is told how much a body is asked: partners and broker that are in."""
    return place.party is not None and place.party.left_on is None and place.party.role in {Role.PARTNER, Role.BROKER}


def engaged(place: Place, parties: Iterable[Party]) -> dict[int, int]:
    """For each of these parties, in how many other open partnerships its organisation takes part. One query.

    A community that is asked too often is a question with weight, and only the number can put it. Whether it may be
    told was weighed like this. That a record exists is its parties' own affair: so there is a number, never a name,
    stage, place or date, and closed records count no more. Who reads it already sees this body in this record, and asks
    something of it: the partners, their broker, and the body itself, which sees the same number as they do. Public
    authorities, funders and advisers are told nothing, since for some a body's other talks are what they would like
    to know. A number that rises by one tells a partner that a talk began somewhere: the body knows that it is
    counted (docs/guests.md), and a record counts only once the body has accepted its ground rules there, so that an
    invitation alone, which anybody can send, moves nothing. Names are never compared across records; what a body
    without a seat is counted by says `may_be_engaged`.
    """
    if place.party is None or place.party.left_on is not None:
        return {}
    told = [p for p in parties if _is_told(place) or p.pk == place.party.pk]
    rows = (
        Party.objects.filter(
            organisation__in={p.organisation_id for p in told},
            left_on=None,
            rules_accepted_at__isnull=False,
            partnership__standing__in=_OPEN,
        )
        .exclude(partnership=place.partnership)
        .values_list("organisation")
        .annotate(count=Count("partnership", distinct=True))
        .order_by()
    )
    counts = dict(rows) if told else {}
    return {p.pk: counts.get(p.organisation_id, 0) for p in told}


_OPEN = [Standing.ACTIVE, Standing.ON_HOLD]
_WHY = "how many records a body that agreed to be counted answers in: a number, never which"


def may_be_engaged(place: Place, addresses: Iterable[str], *, seats: bool) -> dict[str, set[int]]:
    """By mail address, the ids of other open partnerships in which it stands for a body that let itself be counted.

    A body without a seat has nothing of its own but the address from which it approved what was written down for it.
    So a record counts once the body has answered in it from this address, and ticked there that it may be counted; with
    `seats`, also where somebody with this address sits for a community. Two may share an address: it may be the same
    body. Anybody can write down a name, or that a body was asked: by these nothing is ever counted
    (docs/decisions, 29). At most two queries; the ids are for counting, never for showing.
    """
    wanted = {address.lower() for address in addresses if address}
    found: dict[str, set[int]] = {address: set() for address in wanted}
    if not wanted:
        return found
    stands = BodyAnswer.objects.unguarded(_WHY).filter(body=OuterRef("body"), by_note=True, withdrawn_at=None)
    notes: Any = (
        BodyNote.objects.unguarded(_WHY)
        .filter(Exists(stands), approved_at__isnull=False, is_counted=True, withdrawn_at=None)
        .filter(body__withdrawn_at=None, body__body_party=None, partnership__standing__in=_OPEN)
        .exclude(partnership=place.partnership)
        .annotate(sent_to=Lower("body__address"))
        .filter(sent_to__in=wanted)
    )
    rows = list(notes.values_list("sent_to", "partnership"))
    if seats:
        seated = Seat.objects.filter(
            Q(party__role=Role.RIGHTS_HOLDER) | Q(party__organisation__kind=OrganisationKind.COMMUNITY),
            membership__user__email__in=wanted,
            membership__ended_on=None,
            ended_on=None,
            party__left_on=None,
            party__rules_accepted_at__isnull=False,
            party__partnership__standing__in=_OPEN,
        ).exclude(party__partnership=place.partnership)
        rows += seated.values_list("membership__user__email", "party__partnership")
    for address, partnership in rows:
        found[address.lower()].add(partnership)
    return found


@dataclass(frozen=True)
class AskedOften:
    """A body, and in how many other partnerships it takes part; a number alone."""

    name: str
    #: None for a body without a seat.
    count: int | None
    #: In how many more a body with the same mail address answers, which may be the same.
    may_be: int = 0
    party: Party | None = None
    #: The body without a seat.
    body_id: int = 0


def asked_often(place: Place) -> list[AskedOften]:
    """The bodies here with the weight of asking them: those with a seat, and those that answered by mail.

    Of the latter only for who reads what they answered, and only where there is something to tell. At most five
    queries, however many bodies.
    """
    seated = [
        p for p in place.present if p.role == Role.RIGHTS_HOLDER or p.organisation.kind == OrganisationKind.COMMUNITY
    ]
    counts = engaged(place, seated) if seated else {}
    told = [p for p in seated if p.pk in counts]
    found: list[AskedOften] = []
    if told:
        members: dict[int, list[str]] = defaultdict(list)
        people = Membership.objects.filter(organisation__in=[p.organisation_id for p in told], ended_on=None)
        for organisation, address in people.values_list("organisation", "user__email"):
            members[organisation].append(address.lower())
        noted = may_be_engaged(place, {a for each in members.values() for a in each}, seats=False)
        for party in told:
            more = set().union(*(noted[a] for a in members[party.organisation_id]))
            found.append(AskedOften(party.name, counts[party.pk], len(more), party=party))
    return found + (_answering_by_mail(place) if _is_told(place) else [])


def _answering_by_mail(place: Place) -> list[AskedOften]:
    answers = BodyAnswer.objects.visible_to(place).filter(
        by_note=True, withdrawn_at=None, body__withdrawn_at=None, body__body_party=None,
        body__in=AffectedBody.objects.visible_to(place),
    )  # fmt: skip
    bodies = {pk: (name, address.lower()) for pk, name, address in
              answers.order_by("pk").values_list("body", "body__name", "body__address")}  # fmt: skip
    elsewhere = may_be_engaged(place, {address for _name, address in bodies.values()}, seats=True)
    return [
        AskedOften(name, None, len(elsewhere[address]), body_id=pk)
        for pk, (name, address) in bodies.items()
        if elsewhere.get(address)
    ]


@dataclass(frozen=True)
class BodyStanding:
    """For the gates: how far the talk with one body is, whoever reads."""

    body_id: int
    name: str
    asked: bool
    involvement: str
    partnership: str
    #: Whether this reader may know the name, and the answer to the partnership.
    known: bool
    readable: bool
    asked_about_partnership: bool
    body_party_id: int | None


def body_standings(place: Place) -> list[BodyStanding]:
    """Every body's standing. Two queries; the words of the answers are not among them."""
    known = AffectedBody.objects.visible_to(place.user).filter(pk=OuterRef("pk"))
    asked = BodyQuestion.objects.unguarded("whether a body was asked, for the gate").filter(
        body=OuterRef("pk"), withdrawn_at=None
    )
    rows: list[Any] = list(
        AffectedBody.objects.unguarded("how far the talk with each body is, for the gate; names only to readers")
        .of(place.partnership)
        .filter(withdrawn_at=None)
        .annotate(known=Exists(known), asked=Exists(asked), asked_again=Exists(asked.filter(about=About.PARTNERSHIP)))
        .order_by("pk")
    )
    readable = BodyAnswer.objects.visible_to(place.user).filter(pk=OuterRef("pk"))
    given: Any = (
        BodyAnswer.objects.unguarded("what each body answers, for the gate; told only to those who may read")
        .of(place.partnership)
        .filter(withdrawn_at=None, replaced_at=None)
        .defer("words")
        .annotate(readable=Exists(readable))
    )
    answers: dict[tuple[int, str], tuple[str, bool]] = {(a.body_id, a.about): (a.says, a.readable) for a in given}
    nothing = ("", False)
    return [
        BodyStanding(
            body_id=b.pk,
            name=b.name,
            asked=b.asked or any((b.pk, about) in answers for about in About.values),
            involvement=answers.get((b.pk, About.INVOLVEMENT), nothing)[0],
            partnership=answers.get((b.pk, About.PARTNERSHIP), nothing)[0],
            known=b.known,
            readable=answers.get((b.pk, About.PARTNERSHIP), nothing)[1],
            asked_about_partnership=b.asked_again,
            body_party_id=b.body_party_id,
        )
        for b in rows
    ]


def affected_answer_is_recorded(standings: list[BodyStanding]) -> bool:
    """At least one body has answered, all that wish to be involved have, and none said no."""
    answered = [b for b in standings if b.partnership]
    if not answered or any(b.partnership == BodySays.REFUSE for b in answered):
        return False
    return all(b.partnership or b.involvement == BodySays.NO for b in standings)
