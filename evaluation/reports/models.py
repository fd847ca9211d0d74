"""Reports: what a reader could see of a review when the report was made, kept as it was; and the making of PDFs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from evaluation.reviews.models import Round
from partnerships import clock
from partnerships.access.ids import new_public_id
from partnerships.access.models import Circled, CircledManager, CircledQuerySet
from partnerships.access.places import Place
from partnerships.people.models import Membership
from partnerships.people.states import MembershipRole
from partnerships.record.models import Party

from .states import JobState

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from partnerships.people.models import User


class ReportQuerySet(CircledQuerySet["Report"]):
    def visible_to(self, reader: User | Place) -> Self:
        """Reports in this person's circles, and those released to an organisation that they administer."""
        if isinstance(reader, Place):
            return self.of(reader.partnership).visible_to(reader.user)
        if not reader.is_authenticated:
            return self.none()
        return self.filter(Q(pk__in=super().visible_to(reader).values("pk")) | Q(pk__in=self._released_to(reader)))

    def released_to(self, user: User) -> Self:
        """Reports released to an organisation that this person administers."""
        return self.filter(pk__in=self._released_to(user)) if user.is_authenticated else self.none()

    @staticmethod
    def _released_to(user: User) -> models.QuerySet[Any, Any]:
        administered = Membership.objects.filter(user=user, ended_on=None, role=MembershipRole.ADMINISTRATOR)
        return ReportRelease.objects.filter(
            party__organisation__in=administered.values("organisation"), ended_at=None
        ).values("report")


class ReportManager(CircledManager["Report"]):
    def get_queryset(self) -> ReportQuerySet:
        return ReportQuerySet(self.model, using=self._db)

    def visible_to(self, reader: User | Place) -> ReportQuerySet:
        return self.get_queryset().visible_to(reader)

    def released_to(self, user: User) -> ReportQuerySet:
        return self.get_queryset().released_to(user)


class Report(Circled):
    """A snapshot of one opened round. Page, PDF and spreadsheet are made from it, and always say the same."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="reports")
    #: `evaluation.reports.building.Snapshot` as plain data.
    snapshot = models.JSONField()
    #: The day of the round's opening, for exports of a period.
    opened_on = models.DateField()

    releases: RelatedManager[ReportRelease]
    jobs: RelatedManager[ReportJob]
    objects: ClassVar[ReportManager] = ReportManager()

    class Meta:
        indexes = [models.Index(fields=["round", "-created_at"]), models.Index(fields=["opened_on"])]

    def __str__(self) -> str:
        return f"report {self.public_id}"


class ReportRelease(models.Model):
    """A side lets the administrators of its own organisation read and export a report."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="releases")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["party", "report"], condition=Q(ended_at=None), name="report_release_once")
        ]

    def __str__(self) -> str:
        return f"{self.report_id} to {self.party_id}"


class ReportJobQuerySet(models.QuerySet["ReportJob"]):
    def visible_to(self, user: User) -> Self:
        """The making of reports that this person reads."""
        return self.filter(report__in=Report.objects.visible_to(user).values("pk"))

    def to_do(self) -> Self:
        """What waits, and what a worker left lying: its lease has run out."""
        late = Q(state=JobState.WORKING, lease_until__lt=clock.now())
        return self.filter(Q(state=JobState.QUEUED) | late)

    def unguarded(self, reason: str) -> Self:
        return self


class ReportJob(models.Model):
    """The making of one PDF, in one language. A row, so that it is not lost with a message."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    report = models.ForeignKey(Report, models.CASCADE, related_name="jobs")
    language = models.CharField(max_length=8)
    #: What the reader's organisation says: review or evaluation.
    word = models.CharField(max_length=12, default="review")
    state = models.CharField(max_length=8, choices=JobState.choices, default=JobState.QUEUED)
    #: Per cent.
    progress = models.PositiveSmallIntegerField(default=0)
    #: Why it failed, as a code that the page has words for.
    reason = models.CharField(max_length=20, blank=True)
    file = models.FileField(upload_to="reports/%Y/", blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    #: Whose hands it is in: only they may finish it.
    claim = models.CharField(max_length=16, blank=True)
    lease_until = models.DateTimeField(null=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Any]] = ReportJobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "language", "word"], name="report_job_once"),
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="report_job_state_known"),
            models.CheckConstraint(condition=~Q(state=JobState.DONE) | ~Q(file=""), name="report_job_done_has_file"),
        ]
        indexes = [models.Index(fields=["state", "lease_until"])]

    def __str__(self) -> str:
        return f"pdf {self.public_id}"
