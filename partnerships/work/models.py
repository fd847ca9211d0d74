"""What waits for whom, by when: one row each. Home, reminders, calendar and "who is waited for" all read it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from .. import clock
from ..access.ids import new_public_id
from ..access.models import Circle, OneOf, current_seats, in_circles_of
from ..access.places import Place
from . import kinds

if TYPE_CHECKING:
    from partnerships.people.models import User
    from partnerships.record.models import Partnership


#: Who speaks for a party, and is asked first.
SPEAKING = ("lead", "stand_in")


class WorkItemQuerySet(models.QuerySet["WorkItem"]):
    def visible_to(self, reader: User | Place) -> Self:
        """Items whose circle this person reads; for a place, those of that record."""
        if not isinstance(reader, Place) and not reader.is_authenticated:
            return self.none()
        return self.filter(in_circles_of(reader, "opened_at"))

    def of(self, partnership: Partnership) -> Self:
        return self.filter(partnership=partnership)

    def open(self) -> Self:
        return self.filter(closed_at=None)

    def to_remind_of(self, moment: datetime) -> Self:
        """What waits, and whose next reminder's time has come."""
        return self.open().filter(next_reminder_at__lte=moment)

    def waiting_for(self, user: User) -> Self:
        """What this person is asked for: by name, or as a lead or stand-in of the party that is asked."""
        speaks_for = current_seats(user).filter(duty__in=SPEAKING).values("party")
        return self.open().filter(Q(person=user.pk) | Q(OneOf("party", speaks_for), person=None))

    def waiting_for_others(self, user: User) -> Self:
        """What this person may see that others are asked for, in records where this person works for a party."""
        return self.visible_to(user).open().filter(owed_by_others(user))


def owed_by_others(user: User) -> Q:
    """Items that neither this person nor a party of theirs is asked for."""
    return ~Q(party__in=current_seats(user).values("party")) & ~Q(person=user.pk)


class WorkItem(models.Model):
    """Something a party, or a person, owes. Opened and closed by the action that causes it."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    partnership = models.ForeignKey("partnerships.Partnership", models.CASCADE, related_name="work_items")
    #: Who may know that this waits.
    circle = models.ForeignKey(Circle, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    #: Unique in the partnership while the item is open.
    key = models.CharField(max_length=120)
    party = models.ForeignKey("partnerships.Party", models.PROTECT, related_name="work_items")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="work_items")
    #: What people wrote, where the kind's title needs it ("Rig for two weeks"). Wiped when the item is withdrawn.
    subject = models.CharField(max_length=200, blank=True)
    path = models.CharField(max_length=200)
    model = models.CharField(max_length=60, blank=True)
    object_id = models.BigIntegerField(null=True)
    holds_stage = models.BooleanField(default=False)
    #: An appointment (meeting, visit): stands in "coming up", is not owed.
    is_event = models.BooleanField(default=False)
    #: End of the due day in the office's zone, as an instant.
    due_at = models.DateTimeField(null=True)
    due_on = models.DateField(null=True)
    zone = models.CharField(max_length=60, default="UTC")
    opened_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True)
    #: The next reminder, computed in Python; the sweep only compares. None: no more.
    next_reminder_at = models.DateTimeField(null=True)
    reminder_step = models.SmallIntegerField(default=-1)
    #: Somebody pressed "send a reminder" on this day; once a day is enough.
    nudged_on = models.DateField(null=True)

    objects = WorkItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partnership", "key"], condition=Q(closed_at=None), name="work_item_once")
        ]
        indexes = [
            models.Index(fields=["party", "due_at"], condition=Q(closed_at=None), name="work_open_party"),
            models.Index(fields=["person", "due_at"], condition=Q(closed_at=None), name="work_open_person"),
            models.Index(fields=["next_reminder_at"], condition=Q(closed_at=None), name="work_next_reminder"),
            models.Index(fields=["partnership", "due_at"], condition=Q(closed_at=None), name="work_open_record"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @property
    def title(self) -> str:
        """In the active language."""
        return kinds.title_of(self.kind, self.subject)
