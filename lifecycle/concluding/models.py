"""Closing texts that all partners agree, and the look-back that somebody owns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.models import Circled
from partnerships.record.models import Party, Seat

from .states import ClosingKind

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from partnerships.people.models import User


class ClosingText(Circled):
    """One version of a closing text. A new version starts without agreements; the older ones stay."""

    kind = models.CharField(max_length=12, choices=ClosingKind.choices)
    number = models.PositiveIntegerField(default=1)
    #: For the reason: which of the catalogue's.
    reason = models.CharField(_("Reason"), max_length=40, blank=True)
    text = models.TextField(_("Text"))

    agreements: RelatedManager[ClosingAgreement]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["partnership", "kind", "number"], name="closing_text_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class ClosingAgreementQuerySet(models.QuerySet["ClosingAgreement"]):
    def visible_to(self, user: User) -> Self:
        """Through the text that was agreed."""
        return self.filter(text__in=ClosingText.objects.visible_to(user))


class ClosingAgreement(models.Model):
    """A partner's yes to a version."""

    text = models.ForeignKey(ClosingText, models.CASCADE, related_name="agreements")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = ClosingAgreementQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["text", "party"], name="closing_agreement_once")]

    def __str__(self) -> str:
        return f"{self.party_id} to {self.text_id}"


class LookBack(Circled):
    """Who looks back twelve months after, and when [EV3]."""

    owner = models.ForeignKey(Seat, models.PROTECT, related_name="+")
    on = models.DateField(_("When"))

    def __str__(self) -> str:
        return f"look-back on {self.on}"
