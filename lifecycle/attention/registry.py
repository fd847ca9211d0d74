"""Flags that folders register: each a batch function over many partnerships, at most two queries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Raised:
    """A flag that stands now. `inputs` are the numbers and dates it was computed from (days, percent, counts).

    `is_private`: computed from what only its party knows; nobody else ever sees it.
    """

    code: str
    partnership_id: int
    party_id: int | None = None
    high: bool = False
    inputs: dict[str, Any] = field(default_factory=dict)
    is_private: bool = False


#: Takes ids of running partnerships, gives what stands for them.
Batch = Callable[[Sequence[int]], list[Raised]]
_batches: list[Batch] = []


def register_flags(batch: Batch) -> None:
    """Called from gate.register()."""
    if batch not in _batches:
        _batches.append(batch)


def raised(partnership_ids: Sequence[int]) -> list[Raised]:
    """Everything that stands for these partnerships."""
    return [r for batch in _batches for r in batch(partnership_ids)]
