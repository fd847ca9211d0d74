"""What the page lists: mails in groups, jobs one by one. Kinds, reasons and public ids, no names and no addresses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Min, Q
from django.utils.translation import gettext_lazy as _

from evaluation.reports.models import ReportJob
from evaluation.reports.states import JobState
from lifecycle.agreement.models import Paper
from lifecycle.agreement.papers import LIBRARIES
from lifecycle.agreement.states import PaperState
from partnerships.notices import kinds
from partnerships.notices.models import Notice
from partnerships.notices.states import MailState

from .state import WHY, rounds_in_trouble

#: Rows of each list.
SHOWN = 20
#: Why a PDF was given up, for those who run the installation; the makers' codes.
REASONS = {
    LIBRARIES: _("The libraries for PDFs are missing on the worker’s machine."),
    "error": _("An error while it was made. The worker’s log has it, under this job."),
    "broken": _("An error while it was made. The worker’s log has it, under this job."),
    "stopped": _("Its worker was stopped each time, usually for lack of memory."),
}


@dataclass(frozen=True)
class MailGroup:
    """Mails of one kind that were refused for one reason."""

    kind: str
    label: str
    error: str
    count: int
    #: Since when the oldest is owed, and when the next one is tried again.
    since: datetime
    next_try: datetime


def failed_mails() -> list[MailGroup]:
    """Given up, the most numerous first."""
    return _groups(Q(mail_state=MailState.FAILED))


def retrying_mails() -> list[MailGroup]:
    """Refused and tried again by themselves."""
    return _groups(Q(mail_state=MailState.PENDING, attempts__gt=0))


def _groups(which: Q) -> list[MailGroup]:
    found = (
        Notice.objects.unguarded(WHY)
        .filter(which)
        .values("kind", "last_error")
        .annotate(count=Count("pk"), since=Min("created_at"), next_try=Min("send_at"))
        .order_by("-count", "kind", "last_error")
    )
    return [
        MailGroup(row["kind"], _label(row["kind"]), row["last_error"], row["count"], row["since"], row["next_try"])
        for row in found[:SHOWN]
    ]


def _label(kind: str) -> str:
    """A kind's name; the code itself where a later release has dropped the kind."""
    try:
        return str(kinds.get(kind).label)
    except KeyError:
        return kind


@dataclass(frozen=True)
class Job:
    """The making of one PDF. `record` is the public id of its partnership."""

    what: str
    key: str
    record: str
    state: str
    label: str
    reason: str
    error: str
    attempts: int
    since: datetime

    @property
    def failed(self) -> bool:
        return self.state == JobState.FAILED


def report_jobs() -> list[Job]:
    """Not yet made, those that failed first."""
    return _jobs(
        "reports",
        ReportJob.objects.all().unguarded(WHY).exclude(state=JobState.DONE),
        JobState,
        key=F("public_id"),
        record=F("report__partnership__public_id"),
        since=F("asked_at"),
    )


def papers() -> list[Job]:
    """Not yet made, those that failed first."""
    return _jobs(
        "papers",
        Paper.objects.all().unguarded(WHY).exclude(state=PaperState.DONE),
        PaperState,
        key=F("pk"),
        record=F("frozen__agreement__partnership__public_id"),
        since=F("queued_at"),
        failure=F("error"),
    )


def _jobs(what: str, rows: Any, states: Any, **columns: F) -> list[Job]:
    found = rows.annotate(**{f"_{name}": column for name, column in columns.items()})
    # "failed" stands before "queued" and "working" in the alphabet.
    found = found.order_by("state", "_since", "pk").values(
        "state", "reason", "attempts", *(f"_{name}" for name in columns)
    )
    return [
        Job(
            what=what,
            key=str(row["_key"]),
            record=row["_record"],
            state=row["state"],
            label=str(states(row["state"]).label),
            reason=str(REASONS.get(row["reason"], row["reason"])),
            error=row.get("_failure", ""),
            attempts=row["attempts"],
            since=row["_since"],
        )
        for row in found[:SHOWN]
    ]


def troubled_rounds() -> list[Any]:
    """Reviews that cannot be opened: of which record, and why."""
    return list(
        rounds_in_trouble()
        .order_by("opening_at", "pk")
        .values("public_id", "trouble", "partnership__public_id")[:SHOWN]
    )
