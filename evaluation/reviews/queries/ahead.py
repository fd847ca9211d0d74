"""The rounds planned ahead: what the agreed dates ask for, beside what was proposed and held."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from lifecycle.agreement.models import Terms
from lifecycle.agreement.queries import readable_terms_in_force, terms_in_force
from lifecycle.concluding.queries import look_back_on
from lifecycle.road.queries import work_began_on
from partnerships import clock
from partnerships.access.places import Place
from partnerships.record.models import Partnership
from partnerships.record.states import Stage

from ..ahead import Frame, Slot, slots
from ..models import Boundary, Round
from ..states import RoundKind, RoundState

#: What partners are asked for by a work item of its own; other kinds are conditions of a gate, or have an owner.
OWED = frozenset({RoundKind.REGULAR, RoundKind.PULSE})


@dataclass(frozen=True)
class Ahead:
    """A round that is needed, and the one that was proposed for it, if any."""

    slot: Slot
    round: Round | None
    today: date

    @property
    def is_held(self) -> bool:
        return self.round is not None and self.round.state == RoundState.OPENED

    @property
    def is_late(self) -> bool:
        return self.round is None and self.slot.due_on < self.today


def frame_of(partnership: Partnership, terms: Terms | None, boundary: Boundary | None) -> Frame | None:
    """What is agreed about the time of the work; nothing before there is a date to start from. Two queries at most."""
    starts_on = (terms.starts_on if terms is not None else None) or work_began_on(partnership)
    if starts_on is None and partnership.stage == Stage.IMPLEMENTATION:
        # An existing portfolio is taken in at the stage where it stands.
        starts_on = partnership.stage_since
    if starts_on is None:
        return None
    first_on = terms.first_review_on if terms is not None else None
    every = terms.review_every_months if terms is not None else 12
    ends_on = terms.ends_on if terms is not None else None
    if boundary is not None:
        # The boundary is about reviews alone, and younger than the agreement.
        first_on, every = boundary.first_on, boundary.every_months
    return Frame(starts_on, ends_on, first_on, every, look_back_on(partnership))


def ahead_of(place: Place) -> list[Ahead]:
    """Every round that the agreed dates ask for, with what came of it: for who reads what they are reckoned from."""
    if not (place.is_partner or place.is_broker):
        return []
    terms, boundary = _agreed(place.partnership)
    hidden = (terms is not None and readable_terms_in_force(place) != terms) or (
        boundary is not None and not Boundary.objects.visible_to(place).filter(pk=boundary.pk).exists()
    )
    frame = frame_of(place.partnership, terms, boundary)
    if hidden or frame is None:
        return []
    live = Round.objects.visible_to(place).exclude(state=RoundState.CANCELLED).select_related("partnership")
    found = _matched(slots(frame), live.order_by("opening_at", "pk"), clock.today(place.user.time_zone))
    if place.partnership.is_open:
        return found
    # Nothing else is held any more, and nothing is late.
    return [each for each in found if each.slot.kind == RoundKind.LOOK_BACK]


def next_owed(partnership: Partnership) -> dict[str, Slot]:
    """By kind, the next review and the next pulse that wait for a proposal; the first review until it is held."""
    frame = frame_of(partnership, *_agreed(partnership))
    if frame is None:
        return {}
    owed: dict[str, Slot] = {}
    live = Round.objects.of(partnership).exclude(state=RoundState.CANCELLED).order_by("opening_at", "pk")
    for each in _matched(slots(frame), live, clock.today()):
        if each.slot.kind not in OWED or each.is_held:
            continue
        is_first = (each.slot.kind, each.slot.number) == (RoundKind.REGULAR, 1)
        if each.round is None or is_first:
            owed.setdefault(each.slot.kind, each.slot)
    return owed


def _agreed(partnership: Partnership) -> tuple[Terms | None, Boundary | None]:
    return terms_in_force(partnership), Boundary.objects.of(partnership).first()


def _matched(needed: Iterable[Slot], rounds: Iterable[Round], today: date) -> list[Ahead]:
    """What is needed, by date, each with the round that stands for it: the nearest that no earlier one took.

    Nobody makes up for years: of the days that passed without a round, the last alone is late, and none before one that
    was held. A baseline cannot be held any more once a review has told how it is.
    """
    by_kind: dict[str, list[Round]] = defaultdict(list)
    for round in rounds:
        by_kind[round.kind].append(round)
    wanted: dict[RoundKind, list[Slot]] = defaultdict(list)
    for slot in needed:
        wanted[slot.kind].append(slot)
    if by_kind[RoundKind.REGULAR] and not by_kind[RoundKind.BASELINE]:
        wanted.pop(RoundKind.BASELINE, None)
    found = []
    for kind, days in wanted.items():
        taken: dict[int, Round] = {}
        free = 0
        for round in by_kind[kind]:
            if free < len(days):
                at = _nearest(days, free, round.opened_on())
                taken[at], free = round, at + 1
        missed = [at for at in range(free, len(days)) if days[at].due_on < today]
        stays = [*sorted(taken), *missed[-1:], *range(free + len(missed), len(days))]
        for number, at in enumerate(stays, start=1):
            found.append(Ahead(replace(days[at], number=number), taken.get(at), today))
    return sorted(found, key=lambda each: (each.slot.due_on, list(RoundKind).index(each.slot.kind)))


def _nearest(days: Sequence[Slot], start: int, day: date) -> int:
    return min(range(start, len(days)), key=lambda at: abs(days[at].due_on - day))
