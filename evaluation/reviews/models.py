"""Rounds, the partners' parts in them, sealed answers, and what stands after the opening."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.ids import new_public_id
from partnerships.access.models import Circled, current_seats
from partnerships.record.models import Party, Seat

from .states import LatePolicy, PartMode, RespondentState, RoundKind, RoundState, Stance, round_title

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from partnerships.people.models import User

#: Each partner reads its own results this long before all are opened.
OWN_RESULTS_LEAD = timedelta(hours=24)
#: How much longer a round stays open under the policy "extend", and how often.
EXTENSION = timedelta(days=14)
EXTENSIONS_MAX = 3


class Round(Circled):
    """One review: everyone is asked the same, in parts that stay sealed and open together."""

    kind = models.CharField(_("kind"), max_length=12, choices=RoundKind.choices)
    #: Counts the rounds of this kind in this partnership, from 1.
    number = models.PositiveIntegerField(default=1)
    instrument = models.ForeignKey("partnerships.CatalogueVersion", models.PROTECT, related_name="+")
    #: Codes of the statements that are asked, in order; fixed at the start.
    statements = models.JSONField(default=list)
    #: On these (five at most) people also say what they expect the others to answer.
    expected = models.JSONField(default=list, blank=True)
    state = models.CharField(max_length=12, choices=RoundState.choices, default=RoundState.PLANNED)
    opens_at = models.DateTimeField(_("answering starts"))
    closes_at = models.DateTimeField(_("last day to hand in"))
    #: Agreed by all partners, normally the time of the joint session.
    opening_at = models.DateTimeField(_("opened together"))
    policy = models.CharField(
        _("if a partner has not handed in"), max_length=12, choices=LatePolicy.choices, default=LatePolicy.EXTEND
    )
    #: Announced to everybody when planning: the broker reads all results when each partner reads its own.
    broker_early = models.BooleanField(_("the broker reads the results a day earlier, to prepare"), default=False)
    #: The zone of whoever planned it: its days end there.
    zone = models.CharField(max_length=60, default="UTC")
    extensions = models.PositiveSmallIntegerField(default=0, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    frozen_at = models.DateTimeField(null=True, editable=False)
    opened_at = models.DateTimeField(null=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, editable=False)
    #: Written at the opening: the statements with a gap to talk about first, as far as the agenda shows them.
    wide = models.JSONField(default=list, blank=True, editable=False)
    #: Written at the opening of a pulse: some partner's trust fell by 0.75, or twice in a row.
    fell = models.BooleanField(default=False, editable=False)
    #: Why the software could not open it when it was time, for those who run the installation.
    trouble = models.CharField(max_length=300, blank=True, editable=False)

    parts: RelatedManager[Part]
    consents: RelatedManager[DateConsent]
    findings: RelatedManager[Finding]
    talks: RelatedManager[Talk]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partnership", "kind", "number"], name="round_number_once"),
            models.CheckConstraint(condition=Q(state__in=RoundState.values), name="round_state_known"),
            models.CheckConstraint(condition=Q(kind__in=RoundKind.values), name="round_kind_known"),
            models.CheckConstraint(condition=Q(policy__in=LatePolicy.values), name="round_policy_known"),
            models.CheckConstraint(
                condition=Q(opens_at__lt=models.F("closes_at"), closes_at__lt=models.F("opening_at")),
                name="round_dates_in_order",
            ),
            models.CheckConstraint(
                condition=~Q(state=RoundState.OPENED) | Q(opened_at__isnull=False), name="round_opened_when"
            ),
        ]
        indexes = [
            models.Index(fields=["partnership", "-opening_at"]),
            models.Index(fields=["state", "opening_at"]),
            models.Index(fields=["state", "closes_at"]),
        ]

    def __str__(self) -> str:
        return self.title()

    def title(self, word: str = "review") -> str:
        """What the round is called; some organisations say "evaluation" instead of "review"."""
        return round_title(self.kind, self.number, word)

    @property
    def opens_on(self) -> date:
        return self._day(self.opens_at)

    @property
    def closes_on(self) -> date:
        """The last day to hand in, where it was planned."""
        return self._day(self.closes_at)

    def opened_on(self) -> date:
        """The day of the opening, where it was planned; the agreed one before it."""
        return self._day(self.opened_at or self.opening_at)

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.zone)).date()

    @property
    def opening_local(self) -> datetime:
        """The agreed time on the clocks of where it was planned."""
        return self.opening_at.astimezone(ZoneInfo(self.zone))

    @property
    def own_results_local(self) -> datetime:
        return self.own_results_at.astimezone(ZoneInfo(self.zone))

    @property
    def own_results_at(self) -> datetime:
        """When each partner may read its own results, once all parts are in."""
        return self.opening_at - OWN_RESULTS_LEAD

    @property
    def is_sealed(self) -> bool:
        return self.state not in {RoundState.OPENED, RoundState.CANCELLED}

    @property
    def is_opened(self) -> bool:
        return self.state == RoundState.OPENED


class Boundary(Circled):
    """What is reviewed and what is not, when, and how long: agreed early, among a web of actors [EV6]."""

    scope = models.TextField(_("What is reviewed"))
    beyond = models.TextField(_("What is not, and who looks at that"), blank=True)
    calendar = models.TextField(_("How it is tied to the project's own monitoring and evaluation"), blank=True)
    first_on = models.DateField(_("first review"))
    every_months = models.PositiveSmallIntegerField(_("then every … months"), default=12)
    until_on = models.DateField(_("last review"))

    consents: RelatedManager[BoundaryConsent]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partnership"], name="boundary_once"),
            models.CheckConstraint(condition=Q(first_on__lte=models.F("until_on")), name="boundary_dates_in_order"),
        ]
        verbose_name_plural = "boundaries"

    def __str__(self) -> str:
        return f"boundary {self.public_id}"


class BoundaryConsent(models.Model):
    """A partner's yes to one version of the boundary."""

    boundary = models.ForeignKey(Boundary, models.CASCADE, related_name="consents")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["boundary", "party", "version"], name="boundary_consent_once")]

    def __str__(self) -> str:
        return f"{self.party_id} to {self.boundary_id}"


