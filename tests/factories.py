"""Worlds for tests, made by the real actions: nothing here writes a row that a person could not have caused.

world = make_partnership(partners=3, broker=True, community=True)
world.ngo, world.company, world.third, world.broker, world.community, …   a fresh Place of each lead, every time
world.colleague("ngo")            one more person on that side, as a Place
world.outsider                    a signed-in person of another organisation
world.administrator("ngo")        administers that organisation, has no seat
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from allauth.account.models import EmailAddress
from django.test import Client

from partnerships.access.guard import place_of
from partnerships.access.places import Place
from partnerships.people import actions as people
from partnerships.people.models import Invitation, Membership, User
from partnerships.record import actions as record
from partnerships.record.models import Partnership, Party
from partnerships.record.states import Duty, Function, Level, Role, Stage

from .remembered import remembered

PASSWORD = "correct-horse-battery"
_numbers = itertools.count(1)
#: For each name in a world: the organisation's name, its kind, and the role it comes in.
SIDES: dict[str, tuple[str, str, str]] = {
    "ngo": ("Sahel Futures", "ngo", Role.PARTNER),
    "company": ("Corvane Gold", "company", Role.PARTNER),
    "third": ("Ministry of Water", "government", Role.PARTNER),
    "fourth": ("Tandi Cooperative", "ngo", Role.PARTNER),
    "broker": ("Third Chair", "intermediary", Role.BROKER),
    "community": ("Comité de Tandi", "community", Role.RIGHTS_HOLDER),
    "authority": ("District of Tandi", "government", Role.AUTHORITY),
    "funder": ("Norvik Fund", "funder", Role.FUNDER),
    "adviser": ("Aquifer Institute", "intermediary", Role.ADVISER),
}
PARTNERS = ("ngo", "company", "third", "fourth")


def make_user(name: str = "", *, email: str = "", language: str = "en", **fields: Any) -> User:
    """A person with a confirmed address, who can sign in with PASSWORD."""
    number = next(_numbers)
    email = email or f"person{number}@example.org"
    user = User.objects.create_user(email, PASSWORD, name=name or f"Person {number}", language=language, **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def make_organisation(name: str = "", *, kind: str = "ngo", administrator: User | None = None) -> Membership:
    """An organisation with its first administrator. Returns that membership."""
    number = next(_numbers)
    return people.open_organisation(
        name=name or f"Organisation {number}", kind=kind, administrator=administrator or make_user()
    )


def sign_in(client: Client, who: Place | User) -> Client:
    client.force_login(who.user if isinstance(who, Place) else who, backend="django.contrib.auth.backends.ModelBackend")
    return client


@dataclass
class World:
    """A partnership and the leads of its parties. Every Place is read anew, so that it is never stale."""

    partnership: Partnership
    leads: dict[str, User] = field(default_factory=dict)
    outsider: User = field(default_factory=lambda: make_organisation().user)

    def place(self, who: str | User) -> Place:
        """Where somebody stands now."""
        self.partnership.refresh_from_db()
        return place_of(self.leads[who] if isinstance(who, str) else who, self.partnership)

    def __getattr__(self, name: str) -> Place:
        if name.startswith("_") or name not in SIDES:
            raise AttributeError(name)
        return self.place(name)

    def party(self, name: str) -> Party:
        return self.place(name).own_party

    @property
    def pid(self) -> str:
        return self.partnership.public_id

    def bring(self, name: str, *, rules: bool = True) -> Place:
        """Invite a party, agreed by all partners, and let its lead come in through the mail's invitation."""
        organisation, kind, role = SIDES[name]
        email = f"lead{next(_numbers)}@example.org"
        partners = [n for n in PARTNERS if n in self.leads]
        invite = record.invite_party(
            by=self.place(partners[0]),
            role=role,
            organisation_name=organisation,
            organisation_kind=kind,
            email=email,
            person_name=f"Lead of {organisation}",
        )
        for other in partners[1:]:
            record.consent_to_invite(invite, by=self.place(other))
        invitation = Invitation.objects.get(party_invite=invite)
        self.leads[name] = people.accept_as_new(
            invitation, name=f"Lead of {organisation}", password=PASSWORD, language="en"
        )
        if rules:
            record.accept_rules(by=self.place(name))
        return self.place(name)

    def colleague(
        self,
        name: str,
        *,
        duty: str = Duty.MEMBER,
        function: str = Function.OPERATIONS,
        level: str = Level.FIELD,
        **fields: Any,
    ) -> Place:
        """One more person with a seat on a side."""
        lead = self.place(name)
        user = make_user()
        membership = Membership.objects.create(user=user, organisation=lead.own_party.organisation)
        record.give_seat(by=lead, membership=membership, duty=duty, function=function, level=level, **fields)
        return self.place(user)

    def administrator(self, name: str) -> User:
        """Somebody who administers a side's organisation without a seat."""
        user = make_user()
        Membership.objects.create(user=user, organisation=self.party(name).organisation, role="administrator")
        return user


def make_partnership(
    *,
    partners: int = 2,
    broker: bool = False,
    community: bool = False,
    authority: bool = False,
    funder: bool = False,
    adviser: bool = False,
    rules: bool = True,
    name: str = "Tandi water and livelihoods",
    stage: str = Stage.SCOPING,
    **fields: Any,
) -> World:
    """A partnership with two to four partners and whom else is asked for, the ground rules accepted by all."""
    wanted = {"broker": broker, "community": community, "authority": authority, "funder": funder, "adviser": adviser}
    sides = [*PARTNERS[1:partners], *(side for side, asked in wanted.items() if asked)]
    asked = (tuple(sides), rules, name, stage, repr(sorted(fields.items())))
    return remembered(asked, lambda: _make_partnership(sides, rules=rules, name=name, stage=stage, **fields))


def _make_partnership(sides: list[str], *, rules: bool, **fields: Any) -> World:
    organisation, kind, _role = SIDES["ngo"]
    membership = make_organisation(organisation, kind=kind, administrator=make_user(f"Lead of {organisation}"))
    partnership = record.propose(by=membership.user, membership=membership, **fields)
    world = World(partnership, {"ngo": membership.user})
    if rules:
        record.accept_rules(by=world.ngo)
    for side in sides:
        world.bring(side, rules=rules)
    return world
