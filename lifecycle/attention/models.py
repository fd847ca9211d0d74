"""Raised flags: one row a partnership, code and party while it stands. Numbers and roles, never names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.ids import new_public_id
from partnerships.access.models import current_seats
from partnerships.access.places import Place
from partnerships.record.models import Partnership, Party
from partnerships.record.states import Role

if TYPE_CHECKING:
    from partnerships.people.models import User

#: Days in which a partner sees a weakness of its own before the others do (catalogue 9).
OWN_DAYS = 14


class FlagQuerySet(models.QuerySet["Flag"]):
    def visible_to(self, reader: User | Place) -> Self:
        """Partners and brokers that are in see flags; a weakness of another partner only after its 14 days.

        For a place: those of that record.
        """
        if isinstance(reader, Place):
            return self.of(reader.partnership).visible_to(reader.user)
        if not reader.is_authenticated:
            return self.none()
        seats = current_seats(reader).filter(party__role__in=[Role.PARTNER, Role.BROKER], party__left_at=None)
        inside = Q(partnership__in=Party.objects.filter(pk__in=seats.values("party")).values("partnership"))
        due = Q(party=None) | Q(party__in=seats.values("party")) | Q(shown_at__lte=clock.now())
        return self.filter(inside, due)

    def of(self, partnership: Partnership) -> Self:
        return self.filter(partnership=partnership)

    def standing(self) -> Self:
        """Raised, not cleared, and not dismissed for the time being."""
        return self.filter(cleared_at=None).filter(Q(dismissed_until=None) | Q(dismissed_until__lt=clock.today()))

    def put_aside(self) -> Self:
        """What would stand, had nobody dismissed it for the time being."""
        return self.filter(cleared_at=None, dismissed_until__gte=clock.today())


class Flag(models.Model):
    """A warning computed from data. Its words are in the catalogue; its inputs here are numbers and dates."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    partnership = models.ForeignKey(Partnership, models.CASCADE, related_name="flags")
    code = models.CharField(max_length=40)
    #: Whose weakness it is; None where it is the partnership's.
    party = models.ForeignKey(Party, models.CASCADE, null=True, related_name="+")
    high = models.BooleanField(default=False)
    inputs = models.JSONField(default=dict)
    raised_at = models.DateTimeField(default=clock.now)
    shown_at = models.DateTimeField(default=clock.now)
    cleared_at = models.DateTimeField(null=True)
    dismissed_until = models.DateField(_("Dismissed until"), null=True)
    dismissed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    dismissed_for = models.CharField(_("Why"), max_length=300, blank=True)

    objects = FlagQuerySet.as_manager()

    class Meta:
        constraints = [
            # Two, since SQLite tells nulls apart.
            models.UniqueConstraint(
                fields=["partnership", "code", "party"],
                condition=Q(cleared_at=None, party__isnull=False),
                name="flag_of_party_once",
            ),
            models.UniqueConstraint(
                fields=["partnership", "code"], condition=Q(cleared_at=None, party=None), name="flag_of_all_once"
            ),
        ]

    def __str__(self) -> str:
        return self.code
