"""Lessons of a partnership: each partner's own, handed in, and wording that all approve for others to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.models import Circled
from partnerships.catalogue.models import CatalogueVersion
from partnerships.record.models import Party

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from partnerships.people.models import User


class LessonAnswer(Circled):
    """A partner's answer to one prompt. Own side until the partner hands its lessons in; then all partners read it."""

    asked = models.ForeignKey(CatalogueVersion, models.PROTECT, related_name="+")
    prompt = models.CharField(max_length=40)
    text = models.TextField(_("Answer"))
    handed_in_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["partnership", "party", "prompt"], name="lesson_answer_once")]

    def __str__(self) -> str:
        return f"{self.prompt} of {self.party_id}"


class SharedLesson(Circled):
    """A lesson worded for people outside. It is shown to others only when every partner approved the wording."""

    text = models.TextField(_("The lesson, without names"))
    approved_at = models.DateTimeField(null=True)

    approvals: RelatedManager[LessonApproval]

    def __str__(self) -> str:
        return f"lesson {self.public_id}"


class LessonApprovalQuerySet(models.QuerySet["LessonApproval"]):
    def visible_to(self, user: User) -> Self:
        """Through the lesson that was approved."""
        return self.filter(lesson__in=SharedLesson.objects.visible_to(user))


class LessonApproval(models.Model):
    """A partner's yes to the wording."""

    lesson = models.ForeignKey(SharedLesson, models.CASCADE, related_name="approvals")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = LessonApprovalQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lesson", "party"], name="lesson_approval_once")]

    def __str__(self) -> str:
        return f"{self.party_id} to {self.lesson_id}"
