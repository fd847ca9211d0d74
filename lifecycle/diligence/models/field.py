"""A checklist that was filled in offline, and summaries on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models
from django.db.models import Q

from partnerships import clock
from partnerships.access.models import Circled, CircledManager, CircledQuerySet
from partnerships.catalogue.models import CatalogueVersion
from partnerships.record.models import Party

from ..states import Audience, Level, LineProblem, PaperState
from .checklists import DiligenceAnswer

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from partnerships.people.models import User


class WorkbookImport(Circled):
    """An uploaded workbook, read and set aside on the own side. Nothing of it counts before somebody takes it over."""

    about = models.ForeignKey(Party, models.PROTECT, related_name="+")
    #: The round in which it was taken away (0: none had begun), the version it asked, and when that was.
    number = models.PositiveSmallIntegerField(default=0)
    library = models.ForeignKey(CatalogueVersion, models.PROTECT, related_name="+")
    exported_at = models.DateTimeField()
    sha256 = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    #: How many answers were taken over.
    count = models.PositiveSmallIntegerField(default=0)

    lines: RelatedManager[WorkbookLine]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["party", "about", "sha256"], condition=Q(applied_at=None), name="workbook_waits_once"
            )
        ]
        indexes = [models.Index(fields=["expires_at"])]

    def __str__(self) -> str:
        return f"workbook {self.public_id}"

    @property
    def is_open(self) -> bool:
        """It can be looked at and taken over."""
        return self.applied_at is None and self.expires_at > clock.now()


class ThroughImport(models.QuerySet["WorkbookLine"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(item__in=WorkbookImport.objects.visible_to(user))


class WorkbookLine(models.Model):
    """One line of an uploaded workbook: what it says, what it said when it was taken away, or why it is of no use."""

    item = models.ForeignKey(WorkbookImport, models.CASCADE, related_name="lines")
    #: The line in the sheet, as its readers count.
    order = models.PositiveIntegerField()
    #: The question's; empty where the line names none that we know.
    code = models.CharField(max_length=16, blank=True)
    level = models.CharField(max_length=8, choices=Level.choices, blank=True)
    text = models.TextField(blank=True)
    value = models.JSONField(null=True, blank=True)
    #: As it stood when the workbook was taken away.
    was_level = models.CharField(max_length=8, choices=Level.choices, blank=True)
    was_text = models.TextField(blank=True)
    was_value = models.JSONField(null=True, blank=True)
    answer = models.ForeignKey(DiligenceAnswer, models.SET_NULL, null=True, related_name="+")
    #: Of that answer, when the workbook was taken away.
    version = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=12, choices=LineProblem.choices, blank=True)
    #: What stands in the cell that could not be read.
    raw = models.TextField(blank=True)

    objects = ThroughImport.as_manager()

    class Meta:
        ordering = ["order"]

    def __str__(self) -> str:
        return f"line {self.order} of {self.item_id}"


class SummaryPaperQuerySet(CircledQuerySet["SummaryPaper"]):
    def to_do(self) -> Self:
        """What waits, and what a worker left lying: its lease has run out."""
        late = Q(state=PaperState.WORKING, lease_until__lt=clock.now())
        return self.filter(Q(state=PaperState.QUEUED) | late)


class SummaryPaperManager(CircledManager["SummaryPaper"]):
    def get_queryset(self) -> SummaryPaperQuerySet:
        return SummaryPaperQuerySet(self.model, using=self._db)


class SummaryPaper(Circled):
    """The PDF of a due diligence summary: a job until it is made, then a file for the side that asked, for some days.

    What stands in it is read when it is made, as far as `author` and the side may read then.
    """

    audience = models.CharField(max_length=8, choices=Audience.choices)
    state = models.CharField(max_length=8, choices=PaperState.choices, default=PaperState.QUEUED)
    #: Per cent.
    progress = models.PositiveSmallIntegerField(default=0)
    #: Why it failed, as a code that the page has words for.
    reason = models.CharField(max_length=20, blank=True)
    file = models.FileField(upload_to="reports/%Y/", blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    #: Whose hands it is in: only they may finish it.
    claim = models.CharField(max_length=16, blank=True)
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    objects: ClassVar[Any] = SummaryPaperManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=PaperState.DONE) | ~Q(file=""), name="summary_paper_done_has_file"
            ),
            models.UniqueConstraint(
                fields=["party", "audience", "language"],
                condition=Q(state__in=[PaperState.QUEUED, PaperState.WORKING]),
                name="summary_paper_once",
            ),
        ]
        indexes = [models.Index(fields=["state", "lease_until"]), models.Index(fields=["expires_at"])]

    def __str__(self) -> str:
        return f"summary {self.public_id}"
