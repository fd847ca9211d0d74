"""Pages of due diligence."""

from __future__ import annotations

from .breadth import (
    breadth,
)
from .checklists import (
    confirm,
    own_checklist,
    own_of,
    question,
    row_of,
)
from .clarifying import (
    ask,
    end_thread,
    open_entries,
    take_back,
    thread,
    threads,
)
from .comparing import (
    agree_on,
    drop_talk,
    talk,
    talking_point,
    views,
)
from .deciding import (
    decided_trace,
    decider,
    decision,
    drop_measure,
    finish_measure,
    hand_on,
    measure,
    trace,
)
from .depth import (
    agree_depth,
    depth,
    library,
    refresh_questions,
)
from .inheriting import (
    inherited,
    risk_changes,
    risks_above,
    update_inherited,
)
from .overview import (
    overview,
)
from .pages import (
    agree_page,
    page,
    reaffirm,
    relate,
    remove_line,
    take_goal,
)
from .releasing import (
    read,
    release,
    withdraw,
)
from .risks import (
    change_risk,
    close_risk,
    new_risk,
    reopen_risk,
    risk,
    risks,
)
from .rounds import (
    fact,
    facts,
    refresh,
    rounds,
)
from .shown import (
    TAB,
    form_here,
    go,
    partner_of,
    show,
    url,
)
from .support import (
    support,
    support_new,
)
from .visits import (
    call_off_visit,
    change_visit,
    new_visit,
    visit,
    visits,
)
from .working import (
    add_point,
    ask_check,
    assign,
    change_point,
    check,
    drop_check,
    lift_check,
    note_check,
    remove_point,
)

__all__ = [
    "TAB",
    "add_point",
    "agree_depth",
    "agree_on",
    "agree_page",
    "ask",
    "ask_check",
    "assign",
    "breadth",
    "call_off_visit",
    "change_point",
    "change_risk",
    "change_visit",
    "check",
    "close_risk",
    "confirm",
    "decided_trace",
    "decider",
    "decision",
    "depth",
    "drop_check",
    "drop_measure",
    "drop_talk",
    "end_thread",
    "fact",
    "facts",
    "finish_measure",
    "form_here",
    "go",
    "hand_on",
    "inherited",
    "library",
    "lift_check",
    "measure",
    "new_risk",
    "new_visit",
    "note_check",
    "open_entries",
    "overview",
    "own_checklist",
    "own_of",
    "page",
    "partner_of",
    "question",
    "read",
    "reaffirm",
    "refresh",
    "refresh_questions",
    "relate",
    "release",
    "remove_line",
    "remove_point",
    "reopen_risk",
    "risk",
    "risk_changes",
    "risks",
    "risks_above",
    "rounds",
    "row_of",
    "show",
    "support",
    "support_new",
    "take_back",
    "take_goal",
    "talk",
    "talking_point",
    "thread",
    "threads",
    "trace",
    "update_inherited",
    "url",
    "views",
    "visit",
    "visits",
    "withdraw",
]
