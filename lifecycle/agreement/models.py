"""Agreements, their clauses with versions and stances, what was signed by whom, and the terms they fix."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Self, TypeVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.ids import new_public_id
from partnerships.access.models import Circled

from .states import OPEN_STATES, AgreementKind, AgreementState, Length, PaperState, StanceState

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from partnerships.people.models import User
    from partnerships.record.models import Partnership

LANGUAGES = [("en", _("English")), ("fr", _("French")), ("es", _("Spanish"))]
#: A blank of the starting texts: words in square brackets.
BLANK = re.compile(r"\[[^\[\]]{2,}\]")
M = TypeVar("M", bound=models.Model, covariant=True)


class PartQuerySet(models.QuerySet[M]):
    """What has no circle of its own is read by whoever reads the agreement (or terms) it belongs to."""

    #: From the model to the item that has a circle.
    way = "agreement"

    def visible_to(self, user: User) -> Self:
        whole = Terms if self.way.endswith("terms") else Agreement
        return self.filter(**{f"{self.way}__in": whole.objects.visible_to(user)})

    def of(self, partnership: Partnership) -> Self:
        return self.filter(**{f"{self.way}__partnership": partnership})

    def unguarded(self, reason: str) -> Self:
        """Everything. Never in a view."""
        return self


class Agreement(Circled):
    """One text on its way to being signed by all partners, or signed. An amendment is a new one that replaces it."""

    kind = models.CharField(_("kind"), max_length=8, choices=AgreementKind.choices)
    length = models.CharField(_("length"), max_length=8, choices=Length.choices)
    title = models.CharField(_("title"), max_length=160)
    state = models.CharField(max_length=12, choices=AgreementState.choices, default=AgreementState.DRAFT)
    #: The clauses it was made from, whose explanations stand beside its own.
    catalogue = models.ForeignKey("partnerships.CatalogueVersion", models.PROTECT, related_name="+")
    #: 1 is the first of its kind in the partnership.
    number = models.PositiveSmallIntegerField(default=1)
    supersedes = models.ForeignKey("self", models.PROTECT, null=True, related_name="amendments")
    #: Why an amendment, or why set aside.
    reason = models.TextField(blank=True)
    signed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    clauses: RelatedManager[ClauseText]
    frozen_texts: RelatedManager[FrozenText]
    #: A text that is still negotiated is the business of those who negotiate it, not of a party that left.
    standing_since = "signed_at"

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=AgreementKind.values), name="agreement_kind_known"),
            models.CheckConstraint(condition=Q(state__in=AgreementState.values), name="agreement_state_known"),
            models.CheckConstraint(
                condition=~Q(state__in=[AgreementState.SIGNED, AgreementState.SUPERSEDED]) | Q(signed_at__isnull=False),
                name="agreement_signed_when",
            ),
            models.UniqueConstraint(
                fields=["partnership", "kind"], condition=Q(state__in=OPEN_STATES), name="agreement_open_once"
            ),
            models.UniqueConstraint(
                fields=["partnership", "kind"], condition=Q(state=AgreementState.SIGNED), name="agreement_signed_once"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_draft(self) -> bool:
        return self.state == AgreementState.DRAFT

    @property
    def is_signing(self) -> bool:
        return self.state == AgreementState.SIGNING

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def was_signed(self) -> bool:
        return self.state in {AgreementState.SIGNED, AgreementState.SUPERSEDED}


class ClauseTextQuerySet(PartQuerySet["ClauseText"]):
    pass


class ClauseText(models.Model):
    """One clause of one agreement, in the agreement's language."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="clauses")
    #: The number people say: of the catalogue, or the next free one for a clause of their own.
    code = models.CharField(max_length=8)
    order = models.PositiveIntegerField()
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("text"), max_length=12000)
    #: Grows with each change of title or text. A stance belongs to the version it was taken on.
    version = models.PositiveIntegerField(default=1)
    is_required = models.BooleanField(default=False)
    #: Required where a site or field office is in scope (clause 11).
    is_required_on_site = models.BooleanField(default=False)
    #: Added by the partners, not from the catalogue.
    is_own = models.BooleanField(default=False)
    #: All partners agreed to leave it out.
    left_out_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(default=clock.now)

    stances: RelatedManager[ClauseStance]
    versions: RelatedManager[ClauseVersion]
    comments: RelatedManager[ClauseComment]
    objects = ClauseTextQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agreement", "code"], name="clause_code_once")]
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def is_left_out(self) -> bool:
        return self.left_out_at is not None

    @property
    def blanks(self) -> list[str]:
        """What is still to be filled in, as it stands in square brackets."""
        return [] if self.is_left_out else BLANK.findall(self.text)


