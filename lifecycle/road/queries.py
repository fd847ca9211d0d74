"""Reading the road: where a partnership is, what holds the next stage, who is waited for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.places import Place
from partnerships.access.ready import Ready
from partnerships.looks import format as words
from partnerships.record.models import Partnership
from partnerships.record.states import STAGES, Stage

from . import registry
from .models import Move, OpenPoint, Proposal, Statement, TargetDate
from .registry import Condition
from .states import FORWARD, SAID_ALONE, MoveKind

_MOVES = Ready(lambda record: Move.objects.filter(partnership=record).order_by("at", "pk"))
_TARGETS = Ready(lambda record: TargetDate.objects.filter(partnership=record).values_list("stage", "on"))
_PROPOSALS = Ready(
    lambda record: Proposal.objects.filter(partnership=record, closed_at=None).prefetch_related("consents")
)
_POINTS = Ready(
    lambda record, stage: (
        OpenPoint.objects.unguarded("what all partners agreed to go on without, which all know")
        .filter(partnership=record, stage=stage, closed_at=None, until__gte=clock.today())
        .prefetch_related("agreements")
    )
)


@dataclass(frozen=True)
class Stop:
    """One stop of the road, for the picture: state is done, now, next or later."""

    stage: str
    name: str
    state: str
    since: date | None
    until: date | None
    target: date | None
    before_record: bool

    @property
    def text(self) -> str:
        """The line under the name: when it was, since when it is, when it is planned."""
        if self.before_record:
            return _("Done before this record")
        if self.state == "done" and self.since and self.until:
            return _("%(since)s to %(until)s") % {
                "since": words.past_date(self.since),
                "until": words.past_date(self.until),
            }
        if self.state == "now" and self.since:
            passed = words.days_between(self.since)
            if passed < 1:
                return _("Since today")
            return _("Since %(since)s, %(days)s") % {"since": words.past_date(self.since), "days": words.days(passed)}
        return _("Planned %(day)s") % {"day": words.past_date(self.target)} if self.target else ""


@dataclass(frozen=True)
class Gate:
    """The gate out of the present stage, as this reader may know it."""

    stage: str
    to: str
    to_label: str
    conditions: tuple[Condition, ...]
    proposal: Proposal | None
    #: Ids of the partners that consented to the open proposal.
    consented: frozenset[int]

    @property
    def passes(self) -> bool:
        return all(c.passes for c in self.conditions)

    @property
    def met(self) -> list[Condition]:
        return [c for c in self.conditions if c.passes]

    @property
    def unmet(self) -> list[Condition]:
        return [c for c in self.conditions if not c.passes]


def open_points(place: Place, stage: str) -> dict[str, OpenPoint]:
    """Agreed and unexpired open points of a stage, by condition."""
    partners = {p.pk for p in place.partners}
    agreed: dict[int, set[int]] = defaultdict(set)
    points = _POINTS(record=place.partnership.pk, stage=stage)
    for point in points:
        agreed[point.pk] = {a.party_id for a in point.agreements.all()}
    return {p.condition: p for p in points if partners and partners <= agreed[p.pk]}


def conditions_of(place: Place, stage: str | None = None) -> list[Condition]:
    """The conditions for leaving a stage, open points applied, unmet first."""
    stage = stage or place.partnership.stage
    points = open_points(place, stage)
    found = [
        c.with_waiver() if not c.met and c.waivable and c.code in points else c
        for c in registry.conditions(stage, place)
    ]
    return sorted(found, key=lambda c: c.passes)


def gate_of(place: Place) -> Gate | None:
    """The gate out of the present stage; None at the end of the road."""
    to = FORWARD.get(place.partnership.stage)
    if to is None:
        return None
    proposal = next(iter(_PROPOSALS(record=place.partnership.pk)), None)
    consented = frozenset(c.party_id for c in proposal.consents.all()) if proposal else frozenset()
    return Gate(
        stage=place.partnership.stage,
        to=to,
        to_label=str(Stage(to).label),
        conditions=tuple(conditions_of(place)),
        proposal=proposal,
        consented=consented,
    )


def road_of(place: Place) -> list[Stop]:
    """The six stops with their dates. Two queries."""
    partnership = place.partnership
    moves = _MOVES(record=partnership.pk)
    targets = dict(_TARGETS(record=partnership.pk))
    since: dict[str, date] = {}
    until: dict[str, date] = {}
    for move in moves:
        day = words.day_of(move.at)
        if move.kind in {MoveKind.FORWARD, MoveKind.BACK, MoveKind.OPENED, MoveKind.CLOSE}:
            if move.from_stage != move.to_stage:
                until[move.from_stage] = day
            since[move.to_stage] = day
            until.pop(move.to_stage, None)
    since.setdefault(partnership.opened_at_stage, words.day_of(partnership.created_at))
    now = STAGES.index(partnership.stage)
    opened = STAGES.index(partnership.opened_at_stage)
    stops = []
    for index, stage in enumerate(STAGES):
        state = "done" if index < now else "now" if index == now else "next" if index == now + 1 else "later"
        stops.append(
            Stop(
                stage=stage,
                name=str(Stage(stage).label),
                state=state,
                since=since.get(stage) if index <= now else None,
                until=until.get(stage) if index < now else None,
                target=targets.get(stage),
                before_record=index < opened,
            )
        )
    return stops


def to_answer(place: Place) -> Move | None:
    """The last thing that a partner did alone and that the reader's side has said nothing on yet."""
    own = Statement.objects.visible_to(place.user).filter(party=place.own_party).values("move")
    return (
        Move.objects.of(place.partnership)
        .filter(kind__in=SAID_ALONE)
        .exclude(party=place.own_party)
        .exclude(pk__in=own)
        .order_by("-at", "-pk")
        .first()
    )


def was_carried(proposal: Proposal) -> bool:
    """Whether a proposal has become a move."""
    return Proposal.objects.filter(pk=proposal.pk, carried=True).exists()


def work_began_on(partnership: Partnership) -> date | None:
    """The day on which implementation was first opened; nothing before it."""
    at = (
        Move.objects.filter(partnership=partnership, to_stage=Stage.IMPLEMENTATION)
        .order_by("pk")
        .values_list("at", flat=True)
        .first()
    )
    return at.date() if at is not None else None
