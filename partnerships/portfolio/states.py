"""How a list of partnerships can be sorted: each has its index (models.py)."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Sort:
    """A sort with its columns in order; the row's id makes it total. A minus sorts the other way."""

    code: str
    label: str | Promise
    columns: tuple[str, ...]


#: Home's order; the list does not offer it.
LATEST = Sort("changed", "", ("-changed_at",))
SORTS: dict[str, Sort] = {
    s.code: s
    for s in (
        Sort("attention", _("What needs attention"), ("-flags_high", "-flags_warning")),
        Sort("due", _("Next date"), ("next_due",)),
        Sort("name", _("Name"), ("name",)),
        Sort("stage", _("Stage"), ("stage_order",)),
        Sort("review", _("Longest without a review"), ("last_review_on",)),
    )
}
