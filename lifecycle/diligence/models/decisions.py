"""What each partner decides for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.models import Circled
from partnerships.catalogue.models import CatalogueVersion
from partnerships.record.models import Party, Seat

from ..states import Level, Outcome, Step
from .risks import Risk

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from partnerships.people.models import User


class DiligenceDecision(Circled):
    """A partner's own decision, as the other partners may know it. Its reasons are a `DecisionReason`."""

    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    decided_on = models.DateField()
    expires_on = models.DateField()
    superseded_at = models.DateTimeField(null=True)
    #: Something happened since: the partner decides anew by this day. The decision itself stands until then.
    again_by = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["party"], condition=Q(superseded_at=None), name="decision_once"),
            models.CheckConstraint(condition=~Q(outcome=Outcome.UNDECIDED), name="decision_decides"),
        ]

    def __str__(self) -> str:
        return f"{self.party_id}: {self.outcome}"

    @property
    def is_go(self) -> bool:
        return self.outcome in {Outcome.GO, Outcome.CONDITIONS}

    @property
    def has_expired(self) -> bool:
        return self.expires_on < clock.today()

    @property
    def holds(self) -> bool:
        """An unexpired go."""
        return self.is_go and not self.has_expired

    @property
    def must_look_again(self) -> bool:
        """A refresh was begun after it, and it has not been taken anew."""
        return self.again_by is not None and self.is_go

    @property
    def is_late_to_look(self) -> bool:
        return self.must_look_again and self.again_by is not None and self.again_by < clock.today()

    @property
    def opens_the_gate(self) -> bool:
        """An unexpired go, and nothing happened since: nobody signs on what somebody has yet to look at again."""
        return self.holds and not self.must_look_again

    @property
    def shared_text(self) -> str:
        """What others are told; why not stays on the own side."""
        return str(_("Not pursued")) if self.outcome == Outcome.NOT_NOW else str(Outcome(self.outcome).label)


class DecisionReason(Circled):
    """Why a partner decided as it did: its own side reads it."""

    decision = models.OneToOneField(DiligenceDecision, models.CASCADE, related_name="reason")
    text = models.TextField(_("why"))

    def __str__(self) -> str:
        return f"reason of {self.decision_id}"


class DecisionTrace(Circled):
    """What the rule said on the day of a decision, and on what: codes, levels and risks, for the own side.

    Later changes do not rewrite it. Words are not copied: they stay in their items, and go with them.
    """

    decision = models.OneToOneField(DiligenceDecision, models.CASCADE, related_name="trace")
    #: The version of the library that was asked.
    library = models.ForeignKey(CatalogueVersion, models.PROTECT, related_name="+")
    proposed = models.CharField(max_length=12, choices=Outcome.choices)
    needed_executive = models.BooleanField(default=False)
    valid_months = models.PositiveSmallIntegerField()
    #: How many answers and risks the rule looked at; what is no concern has no line.
    answers_seen = models.PositiveSmallIntegerField()
    risks_seen = models.PositiveSmallIntegerField()

    lines: RelatedManager[TraceLine]

    def __str__(self) -> str:
        return f"trace of {self.decision_id}"


class ThroughTrace(models.QuerySet["TraceLine"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(trace__in=DecisionTrace.objects.visible_to(user))


class TraceLine(models.Model):
    """One answer or one risk that a step of the rule turned on: either `about` and `code`, or `risk`."""

    trace = models.ForeignKey(DecisionTrace, models.CASCADE, related_name="lines")
    step = models.CharField(max_length=12, choices=Step.choices)
    about = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")
    code = models.CharField(max_length=16, blank=True)
    level = models.CharField(max_length=8, choices=Level.choices, blank=True)
    critical = models.PositiveSmallIntegerField(default=0)
    risk = models.ForeignKey(Risk, models.SET_NULL, null=True, related_name="+")
    #: What remained of the risk then, 1 to 25; 0 for an answer.
    score = models.PositiveSmallIntegerField(default=0)
    measure = models.BooleanField(default=False)
    board = models.BooleanField(default=False)

    objects = ThroughTrace.as_manager()

    def __str__(self) -> str:
        return f"{self.step} {self.code or self.score}"


class DecisionMandate(Circled):
    """Who takes a partner's due diligence decision, where it is not its lead or stand-in. The partners know who."""

    seat = models.ForeignKey(Seat, models.PROTECT, verbose_name=_("who decides"), related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["party"], condition=Q(ended_at=None), name="mandate_once")]

    def __str__(self) -> str:
        return f"mandate of {self.party_id}"
