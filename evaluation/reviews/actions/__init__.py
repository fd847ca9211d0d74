"""Everything that changes a review. Each is one transaction that locks the round it decides on.

A round is planned, agreed by all partners, started, answered, frozen when the last part is in, read by each alone, and
opened to all. Until the opening there is ciphertext and nothing else.

One module a piece of the work; imports point one way: `sweeping` (what time does) > `planning` > `parts`, `late` >
`opening` >
`comments`, `voices` > `rounds` (what they share), and `papers` > `answering`, `boundary`, `findings` beside them;
`own` and `notes` stand alone. From
outside, an act is called by its name here.
"""

from __future__ import annotations

from .ahead import keep_calendar
from .answering import (
    Resealed,
    answer,
    finish_answer,
    reseal_all,
    rewrite_comments,
    say_named,
    withdraw_answer,
    written,
)
from .boundary import agree_boundary, set_boundary
from .comments import comments_by, release_comments, withdraw_comment
from .findings import (
    accept_action,
    add_action,
    add_finding,
    finish_action,
    mark_talked,
    take_finding_back,
    take_stance,
)
from .late import say_without
from .notes import drop_note, write_note
from .opening import give_own_results, note_trouble, open_round
from .own import release_own_figures
from .papers import enter_for, take_out
from .parts import (
    approve_part,
    choose_agreed,
    choose_individual,
    choose_open,
    choose_with_broker,
    invite_more,
    remind_part,
    renew_link,
    start_over,
    submit_part,
)
from .planning import (
    EXPECTED_MAX,
    Plan,
    agree_dates,
    cancel_round,
    change_plan,
    choose_expected,
    plan_round,
    start_round,
    take_in,
)
from .sweeping import close_late, drop_those_who_left, forget_people_who_left, give_up, start_when_agreed, sweep
from .voices import (
    Speaker,
    answer_voice,
    approve_voice,
    approve_voice_by_link,
    ask_voice,
    open_voices,
    readers_to_choose,
    refuse_voice,
    refuse_voice_by_link,
    voice_behind,
    withdraw_voice,
    write_voice,
)

__all__ = [
    "EXPECTED_MAX",
    "Plan",
    "Resealed",
    "Speaker",
    "accept_action",
    "add_action",
    "add_finding",
    "agree_boundary",
    "agree_dates",
    "answer",
    "answer_voice",
    "approve_part",
    "approve_voice",
    "approve_voice_by_link",
    "ask_voice",
    "cancel_round",
    "change_plan",
    "choose_agreed",
    "choose_expected",
    "choose_individual",
    "choose_open",
    "choose_with_broker",
    "close_late",
    "comments_by",
    "drop_note",
    "drop_those_who_left",
    "enter_for",
    "finish_action",
    "finish_answer",
    "forget_people_who_left",
    "give_own_results",
    "give_up",
    "invite_more",
    "keep_calendar",
    "mark_talked",
    "note_trouble",
    "open_round",
    "open_voices",
    "plan_round",
    "readers_to_choose",
    "refuse_voice",
    "refuse_voice_by_link",
    "release_comments",
    "release_own_figures",
    "remind_part",
    "renew_link",
    "reseal_all",
    "rewrite_comments",
    "say_named",
    "say_without",
    "set_boundary",
    "start_over",
    "start_round",
    "start_when_agreed",
    "submit_part",
    "sweep",
    "take_finding_back",
    "take_in",
    "take_out",
    "take_stance",
    "voice_behind",
    "withdraw_answer",
    "withdraw_comment",
    "withdraw_voice",
    "write_note",
    "write_voice",
    "written",
]
