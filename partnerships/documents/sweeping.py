"""Files whose time is over: their side is told 30 days before, then the file goes and the fact stays.

Batch by batch, each in a transaction of its own, with as many statements for one file as for fifty. Safe to run twice,
late, or on two machines: rows that another has in hand are left to it, and to remove a file that is gone is no error.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy

from .. import clock
from ..access.states import CircleKind
from ..catalogue.content import DocumentKind
from ..history import kinds as act_kinds
from ..history.actions import log_system_all
from ..notices import actions as notices
from ..notices import kinds as notice_kinds
from ..people.models import User
from ..record.models import Seat
from .models import Document
from .queries import document_kinds
from .retention import SWEPT, WARN_DAYS, ending_by
from .states import Held

logger = logging.getLogger(__name__)

OVER = act_kinds.register(
    "documents.over",
    gettext_lazy("File removed: the time to keep it was over"),
    url_name="documents:detail",
    object_kwarg="did",
)
GOES_NOTICE = notice_kinds.register(
    "documents.goes",
    label=gettext_lazy("Files of your side will be removed"),
    subject=gettext_lazy("{record}: files of your side will be removed in 30 days"),
    line=gettext_lazy(
        "The time to keep some files of your side in the partnership “{record}” is nearly over. In 30 days they are "
        "removed. What they were stays written. You can save a copy, or keep them longer with a reason."
    ),
    button=gettext_lazy("See the files"),
    path=None,
    together=True,
)

BATCH = 50
#: Batches of one sweep, so that a task ends in time; the rest waits for the next look.
BATCHES = 20
#: A store that does not answer is asked so often in one sweep: each time may take 40 seconds.
GIVE_UP = 3
_WHY = "the time to keep it is over, whoever reads it"


@dataclass
class Swept:
    """What one sweep did, and whether it came to an end."""

    begun: datetime
    warned: int = 0
    removed: int = 0
    failed: int = 0
    finished: bool = False


def sweep() -> Swept:
    """Tell sides of what goes soon, then remove what is over. What failed, or was too much, waits for the next look."""
    done, kinds, today = Swept(clock.now()), document_kinds(), clock.today()
    for _batch in range(BATCHES):
        warned = _warn(kinds, today)
        done.warned += warned
        if warned < BATCH:
            break
    for _batch in range(BATCHES):
        if not (found := _remove(kinds, today, done)) or done.failed >= GIVE_UP:
            done.finished = not found and not done.failed
            break
    if done.removed:
        logger.info("files whose time was over were removed", extra={"files": done.removed})
    return done


def _locked(rows: QuerySet[Document]) -> QuerySet[Document]:
    """Rows that nobody else has in hand. Their parties too: who sets a hold waits for the batch, or is waited for."""
    return rows.select_related("party", "circle", "partnership").select_for_update(
        of=("self", "party"), skip_locked=True, no_key=True
    )


def _warn(kinds: Mapping[str, DocumentKind], today: date) -> int:
    """One batch: a notice a person, record and day. Five statements."""
    soon = Q(SWEPT, ending_by(today + timedelta(days=WARN_DAYS), kinds), warned_on=None)
    with transaction.atomic():
        rows = list(_locked(Document.objects.unguarded(_WHY).filter(soon)).order_by("pk")[:BATCH])
        if rows:
            notices.post_drafts(GOES_NOTICE, _drafts(rows, today))
            Document.objects.unguarded(_WHY).filter(pk__in=[d.pk for d in rows]).update(warned_on=today)
    return len(rows)


def _drafts(rows: Sequence[Document], today: date) -> list[notices.Draft]:
    """Who is told: those who speak for the side; of what its author alone reads, the author. No content."""
    speakers: dict[int, list[User]] = defaultdict(list)
    seated: dict[tuple[int, int], User] = {}
    seats = Seat.objects.filter(
        party__in={d.party_id for d in rows}, ended_on=None, membership__ended_on=None
    ).select_related("membership__user")
    for seat in seats.order_by("pk"):
        user = seat.membership.user
        seated[seat.party_id, user.pk] = user
        if seat.duty in {"lead", "stand_in"}:
            speakers[seat.party_id].append(user)
    told: dict[tuple[int, int], notices.Draft] = {}
    for document in rows:
        author = seated.get((document.party_id, document.author_id or 0))
        alone = document.circle.kind == CircleKind.AUTHOR
        people = ([author] if author else []) if alone else speakers[document.party_id]
        for user in people:
            told[document.party_id, user.pk] = notices.Draft(
                user,
                key=f"goes:{document.party_id}:{today}",
                partnership_id=document.partnership_id,
                path=reverse("documents:list", args=[document.partnership.public_id]) + "?going=1",
            )
    return list(told.values())


def _remove(kinds: Mapping[str, DocumentKind], today: date, done: Swept) -> int:
    """One batch: the file goes first, then its row says so. Died in between, it is done once more. Four statements.

    Returns how many were found.
    """
    over = Q(
        SWEPT,
        ending_by(today - timedelta(days=1), kinds),
        # Once a sweep; again at the next.
        Q(tried_at=None) | Q(tried_at__lt=done.begun),
        warned_on__lte=today - timedelta(days=WARN_DAYS),
    )
    with transaction.atomic():
        # What failed before comes last, so that it keeps nothing else waiting.
        order = (F("tried_at").asc(nulls_first=True), "pk")
        rows = list(_locked(Document.objects.unguarded(_WHY).filter(over)).order_by(*order)[:BATCH])
        gone: list[Document] = []
        failed: list[Document] = []
        for document in rows:
            if done.failed + len(failed) >= GIVE_UP:
                break
            try:
                document.file.storage.delete(document.file.name or "")
            except Exception:
                logger.exception("a file whose time is over could not be removed", extra={"document": document.pk})
                failed.append(document)
            else:
                gone.append(document)
        if gone:
            Document.objects.unguarded(_WHY).filter(pk__in=[d.pk for d in gone]).update(
                held=Held.OVER, file="", removed_on=today, tried_at=None
            )
            log_system_all(OVER, gone)
        if failed:
            Document.objects.unguarded(_WHY).filter(pk__in=[d.pk for d in failed]).update(tried_at=done.begun)
    done.removed += len(gone)
    done.failed += len(failed)
    return len(rows)
