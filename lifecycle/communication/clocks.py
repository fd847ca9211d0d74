"""Keeping the plan's clocks true: last contact, next due, and one open work item for each entry that has a clock."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import translation

from partnerships import clock
from partnerships.record.models import Partnership
from partnerships.work import actions as work
from partnerships.work.models import WorkItem

from . import kinds
from .models import Approvable, Contact, PlanEntry
from .queries import entry_words, plan_of
from .states import MEDIA, STAFF, Text
from .timing import Span, next_due


def talk_key(entry: PlanEntry) -> str:
    """The one open item of an entry."""
    return f"communication:talk:{entry.pk}"


def quiet_spans(partnership: Partnership) -> list[Span]:
    """The quiet periods that all partners agreed to."""
    rows = (
        Approvable.objects.unguarded("agreed quiet periods stop the clocks for everybody")
        .of(partnership)
        .filter(kind=Text.QUIET, approved_at__isnull=False, set_aside_at=None)
        .values_list("starts_on", "ends_on")
    )
    return [(first, last) for first, last in rows if first and last]


def reschedule(partnership: Partnership) -> None:
    """Recompute every entry: a contact was logged or withdrawn, a cadence, an owner or a quiet period has changed."""
    with transaction.atomic():
        rows = list(
            PlanEntry.objects.unguarded("the clocks run for everybody")
            .of(partnership)
            .select_related(
                "approvable__catalogue_version",
                "circle",
                "of_party__organisation",
                "owner__membership__user",
                "owner__party",
                "owner__office",
            )
            .order_by("pk")
        )
        if not rows:
            return
        talked, briefed = _last_contacts(partnership)
        public = _last_public(partnership)
        quiet = quiet_spans(partnership)
        for row in rows:
            last = talked.get(row.pk)
            if row.code == STAFF and row.of_party_id:
                last = _later(last, briefed.get(row.of_party_id))
            if row.code == MEDIA:
                last = _later(last, public)
            _apply(partnership, row, last, quiet)


def _last_contacts(partnership: Partnership) -> tuple[dict[int, date], dict[int, date]]:
    """The last conversation that counts, by entry; and the last briefing of the own staff, by party."""
    rows = (
        Contact.objects.unguarded("dates that all partners read anyway")
        .of(partnership)
        .filter(counts=True, withdrawn_at=None)
        .values_list("entry", "party", "covers")
        .annotate(last=Max("held_on"))
        .order_by()
    )
    talked: dict[int, date] = {}
    briefed: dict[int, date] = defaultdict(lambda: clock.NEVER)
    for entry, party, covers, last in rows:
        if entry is not None:
            talked[entry] = max(talked.get(entry, last), last)
        if covers:
            briefed[party] = max(briefed[party], last)
    return talked, dict(briefed)


def _last_public(partnership: Partnership) -> date | None:
    found: date | None = (
        Approvable.objects.unguarded("what was said in public is public")
        .of(partnership)
        .filter(kind__in=[Text.ANNOUNCEMENT, Text.PUBLIC])
        .aggregate(last=Max("done_on"))["last"]
    )
    return found


def _later(one: date | None, other: date | None) -> date | None:
    return max((d for d in (one, other) if d is not None), default=None)


def due_of(partnership: Partnership, row: PlanEntry, last: date | None, quiet: list[Span]) -> date | None:
    """When the next contact is due; None where they set the pace, or nothing is to be said in public yet."""
    if row.removed_at is not None or row.cadence_days is None:
        return None
    if row.code == MEDIA:
        if partnership.announced_on is None:
            return None
        return next_due(last or partnership.announced_on, row.cadence_days, quiet)
    return next_due(last or row.starts_on, row.cadence_days, quiet)


def _apply(partnership: Partnership, row: PlanEntry, last: date | None, quiet: list[Span]) -> None:
    due = due_of(partnership, row, last, quiet)
    if (row.last_contact_on, row.next_due_on) != (last, due):
        if row.last_contact_on != last:
            # What was owed is done; what comes next is a row of its own, with reminders and links of its own.
            work.close_item(partnership, talk_key(row))
        row.last_contact_on, row.next_due_on = last, due
        row.save(update_fields=["last_contact_on", "next_due_on"])
    owner = row.owner
    if due is None or not partnership.is_open or owner.party.left_on is not None:
        work.close_item(partnership, talk_key(row))
        return
    person = owner.membership.user
    has_seat = owner.ended_on is None and owner.membership.ended_on is None
    with translation.override(person.language):
        subject = entry_words(row, plan_of(row.approvable.catalogue_version))[0]
    work.open_item(
        kinds.TALK,
        partnership=partnership,
        key=talk_key(row),
        party=owner.party,
        circle=row.circle,
        path=reverse("communication:log_for_entry", args=[partnership.public_id, row.public_id]),
        person=person if has_seat else None,
        due_on=due,
        zone=owner.office.time_zone if owner.office else person.time_zone,
        subject=subject,
        item=row,
    )


def set_instant(item: WorkItem, moment: datetime) -> None:
    """A clock of hours: the item is due at a moment, not at the end of a day."""
    WorkItem.objects.filter(pk=item.pk).update(due_at=moment)


def local_day(moment: datetime, zone: str) -> date:
    """The day on which a moment falls in a time zone."""
    return moment.astimezone(ZoneInfo(zone)).date()
