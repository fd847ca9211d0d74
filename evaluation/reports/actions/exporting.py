"""Many reports as one file, for an organisation's administrator: asked for, gone on with, packed, given, thrown away.

Every PDF is a job of its own (papers.py), so that several workers make them side by side, a killed worker's successor
goes on where it was, and nothing is made twice. Only the packing is one worker's alone, under a lease.
"""

from __future__ import annotations

import logging
import secrets
import shutil
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import models, transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from xlsxwriter.exceptions import FileCreateError

from partnerships import clock
from partnerships.access.actions import circle_for
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.documents.storage import StoreAway, let_go
from partnerships.history.actions import log
from partnerships.looks.paper import Overtaken
from partnerships.people.queries import report_look

from .. import books, building, kinds, printing
from ..models import Report, ReportExport, ReportExportItem, ReportJob, ReportRelease
from ..states import UNDER_WAY, ExportState, JobState
from . import papers, renewing

if TYPE_CHECKING:
    from partnerships.people.models import Organisation, User

logger = logging.getLogger(__name__)
#: PDFs that one task makes before it lets others take their turn. After each task its process gives back what a PDF
#: left; five in a task came to 273 MB.
BATCH = 1
#: More than this is asked for in parts.
EXPORT_MAX = 1000
TELL_EVERY = timedelta(seconds=2)
#: Why a file was not made, or is not valid any more, in words; the row keeps the code.
REASONS = {
    "items": gettext_lazy("Some of the reports could not be made: each says why. Run them again, or go on without."),
    "room": papers.REASONS["room"],
    "store": papers.REASONS["store"],
    "error": gettext_lazy("Something went wrong while it was packed. Try again. If it goes on, tell those who run this "
                          "installation."),
    "stopped": gettext_lazy("The worker stopped three times while packing it. Try again later."),
    "taken_back": gettext_lazy("A report in it was taken back since. The file is gone; ask for a new one."),
    "withdrawn": gettext_lazy("Something in one of its reports was withdrawn since. The file is gone; ask for a new "
                              "one."),
    "left": gettext_lazy("You no longer administer this organisation."),
}  # fmt: skip


def start_export(organisation: Organisation, reports: Sequence[Report], *, language: str, by: User) -> ReportExport:
    """Ask for one file of these reports. Those that are not released to the organisation any more are an error."""
    if not reports:
        raise ValidationError(_("Choose at least one report."))
    if len(reports) > EXPORT_MAX:
        raise ValidationError(
            _("At most %(count)s reports in one file. Choose a shorter time.") % {"count": EXPORT_MAX}
        )
    with transaction.atomic():
        look = report_look(organisation)
        export = ReportExport.objects.create(
            organisation=organisation, language=language, asked_by=by, asked_at=clock.now()
        )
        ids = [report.pk for report in reports]
        known: dict[int, int] = dict(
            ReportJob.objects.filter(
                report__in=ids, language=language, word=organisation.review_word, look=look
            ).values_list("report", "pk")
        )
        ReportJob.objects.bulk_create(
            [
                ReportJob(
                    report=report, language=language, word=organisation.review_word, look=look,
                    asked_by=by, asked_at=clock.now(),
                )
                for report in reports
                if report.pk not in known
            ],
            ignore_conflicts=True,
        )  # fmt: skip
        jobs = ReportJob.objects.filter(report__in=ids, language=language, word=organisation.review_word, look=look)
        papers.start_again(jobs)
        known = dict(jobs.values_list("report", "pk"))
        ReportExportItem.objects.bulk_create(
            [
                ReportExportItem(
                    export=export, report=report, version=report.version, job_id=known[report.pk], position=position
                )
                for position, report in enumerate(reports)
            ]
        )
    return export


