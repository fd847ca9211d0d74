"""Warnings computed from reviews."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lifecycle.attention.registry import Raised
from partnerships import clock

from ..models import Round, Talk
from ..states import RoundKind, RoundState

if TYPE_CHECKING:
    pass


#: A wide gap that was not talked about for this long becomes a warning.
TALK_DAYS = 30


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
