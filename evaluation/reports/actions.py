"""Making reports, letting an organisation's administrators read them, and making their PDFs."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evaluation.reviews.models import Round
from partnerships import clock
from partnerships.access.actions import authored, circle_here
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.documents.storage import StoreAway, let_go
from partnerships.history import kinds as act_kinds
from partnerships.history.actions import log
from partnerships.looks import paper
from partnerships.looks.paper import NoPaper

from . import building, printing
from .models import Report, ReportJob, ReportJobQuerySet, ReportRelease
from .states import Audience, JobState

if TYPE_CHECKING:
    from partnerships.people.models import User

logger = logging.getLogger(__name__)

MADE = act_kinds.register("reports.made", gettext_lazy("Report made"), url_name="reports:report", object_kwarg="key")
RELEASED = act_kinds.register(
    "reports.released",
    gettext_lazy("Report released to the own organisation"),
    url_name="reports:report",
    object_kwarg="key",
)
TAKEN_BACK = act_kinds.register(
    "reports.taken_back",
    gettext_lazy("Report taken back from the own organisation"),
    url_name="reports:report",
    object_kwarg="key",
)
ATTEMPTS_MAX = 3
TELL_EVERY = timedelta(seconds=1)
#: Why a PDF could not be made, in words; the row keeps the code.
REASONS = {
    "libraries": gettext_lazy("The libraries that make PDFs are missing on this installation. Its operators are told."),
    "error": gettext_lazy("Something went wrong while it was made. Try again; the spreadsheet has the same figures."),
    "room": gettext_lazy(
        "There is no room for it on this installation at the moment. Tell those who run it, and try again later."
    ),
    "store": gettext_lazy(
        "The store where files are kept does not answer at the moment. Try again in a few minutes. If it goes on, tell "
        "those who run this installation."
    ),
    "stopped": gettext_lazy("The worker stopped three times while making it. Try again later."),
}


def lease() -> timedelta:
    """How long a worker may be silent before its work is given to another."""
    return timedelta(seconds=settings.REPORT_LEASE_SECONDS)


def make_report(round: Round, *, audience: str, by: Place) -> Report:
    """Keep what this reader may see of an opened round. The same report is not made twice."""
    snapshot = building.build(round, by, audience=audience)
    if snapshot is None:
        raise ValidationError(_("There is nothing to report before the round is opened."))
    data = building.to_json(snapshot)
    circle = circle_here(by, CircleKind.OWN) if audience == Audience.OWN else round.circle
    with transaction.atomic():
        Round.objects.unguarded("the view fetched it").select_for_update().get(pk=round.pk)
        last = Report.objects.of(by.partnership).filter(round=round, circle=circle).order_by("-pk").first()
        if last is not None and last.snapshot == data:
            return last
        report = Report(
            **authored(by, circle),
            round=round,
            snapshot=data,
            opened_on=round.opened_on(),
        )
        report.save()
        log(MADE, by=by, item=report)
    return report


def release_to_organisation(report: Report, *, by: Place) -> ReportRelease:
    """The own organisation's administrators may read and export this report."""
    with transaction.atomic():
        release, made = ReportRelease.objects.get_or_create(
            report=report, party=by.own_party, ended_at=None, defaults={"by": by.user, "at": clock.now()}
        )
        if made:
            log(RELEASED, by=by, item=report, circle=circle_here(by, CircleKind.OWN))
    return release


def take_back(report: Report, *, by: Place) -> None:
    """They may no longer; what was exported is out."""
    with transaction.atomic():
        ended = report.releases.filter(party=by.own_party, ended_at=None).update(ended_at=clock.now())
        if ended:
            log(TAKEN_BACK, by=by, item=report, circle=circle_here(by, CircleKind.OWN))


# PDFs -----------------------------------------------------------------------------------------------------------------
def ask_for_pdf(report: Report, *, language: str, word: str, user: User) -> ReportJob:
    """Have a PDF made, unless it is there or on its way. A failed one is tried again."""
    with transaction.atomic():
        job: ReportJob
        job, made = ReportJob.objects.get_or_create(
            report=report, language=language, word=word, defaults={"asked_by": user, "asked_at": clock.now()}
        )
        if not made:
            start_again(ReportJob.objects.all().filter(pk=job.pk))
            job.refresh_from_db()
    return job


