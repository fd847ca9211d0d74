"""What an opened round may show, scored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from partnerships.access.models import CircleParty
from partnerships.access.places import Place
from partnerships.access.ready import Ready, ReadyHere
from partnerships.record.states import Role

from .. import scoring
from ..models import Finding, OpenAnswer, Part, Round
from ..states import PartMode, RoundKind, RoundState

if TYPE_CHECKING:
    pass
from .asking import asked, rules, shared_codes
from .sealed import drafts_of_part, kept_groups

#: How many statements the agenda shows.
AGENDA = 5


def results(rounds: Sequence[Round], place: Place, *, staying: bool = False) -> dict[int, scoring.Result]:
    """What this reader may see of each round, scored. Rounds that may not be read yet are left out.

    `staying`: of those that are still in, for who was no reader of the round.
    Opened rounds are read from their tallies, in two queries however many there are, and scored once. The day before
    its opening a round shows a partner its own part alone, unsealed on the way and never stored.
    """
    opened = [round for round in rounds if round.state == RoundState.OPENED]
    parts: dict[int, list[Part]] = defaultdict(list)
    order = {party.pk: at for at, party in enumerate(place.parties)}
    asked_for = {round.pk for round in opened}
    left = {party.pk for party in place.parties if staying and party.left_on is not None}
    readable = [part for part in parts_of(place) if part.round_id in asked_for and part.counts] if opened else []
    readable = [part for part in readable if part.party_id not in left]
    for part in sorted(readable, key=lambda part: (order.get(part.party_id, 0), part.pk)):
        parts[part.round_id].append(part)
    found: dict[int, scoring.Result] = {}
    unknown = []
    for round in opened:
        if round.pk in parts:
            known = _KEPT.get(_key(round, parts[round.pk]))
            if known is not None:
                found[round.pk] = known
            else:
                unknown.append(round)
    if unknown:
        wanted = [part for round in unknown for part in parts[round.pk]]
        answers: dict[int, list[OpenAnswer]] = defaultdict(list)
        for row in OpenAnswer.objects.visible_to(place.user).filter(part__in=wanted):
            answers[row.part_id].append(row)
        for round in unknown:
            sides = [_opened_side(part, answers[part.pk]) for part in parts[round.pk]]
            found[round.pk] = _scored(round, sides)
            _KEPT.put(_key(round, parts[round.pk]), found[round.pk])
    for round in rounds:
        if round.state == RoundState.OWN_RESULTS:
            early = sorted(_early_parts(round, place), key=lambda part: order.get(part.party_id, 0))
            if early:
                found[round.pk] = _scored(round, [_sealed_side(part) for part in early])
    return found


Key = tuple[object, ...]


class _Kept:
    """What was scored of opened rounds, in this process: nothing of them changes any more.

    Which parts a reader may read is asked of the database each time; the same parts say the same. Keys are public ids,
    which are random, so that no other installation or test can have them. The oldest goes when there are many.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._found: dict[Key, scoring.Result] = {}

    def get(self, key: Key) -> scoring.Result | None:
        return self._found.get(key)

    def put(self, key: Key, result: scoring.Result) -> None:
        while len(self._found) >= self.most:
            self._found.pop(next(iter(self._found)), None)
        self._found[key] = result


_KEPT = _Kept(256)


def _key(round: Round, parts: Sequence[Part]) -> Key:
    return (round.public_id, rules(), *(part.public_id for part in parts))


def _scored(round: Round, sides: Sequence[scoring.Side]) -> scoring.Result:
    statements = [scoring.Statement(item.code, item.dimension) for item in asked(round)]
    return scoring.score(statements, sides, rules=rules())


