"""Figures with bars of their own: which of them are held, and how that is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Judged:
    """Base of what is measured apart from the pages."""

    ok: bool = False
    missed: list[str] = field(default_factory=list)

    def judge_by(self, held: Mapping[str, bool]) -> None:
        """`held`: each bar in words, and whether the figures are within it."""
        self.missed = [name for name, is_held in held.items() if not is_held]
        self.ok = not self.missed

    @property
    def verdict(self) -> str:
        return "" if self.ok else "  missed: " + ", ".join(self.missed)

    def as_json(self) -> dict[str, Any]:
        return {k: round(v, 2) if isinstance(v, float) else v for k, v in asdict(self).items()}