# Going on -------------------------------------------------------------------------------------------------------------
def go_on(export_id: int, *, limit: int = BATCH) -> bool:
    """Make some of its PDFs, and pack it once all are there. Returns whether there is more to do now."""
    jobs = ReportJob.objects.all().filter(export_items__export=export_id, export_items__left_out=False)
    for pk in list(jobs.to_do().order_by("export_items__position").values_list("pk", flat=True)[:limit]):
        papers.make_pdf(pk)
    settle(export_id)
    return bool(jobs.to_do().filter(export_items__export__state__in=UNDER_WAY).exists())


def settle(export_id: int) -> bool:
    """See how far it is, and take the step that is due. Returns whether nothing is left to be made."""
    export = ReportExport.objects.filter(pk=export_id, state__in=UNDER_WAY).first()
    if export is None:
        return True
    if export.state == ExportState.MAKING:
        wanted = export.items.filter(left_out=False)
        if wanted.filter(job=None).exists():
            void(export, "withdrawn")
            return True
        papers.give_up(ReportJob.objects.all().filter(export_items__export=export))
        if wanted.exclude(job__state__in=[JobState.DONE, JobState.FAILED]).exists():
            return False
        if wanted.filter(job__state=JobState.FAILED).exists() or not wanted.exists():
            _end(export, ExportState.FAILED, "items")
            return True
        ReportExport.objects.filter(pk=export.pk, state=ExportState.MAKING).update(state=ExportState.PACKING)
    pack(export_id)
    return True


def _end(export: ReportExport, state: str, reason: str) -> None:
    ReportExport.objects.filter(pk=export.pk, state=export.state, claim=export.claim).update(
        state=state, reason=reason, finished_at=clock.now(), lease_until=None
    )


def progress(export: ReportExport) -> tuple[int, int, int]:
    """How many of its PDFs are there, how many could not be made, of how many. One query."""
    counts = export.items.filter(left_out=False).aggregate(
        done=models.Count("pk", filter=models.Q(job__state=JobState.DONE)),
        failed=models.Count("pk", filter=models.Q(job__state=JobState.FAILED)),
        all=models.Count("pk"),
    )
    return counts["done"], counts["failed"], counts["all"]


def run_again(export: ReportExport) -> None:
    """What failed is tried again: the PDFs that could not be made, or the packing."""
    with transaction.atomic():
        papers.start_again(ReportJob.objects.all().filter(export_items__export=export))
        ReportExport.objects.filter(pk=export.pk, state=ExportState.FAILED).update(
            state=ExportState.MAKING, reason="", attempts=0, finished_at=None, lease_until=None
        )


def go_without(export: ReportExport) -> None:
    """Pack what is there, without the reports that could not be made; the workbook has them all the same."""
    with transaction.atomic():
        failed = export.items.filter(job__state=JobState.FAILED)
        failed.update(left_out=True)
        run_again(export)


# Packing --------------------------------------------------------------------------------------------------------------
class Missing(Exception):
    """The file of a PDF is not where its row says."""


def claim(export_id: int) -> ReportExport | None:
    """Take the packing into one's hands; None where another has it, or there is nothing to pack."""
    mine = secrets.token_hex(8)
    before = ReportExport.objects.filter(pk=export_id).values_list("claim", flat=True).first()
    taken = (
        ReportExport.objects.all()
        .to_do()
        .filter(pk=export_id, state=ExportState.PACKING, attempts__lt=papers.ATTEMPTS_MAX)
        .update(claim=mine, lease_until=clock.now() + papers.lease(), attempts=models.F("attempts") + 1)
    )
    if not taken:
        return None
    export: ReportExport = ReportExport.objects.select_related("organisation").get(pk=export_id)
    if before:
        # Whoever had it before may have been killed at any step.
        shutil.rmtree(_folder(export, before), ignore_errors=True)
        let_go(export.file.storage, _file_name(export, before))
    return export


def _folder(export: ReportExport, claim: str) -> Path:
    return Path(tempfile.gettempdir(), f"common-ground-export-{export.public_id}-{claim}")