def scored(round: Round, *, staying: bool = False) -> scoring.Result:
    """All that an opened round says, for the action that has just opened it; `staying`: of those that are still in."""
    parts = list(round.parts.filter(destroyed_at=None, handed_in_at__isnull=False))
    if staying:
        parts = [part for part in parts if part.party.left_on is None]
    rows: dict[int, list[OpenAnswer]] = defaultdict(list)
    for row in OpenAnswer.objects.filter(part__in=parts):
        rows[row.part_id].append(row)
    return _scored(round, [_opened_side(part, rows[part.pk]) for part in parts])


def compared(rounds: Sequence[Round], results: Mapping[int, scoring.Result]) -> list[scoring.Result]:
    """The results of a series, each with those statements alone that its latest round asks in the same words."""
    made = []
    for round in rounds:
        result, shared = results[round.pk], shared_codes(rounds[-1], round)
        same = tuple(each for each in result.statements if each.statement.key in shared)
        made.append(replace(result, statements=same))
    return made


_TRENDS: dict[Key, tuple[list[scoring.Result], list[scoring.Trend]]] = {}


def trends(rounds: Sequence[Round], results: Mapping[int, scoring.Result]) -> list[scoring.Trend]:
    """The dimensions over a series. Of opened rounds they are worked out once in each process for the very results that
    a reader may read: results are kept only where nothing of them changes, and another reader's are other ones."""
    read = [results[round.pk] for round in rounds]
    key = tuple((round.public_id, id(result)) for round, result in zip(rounds, read, strict=True))
    known = _TRENDS.get(key)
    if known is not None and all(one is other for one, other in zip(known[0], read, strict=True)):
        return known[1]
    found = scoring.trends(compared(rounds, results))
    if all(round.state == RoundState.OPENED for round in rounds):
        while len(_TRENDS) >= 64:
            _TRENDS.pop(next(iter(_TRENDS)), None)
        _TRENDS[key] = (read, found)
    return found


def pulse_fell(round: Round) -> bool:
    """Some partner's trust fell by 0.75 since the pulse before, or twice in a row."""
    pulses = (
        Round.objects.of(round.partnership)
        .filter(kind=round.kind, state=RoundState.OPENED, opening_at__lt=round.opening_at)
        .select_related("instrument")
        .order_by("-opening_at")[:2]
    )
    rounds = [*reversed(pulses), round]
    trends = scoring.trends(compared(rounds, {each.pk: scored(each) for each in rounds}))
    return any(scoring.fallen(points) for trend in trends for points in trend.points.values())


def _early_parts(round: Round, place: Place) -> list[Part]:
    """Whose results may be read the day before: one's own. A broker, where that was announced, reads those of groups;
    an agreed answer is the word of a few, and is read by all in the same moment."""
    parts = round.parts.filter(destroyed_at=None, handed_in_at__isnull=False)
    if place.is_broker and round.broker_early:
        return list(parts.filter(mode=PartMode.INDIVIDUAL))
    if place.is_partner and place.party is not None:
        return list(parts.filter(party=place.party))
    return []


def _opened_side(part: Part, rows: Iterable[OpenAnswer]) -> scoring.Side:
    answers: dict[str, list[int | None]] = defaultdict(list)
    expects: dict[scoring.SideKey, dict[str, list[int | None]]] = defaultdict(lambda: defaultdict(list))
    groups: dict[str, dict[str, list[int | None]]] = defaultdict(lambda: defaultdict(list))
    people: dict[Hashable, dict[str, int | None]] = defaultdict(dict)
    for row in rows:
        target = answers if row.about_id is None else expects[row.about_id]
        target[row.statement].extend([row.value] * row.count)
        if row.group:
            groups[row.group][row.statement].extend([row.value] * row.count)
        if row.seat_id is not None:
            people[row.seat_id][row.statement] = row.value
    return scoring.Side(
        part.party_id,
        answers,
        agreed=part.is_agreed,
        groups=groups if part.has_groups else None,
        hidden=part.is_twin,
        people=people if part.is_open else None,
        expects=expects,
    )


