"""The outbox: a row for every message owed to a person, and the links that stand in mails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .. import clock
from ..access.ids import new_public_id
from .states import MailState

if TYPE_CHECKING:
    from partnerships.people.models import User


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: User) -> Self:
        """One's own."""
        return self.filter(recipient=user.pk) if user.is_authenticated else self.none()

    def unguarded(self, reason: str) -> Self:
        return self


class Notice(models.Model):
    """A message owed to a person, written in the transaction of the act that owes it. Kinds and ids, no content."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="notices")
    #: For people who are not in yet.
    address = models.EmailField(blank=True)
    language = models.CharField(max_length=8, default="en")
    kind = models.CharField(max_length=40)
    #: What makes it the same message: a second one with this key is never written.
    key = models.CharField(max_length=120, unique=True)
    partnership = models.ForeignKey("partnerships.Partnership", models.CASCADE, null=True, related_name="+")
    work_item = models.ForeignKey("partnerships.WorkItem", models.SET_NULL, null=True, related_name="+")
    object_id = models.BigIntegerField(null=True)
    #: Names the kind's sentence needs: of a party, a date, a stage. Never what people wrote.
    names = models.JSONField(default=dict)
    #: Path inside the software that the notice leads to.
    path = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    read_at = models.DateTimeField(null=True)
    mail_state = models.CharField(max_length=8, choices=MailState.choices, default=MailState.PENDING)
    #: Goes out together with others that are due at the same time.
    digest = models.BooleanField(default=False)
    send_at = models.DateTimeField(default=clock.now)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    message_id = models.CharField(max_length=120, blank=True)
    last_error = models.CharField(max_length=200, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["recipient", "-created_at"]),
            models.Index(fields=["mail_state", "send_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient_id or self.address}"


class NoticePreference(models.Model):
    """How a person wants one kind of notice by mail."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notice_preferences")
    kind = models.CharField(max_length=40)
    delivery = models.CharField(_("by mail"), max_length=8)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="preference_once")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.delivery}"


class MailLink(models.Model):
    """What a link in a mail opens: one purpose, one object, one person, until it expires or is used."""

    purpose = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    counter = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # Two, since SQLite tells nulls apart.
            models.UniqueConstraint(
                fields=["purpose", "object_id", "user"], condition=Q(user__isnull=False), name="mail_link_once"
            ),
            models.UniqueConstraint(
                fields=["purpose", "object_id"], condition=Q(user=None), name="mail_link_of_nobody_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.object_id}"
