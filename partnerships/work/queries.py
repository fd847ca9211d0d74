"""Reading what waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

import icalendar
from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Value, When, Window
from django.db.models.functions import Cast, Coalesce, Concat, JSONObject, RowNumber
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from .. import clock
from ..access.ready import Ready
from ..notices import links
from . import kinds
from .models import SPEAKING, WorkItem, WorkItemQuerySet, owed_by_others

if TYPE_CHECKING:
    from partnerships.people.models import User


def reminders(rows: WorkItemQuerySet, *prefix: Any) -> models.QuerySet[Any, Any]:
    """Drafts of a reminder of each row: to the person, else the party's leads and stand-ins, else all seated there.

    `prefix` are the parts of its key, fields of the row or values.
    """
    seat = "party__seats"
    seats: models.QuerySet[Any, Any] = apps.get_model("partnerships", "Seat")._default_manager.filter(
        party=OuterRef("party"), ended_on=None, membership__ended_on=None, duty__in=SPEAKING
    )
    of_party = rows.filter(
        Q(**{f"{seat}__duty__in": SPEAKING}) | ~Exists(seats),
        **{"person": None, f"{seat}__ended_on": None, f"{seat}__membership__ended_on": None},
    )
    text = models.CharField()
    due = Coalesce(Cast("due_on", text), Value(""))
    rest = {
        "draft_key": Concat(*(Cast(part, text) if isinstance(part, str) else part for part in prefix)),
        "draft_names": JSONObject(due=due),
    }
    columns = ("draft_user", "draft_key", "partnership_id", "path", "draft_names", "object_id", "pk")
    named = rows.exclude(person=None).annotate(draft_user=F("person_id"), **rest).values_list(*columns)
    return named.union(
        of_party.annotate(draft_user=F(f"{seat}__membership__user_id"), **rest).values_list(*columns), all=True
    )


#: Rows in each list of home until it is asked for all.
HOME_ROWS = 7
#: As many as one page holds; the calendar shows the rest.
ALL_ROWS = 200
#: Appointments that home shows.
SOON_ROWS = 8

#: What the reader owes later than this stands in the calendar alone.
OWN_DAYS = 90
#: What others owe later than this is no waiting yet; the calendar has it.
OTHERS_DAYS = 30


@dataclass(frozen=True)
class Task:
    """A work item as a list shows it: ready-made words, no query behind any of them."""

    public_id: str
    title: str
    why: str
    record: str
    path: str
    party: Any
    person: str
    due_on: date | None
    late_days: int
    opened_at: datetime
    holds_stage: bool
    is_event: bool
    nudged: bool


def task_of(row: WorkItem, today: date) -> Task:
    """The row in the active language."""
    kind = kinds.get(row.kind)
    return Task(
        public_id=row.public_id,
        title=kinds.title_of(row.kind, row.subject),
        why=str(kind.why),
        record=row.partnership.name,
        path=row.path,
        party=row.party,
        person=row.person.name if row.person else "",
        due_on=row.due_on,
        late_days=max(0, (today - row.due_on).days) if row.due_on else 0,
        opened_at=row.opened_at,
        holds_stage=row.holds_stage,
        is_event=row.is_event,
        nudged=row.nudged_on == today,
    )


def _with_names(rows: Any) -> Any:
    return rows.select_related("partnership", "party__organisation", "person")


def _mine(task: Task) -> dict[str, Any]:
    """A row of components/tasks.html: what I am asked for."""
    return {
        "title": task.title,
        "url": task.path,
        "where": task.record,
        "text": task.why,
        "due": task.due_on,
        "holds": task.holds_stage,
    }


def _theirs(task: Task) -> dict[str, Any]:
    """The same for what somebody else is asked for: who leads the row, and a reminder can be sent."""
    return {
        "who": task.party,
        "title": task.title,
        "where": task.record,
        "asked": task.opened_at,
        "holds": task.holds_stage,
        "act_post": "" if task.nudged else reverse("work:nudge", args=[task.public_id]),
        "act_label": _("Reminded today") if task.nudged else _("Send a reminder"),
    }


@cache
def _owed(rows: int) -> Ready[tuple[int, int, int, int]]:
    """What a person is asked for, soonest first: each row's id, how many there are, how many late and in a week."""

    def owed(user: int, today: date, week: date, until: date) -> QuerySet[WorkItem, tuple[int, int, int, int]]:
        # A contribution that is due next year does not wait for anybody today.
        waiting = WorkItem.objects.waiting_for(_person(user)).filter(_near(until), is_event=False)
        asked = waiting.order_by("due_at", "pk")
        return asked.values_list(
            "pk",
            Window(Count("pk")),
            Window(Count("pk", filter=Q(due_on__lt=today))),
            Window(Count("pk", filter=Q(due_on__gte=today, due_on__lt=week))),
        )[:rows]

    return Ready(owed)