def _sealed_side(part: Part) -> scoring.Side:
    answers: dict[str, list[int | None]] = defaultdict(list)
    drafts = drafts_of_part(part)
    kept = kept_groups(part, drafts, part.round.statements)
    groups: dict[str, dict[str, list[int | None]]] = defaultdict(lambda: defaultdict(list))
    for respondent, draft in drafts:
        for code, value in draft.answers.items():
            answers[code].append(value)
            if kept is not None and code in kept.statements and kept[respondent.pk]:
                groups[kept[respondent.pk]][code].append(value)
    # What the others were expected to say belongs beside what they said: it waits for the opening.
    return scoring.Side(
        part.party_id,
        answers,
        agreed=part.is_agreed,
        groups=groups if kept is not None else None,
        hidden=part.is_twin,
        people={respondent.seat_id: draft.answers for respondent, draft in drafts} if part.is_open else None,
    )


_ROUNDS = ReadyHere(
    lambda place: (
        Round.objects.visible_to(place)
        .select_related("instrument")
        .defer("instrument__content")
        .order_by("-opening_at", "-pk")
    )
)
_PARTS = ReadyHere(lambda place: Part.objects.visible_to(place).filter(round__state=RoundState.OPENED))


def parts_of(place: Place) -> list[Part]:
    """Every part of the record's opened rounds that this person reads. One query a request."""
    return place.once("reviews.parts", lambda: _PARTS(place))


def rounds_of(place: Place) -> list[Round]:
    """The rounds of this record that this person reads, newest first. One query a request."""

    def read() -> list[Round]:
        rounds = _ROUNDS(place)
        for round in rounds:
            round.partnership = place.partnership
        return rounds

    return place.once("reviews.all", read)


def is_newest(round: Round, place: Place) -> bool:
    """Whether none of the rounds that this person reads was opened after this one."""
    opened = [each for each in rounds_of(place) if each.state == RoundState.OPENED]
    return not opened or max(opened, key=lambda each: (each.opening_at, each.pk)).pk == round.pk


_FINDINGS_OF = Ready(
    lambda round: (
        Finding.objects.unguarded("whether partners have said their word, never what")
        .filter(round=round, withdrawn_at=None)
        .prefetch_related("stances")
    )
)


def finding_taken_back(round: Round, key: str) -> Finding | None:
    """One that no longer stands, without its words: who has it open in a form is told that it is gone."""
    gone = Finding.objects.unguarded("that it was taken back is told to the round's readers, nothing of it")
    finding: Finding | None = gone.filter(round=round, public_id=key).exclude(withdrawn_at=None).defer("text").first()
    if finding is not None:
        finding.text = ""
    return finding


def is_settled(round: Round) -> bool:
    """Whether its findings are agreed: there are some, and each partner that reads them has said its word. Two queries.

    Who joined after the opening reads none of it, and is not waited for.
    """
    if round.state != RoundState.OPENED:
        return False
    said = [{stance.party_id for stance in found.stances.all()} for found in _FINDINGS_OF(round=round.pk)]
    partners = CircleParty.objects.filter(circle=round.circle_id, party__role=Role.PARTNER, party__left_on=None)
    return bool(said) and set(partners.values_list("party", flat=True)) <= set.intersection(*said)


def series(round: Round, rounds: Iterable[Round]) -> list[Round]:
    """The opened rounds that this one can be laid beside, oldest first, itself last; a baseline stands alone.

    Rounds with different instruments (a shipped one, and an organisation's own version of it) are laid beside each
    other where they share statements.
    """
    if round.kind == RoundKind.BASELINE:
        return [round]
    earlier = [
        each
        for each in rounds
        if each.pk != round.pk
        and each.state == RoundState.OPENED
        and each.kind != RoundKind.BASELINE
        and each.opening_at < round.opening_at
        and shared_codes(round, each)
    ]
    return [*sorted(earlier, key=lambda each: (each.opening_at, each.pk)), round]
