"""Outcomes: counted, told, and unintended harm; and what the others say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lifecycle.delivery.models import PartQuerySet
from partnerships import clock
from partnerships.access.models import Circled
from partnerships.record.models import Party

from ..states import OutcomeKind, Stance
from .indicators import Indicator

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Outcome(Circled):
    """Something that changed: for whom, since when, and how that is known."""

    kind = models.CharField(max_length=8, choices=OutcomeKind.choices)
    what = models.TextField(_("What changed"), max_length=1000)
    for_whom = models.CharField(_("For whom"), max_length=200)
    how_known = models.TextField(_("How do we know"), max_length=1000)
    since = models.DateField(_("Since when"))
    #: For harm: what is done about it.
    response = models.TextField(_("What we do about it"), max_length=1000, blank=True)
    indicator = models.ForeignKey(Indicator, models.PROTECT, null=True, related_name="outcomes")

    voices: RelatedManager[OutcomeVoice]
    wordings: RelatedManager[OutcomeWording]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=OutcomeKind.COUNTED, indicator__isnull=False)
                | (~Q(kind=OutcomeKind.COUNTED) & Q(indicator=None)),
                name="outcome_counted_by_indicator",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"

    @property
    def path(self) -> str:
        return reverse("outcomes:outcome", args=[self.partnership.public_id, self.public_id])


class OutcomeVoiceQuerySet(PartQuerySet["OutcomeVoice"]):
    way = "outcome"


class OutcomeVoice(models.Model):
    """What another party says to one wording of an outcome: it sees it too, or differently, and how."""

    outcome = models.ForeignKey(Outcome, models.CASCADE, related_name="voices")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    #: The version of the outcome that it was said to; a newer wording starts without.
    number = models.PositiveIntegerField()
    stance = models.CharField(max_length=12, choices=Stance.choices)
    words = models.TextField(_("In your words"), max_length=1000, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = OutcomeVoiceQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["outcome", "party", "number"], name="outcome_voice_once"),
            models.CheckConstraint(
                condition=~Q(stance=Stance.DIFFERENT) | Q(words__gt=""), name="outcome_different_how"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stance} {self.outcome_id}"


class OutcomeWordingQuerySet(PartQuerySet["OutcomeWording"]):
    way = "outcome"


class OutcomeWording(models.Model):
    """How an outcome was worded before."""

    outcome = models.ForeignKey(Outcome, models.CASCADE, related_name="wordings")
    number = models.PositiveIntegerField()
    what = models.TextField()
    for_whom = models.CharField(max_length=200)
    how_known = models.TextField()
    since = models.DateField()
    response = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = OutcomeWordingQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["outcome", "number"], name="outcome_wording_once")]

    def __str__(self) -> str:
        return f"{self.number} of {self.outcome_id}"
