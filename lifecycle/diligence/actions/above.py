"""Taking risks over from the register of a record above, and what changed there since.

A risk that was taken over is the own side's here and moves on by itself; what changes above is offered, never written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships.access.actions import circle_here
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history.actions import log
from partnerships.record.models import Seat

from ..kinds import RISK_INHERITED, RISK_LENT
from ..models import Risk
from ..permissions import can_inherit
from ..queries import PARTS, RiskAbove, risks_above
from .risks import RISK_FIELDS, weigh_risk


def take_risks(sources: Sequence[str], *, by: Place) -> int:
    """Take these open risks of the own side over into the register here (public ids of risks in the records above).

    They stand on the own side alone. Returns how many came over.
    """
    found = _above(by)
    wanted = dict.fromkeys(sources)
    chosen = [found[key] for key in wanted if key in found and found[key].is_fresh]
    if not chosen or len(chosen) != len(wanted):
        raise ValidationError(_("Choose what you take over."))
    with transaction.atomic():
        for one in chosen:
            _require_lead(one)
            values = {name: getattr(one.it, name) for name in RISK_FIELDS} | _owned(one.it, by)
            risk = weigh_risk(values=values, circle=None, by=by, above=one.it)
            _log(one, risk, by)
    return len(chosen)


def take_changes(risk: Risk, *, parts: Sequence[str], by: Place, seen: int | None = None) -> bool:
    """Take these parts of what changed above over (codes of `PARTS`), and keep the own of the rest; none: keep all.

    Either way it is offered no more, until it changes above again. Returns whether anything was taken over.
    Raises ValidationError with code "stale" where the risk was weighed here meanwhile.
    """
    one = next((found for found in _above(by).values() if found.taken is not None and found.taken.pk == risk.pk), None)
    if one is None or one.taken is None:
        raise ValidationError(_("There is nothing to take over."))
    _require_lead(one)
    offered = {d.part for d in one.differs}
    taken = [part for part in dict.fromkeys(parts) if part in offered]
    risk = one.taken
    if not taken:
        rows = Risk.objects.of(by.partnership).filter(pk=risk.pk, inherited_version__lt=one.it.version)
        rows.update(inherited_version=one.it.version)
        return False
    values = {name: getattr(risk, name) for name in RISK_FIELDS}
    values |= {name: getattr(one.it, name) for part in taken for name in PARTS[part][1]}
    if "measure" in taken and not (values["owner"] and values["due_on"]):
        values |= _owned(one.it, by)
    with transaction.atomic():
        weigh_risk(values=values, circle=None, by=by, risk=risk, seen=seen, above=one.it)
        _log(one, risk, by)
    return True


def _above(by: Place) -> dict[str, RiskAbove]:
    if not can_inherit(by):
        raise ValidationError(_("A lead or stand-in of your side takes risks over."))
    return {one.it.public_id: one for one in risks_above(by)}


def _require_lead(one: RiskAbove) -> None:
    if not one.there.is_lead:
        raise ValidationError(_("You take over what you lead: ask a lead or stand-in of your side in the umbrella."))


def _owned(risk: Risk, by: Place) -> dict[str, Any]:
    """Who sees to the measure here: whoever does above, where they sit here too, else who takes it over."""
    if not risk.measure.strip():
        return {"owner": None, "due_on": None}
    seats = Seat.objects.filter(party=by.own_party, ended_on=None, membership__ended_on=None)
    same = seats.filter(membership=risk.owner.membership_id).first() if risk.owner is not None else None
    return {"owner": same or by.seat, "due_on": risk.due_on}


def _log(one: RiskAbove, risk: Risk, by: Place) -> None:
    log(RISK_INHERITED, by=by, item=risk)
    # Above it is the own side's affair: others who read the risk there are not told where else it stands.
    log(RISK_LENT, by=one.there, item=one.it, circle=circle_here(one.there, CircleKind.OWN))
