"""Closing well: texts that all agree, somebody who looks back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from lifecycle.concluding import actions
from lifecycle.concluding.gate import before_closing, before_concluding
from lifecycle.concluding.models import ClosingText
from partnerships import clock
from partnerships.record import actions as record
from partnerships.work.models import WorkItem
from tests.factories import make_partnership, sign_in

pytestmark = pytest.mark.django_db


def test_a_closing_text_counts_when_every_partner_agreed_to_the_same_version() -> None:
    world = make_partnership(partners=3, stage="implementation")
    actions.write("message", text="We part well.", by=world.ngo, seen=0)
    actions.agree("message", number=1, by=world.company)
    assert "closing_message" not in {c.code for c in before_concluding(world.ngo) if c.met}
    actions.agree("message", number=1, by=world.third)
    assert "closing_message" in {c.code for c in before_concluding(world.ngo) if c.met}
    actions.write("message", text="We part very well.", by=world.company, seen=1)
    assert "closing_message" not in {c.code for c in before_concluding(world.ngo) if c.met}
    with pytest.raises(ValidationError):
        actions.agree("message", number=1, by=world.ngo)
    with pytest.raises(ValidationError):
        actions.write("message", text="Mine, from the old one.", by=world.ngo, seen=1)
    assert ClosingText.objects.of(world.partnership).count() == 2


def test_who_is_asked_and_who_reads() -> None:
    world = make_partnership(broker=True, community=True, stage="implementation")
    actions.write("reason", text="Goals reached.", reason="goals_reached", by=world.ngo, seen=0)
    assert WorkItem.objects.waiting_for(world.company.user).filter(kind="concluding.agree").exists()
    assert ClosingText.objects.visible_to(world.broker.user).exists()
    assert not ClosingText.objects.visible_to(world.community.user).exists()
    assert not ClosingText.objects.visible_to(world.outsider).exists()


def test_the_look_back_outlives_the_record() -> None:
    world = make_partnership(stage="concluding")
    assert world.company.seat is not None
    with pytest.raises(ValidationError):
        actions.plan_look_back(owner=world.company.seat, on=clock.today(), by=world.ngo)
    day = clock.today() + timedelta(days=365)
    actions.plan_look_back(owner=world.company.seat, on=day, by=world.ngo)
    assert "look_back" in {c.code for c in before_closing(world.ngo) if c.met}
    WorkItem.objects.filter(key="look_back").update(closed_at=clock.now())
    actions.keep_look_back(world.partnership)
    assert WorkItem.objects.waiting_for(world.company.user).get(key="look_back").due_on == day


def test_a_look_back_of_who_left_waits_for_the_side() -> None:
    world = make_partnership(stage="concluding")
    owner = world.colleague("company")
    assert owner.seat is not None
    actions.plan_look_back(owner=owner.seat, on=clock.today() + timedelta(days=365), by=world.ngo)
    record.end_seat(owner.seat, by=world.company)
    actions.keep_look_back(world.partnership)
    row = WorkItem.objects.open().get(key="look_back")
    assert (row.person, row.party) == (None, world.party("company"))


def test_who_joins_during_the_conclusion_is_told_what_to_do_and_can_write_then(client: Client) -> None:
    world = make_partnership(stage="implementation")
    actions.write("message", text="We part well.", by=world.ngo, seen=0)
    world.bring("third")
    path = f"/p/{world.pid}/conclusion/message/"
    page = sign_in(client, world.third).post(path, {"text": "Ours", "seen": 0}).content.decode()
    assert "before you joined" in page
    assert "We part well." not in page
    overview = sign_in(client, world.ngo).get(f"/p/{world.pid}/conclusion/").content.decode()
    assert "Ministry of Water joined since" in overview
    client.post(path, {"text": "We part well.", "seen": 1})
    assert sign_in(client, world.third).post(path, {"text": "Ours", "seen": 2}).status_code == 302


def test_pages(client: Client) -> None:
    world = make_partnership(broker=True, stage="concluding")
    sign_in(client, world.ngo)
    for page in ("", "look-back/", "reason/", "data/"):
        assert client.get(f"/p/{world.pid}/conclusion/{page}").status_code == 200, page
    assert client.get(f"/p/{world.pid}/conclusion/nothing/").status_code == 404
    form = {"reason": "goals_reached", "text": "Every village has water.", "seen": 0}
    client.post(f"/p/{world.pid}/conclusion/reason/", form)
    stale = client.post(f"/p/{world.pid}/conclusion/reason/", {**form, "text": "My other words."}).content.decode()
    assert "My other words." in stale
    assert "Every village has water." in stale
    sign_in(client, world.company)
    client.post(f"/p/{world.pid}/conclusion/reason/agree/", {"number": 1})
    assert "Agreed by all" in client.get(f"/p/{world.pid}/conclusion/").content.decode()
    assert sign_in(client, world.broker).get(f"/p/{world.pid}/conclusion/reason/").status_code == 403
