"""People, their organisations and offices, and how they come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from .. import clock
from ..access.ids import new_public_id
from .bar import Bar, bar_of
from .states import MembershipRole, OfficeKind, OrganisationKind, ReviewWord, Theme

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class UserManager(BaseUserManager["User"]):
    """Users are found and made by mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Staff of the installation: keeps it running, reads no record."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, signed in by mail address. Never deleted; can be made anonymous."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    email = models.EmailField(_("mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(
        _("language"), max_length=8, default="en", choices=[("en", "English"), ("fr", "Français"), ("es", "Español")]
    )
    time_zone = models.CharField(_("time zone"), max_length=60, default="UTC")
    theme = models.CharField(_("light or dark"), max_length=5, blank=True, choices=Theme.choices)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    joined_at = models.DateTimeField(default=clock.now)
    anonymous_at = models.DateTimeField(null=True, editable=False)
    #: Voids the calendar feed's address when it grows.
    feed_counter = models.PositiveIntegerField(default=0, editable=False)
    #: No mail before this day (holiday, leave).
    mail_paused_until = models.DateField(_("no mail until"), null=True, blank=True)

    memberships: RelatedManager[Membership]
    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def organisation_name(self) -> str:
        """What stands beside the name in the bar: the organisation the person has been in longest."""
        return self.bar.organisation

    @cached_property
    def bar(self) -> Bar:
        return bar_of(self.pk)

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]


class Organisation(models.Model):
    """An NGO, a company, an authority, a community body, a funder or an intermediary."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=160)
    short_name = models.CharField(_("short name"), max_length=40, blank=True)
    kind = models.CharField(_("kind"), max_length=16, choices=OrganisationKind.choices)
    country = models.CharField(_("country"), max_length=60, blank=True)
    #: Fewer than 15 staff: two functions are enough in due diligence.
    is_small = models.BooleanField(_("fewer than 15 staff"), default=False)
    review_word = models.CharField(_("we say"), max_length=12, choices=ReviewWord.choices, default=ReviewWord.REVIEW)
    #: Whether mails to its people may carry more than a record's name.
    mail_content = models.BooleanField(_("mails may carry content"), default=False)
    vouched_at = models.DateTimeField(null=True, editable=False)
    vouched_by = models.ForeignKey(User, models.PROTECT, null=True, editable=False, related_name="+")
    #: A duplicate points at the organisation it was merged into.
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, editable=False, related_name="merged")
    #: A consortium's members are organisations of their own.
    consortium = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="members")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    memberships: RelatedManager[Membership]
    offices: RelatedManager[Office]

    class Meta:
        indexes = [models.Index(fields=["name"])]

    def __str__(self) -> str:
        return self.name

    @property
    def called(self) -> str:
        """The short name where there is one."""
        return self.short_name or self.name


class ReportLook(models.Model):
    """An organisation's logo and colour on its reports. Never changed: a newer row takes its place.

    So a report that was made with one can be made again to the same byte.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="report_looks")
    #: "#rrggbb", dark enough on white; empty: ours.
    colour = models.CharField(max_length=7, blank=True)
    #: A small PNG or JPEG, drawn anew; empty: ours.
    logo = models.FileField(upload_to="reports/looks/", blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["organisation", "-id"])]

    def __str__(self) -> str:
        return f"look {self.pk} of {self.organisation_id}"


class Office(models.Model):
    """A head office, a field office or a mine site."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="offices")
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=8, choices=OfficeKind.choices, default=OfficeKind.HEAD)
    time_zone = models.CharField(_("time zone"), max_length=60, default="UTC")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="office_once")]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person in an organisation. Ended, never deleted."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    office = models.ForeignKey(Office, models.PROTECT, null=True, blank=True, related_name="+")
    role = models.CharField(_("role"), max_length=16, choices=MembershipRole.choices, default=MembershipRole.MEMBER)
    title = models.CharField(_("job title"), max_length=120, blank=True)
    since = models.DateField(default=clock.today)
    ended_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "organisation"], condition=Q(ended_on=None), name="membership_once")
        ]
        indexes = [models.Index(fields=["organisation", "ended_on"])]

    def __str__(self) -> str:
        return f"{self.user}, {self.organisation}"

    @property
    def is_administrator(self) -> bool:
        return self.role == MembershipRole.ADMINISTRATOR and self.ended_on is None


class Invitation(models.Model):
    """A single-use, expiring link that brings one person in: into an organisation, and to a seat where one is named."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    email = models.EmailField(_("mail address"))
    name = models.CharField(_("name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=8, default="en")
    #: Existing organisation, or None where the invited person brings a new one.
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="invitations")
    organisation_name = models.CharField(_("organisation"), max_length=160, blank=True)
    organisation_kind = models.CharField(_("kind"), max_length=16, choices=OrganisationKind.choices, blank=True)
    role = models.CharField(max_length=16, choices=MembershipRole.choices, default=MembershipRole.MEMBER)
    #: The request of the record that is answered by coming in, where there is one.
    party_invite = models.ForeignKey("partnerships.PartyInvite", models.PROTECT, null=True, related_name="invitations")
    #: None where the people who run the installation invite the first person of an organisation.
    invited_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    #: Grows when the link is sent again; only the newest link works.
    counter = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["email"])]

    def __str__(self) -> str:
        return self.email

    @property
    def is_open(self) -> bool:
        return self.accepted_at is None and self.revoked_at is None and self.expires_at > clock.now()
