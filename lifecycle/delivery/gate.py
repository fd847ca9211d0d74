"""What delivery registers: its tab, the picture on the overview, and its conditions of the gates."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partnerships.access.places import Place
from partnerships.looks.format import and_list
from partnerships.record.models import Partnership
from partnerships.record.registry import Panel, Tab, on_currency, register_panel, register_tab
from partnerships.record.states import Stage

from ..attention.registry import register_flags
from ..road.registry import Condition, register_gate
from . import flags, kinds, queries
from .models import Contribution
from .permissions import can_read

__all__ = ["kinds", "register"]


def _governance(place: Place) -> list[Condition]:
    """Governance as agreed, met once [ST3]. Two queries."""
    state = queries.governance_state(place)
    if state.body_id is None:
        facts = _("Nobody has proposed yet who decides what. Two leads who talk every month are enough to start.")
    elif state.missing:
        facts = _("Proposed. Not agreed yet: %(names)s.") % {"names": and_list([p.name for p in state.missing])}
    elif not state.has_met:
        facts = _("Agreed by all. It has not met yet.")
    else:
        facts = _("Agreed by all, and it has met.")
    return [
        Condition(
            code="delivery.governance",
            title=gettext_lazy("Governance as agreed, met once"),
            met=state.is_met,
            facts=facts,
            lessons=("ST3",),
            path=reverse("delivery:overview", args=[place.partnership.public_id]),
            waiting_for=tuple(p.pk for p in (state.missing or place.partners)) if not state.is_met else (),
            order=50,
            form="governance",
        )
    ]


def _settled(place: Place) -> list[Condition]:
    """Nothing owed is left behind: commitments, and what was promised to communities. Two queries."""
    owed = list(queries.unsettled_commitments(place.partnership).values_list("owner", flat=True))
    promised = list(queries.open_promises(place.partnership).values_list("promiser", flat=True))
    path = reverse("delivery:overview", args=[place.partnership.public_id])
    return [
        Condition(
            code="delivery.commitments",
            title=gettext_lazy("Commitments settled, or written off by all"),
            met=not owed,
            facts=ngettext("%(count)s is open.", "%(count)s are open.", len(owed)) % {"count": len(owed)}
            if owed
            else _("None is open."),
            lessons=("EV8",),
            path=path,
            waiting_for=tuple(sorted(set(owed))),
            order=10,
        ),
        Condition(
            code="delivery.promises",
            title=gettext_lazy("Promises to communities kept, or explained to them"),
            met=not promised,
            facts=ngettext("%(count)s is open.", "%(count)s are open.", len(promised)) % {"count": len(promised)}
            if promised
            else _("None is open."),
            lessons=("EC6",),
            path=path,
            waiting_for=tuple(sorted(set(promised))),
            order=20,
        ),
    ]


def _picture(place: Place) -> dict[str, Any] | None:
    """Who brings what, who decides what, on the overview. Two queries."""
    if not place.is_seated:
        return None
    shown = queries.picture(place)
    return {"picture": shown} if shown is not None else None


def _keep_agreed_rates(partnership: Partnership) -> None:
    """Rates were agreed in the present currency: another one would make every one of them wrong."""
    agreed = Contribution.objects.unguarded("whether there is any").of(partnership)
    if agreed.filter(withdrawn_at=None, rate__isnull=False).exists():
        raise ValidationError(
            {"currency": _("Contributions have rates that you agreed in this currency. Take those out first.")}
        )


def register() -> None:
    if _keep_agreed_rates not in on_currency:
        on_currency.append(_keep_agreed_rates)
    register_tab(Tab("delivery", gettext_lazy("Delivery"), "delivery:overview", 40, can_read))
    register_panel(Panel("brings", "lifecycle/delivery/_brings_panel.html", _picture, 60))
    register_gate(Stage.AGREEMENT, _governance)
    register_gate(Stage.CONCLUDING, _settled)
    for batch in (flags.owed_flags, flags.waiting_flags, flags.power_flags, flags.field_flags):
        register_flags(batch)
