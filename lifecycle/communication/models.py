"""Joint texts and their approvals, the plan and its audiences, contacts, drivers, questions, calls from the media."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.models import Circle, Circled
from partnerships.catalogue.models import CatalogueVersion
from partnerships.documents.models import Document
from partnerships.people.models import Office
from partnerships.record.models import Party, Seat

from .states import STANDING, Approvers, Covers, Drive, Text

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from partnerships.people.models import User


# Approved by all ------------------------------------------------------------------------------------------------------
class Approvable(Circled):
    """A text or set that all partners approve. Approvals are of one `version`; an edit makes a new one without any."""

    kind = models.CharField(max_length=16, choices=Text.choices)
    title = models.CharField(_("what it is about"), max_length=160, blank=True)
    text = models.TextField(_("text"), blank=True)
    #: Where it is said: a page, a paper, a radio, a wall.
    outlet = models.CharField(_("where"), max_length=200, blank=True)
    #: First and last day of a quiet period; for a text the day it is planned for.
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("to"), null=True, blank=True)
    #: The list of the catalogue that rows of this set come from.
    catalogue_version = models.ForeignKey(CatalogueVersion, models.PROTECT, null=True, related_name="+")
    #: All partners were asked to approve this version.
    asked_at = models.DateTimeField(null=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    #: It was said: announced, published.
    done_on = models.DateField(null=True)
    set_aside_at = models.DateTimeField(null=True)

    approvals: RelatedManager[Approval]
    remarks: RelatedManager[Remark]
    versions: RelatedManager[ApprovableVersion]
    entries: RelatedManager[PlanEntry]
    spokespeople: RelatedManager[Spokesperson]
    qa_items: RelatedManager[QAItem]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partnership", "kind"],
                condition=Q(set_aside_at=None, kind__in=[str(kind) for kind in STANDING]),
                name="approvable_standing_once",
            ),
            models.CheckConstraint(
                condition=~Q(kind=Text.QUIET) | Q(starts_on__isnull=False, ends_on__gte=F("starts_on")),
                name="approvable_quiet_has_days",
            ),
            models.CheckConstraint(
                condition=Q(approved_at=None) | Q(asked_at__isnull=False), name="approvable_asked_before_approved"
            ),
        ]
        indexes = [models.Index(fields=["partnership", "kind", "-id"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"

    @property
    def called(self) -> str:
        """Its own title, else what it is."""
        return self.title or str(self.get_kind_display())

    @property
    def is_asked(self) -> bool:
        return self.asked_at is not None

    @property
    def is_approved(self) -> bool:
        return self.approved_at is not None


class ApprovalQuerySet(models.QuerySet["Approval"]):
    def visible_to(self, user: User) -> Self:
        """Who approved is known to those who read the text."""
        return self.filter(approvable__in=Approvable.objects.visible_to(user))


class Approval(models.Model):
    """A partner's yes to one version of a joint text."""

    approvable = models.ForeignKey(Approvable, models.CASCADE, related_name="approvals")
    number = models.PositiveIntegerField()
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["approvable", "number", "party"], name="communication_approval_once")
        ]

    def __str__(self) -> str:
        return f"{self.party_id} to {self.approvable_id}, {self.number}"


class ApprovableVersion(Circled):
    """What a version said when the partners were asked to approve it: headings and texts."""

    approvable = models.ForeignKey(Approvable, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    #: [{"heading": …, "text": …}] in the language of whoever asked.
    content = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["approvable", "number"], name="approvable_version_once")]

    def __str__(self) -> str:
        return f"version {self.number} of {self.approvable_id}"


class Remark(Circled):
    """What a partner says is missing before it can approve a version."""

    approvable = models.ForeignKey(Approvable, models.CASCADE, related_name="remarks")
    number = models.PositiveIntegerField()
    text = models.TextField(_("What is missing, or not right"), max_length=2000)

    def __str__(self) -> str:
        return f"remark {self.public_id}"


class Spokesperson(Circled):
    """Who speaks for a partner, and who stands in."""

    approvable = models.ForeignKey(Approvable, models.CASCADE, related_name="spokespeople")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+")
    stand_in = models.ForeignKey(Seat, models.PROTECT, related_name="+")
    reach = models.CharField(_("How to reach them, day and night"), max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["approvable", "party"], name="spokesperson_once")]
        verbose_name_plural = "spokespeople"

    def __str__(self) -> str:
        return f"spokesperson of {self.party_id}"


class QAItem(Circled):
    """A question one must be ready for, and the joint answer. Without `question`: the catalogue's, by its code."""

    approvable = models.ForeignKey(Approvable, models.CASCADE, related_name="qa_items")
    code = models.CharField(max_length=40, blank=True)
    question = models.CharField(_("Question"), max_length=300, blank=True)
    answer = models.TextField(_("Joint answer"), blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["approvable", "code"], condition=~Q(code=""), name="qa_item_code_once"),
            models.CheckConstraint(condition=~Q(code="") | ~Q(question=""), name="qa_item_asks_something"),
        ]

    def __str__(self) -> str:
        return f"question {self.public_id}"