def _file_name(export: ReportExport, claim: str) -> str:
    return f"reports/exports/{export.asked_at:%Y}/{export.public_id}-{claim}.zip"


def pack(export_id: int) -> bool:
    """Write the file. Returns whether this call finished it."""
    export = claim(export_id)
    if export is None:
        return False
    folder = _folder(export, export.claim)
    try:
        folder.mkdir(mode=0o700)
        whole = write(export, folder)
        name = _keep(export, whole)
        size = whole.stat().st_size
    except Overtaken:
        return False
    except Missing:
        # Made once more, then packed again; three times at most.
        ReportExport.objects.filter(pk=export.pk, claim=export.claim).update(state=ExportState.MAKING, lease_until=None)
        return False
    except (OSError, FileCreateError) as error:
        logger.exception("an export could not be written", extra={"export": export.public_id})
        _end(export, ExportState.FAILED, "store" if isinstance(error, StoreAway) else "room")
        return False
    except Exception:
        logger.exception("an export could not be packed", extra={"export": export.public_id})
        _end(export, ExportState.FAILED, "error")
        return False
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return _finish(export, name, size)


def _finish(export: ReportExport, name: str, size: int) -> bool:
    done = ReportExport.objects.filter(pk=export.pk, claim=export.claim, state=ExportState.PACKING).update(
        state=ExportState.DONE, file=name, size=size, reason="", finished_at=clock.now(), lease_until=None,
        expires_at=clock.now() + timedelta(days=settings.REPORT_EXPORT_DAYS),
    )  # fmt: skip
    if not done:
        let_go(export.file.storage, name)
    return bool(done)


def _keep(export: ReportExport, whole: Path) -> str:
    _hold(export)
    with whole.open("rb") as file:
        return str(export.file.storage.save(_file_name(export, export.claim), File(file)))


def _hold(export: ReportExport) -> None:
    """Keep the lease. Raises Overtaken."""
    kept = ReportExport.objects.filter(pk=export.pk, claim=export.claim, state=ExportState.PACKING).update(
        lease_until=clock.now() + papers.lease()
    )
    if not kept:
        raise Overtaken


def write(export: ReportExport, folder: Path) -> Path:
    """The ZIP in a folder: a PDF of each report, then the workbook. Raises Overtaken, Missing, OSError."""
    whole, table = folder / "reports.zip", folder / "reports.xlsx"
    held = clock.now()
    with whole.open("wb") as target, translation.override(export.language):
        archive, book = books.Archive(target), books.Book(table, folder)
        try:
            for item in export.items.select_related("report", "job").iterator(chunk_size=20):
                _add(item, archive, book, word=export.organisation.review_word)
                if clock.now() - held > TELL_EVERY:
                    held = clock.now()
                    _hold(export)
            book.close()
            with table.open("rb") as file:
                archive.add("reports.xlsx", file, book.latest)
        finally:
            archive.close()
    return whole


def _add(item: Any, archive: books.Archive, book: books.Book, *, word: str) -> None:
    snapshot = building.from_json(item.report.snapshot)
    told = building.telling_of(snapshot, word=word)
    name = printing.file_name(snapshot, item.report.public_id, "pdf")
    book.add(snapshot, told, "" if item.left_out else name)
    if item.left_out:
        return
    try:
        file = item.job.file.open("rb")
    except FileNotFoundError as error:
        ReportJob.objects.filter(pk=item.job.pk, state=JobState.DONE).update(
            state=JobState.QUEUED, file="", attempts=0, claim="", progress=0
        )
        raise Missing from error
    with file:
        archive.add(name, file, printing.moment_of(snapshot))


