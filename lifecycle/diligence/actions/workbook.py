"""Taking in a checklist that was filled in offline: it is read first; then somebody takes over what they choose."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import IO

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import authored, circle_here
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.catalogue.content import Library
from partnerships.catalogue.models import CatalogueVersion
from partnerships.catalogue.queries import content
from partnerships.history.actions import log
from partnerships.record.holding import is_held, refuse_while_held
from partnerships.record.models import Party

from .. import workbook
from ..kinds import TAKEN_AWAY, TAKEN_OVER
from ..models import DiligenceAnswer, WorkbookImport, WorkbookLine
from ..queries import checklist, library_for, round_of, with_citations
from ..queries.workbook import Compared, compare, round_number, said_here
from .answering import Said, in_hand, save_answers
from .asking import require_partner

#: How long an upload waits for somebody to take it over.
WAITS = timedelta(days=14)


def note_taken_away(*, about: Party, by: Place) -> None:
    """Somebody of the own side has taken the checklist away as a workbook."""
    log(TAKEN_AWAY, by=by, circle=circle_here(by, CircleKind.OWN))


def take_away(target: IO[bytes], *, about: Party, by: Place) -> None:
    """Write the own checklist about a partner as a workbook, for its reader, and note that it was taken away."""
    write(target, about=about, by=by)
    note_taken_away(about=about, by=by)


def write(target: IO[bytes], *, about: Party, by: Place) -> None:
    """The own checklist about a partner as a workbook."""
    require_partner(about, by)
    found = checklist(by.own_party, about, by.partners)
    with_citations(found.rows, by)
    now = round_of(by.partnership)
    workbook.write(
        found, target, record=by.partnership.public_id, version=library_for(by.partnership, now),
        number=round_number(now),
    )  # fmt: skip


def set_aside(content_of_file: bytes, *, about: Party, by: Place) -> WorkbookImport:
    """Read an uploaded workbook and keep its lines on the own side. No answer is written.

    The same file waits once. Raises ValidationError where it is none of ours, or of another checklist.
    """
    require_partner(about, by)
    digest = hashlib.sha256(content_of_file).hexdigest()
    waiting = WorkbookImport.objects.of(by.partnership).filter(party=by.own_party, about=about, applied_at=None)
    found = waiting.filter(sha256=digest).first()
    if found is not None and found.is_open:
        return found
    origin, lines = workbook.read(content_of_file)
    _require_ours(origin, about, by)
    version = CatalogueVersion.objects.filter(pk=origin.library).first()
    if version is None:
        raise ValidationError(_("The questions of this workbook are not known here. Take it away again."))
    read = list(workbook.readings(origin, lines, content(version, Library).by_code))
    if not read:
        raise ValidationError(_("There is nothing in this workbook: all its lines are gone."))
    ids = [was.answer for was in origin.lines.values() if was.answer is not None]
    known = set(DiligenceAnswer.objects.of(by.partnership).filter(pk__in=ids).values_list("pk", flat=True))
    try:
        with transaction.atomic():
            waiting.filter(sha256=digest).delete()
            item: WorkbookImport = WorkbookImport.objects.create(
                **authored(by, circle_here(by, CircleKind.OWN)),
                about=about,
                number=origin.number,
                library=version,
                exported_at=origin.at,
                sha256=digest,
                expires_at=clock.now() + WAITS,
            )
            WorkbookLine.objects.bulk_create([_line(item, origin, line, says, known) for line, says in read])
    except IntegrityError:
        # The same file, sent twice in the same moment.
        return waiting.get(sha256=digest)
    return item


def _line(
    item: WorkbookImport, origin: workbook.Origin, line: workbook.Line, says: workbook.Reading, known: set[int]
) -> WorkbookLine:
    was = origin.lines.get(line.code, workbook.Was())
    is_known = line.code in origin.lines
    return WorkbookLine(
        item=item, order=line.order, code=line.code if is_known else "", level=says.level, text=says.text,
        value=says.value, was_level=was.level, was_text=was.text, was_value=was.value,
        answer_id=was.answer if was.answer in known else None, version=was.version, problem=says.problem, raw=says.raw,
    )  # fmt: skip


def _require_ours(origin: workbook.Origin, about: Party, by: Place) -> None:
    if origin.record != by.partnership.public_id:
        raise ValidationError(_("This workbook belongs to another partnership. Upload it there."), code="elsewhere")
    if origin.party != by.own_party.public_id:
        raise ValidationError(
            _("This workbook was taken away by another organisation. Only that side can take it in."), code="theirs"
        )
    if origin.about != about.public_id:
        name = next((p.name for p in by.parties if p.public_id == origin.about), "")
        raise ValidationError(
            _("This workbook is about %(name)s. Upload it at that checklist.") % {"name": name}, code="about"
        )


def take_over(item: WorkbookImport, *, chosen: Mapping[str, frozenset[str]], seen: str, by: Place) -> int:
    """Write what somebody chose: per code the cells (`answer`, `note`) that come from the workbook.

    All in one step, compared once more: where anything changed since it was shown (`seen`), nothing is written
    (ValidationError "stale"). Returns how many answers were written.
    """
    require_partner(item.about, by)
    with transaction.atomic():
        # Whoever answers meanwhile waits, or was first and is seen.
        in_hand(item.about, by)
        there = WorkbookImport.objects.of(by.partnership).select_related("about", "library").filter(pk=item.pk).first()
        if there is None:
            raise ValidationError(_("Somebody left this upload out. Upload the workbook again."), code="gone")
        item = there
        if not item.is_open:
            raise ValidationError(_("This workbook has been taken over already, or waited too long."), code="closed")
        now = compare(item, by)
        if now.seen != seen:
            raise ValidationError(
                _("Something changed here since you were shown this. Nothing was written: look again, and choose."),
                code="stale",
            )
        said = {row.code: _mixed(row, chosen[row.code]) for row in now.usable if chosen.get(row.code)}
        if said:
            save_answers(about=item.about, said=said, seen=None, by=by)
            log(TAKEN_OVER, by=by, item=item)
        WorkbookImport.objects.of(by.partnership).filter(pk=item.pk).update(
            applied_at=clock.now(), count=len(said), changed_at=clock.now()
        )
        # What was written stands in the answers; the rest was not wanted. Under a legal hold it stays out of sight.
        if not is_held(by):
            item.lines.all().delete()
    return len(said)


def _mixed(row: Compared, cells: frozenset[str]) -> Said:
    """What stands here, with the cells that come from the workbook."""
    here, line = said_here(row.here), row.line
    level, value = here.level, here.value
    if "answer" in cells and row.question is not None and row.question.answer != "file":
        level, value = line.level, line.value
    return Said(level, line.text if "note" in cells else here.text, value)


def leave_out(item: WorkbookImport, *, by: Place) -> None:
    """Nothing of an upload is wanted: its lines go. Nothing was written."""
    with transaction.atomic():
        refuse_while_held(by)
        WorkbookImport.objects.of(by.partnership).filter(pk=item.pk, party=by.own_party, applied_at=None).delete()


def sweep_workbooks() -> int:
    """Take away what waited too long, and what was taken over a while ago; nothing of a side that holds it."""
    expired = WorkbookImport.objects.unguarded("expired uploads of all records").filter(expires_at__lt=clock.now())
    gone, _kinds = expired.filter(party__held_since=None).delete()
    return gone
