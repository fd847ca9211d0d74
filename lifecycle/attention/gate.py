"""What attention registers: its own flags, and the panel that shows what stands."""

from __future__ import annotations

from typing import Any

from partnerships.access.places import Place
from partnerships.record.registry import Panel, register_panel

from .permissions import can_dismiss, can_see_flags
from .queries import flags_of, seat_flags, summary_flags
from .registry import register_flags


def _panel(place: Place) -> dict[str, Any] | None:
    if not can_see_flags(place) or not place.partnership.is_open:
        return None
    flags, aside = flags_of(place)
    return {"flags": flags, "aside": aside, "can_dismiss": can_dismiss(place)} if flags or aside else None


def register() -> None:
    register_flags(seat_flags)
    register_flags(summary_flags)
    register_panel(Panel("flags", "lifecycle/attention/_flags.html", _panel, 20))
