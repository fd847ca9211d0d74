"""What bodies of affected people say of a round, spoken, in the circle that they chose."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partnerships.access.models import Circle, Circled
from partnerships.record.models import Party

from ..states import Spoken
from .rounds import Round

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from partnerships.access.places import Place
    from partnerships.people.models import User


class Voice(Circled):
    """A body's answers to the five spoken questions, as a note without names.

    It is never sealed. Until the opening of its round its readers are whoever wrote it down and the body itself; then
    its circle becomes the one that the body chose when it approved. A seated body that is asked and has not answered
    is a voice without words.
    """

    round = models.ForeignKey(Round, models.CASCADE, related_name="voices")
    #: The questions in the version that was asked.
    instrument = models.ForeignKey("partnerships.CatalogueVersion", models.PROTECT, related_name="+")
    #: A body named in scoping, or one with a seat, or both.
    body = models.ForeignKey("lifecycle.AffectedBody", models.PROTECT, null=True, related_name="+")
    body_party = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")
    #: Written down by somebody else, and nothing before the body approves it.
    by_note = models.BooleanField(default=False)
    how = models.CharField(_("How were they heard?"), max_length=12, choices=Spoken.choices, blank=True)
    spoken_on = models.DateField(_("When"), null=True)
    spoken_language = models.CharField(_("In which language"), max_length=60, blank=True)
    #: Who reads it from the opening on; chosen by the body with its yes.
    chosen = models.ForeignKey(Circle, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True, editable=False)
    refused_at = models.DateTimeField(null=True, editable=False)
    #: What the body says is not right.
    objection = models.TextField(_("What is not right"), blank=True)
    #: A later one of the same body was approved.
    replaced_at = models.DateTimeField(null=True, editable=False)

    #: A body's words, also where `party` is the side that wrote them down: nobody else agrees to show them further.
    of_body: ClassVar[bool] = True
    said: RelatedManager[VoiceAnswer]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(body=None, body_party=None), name="voice_of_somebody"),
            models.CheckConstraint(
                condition=Q(approved_at=None) | Q(chosen__isnull=False), name="voice_readers_chosen"
            ),
        ]
        indexes = [models.Index(fields=["round"])]

    def __str__(self) -> str:
        return f"voice {self.public_id}"

    @property
    def name(self) -> str:
        """Whose voice it is."""
        if self.body is not None:
            return self.body.name
        return self.body_party.name if self.body_party is not None else ""

    @property
    def is_asked(self) -> bool:
        """Asked, and nothing said yet."""
        return not self.by_note and self.approved_at is None

    @property
    def stands(self) -> bool:
        """It was neither taken back nor is there a later one: else its words are the body's alone again."""
        return self.withdrawn_at is None and self.replaced_at is None

    @property
    def waits_for_body(self) -> bool:
        return self.approved_at is None and self.refused_at is None and self.withdrawn_at is None


class VoiceAnswerQuerySet(models.QuerySet["VoiceAnswer"]):
    def visible_to(self, reader: User | Place) -> Self:
        """The answers of the voices that this person reads."""
        return self.filter(voice__in=Voice.objects.visible_to(reader).values("pk"))

    def unguarded(self, reason: str) -> Self:
        """Everything. Never in a view."""
        return self


class VoiceAnswer(models.Model):
    """What a body says to one question: yes, partly, no, or that it does not know; and in its words."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    voice = models.ForeignKey(Voice, models.CASCADE, related_name="said")
    #: Codes of the instrument.
    question = models.CharField(max_length=60)
    says = models.CharField(max_length=15)
    words = models.TextField(_("What people said, without names"), blank=True)

    objects: ClassVar[models.Manager[Any]] = VoiceAnswerQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["voice", "question"], name="voice_answer_once")]

    def __str__(self) -> str:
        return f"{self.question} of {self.voice_id}"
