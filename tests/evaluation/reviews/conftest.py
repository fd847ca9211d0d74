"""A small world for reviews: an NGO of six, a company of seven, a small company of two, and a broker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from evaluation.reviews import actions, queries
from evaluation.reviews.actions import Plan
from evaluation.reviews.models import Part, Respondent, Round
from partnerships import clock
from partnerships.access.guard import place_of
from partnerships.access.places import Place
from partnerships.catalogue.models import CatalogueVersion
from partnerships.people.models import Membership, Organisation, User
from partnerships.record.models import Partnership, Party, Seat

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
DIMENSIONS = ("purpose", "trust", "power")
CODES = [f"{dimension}.{n}" for dimension in DIMENSIONS for n in (1, 2)]


def words(text: str) -> dict[str, str]:
    return {"en": text, "fr": f"{text} (fr)", "es": f"{text} (es)"}


def instrument(code: str = "short", version: int = 1) -> CatalogueVersion:
    """A short instrument, so that every figure of a test can be worked out by hand."""
    content = {
        "intro": words("How true is each sentence today?"),
        "dimensions": [{"code": name, "title": words(f"About {name}")} for name in DIMENSIONS],
        "items": [
            {
                "code": each,
                "dimension": each.split(".")[0],
                "text": words(f"Sentence {each}"),
                "core": True,
                "lessons": [],
            }
            for each in CODES
        ],
    }
    return CatalogueVersion.objects.create(
        kind="instrument",
        code=code,
        version=version,
        title=words("Short review"),
        content=content,
        checksum=f"{code}-{version}",
        published_at=START,
    )


@dataclass
class World:
    """Where everybody stands: `world.ngo` is the place of the NGO's lead."""

    partnership: Partnership
    leads: dict[str, User] = field(default_factory=dict)
    people: dict[str, list[User]] = field(default_factory=dict)
    version: CatalogueVersion | None = None

    def place(self, user: User) -> Place:
        return place_of(user, Partnership.objects.get(pk=self.partnership.pk))

    def lead(self, name: str) -> Place:
        return self.place(self.leads[name])

    def seat(self, user: User) -> Seat:
        return Seat.objects.get(membership__user=user, ended_on=None)

    def plan(self, *, kind: str = "regular", **values: Any) -> Round:
        opens = clock.now()
        dates = {
            "opens_at": opens,
            "closes_at": opens + timedelta(days=14),
            "opening_at": opens + timedelta(days=16),
            **values,
        }
        assert self.version is not None
        return actions.plan_round(kind, Plan(**dates), instrument=self.version, by=self.lead("ngo"))

    def started(self, **values: Any) -> Round:
        """A round that all partners agreed to, with the parts undecided."""
        round = self.plan(**values)
        for name, lead in self.leads.items():
            place = self.place(lead)
            if place.is_partner and name != "ngo":
                actions.agree_dates(round, seen=round.version, by=place)
        return actions.start_round(round, by=self.lead("ngo"))

    def part(self, round: Round, name: str) -> Part:
        party = self.lead(name).own_party
        part: Part = Part.objects.unguarded("test").select_related("round", "party").get(round=round, party=party)
        return part

    def answer(
        self,
        respondent: Respondent,
        value: int | Callable[[str], int | None] | None = 3,
        *,
        comments: dict[str, str] | None = None,
        guesses: dict[str, dict[int, int]] | None = None,
        finish: bool = True,
    ) -> None:
        respondent = Respondent.objects.select_related("part__round__instrument").get(pk=respondent.pk)
        for screen, items in queries.screens(respondent.part.round).items():
            actions.answer(
                respondent,
                screen=screen,
                answers={item.code: value(item.code) if callable(value) else value for item in items},
                comments=comments or {},
                guesses=guesses or {},
            )
        if finish:
            actions.finish_answer(respondent)

    def individually(
        self, round: Round, name: str, value: Any = 3, *, hand_in: bool = True, people: int | None = None, **more: Any
    ) -> Part:
        """Everybody of a side answers alone, and the lead hands in."""
        seats = [self.seat(user) for user in self.people[name]][:people]
        part = actions.choose_individual(self.part(round, name), seats=seats, by=self.lead(name))
        for respondent in part.respondents.order_by("pk"):
            self.answer(respondent, value, **more)
        if hand_in:
            actions.submit_part(part, by=self.lead(name))
        return self.part(round, name)

    def agreed(self, round: Round, name: str, value: Any = 3, *, hand_in: bool = True, **more: Any) -> Part:
        """A side gives one agreed answer, and the lead hands in."""
        part = actions.choose_agreed(self.part(round, name), by=self.lead(name))
        self.answer(part.respondents.get(), value, **more)
        if hand_in:
            actions.submit_part(part, by=self.lead(name))
        return self.part(round, name)

    def opened(self, ngo: Any = 3, company: Any = 3, *, kind: str = "regular", **more: Any) -> Round:
        """A round that both partners answered, opened at its time."""
        round = self.started(kind=kind)
        self.individually(round, "ngo", ngo, **more)
        self.individually(round, "company", company, **more)
        round = self.fresh(round)
        with clock.at(round.opening_at):
            assert actions.open_round(round)
        return self.fresh(round)

    @staticmethod
    def fresh(round: Round) -> Round:
        found: Round = (
            Round.objects.unguarded("test")
            .select_related("partnership", "circle", "instrument", "party__organisation")
            .get(pk=round.pk)
        )
        return found

    def join(self, name: str, kind: str, role: str, size: int) -> Party:
        organisation = Organisation.objects.create(name=name.replace("_", " ").capitalize(), kind=kind)
        party = Party.objects.create(
            partnership=self.partnership,
            organisation=organisation,
            role=role,
            joined_at=clock.now(),
            rules_accepted_at=clock.now(),
        )
        self.people[name] = []
        for n in range(size):
            user = User.objects.create_user(f"{name}{n}@example.org", name=f"{name.capitalize()} {n}")
            membership = Membership.objects.create(user=user, organisation=organisation)
            Seat.objects.create(party=party, membership=membership, duty="lead" if n == 0 else "member")
            self.people[name].append(user)
        self.leads[name] = self.people[name][0]
        return party


def make_world() -> World:
    founder = User.objects.create_user("founder@example.org", name="Founder")
    world = World(Partnership.objects.create(name="Kessa health posts", created_by=founder))
    world.join("ngo", "ngo", "partner", 6)
    world.join("company", "company", "partner", 7)
    world.join("broker", "intermediary", "broker", 1)
    world.version = instrument()
    return world


@pytest.fixture
def world(db: Any) -> Any:
    with clock.at(START):
        yield make_world()
