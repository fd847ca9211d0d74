"""Reports stand on the small world of the reviews."""

from __future__ import annotations

from tests.evaluation.reviews.conftest import world

__all__ = ["world"]
