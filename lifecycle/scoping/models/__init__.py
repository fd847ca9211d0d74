"""What each partner writes alone, what they agree together, the canvas, and the affected people's bodies."""

from __future__ import annotations

from .agreed import (
    Sentence,
    SentenceAgreement,
    SentenceAgreementQuerySet,
    Talk,
    WayConsent,
    WayConsentQuerySet,
    WayProposal,
)
from .bodies import AffectedBody, BodyAnswer, BodyNote, BodyQuestion
from .canvas import CanvasEntry
from .goals import Goal, GoalSide
from .prior import PriorWork
from .sheets import Sheet, SheetAnswer

__all__ = [
    "AffectedBody",
    "BodyAnswer",
    "BodyNote",
    "BodyQuestion",
    "CanvasEntry",
    "Goal",
    "GoalSide",
    "PriorWork",
    "Sentence",
    "SentenceAgreement",
    "SentenceAgreementQuerySet",
    "Sheet",
    "SheetAnswer",
    "Talk",
    "WayConsent",
    "WayConsentQuerySet",
    "WayProposal",
]
