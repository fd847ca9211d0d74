"""Raising, clearing and dismissing flags."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partnerships import clock
from partnerships.access.actions import circle_here
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history import kinds as act_kinds
from partnerships.history.actions import log
from partnerships.portfolio.models import Summary
from partnerships.record.states import Role

from . import registry
from .models import OWN_DAYS, Flag
from .queries import running

DISMISSED = act_kinds.register("attention.dismissed", gettext_lazy("Flag dismissed"), url_name="record:overview")
#: Partnerships computed in one transaction.
CHUNK = 500


def sweep() -> int:
    """Bring all flags up to date: raise, change, clear, and write the counts of the summary rows.

    May run twice or on two machines: rows are keyed by partnership, code and party. Returns how many stand.
    """
    ids = running()
    standing = 0
    for start in range(0, len(ids), CHUNK):
        standing += _sweep_chunk(ids[start : start + CHUNK])
    stopped = Flag.objects.filter(cleared_at=None).exclude(partnership__in=ids)
    stopped.update(cleared_at=clock.now())
    return standing


def _sweep_chunk(ids: list[int]) -> int:
    moment = clock.now()
    wanted = {(r.partnership_id, r.code, r.party_id): r for r in registry.raised(ids)}
    with transaction.atomic():
        rows = {
            (f.partnership_id, f.code, f.party_id): f
            for f in Flag.objects.select_for_update().filter(partnership__in=ids, cleared_at=None)
        }
        fresh = [
            Flag(
                partnership_id=r.partnership_id,
                code=r.code,
                party_id=r.party_id,
                high=r.high,
                inputs=r.inputs,
                raised_at=moment,
                shown_at=_shown_from(r, moment),
            )
            for key, r in wanted.items()
            if key not in rows
        ]
        Flag.objects.bulk_create(fresh, ignore_conflicts=True)
        changed = []
        for key, row in rows.items():
            if key in wanted and (row.high, row.inputs) != (wanted[key].high, wanted[key].inputs):
                row.high, row.inputs = wanted[key].high, wanted[key].inputs
                changed.append(row)
        Flag.objects.bulk_update(changed, ["high", "inputs"])
        gone = [row.pk for key, row in rows.items() if key not in wanted]
        Flag.objects.filter(pk__in=gone).update(cleared_at=moment)
        _count(ids)
    return len(wanted)


def _shown_from(found: registry.Raised, moment: datetime) -> datetime:
    """From when on the others see a flag too."""
    if found.is_private:
        return datetime.combine(clock.FAR, time(), UTC)
    return moment + timedelta(days=OWN_DAYS) if found.party_id else moment


def _count(ids: list[int]) -> None:
    """Write into each party's summary row what that party may see; those who see no flags get none."""
    moment = clock.now()
    flags: dict[int, list[Flag]] = defaultdict(list)
    for flag in Flag.objects.filter(partnership__in=ids).standing().order_by("-high", "raised_at"):
        flags[flag.partnership_id].append(flag)
    rows = list(Summary.objects.filter(partnership__in=ids).select_related("party"))
    changed = []
    for row in rows:
        seen = [
            f
            for f in flags[row.partnership_id]
            if row.party.role in {Role.PARTNER, Role.BROKER}
            and row.party.left_at is None
            and (f.party_id in {None, row.party_id} or f.shown_at <= moment)
        ]
        values = (sum(f.high for f in seen), sum(not f.high for f in seen), seen[0].code if seen else "")
        if (row.flags_high, row.flags_warning, row.reason) != values:
            row.flags_high, row.flags_warning, row.reason = values
            changed.append(row)
    Summary.objects.bulk_update(changed, ["flags_high", "flags_warning", "reason"], batch_size=500)


def dismiss(flag: Flag, *, until: date, reason: str, by: Place) -> None:
    """Put a flag aside for a time, with a reason that the others read. It comes back if it still stands then."""
    if not clock.today() < until <= clock.today() + timedelta(days=183):
        raise ValidationError({"until": _("Choose a day in the next six months.")})
    with transaction.atomic():
        flag.dismissed_until, flag.dismissed_by, flag.dismissed_for = until, by.user, reason
        flag.save(update_fields=["dismissed_until", "dismissed_by", "dismissed_for"])
        kind = CircleKind.OWN if flag.shown_at.date() == clock.FAR else CircleKind.PARTNERS
        log(DISMISSED, by=by, item=flag, circle=circle_here(by, kind))
        _count([flag.partnership_id])
