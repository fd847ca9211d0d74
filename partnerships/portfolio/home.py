"""The reader's partnerships on home."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..work.sections import Section, register_section
from . import queries
from .lines import lines

if TYPE_CHECKING:
    from partnerships.people.models import User


def _latest(user: User) -> dict[str, Any] | None:
    rows, there_are_more = queries.latest(user)
    return {"lines": lines(rows, with_due=False), "there_are_more": there_are_more} if rows else None


def register() -> None:
    register_section(Section("partnerships", "partnerships/portfolio/_home.html", _latest))
