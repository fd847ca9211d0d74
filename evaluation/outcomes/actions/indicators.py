"""Setting an indicator, changing it with what stood there before, withdrawing it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships.access.actions import authored, circle_here, save_version, withdraw
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history.actions import log
from partnerships.record.models import Partnership, Party

from .. import kinds
from ..counting import points_the_right_way
from ..models import Indicator, IndicatorChange
from ..states import Direction
from .asking import follow_measuring, require_past

#: What a form may set and change.
FIELDS = (
    "name", "unit", "direction", "layer", "baseline", "baseline_on", "baseline_source", "target", "target_on",
    "frequency", "measured_by",
)  # fmt: skip


#: What carries a language among them.
WORDS = frozenset({"name", "unit", "baseline_source"})


def set_indicator(*, by: Place, values: Mapping[str, Any], circle_kind: str = CircleKind.PARTNERS) -> Indicator:
    """A new indicator; `values` by the names of FIELDS."""
    if circle_kind not in {CircleKind.PARTNERS, CircleKind.ALL}:
        raise ValidationError(_("Choose who may read this."))
    values = {name: values[name] for name in FIELDS if name in values}
    values.setdefault("measured_by", by.own_party)
    _check(values, by=by, circle_kind=circle_kind)
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        made: Indicator = Indicator.objects.create(**authored(by, circle_here(by, circle_kind)), **values)
        log(kinds.INDICATOR_SET, by=by, item=made)
        follow_measuring(by.partnership)
    return made


def _check(values: Mapping[str, Any], *, by: Place, circle_kind: str) -> None:
    """What no figure can mend later."""
    baseline, baseline_on = values.get("baseline"), values.get("baseline_on")
    if (baseline is None) != (baseline_on is None):
        missing = "baseline" if baseline is None else "baseline_on"
        raise ValidationError({missing: _("A baseline has a value and a day, both or neither.")})
    if baseline_on is not None:
        require_past(baseline_on, "baseline_on")
    if values.get("target") is None and values.get("target_on") is not None:
        raise ValidationError({"target": _("A day without a target says nothing. Write the target, or leave both.")})
    target_on = values.get("target_on")
    if baseline_on is not None and target_on is not None and target_on <= baseline_on:
        raise ValidationError({"target_on": _("The day of the target comes after the day of the baseline.")})
    if values.get("frequency") == "at_end" and values.get("target_on") is None:
        raise ValidationError({"target_on": _("“Once, by the day of the target” needs that day.")})
    if not points_the_right_way(baseline, values.get("target"), values["direction"]):
        said = (
            _("More is better, yet this target is below the baseline.")
            if values["direction"] == Direction.MORE
            else _("Less is better, yet this target is above the baseline.")
        )
        raise ValidationError({"target": said})
    measurer: Party = values["measured_by"]
    inside = {p.pk for p in by.present if circle_kind == CircleKind.ALL or p.role in {"partner", "broker"}}
    if measurer.pk not in inside:
        raise ValidationError({"measured_by": _("Who measures must be able to read it. Let all parties read it.")})


def change_indicator(indicator: Indicator, *, by: Place, values: Mapping[str, Any], seen: int, why: str) -> Indicator:
    """Every partner may change what was set together; each changed field keeps what it said before, and why."""
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        now = Indicator.objects.of(by.partnership).select_related("measured_by", "circle").get(pk=indicator.pk)
        if now.withdrawn_at is not None:
            raise ValidationError(_("This indicator was withdrawn in the meantime."))
        if now.version != seen:
            raise ValidationError(
                _("Somebody else saved this while you were writing. Compare, and save again."), code="stale"
            )
        after = {name: values.get(name, getattr(now, name)) for name in FIELDS}
        _check(after, by=by, circle_kind=now.circle.kind)
        changed = [name for name in FIELDS if after[name] != getattr(now, name)]
        if not changed:
            return now
        if not why.strip():
            raise ValidationError({"why": _("Say why: a target that moves without a reason is trusted by nobody.")})
        IndicatorChange.objects.bulk_create(
            IndicatorChange(
                indicator=now,
                field=name,
                was=as_text(getattr(now, name)),
                why=why.strip(),
                party=by.own_party,
                by=by.user,
            )
            for name in changed
        )
        for name in changed:
            setattr(now, name, after[name])
        if WORDS & set(changed):
            now.language = by.user.language
        save_version(now, seen=seen, fields=[*changed, "language"])
        log(kinds.INDICATOR_CHANGED, by=by, item=now)
        follow_measuring(by.partnership)
    return now


def as_text(value: object) -> str:
    """A value as it is kept beside what replaced it, in no language: numbers with a point, days in ISO."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    return value.name if isinstance(value, Party) else str(value)


def withdraw_indicator(indicator: Indicator, *, by: Place) -> None:
    """The side that set it takes it out of the pages, with its values; that it was there remains."""
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        standing = indicator.outcomes.filter(withdrawn_at=None).count()
        if standing:
            raise ValidationError(_("An outcome stands on this indicator. Withdraw that first."))
        withdraw(indicator, by=by)
        log(kinds.INDICATOR_OUT, by=by, item=indicator)
        follow_measuring(by.partnership)
