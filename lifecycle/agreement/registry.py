"""What must be there before a text is opened for signing. Later folders register their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from partnerships.access.places import Place

from ..road.registry import Condition

if TYPE_CHECKING:
    from partnerships.record.models import Partnership

    from .models import Agreement

#: Conditions of signing: at most two queries a batch.
Batch = Callable[[Place, "Agreement"], list[Condition]]
_batches: dict[str, list[Batch]] = {}

#: Called with the partnership when other terms come into force: what is planned by their dates moves with them.
on_terms_in_force: list[Callable[[Partnership], object]] = []


def register_signing(kind: str, batch: Batch) -> None:
    """Conditions for opening an agreement of this kind ("mou", "nda") for signing. Called from gate.register()."""
    if batch not in _batches.setdefault(kind, []):
        _batches[kind].append(batch)


def signing_conditions(place: Place, agreement: Agreement) -> list[Condition]:
    """All conditions for signing this agreement, in order. No waiver opens a signature."""
    found = [c for batch in _batches.get(agreement.kind, []) for c in batch(place, agreement)]
    return sorted(found, key=lambda c: c.order)
