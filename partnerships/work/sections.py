"""What other folders put on home, below what waits. They register it; home asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from partnerships.people.models import User


@dataclass(frozen=True)
class Section:
    """A template, and what makes its context for a person; nothing to show: None."""

    code: str
    template: str
    build: Callable[[User], dict[str, Any] | None]


_sections: dict[str, Section] = {}


def register_section(section: Section) -> None:
    _sections[section.code] = section


def sections(user: User) -> list[dict[str, Any]]:
    """Those with something to show, in the order of registering."""
    built = [(section, section.build(user)) for section in _sections.values()]
    return [{"template": section.template, **context} for section, context in built if context is not None]
