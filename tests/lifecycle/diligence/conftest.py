"""Records in due diligence, and short ways to answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from lifecycle.diligence import actions, queries
from lifecycle.diligence.actions import Said
from lifecycle.diligence.states import Level
from partnerships import clock
from partnerships.access.places import Place
from partnerships.people.models import Membership
from partnerships.record import actions as record
from partnerships.record.models import Party
from partnerships.record.states import Stage
from tests.factories import World, make_partnership


@pytest.fixture
def world(db: None) -> World:
    """Two partners, a broker, a community body and an authority, in due diligence."""
    return make_partnership(broker=True, community=True, authority=True, stage=Stage.DILIGENCE)


@dataclass
class Pair:
    above: World
    site: World


@pytest.fixture
def pair(db: None) -> Pair:
    """An umbrella and a site partnership of the same two organisations, with the same two leads."""
    above = make_partnership(broker=True, stage=Stage.DILIGENCE, name="Basin alliance")
    first = Membership.objects.get(user=above.leads["ngo"], organisation=above.party("ngo").organisation)
    partnership = record.propose(
        by=first.user, membership=first, name="Dema river", country="Peru", parent=above.partnership,
        stage=Stage.DILIGENCE,
    )  # fmt: skip
    site = World(partnership=partnership, leads={"ngo": above.leads["ngo"]}, outsider=above.outsider)
    record.accept_rules(by=site.ngo)
    company = above.party("company").organisation
    membership = Membership.objects.get(user=above.leads["company"], organisation=company)
    party = record.join(partnership, company, role="partner")
    record.give_first_seat(party, membership, function="management", level="executive")
    site.leads["company"] = above.leads["company"]
    record.accept_rules(by=site.company)
    return Pair(above, site)


def answer(place: Place, about: Party, code: str, level: str = Level.NONE, text: str = "") -> None:
    asked = queries.library().item(code)
    if asked.answer == "text":
        level, text = "", text or "Said plainly."
    actions.save_answers(about=about, said={code: Said(level, text)}, seen=None, by=place)


def answer_all(place: Place, about: Party, *, level: str = Level.NONE) -> None:
    """Every owed question of a checklist."""
    for row in queries.checklist(place.own_party, about, place.partners).rows:
        if row.owed:
            answer(place, about, row.question.code, level)


def release_self(place: Place, kind: str = "partners") -> Any:
    from partnerships.access.actions import circle_here

    return actions.release_checklist(about=place.own_party, to=circle_here(place, kind), with_documents=True, by=place)


def know_everything(world: World, names: tuple[str, ...] = ("ngo", "company")) -> None:
    """Every checklist answered without concern, released and opened by all partners."""
    from partnerships.access.actions import open_release

    for name in names:
        place = world.place(name)
        for about in place.partners:
            answer_all(place, about)
        bundle = release_self(place)
        for other in names:
            if other != name:
                open_release(bundle, by=world.place(other))


def soon(days: int = 60) -> date:
    return clock.today() + timedelta(days=days)
