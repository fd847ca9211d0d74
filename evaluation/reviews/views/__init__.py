"""Pages of reviews. A GET shows, a POST acts and redirects."""

from __future__ import annotations

from .answering import (
    answer,
    answer_check,
    answer_named,
    answer_start,
    answer_withdraw,
    broker_answer,
    broker_check,
    broker_start,
    link_answer,
    link_check,
    link_comments,
    link_named,
    link_start,
    link_withdraw,
    my_comments,
)
from .asked import asked, expectations
from .comments import comments
from .findings import accept_action, add_action, add_finding, finish_action, stance, take_finding_back, talk
from .late import late
from .notes import log, remove_note
from .own import own_side, release_own
from .papers import on_paper, paper_form, take_out
from .parts import approve_part, choose_part, hand_in, invite, remind, renew_link, start_over
from .planning import agree, boundary, cancel, change_boundary, change_dates, plan, reviews, start
from .results import statements
from .rounds import round_page
from .session import session
from .voices import approve_voice, voice, voices, withdraw_voice, write_voice

__all__ = [
    "accept_action",
    "add_action",
    "add_finding",
    "agree",
    "answer",
    "answer_check",
    "answer_named",
    "answer_start",
    "answer_withdraw",
    "approve_part",
    "approve_voice",
    "asked",
    "boundary",
    "broker_answer",
    "broker_check",
    "broker_start",
    "cancel",
    "change_boundary",
    "change_dates",
    "choose_part",
    "comments",
    "expectations",
    "finish_action",
    "hand_in",
    "invite",
    "late",
    "link_answer",
    "link_check",
    "link_comments",
    "link_named",
    "link_start",
    "link_withdraw",
    "log",
    "my_comments",
    "on_paper",
    "own_side",
    "paper_form",
    "plan",
    "release_own",
    "remind",
    "remove_note",
    "renew_link",
    "reviews",
    "round_page",
    "session",
    "stance",
    "start",
    "start_over",
    "statements",
    "take_finding_back",
    "take_out",
    "talk",
    "voice",
    "voices",
    "withdraw_voice",
    "write_voice",
]
