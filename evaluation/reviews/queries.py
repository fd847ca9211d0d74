"""Reading reviews: the instrument, the people, and, once it may be read, what an opened round says."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings

from lifecycle.attention.registry import Raised
from partnerships import clock
from partnerships.access.places import Place
from partnerships.access.ready import Ready, ReadyHere
from partnerships.catalogue.content import Instrument
from partnerships.catalogue.content import Statement as Sentence
from partnerships.catalogue.queries import content
from partnerships.history.models import Act

from . import kinds, scoring, sealing
from .models import Boundary, BoundaryConsent, OpenAnswer, Part, Respondent, Round, SealedAnswer, Talk
from .states import PartMode, RespondentState, RoundKind, RoundState

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from partnerships.people.models import User
    from partnerships.record.models import Party, Seat

#: How many statements the agenda shows.
AGENDA = 5
#: A wide gap that was not talked about for this long becomes a warning.
TALK_DAYS = 30


def rules() -> scoring.Rules:
    """The thresholds of this installation."""
    return scoring.Rules(minimum=getattr(settings, "REVIEW_MINIMUM", 5))


def minimum() -> int:
    """The smallest group that is ever shown."""
    return rules().group_minimum


# What is asked --------------------------------------------------------------------------------------------------------
def instrument_of(round: Round) -> Instrument:
    """The instrument in the version that this round asks."""
    return content(round.instrument, Instrument)


def asked_codes(round: Round) -> list[str]:
    """The codes of the statements that this round asks, in order."""
    return list(round.statements)


def asked(round: Round) -> list[Sentence]:
    """The statements that this round asks, in order."""
    chosen = set(round.statements)
    return [item for item in instrument_of(round).items if item.code in chosen]


def screens(round: Round) -> dict[str, list[Sentence]]:
    """One screen a dimension: its code, and its statements."""
    found: dict[str, list[Sentence]] = {}
    for item in asked(round):
        found.setdefault(item.dimension, []).append(item)
    return found


def sentence(round: Round, item: Sentence) -> Any:
    """The statement as this round words it: a baseline asks what people expect in a year."""
    if round.kind == RoundKind.BASELINE:
        return getattr(item, "baseline_text", None) or item.text
    return item.text


# Who ------------------------------------------------------------------------------------------------------------------
def people_of(*parties: Party) -> QuerySet[Seat]:
    """Everybody seated with these parties today."""
    seats: QuerySet[Seat] = (
        apps.get_model("partnerships", "Seat")
        ._default_manager.filter(party__in=parties, ended_on=None, membership__ended_on=None)
        .select_related("membership__user", "office")
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
    found: Boundary | None = Boundary.objects.visible_to(place).prefetch_related("consents__by").first()
    return found


def who_proposed(boundary: Boundary, place: Place) -> str:
    """Who proposed what stands now."""
    acts = Act.objects.visible_to(place).filter(kind=kinds.BOUNDARY_SET)
    last = acts.filter(object_id=boundary.pk).select_related("by").order_by("pk").last()
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


def own_respondent(round: Round, user: User) -> Respondent | None:
    """From where this person answers this round: their own seat first, else their side's agreed answer."""
    found: Respondent | None = _own_places(user).filter(part__round=round).first()
    return found


def respondent_here(place: Place, round: str) -> Respondent | None:
    """The same for the round of this public id, where the person may see it. One query, instrument and all."""
    return next(iter(_HERE(place, round=round)), None)


def _own_places(user: User) -> QuerySet[Respondent]:
    places: QuerySet[Respondent] = (
        Respondent.objects.all()
        .of_user(user)
        .filter(part__destroyed_at=None)
        .select_related("part__round__instrument", "part__round__partnership", "part__party__organisation")
        .order_by("-seat")
    )
    return places


