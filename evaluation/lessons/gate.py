"""The condition that each side has written its lessons [EV3, EV8]."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lifecycle.road.registry import Condition, register_gate
from partnerships.access.places import Place
from partnerships.record.states import Stage

from .actions import on_stage_changed  # noqa: F401 - connects the signal
from .queries import handed_in


def before_closing(place: Place) -> list[Condition]:
    """Lessons from each partner, what failed included."""
    done = set(handed_in(place))
    missing = tuple(p.pk for p in place.partners if p.pk not in done)
    return [
        Condition(
            code="lessons",
            title=_("Lessons from each side, what failed included"),
            met=not missing,
            lessons=("EV8", "EV3"),
            path=reverse("lessons:own", args=[place.partnership.public_id]),
            waiting_for=missing,
            order=30,
        )
    ]


def register() -> None:
    register_gate(Stage.CONCLUDING, before_closing)
