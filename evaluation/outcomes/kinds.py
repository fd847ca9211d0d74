"""What outcomes log, ask for and tell: the words of the timeline, the work list and the mails."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from partnerships.history import kinds as act_kinds
from partnerships.notices import kinds as notice_kinds
from partnerships.record import release_kinds
from partnerships.work import kinds as work_kinds


def _act(code: str, label: str | Promise, url_name: str = "outcomes:overview") -> str:
    # To the page of all: an item of its own page may be withdrawn, and the act stays.
    return act_kinds.register(f"outcomes.{code}", label, url_name=url_name)


# Acts -----------------------------------------------------------------------------------------------------------------
INDICATOR_SET = _act("indicator", gettext_lazy("Indicator set"))
INDICATOR_CHANGED = _act("indicator_changed", gettext_lazy("Indicator changed"))
INDICATOR_OUT = _act("indicator_out", gettext_lazy("Indicator withdrawn"))
MEASURED = _act("measured", gettext_lazy("Value measured"))
CORRECTED = _act("corrected", gettext_lazy("Measured value corrected"))
MEASURED_OUT = _act("measured_out", gettext_lazy("Measured value withdrawn"))
IMPORTED = _act("imported", gettext_lazy("Measured values taken in from a spreadsheet"))
RECORDED = _act("recorded", gettext_lazy("Outcome written down"))
HARM_RECORDED = _act("harm", gettext_lazy("Unintended harm written down"))
REWORDED = _act("reworded", gettext_lazy("Outcome worded anew"))
CONFIRMED = _act("confirmed", gettext_lazy("Outcome confirmed by another party"))
SEEN_DIFFERENTLY = _act("different", gettext_lazy("Outcome seen differently by another party"))
VOICE_OUT = _act("voice_out", gettext_lazy("A party took back how it sees an outcome"))
OUTCOME_OUT = _act("outcome_out", gettext_lazy("Outcome withdrawn"))
VALUE_WRITTEN = _act("value", gettext_lazy("Value to the own side written down"))
VALUE_CHANGED = _act("value_changed", gettext_lazy("Value to the own side worded anew"))
VALUE_SHOWN = _act("value_shown", gettext_lazy("Value to one partner shown to the others"))
VALUE_OUT = _act("value_out", gettext_lazy("Value to one partner withdrawn"))
HOURS_WRITTEN = _act("hours", gettext_lazy("Hours written down"), "outcomes:effort")
HOURS_CHANGED = _act("hours_changed", gettext_lazy("Hours corrected"), "outcomes:effort")
HOURS_OUT = _act("hours_out", gettext_lazy("Hours taken out"), "outcomes:effort")
COST_WRITTEN = _act("cost", gettext_lazy("Cost written down"), "outcomes:effort")
COST_CHANGED = _act("cost_changed", gettext_lazy("Cost corrected"), "outcomes:effort")
COST_OUT = _act("cost_out", gettext_lazy("Cost taken out"), "outcomes:effort")
EFFORT_SHOWN = _act("effort_shown", gettext_lazy("Hours and cost of one side shown to the others"))
EFFORT_OUT = _act("effort_out", gettext_lazy("Hours and cost of one side withdrawn"))
WORTH_TOLD = _act("worth_told", gettext_lazy("What a side got and gave since the last review, told"))

# What waits -----------------------------------------------------------------------------------------------------------
MEASURE = work_kinds.register(
    "outcomes.measure",
    gettext_lazy("Measure what is due"),
    why=gettext_lazy("A value that comes late can still be compared; one that never comes cannot."),
    rule="long",
)
CONFIRM = work_kinds.register(
    "outcomes.confirm",
    gettext_lazy("Say whether you see a change too"),
    why=gettext_lazy("What cannot be counted stands on two pairs of eyes."),
)
WORTH = work_kinds.register(
    "outcomes.worth",
    gettext_lazy("Write down what you got and gave since the last review"),
    why=gettext_lazy("Whoever cannot say what it brings stops paying for it."),
    rule="long",
)

# What is released -----------------------------------------------------------------------------------------------------
VALUE_RELEASE = release_kinds.register(
    "outcomes.value", gettext_lazy("What a partner got out of it"), url_name="outcomes:overview"
)
EFFORT_RELEASE = release_kinds.register(
    "outcomes.effort", gettext_lazy("Hours and cost of a side"), url_name="outcomes:overview"
)

# What is told ---------------------------------------------------------------------------------------------------------
CONFIRM_NOTICE = notice_kinds.register(
    "outcomes.confirm",
    label=gettext_lazy("A change waits for a second pair of eyes"),
    subject=gettext_lazy("{record}: do you see this change too?"),
    line=gettext_lazy("{party} has written down a change that cannot be counted in “{record}”. Do you see it too?"),
    button=gettext_lazy("Read it"),
)
HARM_NOTICE = notice_kinds.register(
    "outcomes.harm",
    label=gettext_lazy("Unintended harm was written down"),
    subject=gettext_lazy("{record}: unintended harm was written down"),
    line=gettext_lazy("{party} has written down harm that nobody intended in “{record}”."),
    button=gettext_lazy("Read it"),
)
CONFIRMED_NOTICE = notice_kinds.register(
    "outcomes.confirmed",
    label=gettext_lazy("Another party answers to what you wrote down"),
    subject=gettext_lazy("{record}: {party} has answered to what you wrote down"),
    line=gettext_lazy("{party} has said how it sees what you wrote down in “{record}”."),
    button=gettext_lazy("Read it"),
)
SHOWN_NOTICE = notice_kinds.register(
    "outcomes.shown",
    label=gettext_lazy("A partner shows what it got, or what it cost"),
    subject=gettext_lazy("{record}: {party} has released something to you"),
    line=gettext_lazy("{party} has released something of its side in “{record}”. It shows once you open it."),
    button=gettext_lazy("See what waits to be opened"),
)
