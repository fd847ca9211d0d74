"""What documents put on the record's pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..record.registry import Tab, register_tab


def register() -> None:
    register_tab(Tab("documents", _("Documents"), "documents:list", 85))
