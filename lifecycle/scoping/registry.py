"""What scoping asks later folders, which it does not know: whether they heard a body that stands on its list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .models import AffectedBody

#: What a body was asked for, or said: each item with `approved_at` and `withdrawn_at`.
Heard = Callable[["AffectedBody"], Sequence[Any]]
_elsewhere: list[Heard] = []


def register_heard(heard: Heard) -> None:
    """Called once for each folder that asks bodies, from gate.register()."""
    if heard not in _elsewhere:
        _elsewhere.append(heard)


def heard_elsewhere(body: AffectedBody) -> list[Any]:
    return [item for heard in _elsewhere for item in heard(body)]
