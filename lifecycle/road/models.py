"""Moves along the road, the consents they need, open points, target dates. Everybody in the record may know them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.ids import new_public_id
from partnerships.access.models import Circled
from partnerships.record.models import Partnership, Party
from partnerships.record.states import Stage

from .states import MoveKind

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from partnerships.people.models import User


M = TypeVar("M", bound=models.Model, covariant=True)


class InRecordQuerySet(models.QuerySet[M]):
    """Rows that every reader of the record may know: stage, moves, dates."""

    def visible_to(self, user: User) -> Self:
        return self.filter(partnership__in=Partnership.objects.visible_to(user))

    def of(self, partnership: Partnership) -> Self:
        return self.filter(partnership=partnership)


class InRecordManager(models.Manager[M]):
    """`objects` of what everybody in a record may know."""

    def get_queryset(self) -> InRecordQuerySet[M]:
        return InRecordQuerySet(self.model, using=self._db)

    def visible_to(self, user: User) -> InRecordQuerySet[M]:
        return self.get_queryset().visible_to(user)

    def of(self, partnership: Partnership) -> InRecordQuerySet[M]:
        return self.get_queryset().of(partnership)


class InRecord(models.Model):
    """What the frame of a record shows to everybody who finds it."""

    partnership = models.ForeignKey(Partnership, models.CASCADE, related_name="%(class)ss")

    objects = InRecordManager()

    class Meta:
        abstract = True


class Move(InRecord):
    """A move along the road. Append-only; the database refuses to change it."""

    kind = models.CharField(max_length=12, choices=MoveKind.choices)
    from_stage = models.CharField(max_length=16, choices=Stage.choices)
    to_stage = models.CharField(max_length=16, choices=Stage.choices)
    party = models.ForeignKey(Party, models.DO_NOTHING, null=True, related_name="+", db_constraint=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["partnership", "at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.from_stage} {self.to_stage}"


class Proposal(InRecord):
    """A move that needs everybody: open until all partners have consented, or one took it back."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    kind = models.CharField(max_length=12, choices=MoveKind.choices)
    from_stage = models.CharField(max_length=16, choices=Stage.choices)
    to_stage = models.CharField(max_length=16, choices=Stage.choices)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True)
    #: Whether it became a move.
    carried = models.BooleanField(default=False)

    consents: RelatedManager[Consent]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partnership"], condition=Q(closed_at=None), name="proposal_one_open")
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.to_stage}"


class Consent(models.Model):
    """A partner's yes to a proposed move."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="consents")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "party"], name="consent_once")]

    def __str__(self) -> str:
        return f"{self.party_id} to {self.proposal_id}"


class OpenPoint(Circled):
    """Going on although a condition is not met: each partner's executive, a written reason, an end date."""

    stage = models.CharField(max_length=16, choices=Stage.choices)
    condition = models.CharField(max_length=60)
    reason = models.TextField(_("Why we go on without it"))
    until = models.DateField(_("Until when it is met"))
    closed_at = models.DateTimeField(null=True)

    agreements: RelatedManager[OpenPointAgreement]

    class Meta:
        indexes = [models.Index(fields=["partnership", "stage"])]

    def __str__(self) -> str:
        return f"{self.condition} until {self.until}"


class OpenPointAgreement(models.Model):
    """An executive's yes to an open point."""

    open_point = models.ForeignKey(OpenPoint, models.CASCADE, related_name="agreements")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["open_point", "party"], name="open_point_agreed_once")]

    def __str__(self) -> str:
        return f"{self.party_id} to {self.open_point_id}"


class TargetDate(InRecord):
    """When the partners mean to reach a stage."""

    stage = models.CharField(max_length=16, choices=Stage.choices)
    on = models.DateField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["partnership", "stage"], name="target_once")]

    def __str__(self) -> str:
        return f"{self.stage} on {self.on}"


class Statement(Circled):
    """What a partner says when it moves back, suspends, resumes or ends: each files its own."""

    move = models.ForeignKey(Move, models.DO_NOTHING, related_name="statements", db_constraint=False)
    text = models.TextField(_("Statement"))

    def __str__(self) -> str:
        return f"statement {self.public_id}"
