"""The PDF of a signed text: claimed by one worker at a time, made from the frozen snapshot alone, sealed, kept."""

from __future__ import annotations

import hashlib
import json
import logging
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import override

from partnerships import clock
from partnerships.access.places import Place
from partnerships.documents.models import Document
from partnerships.documents.states import FileType, Held
from partnerships.documents.storage import let_go
from partnerships.history.actions import log_system
from partnerships.looks.paper import NoPaper, to_pdf

from . import kinds, sealing
from .models import LANGUAGES, Agreement, FrozenText, Paper, PaperQuerySet
from .states import PaperState

logger = logging.getLogger(__name__)

#: A claim older than this belonged to a worker that died. Longer than the task's time limit (tasks.py).
LEASE = timedelta(seconds=90)
#: Claims before it is given up and shown as failed; a person can start it again.
MAX_ATTEMPTS = 4
#: What went wrong, for the reader (agreement/_paper.html has the sentences).
LIBRARIES, BROKEN = "libraries", "broken"


def due() -> list[int]:
    """Papers to be made: waiting, or in the hands of a worker that died."""
    return list(Paper.objects.filter(_free(clock.now())).order_by("queued_at").values_list("pk", flat=True)[:20])


def waiting(agreement: Agreement) -> int | None:
    """The paper of this agreement that nobody has taken up yet."""
    found = Paper.objects.filter(frozen__agreement=agreement, frozen__voided_at=None, state=PaperState.QUEUED)
    return found.values_list("pk", flat=True).first()


def _free(moment: datetime) -> Q:
    return Q(state=PaperState.QUEUED) | Q(state=PaperState.WORKING, claimed_at__lt=moment - LEASE)


def claim(pk: int) -> Paper | None:
    """Take one into this worker's hands; None where another has it, or it is made."""
    moment = clock.now()
    taken = Paper.objects.filter(_free(moment), pk=pk).update(
        state=PaperState.WORKING, claimed_at=moment, attempts=F("attempts") + 1, reason="", error=""
    )
    return (
        Paper.objects.select_related("frozen__agreement__partnership", "frozen__agreement__circle").get(pk=pk)
        if taken
        else None
    )


def make(pk: int) -> bool:
    """Make one PDF. Whatever goes wrong is noted; it is tried again, and after the last try shown as failed."""
    paper = claim(pk)
    if paper is None:
        return False
    try:
        if paper.attempts > MAX_ATTEMPTS:
            # Each claim so far ended without a word: its worker was killed.
            raise RuntimeError("given up")
        pdf = sealing.seal(render(paper.frozen))
    except NoPaper as error:
        _fail(paper, LIBRARIES, error, final=True)
        return False
    except Exception as error:
        logger.exception("a signed text could not be made into a PDF", extra={"paper": pk})
        _fail(paper, BROKEN, error, final=paper.attempts >= MAX_ATTEMPTS)
        return False
    try:
        return _keep(paper, pdf)
    except OSError as error:
        logger.exception("a signed text's PDF could not be kept", extra={"paper": pk})
        _fail(paper, BROKEN, error, final=paper.attempts >= MAX_ATTEMPTS)
        return False


def _fail(paper: Paper, reason: str, error: Exception, *, final: bool) -> None:
    _mine(paper).update(
        state=PaperState.FAILED if final else PaperState.QUEUED, reason=reason, error=type(error).__name__[:200]
    )


def _mine(paper: Paper) -> Any:
    """The row, if this worker's claim still holds."""
    return Paper.objects.filter(pk=paper.pk, state=PaperState.WORKING, claimed_at=paper.claimed_at)


def _keep(paper: Paper, pdf: bytes) -> bool:
    """The file, its document and the finished job in one step; a claim that was lost leaves nothing behind."""
    agreement = paper.frozen.agreement
    document = Document(
        partnership=agreement.partnership,
        circle=agreement.circle,
        party_id=agreement.party_id,
        language=agreement.language,
        created_at=clock.now(),
        held=Held.FILE,
        title=agreement.title,
        kind="",
        original_name=file_name(agreement),
        content_type=FileType.PDF,
        size=len(pdf),
        sha256=hashlib.sha256(pdf).hexdigest(),
    )
    document.file.save("", ContentFile(pdf, name="document"), save=False)
    kept = False
    try:
        with transaction.atomic():
            document.save()
            kept = bool(_mine(paper).update(state=PaperState.DONE, done_at=clock.now(), document=document))
            if not kept:
                transaction.set_rollback(True)
            else:
                log_system(kinds.PAPER, partnership=agreement.partnership, item=agreement)
    finally:
        if not kept:
            let_go(document.file.storage, document.file.name)
    return kept


def sweep() -> int:
    """Make what is due. Safe to run twice, late, and on two machines."""
    return sum(make(pk) for pk in due())


def retry(paper: Paper, *, by: Place) -> None:
    """A person starts a failed one again."""
    start_again(Paper.objects.filter(pk=paper.pk))


def start_again(papers: PaperQuerySet) -> int:
    """Put those that failed back in the queue; the sweep takes them up. Returns how many."""
    return papers.filter(state=PaperState.FAILED).update(
        state=PaperState.QUEUED, attempts=0, reason="", error="", queued_at=clock.now(), claimed_at=None
    )


def file_name(agreement: Agreement) -> str:
    return f"{slugify(agreement.title)[:80] or agreement.kind}.pdf"


def render(frozen: FrozenText) -> bytes:
    """The pages: from the snapshot and the signatures, in the text's language; nothing is read from the live rows."""
    data = json.loads(frozen.snapshot)
    with override(data["language"]), timezone.override("UTC"):
        html = render_to_string("lifecycle/agreement/paper.html", paper_context(frozen, data))
    return to_pdf(html)


def paper_context(frozen: FrozenText, data: dict[str, Any]) -> dict[str, Any]:
    names = {p["id"]: p["name"] for p in data["parties"]}
    terms = data["terms"]
    if terms is not None:
        for name in ("starts_on", "ends_on", "first_review_on"):
            terms[name] = date.fromisoformat(terms[name]) if terms[name] else None
        terms["decisions"] = [{"by": names.get(d["by"], ""), "text": d["text"]} for d in terms["decisions"]]
    return {
        "data": data,
        "terms": terms,
        "frozen": frozen,
        "signatures": list(frozen.signatures.select_related("party__organisation")),
        "language_name": dict(LANGUAGES).get(data["language"], data["language"]),
        "site": settings.SITE_URL,
        "certificate": sealing.certificate_fingerprint(),
    }
