"""Forms of scoping. They clean what was typed; actions decide."""

from __future__ import annotations

from .agreed import SentenceForm, TalkForm, WayForm
from .bodies import (
    ApproveForm,
    AskForm,
    BodyAnswerForm,
    BodyForm,
    CorrectBodyForm,
    NoteForm,
    ObjectionForm,
    ReadersForm,
    SeatBodyForm,
)
from .canvas import EntriesForm, EntryForm, ReleaseForm
from .goals import GoalForm, NewGoalForm, SideForm
from .prior import NewPriorForm, PriorForm
from .sheets import ChangeForm, SheetForm

__all__ = [
    "ApproveForm",
    "AskForm",
    "BodyAnswerForm",
    "BodyForm",
    "ChangeForm",
    "CorrectBodyForm",
    "EntriesForm",
    "EntryForm",
    "GoalForm",
    "NewGoalForm",
    "NewPriorForm",
    "NoteForm",
    "ObjectionForm",
    "PriorForm",
    "ReadersForm",
    "ReleaseForm",
    "SeatBodyForm",
    "SentenceForm",
    "SheetForm",
    "SideForm",
    "TalkForm",
    "WayForm",
]
