"""Circles, releases, and the one way to ask what a person may read."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from .. import clock
from .ids import new_public_id
from .states import CircleKind

if TYPE_CHECKING:
    from partnerships.people.models import User
    from partnerships.record.models import Partnership, Seat

M = TypeVar("M", bound=models.Model, covariant=True)


def current_seats(user: User) -> models.QuerySet[Seat]:
    """The seats through which this person reads today; a seat ends with its membership."""
    from django.apps import apps

    seats: models.QuerySet[Seat] = apps.get_model("partnerships", "Seat")._default_manager.filter(
        membership__user=user.pk, membership__ended_on=None, ended_on=None
    )
    return seats


def circles_of(user: User) -> models.QuerySet[Circle]:
    """The circles this person reads through parties that are in, as a subquery, never as a list of ids."""
    seats = current_seats(user)
    by_party = CircleParty.objects.filter(party__in=seats.filter(party__left_at=None).values("party")).values("circle")
    # What only its author reads stays readable while the author is seated in the partnership.
    as_author = Q(author=user.pk) & Exists(seats.filter(party__partnership=OuterRef("partnership")))
    return Circle.objects.filter(Q(pk__in=by_party) | as_author)


def in_circles_of(user: User, written: str) -> Q:
    """Rows in this person's circles. Whose party left reads what it could on leaving: rows `written` until then."""
    then = CircleParty.objects.filter(
        circle=OuterRef("circle"), party__in=current_seats(user).values("party"), party__left_at__gte=OuterRef(written)
    )
    return Q(circle__in=circles_of(user)) | Q(Exists(then))


class Circle(models.Model):
    """A fixed set of parties of a partnership, or one author. It never changes; who joins later is in new ones."""

    partnership = models.ForeignKey("partnerships.Partnership", models.CASCADE, related_name="circles")
    kind = models.CharField(max_length=16, choices=CircleKind.choices)
    #: The party whose own side, or caucus, this is.
    owner = models.ForeignKey("partnerships.Party", models.CASCADE, null=True, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    #: Kind and sorted party ids, so that equal circles are one row.
    key = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partnership", "key"], name="circle_once"),
            models.CheckConstraint(
                condition=Q(kind=CircleKind.AUTHOR, author__isnull=False)
                | (~Q(kind=CircleKind.AUTHOR) & Q(author=None)),
                name="circle_author_alone",
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())


class CircleParty(models.Model):
    """A party in a circle."""

    circle = models.ForeignKey(Circle, models.CASCADE, related_name="members")
    party = models.ForeignKey("partnerships.Party", models.CASCADE, related_name="circle_members")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["party", "circle"], name="circle_party_once")]

    def __str__(self) -> str:
        return f"{self.party_id} in {self.circle_id}"


class Release(models.Model):
    """One act of showing items to a wider circle. Unopened by a party, it can be recalled from that party."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    partnership = models.ForeignKey("partnerships.Partnership", models.CASCADE, related_name="releases")
    circle = models.ForeignKey(Circle, models.PROTECT, related_name="releases")
    party = models.ForeignKey("partnerships.Party", models.PROTECT, related_name="releases")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    #: What is in the bundle, as a kind the software knows ("screen", "checklist"), never content.
    kind = models.CharField(max_length=40)
    released_at = models.DateTimeField(default=clock.now)
    recalled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["partnership", "released_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class ReleaseItem(models.Model):
    """An item in a release, by kind and id."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="items")
    model = models.CharField(max_length=60)
    object_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "object_id", "release"], name="release_item_once")]

    def __str__(self) -> str:
        return f"{self.model} {self.object_id}"


class ReleaseOpening(models.Model):
    """A party opened a release: the moment from which it reads the items."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="openings")
    party = models.ForeignKey("partnerships.Party", models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["party", "release"], name="release_opened_once")]

    def __str__(self) -> str:
        return f"{self.release_id} by {self.party_id}"


class CircledQuerySet(models.QuerySet[M]):
    """What a person may read, and what belongs to a partnership. The only filters that views may start from."""

    def visible_to(self, user: User) -> Self:
        """The items in this person's circles, and those released to and opened by a party of theirs."""
        if not user.is_authenticated:
            return self.none()
        since: str = self.model.standing_since  # type: ignore[attr-defined]
        seats = current_seats(user)
        items = ReleaseItem.objects.filter(model=self.model._meta.label_lower)
        opened = items.filter(release__openings__party__in=seats.filter(party__left_at=None).values("party"))
        # Opened by a party that left: as it stood on leaving.
        then = items.filter(
            object_id=OuterRef("pk"),
            release__openings__party__in=seats.values("party"),
            release__openings__party__left_at__gte=OuterRef(since),
        )
        reads = in_circles_of(user, since) | Q(pk__in=opened.values("object_id")) | Q(Exists(then))
        own = Q(party__in=current_seats(user).values("party"))
        return self.filter(reads, Q(withdrawn_at=None) | own)

    def of(self, partnership: Partnership) -> Self:
        """The items of one partnership, whoever may read them: combine with visible_to outside of actions."""
        return self.filter(partnership=partnership)


class CircledManager(models.Manager[M]):
    """`objects` of every private model: visible_to(user), of(partnership), or unguarded with the reason why."""

    def get_queryset(self) -> CircledQuerySet[M]:
        return CircledQuerySet(self.model, using=self._db)

    def visible_to(self, user: User) -> CircledQuerySet[M]:
        return self.get_queryset().visible_to(user)

    def of(self, partnership: Partnership) -> CircledQuerySet[M]:
        return self.get_queryset().of(partnership)

    def unguarded(self, reason: str) -> CircledQuerySet[M]:
        """Everything. Never in a view; the reason is for the reader."""
        return self.get_queryset()


class Circled(models.Model):
    """An item of a partnership that somebody may read and somebody may not."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    partnership = models.ForeignKey("partnerships.Partnership", models.CASCADE, related_name="+")
    circle = models.ForeignKey(Circle, models.PROTECT, related_name="+")
    #: Whose item this is.
    party = models.ForeignKey("partnerships.Party", models.PROTECT, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    #: What people write carries its language.
    language = models.CharField(max_length=8, default="en")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    changed_at = models.DateTimeField(default=clock.now)
    #: Grows with each change; a form that was read at an older version is not written over a newer one.
    version = models.PositiveIntegerField(default=1)
    withdrawn_at = models.DateTimeField(null=True, editable=False)

    #: The field that says since when it stands as it is: what changed after a party left, that party reads no more.
    standing_since: ClassVar[str] = "changed_at"
    objects = CircledManager()

    class Meta:
        abstract = True
