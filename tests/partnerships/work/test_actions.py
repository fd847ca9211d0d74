"""What waits for whom: opened, moved, reminded of once, closed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from partnerships import clock
from partnerships.access.actions import circle_here
from partnerships.notices import delivery
from partnerships.notices.models import Notice
from partnerships.people import actions as people
from partnerships.record import actions as record
from partnerships.work import actions, kinds, rules
from partnerships.work.models import WorkItem
from tests.factories import World, make_partnership

pytestmark = pytest.mark.django_db
KIND = kinds.register("test.work", "Do {subject}", rule="usual")


def owe(world: World, key: str = "k", *, days: int | None = 10, side: str = "company", **more: object) -> WorkItem:
    return actions.open_item(
        KIND,
        partnership=world.partnership,
        key=key,
        party=world.party(side),
        path=f"/p/{world.pid}/",
        due_on=clock.today() + timedelta(days=days) if days is not None else None,
        **{"circle": circle_here(world.place(side), "partners"), **more},  # type: ignore[arg-type]
    )


def reminders(world: World, key: str = "k") -> list[str]:
    rows = Notice.objects.filter(kind="work.reminder", work_item__key=key, partnership=world.partnership)
    return sorted(n.key for n in rows)


def test_opening_twice_is_one_item_brought_up_to_date() -> None:
    world = make_partnership()
    first = owe(world, days=10, subject="one")
    second = owe(world, days=20, subject="two")
    assert first.pk == second.pk
    assert (second.subject, second.due_on) == ("two", clock.today() + timedelta(days=20))
    actions.close_item(world.partnership, "k")
    actions.close_item(world.partnership, "k")
    assert owe(world).pk != first.pk


def test_reminders_go_out_once_at_their_lead_times() -> None:
    world = make_partnership()
    item = owe(world, days=10)
    start = clock.now()
    for day in range(40):
        with clock.at(start + timedelta(days=day)):
            actions.sweep()
            actions.sweep()
    # 7 and 1 days before, on the day, then weekly, capped at four.
    assert len(reminders(world)) == 7
    assert len({k.split(":")[3] for k in reminders(world)}) == 7
    item.refresh_from_db()
    assert item.next_reminder_at is None


def test_what_is_planned_long_before_is_reminded_of_long_before() -> None:
    world = make_partnership()
    due = clock.today() + timedelta(days=45)
    actions.open_item(
        kinds.register("test.long", "Do it", rule="long"),
        partnership=world.partnership,
        key="long",
        party=world.party("company"),
        circle=circle_here(world.company, "partners"),
        path="/",
        due_on=due,
    )
    start, days = clock.now(), []
    for day in range(90):
        with clock.at(start + timedelta(days=day)):
            before = len(reminders(world, "long"))
            actions.sweep()
            if len(reminders(world, "long")) > before:
                days.append(round((clock.now().date() - due).days))
    # The day depends on the hour at which this test runs: reminders go out in the office's morning.
    assert [d - (days[0] + 30) for d in days] == [-30, -14, -7, -1, 0, 7, 14, 21, 28]


def test_after_days_of_outage_there_is_one_message_and_no_flood() -> None:
    world = make_partnership()
    owe(world, days=3)
    with clock.at(clock.now() + timedelta(days=20)):
        actions.sweep()
        assert len(reminders(world)) == 1
        actions.sweep()
        assert len(reminders(world)) == 1


def test_when_the_plan_slips_the_reminders_move_with_it() -> None:
    world = make_partnership()
    owe(world, days=2)
    actions.move_due(world.partnership, "k", clock.today() + timedelta(days=60))
    with clock.at(clock.now() + timedelta(days=5)):
        actions.sweep()
    assert reminders(world) == []


def test_who_is_asked_the_person_else_leads_else_everybody() -> None:
    world = make_partnership()
    member = world.colleague("company")
    stand_in = world.colleague("company", duty="stand_in")
    owe(world, "party", days=1)
    owe(world, "person", days=1, person=member.user)
    with clock.at(clock.now() + timedelta(days=1)):
        actions.sweep()
    rows = Notice.objects.filter(kind="work.reminder", work_item__key__in=["party", "person"])
    told = {n.recipient_id for n in rows}
    assert told == {world.company.user.pk, stand_in.user.pk, member.user.pk}


def test_home_shows_a_party_item_to_its_leads_and_a_personal_one_to_that_person() -> None:
    world = make_partnership()
    member = world.colleague("company")
    owe(world, "party")
    owe(world, "person", person=member.user)
    lead = {w.key for w in WorkItem.objects.waiting_for(world.company.user)}
    assert "party" in lead
    assert "person" not in lead
    assert "person" in {w.key for w in WorkItem.objects.waiting_for(member.user)}
    assert "party" not in {w.key for w in WorkItem.objects.waiting_for(member.user)}
    assert {"party", "person"} <= {w.key for w in WorkItem.objects.waiting_for_others(world.ngo.user)}
    assert not WorkItem.objects.visible_to(world.outsider).exists()


def test_a_reminder_by_hand_goes_once_a_day() -> None:
    world = make_partnership()
    item = owe(world)
    actions.nudge(item)
    with pytest.raises(ValidationError):
        actions.nudge(item)
    with clock.at(clock.now() + timedelta(days=1)):
        actions.nudge(item)
    assert len(reminders(world)) == 2


def test_a_sweep_of_three_costs_what_a_sweep_of_one_costs() -> None:
    world = make_partnership()
    owe(world, "a", days=1)
    later = clock.now() + timedelta(days=1)
    with clock.at(later), CaptureQueriesContext(connection) as one:
        actions.sweep()
    for key in "bcd":
        owe(world, key, days=2)
    with clock.at(later + timedelta(days=1)), CaptureQueriesContext(connection) as three:
        actions.sweep()
    assert len(three) <= len(one)


def test_after_an_outage_everything_that_is_due_comes_in_one_mail() -> None:
    world = make_partnership()
    delivery.deliver()
    mail.outbox.clear()
    for key in "abc":
        owe(world, key, days=2)
    with clock.at(clock.now() + timedelta(days=9)):
        actions.sweep()
        delivery.deliver()
    to_company = [m for m in mail.outbox if m.to == [world.company.user.email]]
    assert len(to_company) == 1
    assert to_company[0].body.count(f"/p/{world.pid}/") >= 3


@given(
    st.sampled_from(list(rules.RULES)),
    st.dates(date(2026, 1, 1), date(2030, 1, 1)),
    st.sampled_from(["UTC", "Africa/Bamako", "America/Lima", "Asia/Kathmandu", "Europe/Paris"]),
    st.integers(-60, 60),
)
def test_the_next_reminder_always_lies_ahead_in_the_offices_morning(
    rule: str, due: date, zone: str, offset: int
) -> None:
    moment = datetime(due.year, due.month, due.day, 12, tzinfo=ZoneInfo("UTC")) + timedelta(days=offset)
    at, step = rules.next_reminder(rule, due, zone, moment)
    if at is None:
        assert step == -1
    else:
        assert at > moment
        assert at.astimezone(ZoneInfo(zone)).hour == rules.REMIND_HOUR
        assert 0 <= step < len(rules.RULES[rule].offsets)


@pytest.mark.parametrize("how", ["seat", "membership"])
def test_what_was_a_leavers_alone_is_shown_to_nobody(how: str) -> None:
    """Their other work waits for the side; that they had not answered a review stays their own."""
    world = make_partnership()
    leaver = world.colleague("company")
    assert leaver.seat is not None
    owe(world, "shared", person=leaver.user)
    owe(world, "own", person=leaver.user, circle=circle_here(leaver, "author"))
    if how == "seat":
        record.end_seat(leaver.seat, by=world.company)
    else:
        people.end_membership(leaver.seat.membership)
    keys = WorkItem.objects.waiting_for(world.company.user).values_list("key", flat=True)
    assert "shared" in keys
    assert "own" not in keys
