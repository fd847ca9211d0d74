"""What name screening registers: its flag. It has no tab and no condition: who wants it finds it in due diligence."""

from __future__ import annotations

from lifecycle.attention.registry import register_flags

from .queries import hit_flags


def register() -> None:
    register_flags(hit_flags)
