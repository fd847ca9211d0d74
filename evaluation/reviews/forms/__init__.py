"""What people type into a review. Forms clean; actions write."""

from __future__ import annotations

from .answering import AnswerForm, NamedForm
from .findings import AcceptForm, ActionForm, DoneForm, FindingForm, StanceForm, TalkForm
from .notes import NoteForm
from .papers import CommentsForm, EnterForm
from .parts import ADDRESS_LENGTH, ADDRESSES_MAX, InviteForm, PartForm, RenewForm, clean_addresses
from .planning import BoundaryForm, ExpectForm, PlanForm
from .voices import RefusalForm, VoiceForm, VoiceNoteForm

__all__ = [
    "ADDRESSES_MAX",
    "ADDRESS_LENGTH",
    "AcceptForm",
    "ActionForm",
    "AnswerForm",
    "BoundaryForm",
    "CommentsForm",
    "DoneForm",
    "EnterForm",
    "ExpectForm",
    "FindingForm",
    "InviteForm",
    "NamedForm",
    "NoteForm",
    "PartForm",
    "PlanForm",
    "RefusalForm",
    "RenewForm",
    "StanceForm",
    "TalkForm",
    "VoiceForm",
    "VoiceNoteForm",
    "clean_addresses",
]