class DateConsent(models.Model):
    """A partner's yes to the dates and rules of a planned round; any change of them asks again."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="consents")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "party"], name="date_consent_once")]

    def __str__(self) -> str:
        return f"{self.party_id} to {self.round_id}"


class Part(Circled):
    """One partner's share of a round. Its own side reads it; at the opening it joins the round's circle."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="parts")
    mode = models.CharField(_("how we take part"), max_length=12, choices=PartMode.choices, default=PartMode.UNDECIDED)
    handed_in_at = models.DateTimeField(null=True, editable=False)
    handed_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    #: How many answered; written when all is sealed shut, since before that it would tell.
    respondents_count = models.PositiveIntegerField(null=True, editable=False)
    #: Fewer than the minimum answered, the partner left, or the round was cancelled: gone, unread.
    destroyed_at = models.DateTimeField(null=True, editable=False)

    respondents: RelatedManager[Respondent]
    answers: RelatedManager[OpenAnswer]
    comments: RelatedManager[Comment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "party"], name="part_once"),
            models.CheckConstraint(condition=Q(mode__in=PartMode.values), name="part_mode_known"),
        ]

    def __str__(self) -> str:
        return f"part {self.public_id}"

    @property
    def is_in(self) -> bool:
        return self.handed_in_at is not None

    @property
    def is_agreed(self) -> bool:
        return self.mode == PartMode.ONE_AGREED

    @property
    def counts(self) -> bool:
        """Handed in and not destroyed: it is among the results."""
        return self.is_in and self.destroyed_at is None


