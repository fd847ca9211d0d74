"""The canvas, prompt by prompt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.catalogue.content import CanvasPrompt
from partnerships.record.models import Party
from partnerships.record.queries import unopened_releases

from .. import actions, kinds, queries
from ..models import CanvasEntry, Goal
from ..permissions import can_hand_in

CONSTRAINTS = "constraints"


@dataclass
class EntryRow:
    entry: CanvasEntry
    own: bool
    private: bool
    eases: list[CanvasEntry]
    #: What this opportunity became.
    goals: list[Goal]

    @property
    def lost_pair(self) -> bool:
        """An opportunity whose constraints are no pair any more: one was taken out."""
        return self.entry.prompt == actions.OPPORTUNITIES and len({e.party_id for e in self.eases}) < 2


@dataclass
class Column:
    party: Party
    entries: list[EntryRow]


@dataclass
class PromptRow:
    prompt: CanvasPrompt
    columns: list[Column]
    entries: list[EntryRow]

    @property
    def is_empty(self) -> bool:
        return not self.entries

    @property
    def may_add(self) -> bool:
        return self.prompt.many or self.prompt.by != "together" or not self.entries


def private_entries(place: Place) -> list[CanvasEntry]:
    """Lines that only the own side reads, and that are in no release."""
    released = queries.released_entries(place)
    own = place.party.pk if place.party else 0
    return [
        e
        for e in queries.canvas(place)
        if e.party_id == own and e.circle.kind == CircleKind.OWN and e.pk not in released
    ]


def canvas(place: Place) -> dict[str, Any]:
    """The canvas, prompt by prompt, the partners' lines in columns."""
    asked = actions.canvas_version()
    entries = queries.canvas(place)
    released = queries.released_entries(place)
    own = place.party.pk if place.party else 0
    rows = []
    for prompt in asked.items:
        under = [
            EntryRow(
                entry=e,
                own=e.party_id == own or (prompt.by == "together" and place.is_partner),
                private=e.circle.kind == CircleKind.OWN and e.pk not in released,
                eases=list(e.eases.all()),
                goals=list(e.goals.all()),
            )
            for e in entries
            if e.prompt == prompt.code
        ]
        columns = [Column(p, [r for r in under if r.entry.party_id == p.pk]) for p in place.partners]
        rows.append(PromptRow(prompt, columns if prompt.by != "together" else [], under))
    return {
        "asked": asked,
        "rows": rows,
        "private": [r.entry for row in rows for r in row.entries if r.private and r.entry.party_id == own],
        "may_release": can_hand_in(place),
        "unopened": [r for r in unopened_releases(place) if r.kind == kinds.CANVAS_RELEASE],
        "can_pair": len({e.party_id for e in entries if e.prompt == CONSTRAINTS}) > 1,
    }