class ClauseVersionQuerySet(PartQuerySet["ClauseVersion"]):
    way = "clause__agreement"


class ClauseVersion(models.Model):
    """What a clause said at one of its versions, the present one included."""

    clause = models.ForeignKey(ClauseText, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    text = models.TextField()
    #: Whose change; None: the starting text of the catalogue.
    party = models.ForeignKey("partnerships.Party", models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    #: Why, in a line.
    note = models.CharField(max_length=300, blank=True)

    objects = ClauseVersionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clause", "number"], name="clause_version_once")]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.clause_id} v{self.number}"


class ClauseStanceQuerySet(PartQuerySet["ClauseStance"]):
    way = "clause__agreement"


class ClauseStance(models.Model):
    """What a partner says to one version of a clause. A newer version starts without stances."""

    clause = models.ForeignKey(ClauseText, models.CASCADE, related_name="stances")
    party = models.ForeignKey("partnerships.Party", models.PROTECT, related_name="+")
    text_version = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=StanceState.choices)
    note = models.TextField(_("note"), blank=True, max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = ClauseStanceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clause", "party", "text_version"], name="clause_stance_once"),
            models.CheckConstraint(condition=Q(state__in=StanceState.values), name="clause_stance_known"),
            models.CheckConstraint(
                condition=~Q(state=StanceState.DISCUSS) | Q(note__gt=""), name="clause_discuss_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party_id}: {self.state}"


class ClauseComment(Circled):
    """A remark on a clause: on the own side, in the caucus, or between the partners."""

    clause = models.ForeignKey(ClauseText, models.CASCADE, related_name="comments")
    #: The version it was written on.
    text_version = models.PositiveIntegerField()
    text = models.TextField(_("comment"), max_length=4000)

    def __str__(self) -> str:
        return f"comment {self.public_id}"


class FrozenTextQuerySet(PartQuerySet["FrozenText"]):
    pass


class FrozenText(models.Model):
    """The text as it was opened for signing: canonical JSON and its SHA-256. It never changes; it can become void."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="frozen_texts")
    number = models.PositiveSmallIntegerField()
    snapshot = models.TextField()
    sha256 = models.CharField(max_length=64)
    frozen_at = models.DateTimeField(default=clock.now)
    frozen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    voided_at = models.DateTimeField(null=True)
    voided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    void_reason = models.TextField(blank=True)

    signatures: RelatedManager[Signature]
    paper: Paper
    objects = FrozenTextQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="frozen_text_number"),
            models.UniqueConstraint(fields=["agreement"], condition=Q(voided_at=None), name="frozen_text_once"),
        ]
        ordering = ["number"]

    def __str__(self) -> str:
        return self.sha256[:12]


class SignatureQuerySet(PartQuerySet["Signature"]):
    way = "frozen__agreement"


class Signature(models.Model):
    """A partner's signature under a frozen text."""

    frozen = models.ForeignKey(FrozenText, models.PROTECT, related_name="signatures")
    party = models.ForeignKey("partnerships.Party", models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=120)
    job_title = models.CharField(_("job title"), max_length=120)
    #: "I may sign for … because …"
    mandate = models.TextField(_("mandate"), max_length=500)
    #: What was signed, once more, so that the row speaks for itself.
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField(default=clock.now)

    objects = SignatureQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["frozen", "party"], name="signature_once")]
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.name} for {self.party_id}"


class PaperQuerySet(PartQuerySet["Paper"]):
    way = "frozen__agreement"


