"""What an opened round says to one reader: everything that page, PDF and spreadsheet show, without a word of markup.

Plain values only (a snapshot of it is stored as JSON), and no words of the catalogue: statements and dimensions are
codes of the round's instrument, so that the same reading can be read in any language.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lifecycle.delivery.states import CommitmentState
from partnerships import clock
from partnerships.access.places import Place
from partnerships.access.ready import ReadyHere
from partnerships.record.models import Seat

from . import queries, scoring
from .models import Action, Comment, Finding, OwnFigures, Part, Round, Talk
from .scoring import GapLevel
from .states import OwnKind, RoundState, Stance

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
    #: Each of its people stands with the own name.
    is_open: bool = False
    #: It answered, and its answers go no further: it left before it was asked whether they may.
    has_left: bool = False


@dataclass(frozen=True)
class Mean:
    """A mean that may be shown, as it is read ("2.3"), with its band, 0 to 3."""

    text: str
    band: int
    #: Over how many statements, or from how many people (nothing for an agreed answer).
    n: int | None
    dont_know: int | None = None
    #: Only for whom these figures are: the own side, and others once it released them. Empty where the side has
    #: groups: then `relay` holds each group's own.
    sd: str = ""
    divided: bool = False
    #: How exact the mean is: "" exact, at_least, at_most, about.
    bound: str = ""
    #: Agreement (r_wg, 0 to 1), worked out from the spread; `alike` where both are told up to a border alone.
    rwg: str = ""
    alike: bool = False
    #: Head office and site or field, each with its own figures.
    relay: Mapping[str, Mean] = field(default_factory=dict)


@dataclass(frozen=True)
class Named:
    """What one person of a side that answered openly said to a statement: 0 to 4, or nothing for "don't know"."""

    name: str
    says: int | None


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
    #: How exact each of those is, in the same order; see `Mean.bound`.
    expected_bounds: Sequence[str] = ()
    #: Nobody saw this gap coming.
    unexpected: bool = False
    talked_on: str = ""
    talk_note: str = ""
    #: By side that answered openly: each of its people, for the readers of the round.
    people: Mapping[str, Sequence[Named]] = field(default_factory=dict)


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
    """An action. `state`: proposed, accepted, late, done, let_go (by all partners)."""

    key: str
    finding: str
    text: str
    language: str
    owner_side: str
    owner: str
    due_on: str
    state: str
    note: str
    #: Where it is a commitment: its key, and whether another partner has still to confirm it.
    commitment: str = ""
    to_confirm: bool = False


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
class Before:
    """What was promised at the review before, and what became of it."""

    kind: str
    number: int
    opened_on: str
    deeds: Sequence[Deed]


@dataclass(frozen=True)
class Held:
    """A partner's last word on the shared goals. `says`: holds, drifted, never."""

    side: str
    says: str
    on: str


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
    before: Before | None = None
    goals: Sequence[Held] = ()

    def shared(self) -> Reading:
        """The same as everybody may keep it: without what is for one side alone, or was opened by some alone."""

        def bare(row: Row) -> Row:
            means = {
                key: replace(mean, sd="", rwg="", divided=False, alike=False, relay={})
                for key, mean in row.means.items()
            }
            return replace(row, means=means, people={})

        return replace(
            self,
            dimensions=[bare(row) for row in self.dimensions],
            statements=[bare(row) for row in self.statements],
            comments=(),
        )

    def side(self, key: str) -> Side:
        return next(side for side in self.sides if side.key == key)

    def row(self, code: str) -> Row | None:
        return next((row for row in (*self.statements, *self.dimensions) if row.code == code), None)


def read(round: Round, place: Place, *, agenda: int = queries.AGENDA, staying: bool = False) -> Reading | None:
    """What this person may read of a round; None while there is nothing to read yet.

    `staying`: without the answers of those that have left, for a paper that goes beyond the readers of the round.
    """
    if round.state not in {RoundState.OWN_RESULTS, RoundState.OPENED}:
        return None
    series = queries.series(round, queries.rounds_of(place) if round.state == RoundState.OPENED else [])
    scored = queries.results(series, place, staying=staying)
    result = scored.get(round.pk)
    if result is None:
        return None
    keys = {party.pk: party.public_id for party in place.parties}
    past = [each for each in series if each.pk in scored]
    trends = queries.trends(past, scored)
    opened = round.state == RoundState.OPENED
    talks = _talks(round, place) if opened else {}
    found = _findings(round, place, keys) if opened else ((), ())
    inside = _inside(round, place, result, keys)
    names = _names(result)
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
        sides=_sides(round, place, {int(str(key)) for each in result.statements[:1] for key in each.cells}, staying),
        heads=[
            Head(keys[int(str(head.side))], int(head.band), head.lowest if head.capped else "", head.lowest)
            for head in result.headlines
        ],
        dimensions=[_dimension(row, keys, talks, inside) for row in result.dimensions],
        statements=[_statement(row, keys, talks, inside, names) for row in result.statements],
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
        before=before(round, place) if opened else None,
        goals=goals(place) if opened else (),
    )


