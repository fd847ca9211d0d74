"""What an opened round says to one reader: everything that page, PDF and spreadsheet show, without a word of markup.

Plain values only (a snapshot of it is stored as JSON), and no words of the catalogue: statements and dimensions are
codes of the round's instrument, so that the same reading can be read in any language.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from partnerships import clock
from partnerships.access.places import Place

from . import queries, scoring
from .models import Action, Comment, Finding, Part, Round, Talk
from .scoring import GapLevel
from .states import RoundState, Stance

if TYPE_CHECKING:
    from partnerships.record.models import Party


@dataclass(frozen=True)
class Side:
    """A partner in the round. `people` is nothing where it gave one agreed answer, or was not in."""

    key: str
    name: str
    mark_role: str
    mark_variant: int
    agreed: bool
    people: int | None
    handed_in_on: str
    #: Its answers are among the results.
    counts: bool


@dataclass(frozen=True)
class Mean:
    """A mean that may be shown, as it is read ("2.3"), with its band, 0 to 3."""

    text: str
    band: int
    #: Over how many statements, or from how many people (nothing for an agreed answer).
    n: int | None
    dont_know: int | None = None
    sd: str = ""
    divided: bool = False


@dataclass(frozen=True)
class Row:
    """A dimension or a statement over all sides. `level`: 0 no gap to speak of, 1 to talk about, 2 first."""

    code: str
    dimension: str
    means: Mapping[str, Mean]
    gap: str
    level: int
    #: Sides whose people said "don't know" too often.
    unsure: Sequence[str] = ()
    #: by, about, expected, answered
    expected: Sequence[tuple[str, str, str, str]] = ()
    #: Nobody saw this gap coming.
    unexpected: bool = False
    talked_on: str = ""
    talk_note: str = ""


@dataclass(frozen=True)
class Head:
    """How the partnership stands for one side; `held_by` is the dimension that keeps it down."""

    side: str
    band: int
    held_by: str
    lowest: str


@dataclass(frozen=True)
class Past:
    """A round of the series: what it is called by, and when it was opened."""

    kind: str
    number: int
    opened_on: str


@dataclass(frozen=True)
class Trend:
    """A dimension over the rounds: per side one text a round, empty where it cannot be compared."""

    dimension: str
    points: Mapping[str, Sequence[str]]
    #: up, down, apart, closer, steady, mixed; empty with a single round.
    moves: str


@dataclass(frozen=True)
class Stand:
    side: str
    agrees: bool
    dissent: str


@dataclass(frozen=True)
class Deed:
    """An action. `state`: proposed, accepted, late, done."""

    key: str
    finding: str
    text: str
    language: str
    owner_side: str
    owner: str
    due_on: str
    state: str
    note: str


@dataclass(frozen=True)
class Found:
    """A finding with each partner's word on it; `waits_for` are the sides that have said nothing."""

    key: str
    text: str
    language: str
    side: str
    about: str
    stands: Sequence[Stand]
    waits_for: Sequence[str]
    deeds: Sequence[Deed]


@dataclass(frozen=True)
class Said:
    """A comment that this reader may see."""

    key: str
    side: str
    statement: str
    text: str
    language: str


@dataclass(frozen=True)
class Reading:
    """One round, as one reader may read it."""

    round_key: str
    kind: str
    number: int
    instrument_id: int
    #: Only the reader's own side, on the day before the opening.
    own_only: bool
    started_on: str
    frozen_on: str
    opened_at: str
    facilitated_by: Sequence[str]
    #: The names of all parties, by key.
    parties: Mapping[str, str]
    sides: Sequence[Side]
    heads: Sequence[Head]
    dimensions: Sequence[Row]
    statements: Sequence[Row]
    agenda: Sequence[str]
    strengths: Sequence[str]
    rounds: Sequence[Past]
    trends: Sequence[Trend]
    #: How many dimensions improve, of how many that can be compared.
    improving: int
    comparable: int
    findings: Sequence[Found]
    #: Actions without a finding.
    deeds: Sequence[Deed]
    comments: Sequence[Said]

    def side(self, key: str) -> Side:
        return next(side for side in self.sides if side.key == key)

    def row(self, code: str) -> Row | None:
        return next((row for row in (*self.statements, *self.dimensions) if row.code == code), None)


