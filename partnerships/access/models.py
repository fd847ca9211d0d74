"""Circles, releases, and the one way to ask what a person may read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.models import Q

from .. import clock
from .ids import new_public_id
from .places import Place
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


#: Where a person's current seats begin in SQL; every statement below goes on from there.
_SEATS = """
    FROM partnerships_seat cg_seat
    JOIN partnerships_membership cg_member ON cg_member.id = cg_seat.membership_id
    JOIN partnerships_party cg_party ON cg_party.id = cg_seat.party_id
"""
_MINE = "cg_member.user_id = %s AND cg_member.ended_on IS NULL AND cg_seat.ended_on IS NULL"
_MEMBERS = "JOIN partnerships_circleparty cg_in ON cg_in.party_id = cg_party.id"
_OPENINGS = """
    JOIN partnerships_releaseopening cg_open ON cg_open.party_id = cg_party.id
    JOIN partnerships_releaseitem cg_item ON cg_item.release_id = cg_open.release_id
"""
_CIRCLES_HERE = "SELECT cg_in.circle_id FROM partnerships_circleparty cg_in"
_ALONE_HERE = """
    SELECT cg_alone.id FROM partnerships_circle cg_alone
    WHERE cg_alone.partnership_id = %s AND cg_alone.author_id = %s
"""
_OPENED_HERE = """
    SELECT cg_item.object_id FROM partnerships_releaseopening cg_open
    JOIN partnerships_releaseitem cg_item ON cg_item.release_id = cg_open.release_id
