"""Summary rows: one per partnership and party, holding only what that party may see. Lists sort and filter on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, OuterRef

from .. import clock
from ..access.models import AnyOf, current_seats
from ..people.models import Membership, Organisation
from ..people.states import MembershipRole
from ..record.models import Partnership, Party
from ..record.states import Stage, Standing

if TYPE_CHECKING:
    from partnerships.people.models import User


class SummaryQuerySet(models.QuerySet["Summary"]):
    def visible_to(self, user: User) -> Self:
        """The rows of this person's own parties, and those of organisations they administer."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(AnyOf("pk", self.model.objects.seated(user), self.model.objects.administered(user)))

    def seated(self, user: User) -> Self:
        """The rows of this person's own parties."""
        return self.filter(party__in=current_seats(user).values("party"))

    def administered(self, user: User) -> Self:
        """The rows of organisations they administer."""
        administered = Membership.objects.filter(user=user, ended_on=None, role=MembershipRole.ADMINISTRATOR)
        return self.filter(organisation__in=administered.values("organisation"))

    def telling(self, user: User) -> Self:
        """Adds `is_seated` to rows found for this person: who only administers is told name, stage and people."""
        return self.annotate(is_seated=Exists(current_seats(user).filter(party=OuterRef("party"))))


class Summary(models.Model):
    """What lists show of a partnership to one party. Written by each app when it changes; never computed by a list."""

    partnership = models.ForeignKey(Partnership, models.CASCADE, related_name="summaries")
    party = models.OneToOneField(Party, models.CASCADE, related_name="summary")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    name = models.CharField(max_length=120)
    #: Names and marks of the others, ready to show: [{"name", "mark", "variant", "role"}].
    others = models.JSONField(default=list)
    country = models.CharField(max_length=60, blank=True)
    #: Codes of what it works on, each between blanks, so that one is found as a place in the text: " health water ".
    sectors = models.CharField(max_length=200, blank=True)
    stage = models.CharField(max_length=16, choices=Stage.choices)
    stage_order = models.PositiveSmallIntegerField(default=0)
    standing = models.CharField(max_length=12, choices=Standing.choices)
    since = models.DateField()
    next_due = models.DateField(default=clock.FAR)
    flags_high = models.PositiveSmallIntegerField(default=0)
    flags_warning = models.PositiveSmallIntegerField(default=0)
    last_public_on = models.DateField(default=clock.NEVER)
    last_review_on = models.DateField(default=clock.NEVER)
    #: Band of the party's own headline of its last opened review; empty before.
    headline = models.CharField(max_length=12, blank=True)
    #: Why it needs attention, in one line; the code of its gravest flag, worded by the list.
    reason = models.CharField(max_length=40, blank=True)
    changed_at = models.DateTimeField(default=clock.now)

    objects = SummaryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "name", "id"]),
            models.Index(fields=["organisation", "stage_order", "id"]),
            models.Index(fields=["organisation", "next_due", "id"]),
            models.Index(fields=["organisation", "-flags_high", "-flags_warning", "id"]),
            models.Index(fields=["organisation", "last_review_on", "id"]),
            models.Index(fields=["organisation", "-changed_at", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.name} for {self.organisation_id}"
