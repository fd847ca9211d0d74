"""Rounds, the partners' parts in them, sealed answers, and what stands after the opening."""

from __future__ import annotations

from .boundary import Boundary, BoundaryConsent
from .findings import Action, Finding, FindingStance, Talk
from .notes import FacilitationNote
from .parts import (
    Comment,
    OpenAnswer,
    OpenAnswerQuerySet,
    OwnFigures,
    Part,
    Respondent,
    RespondentQuerySet,
    SealedAnswer,
)
from .rounds import EXTENSION, EXTENSIONS_MAX, OWN_RESULTS_LEAD, DateConsent, Round
from .voices import Voice, VoiceAnswer, VoiceAnswerQuerySet

__all__ = [
    "EXTENSION",
    "EXTENSIONS_MAX",
    "OWN_RESULTS_LEAD",
    "Action",
    "Boundary",
    "BoundaryConsent",
    "Comment",
    "DateConsent",
    "FacilitationNote",
    "Finding",
    "FindingStance",
    "OpenAnswer",
    "OpenAnswerQuerySet",
    "OwnFigures",
    "Part",
    "Respondent",
    "RespondentQuerySet",
    "Round",
    "SealedAnswer",
    "Talk",
    "Voice",
    "VoiceAnswer",
    "VoiceAnswerQuerySet",
]
