"""What a mail says, and what it leaves to the page behind the sign-in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from partnerships import clock
from partnerships.access.actions import circle_here
from partnerships.notices import delivery
from partnerships.record.actions import CONSENT
from partnerships.work import actions as work
from tests.factories import World, make_partnership, sign_in

pytestmark = pytest.mark.django_db


def reminded(world: World) -> str:
    """The text of the mail in which the company's lead is reminded of something on its own side."""
    work.open_item(
        CONSENT,
        partnership=world.partnership,
        key="k",
        party=world.party("company"),
        circle=circle_here(world.company, "own"),
        path="/",
        subject="the women's {record} group",
        due_on=clock.today() + timedelta(days=1),
    )
    with clock.at(clock.now() + timedelta(days=1)):
        work.sweep()
        mail.outbox.clear()
        while delivery.deliver():
            pass
    sent = [m for m in mail.outbox if m.to == [world.company.user.email]]
    assert sent
    return " ".join(f"{m.subject} {m.body}" for m in sent)


def allow_content(world: World, side: str) -> None:
    organisation = world.party(side).organisation
    organisation.mail_content = True
    organisation.save()


def test_a_reminder_names_the_record_alone() -> None:
    world = make_partnership()
    allow_content(world, "ngo")
    said = reminded(world)
    assert world.partnership.name in said
    assert "women" not in said


def test_it_says_what_waits_where_the_readers_organisation_allows() -> None:
    world = make_partnership()
    allow_content(world, "company")
    assert "the women's {record} group" in reminded(world)


def test_the_inbox_says_what_waits_to_those_who_may_see_it(client: Client) -> None:
    world = make_partnership()
    reminded(world)
    assert "women" in sign_in(client, world.company).get("/notices/").content.decode()
    seat = world.company.seat
    assert seat
    seat.ended_on = clock.today() - timedelta(days=1)
    seat.save()
    assert "women" not in client.get("/notices/").content.decode()
