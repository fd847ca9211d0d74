"""Goals: what an opportunity of the canvas becomes, with what each partner gains and fears."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from partnerships.access.models import Circled

from ..states import GoalKind
from .canvas import CanvasEntry

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Goal(Circled):
    """One goal, drawn from an opportunity of the canvas. The partners' own until they agree goals in due diligence."""

    #: Taken out of the canvas, it stays here as where the goal came from.
    opportunity = models.ForeignKey(CanvasEntry, models.PROTECT, related_name="goals")
    text = models.CharField(_("The goal, in one sentence"), max_length=300)
    about = models.CharField(_("What it is about"), max_length=12, choices=GoalKind.choices)

    sides: RelatedManager[GoalSide]

    def __str__(self) -> str:
        return f"goal {self.public_id}"


class GoalSide(Circled):
    """What one partner gains from a goal and what it fears. Its own side's until it shows it to the others."""

    goal = models.ForeignKey(Goal, models.CASCADE, related_name="sides")
    gain = models.TextField(_("What we gain"), blank=True)
    fear = models.TextField(_("What we fear"), blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["goal", "party"], name="goal_side_once")]

    def __str__(self) -> str:
        return f"side of {self.party_id} to goal {self.goal_id}"
