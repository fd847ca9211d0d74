"""Everything that changes scoping. Each act is one transaction.

One module a piece of the work; `asking` holds what they share. From outside, an act is called by its name here; what is
about the affected people's bodies, as `bodies.…`.
"""

from __future__ import annotations

from . import bodies
from .agreed import agree_sentence, agree_way, propose_sentence, propose_way, set_talk, settle_way
from .asking import ANSWER_DAYS, ask_partner, follow_rules
from .canvas import (
    OPPORTUNITIES,
    REACHES,
    canvas_version,
    change_entry,
    release_entries,
    remove_entry,
    write_entries,
    write_entry,
)
from .goals import draw_goal, reword_goal, show_side, take_out_goal, write_side
from .prior import change_prior, note_prior, take_out_prior
from .sheets import (
    Given,
    change_answer,
    follow_parties,
    hand_in,
    missing_answers,
    not_shown_to,
    save_sheet,
    show_to_newcomers,
    take_back,
    version_for,
)

__all__ = [
    "ANSWER_DAYS",
    "OPPORTUNITIES",
    "REACHES",
    "Given",
    "agree_sentence",
    "agree_way",
    "ask_partner",
    "bodies",
    "canvas_version",
    "change_answer",
    "change_entry",
    "change_prior",
    "draw_goal",
    "follow_parties",
    "follow_rules",
    "hand_in",
    "missing_answers",
    "not_shown_to",
    "note_prior",
    "propose_sentence",
    "propose_way",
    "release_entries",
    "remove_entry",
    "reword_goal",
    "save_sheet",
    "set_talk",
    "settle_way",
    "show_side",
    "show_to_newcomers",
    "take_back",
    "take_out_goal",
    "take_out_prior",
    "version_for",
    "write_entries",
    "write_entry",
    "write_side",
]
