"""Governance, commitments, contributions, promises to communities, disputes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.conf import settings
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.ids import new_public_id
from partnerships.access.models import Circled
from partnerships.documents.models import Document
from partnerships.record.models import Party, Seat

from .states import (
    Cadence,
    CommitmentAct,
    CommitmentState,
    ContributionKind,
    DecisionRule,
    DisputeLevel,
    GiftState,
    MeetingState,
    PromiseAct,
    PromiseState,
    ResolutionState,
)

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from partnerships.people.models import User
    from partnerships.record.models import Partnership

M = TypeVar("M", bound=models.Model, covariant=True)
CENT = Decimal("0.01")


class PartQuerySet(models.QuerySet[M]):
    """What has no circle of its own is read by whoever reads the item it belongs to."""

    way: ClassVar[str] = ""

    def visible_to(self, user: User) -> Self:
        whole: Any = self.model._meta.get_field(self.way).related_model
        return self.filter(**{f"{self.way}__in": whole.objects.visible_to(user)})

    def of(self, partnership: Partnership) -> Self:
        return self.filter(**{f"{self.way}__partnership": partnership})


# Governance -----------------------------------------------------------------------------------------------------------
class GovernanceBody(Circled):
    """Who decides, how, and how often they meet: from two leads on the phone to a steering group [ST3]."""

    name = models.CharField(_("name"), max_length=120)
    cadence = models.CharField(_("it meets"), max_length=12, choices=Cadence.choices, default=Cadence.MONTHLY)
    rule = models.CharField(_("it decides when"), max_length=12, choices=DecisionRule.choices)
    #: Seats that must be taken at a meeting for it to decide.
    quorum = models.PositiveSmallIntegerField(_("seats needed to decide"), default=2)
    decides = models.TextField(_("what it decides"), blank=True, max_length=2000)
    #: Why a partner proposes to end it; empty: nobody does.
    end_reason = models.TextField(blank=True, max_length=2000)
    end_party = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")
    ended_on = models.DateField(null=True)

    seats: RelatedManager[BodySeat]
    consents: RelatedManager[BodyConsent]
    end_consents: RelatedManager[BodyEndConsent]
    meetings: RelatedManager[BodyMeeting]

    class Meta:
        verbose_name_plural = "governance bodies"

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        """Where it is read."""
        return reverse("delivery:body", args=[self.partnership.public_id, self.public_id])


class BodySeatQuerySet(PartQuerySet["BodySeat"]):
    way = "body"


class BodySeat(models.Model):
    """What a party has in a body."""

    body = models.ForeignKey(GovernanceBody, models.CASCADE, related_name="seats")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    seats = models.PositiveSmallIntegerField(default=1)
    #: Of these, people from a site or field office [IC5].
    field_seats = models.PositiveSmallIntegerField(default=0)
    votes = models.PositiveSmallIntegerField(default=1)
    is_chair = models.BooleanField(default=False)
    #: What it can stop; empty: nothing.
    veto_on = models.CharField(max_length=200, blank=True)

    objects = BodySeatQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["body", "party"], name="body_seat_once"),
            models.CheckConstraint(condition=Q(field_seats__lte=F("seats")), name="body_field_seats_within"),
        ]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.party_id} in {self.body_id}"


@dataclass(frozen=True)
class SeatLine:
    """What a party has in a body."""

    party: Party
    seats: int
    votes: int
    field_seats: int = 0
    is_chair: bool = False
    veto_on: str = ""


class BodyConsentQuerySet(PartQuerySet["BodyConsent"]):
    way = "body"


class BodyConsent(models.Model):
    """A partner's yes to one version of a body. A newer version starts without."""

    body = models.ForeignKey(GovernanceBody, models.CASCADE, related_name="consents")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    body_version = models.PositiveIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = BodyConsentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["body", "party", "body_version"], name="body_consent_once"),
        ]

    def __str__(self) -> str:
        return f"{self.party_id} to {self.body_id}"


class BodyEndConsentQuerySet(PartQuerySet["BodyEndConsent"]):
    way = "body"


class BodyEndConsent(models.Model):
    """A partner's yes to ending a body."""

    body = models.ForeignKey(GovernanceBody, models.CASCADE, related_name="end_consents")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = BodyEndConsentQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["body", "party"], name="body_end_consent_once")]

    def __str__(self) -> str:
        return f"{self.party_id} to the end of {self.body_id}"


