"""A partner's checklist: its answers, and the documents that support them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.models import Circled
from partnerships.access.places import Place
from partnerships.catalogue.models import CatalogueVersion
from partnerships.documents.models import Document
from partnerships.record.models import Party

from ..states import Level, RoundReason

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from partnerships.people.models import User

    from .working import AddedPoint


class DiligenceRound(Circled):
    """Once through the questions, all partners together: the version of the library that is asked, and why again.

    The first begins with the first answer. A refresh carries the answers over, each to be confirmed or changed.
    """

    number = models.PositiveSmallIntegerField(default=1)
    library = models.ForeignKey(CatalogueVersion, models.PROTECT, related_name="+")
    reason = models.CharField(
        _("why look again"), max_length=12, choices=RoundReason.choices, default=RoundReason.FIRST
    )
    note = models.TextField(_("what happened"), blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["partnership", "number"], name="diligence_round_once")]

    def __str__(self) -> str:
        return f"round {self.number} of {self.partnership_id}"


class RecordFact(Circled):
    """Whether a fact holds on which questions depend. A later row replaces an earlier one: who said so stays."""

    code = models.CharField(max_length=40)
    holds = models.BooleanField()
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partnership", "code"], condition=Q(replaced_at=None), name="record_fact_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.holds}"


class Assessment(Circled):
    """A partner's checklist about itself, or about another partner. It stays on its side until it is released."""

    round = models.ForeignKey(DiligenceRound, models.PROTECT, related_name="assessments")

    about = models.ForeignKey(Party, models.PROTECT, related_name="assessments_about")
    #: When every question of the agreed depth had its answer for the first time.
    finished_at = models.DateTimeField(null=True)

    answers: RelatedManager[DiligenceAnswer]
    added: RelatedManager[AddedPoint]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "party", "about"], name="assessment_once")]

    def __str__(self) -> str:
        return f"{self.party_id} about {self.about_id}"


#: What saying an answer writes.
SAID_FIELDS = ("level", "text", "value", "author", "language", "confirmed_at", "inherited_from_id")


class Saying(Protocol):
    """What somebody says to a question: an answer, or what a form sends (`actions.Said`)."""

    @property
    def level(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def value(self) -> Any: ...


class DiligenceAnswer(Circled):
    """The answer to one question. Once released, changing it makes a new row: others read what was released."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="answers")
    #: The version of the library that was asked, and the question's code in it.
    library = models.ForeignKey(CatalogueVersion, models.PROTECT, related_name="+")
    code = models.CharField(max_length=16)
    #: Empty for open questions, which take text.
    level = models.CharField(_("our answer"), max_length=8, choices=Level.choices, blank=True)
    text = models.TextField(_("note"), blank=True)
    #: Of other answer types: the code chosen, codes, a number or a date as text; for a file, how many are cited.
    value = models.JSONField(null=True, blank=True)
    #: Copied from the round before: it counts once it is confirmed, or changed.
    carried_from = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    #: Taken over from a record above this one, word for word; none once it is said anew here.
    inherited_from = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    superseded_at = models.DateTimeField(null=True)

    citations: RelatedManager[Citation]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "code"], condition=Q(superseded_at=None), name="diligence_answer_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} of {self.assessment_id}"

    def says(self, said: Saying) -> bool:
        """Whether this is what it says already, and counts."""
        return not self.is_carried and (self.level, self.text, self.value) == (said.level, said.text, said.value)

    def say(self, said: Saying, author: User) -> None:
        """Say it; what was carried over from another round is confirmed by that. Saved by the caller."""
        if (self.level, self.text, self.value) != (said.level, said.text, said.value):
            self.inherited_from_id = None
        if self.text != said.text:
            self.language = author.language
        self.level, self.text, self.value, self.author = said.level, said.text, said.value, author
        if self.is_carried:
            self.confirmed_at = clock.now()

    @property
    def released(self) -> bool:
        """Whether it stands in a release that others opened, or still can; of rows that `was_released` has marked."""
        return bool(getattr(self, "stands_released", False))

    @property
    def is_carried(self) -> bool:
        """Still as the round before had it, and not confirmed."""
        return self.carried_from_id is not None and self.confirmed_at is None

    @property
    def says_something(self) -> bool:
        """Something was said, "not known yet" included."""
        return not self.is_carried and bool(self.level or self.text.strip() or self.value)

    @property
    def known(self) -> str:
        """The level that counts: what has none is no concern once it is there, and so is what does not apply."""
        if not self.says_something:
            return Level.UNKNOWN
        return self.level if self.level and self.level != Level.NA else Level.NONE


class CitationQuerySet(models.QuerySet["Citation"]):
    def visible_to(self, reader: User | Place) -> Self:
        """Where both the answer and the document may be read."""
        return self.filter(
            answer__in=DiligenceAnswer.objects.visible_to(reader), document__in=Document.objects.visible_to(reader)
        )


class Citation(models.Model):
    """A document that supports an answer. A document once, cited often."""

    answer = models.ForeignKey(DiligenceAnswer, models.CASCADE, related_name="citations")
    document = models.ForeignKey(Document, models.PROTECT, related_name="citations")

    objects = CitationQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["answer", "document"], name="citation_once")]

    def __str__(self) -> str:
        return f"{self.document_id} for {self.answer_id}"
