"""What each partner finds out about itself and the others, and what the partners put side by side."""

from __future__ import annotations

from .checklists import (
    SAID_FIELDS,
    Assessment,
    Citation,
    CitationQuerySet,
    DiligenceAnswer,
    DiligenceRound,
    RecordFact,
    Saying,
)
from .comparing import (
    PointAgreement,
    TalkingPoint,
)
from .decisions import (
    DecisionMandate,
    DecisionReason,
    DecisionTrace,
    DiligenceDecision,
    TraceLine,
)
from .depth import (
    DepthChoice,
    DepthConsent,
    ThroughDepth,
)
from .field import (
    SummaryPaper,
    SummaryPaperQuerySet,
    WorkbookImport,
    WorkbookLine,
)
from .inherited import (
    InheritedChecklist,
)
from .pages import (
    AgreementQuerySet,
    LineBefore,
    PageAgreement,
    Reaffirmation,
    SharedLine,
    SharedPage,
)
from .risks import (
    Measure,
    Risk,
    RiskMove,
)
from .threads import (
    Thread,
    ThreadEntry,
)
from .visits import (
    Participation,
    ParticipationQuerySet,
    ThroughVisit,
    Visit,
    VisitPerson,
)
from .working import (
    AddedPoint,
    AssignedQuestion,
    Assignment,
    CounselCheck,
    PointCitation,
)

__all__ = [
    "SAID_FIELDS",
    "AddedPoint",
    "AgreementQuerySet",
    "Assessment",
    "AssignedQuestion",
    "Assignment",
    "Citation",
    "CitationQuerySet",
    "CounselCheck",
    "DecisionMandate",
    "DecisionReason",
    "DecisionTrace",
    "DepthChoice",
    "DepthConsent",
    "DiligenceAnswer",
    "DiligenceDecision",
    "DiligenceRound",
    "InheritedChecklist",
    "LineBefore",
    "Measure",
    "PageAgreement",
    "Participation",
    "ParticipationQuerySet",
    "PointAgreement",
    "PointCitation",
    "Reaffirmation",
    "RecordFact",
    "Risk",
    "RiskMove",
    "Saying",
    "SharedLine",
    "SharedPage",
    "SummaryPaper",
    "SummaryPaperQuerySet",
    "TalkingPoint",
    "Thread",
    "ThreadEntry",
    "ThroughDepth",
    "ThroughVisit",
    "TraceLine",
    "Visit",
    "VisitPerson",
    "WorkbookImport",
    "WorkbookLine",
]
