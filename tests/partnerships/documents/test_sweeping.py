"""Files whose time is over: told before, removed then, never while a hold stands; what they were stays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lifecycle.road import actions as road
from partnerships import clock
from partnerships.access.actions import circle_here, open_release
from partnerships.access.states import CircleKind
from partnerships.documents import actions, sweeping, tasks
from partnerships.documents.models import Document
from partnerships.documents.retention import months_on
from partnerships.documents.states import Held
from partnerships.documents.storage import StoreAway, WholeFiles
from partnerships.history.models import Act
from partnerships.notices import delivery
from partnerships.notices.models import Notice
from partnerships.record.holding import lift_hold, set_hold
from partnerships.record.models import LegalHold
from tests.factories import World, make_partnership, sign_in
from tests.running import store_away

from . import files


@pytest.fixture
def world(db: None) -> World:
    return make_partnership(broker=True)


def add(world: World, who: str = "ngo", circle: str = CircleKind.OWN, kind: str = "policy", **more: Any) -> Document:
    place = world.place(who)
    return actions.store(
        partnership=world.partnership, upload=files.upload("policy.pdf", files.pdf()), by=place, kind=kind,
        circle=circle_here(place, circle), **more,
    )  # fmt: skip


@contextmanager
def on(day: date) -> Iterator[None]:
    with clock.at(datetime.combine(day, time(9), ZoneInfo("UTC"))):
        yield


def look(day: date) -> sweeping.Swept:
    with on(day):
        return sweeping.sweep()


def again(document: Document) -> Document:
    found: Document = Document.objects.unguarded("test").get(pk=document.pk)
    return found


def told() -> list[str]:
    return sorted(n.recipient.name for n in Notice.objects.filter(kind="documents.goes") if n.recipient)


def in_days(days: int) -> date:
    return clock.today() + timedelta(days=days)


def test_its_side_is_told_once_thirty_days_before_and_then_the_file_goes(world: World) -> None:
    document = add(world, keep_until=in_days(100))
    name = document.file.name
    for days in (0, 50, 69):
        assert (look(in_days(days)).warned, told()) == (0, [])
    assert look(in_days(70)).warned == 1
    assert told() == ["Lead of Sahel Futures"]
    for days in (70, 71, 99, 100):
        assert (look(in_days(days)).warned, look(in_days(days)).removed, len(told())) == (0, 0, 1)
        assert default_storage.exists(name)
    assert look(in_days(101)).removed == 1
    assert not default_storage.exists(name)
    now = again(document)
    assert (now.held, now.file.name, now.removed_on) == (Held.OVER, "", in_days(101))
    assert (now.title, now.sha256, now.size) == (document.title, document.sha256, document.size)
    act = Act.objects.get(kind="documents.over")
    assert (act.by_id, act.circle_id, act.object_public_id) == (None, document.circle_id, document.public_id)
    assert look(in_days(101)).removed == look(in_days(400)).removed == 0
    assert Act.objects.filter(kind="documents.over").count() == 1


def test_a_scheduler_that_was_away_still_leaves_thirty_days(world: World) -> None:
    document = add(world, keep_until=in_days(40))
    assert look(in_days(300)).warned == 1
    assert look(in_days(329)).removed == 0
    assert again(document).is_file
    assert look(in_days(330)).removed == 1


def test_the_kind_counts_from_the_closing(world: World) -> None:
    document, unsaid = add(world), add(world, kind="")
    assert look(months_on(clock.today(), 400)).removed == 0
    with on(in_days(10)):
        road.not_pursue(by=world.company)
    end = months_on(in_days(10), 36)
    assert look(end - timedelta(days=31)).warned == 0
    assert look(end - timedelta(days=30)).warned == 1
    assert look(end).removed == 0
    assert look(end + timedelta(days=1)).removed == 1
    assert not again(document).is_file
    # Of what has no kind, nobody has said how long.
    assert again(unsaid).is_file


def test_what_all_have_signed_stays_and_so_do_notes(world: World) -> None:
    signed = add(world, circle=CircleKind.PARTNERS, keep_until=in_days(40))
    Document.objects.unguarded("test").filter(pk=signed.pk).update(author=None)
    seen = actions.note_seen(
        partnership=world.partnership, circle=circle_here(world.ngo, CircleKind.OWN), by=world.ngo, title="Chart",
        seen_by="A. Lead", seen_on=clock.today(), held_at="Their office", kind="policy", valid_until=clock.today(),
    )  # fmt: skip
    for days in (4000, 4100):
        assert look(in_days(days)) == sweeping.Swept(look_began(days), finished=True)
    assert again(signed).is_file
    assert again(seen).held == Held.SEEN


def look_began(days: int) -> datetime:
    return datetime.combine(in_days(days), time(9), ZoneInfo("UTC"))


def test_a_signed_agreement_that_somebody_added_goes_when_its_kind_says(world: World) -> None:
    add(world, kind="signed_agreement")
    with on(in_days(1)):
        road.not_pursue(by=world.company)
    end = months_on(in_days(1), 120)
    assert look(end - timedelta(days=30)).warned == 1
    assert look(end).removed == 0
    assert look(end + timedelta(days=1)).removed == 1


# Holds ----------------------------------------------------------------------------------------------------------------
def test_while_a_hold_stands_nothing_of_that_side_goes_and_then_it_is_told_anew(world: World) -> None:
    ours, theirs = (add(world, who, keep_until=in_days(100)) for who in ("ngo", "company"))
    assert look(in_days(70)).warned == 2
    with on(in_days(90)):
        set_hold(by=world.ngo, reason="A claim.")
    assert look(in_days(101)).removed == 1
    assert (again(ours).is_file, again(theirs).is_file) == (True, False)
    assert default_storage.exists(ours.file.name)
    assert look(in_days(500)) == sweeping.Swept(look_began(500), finished=True)
    with on(in_days(600)):
        lift_hold(LegalHold.objects.of(world.partnership).get(), by=world.ngo, because="Settled.")
    assert look(in_days(601)).removed == 0
    assert told().count("Lead of Sahel Futures") == 2
    assert look(in_days(630)).removed == 0
    assert look(in_days(631)).removed == 1
    assert not again(ours).is_file


def test_who_deletes_by_hand_is_told_of_the_hold(world: World, django_capture_on_commit_callbacks: Any) -> None:
    unseen, seen = add(world), add(world, circle=CircleKind.PARTNERS)
    set_hold(by=world.ngo, reason="A claim.")
    client = sign_in(Client(), world.ngo)
    withdraw = reverse("documents:withdraw", args=[world.pid, unseen.public_id])
    for answer in (client.get(withdraw, follow=True), client.post(withdraw, follow=True)):
        assert "Your side has set a legal hold" in answer.content.decode()
    assert again(unseen).is_file
    # To leave the pages of others is no deletion.
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.withdraw_document(seen, by=world.ngo) is False
    assert default_storage.exists(seen.file.name)
    # Another side's hold keeps nothing of ours.
    lift_hold(LegalHold.objects.of(world.partnership).get(), by=world.ngo, because="Settled.")
    set_hold(by=world.company, reason="Theirs.")
    assert actions.withdraw_document(unseen, by=world.ngo) is True


# Who is told ----------------------------------------------------------------------------------------------------------
def test_only_its_side_is_told_and_of_an_author_s_own_only_the_author(world: World) -> None:
    member, stand_in = world.colleague("ngo"), world.colleague("ngo", duty="stand_in")
    actions.store(
        partnership=world.partnership, upload=files.upload("a.pdf", files.pdf()), by=member, kind="policy",
        circle=circle_here(member, CircleKind.AUTHOR), keep_until=in_days(50),
    )  # fmt: skip
    look(in_days(30))
    assert told() == [member.user.name]
    add(world, circle=CircleKind.ALL, keep_until=in_days(60))
    add(world, circle=CircleKind.ALL, keep_until=in_days(60))
    look(in_days(31))
    assert told() == sorted([member.user.name, "Lead of Sahel Futures", stand_in.user.name])
    while delivery.deliver():
        pass
    with clock.at(clock.now() + timedelta(days=40)):
        while delivery.deliver():
            pass
    sent = [m for m in mail.outbox if "will be removed in 30 days" in m.subject]
    assert sent
    assert not any("policy" in f"{m.subject} {m.body}".lower() for m in sent)


def test_the_notice_leads_to_the_files_that_go_and_nobody_else_finds_them_so(world: World) -> None:
    add(world, circle=CircleKind.ALL, title="Of the wells", keep_until=in_days(50))
    add(world, circle=CircleKind.ALL, title="Of the roads", keep_until=in_days(500))
    look(in_days(30))
    path = Notice.objects.get(kind="documents.goes").path
    with on(in_days(30)):
        html = sign_in(Client(), world.ngo).get(path).content.decode()
        assert "Of the wells" in html
        assert "File goes" in html
        assert "Of the roads" not in html
        theirs = sign_in(Client(), world.company)
        assert "Of the wells" not in theirs.get(path).content.decode()
        everything = theirs.get(path.partition("?")[0]).content.decode()
    assert "Of the wells" in everything
    assert "File goes" not in everything


# What remains ---------------------------------------------------------------------------------------------------------
def test_pages_say_what_was_there_to_the_same_readers(world: World) -> None:
    document, ngo = add(world, title="Our policy", keep_until=in_days(50)), world.ngo
    bundle = actions.release_document(document, to=circle_here(ngo, CircleKind.PARTNERS), by=ngo)
    open_release(bundle, by=world.company)
    look(in_days(30))
    look(in_days(60))
    for who, status in (("ngo", 200), ("company", 200), ("broker", 404)):
        client = sign_in(Client(), world.leads[who])
        detail = client.get(reverse("documents:detail", args=[world.pid, document.public_id]))
        assert detail.status_code == status
        assert client.get(reverse("documents:file", args=[world.pid, document.public_id])).status_code == 404
        if status == 200:
            html = detail.content.decode()
            assert "its file was removed" in html
            assert "No longer kept" in html
            assert "Download" not in html
            assert reverse("documents:keep", args=[world.pid, document.public_id]) not in html
            assert "No longer kept" in client.get(reverse("documents:list", args=[world.pid])).content.decode()


def test_a_photo_that_went_is_shown_nowhere(world: World) -> None:
    place = world.ngo
    photo = actions.store(
        partnership=world.partnership, upload=files.upload("well.jpg", files.photo()), by=place, kind="photo",
        circle=circle_here(place, CircleKind.OWN), keep_until=in_days(50),
    )  # fmt: skip
    assert photo.is_picture
    look(in_days(30))
    look(in_days(60))
    assert not again(photo).is_picture
    html = sign_in(Client(), place).get(reverse("documents:detail", args=[world.pid, photo.public_id])).content.decode()
    assert '<img class="cg-picture' not in html


# When things fail -----------------------------------------------------------------------------------------------------
def test_a_store_that_refuses_one_file_stops_no_other_and_is_asked_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = add(world, keep_until=in_days(50)), add(world, keep_until=in_days(50))
    look(in_days(30))
    deleted = WholeFiles.delete

    def refuses(self: WholeFiles, name: str) -> None:
        if name == bad.file.name:
            raise StoreAway("nobody answers")
        deleted(self, name)

    monkeypatch.setattr(WholeFiles, "delete", refuses)
    swept = look(in_days(60))
    assert (swept.removed, swept.failed, swept.finished) == (1, 1, False)
    assert (again(bad).is_file, again(good).is_file) == (True, False)
    # Its page stays true: the file is there.
    client = sign_in(Client(), world.ngo)
    assert client.get(reverse("documents:file", args=[world.pid, bad.public_id])).status_code == 200
    monkeypatch.undo()
    assert look(in_days(61)).finished
    assert not again(bad).is_file
    assert not default_storage.exists(bad.file.name)


def test_files_that_always_fail_keep_no_other_waiting(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = {add(world, keep_until=in_days(50)).file.name for _ in range(sweeping.GIVE_UP)}
    good = add(world, keep_until=in_days(50))
    look(in_days(30))
    deleted = WholeFiles.delete

    def refuses(self: WholeFiles, name: str) -> None:
        if name in bad:
            raise StoreAway("nobody answers")
        deleted(self, name)

    monkeypatch.setattr(WholeFiles, "delete", refuses)
    assert (look(in_days(60)).failed, again(good).is_file) == (sweeping.GIVE_UP, True)
    look(in_days(61))
    assert not again(good).is_file


def test_a_worker_that_died_after_the_file_went_is_followed_by_one_that_says_so(world: World) -> None:
    document = add(world, keep_until=in_days(50))
    look(in_days(30))
    default_storage.delete(document.file.name)
    assert look(in_days(60)).removed == 1
    assert again(document).held == Held.OVER


def test_the_task_looks_once_a_day_and_sooner_after_a_failure(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    looks: list[date] = []
    swept = sweeping.sweep

    def counted() -> sweeping.Swept:
        looks.append(clock.today())
        return swept()

    monkeypatch.setattr(sweeping, "sweep", counted)
    tasks.sweep_retention()
    tasks.sweep_retention()
    assert len(looks) == 1
    add(world, keep_until=in_days(50))
    swept_at = in_days(30)
    look(swept_at)
    cache.clear()
    with on(in_days(60)), store_away("delete"):
        tasks.sweep_retention()
    with on(in_days(61)):
        tasks.sweep_retention()
        tasks.sweep_retention()
    assert len(looks) - 1 - 1 == 2
    cache.clear()


def test_batches_go_on_where_the_last_one_ended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "BATCH", 2)
    for _ in range(5):
        add(world, keep_until=in_days(50))
    assert look(in_days(30)).warned == 5
    assert told() == ["Lead of Sahel Futures"]
    monkeypatch.setattr(sweeping, "BATCHES", 2)
    first = look(in_days(60))
    assert (first.removed, first.finished) == (4, False)
    second = look(in_days(60))
    assert (second.removed, second.finished) == (1, True)


def test_one_file_and_three_take_the_same_statements(world: World) -> None:
    def statements(number: int) -> tuple[int, int]:
        for _ in range(number):
            add(world, keep_until=in_days(50))
        counts = []
        for days in (30, 60):
            with CaptureQueriesContext(connection) as captured:
                swept = look(in_days(days))
            counts.append(len(captured))
        assert swept.removed == number
        return counts[0], counts[1]

    add(world, keep_until=in_days(50))
    look(in_days(30))
    look(in_days(60))
    assert statements(1) == statements(3)
