"""Making reports, showing them, making their PDFs, exporting many of them."""

from __future__ import annotations

from . import exporting, renewing
from .agreeing import agree
from .exporting import give, go_on, go_without, log_download, progress, run_again, start_export
from .making import make_report, release_to_organisation, take_back
from .papers import REASONS, ask_for_pdf, lease, look_of, make_pdf, start_again
from .papers import sweep as sweep_papers
from .renewing import renew

__all__ = [
    "REASONS",
    "agree",
    "ask_for_pdf",
    "give",
    "go_on",
    "go_without",
    "lease",
    "log_download",
    "look_of",
    "make_pdf",
    "make_report",
    "progress",
    "release_to_organisation",
    "renew",
    "run_again",
    "start_again",
    "start_export",
    "sweep",
    "sweep_papers",
    "take_back",
]


def sweep(limit: int = 20) -> int:
    """Take out what was withdrawn; make what waits, and what a killed worker left. Returns how many were finished."""
    renewing.sweep()
    made = sweep_papers(limit)
    exporting.sweep()
    return made
