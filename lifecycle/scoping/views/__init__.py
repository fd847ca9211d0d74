"""Pages of scoping."""

from __future__ import annotations

from .agreed import agree, agree_way, sentence, sentences, talk, way
from .bodies import (
    affected,
    answer_body,
    answer_unasked,
    approve_note,
    ask_body,
    change_body,
    name_body,
    remove_body,
    seat_body,
    withdraw_answer,
    write_note,
)
from .canvas import canvas, entry, release, remove, write
from .goals import draw_goal, goal, goals, remove_goal, show_side, side
from .overview import overview
from .prior import change_prior, new_prior, prior, remove_prior
from .sheets import SHEET_TITLES, card, change, check, hand_in, motives, screen, show, spectrum, take_back

__all__ = [
    "SHEET_TITLES",
    "affected",
    "agree",
    "agree_way",
    "answer_body",
    "answer_unasked",
    "approve_note",
    "ask_body",
    "canvas",
    "card",
    "change",
    "change_body",
    "change_prior",
    "check",
    "draw_goal",
    "entry",
    "goal",
    "goals",
    "hand_in",
    "motives",
    "name_body",
    "new_prior",
    "overview",
    "prior",
    "release",
    "remove",
    "remove_body",
    "remove_goal",
    "remove_prior",
    "screen",
    "seat_body",
    "sentence",
    "sentences",
    "show",
    "show_side",
    "side",
    "spectrum",
    "take_back",
    "talk",
    "way",
    "withdraw_answer",
    "write",
    "write_note",
]