def _sides(round: Round, place: Place, shown: set[int], staying: bool) -> list[Side]:
    if round.state == RoundState.OPENED:
        rows = [part for part in queries.parts_of(place) if part.round_id == round.pk]
    elif place.is_broker:
        # A broker who reads a day early sees the sides whose figures it has, though their parts are still their own.
        rows = list(round.parts.filter(party__in=shown))
    else:
        rows = list(Part.objects.visible_to(place).filter(round=round))
    parts = {part.party_id: part for part in rows}
    return [
        Side(
            party.public_id, party.name, party.mark_role, party.mark_variant,
            agreed=False, people=None, handed_in_on="", counts=False, has_left=part.counts,
        )
        if staying and party.left_on is not None
        else Side(
            key=party.public_id,
            name=party.name,
            mark_role=party.mark_role,
            mark_variant=party.mark_variant,
            agreed=part.is_agreed,
            people=part.respondents_count,
            handed_in_on=_day(part.handed_in_at),
            counts=part.counts and party.pk in shown,
            is_open=part.is_open and not part.is_twin,
        )
        for party in place.parties
        if (part := parts.get(party.pk)) is not None
    ]  # fmt: skip


Inside = Mapping[str, Sequence[str]]

# What the page of results asks each time; its statements are made once.
_OWN = ReadyHere(lambda place, round: OwnFigures.objects.visible_to(place).filter(part__round=round))
_TALKS = ReadyHere(lambda place, round: Talk.objects.visible_to(place).filter(round=round))
_FINDINGS = ReadyHere(
    lambda place, round: (
        Finding.objects.visible_to(place)
        .filter(round=round, withdrawn_at=None)
        .prefetch_related("stances")
        .order_by("pk")
    )
)
_COMMENTS = ReadyHere(
    lambda place, round: Comment.objects.visible_to(place).filter(part__round=round, withdrawn_at=None)
)


def _inside(round: Round, place: Place, result: scoring.Result, keys: Mapping[int, str]) -> Inside:
    """Whose spread and whose groups this person reads: the own side's, and those that others released to it.

    The day before the opening it is the own side that reads: then a broker who reads early has group figures alone.
    """
    if round.state != RoundState.OPENED:
        own = [place.party.public_id] if place.party is not None and place.is_partner else []
        return dict.fromkeys(OwnKind.values, own)
    found: dict[str, list[str]] = {kind: [] for kind in OwnKind.values}
    for figures in _OWN(place, round=round.pk):
        if figures.party_id in keys:
            found[figures.kind].append(keys[figures.party_id])
    return found


def _dimension(row: scoring.DimensionResult, keys: Mapping[int, str], talks: Mapping[str, Talk], inside: Inside) -> Row:
    rules = queries.rules()
    means = {}
    for side, part in row.of.items():
        key = keys[int(str(side))]
        relay = {
            name: Mean(_text(mean), int(rules.band(mean)), None)
            for name, mean in part.groups.items()
            if key in inside[OwnKind.RELAY]
        }
        means[key] = Mean(_text(part.mean), int(part.band), part.statements, relay=relay)
    return _talked(Row(row.dimension, row.dimension, means, _gap(row.gap), int(row.level)), talks)


def _mean(cell: scoring.Cell, *, spread: bool, groups: bool = False) -> Mean:
    if cell.mean is None:
        raise ValueError("a hidden cell has no mean")
    told = cell.spread if spread else None
    relay = {name: _mean(each, spread=True) for name, each in cell.groups.items()} if groups else {}
    return Mean(
        text=_text(cell.mean),
        band=int(queries.rules().band(cell.mean)),
        n=cell.n,
        dont_know=round(cell.dont_know * 100) if cell.dont_know is not None else None,
        sd=str(told.sd) if told is not None else "",
        divided=(told is not None and told.divided) or any(each.divided for each in relay.values()),
        bound=str(cell.bound),
        rwg=str(told.rwg) if told is not None else "",
        alike=told is not None and told.at_most,
        relay=relay,
    )