class RespondentQuerySet(models.QuerySet["Respondent"]):
    def visible_to(self, user: User) -> Self:
        """People asked by this person's own side. What they answered is never here."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(part__party__in=current_seats(user).values("party"))

    def of_user(self, user: User) -> Self:
        """The places from which this person may answer: their own, and their side's agreed answer."""
        if not user.is_authenticated:
            return self.none()
        seats = current_seats(user)
        return self.filter(
            Q(seat__in=seats.values("pk"))
            | Q(seat=None, email_hash="", part__mode=PartMode.ONE_AGREED, part__party__in=seats.values("party"))
        )

    def unguarded(self, reason: str) -> Self:
        """Everything. Never in a view."""
        return self


class Respondent(models.Model):
    """Someone who answers: a seat, or a mail address; or the whole side, where it gives one agreed answer."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    part = models.ForeignKey(Part, models.CASCADE, related_name="respondents")
    seat = models.ForeignKey(Seat, models.PROTECT, null=True, related_name="+")
    #: Emptied at the opening.
    email = models.EmailField(_("mail address"), blank=True)
    #: Keyed, so that nobody is asked twice, and nobody is found from a list of addresses.
    email_hash = models.CharField(max_length=64, blank=True)
    language = models.CharField(max_length=8, default="en")
    #: Grows when the link is sent anew; only the newest opens.
    counter = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=12, choices=RespondentState.choices, default=RespondentState.INVITED)

    objects: ClassVar[models.Manager[Any]] = RespondentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["part", "seat"], condition=Q(seat__isnull=False), name="respondent_seat_once"
            ),
            models.UniqueConstraint(
                fields=["part", "email_hash"], name="respondent_address_once", condition=~Q(email_hash="")
            ),
            models.UniqueConstraint(
                fields=["part"], condition=Q(seat=None, email_hash=""), name="respondent_agreed_once"
            ),
            models.CheckConstraint(condition=Q(state__in=RespondentState.values), name="respondent_state_known"),
        ]

    def __str__(self) -> str:
        return f"respondent {self.public_id}"


class SealedAnswer(models.Model):
    """What a respondent has said so far, as ciphertext only. No time and a random key: rows tell no order."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    part = models.ForeignKey(Part, models.CASCADE, related_name="sealed")
    respondent = models.OneToOneField(Respondent, models.CASCADE, related_name="sealed")
    ciphertext = models.TextField()

    def __str__(self) -> str:
        return "sealed"


class OpenAnswerQuerySet(models.QuerySet["OpenAnswer"]):
    def visible_to(self, user: User) -> Self:
        """Opened answers of the parts that this person reads."""
        return self.filter(part__in=Part.objects.visible_to(user).values("pk"))

    def unguarded(self, reason: str) -> Self:
        """Everything. Never in a view."""
        return self


class OpenAnswer(models.Model):
    """After the opening: how many of a part gave this answer to this statement. No respondent, no time, no order."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    part = models.ForeignKey(Part, models.CASCADE, related_name="answers")
    statement = models.CharField(max_length=60)
    #: Set where this is what they expected another partner to answer.
    about = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")
    #: 0 to 4; nothing means "don't know".
    value = models.PositiveSmallIntegerField(null=True)
    count = models.PositiveIntegerField()

    objects: ClassVar[models.Manager[Any]] = OpenAnswerQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(value=None) | Q(value__lte=4), name="answer_in_scale")]
        indexes = [models.Index(fields=["part", "statement"])]

    def __str__(self) -> str:
        return f"{self.statement} of {self.part_id}"


class Comment(Circled):
    """A comment on a statement, after the opening. It goes to its own side first, which may release it."""

    part = models.ForeignKey(Part, models.CASCADE, related_name="comments")
    statement = models.CharField(max_length=60)
    text = models.TextField()
    #: Keyed; lets its writer withdraw it, and tells nobody who that is.
    author_hash = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["part", "statement"])]

    def __str__(self) -> str:
        return f"comment {self.public_id}"


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
