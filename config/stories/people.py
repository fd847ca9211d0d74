"""The people, organisations and offices of the demo world, brought in as an installation brings them in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError

from partnerships import clock
from partnerships.people import actions as people
from partnerships.people.forms import OrganisationForm
from partnerships.people.models import Organisation, User

from .telling import StoryError, World

#: Every person of the demo world signs in with it; documented in the README.
PASSWORD = "common-ground-demo"  # noqa: S105
#: Reserved for examples: no mail of the demo world can reach anybody.
DOMAIN = "demo.example"
FIRST_DAY = -1500


def bring_in(world: World, described: Mapping[str, Any]) -> None:
    """Everybody comes in through an invitation, on the first day of the oldest story."""
    with clock.at(world.now + timedelta(days=FIRST_DAY)):
        # Sees how the installation fares; its password is known, so that it may change nobody in the admin.
        staff = User.objects.create_user(f"staff@{DOMAIN}", name="Staff of the installation", is_staff=True)
        EmailAddress.objects.create(user=staff, email=staff.email, verified=True, primary=True)
        for key, one in described.items():
            _organisation(world, key, one, staff)
        for key, one in described.items():
            for member in one.get("members", []):
                people.join_consortium(world.organisations[member], into=world.organisations[key])
    # One hash for all: a real one, and made once, since each takes as long as a sign-in should.
    User.objects.filter(email__endswith=f"@{DOMAIN}").update(password=make_password(PASSWORD))


def _organisation(world: World, key: str, one: Mapping[str, Any], staff: User) -> None:
    first, *others = one["people"].items()
    invitation = people.invite_organisation(
        name=one["name"],
        kind=one["kind"],
        email=address(first[0]),
        person=first[1]["name"],
        language=first[1].get("language", "en"),
    )
    world.people[first[0]] = people.accept_as_new(invitation, **_person(first[1]))
    organisation = world.people[first[0]].memberships.get().organisation
    world.organisations[key] = organisation
    _describe(organisation, one)
    people.vouch(organisation, by=staff)
    for name, office in one.get("offices", {}).items():
        world.offices[name] = people.add_office(
            organisation, name=office["name"], kind=office["kind"], time_zone=office.get("zone", "UTC")
        )
    for name, person in others:
        invitation = people.invite_member(
            organisation=organisation,
            email=address(name),
            name=person["name"],
            role=person.get("role", "member"),
            language=person.get("language", "en"),
            by=world.people[first[0]],
        )
        world.people[name] = people.accept_as_new(invitation, **_person(person))


def _person(person: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": person["name"],
        "password": None,
        "language": person.get("language", "en"),
        "time_zone": person.get("zone", "UTC"),
    }


def _describe(organisation: Organisation, one: Mapping[str, Any]) -> None:
    """What an administrator says of the organisation, through the form of that page."""
    form = OrganisationForm(
        {
            "name": one["name"],
            "short_name": one.get("short_name", ""),
            "country": one.get("country", ""),
            "is_small": one.get("small", False),
            "review_word": one.get("review_word", "review"),
            "mail_content": False,
        },
        instance=organisation,
    )
    if not form.is_valid():
        raise StoryError(f"{organisation}: {form.errors}")
    form.save()


def address(person: str) -> str:
    return f"{person}@{DOMAIN}"


def refuse_a_second(signed_in: int) -> None:
    """The demo world goes into an empty installation only."""
    if signed_in:
        raise ValidationError("There are people in this database already. The demo world loads into an empty one only.")
