"""The constraint canvas: what comes before any project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from partnerships.access.models import Circled
from partnerships.people.models import Office

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from .goals import Goal


class CanvasEntry(Circled):
    """One line of the constraint canvas, under a prompt of the catalogue."""

    prompt = models.CharField(max_length=40)
    text = models.TextField(_("In one or two lines"), max_length=600)
    #: Where each office answers for itself.
    office = models.ForeignKey(Office, models.PROTECT, null=True, blank=True, related_name="+")
    #: The constraints that an opportunity would ease.
    eases = models.ManyToManyField("self", symmetrical=False, related_name="eased_by", blank=True)

    goals: RelatedManager[Goal]

    class Meta:
        indexes = [models.Index(fields=["partnership", "prompt"])]
        verbose_name_plural = "canvas entries"

    def __str__(self) -> str:
        return f"{self.prompt} {self.public_id}"
