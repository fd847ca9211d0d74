"""What partners conclude, and what they will do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.models import Circled
from partnerships.record.models import Party, Seat

from ..states import Stance

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

from .rounds import Round


class Finding(Circled):
    """What the partners conclude. It stands when every partner agrees; who sees it differently says so beside it."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="findings")
    text = models.TextField(_("What did we find?"))
    #: The statement or dimension it came from, where there is one.
    about = models.CharField(max_length=60, blank=True)

    stances: RelatedManager[FindingStance]
    actions: RelatedManager[Action]

    class Meta:
        indexes = [models.Index(fields=["round"])]

    def __str__(self) -> str:
        return f"finding {self.public_id}"


class FindingStance(models.Model):
    """A partner's word on a finding, with its dissent in its own words."""

    finding = models.ForeignKey(Finding, models.CASCADE, related_name="stances")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    stance = models.CharField(max_length=12, choices=Stance.choices)
    dissent = models.TextField(_("How do you see it?"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["finding", "party"], name="finding_stance_once"),
            models.CheckConstraint(condition=Q(stance__in=Stance.values), name="finding_stance_known"),
        ]

    def __str__(self) -> str:
        return f"{self.party_id} {self.stance}"

    @property
    def mark(self) -> str:
        """Tells this word from the next one of the same side."""
        return self.at.isoformat()


class Action(Circled):
    """What somebody will do about a finding, by when. It waits for its owner like everything that is owed."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="actions")
    finding = models.ForeignKey(Finding, models.PROTECT, null=True, related_name="actions")
    text = models.TextField(_("What will be done?"))
    owner_party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    owner_seat = models.ForeignKey(Seat, models.PROTECT, null=True, related_name="+")
    due_on = models.DateField(_("by when"), null=True)
    #: When the owner's side said yes; its own proposals are accepted at once.
    accepted_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_note = models.TextField(_("What came of it?"), blank=True)
    #: Once an agreement stands, what its owner accepts is a commitment, confirmed by another partner like all of them.
    commitment = models.OneToOneField("lifecycle.Commitment", models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["round"])]

    def __str__(self) -> str:
        return f"action {self.public_id}"


class Talk(Circled):
    """The partners talked about a gap. A wide gap that nobody talked about in 30 days becomes a warning."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="talks")
    #: The statement or dimension.
    about = models.CharField(max_length=60)
    note = models.TextField(_("What did you find out?"), blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "about"], name="talk_once")]

    def __str__(self) -> str:
        return f"talk {self.public_id}"
