"""What due diligence warns of: too little breadth, and decisions that stand on what is past."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from lifecycle.attention.registry import Raised
from partnerships import clock
from partnerships.access.models import ReleaseItem
from partnerships.record.models import Party
from partnerships.record.states import Role, Stage

from ..models import DiligenceDecision, Measure, Participation
from ..states import Outcome
from .breadth import LEVELS, functions_needed

#: So long a stage takes to bring people in before anybody is warned.
BREADTH_DAYS = 30
#: Stages in which a record that came through due diligence still shows that it was narrow.
_LATER = (Stage.AGREEMENT, Stage.IMPLEMENTATION)


def breadth_flags(ids: Sequence[int]) -> list[Raised]:
    """Too few functions [DD6], and in the stage itself too few levels [OC8] (later the seats tell). Two queries."""
    since = clock.today() - timedelta(days=BREADTH_DAYS)
    here = Q(partnership__stage=Stage.DILIGENCE, partnership__stage_since__lte=since)
    later = Q(partnership__stage__in=_LATER, partnership__opened_at_stage__in=[Stage.SCOPING, Stage.DILIGENCE])
    parties = list(
        Party.objects.filter(here | later, partnership__in=ids, role=Role.PARTNER, left_on=None)
        .select_related("organisation", "partnership")
        .order_by("pk")
    )
    functions: dict[int, set[str]] = defaultdict(set)
    levels: dict[int, set[str]] = defaultdict(set)
    took_part = Participation.objects.filter(party__in=[p.pk for p in parties])
    for party, function, level in took_part.values_list("party", "function", "level"):
        functions[party].add(function)
        levels[party].add(level)
    found = []
    for one in parties:
        if len(functions[one.pk]) < functions_needed(one):
            inputs = {"functions": len(functions[one.pk])}
            found.append(Raised("few_functions", one.partnership_id, one.pk, False, inputs))
        if one.partnership.stage == Stage.DILIGENCE and len(levels[one.pk]) < LEVELS:
            inputs = {"levels": len(levels[one.pk])}
            found.append(Raised("few_levels", one.partnership_id, one.pk, False, inputs))
    return found


def _released_measures() -> QuerySet[ReleaseItem]:
    return ReleaseItem.objects.filter(
        model=Measure._meta.label_lower, object_id=OuterRef("pk"), release__recalled_at=None
    )


def standing_flags(ids: Sequence[int]) -> list[Raised]:
    """A go that has run out, or waits to be looked at again, or stands under a condition that is overdue [DD2].

    Of conditions it says no number and no day: not everybody who sees the flag reads them. Two queries.
    """
    today = clock.today()
    inputs: dict[tuple[int, int], dict[str, int]] = {}
    standing = DiligenceDecision.objects.unguarded("flags are computed for everybody, and shown by their own rule")
    rows = standing.filter(
        partnership__in=ids, superseded_at=None, outcome__in=[Outcome.GO, Outcome.CONDITIONS], party__left_on=None
    ).values_list("partnership", "party", "expires_on", "again_by", "created_at")
    going = {}
    for partnership, party, expires_on, again_by, decided_at in rows:
        going[party] = decided_at
        late = [day for day in (expires_on, again_by) if day is not None and day < today]
        if late:
            inputs[partnership, party] = {"days": max((today - day).days for day in late)}
    overdue = (
        Measure.objects.unguarded("flags are computed for everybody, and shown by their own rule")
        .filter(partnership__in=ids, party__in=going, done_at=None, dropped_at=None, due_on__lt=today)
        .filter(owner__party__left_on=None)
        # Its owner reads it: of the own side, or released to the side that it asks something of.
        .filter(Q(owner__party=F("party")) | Exists(_released_measures()))
    )
    for partnership, party, owner, set_at in overdue.values_list("partnership", "party", "owner__party", "created_at"):
        # What was set after the decision is no condition yet, and nobody else knows of it.
        if set_at <= going[party]:
            inputs.setdefault((partnership, owner), {"overdue": 1})
    return [Raised("diligence_expired", record, party, True, found) for (record, party), found in inputs.items()]
