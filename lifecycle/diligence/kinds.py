"""Acts, work and notices of due diligence."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from partnerships.history import kinds as act_kinds
from partnerships.notices import kinds as notice_kinds
from partnerships.record import release_kinds
from partnerships.work import kinds as work_kinds

from .queries import (
    RELEASED_CHECKLIST,
    RELEASED_CONDITIONS,
)
from .states import CheckState, PageKind

_HOME = {"url_name": "diligence:overview"}
STARTED = act_kinds.register("diligence.started", gettext_lazy("Checklist begun"), **_HOME)
FINISHED = act_kinds.register("diligence.finished", gettext_lazy("Checklist answered"), **_HOME)
RELEASED = act_kinds.register("diligence.released", gettext_lazy("Checklist released"), **_HOME)
WITHDRAWN = act_kinds.register("diligence.withdrawn", gettext_lazy("Released answers withdrawn"), **_HOME)
MEASURE = act_kinds.register("diligence.measure", gettext_lazy("Measure set"), **_HOME)
MEASURE_DONE = act_kinds.register("diligence.measure_done", gettext_lazy("Condition met"), **_HOME)
RISK = act_kinds.register("diligence.risk", gettext_lazy("Risk weighed"), url_name="diligence:risks")
RISK_CLOSED = act_kinds.register("diligence.risk_closed", gettext_lazy("Risk closed"), url_name="diligence:risks")
VISIT = act_kinds.register("diligence.visit", gettext_lazy("Visit planned"), url_name="diligence:visits")
RISK_REOPENED = act_kinds.register(
    "diligence.risk_reopened", gettext_lazy("Risk opened again"), url_name="diligence:risks"
)
CALLED_OFF = act_kinds.register("diligence.called_off", gettext_lazy("Visit called off"), url_name="diligence:visits")
VISITED = act_kinds.register("diligence.visited", gettext_lazy("Visit written up"), url_name="diligence:visits")
AGREED = {
    PageKind.GOALS: act_kinds.register("diligence.goals", gettext_lazy("Goals, values and red lines agreed"), **_HOME),
    PageKind.STEPS: act_kinds.register("diligence.steps", gettext_lazy("Next steps agreed"), **_HOME),
}
REFRESHED = act_kinds.register("diligence.refreshed", gettext_lazy("Due diligence begun again"), **_HOME)
INHERITED = act_kinds.register("diligence.inherited", gettext_lazy("Answers taken over from the umbrella"), **_HOME)
LENT = act_kinds.register("diligence.lent", gettext_lazy("Answers taken over into a partnership below"), **_HOME)
RISK_INHERITED = act_kinds.register(
    "diligence.risk_inherited", gettext_lazy("Risk taken over from the umbrella"), url_name="diligence:risks"
)
RISK_LENT = act_kinds.register(
    "diligence.risk_lent", gettext_lazy("Risk taken over into a partnership below"), url_name="diligence:risks"
)
MANDATE = act_kinds.register(
    "diligence.mandate", gettext_lazy("Who takes the decision was named"), url_name="diligence:decision"
)
HANDED_ON = act_kinds.register("diligence.handed_on", gettext_lazy("Condition given to another owner"), **_HOME)
FACT = act_kinds.register("diligence.fact", gettext_lazy("A fact on which questions depend was said"), **_HOME)
TAKEN_AWAY = act_kinds.register("diligence.taken_away", gettext_lazy("Checklist taken away as a workbook"), **_HOME)
TAKEN_OVER = act_kinds.register("diligence.taken_over", gettext_lazy("Answers taken over from a workbook"), **_HOME)
PAPER_ASKED = act_kinds.register(
    "diligence.paper_asked", gettext_lazy("Summary of due diligence made"), url_name="diligence:papers"
)
PAPER_TAKEN = act_kinds.register(
    "diligence.paper_taken", gettext_lazy("Summary of due diligence downloaded"), url_name="diligence:papers"
)
DECIDED = act_kinds.register("diligence.decided", gettext_lazy("Due diligence decision taken"), **_HOME)
DEPTH = act_kinds.register("diligence.depth", gettext_lazy("Depth of due diligence proposed"), **_HOME)
DEPTH_AGREED = act_kinds.register("diligence.depth_agreed", gettext_lazy("Depth of due diligence agreed"), **_HOME)
ANSWER_SELF = work_kinds.register(
    "diligence.self",
    gettext_lazy("Answer the checklist about yourselves"),
    why=gettext_lazy("It stays on your side until you release it."),
    rule="long",
)
LOOK_AT = work_kinds.register(
    "diligence.about",
    gettext_lazy("Look at {subject}"),
    why=gettext_lazy("Know how each other works before you sign."),
    rule="long",
)
DECIDE = work_kinds.register(
    "diligence.decide",
    gettext_lazy("Take your due diligence decision"),
    why=gettext_lazy("Each partner decides for itself; all must say go."),
    rule="long",
)
RENEW = work_kinds.register(
    "diligence.expiry",
    gettext_lazy("Renew your due diligence decision"),
    why=gettext_lazy("It is valid until this day. Look again, and decide again."),
    rule="long",
)
MEET_CONDITION = work_kinds.register(
    "diligence.condition",
    gettext_lazy("Meet a condition of due diligence"),
    why=gettext_lazy("A partner’s yes stands under it."),
    rule="long",
)
REDUCE_RISK = work_kinds.register(
    "diligence.risk",
    gettext_lazy("Do what was planned against a risk"),
    why=gettext_lazy("The decision counts on it."),
    rule="long",
)
LOOK_AGAIN = work_kinds.register(
    "diligence.risk_look",
    gettext_lazy("Look at a risk again"),
    why=gettext_lazy("Much of it remains, and things change. Weigh it anew, even if the figures stay."),
    rule="long",
)
NEW_OWNER = work_kinds.register(
    "diligence.new_owner",
    gettext_lazy("Find a new owner for what one who left had taken on"),
    why=gettext_lazy("Your decision counts on it."),
    rule="short",
)
AGREE_PAGE = {
    PageKind.GOALS: work_kinds.register(
        "diligence.agree_goals",
        gettext_lazy("Agree the page of goals, values and red lines"),
        why=gettext_lazy("One shared goal is enough. Differences are no defect when they are known."),
    ),
    PageKind.STEPS: work_kinds.register("diligence.agree_steps", gettext_lazy("Agree the next steps")),
}
AGREE_DEPTH = work_kinds.register(
    "diligence.depth", gettext_lazy("Agree how deep you look at each other"), rule="short"
)
WRITE_UP = work_kinds.register(
    "diligence.visit",
    gettext_lazy("Visit: {subject}"),
    why=gettext_lazy("Afterwards, write up who took part and what you learned."),
    rule="event",
)
REAFFIRMED = act_kinds.register("diligence.reaffirmed", gettext_lazy("Goals reaffirmed by one partner"), **_HOME)
DRIFTED = act_kinds.register("diligence.drifted", gettext_lazy("A partner says that the goals have drifted"), **_HOME)
DRIFTED_NOTICE = notice_kinds.register(
    "diligence.drifted",
    label=gettext_lazy("A partner says that your goals have drifted"),
    subject=gettext_lazy("{record}: {party} says that the goals have drifted"),
    line=gettext_lazy("{party} has read the goals of “{record}” again, and says that they have drifted."),
    button=gettext_lazy("Read them again"),
)
RELEASED_NOTICE = notice_kinds.register(
    "diligence.released",
    label=gettext_lazy("A partner released answers of its due diligence to you"),
    subject=gettext_lazy("{record}: {party} has released answers to you"),
    line=gettext_lazy("{party} has released answers of its due diligence to you in “{record}”."),
    button=gettext_lazy("Open them"),
)
DECIDED_NOTICE = notice_kinds.register(
    "diligence.decided",
    label=gettext_lazy("A partner took its due diligence decision"),
    subject=gettext_lazy("{record}: {party} has taken its decision"),
    line=gettext_lazy("{party} has taken its due diligence decision in “{record}”."),
    button=gettext_lazy("See where you are"),
)
# Working on it --------------------------------------------------------------------------------------------------------
ASSIGNED = act_kinds.register("diligence.assigned", gettext_lazy("Questions assigned"), **_HOME)
CHECK_ASKED = act_kinds.register("diligence.check_asked", gettext_lazy("Counsel asked to check"), **_HOME)
CHECKED = {
    CheckState.CLEARED: act_kinds.register("diligence.cleared", gettext_lazy("Cleared by counsel"), **_HOME),
    CheckState.HOLDS: act_kinds.register("diligence.held", gettext_lazy("Held by counsel"), **_HOME),
    CheckState.LIFTED: act_kinds.register("diligence.lifted", gettext_lazy("Hold of counsel lifted"), **_HOME),
    CheckState.DROPPED: act_kinds.register("diligence.check_dropped", gettext_lazy("Check asked no longer"), **_HOME),
}
ADDED = act_kinds.register("diligence.added", gettext_lazy("Added what was not asked"), **_HOME)
ADDED_AWAY = act_kinds.register("diligence.added_away", gettext_lazy("Took an added answer away"), **_HOME)
CLARIFY = act_kinds.register("diligence.clarify", gettext_lazy("Clarification begun"), url_name="diligence:threads")
CLARIFIED = act_kinds.register(
    "diligence.clarified", gettext_lazy("Clarification closed"), url_name="diligence:threads"
)
TALK = act_kinds.register("diligence.talk", gettext_lazy("A difference to talk about"), **_HOME)
TALKED = act_kinds.register("diligence.talked", gettext_lazy("Agreed on a difference"), **_HOME)
ANSWER_ASSIGNED = work_kinds.register(
    "diligence.assigned",
    gettext_lazy("Answer questions about {subject}"),
    why=gettext_lazy("Your side asked you for them."),
)
CHECK_IT = work_kinds.register(
    "diligence.check",
    gettext_lazy("Check what is released about {subject}"),
    why=gettext_lazy("Your side wants your word before others read it."),
    rule="short",
)
YOUR_TURN = work_kinds.register(
    "diligence.thread",
    gettext_lazy("Your turn: clarify an answer"),
    why=gettext_lazy("The other side waits for your word, or for you to close it."),
    rule="short",
)
TALK_ABOUT = work_kinds.register(
    "diligence.talk",
    gettext_lazy("Talk about a difference, and agree on it"),
    why=gettext_lazy("You see the same question differently."),
)
ASSIGNED_NOTICE = notice_kinds.register(
    "diligence.assigned",
    label=gettext_lazy("You are asked to answer questions of due diligence"),
    subject=gettext_lazy("{record}: questions for you"),
    line=gettext_lazy("{person} asks you to answer questions of due diligence in “{record}”."),
    button=gettext_lazy("See which"),
)
CHECK_NOTICE = notice_kinds.register(
    "diligence.check",
    label=gettext_lazy("You are asked to check answers before a release, or your word came in"),
    subject=gettext_lazy("{record}: a check before a release"),
    line=gettext_lazy("In “{record}” something waits for a check before it is released, or was checked."),
    button=gettext_lazy("Open it"),
)
THREAD_NOTICE = notice_kinds.register(
    "diligence.thread",
    label=gettext_lazy("A partner wrote in a clarification"),
    subject=gettext_lazy("{record}: {party} wrote to you"),
    line=gettext_lazy("{party} wrote in a clarification of due diligence in “{record}”."),
    button=gettext_lazy("Open it"),
)
TALK_NOTICE = notice_kinds.register(
    "diligence.talk",
    label=gettext_lazy("A partner wants to talk about a difference"),
    subject=gettext_lazy("{record}: something to talk about"),
    line=gettext_lazy("{party} wants to talk about a difference in “{record}”, or wrote what you could agree."),
    button=gettext_lazy("Open it"),
)
release_kinds.register(RELEASED_CHECKLIST, gettext_lazy("Answers of due diligence"), url_name="diligence:overview")
release_kinds.register(
    RELEASED_CONDITIONS, gettext_lazy("Conditions that ask something of you"), url_name="diligence:decision"
)