_HERE = ReadyHere(
    lambda place, round: _own_places(place.user).filter(
        part__round__in=Round.objects.visible_to(place).filter(public_id=round)
    )[:1]
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


@dataclass(frozen=True)
class Progress:
    """How far the own side is. Only ever shown to it."""

    asked: int
    answered: int
    least: int

    @property
    def enough(self) -> bool:
        return self.answered >= self.least


def progress(part: Part) -> Progress:
    """Own count, for the own side."""
    states = list(part.respondents.values_list("state", flat=True))
    least = 1 if part.mode == PartMode.ONE_AGREED else minimum()
    return Progress(len(states), sum(state == RespondentState.DONE for state in states), least)


# Sealed ---------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Draft:
    """What a respondent has said so far."""

    answers: dict[str, int | None] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    #: statement -> party's primary key -> guess
    guesses: dict[str, dict[str, int]] = field(default_factory=dict)
    #: How often each screen was saved; an agreed answer is written by several hands.
    versions: dict[str, int] = field(default_factory=dict)

    def missing(self, codes: Iterable[str]) -> list[str]:
        """Statements without an answer; "don't know" is one."""
        return [code for code in codes if code not in self.answers]


def context_of(respondent: Respondent) -> tuple[str, ...]:
    """What a sealed answer is bound to."""
    return "answer", str(respondent.part.round_id), respondent.part.public_id, respondent.public_id


def unsealed(sealed: SealedAnswer, respondent: Respondent) -> Draft:
    return Draft(**sealing.unseal(sealed.ciphertext, context=context_of(respondent)))


def draft_of(respondent: Respondent) -> Draft:
    """What this respondent has said so far; only ever for that respondent's own screen."""
    sealed = sealed_of(respondent)
    return unsealed(sealed, respondent) if sealed is not None else Draft()


def sealed_of(respondent: Respondent) -> SealedAnswer | None:
    """What this respondent has said so far, as it lies there, with the respondent as it is now."""
    return next(iter(_SEALED(respondent=respondent.pk)), None)


_SEALED = Ready(
    lambda respondent: SealedAnswer.objects.filter(respondent=respondent).select_related("respondent__part")[:1]
)


def drafts_of_part(part: Part) -> list[tuple[Respondent, Draft]]:
    """Everything a part holds, unsealed: only for the opening, and for its own side's results the day before.

    In no order that tells anything.
    """
    found = [
        (sealed.respondent, unsealed(sealed, sealed.respondent))
        for sealed in part.sealed.select_related("respondent__part").filter(respondent__state=RespondentState.DONE)
    ]
    secrets.SystemRandom().shuffle(found)
    return found


# Results --------------------------------------------------------------------------------------------------------------
def results(rounds: Sequence[Round], place: Place) -> dict[int, scoring.Result]:
    """What this reader may see of each round, scored. Rounds that may not be read yet are left out.

    Opened rounds are read from their tallies, in three queries however many there are. The day before its opening a
    round shows a partner its own part alone, unsealed on the way and never stored.
    """
    sides: dict[int, list[scoring.Side]] = {}
    opened = [round for round in rounds if round.state == RoundState.OPENED]
    parts = list(
        Part.objects.visible_to(place.user).filter(round__in=opened, destroyed_at=None, handed_in_at__isnull=False)
    )
    answers: dict[int, list[OpenAnswer]] = defaultdict(list)
    for row in OpenAnswer.objects.visible_to(place.user).filter(part__in=parts):
        answers[row.part_id].append(row)
    for part in parts:
        sides.setdefault(part.round_id, []).append(_opened_side(part, answers[part.pk]))
    for round in rounds:
        if round.state == RoundState.OWN_RESULTS:
            early = _early_parts(round, place)
            if early:
                sides[round.pk] = [_sealed_side(part) for part in early]
    order = {party.pk: at for at, party in enumerate(place.parties)}
    found = {}
    for round in rounds:
        if round.pk in sides:
            statements = [scoring.Statement(item.code, item.dimension) for item in asked(round)]
            by_party = sorted(sides[round.pk], key=lambda side: order.get(int(str(side.key)), 0))
            found[round.pk] = scoring.score(statements, by_party, rules=rules())
    return found


def scored(round: Round) -> scoring.Result:
    """All that an opened round says, for the action that has just opened it."""
    parts = list(round.parts.filter(destroyed_at=None, handed_in_at__isnull=False))
    rows: dict[int, list[OpenAnswer]] = defaultdict(list)
    for row in OpenAnswer.objects.filter(part__in=parts):
        rows[row.part_id].append(row)
    statements = [scoring.Statement(item.code, item.dimension) for item in asked(round)]
    return scoring.score(statements, [_opened_side(part, rows[part.pk]) for part in parts], rules=rules())


def pulse_fell(round: Round) -> bool:
    """Some partner's trust fell by 0.75 since the pulse before, or twice in a row."""
    pulses = (
        Round.objects.of(round.partnership)
        .filter(kind=round.kind, state=RoundState.OPENED, opening_at__lt=round.opening_at)
        .select_related("instrument")
        .order_by("-opening_at")[:2]
    )
    trends = scoring.trends([scored(each) for each in (*reversed(pulses), round)])
    return any(scoring.fallen(points) for trend in trends for points in trend.points.values())


def review_flags(ids: Sequence[int]) -> list[Raised]:
    """A wide gap that nobody talked about [OC1, EV8], a pulse that falls [OC7]. Two queries."""
    moment = clock.now()
    latest: dict[tuple[int, bool], Round] = {}
    opened = Round.objects.unguarded("flags are computed for all running partnerships").filter(
        partnership__in=ids, state=RoundState.OPENED
    )
    for round in opened.only("partnership", "kind", "opened_at", "wide", "fell").order_by("opened_at", "pk"):
        latest[round.partnership_id, round.kind == RoundKind.PULSE] = round
    wide = [round for (_pk, pulse), round in latest.items() if not pulse and round.wide]
    talked: dict[int, set[str]] = defaultdict(set)
    talks = Talk.objects.unguarded("flags are computed for all running partnerships").filter(round__in=wide)
    for pk, about in talks.values_list("round", "about"):
        talked[pk].add(about)
    found = []
    for round in wide:
        days = (moment - round.opened_at).days if round.opened_at is not None else 0
        missing = [code for code in round.wide if code not in talked[round.pk]]
        if missing and days > TALK_DAYS:
            found.append(
                Raised("undiscussed_gap", round.partnership_id, None, False, {"days": days, "gaps": len(missing)})
            )
    found += [
        Raised("falling_pulse", round.partnership_id, None, False, {})
        for (_pk, pulse), round in latest.items()
        if pulse and round.fell
    ]
    return found


def _early_parts(round: Round, place: Place) -> list[Part]:
    """Whose results may be read the day before: one's own; the broker's reader sees all, where that was announced."""
    parts = round.parts.filter(destroyed_at=None, handed_in_at__isnull=False)
    if place.is_broker and round.broker_early:
        return list(parts)
    if place.is_partner and place.party is not None:
        return list(parts.filter(party=place.party))
    return []


def _opened_side(part: Part, rows: Iterable[OpenAnswer]) -> scoring.Side:
    answers: dict[str, list[int | None]] = defaultdict(list)
    expects: dict[scoring.SideKey, dict[str, list[int | None]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        target = answers if row.about_id is None else expects[row.about_id]
        target[row.statement].extend([row.value] * row.count)
    return scoring.Side(part.party_id, answers, agreed=part.is_agreed, expects=expects)


def _sealed_side(part: Part) -> scoring.Side:
    answers: dict[str, list[int | None]] = defaultdict(list)
    for _respondent, draft in drafts_of_part(part):
        for code, value in draft.answers.items():
            answers[code].append(value)
    # What the others were expected to say belongs beside what they said: it waits for the opening.
    return scoring.Side(part.party_id, answers, agreed=part.is_agreed)


def rounds_of(place: Place) -> list[Round]:
    """The rounds of this record that this person reads, newest first."""
    rounds = list(Round.objects.visible_to(place).select_related("instrument").order_by("-opening_at", "-pk"))
    for round in rounds:
        round.partnership = place.partnership
    return rounds


def series(round: Round, rounds: Iterable[Round]) -> list[Round]:
    """The opened rounds that this one can be laid beside, oldest first, itself last; a baseline stands alone."""
    if round.kind == RoundKind.BASELINE:
        return [round]
    earlier = [
        each
        for each in rounds
        if each.pk != round.pk
        and each.state == RoundState.OPENED
        and each.kind != RoundKind.BASELINE
        and each.instrument.code == round.instrument.code
        and each.opening_at < round.opening_at
    ]
    return [*sorted(earlier, key=lambda each: (each.opening_at, each.pk)), round]
