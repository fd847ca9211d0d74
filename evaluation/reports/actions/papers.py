"""Making the PDFs of reports: one row each, claimed by one worker at a time."""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partnerships import clock
from partnerships.documents.storage import StoreAway, let_go
from partnerships.looks import paper
from partnerships.looks.paper import NoPaper, Overtaken
from partnerships.people.models import ReportLook

from .. import building, printing
from ..models import Report, ReportJob, ReportJobQuerySet
from ..states import JobState

if TYPE_CHECKING:
    from partnerships.people.models import User

logger = logging.getLogger(__name__)

ATTEMPTS_MAX = 3
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


def ask_for_pdf(report: Report, *, language: str, word: str, user: User, look: ReportLook | None = None) -> ReportJob:
    """Have a PDF made, unless it is there or on its way. A failed one is tried again."""
    if report.is_draft:
        raise ValidationError(_("There is no file of it before every partner has agreed to show it."))
    with transaction.atomic():
        job: ReportJob
        job, made = ReportJob.objects.get_or_create(
            report=report, language=language, word=word, look=look,
            defaults={"asked_by": user, "asked_at": clock.now()},
        )  # fmt: skip
        if not made:
            start_again(ReportJob.objects.all().filter(pk=job.pk))
            job.refresh_from_db()
    return job


def start_again(jobs: ReportJobQuerySet) -> int:
    """Put those that failed back in the queue; the sweep takes them up. Returns how many."""
    return jobs.filter(state=JobState.FAILED).update(
        state=JobState.QUEUED, progress=0, reason="", attempts=0, lease_until=None, finished_at=None
    )


def look_of(look: ReportLook | None) -> printing.Look:
    """An organisation's look as the templates take it. Raises OSError where its logo cannot be read."""
    if look is None:
        return printing.OURS
    logo = ""
    if look.logo:
        with look.logo.open("rb") as file:
            kind = "png" if str(look.logo.name).endswith(".png") else "jpeg"
            logo = f"data:image/{kind};base64,{base64.b64encode(file.read()).decode()}"
    return printing.Look(look.organisation.name, logo, look.colour)


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
    job: ReportJob = ReportJob.objects.select_related("report", "look__organisation").get(pk=job_id)
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
        html = printing.html_of(snapshot, language=job.language, word=job.word, look=look_of(job.look))
        if not _still_mine(job, 30):
            return False
        pdf = paper.to_pdf(html, paper.telling(partial(_still_mine, job)))
        if not _still_mine(job, 90):
            return False
    except Overtaken:
        return False
    except NoPaper:
        logger.exception("PDFs cannot be made here")
        return _fail(job, "libraries")
    except StoreAway:
        logger.exception("a logo could not be read", extra={"job": job.public_id})
        return _fail(job, "store")
    except Exception:
        logger.exception("a report could not be made", extra={"job": job.public_id})
        return _fail(job, "error")
    try:
        name = job.file.storage.save(_file_name(job, job.claim), ContentFile(pdf))
    except OSError as error:
        logger.exception("a report could not be kept", extra={"job": job.public_id})
        return _fail(job, "store" if isinstance(error, StoreAway) else "room")
    done = ReportJob.objects.filter(pk=job.pk, claim=job.claim, state=JobState.WORKING).update(
        state=JobState.DONE, progress=100, file=name, finished_at=clock.now(), lease_until=None, reason="",
        digest=hashlib.sha256(pdf).hexdigest(), template=building.TEMPLATE, software=building.release(),
    )  # fmt: skip
    if not done:
        # Somebody else took over in the meantime: theirs counts.
        let_go(job.file.storage, name)
    return bool(done)


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


def give_up(jobs: ReportJobQuerySet) -> int:
    """Those whose workers stopped too often. Returns how many."""
    return (
        jobs.to_do()
        .filter(attempts__gte=ATTEMPTS_MAX)
        .update(state=JobState.FAILED, reason="stopped", finished_at=clock.now(), lease_until=None)
    )


def sweep(limit: int = 20) -> int:
    """Make what waits, and what a killed worker left. Returns how many were finished."""
    jobs = ReportJob.objects.all()
    give_up(jobs)
    return sum(make_pdf(pk) for pk in list(jobs.to_do().order_by("asked_at").values_list("pk", flat=True)[:limit]))
