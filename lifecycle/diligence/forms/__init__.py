"""Forms of due diligence: they clean, actions write."""

from __future__ import annotations

from .checklists import (
    CiteForm,
    QuestionForm,
    ReleaseChecklistForm,
    SupportFileForm,
    SupportSeenForm,
    SupportTalkForm,
)
from .deciding import (
    DeciderForm,
    DecisionForm,
    DepthForm,
    InheritForm,
    TakeChangesForm,
    TakeRisksForm,
)
from .owners import (
    OwnerField,
    offer_seats,
)
from .pages import (
    AgainForm,
    LineForm,
    RelationForm,
    StepForm,
)
from .risks import (
    HandOnForm,
    MeasureForm,
    RiskForm,
    WhyForm,
)
from .rounds import (
    FactForm,
    RefreshForm,
)
from .talking import (
    AgreedForm,
    AskForm,
    EntryForm,
    TalkForm,
)
from .visits import (
    PartnersCircle,
    VisitForm,
    VisitReportForm,
)
from .working import (
    AddedForm,
    AskCheckForm,
    AssignForm,
    DecideCheckForm,
    LiftForm,
    NoteCheckForm,
)

__all__ = [
    "AddedForm",
    "AgainForm",
    "AgreedForm",
    "AskCheckForm",
    "AskForm",
    "AssignForm",
    "CiteForm",
    "DecideCheckForm",
    "DeciderForm",
    "DecisionForm",
    "DepthForm",
    "EntryForm",
    "FactForm",
    "HandOnForm",
    "InheritForm",
    "LiftForm",
    "LineForm",
    "MeasureForm",
    "NoteCheckForm",
    "OwnerField",
    "PartnersCircle",
    "QuestionForm",
    "RefreshForm",
    "RelationForm",
    "ReleaseChecklistForm",
    "RiskForm",
    "StepForm",
    "SupportFileForm",
    "SupportSeenForm",
    "SupportTalkForm",
    "TakeChangesForm",
    "TakeRisksForm",
    "TalkForm",
    "VisitForm",
    "VisitReportForm",
    "WhyForm",
    "offer_seats",
]
