"""Conditions of the last two gates, and the tab."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.road.registry import Condition, register_gate
from lifecycle.road.signals import stage_changed
from lifecycle.road.states import MoveKind
from partnerships.access.places import Place
from partnerships.record.registry import Tab, register_tab
from partnerships.record.states import Stage

from .actions import keep_look_back
from .permissions import can_work
from .queries import Closing, closings, look_back
from .states import BEFORE_CONCLUDING, ClosingKind

_LESSONS = {
    ClosingKind.REASON: ("EC4",),
    ClosingKind.COMMUNITIES: ("EC6",),
    ClosingKind.GOVERNMENT: ("EC6",),
    ClosingKind.MESSAGE: ("EC4", "EC1"),
    ClosingKind.DATA: ("EV8",),
}


def _condition(place: Place, closing: Closing, order: int) -> Condition:
    missing = tuple(p.pk for p in place.partners if p.pk not in closing.agreed)
    facts = (
        ""
        if closing.done
        else _("Written, and not agreed by all yet.")
        if closing.text
        else _("Nobody has written it.")
    )
    return Condition(
        code=f"closing_{closing.kind}",
        title=closing.label,
        met=closing.done,
        facts=facts,
        lessons=_LESSONS[ClosingKind(closing.kind)],
        path=reverse("concluding:text", args=[place.partnership.public_id, closing.kind])
        if can_work(place)
        else reverse("concluding:overview", args=[place.partnership.public_id]),
        waiting_for=missing,
        order=order,
    )


def before_concluding(place: Place) -> list[Condition]:
    """Decision and reason, handover to communities and government, closing messages."""
    return [
        _condition(place, closing, 10 + number)
        for number, closing in enumerate(closings(place))
        if closing.kind in BEFORE_CONCLUDING
    ]


def before_closing(place: Place) -> list[Condition]:
    """Data, names and logos dealt with; somebody owns a look-back."""
    found = [_condition(place, c, 40) for c in closings(place) if c.kind == ClosingKind.DATA]
    planned = look_back(place)
    found.append(
        Condition(
            code="look_back",
            title=gettext_lazy("Somebody looks back in twelve months"),
            met=planned is not None,
            lessons=("EV3",),
            path=reverse(
                "concluding:look_back" if can_work(place) else "concluding:overview", args=[place.partnership.public_id]
            ),
            waiting_for=tuple(p.pk for p in place.partners) if planned is None else (),
            order=50,
        )
    )
    return found


def _on_stage_changed(sender: Any, partnership: Any, move: Any, **kwargs: Any) -> None:
    if move.kind == MoveKind.CLOSE:
        keep_look_back(partnership)


def _opens(place: Place) -> bool:
    return place.is_seated


def register() -> None:
    register_gate(Stage.IMPLEMENTATION, before_concluding)
    register_gate(Stage.CONCLUDING, before_closing)
    register_tab(Tab("concluding", gettext_lazy("Conclusion"), "concluding:overview", 70, _opens))
    stage_changed.connect(_on_stage_changed, dispatch_uid="concluding.keep_look_back")
