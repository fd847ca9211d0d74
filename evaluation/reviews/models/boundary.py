"""What is reviewed and what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.models import Circled
from partnerships.record.models import Party

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Boundary(Circled):
    """What is reviewed and what is not, when, and how long: agreed early, among a web of actors [EV6]."""

    scope = models.TextField(_("What is reviewed"))
    #: Whose answers count: partners always, and which of the others are asked too.
    actors = models.ManyToManyField(Party, related_name="+", blank=True)
    beyond = models.TextField(_("What is not, and who looks at that"), blank=True)
    calendar = models.TextField(_("How it is tied to the project's own monitoring and evaluation"), blank=True)
    first_on = models.DateField(_("first review"))
    every_months = models.PositiveSmallIntegerField(_("then every … months"), default=12)
    until_on = models.DateField(_("last review"))

    consents: RelatedManager[BoundaryConsent]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partnership"], name="boundary_once"),
            models.CheckConstraint(condition=Q(first_on__lte=models.F("until_on")), name="boundary_dates_in_order"),
        ]
        verbose_name_plural = "boundaries"

    def __str__(self) -> str:
        return f"boundary {self.public_id}"


class BoundaryConsent(models.Model):
    """A partner's yes to one version of the boundary."""

    boundary = models.ForeignKey(Boundary, models.CASCADE, related_name="consents")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["boundary", "party", "version"], name="boundary_consent_once")]

    def __str__(self) -> str:
        return f"{self.party_id} to {self.boundary_id}"
