"""What other folders put on the page of an opened round, and what follows once its findings are settled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from partnerships.access.places import Place

from .models import Round


@dataclass(frozen=True)
class RoundPanel:
    """A section below what was agreed: at most three queries, or None where this reader has nothing to see there."""

    code: str
    template: str
    build: Callable[[Place, Round], dict[str, Any] | None]
    order: int


_panels: dict[str, RoundPanel] = {}
#: Every partner has said its word on every finding: called in that transaction, and again with each later finding.
on_settled: list[Callable[[Round], object]] = []


def register_round_panel(panel: RoundPanel) -> None:
    _panels[panel.code] = panel


def round_panels() -> list[RoundPanel]:
    return sorted(_panels.values(), key=lambda panel: panel.order)


def settled(round: Round) -> None:
    for hook in on_settled:
        hook(round)
