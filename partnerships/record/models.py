"""The record: a partnership, its parties, and the people's seats in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .. import clock
from ..access.ids import new_public_id
from ..access.models import Circle, Circled, Release, current_seats
from ..people.models import Invitation, Membership, Office, Organisation, User
from ..people.states import MembershipRole, OrganisationKind
from ..work.models import WorkItem
from .states import Duty, Function, Level, Role, Sector, Stage, Standing, sectors_in_order

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class PartnershipQuerySet(models.QuerySet["Partnership"]):
    """Which records a person finds. What stands inside them is decided item by item."""

    def locked(self, partnership: Partnership) -> Partnership:
        """The record as it stands now, locked until the transaction ends.

        Whoever decides something about all of it takes turns: of two partners who hand in at once, the second is last.
        Rows that point at it (a reminder of a sweep) may be written meanwhile.
        """
        return self.select_for_update(no_key=True).get(pk=partnership.pk)

    def visible_to(self, user: User) -> Self:
        """Records with a seat of this person, and (name, stage, people) those of an organisation they administer."""
        if not user.is_authenticated:
            return self.none()
        seated = Party.objects.filter(pk__in=current_seats(user).values("party")).values("partnership")
        administered = Party.objects.filter(
            organisation__memberships__in=Membership.objects.filter(
                user=user, ended_on=None, role=MembershipRole.ADMINISTRATOR
            ),
        ).values("partnership")
        return self.filter(Q(pk__in=seated) | Q(pk__in=administered))

    def seated(self, user: User) -> Self:
        """Records in which this person has a seat."""
        return self.filter(
            pk__in=Party.objects.filter(pk__in=current_seats(user).values("party")).values("partnership")
        )

    def unguarded(self, reason: str) -> Self:
        """Everything. Never in a view."""
        return self


class Partnership(models.Model):
    """One partnership, from the first conversation to the lessons learned."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    #: The working title, used in mails until the partnership is announced.
    name = models.CharField(_("working title"), max_length=120)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    country = models.CharField(_("country"), max_length=60, blank=True)
    site = models.CharField(_("site or region"), max_length=120, blank=True)
    #: Codes of `Sector`, in its order: what the partners work on.
    sectors = models.JSONField(_("sector"), default=list, blank=True)
    is_exploration = models.BooleanField(_("the mine is in exploration"), default=False)
    stage = models.CharField(max_length=16, choices=Stage.choices, default=Stage.SCOPING)
    stage_since = models.DateField(default=clock.today)
    standing = models.CharField(max_length=12, choices=Standing.choices, default=Standing.ACTIVE)
    announced_on = models.DateField(null=True, blank=True)
    #: Cash, in-kind and time are shown in this currency where a rate was agreed.
    currency = models.CharField(max_length=3, default="USD")
    #: Where the record was opened; earlier stages are "done before this record".
    opened_at_stage = models.CharField(max_length=16, choices=Stage.choices, default=Stage.SCOPING)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    #: The day on which it was closed, ended or not pursued: retention counts from here. None while it is open.
    closed_on = models.DateField(null=True, editable=False)

    parties: RelatedManager[Party]
    children: RelatedManager[Partnership]
    releases: RelatedManager[Release]
    circles: RelatedManager[Circle]
    work_items: RelatedManager[WorkItem]
    invites: RelatedManager[PartyInvite]
    objects = PartnershipQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["parent"])]

    def __str__(self) -> str:
        return self.name

    @property
    def sector_labels(self) -> list[str]:
        """What the partners work on, in words."""
        return [str(Sector(code).label) for code in sectors_in_order(self.sectors)]

    @property
    def is_open(self) -> bool:
        """Work can still be written: running, or on hold (drafting is open at any stage)."""
        return self.standing in {Standing.ACTIVE, Standing.ON_HOLD}


class Party(models.Model):
    """An organisation in a partnership, in a role. Parties leave, they are never removed."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    partnership = models.ForeignKey(Partnership, models.CASCADE, related_name="parties")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="parties")
    role = models.CharField(_("role"), max_length=16, choices=Role.choices)
    #: Tells apart the marks of parties of the same kind, 0 to 2.
    mark_variant = models.PositiveSmallIntegerField(default=0)
    joined_at = models.DateTimeField(default=clock.now)
    left_on = models.DateField(null=True)
    #: The instant of leaving: what was written later in an older circle is not for this party any more.
    left_at = models.DateTimeField(null=True, editable=False)
    rules_accepted_at = models.DateTimeField(null=True)
    rules_accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    rules_version = models.ForeignKey("partnerships.CatalogueVersion", models.PROTECT, null=True, related_name="+")
    #: Since when a legal hold of this side stands, for everybody here to see; the reason is in `LegalHold`. None: none.
    held_since = models.DateTimeField(null=True, editable=False)
    #: Who pays a broker is shown to everybody (catalogue 10.21).
    paid_by = models.CharField(_("paid by"), max_length=160, blank=True)

    seats: RelatedManager[Seat]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partnership", "organisation"], condition=Q(left_on=None), name="party_once"
            )
        ]
        ordering = ["joined_at", "pk"]

    def __str__(self) -> str:
        return self.organisation.called

    @property
    def name(self) -> str:
        return self.organisation.called

    @property
    def is_partner(self) -> bool:
        return self.role == Role.PARTNER

    @property
    def role_label(self) -> str:
        return str(self.get_role_display())

    @property
    def mark_role(self) -> str:
        """Which shape stands before the name: the organisation's kind for partners, else the role."""
        if self.role != Role.PARTNER:
            return {
                Role.BROKER: "broker",
                Role.RIGHTS_HOLDER: "community",
                Role.AUTHORITY: "government",
                Role.FUNDER: "funder",
                Role.ADVISER: "adviser",
            }[Role(self.role)]
        return {OrganisationKind.INTERMEDIARY: "broker"}.get(
            OrganisationKind(self.organisation.kind), self.organisation.kind
        )


