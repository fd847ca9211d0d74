"""The flags that seats, dates and summary rows tell of, and reading what stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext, ngettext

from partnerships import clock
from partnerships.access.places import Place
from partnerships.access.ready import ReadyHere
from partnerships.catalogue import content
from partnerships.catalogue.queries import flag_words
from partnerships.portfolio.models import Summary
from partnerships.record.models import Partnership, Party, Seat
from partnerships.record.states import Duty, Role, Stage, Standing

from .models import Flag
from .registry import Raised

#: Stages from which a partner must have people named.
_STAFFED = (Stage.AGREEMENT, Stage.IMPLEMENTATION, Stage.CONCLUDING)
_TURNOVER_DAYS, _HANDOVER_DAYS = 365, 30
_SILENCE_DAYS, _SILENCE_HIGH_DAYS = 90, 180
_FIRST_REVIEW_DAYS, _REVIEW_DAYS = 183, 366
_LEVELS = 3
#: From here on a flag is its own side's for good.
_NEVER_SHOWN = datetime.combine(clock.FAR, time(), UTC)

_NOT_CLEARED = ReadyHere(
    lambda place: (
        Flag.objects.visible_to(place)
        .filter(cleared_at=None)
        .select_related("dismissed_by")
        .order_by("-high", "raised_at", "pk")
    )
)


def seat_flags(ids: Sequence[int]) -> list[Raised]:
    """No lead or hours [ST4], no stand-in [ST5], leads that change [ST5], few levels [OC8]. Two queries."""
    today = clock.today()
    parties = list(
        Party.objects.filter(partnership__in=ids, role=Role.PARTNER, left_on=None, partnership__stage__in=_STAFFED)
    )
    seats: dict[int, list[Seat]] = defaultdict(list)
    for seat in Seat.objects.filter(party__in=[p.pk for p in parties]).prefetch_related("handovers"):
        seats[seat.party_id].append(seat)
    found = []
    for party in parties:
        now = [s for s in seats[party.pk] if s.ended_on is None]
        leads = [s for s in now if s.duty == Duty.LEAD]
        if not leads or not any(s.hours for s in leads):
            found.append(Raised("no_lead", party.partnership_id, party.pk, True, {"leads": len(leads)}))
        if not any(s.duty == Duty.STAND_IN for s in now):
            found.append(Raised("no_stand_in", party.partnership_id, party.pk, True, {"people": len(now)}))
        left = [
            s for s in seats[party.pk]
            if s.duty == Duty.LEAD and s.ended_on and (today - s.ended_on).days <= _TURNOVER_DAYS
        ]  # fmt: skip
        waiting = [
            (today - s.ended_on).days for s in left
            if s.ended_on and not any(h.finished_at for h in s.handovers.all())
            and (today - s.ended_on).days > _HANDOVER_DAYS
        ]  # fmt: skip
        if len(left) >= 2 or waiting:
            inputs = {"changes": len(left), "days_without_handover": max(waiting, default=0)}
            found.append(Raised("lead_turnover", party.partnership_id, party.pk, False, inputs))
        levels = {s.level for s in now}
        if len(levels) < _LEVELS and party.partnership_id in ids:
            found.append(Raised("few_levels", party.partnership_id, party.pk, False, {"levels": len(levels)}))
    return found


def summary_flags(ids: Sequence[int]) -> list[Raised]:
    """Silence after the announcement [EC5], a review that is overdue [EV1, EV2]. One query."""
    today = clock.today()
    found: list[Raised] = []
    # A row says what its own party knows: the latest that any of them knows is what happened.
    latest = (
        Partnership.objects.filter(pk__in=ids, summaries__stage=Stage.IMPLEMENTATION)
        .annotate(reviewed_on=Max("summaries__last_review_on"), spoke_on=Max("summaries__last_public_on"))
        .values_list("pk", "announced_on", "stage_since", "spoke_on", "reviewed_on")
    )
    for pk, announced_on, stage_since, spoke_on, reviewed_on in latest:
        if announced_on:
            quiet = (today - max(announced_on, spoke_on)).days
            if quiet > _SILENCE_DAYS:
                found.append(Raised("silence", pk, None, quiet > _SILENCE_HIGH_DAYS, {"days": quiet}))
        first = reviewed_on == clock.NEVER
        days = (today - (stage_since if first else reviewed_on)).days
        if days > (_FIRST_REVIEW_DAYS if first else _REVIEW_DAYS):
            found.append(Raised("review_overdue", pk, None, False, {"days": days}))
    return found


def running() -> list[int]:
    """Ids of the partnerships that flags are computed for."""
    return list(Summary.objects.filter(standing=Standing.ACTIVE).values_list("partnership", flat=True).distinct())


@dataclass(frozen=True)
class Shown:
    """A flag as a page shows it."""

    public_id: str
    title: str
    text: str
    lessons: tuple[str, ...]
    high: bool
    party: Party | None
    #: What it was computed from, in words.
    inputs: list[str]
    raised_on: date
    #: Until when only the own side sees it; None once all do.
    alone_until: date | None
    #: It is computed from what only the own side knows, and is for nobody else.
    is_private: bool = False


@dataclass(frozen=True)
class PutAside:
    """A flag that somebody dismissed for a time, with the reason that the others read."""

    title: str
    party: Party | None
    by: str
    reason: str
    until: date


def _title(row: Flag, words: Mapping[str, content.Flag]) -> str:
    return str((words[row.code].high_title if row.high else None) or words[row.code].title)


def in_words(inputs: Mapping[str, Any]) -> list[str]:
    """What a flag was computed from, a sentence each; inputs without words are for the software."""
    return [_WORDS[name](value) for name, value in inputs.items() if name in _WORDS]


def _days(n: int) -> str:
    return ngettext("%(count)s day.", "%(count)s days.", n) % {"count": n}


def _leads(n: int) -> str:
    return ngettext("%(count)s lead, without named hours.", "%(count)s leads.", n) % {"count": n}


def _people(n: int) -> str:
    return ngettext("%(count)s person seated.", "%(count)s people seated.", n) % {"count": n}


def _levels(n: int) -> str:
    return ngettext("People at %(count)s level.", "People at %(count)s levels.", n) % {"count": n}


def _functions(n: int) -> str:
    return ngettext("People of %(count)s function.", "People of %(count)s functions.", n) % {"count": n}


def _changes(n: int) -> str:
    return ngettext("%(count)s change in twelve months.", "%(count)s changes in twelve months.", n) % {"count": n}


def _since_lead_changed(n: int) -> str:
    return ngettext("A lead changed %(count)s day ago.", "A lead changed %(count)s days ago.", n) % {"count": n}


def _items(n: int) -> str:
    return ngettext("%(count)s item.", "%(count)s items.", n) % {"count": n}


_WORDS: dict[str, Callable[[Any], str]] = {
    "days": _days,
    "leads": _leads,
    "people": _people,
    "levels": _levels,
    "functions": _functions,
    "overdue": lambda _n: gettext("A condition is overdue."),
    "changes": _changes,
    "days_since_lead_changed": _since_lead_changed,
    "percent": lambda n: f"{n} %.",
    "count": _items,
}


def flags_of(place: Place) -> tuple[list[Shown], list[PutAside]]:
    """What stands for this reader, high first, and what somebody dismissed for now. One query."""
    words = flag_words()
    by_id = {p.pk: p for p in place.parties}
    found = [row for row in _NOT_CLEARED(place) if row.code in words]
    today, moment = clock.today(), clock.now()
    shown = [
        Shown(
            public_id=row.public_id,
            title=_title(row, words),
            text=str(words[row.code].text),
            lessons=words[row.code].lessons,
            high=row.high,
            party=by_id.get(row.party_id or 0),
            inputs=in_words(row.inputs),
            raised_on=row.raised_at.date(),
            alone_until=row.shown_at.date() if moment < row.shown_at < _NEVER_SHOWN else None,
            is_private=row.shown_at >= _NEVER_SHOWN,
        )
        for row in found
        if row.dismissed_until is None or row.dismissed_until < today
    ]
    aside = [
        PutAside(
            title=_title(row, words),
            party=by_id.get(row.party_id or 0),
            by=row.dismissed_by.name if row.dismissed_by else "",
            reason=row.dismissed_for,
            until=row.dismissed_until,
        )
        for row in sorted(found, key=lambda row: (row.dismissed_until or clock.FAR, row.pk))
        if row.dismissed_until is not None and row.dismissed_until >= today
    ]
    return shown, aside