def read(round: Round, place: Place, *, agenda: int = queries.AGENDA) -> Reading | None:
    """What this person may read of a round; None while there is nothing to read yet."""
    if round.state not in {RoundState.OWN_RESULTS, RoundState.OPENED}:
        return None
    series = queries.series(round, queries.rounds_of(place) if round.state == RoundState.OPENED else [])
    scored = queries.results(series, place)
    result = scored.get(round.pk)
    if result is None:
        return None
    keys = {party.pk: party.public_id for party in place.parties}
    past = [each for each in series if each.pk in scored]
    trends = scoring.trends([scored[each.pk] for each in past])
    opened = round.state == RoundState.OPENED
    talks = _talks(round, place) if opened else {}
    found = _findings(round, place, keys) if opened else ((), ())
    return Reading(
        round_key=round.public_id,
        kind=round.kind,
        number=round.number,
        instrument_id=round.instrument_id,
        own_only=not opened,
        started_on=_day(round.started_at),
        frozen_on=_day(round.frozen_at),
        opened_at=round.opened_at.isoformat() if round.opened_at else "",
        facilitated_by=[party.name for party in place.present if party.role == "broker"],
        parties={party.public_id: party.name for party in place.parties},
        sides=_sides(round, place, {int(str(key)) for each in result.statements[:1] for key in each.cells}),
        heads=[
            Head(keys[int(str(head.side))], int(head.band), head.lowest if head.capped else "", head.lowest)
            for head in result.headlines
        ],
        dimensions=[_dimension(row, keys, talks) for row in result.dimensions],
        statements=[_statement(row, keys, talks) for row in result.statements],
        agenda=[row.statement.key for row in result.agenda(agenda)],
        strengths=[row.statement.key for row in result.strengths()],
        rounds=[Past(each.kind, each.number, _day(each.opened_at)) for each in past],
        trends=[
            Trend(
                trend.dimension,
                {keys[int(str(side))]: [_text(point) for point in points] for side, points in trend.points.items()},
                _moves(trend),
            )
            for trend in trends
        ]
        if len(past) > 1
        else [],
        improving=sum(trend.improved(queries.rules()) for trend in trends),
        comparable=sum(any(trend.change(side) is not None for side in trend.points) for trend in trends),
        findings=found[0],
        deeds=found[1],
        comments=_comments(round, place, keys) if opened else (),
    )


def headline_of(reading: Reading, side: str) -> Head | None:
    return next((head for head in reading.heads if head.side == side), None)


def _sides(round: Round, place: Place, shown: set[int]) -> list[Side]:
    parts = {part.party_id: part for part in Part.objects.visible_to(place.user).filter(round=round)}
    return [
        Side(
            key=party.public_id,
            name=party.name,
            mark_role=party.mark_role,
            mark_variant=party.mark_variant,
            agreed=part.is_agreed,
            people=part.respondents_count,
            handed_in_on=_day(part.handed_in_at),
            counts=part.counts and party.pk in shown,
        )
        for party in place.parties
        if (part := parts.get(party.pk)) is not None
    ]


def _dimension(row: scoring.DimensionResult, keys: Mapping[int, str], talks: Mapping[str, Talk]) -> Row:
    means = {
        keys[int(str(side))]: Mean(_text(part.mean), int(part.band), part.statements) for side, part in row.of.items()
    }
    return _talked(Row(row.dimension, row.dimension, means, _gap(row.gap), int(row.level)), talks)


def _statement(row: scoring.StatementResult, keys: Mapping[int, str], talks: Mapping[str, Talk]) -> Row:
    rules = queries.rules()
    means = {
        keys[int(str(side))]: Mean(
            text=_text(cell.mean),
            band=int(rules.band(cell.mean)),
            n=cell.n,
            dont_know=round(cell.dont_know * 100) if cell.dont_know is not None else None,
            sd=f"{cell.sd:.1f}" if cell.sd is not None else "",
            divided=cell.divided,
        )
        for side, cell in row.cells.items()
        if cell.mean is not None
    }
    return _talked(
        Row(
            code=row.statement.key,
            dimension=row.statement.dimension,
            means=means,
            gap=_gap(row.gap),
            level=int(row.level),
            unsure=[keys[int(str(side))] for side, cell in row.cells.items() if cell.unsure],
            expected=[
                (keys[int(str(each.by))], keys[int(str(each.about))], _text(each.expected), _text(each.actual))
                for each in row.expectations
            ],
            unexpected=row.unexpected and row.level != GapLevel.NONE,
        ),
        talks,
    )


