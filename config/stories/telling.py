"""Telling a story: who, when, and which verb."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import override

from partnerships import clock
from partnerships.access.guard import place_of
from partnerships.access.places import Place
from partnerships.people.models import Membership, Office, Organisation, User
from partnerships.record.models import Partnership, Party, Seat


class StoryError(Exception):
    """A step that the software refuses: which one, and why."""


@dataclass
class World:
    """Everybody in the demo world, by the short names that the stories use."""

    #: The moment of loading; day 0 of every story.
    now: datetime
    people: dict[str, User] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    offices: dict[str, Office] = field(default_factory=dict)
    #: Partnerships by the name of their file.
    records: dict[str, Partnership] = field(default_factory=dict)

    def membership(self, person: str) -> Membership:
        return self.people[person].memberships.get(ended_on=None)


class Story:
    """One partnership while it is told."""

    partnership: Partnership

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        #: Things that a later step comes back to, by the name the story gives them.
        self.kept: dict[str, Any] = {}
        self._day = 0
        self._minutes = 0

    # Time -------------------------------------------------------------------------------------------------------------
    def turn_to(self, day: int) -> None:
        """The steps from here on happen on this day."""
        if day != self._day:
            self._day, self._minutes = day, 0

    def tick(self) -> datetime:
        """The moment of the next step: a few minutes after the one before.

        Told from noon UTC on, when it is the same day for everybody in the demo world: at whatever hour it is loaded,
        what happens on a day has happened there. Steps are of days that are over, so none is later than the load.
        """
        self._minutes += 5
        return self.moment(self._day, 12) + timedelta(minutes=self._minutes)

    def tick_back(self, hours: float) -> datetime:
        """A moment some hours before the step that is told."""
        return clock.now() - timedelta(hours=hours)

    def date(self, day: int) -> date:
        return (self.world.now + timedelta(days=day)).date()

    def moment(self, day: int, hour: int = 10, minute: int = 0) -> datetime:
        return (self.world.now + timedelta(days=day)).replace(hour=hour, minute=minute, second=0, microsecond=0)

    # Who --------------------------------------------------------------------------------------------------------------
    def place(self, person: str) -> Place:
        """Where somebody stands now; read anew each time."""
        self.partnership.refresh_from_db()
        return place_of(self.world.people[person], self.partnership)

    def party(self, organisation: str) -> Party:
        return Party.objects.select_related("organisation", "partnership").get(
            partnership=self.partnership, organisation=self.world.organisations[organisation]
        )

    def seat(self, person: str) -> Seat:
        found = self.place(person).seat
        if found is None:
            raise StoryError(f"{person} has no seat in {self.name}")
        return found

    def seats(self, people: Iterable[str]) -> list[Seat]:
        return [self.seat(person) for person in people]


Verb = Callable[[Story, Any, Any], None]
VERBS: dict[str, Verb] = {}


def verb(function: Verb) -> Verb:
    """Offer a function to the stories under its own name: `(story, by, what it takes)`."""
    VERBS[function.__name__] = function
    return function


def tell(story: Story, steps: Iterable[Mapping[str, Any]]) -> None:
    """Tell a story in the order of its days, so that a chapter can be written where it reads best."""
    day, dated = 0, []
    for number, step in enumerate(steps, start=1):
        day = step.get("day", day)
        dated.append((day, number, step))
    for day, number, step in sorted(dated, key=lambda one: one[0]):
        story.turn_to(day)
        _tell_step(story, f"{story.name}, step {number}", step)


def _tell_step(story: Story, where: str, step: Mapping[str, Any]) -> None:
    by = step.get("by")
    names = [name for name in step if name not in {"day", "by"}]
    if len(names) != 1:
        raise StoryError(f"{where}: one verb is expected, not {sorted(names)}")
    (name,) = names
    if name not in VERBS:
        raise StoryError(f"{where}: there is no verb {name!r}")
    try:
        with clock.at(story.tick()), override("en"):
            VERBS[name](story, by, step[name])
    except ValidationError as error:
        raise StoryError(f"{where}, {name} by {by}: {'; '.join(error.messages)}") from error


def money(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
