"""The affected people's bodies: what they were asked, and what they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.models import Circled
from partnerships.record.models import Party

from ..states import About, BodySays

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class AffectedBody(Circled):
    """A body that affected people recognise as theirs: a council, an assembly, a committee."""

    name = models.CharField(_("Name of the body"), max_length=160)
    speaks_for = models.CharField(_("Whom it speaks for"), max_length=200, blank=True)
    #: Its own seat in the record, where it has one.
    body_party = models.ForeignKey(Party, models.PROTECT, null=True, blank=True, related_name="+")
    address = models.EmailField(_("Mail address of the body"), blank=True)
    address_language = models.CharField(_("Language of the mail"), max_length=8, default="en")

    questions: RelatedManager[BodyQuestion]
    body_answers: RelatedManager[BodyAnswer]
    notes: RelatedManager[BodyNote]

    class Meta:
        verbose_name_plural = "affected bodies"

    def __str__(self) -> str:
        return f"body {self.public_id}"


class BodyQuestion(Circled):
    """That a body was asked: what, by whom, when, how."""

    body = models.ForeignKey(AffectedBody, models.CASCADE, related_name="questions")
    about = models.CharField(_("Asked"), max_length=12, choices=About.choices)
    asked_on = models.DateField(_("Asked on"))
    how = models.TextField(_("How"), blank=True)

    def __str__(self) -> str:
        return f"{self.about} to {self.body_id}"


class BodyAnswer(Circled):
    """What a body answers, in the circle that it chose. A later answer replaces it; nothing overrides it."""

    body = models.ForeignKey(AffectedBody, models.CASCADE, related_name="body_answers")
    about = models.CharField(max_length=12, choices=About.choices)
    says = models.CharField(_("Our answer"), max_length=8, choices=BodySays.choices)
    words = models.TextField(_("In our words"), blank=True)
    #: Written down by a partner, and approved by the body.
    by_note = models.BooleanField(default=False)
    given_on = models.DateField(default=clock.today)
    replaced_at = models.DateTimeField(null=True)

    #: A body's words, also where `party` is the side that wrote them down: nobody else agrees to show them further.
    of_body: ClassVar[bool] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["body", "about"], condition=Q(replaced_at=None, withdrawn_at=None), name="body_answer_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.about} by {self.body_id}"


class BodyNote(Circled):
    """What a partner wrote down of a body's answer. Own side reads it; it counts only once the body approves it."""

    body = models.ForeignKey(AffectedBody, models.CASCADE, related_name="notes")
    about = models.CharField(max_length=12, choices=About.choices)
    says = models.CharField(_("What they answered"), max_length=8, choices=BodySays.choices)
    words = models.TextField(_("What they said"), blank=True)
    sent_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    #: The body let those who ask it elsewhere know that it answered here: as a number, never where.
    is_counted = models.BooleanField(default=False)
    refused_at = models.DateTimeField(null=True)
    #: What the body says is not right.
    objection = models.TextField(_("What is not right"), blank=True)

    def __str__(self) -> str:
        return f"note {self.public_id}"
