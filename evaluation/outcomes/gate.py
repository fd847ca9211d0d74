"""What outcomes bring to the record: their tab, two flags, and what they ask for before a partnership is closed."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evaluation.reviews.models import Round
from evaluation.reviews.registry import RoundPanel, on_settled, register_round_panel
from lifecycle.attention.registry import register_flags
from lifecycle.road.registry import Condition, register_gate
from partnerships.access.places import Place
from partnerships.record.registry import Tab, on_parties_changed, register_tab
from partnerships.record.states import Stage

from .actions.asking import ask_for_worth, follow_leavers
from .permissions import can_read, can_work
from .queries import ASKED_AFTER, effort_flags, glance, told_by_now, told_flags


def before_closing(place: Place) -> list[Condition]:
    """One change that no figure shows is written down and confirmed by another partner [EV3]. One query."""
    told = told_by_now(place.partnership)
    if any(told):
        facts = _("Written down, and confirmed by another partner.")
    else:
        facts = _("Written down, and not confirmed by another partner yet.") if told else _("Nobody has written it.")
    return [
        Condition(
            code="outcomes.told",
            title=gettext_lazy("A change that cannot be counted, confirmed by another partner"),
            met=any(told),
            facts=facts,
            lessons=("EV3",),
            path=reverse("outcomes:overview", args=[place.partnership.public_id]),
            waiting_for=() if any(told) else tuple(p.pk for p in place.partners),
            order=25,
        )
    ]


def _of_round(place: Place, round: Round) -> dict[str, Any] | None:
    """On an opened round's page, for the own side alone: what it wrote down of the time since the round before."""
    if not can_work(place) or round.kind not in ASKED_AFTER:
        return None
    return {
        "found": glance(place, round),
        "url": reverse("outcomes:since", args=[place.partnership.public_id, round.public_id]),
    }


def register() -> None:
    register_tab(Tab("outcomes", gettext_lazy("Outcomes"), "outcomes:overview", 65, can_read))
    register_flags(told_flags)
    register_flags(effort_flags)
    register_gate(Stage.CONCLUDING, before_closing)
    if follow_leavers not in on_parties_changed:
        on_parties_changed.append(follow_leavers)
    register_round_panel(RoundPanel("outcomes", "evaluation/outcomes/_round.html", _of_round, 20))
    if ask_for_worth not in on_settled:
        on_settled.append(ask_for_worth)