class BodyMeeting(Circled):
    """A meeting of a body: planned, then held with its notes, or cancelled."""

    body = models.ForeignKey(GovernanceBody, models.CASCADE, related_name="meetings")
    state = models.CharField(max_length=12, choices=MeetingState.choices, default=MeetingState.PLANNED)
    on = models.DateField(_("day"))
    at_time = models.TimeField(_("hour"), null=True, blank=True)
    zone = models.CharField(max_length=60, default="UTC")
    place = models.CharField(_("where"), max_length=160, blank=True)
    agenda = models.TextField(_("what for"), blank=True, max_length=2000)
    notes = models.TextField(_("notes"), blank=True, max_length=8000)
    #: Organisations or functions of those who were there without a seat, never private persons.
    guests = models.CharField(_("who else was there"), max_length=200, blank=True)
    recorded_at = models.DateTimeField(null=True)

    present: RelatedManager[MeetingPresence]
    resolutions: RelatedManager[Resolution]

    class Meta:
        indexes = [models.Index(fields=["body", "-on"])]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=MeetingState.HELD) | Q(recorded_at__isnull=False), name="meeting_held_recorded"
            )
        ]

    def __str__(self) -> str:
        return f"meeting {self.public_id}"

    @property
    def path(self) -> str:
        """Where it is read."""
        return reverse("delivery:meeting", args=[self.partnership.public_id, self.public_id])


class MeetingPresenceQuerySet(PartQuerySet["MeetingPresence"]):
    way = "meeting"


class MeetingPresence(models.Model):
    """Somebody with a seat in the record took part."""

    meeting = models.ForeignKey(BodyMeeting, models.CASCADE, related_name="present")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+")

    objects = MeetingPresenceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meeting", "seat"], name="meeting_presence_once")]

    def __str__(self) -> str:
        return f"{self.seat_id} in {self.meeting_id}"


class ResolutionQuerySet(PartQuerySet["Resolution"]):
    way = "meeting"


class Resolution(models.Model):
    """What a meeting decided, or left open."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    meeting = models.ForeignKey(BodyMeeting, models.CASCADE, related_name="resolutions")
    text = models.TextField(_("what was decided, or is to be"), max_length=2000)
    state = models.CharField(max_length=12, choices=ResolutionState.choices, default=ResolutionState.DECIDED)
    #: A decision that waits counts from here [OC3].
    raised_on = models.DateField(default=clock.today)
    decided_on = models.DateField(null=True)

    voices: RelatedManager[ResolutionVoice]
    objects = ResolutionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=ResolutionState.LEFT_OPEN, decided_on=None)
                | (~Q(state=ResolutionState.LEFT_OPEN) & Q(decided_on__isnull=False)),
                name="resolution_decided_when",
            )
        ]

    def __str__(self) -> str:
        return f"resolution {self.public_id}"


class ResolutionVoiceQuerySet(PartQuerySet["ResolutionVoice"]):
    way = "resolution__meeting"

    def visible_to(self, user: User) -> Self:
        return self.filter(resolution__in=Resolution.objects.visible_to(user))


class ResolutionVoice(models.Model):
    """A party that agreed to a resolution."""

    resolution = models.ForeignKey(Resolution, models.CASCADE, related_name="voices")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")

    objects = ResolutionVoiceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["resolution", "party"], name="resolution_voice_once")]

    def __str__(self) -> str:
        return f"{self.party_id} to {self.resolution_id}"


# Commitments ----------------------------------------------------------------------------------------------------------
class Commitment(Circled):
    """Something a party will do by a day. It is done when another partner has confirmed it [OC6]."""

    what = models.CharField(_("what"), max_length=300)
    #: Who owes it; `party` is the side that wrote it down.
    owner = models.ForeignKey(Party, models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    due_on = models.DateField(_("by"))
    state = models.CharField(max_length=12, choices=CommitmentState.choices, default=CommitmentState.OPEN)
    state_since = models.DateTimeField(default=clock.now)
    meeting = models.ForeignKey(BodyMeeting, models.SET_NULL, null=True, blank=True, related_name="+")
    #: Why it is proposed to let it go; empty: it is not.
    write_off_reason = models.TextField(_("why it is let go"), blank=True, max_length=1000)
    write_off_party = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")

    steps: RelatedManager[CommitmentStep]
    due_changes: RelatedManager[DueChange]
    write_off_consents: RelatedManager[WriteOffConsent]

    class Meta:
        indexes = [models.Index(fields=["partnership", "state", "due_on"])]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=CommitmentState.values), name="commitment_state_known")
        ]

    def __str__(self) -> str:
        return f"commitment {self.public_id}"

    @property
    def path(self) -> str:
        """Where it is read."""
        return reverse("delivery:commitment", args=[self.partnership.public_id, self.public_id])


class CommitmentStepQuerySet(PartQuerySet["CommitmentStep"]):
    way = "commitment"


class CommitmentStep(models.Model):
    """Delivered, confirmed, not confirmed, written off: by whom, when, with what to show for it."""

    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="steps")
    act = models.CharField(max_length=12, choices=CommitmentAct.choices)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    note = models.TextField(blank=True, max_length=2000)
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    #: From the link in a mail, without signing in.
    by_mail = models.BooleanField(default=False)

    objects = CommitmentStepQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(act=CommitmentAct.REFUSE) | Q(note__gt=""), name="refusal_says_why")
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.commitment_id}"


class DueChangeQuerySet(PartQuerySet["DueChange"]):
    way = "commitment"


class DueChange(models.Model):
    """The day moved, and why."""

    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="due_changes")
    was = models.DateField()
    now = models.DateField()
    why = models.CharField(max_length=300)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = DueChangeQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.was} to {self.now}"


class WriteOffConsentQuerySet(PartQuerySet["WriteOffConsent"]):
    way = "commitment"


class WriteOffConsent(models.Model):
    """A partner's yes to letting a commitment go."""

    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="write_off_consents")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = WriteOffConsentQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["commitment", "party"], name="write_off_consent_once")]

    def __str__(self) -> str:
        return f"{self.party_id} to {self.commitment_id}"


