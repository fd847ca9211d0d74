"""Everything that changes due diligence. Each act is one transaction.

One module a piece of the work; `asking` holds what they share. From outside, an act is called by its name here."""

from __future__ import annotations

from .above import (
    take_changes,
    take_risks,
)
from .adding import (
    add_point,
    change_point,
    remove_point,
)
from .answering import (
    GONE,
    STALE,
    Said,
    cite,
    confirm_answers,
    save_answers,
)
from .asking import (
    ask_partners,
    follow_parties,
    stop_asking,
    take_part,
)
from .assigning import (
    assign,
    unassign,
)
from .checking import (
    ask_check,
    decide_check,
    drop_check,
    lift_check,
    note_check,
)
from .clarifying import (
    ask_about,
    close_thread,
    open_entries,
    say_nothing_more,
    settle_threads,
    take_back,
    write_entry,
)
from .deciding import (
    decide,
    look_again,
    name_decider,
)
from .depth import (
    agree_depth,
    propose_depth,
    settle_depth,
)
from .inheriting import (
    inherit,
    update_inherited,
)
from .leaving import (
    settle_leavers,
)
from .measures import (
    drop_measure,
    finish_measure,
    hand_on_measure,
    set_measure,
)
from .pages import (
    add_line,
    agree_page,
    change_line,
    reaffirm,
    remove_line,
    take_goal,
)
from .releasing import (
    release_checklist,
    withdraw_checklist,
)
from .risks import (
    RISK_FIELDS,
    close_risk,
    reopen_risk,
    weigh_risk,
)
from .rounds import (
    begin_round,
    say_fact,
    start_refresh,
)
from .talking import (
    agree_on,
    begin_talking,
    drop_point,
    settle_points,
    write_agreed,
)
from .visits import (
    call_off_visit,
    change_visit,
    plan_visit,
    write_up_visit,
)

__all__ = [
    "GONE",
    "RISK_FIELDS",
    "STALE",
    "Said",
    "add_line",
    "add_point",
    "agree_depth",
    "agree_on",
    "agree_page",
    "ask_about",
    "ask_check",
    "ask_partners",
    "assign",
    "begin_round",
    "begin_talking",
    "call_off_visit",
    "change_line",
    "change_point",
    "change_visit",
    "cite",
    "close_risk",
    "close_thread",
    "confirm_answers",
    "decide",
    "decide_check",
    "drop_check",
    "drop_measure",
    "drop_point",
    "finish_measure",
    "follow_parties",
    "hand_on_measure",
    "inherit",
    "lift_check",
    "look_again",
    "name_decider",
    "note_check",
    "open_entries",
    "plan_visit",
    "propose_depth",
    "reaffirm",
    "release_checklist",
    "remove_line",
    "remove_point",
    "reopen_risk",
    "save_answers",
    "say_fact",
    "say_nothing_more",
    "set_measure",
    "settle_depth",
    "settle_leavers",
    "settle_points",
    "settle_threads",
    "start_refresh",
    "stop_asking",
    "take_back",
    "take_changes",
    "take_goal",
    "take_part",
    "take_risks",
    "unassign",
    "update_inherited",
    "weigh_risk",
    "withdraw_checklist",
    "write_agreed",
    "write_entry",
    "write_up_visit",
]