# Giving it, and throwing it away --------------------------------------------------------------------------------------
def why_void(export: ReportExport, *, renewed: bool = False) -> str:
    """Why the file may not be given any more, as a code; nothing where it may. Asked before each download.

    `renewed`: what was withdrawn has gone out of all reports just now.
    """
    ids = list(export.items.values_list("report", flat=True))
    reports = Report.objects.unguarded("whether each may still be given").filter(pk__in=ids)
    for pk in [] if renewed else renewing.gone_from(reports):
        renewing.renew(reports.get(pk=pk))
    released = set(
        ReportRelease.objects.filter(
            report__in=ids, ended_at=None, party__organisation=export.organisation
        ).values_list("report", flat=True)
    )
    if not set(ids) <= released:
        return "taken_back"
    changed = export.items.exclude(version=models.F("report__version")).exists()
    return "withdrawn" if changed else ""


def _in_question() -> models.QuerySet[ReportExportItem]:
    """What makes a file void: its report was changed, or is not released to that organisation any more."""
    given = ReportRelease.objects.filter(
        report=models.OuterRef("report"), ended_at=None, party__organisation=models.OuterRef("export__organisation")
    )
    return ReportExportItem.objects.exclude(models.Exists(given), version=models.F("report__version"))


def void(export: ReportExport, reason: str) -> None:
    """It is not given any more, and its file is gone."""
    _throw_away(export, ExportState.VOID, reason)


def _throw_away(export: ReportExport, state: str, reason: str) -> None:
    name = export.file.name
    ReportExport.objects.filter(pk=export.pk).update(
        state=state, reason=reason, file="", finished_at=clock.now(), lease_until=None
    )
    if name:
        transaction.on_commit(lambda: let_go(export.file.storage, name))
    export.refresh_from_db()


def give(export: ReportExport, *, by: User) -> bool:
    """Whether it may be given to this administrator now. Each time is an act in every record that is in it."""
    reason = why_void(export)
    if reason:
        void(export, reason)
        return False
    with transaction.atomic():
        releases = ReportRelease.objects.filter(
            report__in=export.items.values("report"), ended_at=None, party__organisation=export.organisation
        ).select_related("report__partnership", "party__partnership")
        for release in releases:
            log_download(release, by=by)
    return True


def log_download(release: ReportRelease, *, by: User) -> None:
    """In the record's history, for the side that released it."""
    record = release.report.partnership
    circle = circle_for(record, CircleKind.OWN, party=release.party)
    log(kinds.DOWNLOADED, by=Place(user=by, partnership=record), item=release.report, circle=circle)


def tidy() -> None:
    """Take away what workers killed on this machine had begun to pack, where nobody will go on with it."""
    for folder in Path(tempfile.gettempdir()).glob("common-ground-export-*-*"):
        key, _dash, mine = folder.name.removeprefix("common-ground-export-").rpartition("-")
        export = ReportExport.objects.filter(public_id=key).first()
        # Of another installation on this machine, or in the hands of a worker.
        if export is None or (export.state == ExportState.PACKING and export.claim == mine):
            continue
        shutil.rmtree(folder, ignore_errors=True)


def sweep(limit: int = 10) -> int:
    """What is due: files that are void or expired go, what a killed worker left goes on. Returns how many went on."""
    for export in ReportExport.objects.filter(state=ExportState.DONE, expires_at__lte=clock.now()):
        _throw_away(export, ExportState.EXPIRED, "")
    for export in ReportExport.objects.filter(pk__in=_in_question().values("export"), state=ExportState.DONE):
        if reason := why_void(export, renewed=True):
            void(export, reason)
    tidy()
    stuck = ReportExport.objects.all().to_do().filter(attempts__gte=papers.ATTEMPTS_MAX)
    stuck.filter(state=ExportState.PACKING).update(
        state=ExportState.FAILED, reason="stopped", finished_at=clock.now(), lease_until=None
    )
    due = list(ReportExport.objects.all().to_do().order_by("asked_at").values_list("pk", flat=True)[:limit])
    for pk in due:
        settle(pk)
    return len(due)
