"""Mails: owed once, claimed before they are handed over, tried again with patience."""

from __future__ import annotations

import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import OperationalError
from django.db.models import QuerySet

from partnerships import clock
from partnerships.notices import actions, delivery, kinds
from partnerships.notices.models import Notice, NoticePreference
from partnerships.notices.states import MailState
from tests.factories import World, make_partnership, make_user

pytestmark = pytest.mark.django_db
KIND = kinds.register(
    "test.notice", label="Test", subject="{record}: news", line="In “{record}” {party} did it.", button="Open"
)


@pytest.fixture
def world() -> World:
    world = make_partnership()
    delivery.deliver()
    mail.outbox.clear()
    return world


def owe(world: World, key: str = "k") -> None:
    actions.post(
        KIND, to=[world.ngo.user], key=key, partnership=world.partnership, path="/x/", names={"party": "Corvane Gold"}
    )


class Refusing:
    """A mail server that says no as often as told; stands where the real connection does."""

    def __init__(self, error: Exception, times: int) -> None:
        self.error, self.times = error, times

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.times > 0:
            self.times -= 1
            raise self.error
        return mail.get_connection()


def test_owed_twice_is_sent_once_in_the_readers_language_with_text_and_html(world: World) -> None:
    owe(world)
    owe(world)
    assert delivery.deliver() == 1
    assert delivery.deliver() == 0
    sent = mail.outbox[0]
    assert sent.subject == f"{world.partnership.name}: news"
    assert "Corvane Gold did it" in sent.body
    assert sent.alternatives[0][1] == "text/html"  # type: ignore[attr-defined]
    assert sent.extra_headers["Message-ID"] == Notice.objects.get(kind=KIND).message_id


def test_a_refusing_server_is_tried_again_later_and_nothing_is_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    owe(world)
    monkeypatch.setattr(delivery, "get_connection", Refusing(smtplib.SMTPServerDisconnected("gone"), 2))
    assert delivery.deliver() == 0
    row = Notice.objects.get(kind=KIND)
    assert (row.mail_state, row.attempts, row.last_error) == (MailState.PENDING, 1, "SMTPServerDisconnected")
    assert delivery.deliver() == 0  # not before its time
    with clock.at(clock.now() + timedelta(minutes=2)):
        assert delivery.deliver() == 0
    with clock.at(clock.now() + timedelta(minutes=30)):
        assert delivery.deliver() == 1
    assert len(mail.outbox) == 1


def test_an_address_that_does_not_exist_is_given_up_and_can_be_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    owe(world)
    gone = smtplib.SMTPRecipientsRefused({"x": (550, b"no such user")})
    monkeypatch.setattr(delivery, "get_connection", Refusing(gone, 1))
    delivery.deliver()
    assert Notice.objects.get(kind=KIND).mail_state == MailState.FAILED
    assert delivery.try_again(Notice.objects.filter(kind=KIND)) == 1
    assert delivery.deliver() == 1


def dies_in_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker is ended between its taking a mail up and its noting what came of it."""
    with monkeypatch.context() as patch:
        patch.setattr(delivery, "get_connection", Refusing(SystemExit(), 1))
        with pytest.raises(SystemExit):
            delivery.deliver()


def long_after() -> Any:
    return clock.at(clock.now() + timedelta(minutes=delivery.CLAIM_MINUTES + 1))


def test_a_worker_that_died_with_a_mail_in_hand_sends_it_once_more_under_the_same_id(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    owe(world)
    dies_in_hand(monkeypatch)
    first = Notice.objects.get(kind=KIND)
    assert first.mail_state == MailState.CLAIMED
    assert first.message_id
    assert delivery.deliver() == 0  # in another worker's hands
    with long_after():
        assert delivery.deliver() == 1
    assert mail.outbox[0].extra_headers["Message-ID"] == first.message_id
    assert Notice.objects.get(kind=KIND).attempts == 2


def test_a_mail_that_waited_too_long_in_one_workers_hands_is_not_sent_by_two(world: World) -> None:
    """Behind a slow server a claim grows old while its worker lives."""
    owe(world)
    [waiting] = delivery.claim()
    with long_after():
        assert delivery.deliver() == 1
    assert not delivery.send(waiting)
    assert len(mail.outbox) == 1
    assert Notice.objects.get(kind=KIND).mail_state == MailState.SENT


def test_who_failed_with_a_mail_that_another_sent_meanwhile_does_not_bring_it_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    owe(world)
    [in_hand] = delivery.claim()

    def stands_still(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.undo()
        with long_after():
            assert delivery.deliver() == 1
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr(delivery, "get_connection", stands_still)
    with pytest.raises(delivery.Unreachable):
        delivery.send(in_hand)
    row = Notice.objects.get(kind=KIND)
    assert (row.mail_state, row.message_id) == (MailState.SENT, mail.outbox[0].extra_headers["Message-ID"])


def test_a_digest_that_may_be_out_already_goes_again_without_what_came_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mail program that knows the id shows nothing of the second: what is new in it would never be read."""
    NoticePreference.objects.create(user=world.ngo.user, kind=KIND, delivery="daily")
    owe(world, "a")
    owe(world, "b")
    with clock.at(clock.now() + timedelta(days=1)):
        dies_in_hand(monkeypatch)
        owe(world, "c")
        with clock.at(clock.now() + timedelta(days=1)):
            assert delivery.deliver() == 2
    ids = dict(Notice.objects.filter(kind=KIND).values_list("key", "message_id"))
    by_id = {m.extra_headers["Message-ID"]: m.body.count("did it.") for m in mail.outbox}
    a, b, c = (next(v for k, v in ids.items() if k.startswith(f"{key}:")) for key in "abc")
    assert a == b != c
    assert (by_id[a], by_id[c]) == (2, 1)


