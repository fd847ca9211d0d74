"""Communication's flags, over many running partnerships at once: two queries each. They name roles, never persons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from django.db.models import Max

from lifecycle.attention.registry import Raised
from partnerships import clock
from partnerships.record.models import Partnership, Party
from partnerships.record.states import Role, Stage

from .models import Approvable, ColleagueQuestion, Contact, Incident, PlanEntry
from .queries import call_of, plan_of
from .states import COMMUNITIES, INDIGENOUS, QUESTION_DAYS, STAFF, Text

_READY = (Text.PLAN, Text.SPOKESPEOPLE, Text.QA)
_STAFF_DAYS = 60
_LOCAL_DAYS, _LOCAL_HIGH_DAYS = 30, 60
_LOCAL = (COMMUNITIES, INDIGENOUS, "government")


def _at_work(ids: Sequence[int]) -> dict[int, date]:
    """Those in implementation, and since when."""
    rows = Partnership.objects.filter(pk__in=ids, stage=Stage.IMPLEMENTATION)
    return dict(rows.values_list("pk", "stage_since"))


def _partners_at_work(ids: Sequence[int]) -> list[Party]:
    rows = Party.objects.filter(
        partnership__in=ids, partnership__stage=Stage.IMPLEMENTATION, role=Role.PARTNER, left_on=None
    )
    return list(rows.select_related("partnership").order_by("pk"))


def media_flags(ids: Sequence[int]) -> list[Raised]:
    """Work goes on without approved plan, spokespeople, questions and answers [MED]."""
    working = _at_work(ids)
    ready: dict[int, set[str]] = defaultdict(set)
    rows = Approvable.objects.unguarded("only whether all approved").filter(
        partnership__in=working, kind__in=_READY, approved_at__isnull=False, set_aside_at=None
    )
    for partnership, kind in rows.values_list("partnership", "kind"):
        ready[partnership].add(kind)
    return [
        Raised("not_media_ready", pk, None, True, {"missing": len(_READY) - len(ready[pk])})
        for pk in working
        if len(ready[pk]) < len(_READY)
    ]


def call_flags(ids: Sequence[int]) -> list[Raised]:
    """A call from the media is open, and one of its clocks has run out [MED]."""
    rows = list(
        Incident.objects.unguarded("only whether a clock has run out").filter(partnership__in=ids, closed_at=None)
    )
    if not rows:
        return []
    plan = plan_of(None)
    found: dict[int, Raised] = {}
    for row in rows:
        late = [s.until for s in call_of(row, plan).steps if s.at is None and s.is_late and s.until is not None]
        if late:
            hours = int((clock.now() - min(late)).total_seconds() // 3600)
            found[row.partnership_id] = Raised("late_media_answer", row.partnership_id, None, True, {"hours": hours})
    return list(found.values())


def staff_flags(ids: Sequence[int]) -> list[Raised]:
    """A partner's own staff heard nothing for 60 days [IC3, EC3]."""
    partners = _partners_at_work(ids)
    last: dict[int, date] = {}
    rows = (
        Contact.objects.unguarded("only the date of the last briefing")
        .filter(partnership__in={p.partnership_id for p in partners}, counts=True, withdrawn_at=None)
        .values_list("party", "entry__of_party", "entry__code", "covers")
        .annotate(last=Max("held_on"))
        .order_by()
    )
    for party, of_party, code, covers, on in rows:
        whose = party if covers else of_party if code == STAFF else None
        if whose is not None:
            last[whose] = max(last.get(whose, on), on)
    today = clock.today()
    found = []
    for partner in partners:
        days = (today - last.get(partner.pk, partner.partnership.stage_since)).days
        if days > _STAFF_DAYS:
            found.append(Raised("staff_uninformed", partner.partnership_id, partner.pk, False, {"days": days}))
    return found


def question_flags(ids: Sequence[int]) -> list[Raised]:
    """A question from colleagues that partners were asked to help with is open for over 30 days [IC3].

    What a partner kept on its own side raises no flag: the others would learn of it.
    """
    today = clock.today()
    rows = (
        ColleagueQuestion.objects.unguarded("only the age of what partners were asked to help with")
        .filter(partnership__in=ids, answered_on=None, help_circle__isnull=False, withdrawn_at=None)
        .values_list("partnership", "party", "asked_on")
    )
    oldest: dict[tuple[int, int], int] = {}
    for partnership, party, asked_on in rows:
        days = (today - asked_on).days
        if days > QUESTION_DAYS:
            oldest[partnership, party] = max(oldest.get((partnership, party), 0), days)
    return [
        Raised("staff_uninformed", partnership, party, False, {"days": days})
        for (partnership, party), days in oldest.items()
    ]


def staff_and_questions(ids: Sequence[int]) -> list[Raised]:
    """One flag a partner, whichever of the two is older."""
    found: dict[tuple[int, int | None], Raised] = {}
    for raised in [*staff_flags(ids), *question_flags(ids)]:
        key = raised.partnership_id, raised.party_id
        if key not in found or raised.inputs["days"] > found[key].inputs["days"]:
            found[key] = raised
    return list(found.values())


def local_flags(ids: Sequence[int]) -> list[Raised]:
    """No contact with communities or government for 30 days, high from 60 [EC6]."""
    working = _at_work(ids)
    rows = (
        Contact.objects.unguarded("only the date of the last contact")
        .filter(partnership__in=working, entry__code__in=_LOCAL, counts=True, withdrawn_at=None)
        .values_list("partnership")
        .annotate(last=Max("held_on"))
        .order_by()
    )
    last = dict(rows)
    today = clock.today()
    found = []
    for pk, since in working.items():
        days = (today - last.get(pk, since)).days
        if days > _LOCAL_DAYS:
            found.append(Raised("no_local_contact", pk, None, days > _LOCAL_HIGH_DAYS, {"days": days}))
    return found


def constituent_flags(ids: Sequence[int]) -> list[Raised]:
    """Nothing planned on what the partners show each other's boards, members, workforce, investors [EC2, CH5]."""
    partners = _partners_at_work(ids)
    have = set(
        PlanEntry.objects.unguarded("only whether the audience is in the plan")
        .filter(partnership__in={p.partnership_id for p in partners}, code="constituents", removed_at=None)
        .values_list("of_party", flat=True)
    )
    bare: dict[int, int] = defaultdict(int)
    for partner in partners:
        if partner.pk not in have:
            bare[partner.partnership_id] += 1
    return [Raised("constituents_unserved", pk, None, False, {"partners": count}) for pk, count in bare.items()]