"""


class Reads(models.Func):
    """Whether a person reads a row: `Reads(circle, since, record, pk)`, in SQL that is written once.

    Django would build, and the database plan, some thirty joins for it anew in every statement of a page; and without
    the row's partnership among the person's own the database walks every row there is.

    - its circle has a party of a current seat of theirs that is in, or is theirs alone while they are seated there;
    - or the row was released, and such a party has opened it (`pk`, where it can be);
    - or their party left, and the row stood so when it did (`since`).
    """

    output_field = models.BooleanField()

    def __init__(
        self, circle: Any, since: Any, partnership: Any, *released: Any, user_id: int, model: str = ""
    ) -> None:
        super().__init__(circle, since, partnership, *released)
        self.user_id = user_id
        self.model = model

    def as_sql(self, compiler: Any, connection: Any, *_args: Any, **_context: Any) -> tuple[str, tuple[Any, ...]]:
        circle, since, record, *released = [compiler.compile(each)[0] for each in self.source_expressions]
        me = self.user_id
        reads = (
            f"{circle} IN (SELECT cg_in.circle_id {_SEATS} {_MEMBERS} WHERE {_MINE} AND cg_party.left_at IS NULL"
            f" UNION ALL SELECT cg_alone.id {_SEATS}"
            " JOIN partnerships_circle cg_alone ON cg_alone.partnership_id = cg_party.partnership_id"
            f" WHERE {_MINE} AND cg_alone.author_id = %s)"
        )
        then = f"EXISTS (SELECT 1 {_SEATS} {_MEMBERS} WHERE {_MINE} AND cg_in.circle_id = {circle} AND {_stood(since)})"
        values: list[Any] = [me, me, me]
        left: list[Any] = [me]
        for pk in released:
            reads += (
                f" OR {pk} IN (SELECT cg_item.object_id {_SEATS} {_OPENINGS}"
                f" WHERE {_MINE} AND cg_party.left_at IS NULL AND cg_item.model = %s)"
            )
            then += (
                f" OR EXISTS (SELECT 1 {_SEATS} {_OPENINGS}"
                f" WHERE {_MINE} AND cg_item.model = %s AND cg_item.object_id = {pk} AND {_stood(since)})"
            )
            values += [me, self.model]
            left += [me, self.model]
        # Asked once for the whole statement: hardly anybody's party has left.
        somebody_left = f"EXISTS (SELECT 1 {_SEATS} WHERE {_MINE} AND cg_party.left_at IS NOT NULL)"
        own = f"{record} IN (SELECT cg_party.partnership_id {_SEATS} WHERE {_MINE})"
        return f"({own} AND ({reads} OR ({somebody_left} AND ({then}))))", (me, *values, me, *left)


class AnyOf(models.Func):
    """Rows that one of these querysets finds: `AnyOf("pk", of_seats, of_organisation)`.

    Each branch goes by its own index, and may be ordered and cut; with `OR` the database would walk the whole table.
    """

    output_field = models.BooleanField()

    def __init__(self, key: Any, *branches: models.QuerySet[Any]) -> None:
        super().__init__(key)
        self.branches = branches

    def as_sql(self, compiler: Any, connection: Any, *_args: Any, **_context: Any) -> tuple[str, tuple[Any, ...]]:
        key = compiler.compile(self.source_expressions[0])[0]
        found, values = _union(self.branches, connection)
        return (f"{key} IN ({found})", values) if found else ("1 = 0", ())


class OneOf(models.Func):
    """Whether a column is among the values of a queryset, which are looked up first: `OneOf("party", seats)`.

    PostgreSQL then goes by the column's index also where this is one side of an OR.
    """

    output_field = models.BooleanField()

    def __init__(self, column: Any, values: models.QuerySet[Any, Any]) -> None:
        super().__init__(column)
        self.values = values

    def as_sql(self, compiler: Any, connection: Any, *_args: Any, **_context: Any) -> tuple[str, tuple[Any, ...]]:
        column = compiler.compile(self.source_expressions[0])[0]
        statement, values = self.values.query.get_compiler(connection=connection).as_sql()
        among = f"= ANY(ARRAY({statement}))" if connection.vendor == "postgresql" else f"IN ({statement})"
        return f"({column} {among})", tuple(values)


class HowMany(models.Func):
    """How many rows these querysets find together, each row once; each of them may be cut."""

    output_field = models.IntegerField()

    def __init__(self, *branches: models.QuerySet[Any]) -> None:
        super().__init__()
        self.branches = branches

    def as_sql(self, compiler: Any, connection: Any, *_args: Any, **_context: Any) -> tuple[str, tuple[Any, ...]]:
        found, values = _union(self.branches, connection)
        counted = f"(SELECT COUNT(DISTINCT cg_ids.pk) FROM ({found}) cg_ids)"  # noqa: S608  (made by Django)
        return (counted, values) if found else ("0", ())


def _union(branches: Sequence[models.QuerySet[Any]], connection: Any) -> tuple[str, tuple[Any, ...]]:
    """The ids that they find, as `pk`, in SQL; nothing where surely none of them finds any."""
    found, values = [], []
    for number, branch in enumerate(branches):
        try:
            statement, own = branch.values("pk").query.get_compiler(connection=connection).as_sql()
        except EmptyResultSet:
            continue
        # In a statement of its own, since SQLite orders and cuts no part of a union.
        found.append(f"SELECT cg_{number}.* FROM ({statement}) cg_{number}")  # noqa: S608  (made by Django)
        values += own
    return " UNION ALL ".join(found), tuple(values)


def _stood(since: str) -> str:
    return f"cg_party.left_at >= {since}"


class ReadsHere(models.Func):
    """The same in one record where the guard has looked up the seats, all of parties that are in."""

    output_field = models.BooleanField()

    def __init__(self, circle: Any, *released: Any, place: Place, model: str = "") -> None:
        super().__init__(circle, *released)
        self.place = place
        self.model = model

    def as_sql(self, compiler: Any, connection: Any, *_args: Any, **_context: Any) -> tuple[str, tuple[Any, ...]]:
        circle, *released = [compiler.compile(each)[0] for each in self.source_expressions]
        parties = list(self.place.seated_with)
        # Names of columns, and places for values: nothing that anybody typed is in these strings.
        own = ", ".join(["%s"] * len(parties))
        reads = f"{circle} IN ({_CIRCLES_HERE} WHERE cg_in.party_id IN ({own}) UNION ALL {_ALONE_HERE})"
        values: list[Any] = [*parties, self.place.partnership.pk, self.place.user.pk]
        for pk in released:
            reads += f" OR {pk} IN ({_OPENED_HERE} WHERE cg_open.party_id IN ({own}) AND cg_item.model = %s)"
            values += [*parties, self.model]
        return f"({reads})", tuple(values)


def in_circles_of(reader: User | Place, written: str) -> Q:
    """Rows in this person's circles. Whose party left reads what it could on leaving: rows `written` until then.

    For a place: those of that record.
    """
    if isinstance(reader, Place):
        here = Q(partnership=reader.partnership)
        return here & (Q(ReadsHere("circle", place=reader)) if reader.is_plain else in_circles_of(reader.user, written))
    return Q(Reads("circle", written, "partnership", user_id=reader.pk))


KEY_LENGTH = 200


class Circle(models.Model):
    """A fixed set of parties of a partnership, or one author. It never changes; who joins later is in new ones."""

    partnership = models.ForeignKey("partnerships.Partnership", models.CASCADE, related_name="circles")
    kind = models.CharField(max_length=16, choices=CircleKind.choices)
    #: The party whose own side, or caucus, this is.
    owner = models.ForeignKey("partnerships.Party", models.CASCADE, null=True, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    #: Kind and sorted party ids, or their digest where that is too long, so that equal circles are one row.
    key = models.CharField(max_length=KEY_LENGTH)
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


#: Release items that somebody reads, or still can: the release was not recalled, or was opened before that. A recall
#: takes it from those alone who had not opened it. (Joined to openings an item may be met more than once.)
STANDS = Q(release__recalled_at=None) | Q(release__openings__isnull=False)


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

    def visible_to(self, reader: User | Place) -> Self:
        """The items in this person's circles, and those released to and opened by a party of theirs.

        For a place: those of that record, found sooner, since the guard has looked up the person's seats there.
        """
        model = self.model._meta.label_lower
        if isinstance(reader, Place):
            here = self.filter(partnership=reader.partnership)
            if not reader.is_plain:
                return here.visible_to(reader.user)
            return here.filter(
                Q(ReadsHere("circle", "pk", place=reader, model=model)),
                Q(withdrawn_at=None) | Q(party__in=reader.seated_with),
            )
        if not reader.is_authenticated:
            return self.none()
        since: str = self.model.standing_since  # type: ignore[attr-defined]
        return self.filter(
            Q(Reads("circle", since, "partnership", "pk", user_id=reader.pk, model=model)),
            Q(withdrawn_at=None) | Q(party__in=current_seats(reader).values("party")),
        )

    def of(self, partnership: Partnership) -> Self:
        """The items of one partnership, whoever may read them: combine with visible_to outside of actions."""
        return self.filter(partnership=partnership)


class CircledManager(models.Manager[M]):
    """`objects` of every private model: visible_to(user), of(partnership), or unguarded with the reason why."""

    def get_queryset(self) -> CircledQuerySet[M]:
        return CircledQuerySet(self.model, using=self._db)

    def visible_to(self, reader: User | Place) -> CircledQuerySet[M]:
        return self.get_queryset().visible_to(reader)

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
