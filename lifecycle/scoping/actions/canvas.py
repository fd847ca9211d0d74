"""The lines of the constraint canvas: written, changed, taken out, shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import authored, circle_here, put_words, release, save_version
from partnerships.access.models import STANDS, Circled, Release, ReleaseItem
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.catalogue.content import Canvas
from partnerships.catalogue.queries import content, current
from partnerships.history.actions import log
from partnerships.record.holding import refuse_while_held
from partnerships.record.models import Partnership

from .. import kinds
from ..models import CanvasEntry
from .asking import tell_readers

if TYPE_CHECKING:
    from partnerships.people.models import Office

#: Who may read an entry: the narrowest first.
REACHES: tuple[str, ...] = (CircleKind.OWN, CircleKind.PARTNERS_ALONE, CircleKind.PARTNERS)


OPPORTUNITIES = "opportunities"


def canvas_version() -> Canvas:
    """The canvas that is asked today."""
    return content(current("canvas", "constraints"), Canvas)


def write_entry(
    prompt: str,
    *,
    text: str,
    by: Place,
    reach: str = CircleKind.OWN,
    office: Office | None = None,
    eases: Sequence[CanvasEntry] = (),
) -> CanvasEntry:
    """A line of the canvas. What is written together is for the partners from the start."""
    asked = canvas_version()
    if prompt not in asked.by_code:
        raise ValidationError(_("This question is not asked."))
    how = asked.item(prompt)
    if how.by == "together":
        reach = CircleKind.PARTNERS
    if reach not in REACHES:
        raise ValidationError(_("Choose who may read this."))
    if prompt == OPPORTUNITIES and len({e.party_id for e in eases}) < 2:
        raise ValidationError(_("Choose at least two constraints, from different partners."))
    with transaction.atomic():
        if how.by == "together" and not how.many:
            Partnership.objects.locked(by.partnership)
            if CanvasEntry.objects.of(by.partnership).filter(prompt=prompt, withdrawn_at=None).exists():
                raise ValidationError(_("Somebody has written this already. Change that text instead."))
        _require_still_there(eases, by)
        entry: CanvasEntry = CanvasEntry.objects.create(
            **authored(by, circle_here(by, reach)),
            prompt=prompt,
            text=text.strip(),
            office=office,
        )
        entry.eases.set(eases)
        log(kinds.CANVAS_WRITTEN, by=by, item=entry)
    return entry


def _require_still_there(eases: Sequence[CanvasEntry], by: Place) -> None:
    """A constraint may have been taken out while somebody paired it."""
    if not eases:
        return
    standing = CanvasEntry.objects.of(by.partnership).filter(pk__in=[e.pk for e in eases], withdrawn_at=None)
    if standing.count() < len(set(eases)):
        raise ValidationError(_("One of these constraints was taken out in the meantime. Choose again."))


def write_entries(
    prompt: str,
    lines: Sequence[str],
    *,
    by: Place,
    reach: str = CircleKind.OWN,
    office: Office | None = None,
    eases: Sequence[CanvasEntry] = (),
) -> list[CanvasEntry]:
    """Several lines at once: all of them, or none."""
    with transaction.atomic():
        return [write_entry(prompt, text=t, by=by, reach=reach, office=office, eases=eases) for t in lines]


def change_entry(entry: CanvasEntry, *, text: str, by: Place, seen: int) -> CanvasEntry:
    """Own entries are changed by the own side; what was written together, by every partner."""
    if entry.party_id != by.own_party.pk and canvas_version().item(entry.prompt).by != "together":
        raise ValidationError(_("You can change entries of your own side only."))
    if not CanvasEntry.objects.of(by.partnership).filter(pk=entry.pk, withdrawn_at=None).exists():
        raise ValidationError(_("This line was taken out while you were writing."), code="gone")
    save_version(entry, seen=seen, fields=put_words(entry, by=by, text=text.strip()))
    return entry


def remove_entry(entry: CanvasEntry, *, by: Place) -> None:
    """Nobody else has read it: it goes. Others have: it is withdrawn from the page, and the act stays."""
    if entry.party_id != by.own_party.pk:
        raise ValidationError(_("You can take out entries of your own side only."))
    with transaction.atomic():
        shown = ReleaseItem.objects.filter(model=CanvasEntry._meta.label_lower, object_id=entry.pk).exists()
        if entry.circle.kind == CircleKind.OWN and not shown:
            refuse_while_held(by)
            entry.delete()
            return
        entry.withdrawn_at = clock.now()
        entry.save(update_fields=["withdrawn_at"])


def released_already(model: type[Circled], ids: Sequence[int]) -> set[int]:
    """Which of these stand in a release that was not recalled, or that somebody opened."""
    items = ReleaseItem.objects.filter(model=model._meta.label_lower, object_id__in=ids)
    return set(items.filter(STANDS).values_list("object_id", flat=True))


def release_entries(entries: Sequence[CanvasEntry], *, to: str, by: Place) -> Release:
    """Show the own side's entries to the partners, as one bundle that can be recalled until it is opened."""
    if to not in {CircleKind.PARTNERS_ALONE, CircleKind.PARTNERS}:
        raise ValidationError(_("Choose who may read this."))
    with transaction.atomic():
        Partnership.objects.locked(by.partnership)
        # Pressed twice, or by two of one side: what stands released to them already is not released again.
        shown = released_already(CanvasEntry, [e.pk for e in entries])
        entries = [e for e in entries if e.pk not in shown]
        if shown and not entries:
            raise ValidationError(_("This is released already."), code="released")
        circle = circle_here(by, to)
        bundle = release(list(entries), kind=kinds.CANVAS_RELEASE, to=circle, by=by)
        log(kinds.CANVAS_RELEASED, by=by, circle=circle)
        tell_readers(bundle, "scoping:canvas", by=by)
    return bundle
