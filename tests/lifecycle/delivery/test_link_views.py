"""The page that a reminder's mail opens without a password: one commitment, one person, once, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from lifecycle.delivery import actions
from lifecycle.delivery.models import Commitment
from lifecycle.delivery.states import CommitmentState
from partnerships import clock
from partnerships.notices import delivery
from partnerships.notices.models import MailLink, Notice
from partnerships.people.models import User
from partnerships.work import actions as work
from partnerships.work.models import WorkItem
from tests.factories import World

Owed = Callable[..., Commitment]
MARKER = "Zebrafinch"


def mails_to(user: User) -> list[str]:
    """Bodies of the mails that were sent to somebody, the latest last."""
    return [m.body for m in mail.outbox if user.email in m.to]


def link_in(text: str) -> str:
    """The path of the commitment's link in a mail."""
    found = re.search(r"https?://[^/\s]+(/commitment/\S+)", text)
    assert found, text
    return found.group(1)


def remind(key: str) -> None:
    """The reminder's hour has come; the worker sends it."""
    row = WorkItem.objects.get(key=key, closed_at=None)
    assert row.next_reminder_at is not None
    with clock.at(row.next_reminder_at):
        work.sweep()
        delivery.deliver()


@pytest.fixture
def reminded(world: World, owed: Owed) -> tuple[Commitment, str]:
    """A commitment of the company, and the link in the reminder's mail to its lead."""
    made = owed()
    remind(f"commitment:{made.pk}:owner")
    return made, link_in(mails_to(world.company.user)[-1])


def test_the_owner_delivers_with_a_photo_from_the_reminder_mail(
    world: World, reminded: tuple[Commitment, str], photo: Any
) -> None:
    made, path = reminded
    client = Client()
    page = client.get(path)
    assert page.status_code == 200
    assert made.what in page.content.decode()
    assert page["Referrer-Policy"] == "same-origin", "with no-referrer browsers send the form with “Origin: null”"
    made.refresh_from_db()
    assert made.state == CommitmentState.OPEN, "a GET never acts"
    assert not MailLink.objects.exclude(used_at=None).exists()

    sent = client.post(path, {"note": "On site.", "upload": photo()}, follow=True)
    assert sent.redirect_chain == [(reverse("delivery:link_done"), 302)]
    made.refresh_from_db()
    assert made.state == CommitmentState.DELIVERED
    step = made.steps.get()
    assert (step.by_id, step.by_mail) == (world.company.user.pk, True)
    assert step.document is not None
    assert step.document.size < 200_000, "the photo is kept smaller than it came"

    again = client.get(path)
    assert again.status_code == 410
    assert "used already" in again.content.decode()
    assert client.post(path, {"note": "Twice."}).status_code == 410
    assert made.steps.count() == 1


def test_another_partner_confirms_from_the_mail(world: World, owed: Owed, photo: Any) -> None:
    made = actions.deliver(owed(), by=world.company, note="On site since Monday.", upload=photo())
    delivery.deliver()
    path = link_in(mails_to(world.ngo.user)[-1])
    client = Client()
    page = client.get(path).content.decode()
    assert "On site since Monday." in page
    assert 'src="data:image/jpeg;base64,' in page, "the photo is on the page, without another address"
    refused = client.post(path, {"answer": "not_yet", "note": ""})
    assert refused.status_code == 200
    assert "Say what is missing" in refused.content.decode()
    assert not MailLink.objects.exclude(used_at=None).exists(), "what was not accepted leaves the link good"
    assert client.post(path, {"answer": "seen", "note": "", "upload": photo("proof.jpg")}).status_code == 302
    made.refresh_from_db()
    assert made.state == CommitmentState.CONFIRMED
    assert made.steps.last().by_id == world.ngo.user.pk


def test_not_yet_from_the_mail_and_the_next_mail_has_a_new_link(world: World, owed: Owed) -> None:
    made = owed()
    remind(f"commitment:{made.pk}:owner")
    old = link_in(mails_to(world.company.user)[-1])
    Client().post(old, {"note": ""})
    delivery.deliver()
    confirm = link_in(mails_to(world.ngo.user)[-1])
    Client().post(confirm, {"answer": "not_yet", "note": "No rig here."})
    made.refresh_from_db()
    assert made.state == CommitmentState.OPEN
    remind(f"commitment:{made.pk}:owner")
    new = link_in(mails_to(world.company.user)[-1])
    assert new != old
    replaced = Client().get(old)
    assert replaced.status_code == 410
    assert "newer link" in replaced.content.decode()
    assert Client().get(new).status_code == 200


