"""Opening, moving and closing what waits for somebody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Value
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import clock
from ..access.models import Circle
from ..access.statements import sql_values
from ..access.states import CircleKind
from ..notices import actions as notices
from ..notices import kinds as notice_kinds
from . import kinds, rules
from .models import WorkItem, WorkItemQuerySet
from .queries import reminders

if TYPE_CHECKING:
    from partnerships.notices.models import Notice
    from partnerships.people.models import User
    from partnerships.record.models import Partnership, Party


def _mail_path(notice: Notice) -> str:
    """Where a reminder's mail leads: the own link of the item's kind, where it has one."""
    item = notice.work_item
    own = kinds.get(item.kind).mail_path if item is not None and item.closed_at is None else None
    return own(notice) if own is not None else notice.path


REMINDER = notice_kinds.register(
    "work.reminder",
    label=gettext_lazy("Reminders of what waits for you"),
    subject=gettext_lazy("{record}: something waits for you"),
    line=gettext_lazy("In “{record}” something waits for you. {when}"),
    button=gettext_lazy("Open it"),
    path=_mail_path,
    together=True,
)


def open_item(
    kind: str,
    *,
    partnership: Partnership,
    key: str,
    party: Party,
    circle: Circle,
    path: str,
    person: User | None = None,
    due_on: date | None = None,
    zone: str = "UTC",
    subject: str = "",
    item: models.Model | None = None,
    holds_stage: bool = False,
    is_event: bool = False,
) -> WorkItem:
    """Make this wait for somebody. While an item with this key is open it is brought up to date instead.

    `due_on` is the last good day in `zone`; `path` is where the person does it; `circle` is who may know.
    """
    next_at, step = rules.next_reminder(kinds.get(kind).rule, due_on, zone, clock.now())
    values: dict[str, Any] = {
        "kind": kind,
        "party": party,
        "person": person,
        "circle": circle,
        "path": path,
        "subject": subject[:200],
        "due_on": due_on,
        "due_at": rules.due_instant(due_on, zone) if due_on else None,
        "zone": zone,
        "holds_stage": holds_stage,
        "is_event": is_event,
        "model": item._meta.label_lower if item is not None else "",
        "object_id": item.pk if item is not None else None,
        "next_reminder_at": next_at,
        "reminder_step": step,
    }
    standing = WorkItem.objects.filter(partnership=partnership, key=key, closed_at=None)
    if not standing.update(**values):
        try:
            with transaction.atomic():
                return WorkItem.objects.create(partnership=partnership, key=key, opened_at=clock.now(), **values)
        except IntegrityError:
            standing.update(**values)
    return standing.get()


def close_item(partnership: Partnership, key: str) -> None:
    """This waits no longer. Closing what is not open is no error."""
    WorkItem.objects.filter(partnership=partnership, key=key, closed_at=None).update(
        closed_at=clock.now(), next_reminder_at=None
    )


def close_items(partnership: Partnership, prefix: str = "") -> None:
    """Everything whose key starts so waits no longer (a round was cancelled, a party left)."""
    WorkItem.objects.filter(partnership=partnership, key__startswith=prefix, closed_at=None).update(
        closed_at=clock.now(), next_reminder_at=None
    )


def close_items_of_party(party: Party) -> None:
    """A party that has left is asked for nothing any more."""
    WorkItem.objects.filter(party=party, closed_at=None).update(closed_at=clock.now(), next_reminder_at=None)


def move_due(partnership: Partnership, key: str, due_on: date | None) -> None:
    """The plan slipped: the row and its reminders move with it."""
    for row in WorkItem.objects.filter(partnership=partnership, key=key, closed_at=None):
        row.due_on = due_on
        row.due_at = rules.due_instant(due_on, row.zone) if due_on else None
        row.next_reminder_at, row.reminder_step = rules.next_reminder(
            kinds.get(row.kind).rule, due_on, row.zone, clock.now()
        )
        row.save(update_fields=["due_on", "due_at", "next_reminder_at", "reminder_step"])


def nudge(row: WorkItem) -> None:
    """Somebody who waits sends a reminder by hand, once a day at most."""
    today = clock.today()
    if not WorkItem.objects.filter(pk=row.pk, closed_at=None).exclude(nudged_on=today).update(nudged_on=today):
        raise ValidationError(_("A reminder went out today already."))
    notices.post_found(
        REMINDER, reminders(WorkItem.objects.filter(pk=row.pk), Value("nudge:"), "pk", Value(f":{today}"))
    )


#: Each row's next time and step, by its kind, due day and zone; {free} are the rows that nobody else has in hand.
_MOVE_ON = """
UPDATE partnerships_workitem SET next_reminder_at = moved.at, reminder_step = moved.step
FROM (
    WITH cg_next (kind, due_on, zone, at, step) AS (VALUES {following}), cg_free (id, kind, due_on, zone) AS ({free})
    SELECT f.id, n.at, n.step
    FROM cg_free f JOIN cg_next n ON n.kind = f.kind AND n.due_on = f.due_on AND n.zone = f.zone
) moved
WHERE partnerships_workitem.id = moved.id
"""


def sweep() -> int:
    """Owe the reminders that are due. May run twice, late, or on two machines; after an outage one catches up.

    As many statements for one as for a million. Returns how many items were reminded of.
    """
    moment = clock.now()
    due = WorkItem.objects.to_remind_of(moment)
    # All of one kind, due day and zone are reminded of at the same times: few groups, whose hours Python tells.
    groups = list(due.values_list("kind", "due_on", "zone").distinct())
    if not groups:
        return 0
    with transaction.atomic():
        # Keyed by row, due and step: however often this runs, one reminder.
        key = (Value("due:"), "pk", Value(":"), "due_on", Value(":"), "reminder_step")
        notices.post_found(REMINDER, reminders(due, *key))
        return _move_on(due, groups, moment)


def _move_on(due: WorkItemQuerySet, groups: Sequence[tuple[str, date | None, str]], moment: datetime) -> int:
    """What was reminded of waits for its next reminder. A row in other hands is left for the next sweep."""
    # A first row that fits none: it says of which type the columns are where nothing follows.
    following: list[tuple[object, ...]] = [("", moment.date(), "", moment, -1)]
    for kind, due_on, zone in groups:
        following.append((kind, due_on, zone, *rules.next_reminder(kinds.get(kind).rule, due_on, zone, moment)))
    rows, values = sql_values(following)
    free = due.select_for_update(skip_locked=True, no_key=True).values_list("pk", "kind", "due_on", "zone").query
    select, parameters = free.get_compiler(connection=connection).as_sql()
    with connection.cursor() as cursor:
        cursor.execute(_MOVE_ON.format(following=rows, free=select), [*values, *parameters])
        return int(cursor.rowcount)


def hand_back(person: User, parties: Sequence[int]) -> None:
    """What waited for a person who left waits for the party from now on; what was theirs alone waits no longer."""
    theirs = WorkItem.objects.filter(person=person, party__in=parties, closed_at=None)
    # Nobody else may know of it: who has not answered a review is nobody else's business.
    theirs.filter(circle__kind=CircleKind.AUTHOR).update(closed_at=clock.now(), next_reminder_at=None)
    theirs.update(person=None)
