"""The register of risks: written down, weighed again and again, closed and opened; every move is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import authored, circle_here, save_version
from partnerships.access.models import Circle
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history.actions import log
from partnerships.work import actions as work

from ..decision import RESIDUAL_CONDITION
from ..kinds import LOOK_AGAIN, REDUCE_RISK, RISK, RISK_CLOSED, RISK_REOPENED
from ..models import (
    Risk,
    RiskMove,
)
from ..permissions import can_change_risk
from ..states import MoveKind
from .asking import path_to, require_owner, take_part

RISK_FIELDS = (
    "text", "to_whom", "likelihood", "impact", "measure", "owner", "due_on", "residual_likelihood", "residual_impact",
    "look_on",
)  # fmt: skip
#: A risk of which so much remains is looked at again.
LOOK_FROM = RESIDUAL_CONDITION
LOOK_DAYS = 90


def weigh_risk(*, values: Mapping[str, Any], circle: Circle | None, by: Place, risk: Risk | None = None,
               seen: int | None = None, why: str = "", above: Risk | None = None) -> Risk:  # fmt: skip
    """Write a risk down, or weigh it anew. A measure needs its owner and date; what is substantial is looked at again.

    Each weighing is kept as a move. `above`: the risk of an umbrella from whose words and figures this is taken; what
    is over there by now is nobody's typing, and is taken as it stands.
    """
    values = {name: values.get(name) for name in RISK_FIELDS}
    if str(values["measure"] or "").strip() and not (values["owner"] and values["due_on"]):
        raise ValidationError({"owner": _("A measure needs an owner and a date.")})
    if values["owner"] is not None:
        require_owner(values["owner"], by)
    with transaction.atomic():
        source: dict[str, Any] = {}
        if above is not None:
            source = {"inherited_from": above, "inherited_version": above.version}
            if values["text"] == above.text:
                source["language"] = above.language
        typed = dict(values)
        if risk is None:
            if above is None:
                _refuse_over(typed)
            values["look_on"] = _next_look(values)
            said = authored(by, circle or circle_here(by, CircleKind.OWN))
            risk = Risk.objects.create(**{**said, **values, **source})
            kind = MoveKind.WRITTEN
        else:
            _require_own(risk, by)
            before = Risk.objects.of(by.partnership).select_for_update(of=("self",)).get(pk=risk.pk)
            if before.closed_at is not None:
                raise ValidationError(_("This risk was closed meanwhile. Open it again, then weigh it."))
            values["look_on"] = _next_look(values, before.look_on)
            for name, value in (values | source).items():
                setattr(risk, name, value)
            save_version(risk, seen=seen, fields=[*RISK_FIELDS, *source])
            if above is None:
                # After the newer text: a day is compared with what stands, not with what was replaced meanwhile.
                _refuse_over(typed, before)
            kind = MoveKind.WEIGHED
        kind = kind if above is None else MoveKind.ABOVE
        _keep_move(risk, kind, why, by)
        log(RISK, by=by, item=risk)
        take_part(by)
        _wait_for(risk, by)
    return risk


def _refuse_over(values: Mapping[str, Any], before: Risk | None = None) -> None:
    """Nobody names a day that is over; one that stood there before may go on standing."""
    today = clock.today()
    over = [
        name
        for name in ("due_on", "look_on")
        if values[name] is not None and values[name] < today and values[name] != getattr(before, name, None)
    ]
    if over:
        raise ValidationError({name: _("This day is over already.") for name in over})


def _next_look(values: Mapping[str, Any], before: date | None = None) -> date | None:
    """Where much remains: the day that was named; in three months where none was, or where it has come by now."""
    today, named = clock.today(), values["look_on"]
    if values["residual_likelihood"] * values["residual_impact"] < LOOK_FROM:
        return None
    if isinstance(named, date) and (named > today or (named == today and named != before)):
        return named
    return today + timedelta(days=LOOK_DAYS)


def _keep_move(risk: Risk, kind: MoveKind, why: str, by: Place) -> None:
    RiskMove.objects.create(
        risk=risk,
        kind=kind,
        by=by.user,
        at=clock.now(),
        likelihood=risk.likelihood,
        impact=risk.impact,
        residual_likelihood=risk.residual_likelihood,
        residual_impact=risk.residual_impact,
        why=why.strip(),
    )


def _wait_for(risk: Risk, by: Place) -> None:
    """The measure waits for its owner, the next look for the side that weighs the risk."""
    key, look = f"dd:risk:{risk.pk}", f"dd:risk_look:{risk.pk}"
    if risk.owner is not None and risk.due_on is not None and risk.owner.party_id in {p.pk for p in by.partners}:
        work.open_item(
            REDUCE_RISK,
            partnership=by.partnership,
            key=key,
            party=risk.owner.party,
            person=risk.owner.asked,
            circle=_risk_circle(risk),
            path=path_to("diligence:risk", by.partnership, risk.public_id),
            due_on=risk.due_on,
            item=risk,
        )
    else:
        work.close_item(by.partnership, key)
    if risk.look_on is not None:
        work.open_item(
            LOOK_AGAIN,
            partnership=by.partnership,
            key=look,
            party=by.own_party,
            circle=risk.circle,
            path=path_to("diligence:risk", by.partnership, risk.public_id),
            due_on=risk.look_on,
            item=risk,
        )
    else:
        work.close_item(by.partnership, look)


def _risk_circle(risk: Risk) -> Circle:
    """Who may know that something waits: never more than those who read the risk."""
    owner = risk.owner
    if owner is not None and not risk.circle.members.filter(party=owner.party_id).exists():
        raise ValidationError({"owner": _("Its owner cannot read this risk. Choose a wider circle, or another owner.")})
    return risk.circle


def _require_own(risk: Risk, by: Place) -> None:
    if not can_change_risk(by, risk):
        raise ValidationError(_("Only the side that wrote this can change it."))


def close_risk(risk: Risk, *, by: Place, why: str = "") -> None:
    """It is past, or was no risk. It stays in the register, folded, with its history."""
    _require_own(risk, by)
    with transaction.atomic():
        if not Risk.objects.of(by.partnership).filter(pk=risk.pk, closed_at=None).update(closed_at=clock.now()):
            return
        _keep_move(risk, MoveKind.CLOSED, why, by)
        log(RISK_CLOSED, by=by, item=risk)
        work.close_item(by.partnership, f"dd:risk:{risk.pk}")
        work.close_item(by.partnership, f"dd:risk_look:{risk.pk}")


def reopen_risk(risk: Risk, *, by: Place, why: str) -> None:
    """It is not past after all: it counts again, as it was weighed last."""
    _require_own(risk, by)
    if not why.strip():
        raise ValidationError({"why": _("Say why it is a risk again.")})
    with transaction.atomic():
        risk.look_on = _next_look({name: getattr(risk, name) for name in RISK_FIELDS})
        standing = Risk.objects.of(by.partnership).filter(pk=risk.pk, closed_at__isnull=False)
        if not standing.update(closed_at=None, look_on=risk.look_on):
            return
        _keep_move(risk, MoveKind.REOPENED, why, by)
        log(RISK_REOPENED, by=by, item=risk)
        _wait_for(risk, by)