def test_wrong_and_expired_links(world: World, reminded: tuple[Commitment, str]) -> None:
    made, path = reminded
    client = Client()
    for wrong in (path[:-3] + "xx/", reverse("delivery:deliver_by_link", args=["nonsense"]),
                  path.replace("/done/", "/confirm/")):  # fmt: skip
        response = client.get(wrong)
        assert response.status_code == 410, wrong
        assert made.what not in response.content.decode()
        assert client.post(wrong, {"answer": "seen"}).status_code == 410
    with clock.at(clock.now() + timedelta(days=60)):
        response = client.get(path)
    assert response.status_code == 410
    assert "expired" in response.content.decode()
    made.refresh_from_db()
    assert made.state == CommitmentState.OPEN


def test_somebody_was_faster(world: World, reminded: tuple[Commitment, str]) -> None:
    made, path = reminded
    actions.deliver(made, by=world.colleague("company"))
    response = Client().get(path)
    assert response.status_code == 410
    assert "delivered already" in response.content.decode()
    assert Client().post(path, {"note": ""}).status_code == 410
    assert made.steps.count() == 1


def test_who_has_left_is_told_no_more_than_of_a_wrong_link(world: World, owed: Owed) -> None:
    from partnerships.record.actions import end_seat

    colleague = world.colleague("company")
    made = owed(person=colleague.user)
    remind(f"commitment:{made.pk}:owner")
    path = link_in(mails_to(colleague.user)[-1])
    assert Client().get(path).status_code == 200
    assert colleague.seat is not None
    end_seat(colleague.seat, by=world.company)
    response = Client().get(path)
    assert response.status_code == 410
    assert made.what not in response.content.decode()
    assert "not right" in response.content.decode()


def test_nothing_else_is_reachable_from_it(world: World, reminded: tuple[Commitment, str], owed: Owed) -> None:
    made, path = reminded
    owed(what=f"{MARKER} reports")
    client = Client()
    page = client.get(path).content.decode()
    assert MARKER not in page
    assert f"/p/{world.pid}/" not in page, "no address of the record stands on it"
    assert "_auth_user_id" not in client.session
    for name in ("delivery:overview", "record:overview"):
        assert client.get(reverse(name, args=[world.pid])).status_code == 302
    assert client.get(made.path).status_code == 302


def test_the_link_does_not_serve_another_person_or_purpose(world: World, owed: Owed) -> None:
    """A token says which row it is; the row says who, what, and for which of the two pages."""
    made = owed()
    remind(f"commitment:{made.pk}:owner")
    actions.deliver(made, by=world.company)
    deliver = link_in(mails_to(world.company.user)[-1])
    confirmed = Client().post(deliver.replace("/done/", "/confirm/"), {"answer": "seen"})
    assert confirmed.status_code == 410
    made.refresh_from_db()
    assert made.state == CommitmentState.DELIVERED


def test_the_inbox_leads_to_the_page_not_to_the_link(world: World, reminded: tuple[Commitment, str]) -> None:
    made, path = reminded
    notice = Notice.objects.get(work_item__kind="delivery.commitment", recipient=world.company.user)
    assert notice.path == made.path
    assert path not in str(Notice.objects.filter(pk=notice.pk).values())


def test_a_refused_file_keeps_what_was_typed_and_the_link_good(world: World, reminded: tuple[Commitment, str]) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    made, path = reminded
    liar = SimpleUploadedFile("photo.jpg", b"MZ\x90\x00 a program", content_type="image/jpeg")
    response = Client().post(path, {"note": "On site, all of it.", "upload": liar})
    assert response.status_code == 200
    assert "On site, all of it." in response.content.decode()
    made.refresh_from_db()
    assert made.state == CommitmentState.OPEN
    assert Client().post(path, {"note": "On site, all of it."}).status_code == 302


def test_it_speaks_its_readers_language(world: World, owed: Owed) -> None:
    User.objects.filter(pk=world.company.user.pk).update(language="fr")
    made = owed()
    remind(f"commitment:{made.pk}:owner")
    response = Client().get(link_in(mails_to(world.company.user)[-1]))
    assert '<html lang="fr"' in response.content.decode()


def test_reading_mails_do_not_carry_what_was_written(world: World, owed: Owed) -> None:
    owed(what=f"{MARKER} reports")
    remind(WorkItem.objects.get(kind="delivery.commitment").key)
    delivery.deliver()
    for message in mail.outbox:
        assert MARKER not in message.body + message.subject + str(message.alternatives)