class Seat(models.Model):
    """A person's place in a party. Ended, never deleted."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    party = models.ForeignKey(Party, models.CASCADE, related_name="seats")
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="seats")
    office = models.ForeignKey(Office, models.PROTECT, null=True, blank=True, related_name="+")
    duty = models.CharField(_("duty"), max_length=12, choices=Duty.choices, default=Duty.MEMBER)
    #: For whom a stand-in stands in.
    stands_in_for = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="stand_ins")
    function = models.CharField(_("function"), max_length=16, choices=Function.choices, default=Function.OTHER)
    level = models.CharField(_("level"), max_length=12, choices=Level.choices, default=Level.MANAGEMENT)
    #: Hours a week that the organisation has released; None where nothing was named.
    hours = models.DecimalField(_("hours a week"), max_digits=4, decimal_places=1, null=True, blank=True)
    handovers: RelatedManager[HandoverPage]
    #: People who work in rosters stand back to back.
    rosters = models.BooleanField(_("works in rosters, back to back"), default=False)
    since = models.DateField(default=clock.today)
    ended_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["party", "membership"], condition=Q(ended_on=None), name="seat_once"),
        ]
        indexes = [models.Index(fields=["membership", "ended_on"]), models.Index(fields=["party", "ended_on"])]

    def __str__(self) -> str:
        return str(self.membership.user)

    @property
    def asked(self) -> User | None:
        """Whom work of this seat waits for by name: nobody once it has ended, so that it waits for the party."""
        return self.membership.user if self.ended_on is None else None


class PartyInvite(models.Model):
    """The wish to bring another party in. All partners that are in must want it before the mail goes out."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    partnership = models.ForeignKey(Partnership, models.CASCADE, related_name="invites")
    role = models.CharField(_("role"), max_length=16, choices=Role.choices)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    organisation_name = models.CharField(_("organisation"), max_length=160)
    organisation_kind = models.CharField(_("kind"), max_length=16, choices=OrganisationKind.choices)
    email = models.EmailField(_("mail address of its lead"))
    person_name = models.CharField(_("name of its lead"), max_length=120)
    language = models.CharField(_("language of the mail"), max_length=8, default="en")
    paid_by = models.CharField(_("paid by"), max_length=160, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True)
    declined_at = models.DateTimeField(null=True)
    party = models.OneToOneField(Party, models.PROTECT, null=True, related_name="invite")

    consents: RelatedManager[PartyConsent]
    invitations: RelatedManager[Invitation]

    def __str__(self) -> str:
        return f"{self.organisation_name}, {self.get_role_display()}"


class PartyConsent(models.Model):
    """A partner's yes to bringing a party in."""

    invite = models.ForeignKey(PartyInvite, models.CASCADE, related_name="consents")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invite", "party"], name="party_consent_once")]

    def __str__(self) -> str:
        return f"{self.party_id} to {self.invite_id}"


class HandoverPage(Circled):
    """What a leaving lead hands over: who, promised, open, sensitive, next [ST5]. Own side reads it."""

    seat = models.ForeignKey(Seat, models.PROTECT, related_name="handovers")
    who = models.TextField(_("Who matters, and how to reach them"), blank=True)
    promised = models.TextField(_("What we promised, and what was promised to us"), blank=True)
    open = models.TextField(_("What is open"), blank=True)
    sensitive = models.TextField(_("What is sensitive"), blank=True)
    next = models.TextField(_("What comes next"), blank=True)
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"handover {self.public_id}"


class LegalHold(Circled):
    """Why a side holds what it keeps here, and why it let go again. Own side reads it; that it stands, all see."""

    reason = models.TextField(_("Why"))
    lifted_at = models.DateTimeField(null=True, editable=False)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    lifted_because = models.TextField(_("Why it can be lifted"), blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["party"], condition=Q(lifted_at=None), name="legal_hold_once"),
        ]

    def __str__(self) -> str:
        return f"legal hold {self.public_id}"
