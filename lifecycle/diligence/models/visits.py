"""Who went where, and which functions took part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.models import Circled, current_seats
from partnerships.people.states import OfficeKind
from partnerships.record.models import Partnership, Party, Seat
from partnerships.record.states import Function
from partnerships.record.states import Level as SeatLevel

from ..states import VisitKind, VisitPlace

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from partnerships.people.models import User


class Visit(Circled):
    """A visit, an exchange or a joint discussion: planned, then held and written up."""

    kind = models.CharField(_("what"), max_length=12, choices=VisitKind.choices, default=VisitKind.VISIT)
    #: Whose place was visited; None for joint discussions.
    host = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")
    on = models.DateField(_("when"))
    where = models.CharField(_("where"), max_length=160)
    place = models.CharField(_("what kind of place"), max_length=12, choices=VisitPlace.choices, blank=True)
    #: Communities and others who were met: bodies and groups, never names of private persons.
    met = models.CharField(_("communities met"), max_length=200, blank=True)
    learned = models.TextField(_("what we learned"), blank=True)
    held_at = models.DateTimeField(null=True)
    #: It was planned, and does not take place.
    called_off_at = models.DateTimeField(null=True)

    people: RelatedManager[VisitPerson]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.where}"


class ThroughVisit(models.QuerySet["VisitPerson"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(visit__in=Visit.objects.visible_to(user))


class VisitPerson(models.Model):
    """Who took part in a visit, with the function and level they had then."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="people")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+")
    function = models.CharField(max_length=16, choices=Function.choices)
    level = models.CharField(max_length=12, choices=SeatLevel.choices)
    #: From the head office, or from a site or field office; empty where the seat names no office.
    office = models.CharField(max_length=8, choices=OfficeKind.choices, blank=True)

    objects = ThroughVisit.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["visit", "seat"], name="visit_person_once")]

    def __str__(self) -> str:
        return f"{self.seat_id} in {self.visit_id}"


class ParticipationQuerySet(models.QuerySet["Participation"]):
    def visible_to(self, user: User) -> Self:
        """People seated in the record know who is in it."""
        return self.filter(party__partnership__parties__in=current_seats(user).values("party")).distinct()

    def of(self, partnership: Partnership) -> Self:
        return self.filter(party__partnership=partnership)


class Participation(models.Model):
    """A function of a partner that took part in due diligence [DD6]: functions and levels, not what they said."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="+")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+")
    function = models.CharField(max_length=16, choices=Function.choices)
    level = models.CharField(max_length=12, choices=SeatLevel.choices)
    at = models.DateTimeField(default=clock.now)

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seat", "function"], name="participation_once")]

    def __str__(self) -> str:
        return f"{self.party_id}: {self.function}"
