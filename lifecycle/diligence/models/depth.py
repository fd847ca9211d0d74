"""How deep the partners look at each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.models import Circled
from partnerships.catalogue.models import CatalogueVersion
from partnerships.record.models import Party

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from partnerships.people.models import User


class DepthChoice(Circled):
    """The wish to ask more, or less, or other questions. It counts when every partner has agreed.

    Until then the light checklist of the shipped library does.
    """

    depth = models.CharField(
        _("depth"),
        max_length=8,
        choices=[("light", _("Light")), ("standard", _("Standard")), ("full", _("Full"))],
    )
    #: Whose questions: an organisation's own version; none: the shipped ones.
    library = models.ForeignKey(CatalogueVersion, models.PROTECT, null=True, blank=True, related_name="+")
    adopted_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    consents: RelatedManager[DepthConsent]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partnership"], condition=Q(adopted_at=None, closed_at=None), name="depth_choice_once"
            )
        ]

    def __str__(self) -> str:
        return self.depth


class ThroughDepth(models.QuerySet["DepthConsent"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(choice__in=DepthChoice.objects.visible_to(user))


class DepthConsent(models.Model):
    """A partner's yes to a depth."""

    choice = models.ForeignKey(DepthChoice, models.CASCADE, related_name="consents")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = ThroughDepth.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["choice", "party"], name="depth_consent_once")]

    def __str__(self) -> str:
        return f"{self.party_id} to {self.choice_id}"