def test_what_was_surely_not_taken_goes_out_with_what_is_due_by_then(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    NoticePreference.objects.create(user=world.ngo.user, kind=KIND, delivery="daily")
    owe(world, "a")
    with clock.at(clock.now() + timedelta(days=1)):
        with monkeypatch.context() as patch:
            patch.setattr(delivery, "get_connection", Refusing(smtplib.SMTPDataError(451, b"not now"), 1))
            assert delivery.deliver() == 0
        owe(world, "b")
        with clock.at(clock.now() + timedelta(days=1)):
            assert delivery.deliver() == 1
    assert mail.outbox[0].body.count("did it.") == 2


def test_a_look_ends_before_its_worker_is_ended_and_costs_those_that_wait_no_try(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    owe(world)
    monkeypatch.setattr(delivery, "LOOK_SECONDS", -1)
    assert delivery.deliver() == 0
    row = Notice.objects.get(kind=KIND)
    assert (row.mail_state, row.attempts, row.message_id) == (MailState.PENDING, 0, "")


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_for_a_moment_makes_no_mail_go_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    owe(world)
    update, refused = QuerySet.update, []

    def away_once(rows: Any, **values: Any) -> int:
        if values.get("mail_state") == MailState.SENT and not refused:
            refused.append(True)
            raise OperationalError("the server closed the connection")
        return update(rows, **values)

    monkeypatch.setattr(QuerySet, "update", away_once)
    assert delivery.deliver() == 1
    assert refused
    assert Notice.objects.get(kind=KIND).mail_state == MailState.SENT


def test_one_bad_row_does_not_stop_the_others(world: World) -> None:
    owe(world)
    Notice.objects.filter(kind=KIND).update(kind="kind.of.an.older.version")
    owe(world, "k2")
    assert delivery.deliver() == 1


def test_the_daily_digest_gathers_and_a_pause_waits(world: World) -> None:
    NoticePreference.objects.create(user=world.ngo.user, kind=KIND, delivery="daily")
    owe(world, "a")
    owe(world, "b")
    assert delivery.deliver() == 0
    with clock.at(clock.now() + timedelta(days=1)):
        assert delivery.deliver() == 1
    assert mail.outbox[0].body.count("Corvane Gold did it") == 2
    user = world.ngo.user
    user.mail_paused_until = clock.today() + timedelta(days=10)
    user.save()
    NoticePreference.objects.all().delete()
    actions.post(KIND, to=[user], key="paused", partnership=world.partnership)
    with clock.at(clock.now() + timedelta(days=2)):
        assert delivery.deliver() == 0
    with clock.at(clock.now() + timedelta(days=11)):
        assert delivery.deliver() == 1


def test_never_by_mail_still_stands_in_the_inbox(world: World) -> None:
    NoticePreference.objects.create(user=world.ngo.user, kind=KIND, delivery="never")
    owe(world)
    assert delivery.deliver() == 0
    assert Notice.objects.visible_to(world.ngo.user).filter(kind=KIND).exists()


def test_who_has_left_gets_nothing(world: World) -> None:
    user = make_user()
    actions.post(KIND, to=[user], key="gone", partnership=world.partnership)
    user.is_active = False
    user.save()
    assert delivery.deliver() == 0
    assert mail.outbox == []