# The plan -------------------------------------------------------------------------------------------------------------
class PlanEntry(Circled):
    """An audience of the plan: what for, by whom, how often. Empty words are the catalogue's."""

    approvable = models.ForeignKey(Approvable, models.CASCADE, related_name="entries")
    #: Code of the catalogue's plan; empty for an audience of one's own.
    code = models.CharField(max_length=40, blank=True)
    #: Whose own audience it is, where each partner has one (its staff, its board).
    of_party = models.ForeignKey(Party, models.PROTECT, null=True, blank=True, related_name="+")
    audience = models.CharField(_("Audience"), max_length=160, blank=True)
    purpose = models.TextField(_("What for"), blank=True)
    message = models.TextField(_("What we say"), blank=True)
    channel = models.CharField(_("How"), max_length=160, blank=True)
    spoken = models.CharField(_("In which language"), max_length=80, blank=True)
    owner = models.ForeignKey(Seat, models.PROTECT, related_name="+")
    stand_in = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, related_name="+")
    speaker = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, related_name="+")
    approvers = models.CharField(max_length=8, choices=Approvers.choices, default=Approvers.OWNER)
    #: None: they set the pace.
    cadence_days = models.PositiveSmallIntegerField(_("At most so many days apart"), null=True, blank=True)
    supporting = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    starts_on = models.DateField(default=clock.today)
    #: Kept true by `planning.reschedule`: of what all partners read.
    last_contact_on = models.DateField(null=True)
    next_due_on = models.DateField(null=True)
    removed_at = models.DateTimeField(null=True)

    contacts: RelatedManager[Contact]

    class Meta:
        constraints = [
            # Two, since SQLite tells nulls apart.
            models.UniqueConstraint(
                fields=["approvable", "code", "of_party"],
                condition=Q(removed_at=None, of_party__isnull=False) & ~Q(code=""),
                name="plan_entry_of_party_once",
            ),
            models.UniqueConstraint(
                fields=["approvable", "code"],
                condition=Q(removed_at=None, of_party=None) & ~Q(code=""),
                name="plan_entry_of_all_once",
            ),
            models.CheckConstraint(condition=~Q(code="") | ~Q(audience=""), name="plan_entry_has_audience"),
        ]
        indexes = [models.Index(fields=["partnership", "next_due_on"])]
        verbose_name_plural = "plan entries"

    def __str__(self) -> str:
        return f"entry {self.code or self.public_id}"


class Contact(Circled):
    """A logged conversation: with which body or role, where, what was said and promised. Nobody's stance."""

    entry = models.ForeignKey(PlanEntry, models.PROTECT, null=True, blank=True, related_name="contacts")
    who = models.CharField(_("With whom"), max_length=160)
    office = models.ForeignKey(Office, models.PROTECT, null=True, blank=True, related_name="+")
    where = models.CharField(_("Where"), max_length=160, blank=True)
    said = models.TextField(_("What was said"), blank=True)
    promised = models.TextField(_("What was promised"), blank=True)
    held_on = models.DateField(_("When"), default=clock.today)
    #: Whom a briefing of the own staff reached; empty for any other conversation.
    covers = models.CharField(max_length=8, choices=Covers.choices, blank=True)
    #: All partners read it, so it counts for the joint plan.
    counts = models.BooleanField(default=True)
    #: Logged through the link of a reminder, without signing in.
    by_link = models.BooleanField(default=False)
    documents = models.ManyToManyField(Document, related_name="+", blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["partnership", "-held_on", "-id"]),
            models.Index(fields=["entry", "-held_on"]),
        ]

    def __str__(self) -> str:
        return f"contact {self.public_id}"


# What moves each partner ----------------------------------------------------------------------------------------------
class Driver(Circled):
    """One line of a partner's ledger, in one version. Own side reads it until it is released."""

    kind = models.CharField(max_length=8, choices=Drive.choices)
    text = models.TextField(_("In a sentence or two"), max_length=600)
    #: The first version of the same line; None on the first itself.
    first = models.ForeignKey("self", models.CASCADE, null=True, related_name="later")
    number = models.PositiveIntegerField(default=1)
    replaced_at = models.DateTimeField(null=True)
    #: No longer true; nothing replaces it.
    ended_on = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["first", "number"], name="driver_number_once")]
        indexes = [models.Index(fields=["partnership", "party"])]

    def __str__(self) -> str:
        return f"driver {self.public_id}"

    @property
    def line_id(self) -> int:
        """The same for all versions of a line."""
        return self.first_id or self.pk


# Questions from colleagues --------------------------------------------------------------------------------------------
class ColleagueQuestion(Circled):
    """A doubt inside one's own organisation, by topic and never by person."""

    topic = models.CharField(_("Topic"), max_length=120)
    text = models.TextField(_("The question, as it is asked"), blank=True)
    asked_on = models.DateField(_("Asked on"), default=clock.today)
    #: The partners are asked to help; they read it in this circle once they opened the release.
    help_circle = models.ForeignKey(Circle, models.PROTECT, null=True, related_name="+")
    answered_on = models.DateField(null=True)

    answers: RelatedManager[ColleagueAnswer]

    class Meta:
        indexes = [models.Index(fields=["partnership", "answered_on", "asked_on"])]

    def __str__(self) -> str:
        return f"question {self.public_id}"


class ColleagueAnswer(Circled):
    """What helps answering, from the own side or from a partner."""

    question = models.ForeignKey(ColleagueQuestion, models.CASCADE, related_name="answers")
    text = models.TextField(_("What helps"), max_length=4000)

    def __str__(self) -> str:
        return f"answer {self.public_id}"


# The media called -----------------------------------------------------------------------------------------------------
class Incident(Circled):
    """A call from the media, and when each of its clocks was met."""

    called_at = models.DateTimeField(_("When they called"), default=clock.now)
    outlet = models.CharField(_("Which paper, station or site"), max_length=160)
    question = models.TextField(_("What they want to know"), blank=True)
    deadline = models.CharField(_("Their own deadline"), max_length=120, blank=True)
    #: People were harmed: they and the authorities come first, nobody waits for a joint line.
    harm = models.BooleanField(default=False)
    off_duty = models.BooleanField(default=False)
    people_first_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    holding_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    #: What was answered, in a line or two.
    answer = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["partnership", "-called_at"])]

    def __str__(self) -> str:
        return f"incident {self.public_id}"
