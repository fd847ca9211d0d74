"""Append-only acts: who did what kind of thing to which object, when. Never content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models

from .. import clock
from ..access.models import Circle, in_circles_of
from ..access.places import Place

if TYPE_CHECKING:
    from partnerships.people.models import User
    from partnerships.record.models import Partnership


class ActQuerySet(models.QuerySet["Act"]):
    def visible_to(self, reader: User | Place) -> Self:
        """Acts in this person's circles: even the fact that something private was written stays private."""
        return self.filter(in_circles_of(reader, "at"))

    def of(self, partnership: Partnership) -> Self:
        return self.filter(partnership=partnership)


class Act(models.Model):
    """One act. The database itself refuses to change or delete it (triggers.py)."""

    partnership = models.ForeignKey(
        "partnerships.Partnership", models.DO_NOTHING, related_name="acts", db_constraint=False
    )
    #: Who may know that this happened.
    circle = models.ForeignKey(Circle, models.DO_NOTHING, related_name="+", db_constraint=False)
    kind = models.CharField(max_length=60)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    party = models.ForeignKey("partnerships.Party", models.DO_NOTHING, null=True, related_name="+", db_constraint=False)
    #: The object, by kind and id; no foreign key, so that content can be erased and the act stays.
    model = models.CharField(max_length=60, blank=True)
    object_id = models.BigIntegerField(null=True)
    object_public_id = models.CharField(max_length=16, blank=True)
    at = models.DateTimeField(default=clock.now)

    objects = ActQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["partnership", "-at", "-id"]),
            models.Index(fields=["model", "object_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d}"