def start_again(jobs: ReportJobQuerySet) -> int:
    """Put those that failed back in the queue; the sweep takes them up. Returns how many."""
    return jobs.filter(state=JobState.FAILED).update(
        state=JobState.QUEUED, progress=0, reason="", attempts=0, lease_until=None, finished_at=None
    )


def claim(job_id: int) -> ReportJob | None:
    """Take a job into one's hands; None where another has it, or it is done."""
    moment = clock.now()
    mine = secrets.token_hex(8)
    before = ReportJob.objects.filter(pk=job_id).values_list("claim", flat=True).first()
    taken = (
        ReportJob.objects.all()
        .to_do()
        .filter(pk=job_id, attempts__lt=ATTEMPTS_MAX)
        .update(
            state=JobState.WORKING,
            claim=mine,
            lease_until=moment + lease(),
            attempts=models.F("attempts") + 1,
            progress=5,
        )
    )
    if not taken:
        return None
    job: ReportJob = ReportJob.objects.select_related("report").get(pk=job_id)
    if before:
        # Whoever had it before may have been killed between its file and its row.
        let_go(job.file.storage, _file_name(job, before))
    return job


def _file_name(job: ReportJob, claim: str) -> str:
    """Where one worker puts its file: two of them never write to the same place."""
    return f"reports/{job.asked_at:%Y}/{job.public_id}-{claim}.pdf"


def make_pdf(job_id: int) -> bool:
    """Make one PDF. Returns whether this call finished it; a second worker, or a second call, finds nothing to do."""
    job = claim(job_id)
    if job is None:
        return False
    try:
        snapshot = building.from_json(job.report.snapshot)
        html = printing.html_of(snapshot, language=job.language, word=job.word)
        if not _still_mine(job, 30):
            return False
        pdf = paper.to_pdf(html, _telling(job))
        if not _still_mine(job, 90):
            return False
    except Overtaken:
        return False
    except NoPaper:
        logger.exception("PDFs cannot be made here")
        return _fail(job, "libraries")
    except Exception:
        logger.exception("a report could not be made", extra={"job": job.public_id})
        return _fail(job, "error")
    try:
        name = job.file.storage.save(_file_name(job, job.claim), ContentFile(pdf))
    except OSError as error:
        logger.exception("a report could not be kept", extra={"job": job.public_id})
        return _fail(job, "store" if isinstance(error, StoreAway) else "room")
    done = ReportJob.objects.filter(pk=job.pk, claim=job.claim, state=JobState.WORKING).update(
        state=JobState.DONE, progress=100, file=name, finished_at=clock.now(), lease_until=None, reason=""
    )
    if not done:
        # Somebody else took over in the meantime: theirs counts.
        let_go(job.file.storage, name)
    return bool(done)


class Overtaken(Exception):
    """Another worker has the job now."""


def _telling(job: ReportJob) -> Callable[[int], None]:
    """Said with each page: the lease holds for as long as pages come, and the reader sees how far it is."""
    said = clock.now()

    def tell(page: int) -> None:
        nonlocal said
        if clock.now() - said < TELL_EVERY:
            return
        said = clock.now()
        if not _still_mine(job, min(30 + page, 85)):
            raise Overtaken

    return tell


def _still_mine(job: ReportJob, progress: int) -> bool:
    """Say how far it is, and keep the lease; False where another took over."""
    return bool(
        ReportJob.objects.filter(pk=job.pk, claim=job.claim, state=JobState.WORKING).update(
            progress=progress, lease_until=clock.now() + lease()
        )
    )


def _fail(job: ReportJob, reason: str) -> bool:
    ReportJob.objects.filter(pk=job.pk, claim=job.claim, state=JobState.WORKING).update(
        state=JobState.FAILED, reason=reason, finished_at=clock.now(), lease_until=None
    )
    return False


def sweep(limit: int = 20) -> int:
    """Make what waits, and what a killed worker left. Returns how many were finished."""
    jobs = ReportJob.objects.all().to_do()
    jobs.filter(attempts__gte=ATTEMPTS_MAX).update(
        state=JobState.FAILED, reason="stopped", finished_at=clock.now(), lease_until=None
    )
    return sum(make_pdf(pk) for pk in list(jobs.order_by("asked_at").values_list("pk", flat=True)[:limit]))
