"""What the data of outcomes warns of. Each batch takes ids of running partnerships and at most two queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from lifecycle.attention.registry import Raised
from partnerships import clock
from partnerships.record.models import Partnership
from partnerships.record.states import Role, Stage

from ..counting import share
from ..models import HourEntry, Outcome
from ..states import OutcomeKind
from .outcomes import read_by_all_partners

_WHY = "flags are computed for everybody; who sees one is decided where it is shown"
#: The first six months are for getting to know each other: neither flag stands in them (catalogue 9: "after month 6").
SETTLING_DAYS = 183
#: Per cent of a side's hours from which coordination takes too much [OC5].
COORDINATION_SHARE = 30


def told_flags(ids: Sequence[int]) -> list[Raised]:
    """No effect is recorded that cannot be counted, harm included [EV3]. Two queries.

    From month 6 of implementation on: before it there is hardly an effect. Raised while concluding too.
    """
    begun = clock.today() - timedelta(days=SETTLING_DAYS)
    running = Partnership.objects.filter(pk__in=ids, stage__in=[Stage.IMPLEMENTATION, Stage.CONCLUDING])
    due = [pk for pk, stage, since in running.values_list("pk", "stage", "stage_since")
           if stage == Stage.CONCLUDING or since <= begun]  # fmt: skip
    told = set(
        Outcome.objects.unguarded(_WHY)
        .filter(read_by_all_partners(), partnership__in=due, withdrawn_at=None)
        .exclude(kind=OutcomeKind.COUNTED)
        .values_list("partnership", flat=True)
        .distinct()
    )
    return [Raised("nothing_uncounted", pk) for pk in due if pk not in told]


def effort_flags(ids: Sequence[int]) -> list[Raised]:
    """Coordination takes over 30 % of a side's hours after month 6 [OC5]. Two queries.

    Hours are their own side's until it shows them, so the flag is too, for good.
    """
    since = {
        pk: begun + timedelta(days=SETTLING_DAYS)
        for pk, begun in Partnership.objects.filter(
            pk__in=ids, stage=Stage.IMPLEMENTATION, stage_since__lte=clock.today() - timedelta(days=SETTLING_DAYS)
        ).values_list("pk", "stage_since")
    }
    rows = HourEntry.objects.unguarded(_WHY).filter(
        partnership__in=list(since), withdrawn_at=None, party__role=Role.PARTNER, party__left_on=None
    )
    hours: dict[tuple[int, int], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for pk, party, starts_on, coordinating, delivering in rows.values_list(
        "partnership", "party", "starts_on", "coordinating", "delivering"
    ):
        if starts_on >= since[pk]:
            hours[pk, party][0] += coordinating
            hours[pk, party][1] += delivering
    found = []
    for (pk, party), (coordinating, delivering) in hours.items():
        percent = share(coordinating, delivering)
        if percent is not None and percent > COORDINATION_SHARE:
            found.append(
                Raised("coordination_heavy", pk, party, False, {"percent": int(percent)}, is_private=True)
            )  # fmt: skip
    return found