def _names(result: scoring.Result) -> dict[int, str]:
    """By seat: who stands with the own name in these results. No query where nobody does."""
    seats = {seat for row in result.statements for cell in row.cells.values() for seat in cell.people}
    if not seats:
        return {}
    rows = Seat.objects.filter(pk__in=[int(str(seat)) for seat in seats]).select_related("membership__user")
    named = {seat.pk: str(seat.membership.user) for seat in rows}
    return dict(sorted(named.items(), key=lambda pair: (pair[1], pair[0])))


def _statement(
    row: scoring.StatementResult,
    keys: Mapping[int, str],
    talks: Mapping[str, Talk],
    inside: Inside,
    names: Mapping[Any, str],
) -> Row:
    means = {}
    for side, cell in row.cells.items():
        key = keys[int(str(side))]
        if cell.shown:
            means[key] = _mean(cell, spread=key in inside[OwnKind.AGREEMENT], groups=key in inside[OwnKind.RELAY])
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
            expected_bounds=[str(each.bound) for each in row.expectations],
            unexpected=row.unexpected and row.level != GapLevel.NONE,
            people={
                keys[int(str(side))]: [
                    Named(name, cell.people[seat]) for seat, name in names.items() if seat in cell.people
                ]
                for side, cell in row.cells.items()
                if cell.people
            },
        ),
        talks,
    )


def _talked(row: Row, talks: Mapping[str, Talk]) -> Row:
    talk = talks.get(row.code)
    if talk is None:
        return row
    return replace(row, talked_on=_day(talk.created_at), talk_note=talk.note)


def _talks(round: Round, place: Place) -> dict[str, Talk]:
    return {talk.about: talk for talk in _TALKS(place, round=round.pk)}


def _findings(round: Round, place: Place, keys: Mapping[int, str]) -> tuple[list[Found], list[Deed]]:
    deeds: dict[int | None, list[Deed]] = defaultdict(list)
    for action in queries.promises(place):
        if action.round_id == round.pk:
            deeds[action.finding_id].append(_deed(action, keys))
    partners = [party for party in place.parties if party.role == "partner"]
    findings = [_found(row, partners, keys, deeds[row.pk]) for row in _FINDINGS(place, round=round.pk)]
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
    commitment = action.commitment
    # Where it is a commitment, what was said there counts: the day may have moved, another partner confirms it.
    due_on = commitment.due_on if commitment is not None else action.due_on
    stands = commitment.state if commitment is not None else ""
    if stands == CommitmentState.WRITTEN_OFF:
        state = "let_go"
    elif stands in {CommitmentState.DELIVERED, CommitmentState.CONFIRMED} or (not stands and action.done_at):
        state = "done"
    elif action.accepted_at is None:
        state = "proposed"
    else:
        state = "late" if due_on is not None and due_on < clock.today() else "accepted"
    return Deed(
        key=action.public_id,
        finding=action.finding.public_id if action.finding is not None else "",
        text=action.text,
        language=action.language,
        owner_side=keys[action.owner_party_id],
        owner=str(action.owner_seat.membership.user) if action.owner_seat is not None else "",
        due_on=due_on.isoformat() if due_on else "",
        state=state,
        note=action.done_note,
        commitment=commitment.public_id if commitment is not None else "",
        to_confirm=stands == CommitmentState.DELIVERED,
    )


def before(round: Round, place: Place) -> Before | None:
    """What was promised at the last opened review with promises before this one, as this reader reads it."""
    earlier = queries.promised_before(round, place)
    if earlier is None:
        return None
    last, actions = earlier
    keys = {party.pk: party.public_id for party in place.parties}
    return Before(last.kind, last.number, _day(last.opened_at), [_deed(action, keys) for action in actions])


def goals(place: Place) -> list[Held]:
    """Each partner's last word on the goals that they share; nothing where no page of goals was agreed."""
    return [
        Held(
            again.party.public_id,
            "drifted" if again.has_drifted else "holds" if again.held_at is not None else "never",
            _day(again.said[0].created_at if again.has_drifted else again.held_at),
        )
        for again in queries.goals_held(place)
    ]


def _comments(round: Round, place: Place, keys: Mapping[int, str]) -> list[Said]:
    rows = _COMMENTS(place, round=round.pk)
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
