"""Risks, and what is done about concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.models import Circled
from partnerships.record.models import Party, Seat

from ..decision import band
from ..states import Band, MoveKind, ToWhom

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from partnerships.people.models import User


_SCALE = [(n, str(n)) for n in range(1, 6)]


class Measure(Circled):
    """What is done about a concern: measure, owner and date. With the decision it becomes a condition."""

    about = models.ForeignKey(Party, models.PROTECT, related_name="+")
    code = models.CharField(max_length=16)
    text = models.TextField(_("what is done about it"))
    owner = models.ForeignKey(Seat, models.PROTECT, verbose_name=_("owner"), related_name="+")
    due_on = models.DateField(_("by when"))
    #: For `**` items: the day on which the board decided it, with a remedy plan.
    board_on = models.DateField(_("decided by our board on"), null=True, blank=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    dropped_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.text


class Risk(Circled):
    """Likelihood times impact, before and after what is done about it; people first."""

    text = models.TextField(_("what could happen"))
    to_whom = models.CharField(_("to whom"), max_length=12, choices=ToWhom.choices, default=ToWhom.PEOPLE)
    likelihood = models.PositiveSmallIntegerField(_("how likely today"), choices=_SCALE)
    impact = models.PositiveSmallIntegerField(_("how bad today"), choices=_SCALE)
    measure = models.TextField(_("what is done about it"), blank=True)
    owner = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, verbose_name=_("owner"), related_name="+")
    due_on = models.DateField(_("by when"), null=True, blank=True)
    residual_likelihood = models.PositiveSmallIntegerField(_("how likely then"), choices=_SCALE)
    residual_impact = models.PositiveSmallIntegerField(_("how bad then"), choices=_SCALE)
    #: What remains is looked at again on this day, while it is substantial.
    look_on = models.DateField(_("look at it again on"), null=True, blank=True)
    closed_at = models.DateTimeField(null=True)
    #: Taken over from the register of a record above this one, and how it stood there when its side last looked.
    inherited_from = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    inherited_version = models.PositiveIntegerField(default=0)

    moves: RelatedManager[RiskMove]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partnership", "inherited_from"], name="risk_inherited_once"),
            models.CheckConstraint(
                condition=Q(
                    likelihood__range=(1, 5),
                    impact__range=(1, 5),
                    residual_likelihood__range=(1, 5),
                    residual_impact__range=(1, 5),
                ),
                name="risk_on_scale",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def inherent(self) -> int:
        return self.likelihood * self.impact

    @property
    def residual(self) -> int:
        return self.residual_likelihood * self.residual_impact

    @property
    def inherent_band(self) -> Band:
        return band(self.inherent)

    @property
    def residual_band(self) -> Band:
        return band(self.residual)

    @property
    def is_answered(self) -> bool:
        """A measure with an owner and a date stands against it."""
        return bool(self.measure.strip() and self.owner_id and self.due_on)


class ThroughRisk(models.QuerySet["RiskMove"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(risk__in=Risk.objects.visible_to(user))


class RiskMove(models.Model):
    """How a risk stood after one weighing. Content like the risk itself: it is read, withdrawn and erased with it."""

    risk = models.ForeignKey(Risk, models.CASCADE, related_name="moves")
    kind = models.CharField(max_length=8, choices=MoveKind.choices, default=MoveKind.WEIGHED)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    likelihood = models.PositiveSmallIntegerField(choices=_SCALE)
    impact = models.PositiveSmallIntegerField(choices=_SCALE)
    residual_likelihood = models.PositiveSmallIntegerField(choices=_SCALE)
    residual_impact = models.PositiveSmallIntegerField(choices=_SCALE)
    #: Why it was weighed anew, closed or opened again.
    why = models.TextField(_("why"), blank=True)

    objects = ThroughRisk.as_manager()

    def __str__(self) -> str:
        return f"{self.kind} of {self.risk_id}"

    @property
    def inherent(self) -> int:
        return self.likelihood * self.impact

    @property
    def residual(self) -> int:
        return self.residual_likelihood * self.residual_impact

    @property
    def residual_band(self) -> Band:
        return band(self.residual)
