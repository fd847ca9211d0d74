"""Everything that changes a review. Each is one transaction that locks the round it decides on.

A round is planned, agreed by all partners, started, answered, frozen when the last part is in, read by each alone, and
opened to all. Until the opening there is ciphertext and nothing else.

One module a piece of the work; imports point one way: `sweeping` (what time does) > `planning` > `parts` > `opening` >
`comments` > `rounds` (what they share), and `boundary`, `answering`, `findings` beside them, over `rounds` alone. From
outside, an act is called by its name here.
"""

from __future__ import annotations

from .answering import answer, finish_answer, reseal_all, withdraw_answer
from .boundary import agree_boundary, ask_for_first_review, set_boundary
from .comments import comments_by, release_comments, withdraw_comment
from .findings import accept_action, add_action, add_finding, finish_action, mark_talked, take_stance
from .opening import give_own_results, note_trouble, open_round
from .parts import choose_agreed, choose_individual, invite_more, remind_part, start_over, submit_part
from .planning import Plan, agree_dates, cancel_round, change_plan, plan_round, start_round, take_in
from .sweeping import close_late, drop_those_who_left, forget_people_who_left, start_when_agreed, sweep

__all__ = [
    "Plan",
    "accept_action",
    "add_action",
    "add_finding",
    "agree_boundary",
    "agree_dates",
    "answer",
    "ask_for_first_review",
    "cancel_round",
    "change_plan",
    "choose_agreed",
    "choose_individual",
    "close_late",
    "comments_by",
    "drop_those_who_left",
    "finish_action",
    "finish_answer",
    "forget_people_who_left",
    "give_own_results",
    "invite_more",
    "mark_talked",
    "note_trouble",
    "open_round",
    "plan_round",
    "release_comments",
    "remind_part",
    "reseal_all",
    "set_boundary",
    "start_over",
    "start_round",
    "start_when_agreed",
    "submit_part",
    "sweep",
    "take_in",
    "take_stance",
    "withdraw_answer",
    "withdraw_comment",
]
