"""What documents put on the record's pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..record.registry import Tab, on_hold_lifted, register_tab
from .actions import warn_anew


def register() -> None:
    register_tab(Tab("documents", _("Documents"), "documents:list", 85))
    if warn_anew not in on_hold_lifted:
        on_hold_lifted.append(warn_anew)