class Paper(models.Model):
    """The PDF of a signed text: a job until it is done, then a document."""

    frozen = models.OneToOneField(FrozenText, models.CASCADE, related_name="paper")
    state = models.CharField(max_length=8, choices=PaperState.choices, default=PaperState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    queued_at = models.DateTimeField(default=clock.now)
    done_at = models.DateTimeField(null=True)
    #: A sentence's code for the reader, and the exception's name for the operator; never content.
    reason = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=200, blank=True)
    document = models.ForeignKey("partnerships.Document", models.PROTECT, null=True, related_name="+")

    objects = PaperQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=PaperState.DONE) | Q(document__isnull=False), name="paper_done_has_document"
            )
        ]
        indexes = [
            models.Index(
                fields=["state", "claimed_at"],
                condition=Q(state__in=[PaperState.QUEUED, PaperState.WORKING]),
                name="paper_due",
            )
        ]

    def __str__(self) -> str:
        return f"paper of {self.frozen_id}: {self.state}"


class Terms(Circled):
    """What the agreement fixes, as data for the later stages. Versions are numbered; all partners agree to one."""

    number = models.PositiveIntegerField()
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    total_budget = models.DecimalField(
        _("total budget"), max_digits=16, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    #: Per cent of the total budget.
    review_percent = models.DecimalField(
        _("for reviews, per cent of the total"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    first_review_on = models.DateField(_("first review on"), null=True, blank=True)
    review_every_months = models.PositiveSmallIntegerField(
        _("then every … months"), default=12, validators=[MinValueValidator(1), MaxValueValidator(24)]
    )
    review_days = models.PositiveSmallIntegerField(_("days a review may take"), null=True, blank=True)
    review_boundary = models.TextField(_("what the reviews look at, and what not"), blank=True, max_length=2000)
    #: Which dates of the project's own monitoring the reviews go with.
    monitoring_calendar = models.TextField(_("tied to the project's monitoring"), blank=True, max_length=1000)
    governance = models.CharField(_("governance"), max_length=200, blank=True)
    #: From here on later stages read it. None: proposed, or waiting for the amendment to be signed.
    in_force_at = models.DateTimeField(null=True)

    consents: RelatedManager[TermsConsent]
    decisions: RelatedManager[YieldedDecision]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partnership", "number"], name="terms_number_once"),
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gt=models.F("starts_on")),
                name="terms_end_after_start",
            ),
            models.CheckConstraint(
                condition=Q(review_percent=None) | Q(review_percent__gte=0, review_percent__lte=100),
                name="terms_review_percent",
            ),
        ]

    def __str__(self) -> str:
        return f"terms {self.number}"

    @property
    def months(self) -> int | None:
        """Whole months from start to end."""
        if self.starts_on is None or self.ends_on is None:
            return None
        return months_between(self.starts_on, self.ends_on)

    @property
    def review_budget(self) -> Decimal | None:
        if self.total_budget is None or self.review_percent is None:
            return None
        return (self.total_budget * self.review_percent / 100).quantize(Decimal("0.01"))

    @property
    def gaps(self) -> list[str]:
        """Names of the fields that the gate to implementation asks for and that are empty."""
        needed = ("starts_on", "ends_on", "total_budget", "review_percent", "first_review_on", "review_boundary")
        return [name for name in needed if getattr(self, name) in (None, "")]


class TermsConsentQuerySet(PartQuerySet["TermsConsent"]):
    way = "terms"


class TermsConsent(models.Model):
    """A partner's yes to one version of the terms."""

    terms = models.ForeignKey(Terms, models.CASCADE, related_name="consents")
    party = models.ForeignKey("partnerships.Party", models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = TermsConsentQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["terms", "party"], name="terms_consent_once")]

    def __str__(self) -> str:
        return f"{self.party_id} to {self.terms_id}"


class YieldedDecisionQuerySet(PartQuerySet["YieldedDecision"]):
    way = "terms"


class YieldedDecision(models.Model):
    """Named decisions that a partner lets the others make [S3]."""

    terms = models.ForeignKey(Terms, models.CASCADE, related_name="decisions")
    party = models.ForeignKey("partnerships.Party", models.PROTECT, related_name="+")
    text = models.TextField(max_length=1000)

    objects = YieldedDecisionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["terms", "party"], name="yielded_once")]

    def __str__(self) -> str:
        return f"by {self.party_id}"


def months_between(first: date, last: date) -> int:
    """Whole months from one day to another; a term of 1 January to 31 December counts as twelve."""
    last_day = date.fromordinal(last.toordinal() + 1)
    months = (last_day.year - first.year) * 12 + last_day.month - first.month
    return months - (last_day.day < first.day)