# Contributions --------------------------------------------------------------------------------------------------------
class Contribution(Circled):
    """What a party promised to bring in a period: cash, in kind, time, or what money does not measure."""

    giver = models.ForeignKey(Party, models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=8, choices=ContributionKind.choices)
    what = models.CharField(_("what"), max_length=200)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    #: Promised, in `currency`; of time with an hourly rate it is hours times rate. None: not valued.
    amount = models.DecimalField(
        _("amount"), max_digits=16, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(
        _("currency"), max_length=3, default="USD", validators=[RegexValidator(r"^[A-Z]{3}\Z", _("Three capitals."))]
    )
    hours = models.DecimalField(
        _("hours"), max_digits=9, decimal_places=1, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    hour_rate = models.DecimalField(
        _("value of an hour"), max_digits=10, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    #: What one unit of `currency` is worth in the partnership's currency, as the partners agreed on that day.
    rate = models.DecimalField(_("agreed rate"), max_digits=18, decimal_places=8, null=True, blank=True)
    rate_on = models.DateField(_("agreed on"), null=True, blank=True)

    gifts: RelatedManager[Gift]

    class Meta:
        indexes = [models.Index(fields=["partnership", "giver"])]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="contribution_ends_after_start"),
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gte=0), name="contribution_not_negative"),
            models.CheckConstraint(
                condition=Q(rate=None, rate_on=None) | Q(rate__gt=0, rate_on__isnull=False),
                name="contribution_rate_dated",
            ),
            models.CheckConstraint(
                condition=~Q(kind=ContributionKind.OTHER) | Q(amount=None, hours=None),
                name="contribution_other_unvalued",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"

    @property
    def path(self) -> str:
        """Where it is read."""
        return reverse("delivery:contribution", args=[self.partnership.public_id, self.public_id])

    def in_common(self, amount: Decimal | None) -> Decimal | None:
        """An amount of this contribution in the partnership's currency; None where no rate was agreed."""
        if amount is None:
            return None
        if self.currency == self.partnership.currency:
            return amount
        return (amount * self.rate).quantize(CENT, ROUND_HALF_UP) if self.rate is not None else None


class GiftQuerySet(PartQuerySet["Gift"]):
    way = "contribution"


class Gift(models.Model):
    """A part of a contribution that was put in. It counts until another partner says no."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    contribution = models.ForeignKey(Contribution, models.CASCADE, related_name="gifts")
    state = models.CharField(max_length=12, choices=GiftState.choices, default=GiftState.GIVEN)
    on = models.DateField(_("put in on"))
    amount = models.DecimalField(
        _("amount"), max_digits=16, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    hours = models.DecimalField(
        _("hours"), max_digits=9, decimal_places=1, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    note = models.TextField(_("note"), blank=True, max_length=1000)
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    #: Who confirmed it or did not, and why not.
    checked_party = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField(null=True)
    refusal = models.CharField(max_length=300, blank=True)

    objects = GiftQuerySet.as_manager()

    class Meta:
        ordering = ["on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=GiftState.GIVEN) | Q(checked_party__isnull=False), name="gift_checked_by"
            ),
            models.CheckConstraint(condition=~Q(state=GiftState.REFUSED) | Q(refusal__gt=""), name="gift_refusal_why"),
        ]

    def __str__(self) -> str:
        return f"gift {self.public_id}"


# Promises to communities ----------------------------------------------------------------------------------------------
class CommunityPromise(Circled):
    """Something promised to affected people through a body of theirs: kept, or explained to them [EC6]."""

    #: The body's own party, where it has one; its name is kept either way.
    body = models.ForeignKey(Party, models.PROTECT, null=True, blank=True, related_name="+")
    body_name = models.CharField(_("promised to"), max_length=160)
    promiser = models.ForeignKey(Party, models.PROTECT, related_name="+")
    #: The person with a seat who said it, where known.
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    what = models.CharField(_("what was promised"), max_length=300)
    said_on = models.DateField(_("promised on"))
    due_on = models.DateField(_("by"), null=True, blank=True)
    state = models.CharField(max_length=12, choices=PromiseState.choices, default=PromiseState.OPEN)
    state_since = models.DateTimeField(default=clock.now)

    steps: RelatedManager[PromiseStep]

    class Meta:
        indexes = [models.Index(fields=["partnership", "state", "due_on"])]
        constraints = [models.CheckConstraint(condition=Q(state__in=PromiseState.values), name="promise_state_known")]

    def __str__(self) -> str:
        return f"promise {self.public_id}"

    @property
    def path(self) -> str:
        """Where it is read."""
        return reverse("delivery:promise", args=[self.partnership.public_id, self.public_id])


class PromiseStepQuerySet(PartQuerySet["PromiseStep"]):
    way = "promise"


class PromiseStep(models.Model):
    """Kept, explained, confirmed or denied: by whom, when, in which words."""

    promise = models.ForeignKey(CommunityPromise, models.CASCADE, related_name="steps")
    act = models.CharField(max_length=12, choices=PromiseAct.choices)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    note = models.TextField(blank=True, max_length=2000)
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")

    objects = PromiseStepQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.act} {self.promise_id}"


# Disputes -------------------------------------------------------------------------------------------------------------
class Dispute(Circled):
    """A disagreement on its agreed route: leads, executives, a mediator, each with a day [ST3]."""

    what = models.TextField(_("what it is about"), max_length=2000)
    level = models.CharField(max_length=12, choices=DisputeLevel.choices, default=DisputeLevel.LEADS)
    due_on = models.DateField(_("settled at this level by"))
    settled_on = models.DateField(null=True)
    settled_how = models.TextField(_("how it was settled"), blank=True, max_length=2000)

    steps: RelatedManager[DisputeStep]
    settlements: RelatedManager[Settlement]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(settled_on=None) | Q(settled_how__gt=""), name="dispute_settled_how")
        ]

    def __str__(self) -> str:
        return f"dispute {self.public_id}"

    @property
    def path(self) -> str:
        """Where it is read."""
        return reverse("delivery:dispute", args=[self.partnership.public_id, self.public_id])


class DisputeStepQuerySet(PartQuerySet["DisputeStep"]):
    way = "dispute"


class DisputeStep(models.Model):
    """A level of the route, and until when it had time."""

    dispute = models.ForeignKey(Dispute, models.CASCADE, related_name="steps")
    level = models.CharField(max_length=12, choices=DisputeLevel.choices)
    due_on = models.DateField()
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    why = models.CharField(max_length=300, blank=True)

    objects = DisputeStepQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["dispute", "level"], name="dispute_level_once")]

    def __str__(self) -> str:
        return f"{self.level} of {self.dispute_id}"


class SettlementQuerySet(PartQuerySet["Settlement"]):
    way = "dispute"


class Settlement(models.Model):
    """A partner's yes to how a dispute is settled."""

    dispute = models.ForeignKey(Dispute, models.CASCADE, related_name="settlements")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = SettlementQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dispute", "party"], name="settlement_once")]

    def __str__(self) -> str:
        return f"{self.party_id} to {self.dispute_id}"
