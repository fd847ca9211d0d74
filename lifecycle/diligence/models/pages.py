"""What the partners write side by side and agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lifecycle.scoping.models import Goal
from partnerships import clock
from partnerships.access.models import Circled, Reads
from partnerships.access.places import Place
from partnerships.record.models import Party, Seat

from ..states import Holds, LineKind, PageKind, Relation

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from partnerships.people.models import User


class SharedPage(Circled):
    """Goals, values and red lines side by side, or the next steps. An agreement is to a version of it."""

    kind = models.CharField(max_length=8, choices=PageKind.choices)

    lines: RelatedManager[SharedLine]
    agreements: RelatedManager[PageAgreement]
    reaffirmations: RelatedManager[Reaffirmation]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["circle", "kind"], name="shared_page_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class SharedLine(Circled):
    """One goal, value or red line of a partner with what the partners make of it; or one next step."""

    page = models.ForeignKey(SharedPage, models.CASCADE, related_name="lines")
    kind = models.CharField(_("what"), max_length=8, choices=LineKind.choices)
    text = models.CharField(_("in one sentence"), max_length=300)
    relation = models.CharField(
        _("how we see it together"), max_length=16, choices=Relation.choices, default=Relation.NOT_DISCUSSED
    )
    owner = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, verbose_name=_("owner"), related_name="+")
    due_on = models.DateField(_("by when"), null=True, blank=True)
    #: The goal of scoping that a partner took over as its own.
    goal = models.ForeignKey(Goal, models.PROTECT, null=True, blank=True, related_name="lines")

    before: RelatedManager[LineBefore]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["page", "party", "goal"], condition=Q(withdrawn_at=None), name="goal_taken_over_once"
            )
        ]

    def __str__(self) -> str:
        return self.text


class LineBefore(Circled):
    """A line as it stood until it was changed: what drift is told from. For whoever reads the page."""

    line = models.ForeignKey(SharedLine, models.CASCADE, related_name="before")
    text = models.CharField(max_length=300)
    relation = models.CharField(max_length=16, choices=Relation.choices)

    def __str__(self) -> str:
        return f"line {self.line_id} before {self.created_at}"


class Reaffirmation(Circled):
    """A partner's word, on its day, that the goals still hold as they stand, or that they drifted. Never changed."""

    page = models.ForeignKey(SharedPage, models.CASCADE, related_name="reaffirmations")
    seen_version = models.PositiveIntegerField()
    says = models.CharField(_("do they still hold?"), max_length=8, choices=Holds.choices)
    words = models.TextField(_("what has changed for us"), blank=True)

    class Meta:
        indexes = [models.Index(fields=["partnership", "party"])]

    def __str__(self) -> str:
        return f"{self.party_id} on page {self.page_id}"


class AgreementQuerySet(models.QuerySet["PageAgreement"]):
    def visible_to(self, reader: User | Place) -> Self:
        """Who reads the page knows who said yes; whose party left knows the yeses of before."""
        if isinstance(reader, Place) and reader.is_plain:
            return self.filter(page__in=SharedPage.objects.visible_to(reader))
        user = reader.user if isinstance(reader, Place) else reader
        if not user.is_authenticated:
            return self.none()
        read = Reads("page__circle", "at", "page__partnership", "page", user_id=user.pk, model="lifecycle.sharedpage")
        found = self.filter(Q(read), page__in=SharedPage.objects.visible_to(user))
        return found.filter(page__partnership=reader.partnership) if isinstance(reader, Place) else found


class PageAgreement(models.Model):
    """A partner's yes to a page as it stood at a version."""

    page = models.ForeignKey(SharedPage, models.CASCADE, related_name="agreements")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    seen_version = models.PositiveIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["page", "party"], name="page_agreement_once")]

    def __str__(self) -> str:
        return f"{self.party_id} to {self.page_id}"
