"""What a partner took over from a record above this one."""

from __future__ import annotations

from django.db import models

from partnerships.access.models import Circled

from .checklists import Assessment


class InheritedChecklist(Circled):
    """That a side took answers over from its checklist in an umbrella: from which, into which, when and by whom.

    The answers are rows of the own side here, each with `inherited_from`. They are released here, or not at all.
    """

    source = models.ForeignKey(Assessment, models.PROTECT, related_name="+")
    into = models.ForeignKey(Assessment, models.CASCADE, related_name="inherited")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "into"], name="inherited_once")]

    def __str__(self) -> str:
        return f"{self.source_id} into {self.into_id}"
