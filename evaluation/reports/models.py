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
from partnerships.people.models import Membership, Organisation, ReportLook
from partnerships.people.states import MembershipRole
from partnerships.record.models import Party

from .states import WIDER, Audience, ExportState, JobState

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
    audience = models.CharField(max_length=8, choices=Audience.choices, default=Audience.PARTNERS)
    #: When the last partner agreed to show a wider version; until then the partners alone read it.
    agreed_at = models.DateTimeField(null=True, editable=False)

    releases: RelatedManager[ReportRelease]
    jobs: RelatedManager[ReportJob]
    consents: RelatedManager[ReportConsent]
    sources: RelatedManager[ReportSource]
    objects: ClassVar[ReportManager] = ReportManager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(audience__in=Audience.values), name="report_audience_known"),
        ]
        indexes = [models.Index(fields=["round", "-created_at"]), models.Index(fields=["opened_on"])]

    @property
    def is_draft(self) -> bool:
        """A wider version that not every partner has agreed to: a page for the partners, and no file."""
        return self.audience in WIDER and self.agreed_at is None

    def __str__(self) -> str:
        return f"report {self.public_id}"


class HangsOnReport(models.QuerySet[Any]):
    """What is read by whoever reads its report."""

    def visible_to(self, user: User) -> Self:
        return self.filter(report__in=Report.objects.visible_to(user).values("pk"))

    def unguarded(self, reason: str) -> Self:
        return self


class ReportConsent(models.Model):
    """A partner's yes to showing a wider version as it stands."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="consents")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects: ClassVar[models.Manager[Any]] = HangsOnReport.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "party"], name="report_consent_once")]

    def __str__(self) -> str:
        return f"{self.party_id} to {self.report_id}"


class ReportSource(models.Model):
    """An item whose words stand in a report: once it is withdrawn, the report says so and no longer says it."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="sources")
    model = models.CharField(max_length=60)
    key = models.CharField(max_length=16)

    objects: ClassVar[models.Manager[Any]] = HangsOnReport.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "model", "key"], name="report_source_once")]
        indexes = [models.Index(fields=["model", "key"])]

    def __str__(self) -> str:
        return f"{self.model} {self.key}"


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
    #: The logo and colour it was made with; nothing: ours.
    look = models.ForeignKey(ReportLook, models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=JobState.choices, default=JobState.QUEUED)
    #: Per cent.
    progress = models.PositiveSmallIntegerField(default=0)
    #: Why it failed, as a code that the page has words for.
    reason = models.CharField(max_length=20, blank=True)
    file = models.FileField(upload_to="reports/%Y/", blank=True)
    #: SHA-256 of the file, the version of our templates and the release that made it.
    digest = models.CharField(max_length=64, blank=True)
    template = models.PositiveIntegerField(null=True)
    software = models.CharField(max_length=20, blank=True)
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
            models.UniqueConstraint(
                fields=["report", "language", "word"], condition=Q(look=None), name="report_job_once"
            ),
            models.UniqueConstraint(
                fields=["report", "language", "word", "look"],
                condition=Q(look__isnull=False),
                name="report_job_look_once",
            ),
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="report_job_state_known"),
            models.CheckConstraint(condition=~Q(state=JobState.DONE) | ~Q(file=""), name="report_job_done_has_file"),
        ]
        indexes = [models.Index(fields=["state", "lease_until"])]

    def __str__(self) -> str:
        return f"pdf {self.public_id}"


class ReportExportQuerySet(models.QuerySet["ReportExport"]):
    def visible_to(self, user: User) -> Self:
        """Exports are for the administrator who asked, for as long as they administer that organisation."""
        if not user.is_authenticated:
            return self.none()
        administered = Membership.objects.filter(user=user, ended_on=None, role=MembershipRole.ADMINISTRATOR)
        return self.filter(asked_by=user, organisation__in=administered.values("organisation"))

    def to_do(self) -> Self:
        """What waits to go on and is in nobody's hands, or in those of a worker that fell silent."""
        free = Q(lease_until=None) | Q(lease_until__lt=clock.now())
        return self.filter(free, state__in=[ExportState.MAKING, ExportState.PACKING])

    def unguarded(self, reason: str) -> Self:
        return self


class ReportExport(models.Model):
    """Many reports as one file: a PDF of each and one workbook. Its PDFs are jobs of their own, each made once."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    language = models.CharField(max_length=8)
    state = models.CharField(max_length=8, choices=ExportState.choices, default=ExportState.MAKING)
    #: Why it failed, or is not valid any more, as a code that the page has words for.
    reason = models.CharField(max_length=20, blank=True)
    file = models.FileField(upload_to="reports/exports/%Y/", blank=True)
    size = models.PositiveBigIntegerField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.CharField(max_length=16, blank=True)
    lease_until = models.DateTimeField(null=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    items: RelatedManager[ReportExportItem]
    objects: ClassVar[models.Manager[Any]] = ReportExportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ExportState.values), name="report_export_state_known"),
            models.CheckConstraint(
                condition=~Q(state=ExportState.DONE) | (~Q(file="") & Q(expires_at__isnull=False)),
                name="report_export_done_has_file",
            ),
        ]
        indexes = [models.Index(fields=["state", "lease_until"]), models.Index(fields=["asked_by", "-asked_at"])]

    def __str__(self) -> str:
        return f"export {self.public_id}"


class ReportExportItemQuerySet(models.QuerySet["ReportExportItem"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(export__in=ReportExport.objects.all().visible_to(user).values("pk"))


class ReportExportItem(models.Model):
    """One report of an export, as it stood when it was asked for, and the making of its PDF."""

    export = models.ForeignKey(ReportExport, models.CASCADE, related_name="items")
    report = models.ForeignKey(Report, models.CASCADE, related_name="+")
    #: Of the report: a later one says less, and the file is void.
    version = models.PositiveIntegerField()
    #: None once its PDF was thrown away.
    job = models.ForeignKey(ReportJob, models.SET_NULL, null=True, related_name="export_items")
    position = models.PositiveIntegerField()
    #: The administrator goes on without its PDF.
    left_out = models.BooleanField(default=False)

    objects: ClassVar[models.Manager[Any]] = ReportExportItemQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["export", "position"], name="report_export_item_once")]
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.position} of {self.export_id}"
