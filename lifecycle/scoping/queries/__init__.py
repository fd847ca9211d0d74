"""Reading scoping: who is in, what lies side by side, what was agreed, what the affected people say."""

from __future__ import annotations

from .agreed import Agreed, agreed_sentence, next_talk, sentences, sentences_for_gate, way_of
from .bodies import (
    Asked,
    AskedOften,
    BodyStanding,
    affected_answer_is_recorded,
    asked_often,
    bodies,
    body_standings,
    engaged,
)
from .canvas import canvas, released_entries
from .goals import GoalRow, SideOf, goals, released_sides
from .people import everyone_of, leads_of, members_of, partners_circle_misses, partners_of
from .prior import OFFERS, Sought, prior_work, sought
from .sheets import (
    STANDINGS,
    Compared,
    OpenedAnswer,
    Question,
    Said,
    SheetState,
    compared,
    opened_screen_answers,
    own_answers,
    own_sheet,
    questions_of,
    sheet_states,
    side_by_side,
    standing_of,
)
from .spectrum import Unlocked, intended_step, unlocked

__all__ = [
    "OFFERS",
    "STANDINGS",
    "Agreed",
    "Asked",
    "AskedOften",
    "BodyStanding",
    "Compared",
    "GoalRow",
    "OpenedAnswer",
    "Question",
    "Said",
    "SheetState",
    "SideOf",
    "Sought",
    "Unlocked",
    "affected_answer_is_recorded",
    "agreed_sentence",
    "asked_often",
    "bodies",
    "body_standings",
    "canvas",
    "compared",
    "engaged",
    "everyone_of",
    "goals",
    "intended_step",
    "leads_of",
    "members_of",
    "next_talk",
    "opened_screen_answers",
    "own_answers",
    "own_sheet",
    "partners_circle_misses",
    "partners_of",
    "prior_work",
    "questions_of",
    "released_entries",
    "released_sides",
    "sentences",
    "sentences_for_gate",
    "sheet_states",
    "side_by_side",
    "sought",
    "standing_of",
    "unlocked",
    "way_of",
]