def _talked(row: Row, talks: Mapping[str, Talk]) -> Row:
    talk = talks.get(row.code)
    if talk is None:
        return row
    return Row(**{**row.__dict__, "talked_on": _day(talk.created_at), "talk_note": talk.note})


def _talks(round: Round, place: Place) -> dict[str, Talk]:
    return {talk.about: talk for talk in Talk.objects.visible_to(place.user).filter(round=round)}


def _findings(round: Round, place: Place, keys: Mapping[int, str]) -> tuple[list[Found], list[Deed]]:
    deeds: dict[int | None, list[Deed]] = defaultdict(list)
    actions = Action.objects.visible_to(place.user).filter(round=round, withdrawn_at=None)
    for action in actions.select_related("owner_seat__membership__user", "finding").order_by("pk"):
        deeds[action.finding_id].append(_deed(action, keys))
    partners = [party for party in place.parties if party.role == "partner"]
    rows = Finding.objects.visible_to(place.user).filter(round=round, withdrawn_at=None).prefetch_related("stances")
    findings = [_found(row, partners, keys, deeds[row.pk]) for row in rows.order_by("pk")]
    return findings, deeds[None]


def _found(row: Finding, partners: Iterable[Party], keys: Mapping[int, str], deeds: Sequence[Deed]) -> Found:
    stances = {stance.party_id: stance for stance in row.stances.all()}
    return Found(
        key=row.public_id,
        text=row.text,
        language=row.language,
        side=keys[row.party_id],
        about=row.about,
        stands=[
            Stand(keys[stance.party_id], stance.stance == Stance.AGREES, stance.dissent) for stance in stances.values()
        ],
        waits_for=[party.public_id for party in partners if party.pk not in stances and party.left_on is None],
        deeds=deeds,
    )


def _deed(action: Action, keys: Mapping[int, str]) -> Deed:
    late = action.due_on is not None and action.due_on < clock.today()
    if action.done_at is not None:
        state = "done"
    elif action.accepted_at is None:
        state = "proposed"
    else:
        state = "late" if late else "accepted"
    return Deed(
        key=action.public_id,
        finding=action.finding.public_id if action.finding is not None else "",
        text=action.text,
        language=action.language,
        owner_side=keys[action.owner_party_id],
        owner=str(action.owner_seat.membership.user) if action.owner_seat is not None else "",
        due_on=action.due_on.isoformat() if action.due_on else "",
        state=state,
        note=action.done_note,
    )


def _comments(round: Round, place: Place, keys: Mapping[int, str]) -> list[Said]:
    rows = Comment.objects.visible_to(place.user).filter(part__round=round, withdrawn_at=None)
    order = {code: at for at, code in enumerate(round.statements)}
    said = [Said(row.public_id, keys[row.party_id], row.statement, row.text, row.language) for row in rows]
    # By statement, then by text: neither says who wrote it, or when.
    return sorted(said, key=lambda each: (order.get(each.statement, 0), each.side, each.text))


def _moves(trend: scoring.Trend) -> str:
    rules = queries.rules()
    changes = [change for side in trend.points if (change := trend.change(side)) is not None]
    if not changes:
        return ""
    apart = trend.gap_change()
    if apart is not None and abs(apart) >= Fraction(3, 10):
        return "apart" if apart > 0 else "closer"
    if trend.improved(rules):
        return "up"
    if trend.fell(rules):
        return "down"
    return "steady" if all(abs(change) < rules.movement for change in changes) else "mixed"


def _text(mean: Fraction | None) -> str:
    return str(scoring.display_mean(mean, rules=queries.rules())) if mean is not None else ""


def _gap(gap: Fraction | None) -> str:
    return str(scoring.display_gap(gap, rules=queries.rules())) if gap is not None else ""


def _day(moment: Any) -> str:
    return moment.date().isoformat() if moment is not None else ""


def number(text: str) -> Decimal | None:
    """The figure behind a text of a reading."""
    return Decimal(text) if text else None
