"""Two views of the same question: where they differ, the partners talk, and write down what they agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.models import Circled
from partnerships.catalogue.models import CatalogueVersion
from partnerships.record.models import Party

from .checklists import DiligenceRound

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from partnerships.people.models import User


class TalkingPoint(Circled):
    """A difference between released views of one question, to talk about. Only who reads all of them reads it."""

    round = models.ForeignKey(DiligenceRound, models.PROTECT, related_name="talking_points")
    about = models.ForeignKey(Party, models.PROTECT, related_name="+")
    library = models.ForeignKey(CatalogueVersion, models.PROTECT, related_name="+")
    code = models.CharField(max_length=16)
    note = models.TextField(_("what there is to talk about"), blank=True)
    due_on = models.DateField(_("talk until"), null=True, blank=True)
    #: What they make of it together; a yes is to one version of it.
    agreed_text = models.TextField(_("what we agree"), blank=True)
    agreed_at = models.DateTimeField(null=True)

    agreements: RelatedManager[PointAgreement]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "about", "code", "circle"], name="talking_point_once")]

    def __str__(self) -> str:
        return f"{self.code} about {self.about_id}"


class ThroughTalkingPoint(models.QuerySet["PointAgreement"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(point__in=TalkingPoint.objects.visible_to(user))


class PointAgreement(models.Model):
    """A partner's yes to what is agreed on a talking point, as it stood at a version."""

    point = models.ForeignKey(TalkingPoint, models.CASCADE, related_name="agreements")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    seen_version = models.PositiveIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = ThroughTalkingPoint.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["point", "party"], name="point_agreement_once")]

    def __str__(self) -> str:
        return f"{self.party_id} to {self.point_id}"