@cache
def _seen(rows: int) -> Ready[tuple[int, bool, int]]:
    """What others are asked for, and appointments: each id, whether it is an appointment, and how many of its sort.

    In one statement, since looking up what a person may see costs more than the rows. What holds a stage comes first,
    then what was asked first; appointments come by their time.
    """

    def seen(user: int, today: date, until: date) -> QuerySet[WorkItem, tuple[int, bool, int]]:
        owed = Q(_near(until), owed_by_others(_person(user)), is_event=False)
        order = (
            Case(When(is_event=True, then=Value(0)), When(holds_stage=True, then=Value(-1)), default=Value(0)),
            Case(When(is_event=True, then=F("due_at")), default=F("opened_at")),
            F("pk"),
        )
        ranked: Any = (
            WorkItem.objects.visible_to(_person(user))
            .open()
            .filter(owed | Q(is_event=True, due_on__gte=today))
            .annotate(
                rank=Window(RowNumber(), partition_by="is_event", order_by=order),
                many=Window(Count("pk"), partition_by="is_event"),
            )
            .filter(Q(is_event=True, rank__lte=SOON_ROWS) | Q(is_event=False, rank__lte=rows))
        )
        listed: QuerySet[WorkItem, tuple[int, bool, int]] = ranked.order_by("rank").values_list(
            "pk", "is_event", "many"
        )
        return listed

    return Ready(seen)


#: What a line says, and no more: a row of four tables has seventy columns.
_SHOWN = Ready(
    lambda ids: _with_names(WorkItem.objects.filter(pk__in=ids)).only(
        "public_id", "kind", "subject", "path", "due_on", "opened_at", "holds_stage", "is_event", "nudged_on",
        "partnership__name", "party__role", "party__mark_variant", "party__organisation__name",
        "party__organisation__short_name", "party__organisation__kind", "person__name",
    )
)  # fmt: skip


def _near(until: date) -> Q:
    return Q(due_on=None) | Q(due_on__lte=until) | Q(holds_stage=True)


def _person(pk: int) -> User:
    user: User = apps.get_model("partnerships", "User")(pk=pk)
    return user


def home(user: User, *, whole: str = "") -> dict[str, Any]:
    """What waits, in three lists.

    `whole` names the list ("you" or "others") that is shown with all its rows. Three queries, however long they are.
    """
    today = clock.today(user.time_zone)
    mine = _owed(ALL_ROWS if whole == "you" else HOME_ROWS)(
        user=user.pk, today=today, week=today + timedelta(days=7), until=today + timedelta(days=OWN_DAYS)
    )
    seen = _seen(ALL_ROWS if whole == "others" else HOME_ROWS)(
        user=user.pk, today=today, until=today + timedelta(days=OTHERS_DAYS)
    )
    others = [(pk, count) for pk, is_event, count in seen if not is_event]
    soon = [pk for pk, is_event, _count in seen if is_event]
    # The names of all three lists at once, and of no row that is only counted.
    shown = {row[0] for row in (*mine, *seen)}
    tasks = {row.pk: task_of(row, today) for row in _SHOWN(ids=sorted(shown))}
    _pk, you_count, late, this_week = mine[0] if mine else (0, 0, 0, 0)
    waiting = [tasks[pk] for pk, _count in others if pk in tasks]
    return {
        "you": [_mine(tasks[row[0]]) for row in mine if row[0] in tasks],
        "you_count": you_count,
        "late": late,
        "this_week": this_week,
        "others": [_theirs(t) for t in waiting],
        "others_count": others[0][1] if others else 0,
        "oldest": waiting[0] if waiting else None,
        "soon": [
            {"day": t.due_on, "title": t.title, "url": t.path, "text": t.record}
            for t in (tasks[pk] for pk in soon if pk in tasks)
        ],
    }


def calendar(user: User, *, months: int = 12) -> list[dict[str, Any]]:
    """Everything with a date that this person may know of, by month. One query."""
    today = clock.today(user.time_zone)
    rows = (
        _with_names(WorkItem.objects.visible_to(user).open())
        .filter(due_on__gte=today - timedelta(days=60), due_on__lte=today + timedelta(days=31 * months))
        .order_by("due_on", "pk")[:500]
    )
    tasks = [task_of(r, today) for r in rows]
    grouped = groupby(tasks, key=lambda t: t.due_on.replace(day=1) if t.due_on else today)
    return [{"month": month, "tasks": list(found)} for month, found in grouped]


def feed_url(user: User) -> str:
    """The address of this person's calendar feed: signed, and voided by `void_feed`."""
    token = links.sign("feed", user.pk, user.feed_counter)
    return f"{settings.SITE_URL}{reverse('work:feed', args=[token])}"


def feed_owner(token: str) -> User:
    """Whose feed this is. Raises LinkRefused where the address was voided or the person has left."""
    pk, counter, *_rest = (*links.unsign("feed", token), -1, -1)
    found = (
        apps.get_model("partnerships", "User")
        ._default_manager.filter(pk=pk, feed_counter=counter, is_active=True)
        .first()
    )
    if found is None:
        raise links.LinkRefused("replaced")
    user: User = found
    return user


def void_feed(user: User) -> None:
    """The old address of the feed stops working."""
    user.feed_counter += 1
    user.save(update_fields=["feed_counter"])


def feed(user: User) -> bytes:
    """The calendar as iCal: names of records and kinds of work, nothing that people wrote."""
    calendar_ = icalendar.Calendar()
    calendar_.add("prodid", "-//Common Ground//EN")
    calendar_.add("version", "2.0")
    calendar_.add("x-wr-calname", "Common Ground")
    with translation.override(user.language):
        rows = WorkItem.objects.visible_to(user).open().exclude(due_on=None).select_related("partnership")
        for row in rows.order_by("due_on", "pk")[:500]:
            event = icalendar.Event()
            event.add("uid", f"{row.public_id}@common-ground")
            event.add("summary", f"{kinds.title_of(row.kind, '')} · {row.partnership.name}")
            event.add("dtstart", row.due_on)
            event.add("dtstamp", row.opened_at)
            event.add("url", settings.SITE_URL + row.path)
            calendar_.add_component(event)
    return bytes(calendar_.to_ical())
