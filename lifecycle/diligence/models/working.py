"""Working on a checklist: who answers which question by when, what counsel says before a release, what was added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partnerships.access.ids import new_public_id
from partnerships.access.models import Circled
from partnerships.documents.models import Document
from partnerships.record.models import Seat

from ..states import CheckState, CounselRole, Level
from .checklists import Assessment

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from partnerships.people.models import User


class Assignment(Circled):
    """One or several questions of a checklist, asked of somebody of the own side by a day."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="assignments")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+")
    due_on = models.DateField(_("by when"))

    questions: RelatedManager[AssignedQuestion]

    def __str__(self) -> str:
        return f"{self.assessment_id} to {self.seat_id}"


class ThroughAssignment(models.QuerySet["AssignedQuestion"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(assignment__in=Assignment.objects.visible_to(user))


class AssignedQuestion(models.Model):
    """A question that somebody was asked to answer. It ends when it is answered, or asked of somebody else."""

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="questions")
    #: The assignment's, once more, so that the database keeps a question from being asked of two people at once.
    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="+")
    code = models.CharField(max_length=16)
    ended_at = models.DateTimeField(null=True)

    objects = ThroughAssignment.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "code"], condition=Q(ended_at=None), name="question_assigned_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} of {self.assignment_id}"


class CounselCheck(Circled):
    """Counsel looks at a checklist, or at some of its questions, before it is released. Wanted by nobody but the side.

    Asked of a seat of the own side, or noted for somebody without one: then by role, never by name.
    """

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="checks")
    #: The questions that are checked; none: the whole checklist.
    codes = models.JSONField(default=list, blank=True)
    seat = models.ForeignKey(Seat, models.PROTECT, null=True, related_name="+")
    role = models.CharField(_("who checked"), max_length=12, choices=CounselRole.choices, blank=True)
    state = models.CharField(max_length=8, choices=CheckState.choices, default=CheckState.ASKED)
    due_on = models.DateField(_("by when"), null=True)
    #: The day of the check, as the side says it; and the instant at which it was said: what changes later is marked.
    checked_on = models.DateField(_("checked on"), null=True)
    decided_at = models.DateTimeField(null=True)
    remark = models.TextField(_("what counsel says"), blank=True)
    #: Why a lead released it all the same.
    lifted_because = models.TextField(_("why it is lifted"), blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(seat__isnull=False) | ~Q(role=""), name="counsel_check_by_seat_or_role"),
            models.CheckConstraint(condition=Q(state__in=CheckState.values), name="counsel_check_state"),
        ]

    def __str__(self) -> str:
        return f"{self.state}: {self.assessment_id}"

    def covers(self, code: str) -> bool:
        return not self.codes or code in self.codes


class AddedPoint(Circled):
    """What a side says of itself, or of another partner, though nobody asked. It counts for nothing in the rule.

    Changed after a release it is a new row, as an answer is: `key` says which rows are the same point.
    """

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="added")
    key = models.CharField(max_length=16, default=new_public_id, editable=False)
    #: The theme of the library under which it stands.
    theme = models.CharField(max_length=40)
    heading = models.CharField(_("what it is about"), max_length=160)
    text = models.TextField(_("what we say"))
    level = models.CharField(
        _("how far it is a concern"),
        max_length=8,
        choices=[c for c in Level.choices if c[0] != Level.NA],
        blank=True,
    )
    carried_from = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)

    citations: RelatedManager[PointCitation]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "key"], condition=Q(superseded_at=None), name="added_point_once"
            )
        ]

    def __str__(self) -> str:
        return self.heading

    @property
    def released(self) -> bool:
        """Whether it stands in a release that others opened, or still can; of rows that `was_released` has marked."""
        return bool(getattr(self, "stands_released", False))

    @property
    def is_carried(self) -> bool:
        """Still as the round before had it, and not confirmed."""
        return self.carried_from_id is not None and self.confirmed_at is None


class ThroughPoint(models.QuerySet["PointCitation"]):
    def visible_to(self, user: User) -> Self:
        """Where both the point and the document may be read."""
        return self.filter(
            point__in=AddedPoint.objects.visible_to(user), document__in=Document.objects.visible_to(user)
        )


class PointCitation(models.Model):
    """A document that supports what was added."""

    point = models.ForeignKey(AddedPoint, models.CASCADE, related_name="citations")
    document = models.ForeignKey(Document, models.PROTECT, related_name="+")

    objects = ThroughPoint.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["point", "document"], name="point_citation_once")]

    def __str__(self) -> str:
        return f"{self.document_id} for {self.point_id}"
