"""What the partners agree together: two sentences, the way they go on, the next talk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.models import Circled
from partnerships.record.models import Party

from ..states import SentenceKind, Way

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from partnerships.people.models import User


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
