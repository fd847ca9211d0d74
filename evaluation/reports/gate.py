"""What reports bring to the record's frame: those that the partners show to others, on the overview."""

from __future__ import annotations

from typing import Any

from evaluation.outcomes import queries as outcomes
from partnerships.access.places import Place
from partnerships.record.registry import Panel, register_panel

from . import layers, queries, voice


def panel(place: Place) -> dict[str, Any] | None:
    """For those who have no reviews of their own here. One query."""
    if place.party is None or place.is_partner or place.is_broker:
        return None
    rows = [
        {"report": each, "title": each.round.title(str(place.party.organisation.review_word))}
        for each in queries.shown_reports(place)[:3]
    ]
    return {"rows": rows} if rows else None


def register() -> None:
    layers.use(outcomes.read)
    voice.use(voice.of_round)
    register_panel(Panel("reports", "evaluation/reports/_panel.html", panel, order=66))
