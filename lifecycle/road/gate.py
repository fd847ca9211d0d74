"""What the road itself registers: the append-only table, and the panel that shows what holds the next stage."""

from __future__ import annotations

from typing import Any

from partnerships.access.places import Place
from partnerships.history import triggers
from partnerships.record.registry import Panel, on_opened, register_panel

from .actions import record_opening
from .models import Move
from .permissions import can_see_gate
from .queries import gate_of, road_of


def _road(place: Place) -> dict[str, Any]:
    return {"stops": road_of(place)}


def _gate(place: Place) -> dict[str, Any] | None:
    if not place.is_seated or not can_see_gate(place) or not place.partnership.is_open:
        return None
    return {"gate": gate_of(place)}


def register() -> None:
    triggers.append_only.append(Move)
    on_opened.append(record_opening)
    register_panel(Panel("road", "lifecycle/road/_road.html", _road, 0, where="top"))
    register_panel(Panel("gate", "lifecycle/road/_gate.html", _gate, 10))
