"""A real mail server that refuses, hangs up, or is not there: one mail in the end, and nothing lost meanwhile."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from partnerships import clock
from partnerships.notices import actions, delivery, kinds
from partnerships.notices.models import Notice
from partnerships.notices.states import MailState
from tests.factories import World, make_partnership

pytestmark = pytest.mark.django_db
KIND = kinds.register(
    "test.server", label="Test", subject="{record}: news", line="In “{record}” {party} did it.", button="Open"
)


class Server:
    """Answers the next mails as told, then takes everything."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.tried = 0
        self.taken: list[bytes] = []
        self.hang_up_after_taking = False

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.tried += 1
        if self.answers:
            return self.answers.pop(0)
        self.taken.append(envelope.content)
        if self.hang_up_after_taking:
            # It has the mail, and the line breaks before it could say so.
            self.hang_up_after_taking = False
            server.transport.abort()
        return "250 taken"


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def world(settings: Any, port: int) -> World:
    made = make_partnership()
    Notice.objects.update(mail_state=MailState.NONE)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 10
    return made


@pytest.fixture
def server(port: int) -> Iterator[Server]:
    handler = Server()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler
    controller.stop()


def owe(world: World, key: str = "k") -> None:
    actions.post(KIND, to=[world.ngo.user], key=key, partnership=world.partnership, names={"party": "Corvane Gold"})


def row() -> Notice:
    return Notice.objects.get(kind=KIND)


def deliver_when_due() -> datetime:
    """The sweep, at the moment that the row waits for."""
    due = row().send_at
    with clock.at(due - timedelta(seconds=1)):
        assert delivery.deliver() == 0, "not before its time"
    with clock.at(due):
        delivery.deliver()
    return due


def test_a_server_that_refuses_gets_it_again_later_and_later_and_once(world: World, server: Server) -> None:
    owe(world)
    server.answers = ["451 not now", "452 disk full", "421 come back later"]
    start = clock.now()
    with clock.at(start):
        assert delivery.deliver() == 0
    waits, before = [], start
    while row().mail_state == MailState.PENDING:
        due = deliver_when_due()
        waits.append(int((due - before).total_seconds() // 60))
        before = due
    assert waits == list(delivery.BACKOFF_MINUTES[:3])
    assert row().mail_state == MailState.SENT
    with clock.at(before + timedelta(days=3)):
        assert delivery.deliver() == 0
    assert len(server.taken) == 1
    assert row().message_id.encode() in server.taken[0]


def test_one_refused_mail_holds_up_no_other(world: World, server: Server) -> None:
    for key in ("a", "b", "c"):
        owe(world, key)
    server.answers = ["550 we do not like this one"]
    assert delivery.deliver() == 2
    assert sorted(Notice.objects.filter(kind=KIND).values_list("mail_state", flat=True)) == ["pending", "sent", "sent"]


def test_a_server_that_is_not_there_is_asked_once_a_sweep_and_costs_the_others_no_try(world: World) -> None:
    """No server listens. Hundreds of mails must not wait for it one after the other, nor be given up untried."""
    for key in ("a", "b", "c"):
        owe(world, key)
    assert delivery.deliver() == 0
    rows = Notice.objects.filter(kind=KIND)
    assert sorted(rows.values_list("attempts", flat=True)) == [0, 0, 1]
    assert set(rows.values_list("mail_state", flat=True)) == {MailState.PENDING}
    assert rows.get(attempts=1).last_error == "ConnectionRefusedError"


def test_once_the_server_is_back_everything_goes_out(world: World, server: Server) -> None:
    for key in ("a", "b", "c"):
        owe(world, key)
    server.answers = ["421 closing"] * 2
    moment = clock.now()
    for _sweep in range(8):
        with clock.at(moment):
            delivery.deliver()
        moment += timedelta(minutes=5)
    assert len(server.taken) == 3
    assert not Notice.objects.filter(kind=KIND).exclude(mail_state=MailState.SENT).exists()


def test_a_line_that_breaks_after_the_mail_was_taken_sends_it_under_the_same_id(world: World, server: Server) -> None:
    """Nobody can know whether it arrived. It is sent again, and mail programs see that it is the same mail."""
    owe(world)
    server.hang_up_after_taking = True
    assert delivery.deliver() == 0
    assert (row().mail_state, row().last_error) == (MailState.PENDING, "SMTPServerDisconnected")
    deliver_when_due()
    assert row().mail_state == MailState.SENT
    ids = [line for mail in server.taken for line in mail.splitlines() if line.startswith(b"Message-ID:")]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_what_no_server_takes_is_given_up_visibly_after_two_days(world: World, server: Server) -> None:
    owe(world)
    server.answers = ["451 not now"] * 99
    start = clock.now()
    with clock.at(start):
        delivery.deliver()
    while row().mail_state == MailState.PENDING:
        last = deliver_when_due()
    assert row().mail_state == MailState.FAILED
    assert server.tried == len(delivery.BACKOFF_MINUTES) + 1
    assert last - start > timedelta(days=1)
