"""Scoping: what each partner writes alone, what they agree together, and what the affected people's bodies say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.models import Circle, Circled
from partnerships.catalogue.models import CatalogueVersion
from partnerships.people.models import Office
from partnerships.record.models import Party

from .states import About, AnswerOutcome, BodySays, SentenceKind, SheetKind, Way

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from partnerships.people.models import User


# Answered alone, opened together --------------------------------------------------------------------------------------
class Sheet(Circled):
    """One partner's fit screen, motive note or card. Its own side reads it; others know only whether it is in."""

    kind = models.CharField(max_length=10, choices=SheetKind.choices)
    catalogue_version = models.ForeignKey(CatalogueVersion, models.PROTECT, related_name="+")
    handed_in_at = models.DateTimeField(null=True)
    handed_in_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    #: The moment in which all partners' sheets of this kind were opened to each other.
    opened_at = models.DateTimeField(null=True)
    opened_to = models.ForeignKey(Circle, models.PROTECT, null=True, related_name="+")

    answers: RelatedManager[SheetAnswer]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partnership", "party", "kind"], name="sheet_once"),
            models.CheckConstraint(
                condition=Q(opened_at=None) | Q(handed_in_at__isnull=False), name="sheet_opened_after_hand_in"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.party_id}"


class SheetAnswer(Circled):
    """An answer. Own side until all are opened; changed afterwards, it is a new row beside the one it replaces."""

    sheet = models.ForeignKey(Sheet, models.CASCADE, related_name="answers")
    question = models.CharField(max_length=40)
    option = models.CharField(max_length=40, blank=True)
    #: Of the option, as the catalogue's version had it.
    outcome = models.CharField(max_length=8, choices=AnswerOutcome.choices, blank=True)
    text = models.TextField(_("In your words"), blank=True)
    replaced_at = models.DateTimeField(null=True)
    #: Written after the opening: shown as changed, with its date.
    is_change = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sheet", "question"], condition=Q(replaced_at=None), name="sheet_answer_current_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.question} of sheet {self.sheet_id}"


# Agreed together ------------------------------------------------------------------------------------------------------
class Sentence(Circled):
    """One version of a text that all partners agree. A new version starts without agreements."""

    kind = models.CharField(max_length=10, choices=SentenceKind.choices)
    text = models.TextField(_("Sentence"))
    number = models.PositiveIntegerField(default=1)
    replaced_at = models.DateTimeField(null=True)

    agreements: RelatedManager[SentenceAgreement]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partnership", "kind"], condition=Q(replaced_at=None), name="sentence_current_once"
            ),
            models.UniqueConstraint(fields=["partnership", "kind", "number"], name="sentence_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class SentenceAgreementQuerySet(models.QuerySet["SentenceAgreement"]):
    def visible_to(self, user: User) -> Self:
        """Who agreed is known to those who read the sentence."""
        return self.filter(sentence__in=Sentence.objects.visible_to(user))


class SentenceAgreement(models.Model):
    """A partner's yes to one version of a sentence."""

    sentence = models.ForeignKey(Sentence, models.CASCADE, related_name="agreements")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = SentenceAgreementQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sentence", "party"], name="sentence_agreed_once")]

    def __str__(self) -> str:
        return f"{self.party_id} to {self.sentence_id}"


class WayProposal(Circled):
    """A proposal of how the first talks come out. One is open at a time; it needs every partner."""

    way = models.CharField(_("What comes of it"), max_length=12, choices=Way.choices)
    settled_at = models.DateTimeField(null=True)
    #: Replaced by another proposal.
    dropped_at = models.DateTimeField(null=True)

    consents: RelatedManager[WayConsent]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partnership"], condition=Q(dropped_at=None), name="way_current_once")
        ]

    def __str__(self) -> str:
        return self.way


class WayConsentQuerySet(models.QuerySet["WayConsent"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(proposal__in=WayProposal.objects.visible_to(user))


class WayConsent(models.Model):
    """A partner's yes to a proposed way."""

    proposal = models.ForeignKey(WayProposal, models.CASCADE, related_name="consents")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = WayConsentQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "party"], name="way_consent_once")]

    def __str__(self) -> str:
        return f"{self.party_id} to {self.proposal_id}"


class Talk(Circled):
    """The next meeting, agreed in the first twenty minutes. A later one replaces it."""

    starts_at = models.DateTimeField(_("When"))
    where = models.CharField(_("Where"), max_length=160, blank=True)
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partnership"], condition=Q(replaced_at=None), name="talk_current_once")
        ]

    def __str__(self) -> str:
        return f"talk {self.public_id}"


# The canvas -----------------------------------------------------------------------------------------------------------
class CanvasEntry(Circled):
    """One line of the constraint canvas, under a prompt of the catalogue."""

    prompt = models.CharField(max_length=40)
    text = models.TextField(_("In one or two lines"), max_length=600)
    #: Where each office answers for itself.
    office = models.ForeignKey(Office, models.PROTECT, null=True, blank=True, related_name="+")
    #: The constraints that an opportunity would ease.
    eases = models.ManyToManyField("self", symmetrical=False, related_name="eased_by", blank=True)

    class Meta:
        indexes = [models.Index(fields=["partnership", "prompt"])]
        verbose_name_plural = "canvas entries"

    def __str__(self) -> str:
        return f"{self.prompt} {self.public_id}"


# The affected people --------------------------------------------------------------------------------------------------
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
    refused_at = models.DateTimeField(null=True)
    #: What the body says is not right.
    objection = models.TextField(_("What is not right"), blank=True)

    def __str__(self) -> str:
        return f"note {self.public_id}"
