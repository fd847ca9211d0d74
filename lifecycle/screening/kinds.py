"""Acts, work and notices of name screening. None of them carries a name that was searched."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from partnerships.history import kinds as act_kinds
from partnerships.notices import kinds as notice_kinds
from partnerships.work import kinds as work_kinds

SEARCHED = act_kinds.register(
    "screening.searched", gettext_lazy("Names searched in lists"), url_name="screening:run", object_kwarg="run"
)
NAMED = act_kinds.register(
    "screening.named", gettext_lazy("Name added for the search in lists"), url_name="screening:overview"
)
TAKEN_AWAY = act_kinds.register(
    "screening.taken_away", gettext_lazy("Name taken out of the search in lists"), url_name="screening:overview"
)
DECIDED = act_kinds.register(
    "screening.decided", gettext_lazy("Match of a list decided"), url_name="screening:overview"
)
DECIDE = work_kinds.register(
    "screening.decide",
    gettext_lazy("Decide whether a list means you, your partners or somebody else"),
    why=gettext_lazy("A name in a list is near to one that was searched. Only a person can tell who is meant."),
    rule="short",
)
FOUND = notice_kinds.register(
    "screening.found",
    label=gettext_lazy("A list has a name near to one of your partnership’s"),
    subject=gettext_lazy("{record}: something to decide about names"),
    line=gettext_lazy("A search in public lists found names that are near to some in “{record}”. Please decide."),
    button=gettext_lazy("Look at them"),
)
