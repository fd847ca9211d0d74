"""What other folders put on the record's pages: tabs, and panels of the overview. Registered in apps.ready()."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

from ..access.permissions import can_read
from ..access.places import Place

if TYPE_CHECKING:
    from .models import Partnership, Party


@dataclass(frozen=True)
class Tab:
    """A page of the record. `opens` decides whether this reader sees the tab."""

    code: str
    label: str | Promise
    url_name: str
    order: int
    opens: Callable[[Place], bool] = can_read


@dataclass(frozen=True)
class Panel:
    """A section of the overview: one batch function, at most two queries, and the template that shows its result.

    `build` returns the template's context, or None where there is nothing to show. `where` is "main" or "aside".
    """

    code: str
    template: str
    build: Callable[[Place], dict[str, Any] | None]
    order: int
    where: str = "main"


#: Upward news: higher folders that must follow when a record opens, or its parties change.
on_opened: list[Callable[[Place], object]] = []
on_parties_changed: list[Callable[[Partnership], object]] = []
#: A party accepted the ground rules: from here on it can be asked for something.
on_rules_accepted: list[Callable[[Place], object]] = []
#: The record has another name or place.
on_details: list[Callable[[Partnership], object]] = []
#: A side's legal hold was lifted: what waited behind it begins anew.
on_hold_lifted: list[Callable[[Party], object]] = []
#: Another currency is wanted: a folder whose figures stand on the present one refuses with a ValidationError.
on_currency: list[Callable[[Partnership], object]] = []


def parties_changed(partnership: Partnership) -> None:
    for hook in on_parties_changed:
        hook(partnership)


@dataclass
class _Registry:
    tabs: dict[str, Tab] = field(default_factory=dict)
    panels: dict[str, Panel] = field(default_factory=dict)


_registry = _Registry()


def register_tab(tab: Tab) -> None:
    _registry.tabs[tab.code] = tab


def register_panel(panel: Panel) -> None:
    _registry.panels[panel.code] = panel


def tabs() -> list[Tab]:
    return sorted(_registry.tabs.values(), key=lambda t: t.order)


def panels(where: str) -> list[Panel]:
    return sorted((p for p in _registry.panels.values() if p.where == where), key=lambda p: p.order)
