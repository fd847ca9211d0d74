"""Logging a contact straight from a reminder's mail: exactly one page, without signing in, once."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from lifecycle.communication import actions, kinds, planning
from lifecycle.communication.models import Contact
from partnerships import clock
from partnerships.notices import delivery, links
from partnerships.notices.models import Notice
from partnerships.people.models import User
from partnerships.record import actions as record
from partnerships.record.models import Partnership
from partnerships.work import actions as work
from partnerships.work.models import WorkItem
from tests.factories import World

from .conftest import NOW
from .test_planning import entry

TYPED = {"who": "The five villages' assembly", "held_on": "2026-12-20", "where": "Tandi", "said": "Rig comes late."}


@pytest.fixture
def item(world: World) -> WorkItem:
    planning.start_with_the_first(by=world.ngo)
    found: WorkItem = WorkItem.objects.open().get(object_id=entry(world, "communities").pk, kind=kinds.TALK)
    return found


def url(item: WorkItem, user: User, **how: object) -> str:
    token = links.token_for(kinds.LINK_PURPOSE, item.pk, user, **how)  # type: ignore[arg-type]
    return reverse("communication:contact_by_link", args=[token])


def test_from_the_sweep_to_the_logged_contact(item: WorkItem, world: World, client: Client) -> None:
    with clock.at(NOW + timedelta(days=28)):
        work.sweep()
        delivery.deliver()
        found = re.findall(r"https?://[^/]+(/l/contact/\S+/)", "\n".join(str(m.body) for m in mail.outbox))
        address = next(a for a in found if b"You talked to: Communities" in client.get(a).content)
        assert not Contact.objects.of(world.partnership).exists(), "a GET never acts"
        done = client.post(address, TYPED)
        assert done.status_code == 200
        assert b"Logged. Thank you." in done.content
    contact = Contact.objects.of(world.partnership).get()
    assert contact.by_link
    assert contact.author == world.ngo.user
    assert contact.entry_id == item.object_id
    assert contact.circle.kind == "partners"
    item.refresh_from_db()
    assert item.closed_at is not None
    assert WorkItem.objects.open().get(object_id=item.object_id, kind=kinds.TALK).due_on == date(2027, 1, 19)


def test_the_inbox_leads_to_the_page_and_never_to_the_link(item: WorkItem, world: World) -> None:
    work.nudge(item)
    assert "/l/" not in Notice.objects.get(work_item=item).path


def test_it_opens_nothing_else(item: WorkItem, world: World, client: Client) -> None:
    actions.log_contact(by=world.ngo, who="SECRETBODY", held_on=date(2026, 11, 2), said="SECRETWORDS")
    page = client.get(url(item, world.ngo.user))
    assert b"SECRET" not in page.content
    assert b"/p/" not in page.content
    assert client.get(f"/p/{world.pid}/communication/").status_code == 302
    assert "sessionid" not in client.cookies or not client.session.get("_auth_user_id")


def refused(client: Client, address: str, words: str) -> None:
    for response in (client.get(address), client.post(address, TYPED | {"held_on": "2026-11-20"})):
        assert response.status_code == 410
        assert words in response.content.decode()


def test_a_used_link_says_so(item: WorkItem, world: World, client: Client) -> None:
    address = url(item, world.ngo.user)
    client.post(address, TYPED | {"held_on": "2026-11-20"})
    refused(client, address, "This contact is logged already")
    assert Contact.objects.of(world.partnership).count() == 1


def test_an_older_talk_logged_by_link_leaves_the_wait_a_link_that_works(
    item: WorkItem, world: World, client: Client
) -> None:
    actions.log_contact(by=world.ngo, who="Assembly", held_on=NOW.date(), entry=entry(world, "communities"))
    waits = WorkItem.objects.open().get(object_id=item.object_id, kind=kinds.TALK)
    address = url(waits, world.ngo.user)
    assert b"Logged. Thank you." in client.post(address, TYPED | {"held_on": "2026-11-10"}).content
    waits.refresh_from_db()
    assert waits.closed_at is None
    notice = Notice(recipient=world.ngo.user, work_item=waits)
    again = kinds.link_of(notice)
    assert client.get(again).status_code == 200
    assert kinds.link_of(notice) == again, "until it is used, the mails share one"


def test_a_contact_logged_in_between_makes_the_link_say_so(item: WorkItem, world: World, client: Client) -> None:
    address = url(item, world.ngo.user)
    actions.log_contact(by=world.company, who="Assembly", held_on=date(2026, 11, 23), entry=entry(world, "communities"))
    refused(client, address, "This contact is logged already")


def test_expired_replaced_and_wrong_links(item: WorkItem, world: World, client: Client) -> None:
    address = url(item, world.ngo.user)
    with clock.at(NOW + timedelta(days=40)):
        refused(client, address, "This link has expired")
    url(item, world.ngo.user, renew=True)
    refused(client, address, "A newer link has replaced this one")
    refused(client, address[:-3] + "x/", "This link is not right")
    other = links.token_for("something.else", item.pk, world.ngo.user)
    refused(client, reverse("communication:contact_by_link", args=[other]), "This link is not right")


def test_who_has_left_logs_nothing(item: WorkItem, world: World, client: Client) -> None:
    colleague = world.colleague("ngo")
    address = url(item, colleague.user)
    assert colleague.seat is not None
    record.end_seat(colleague.seat, by=world.ngo)
    refused(client, address, "This is no longer yours to log")


def test_an_outsiders_link_opens_nothing(item: WorkItem, world: World, client: Client) -> None:
    refused(client, url(item, world.outsider), "This is no longer yours to log")


def test_a_closed_partnership(item: WorkItem, world: World, client: Client) -> None:
    address = url(item, world.ngo.user)
    Partnership.objects.filter(pk=world.partnership.pk).update(standing="ended")
    refused(client, address, "This partnership is closed")


def test_a_mistyped_form_keeps_what_was_typed_and_the_link(item: WorkItem, world: World, client: Client) -> None:
    address = url(item, world.ngo.user)
    page = client.post(address, TYPED | {"held_on": "2031-01-01"})
    assert page.status_code == 200
    assert b"This day has not come yet." in page.content
    assert b"Rig comes late." in page.content
    assert client.post(address, TYPED | {"held_on": "2026-11-20"}).status_code == 200
    assert Contact.objects.of(world.partnership).count() == 1


def test_it_speaks_the_language_of_whom_it_was_sent_to(item: WorkItem, world: World, client: Client) -> None:
    User.objects.filter(pk=world.ngo.user.pk).update(language="fr")
    assert "Communautés" in client.get(url(item, world.ngo.user)).content.decode()
