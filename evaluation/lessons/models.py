"""Lessons of a partnership: each partner's own, handed in, and wording that all approve for others to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evaluation.reviews.models import Round
from partnerships import clock
from partnerships.access.models import Circled
from partnerships.catalogue.models import CatalogueVersion
from partnerships.record.models import Party
from partnerships.record.states import Stage

from .states import LessonKind

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from partnerships.people.models import User


class LessonAnswer(Circled):
    """A partner's answer to one prompt. Own side until the partner hands its lessons in; then all partners read it."""

    #: None: of the whole partnership, at its conclusion.
    round = models.ForeignKey(Round, models.CASCADE, null=True, related_name="+")
    asked = models.ForeignKey(CatalogueVersion, models.PROTECT, related_name="+")
    prompt = models.CharField(max_length=40)
    text = models.TextField(_("Answer"))
    handed_in_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partnership", "party", "prompt"], condition=Q(round=None), name="lesson_answer_once"
            ),
            models.UniqueConstraint(
                fields=["round", "party", "prompt"], condition=Q(round__isnull=False), name="lesson_of_round_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prompt} of {self.party_id}"


class SharedLesson(Circled):
    """A lesson worded for people outside. It is shown to others only when every partner approved the wording."""

    round = models.ForeignKey(Round, models.CASCADE, null=True, related_name="+")
    text = models.TextField(_("The lesson, without names"))
    #: Empty where nobody said it: what was worded before this was asked.
    about = models.CharField(_("What it tells"), max_length=12, choices=LessonKind.choices, blank=True)
    stage = models.CharField(_("Stage it is about"), max_length=16, choices=Stage.choices, blank=True)
    #: The partners' names stand beside it. They approve that with the wording.
    is_named = models.BooleanField(_("Show our names beside it"), default=False)
    approved_at = models.DateTimeField(null=True)

    approvals: RelatedManager[LessonApproval]

    class Meta:
        indexes = [
            # The order of the library, of what may stand in it alone.
            models.Index(
                fields=["public_id"],
                condition=Q(approved_at__isnull=False, withdrawn_at=None),
                name="shared_lesson_library",
            ),
        ]

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
