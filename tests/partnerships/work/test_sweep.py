"""The sweep's statements owe what a loop over people and rows would owe, on both engines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Value
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partnerships import clock
from partnerships.access.statements import sql_public_id
from partnerships.notices import actions as notices
from partnerships.notices import kinds as notice_kinds
from partnerships.notices.models import Notice, NoticePreference
from partnerships.people.models import Membership, User
from partnerships.record.models import Party, Seat
from partnerships.work import actions, kinds, rules
from partnerships.work.models import WorkItem
from partnerships.work.queries import reminders
from tests.factories import World, make_partnership

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 26, 5, 30, tzinfo=UTC)
ZONES = ["UTC", "Africa/Bamako", "America/Lima", "Asia/Kathmandu", "Europe/Paris", "Pacific/Kiritimati"]
KINDS = {rule: kinds.register(f"test.sweep.{rule}", "Do {subject}", rule=rule) for rule in rules.RULES}
NEWS = {
    default: notice_kinds.register(
        f"test.news.{default}", label="", subject="", line="", button="", default=default, together=default == "now"
    )
    for default in ("now", "daily", "never", "always")
}


# The loop, as it stood before the statements: what is right is what it writes. ----------------------------------------
def asked_people(rows: Sequence[WorkItem]) -> dict[int, list[User]]:
    seats_of = defaultdict(list)
    for seat in Seat.objects.filter(ended_on=None, membership__ended_on=None).select_related("membership__user"):
        seats_of[seat.party_id].append(seat)
    asked = {}
    for row in rows:
        found = seats_of[row.party_id]
        leads = [s for s in found if s.duty in {"lead", "stand_in"}]
        asked[row.pk] = [row.person] if row.person is not None else [s.membership.user for s in (leads or found)]
    return asked


def loop() -> int:
    moment = clock.now()
    rows = list(WorkItem.objects.filter(closed_at=None, next_reminder_at__lte=moment).select_related("person"))
    people = asked_people(rows)
    for row in rows:
        drafts = [
            notices.Draft(
                user=user,
                key=f"due:{row.pk}:{row.due_on}:{row.reminder_step}",
                partnership_id=row.partnership_id,
                path=row.path,
                names={"due": row.due_on.isoformat() if row.due_on else ""},
                work_item_id=row.pk,
                object_id=row.object_id,
            )
            for user in people[row.pk]
        ]
        notices.post_drafts(actions.REMINDER, drafts)
        row.next_reminder_at, row.reminder_step = rules.next_reminder(
            kinds.get(row.kind).rule, row.due_on, row.zone, moment
        )
        row.save()
    return len(rows)


# A world of chance ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Person:
    zone: str
    language: str
    active: bool
    paused: int | None
    delivery: str


@dataclass(frozen=True)
class Chair:
    person: int
    party: int
    duty: str
    is_ended: bool
    membership_ended: bool


@dataclass(frozen=True)
class Item:
    rule: str
    party: int
    person: int | None
    due: int
    opened: int
    zone: str
    closed: bool
    object_id: int | None


PERSON = st.builds(
    Person,
    zone=st.sampled_from(ZONES),
    language=st.sampled_from(["en", "fr", "es"]),
    active=st.sampled_from([True, True, True, False]),
    paused=st.none() | st.integers(-2, 3),
    delivery=st.sampled_from(["", "now", "daily", "never"]),
)
CHAIR = st.builds(
    Chair,
    person=st.integers(0, 5),
    party=st.integers(0, 1),
    duty=st.sampled_from(["lead", "stand_in", "member", "member"]),
    is_ended=st.sampled_from([False, False, True]),
    membership_ended=st.sampled_from([False, False, True]),
)
ITEM = st.builds(
    Item,
    rule=st.sampled_from(list(rules.RULES)),
    party=st.integers(0, 1),
    person=st.none() | st.integers(0, 5),
    due=st.integers(-30, 35),
    opened=st.integers(0, 40),
    zone=st.sampled_from(ZONES),
    closed=st.sampled_from([False, False, False, True]),
    object_id=st.none() | st.integers(1, 10**12),
)


def settle(world: World, people: list[Person], chairs: list[Chair], items: list[Item]) -> None:
    """These people, seats and items, and none beside them."""
    Seat.objects.update(ended_on=START.date())
    WorkItem.objects.update(next_reminder_at=None)
    users = []
    for number, one in enumerate(people):
        user = User.objects.create(
            email=f"chance{number}@example.org",
            time_zone=one.zone,
            language=one.language,
            is_active=one.active,
            mail_paused_until=None if one.paused is None else START.date() + timedelta(days=one.paused),
        )
        if one.delivery:
            NoticePreference.objects.create(user=user, kind=actions.REMINDER, delivery=one.delivery)
        NoticePreference.objects.create(user=user, kind="test.other", delivery="never")
        users.append(user)
    parties = list(Party.objects.order_by("pk")[:2])
    for chair in chairs:
        membership = Membership.objects.create(
            user=users[chair.person],
            organisation=parties[chair.party].organisation,
            ended_on=START.date() if chair.membership_ended else None,
        )
        Seat.objects.create(
            party=parties[chair.party],
            membership=membership,
            duty=chair.duty,
            ended_on=START.date() if chair.is_ended else None,
        )
    circle = world.partnership.circles.order_by("pk")[0]
    for number, item in enumerate(items):
        due = START.date() + timedelta(days=item.due)
        opened = START - timedelta(days=item.opened)
        at, step = rules.next_reminder(item.rule, due, item.zone, opened)
        WorkItem.objects.create(
            partnership=world.partnership, key=f"chance:{number}", party=parties[item.party], circle=circle,
            kind=KINDS[item.rule], person=None if item.person is None else users[item.person], due_on=due,
            zone=item.zone, path=f"/p/{number}/", object_id=item.object_id, next_reminder_at=at, reminder_step=step,
            closed_at=START if item.closed else None,
        )  # fmt: skip


def written() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Every notice and every work item, without what is by chance."""
    notices_ = list(Notice.objects.order_by("key").values())
    for row in notices_:
        assert len(row.pop("public_id")) in {12, 16}
        del row["id"]
    return notices_, list(WorkItem.objects.order_by("pk").values())


class Undone(Exception):
    """Takes back what was tried."""


def tried(act: Any) -> Any:
    """What an act returns and leaves behind, which is taken back."""
    found: Any = None
    try:
        with transaction.atomic():
            found = act(), written()
            raise Undone
    except Undone:
        return found


@pytest.fixture
def world() -> World:
    return make_partnership()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    people=st.lists(PERSON, min_size=6, max_size=6),
    chairs=st.lists(CHAIR, max_size=8, unique_by=lambda c: (c.person, c.party)),
    items=st.lists(ITEM, min_size=1, max_size=12),
    hours=st.integers(0, 24 * 12),
)
def test_the_statements_write_what_the_loop_wrote(
    world: World, people: list[Person], chairs: list[Chair], items: list[Item], hours: int
) -> None:
    def both() -> None:
        settle(world, people, chairs, items)
        assert tried(actions.sweep) == tried(loop)
        actions.sweep()
        once = written()
        assert actions.sweep() == 0
        assert written() == once

    with clock.at(START + timedelta(hours=hours)):
        tried(both)


@pytest.mark.parametrize("default", list(NEWS))
def test_each_kinds_way_of_delivery_is_that_of_single_drafts(world: World, default: str) -> None:
    """Also for kinds that go daily or never unless chosen, and for those that nobody can switch off."""
    kind = NEWS[default]
    chosen = [Person(zone, "fr", True, paused, "") for zone in ZONES for paused in (None, -1, 0, 1, 2)]
    settle(world, chosen, [], [])
    users = list(User.objects.filter(email__startswith="chance").order_by("pk"))
    for number, user in enumerate(users):
        if delivery := ("", "now", "daily", "never")[number % 4]:
            NoticePreference.objects.create(user=user, kind=kind, delivery=delivery)
    circle = world.partnership.circles.order_by("pk")[0]
    party = world.partnership.parties.order_by("pk")[0]
    for user in users:
        WorkItem.objects.create(
            partnership=world.partnership, key=f"k{user.pk}", party=party, circle=circle, kind="x", person=user,
            path="/x/",
        )  # fmt: skip
    rows = WorkItem.objects.filter(kind="x")

    def one_by_one() -> None:
        for row in rows.select_related("person"):
            assert row.person is not None
            draft = notices.Draft(row.person, f"n:{row.pk}", row.partnership_id, "/x/", {"due": ""}, None, row.pk)
            notices.post_drafts(kind, [draft])

    with clock.at(START + timedelta(hours=12)):
        found = tried(lambda: notices.post_found(kind, reminders(rows, Value("n:"), "pk")))
        assert found == tried(one_by_one)
    assert len([n for n in found[1][0] if n["kind"] == kind]) == len(users)


ITEM_DUE = Item("usual", 0, None, 0, 1, "UTC", False, None)


def test_a_sweep_that_dies_before_it_moved_on_owes_nothing_twice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(world, [Person("UTC", "en", True, None, "")], [Chair(0, 0, "lead", False, False)], [ITEM_DUE])
    before = written()

    def dies(*_given: Any) -> int:
        raise SystemExit

    with clock.at(START + timedelta(hours=6)):
        with monkeypatch.context() as patch:
            patch.setattr(actions, "_move_on", dies)
            with pytest.raises(SystemExit):
                actions.sweep()
        assert written() == before
        assert actions.sweep() == 1
    assert Notice.objects.filter(kind=actions.REMINDER).count() == 1


def statements(world: World, *given: Any) -> int:
    settle(world, *given)
    with CaptureQueriesContext(connection) as captured:
        assert actions.sweep() >= 1
    return len(captured)


def test_as_many_statements_for_one_as_for_many_in_many_zones(world: World) -> None:
    people = [Person(z, "en", True, n % 3 or None, "daily" if n % 2 else "") for n, z in enumerate(ZONES)]
    chairs = [Chair(n, n % 2, "lead", False, False) for n in range(len(people))]
    items = [Item(rule, 0, None, days, 30, zone, False, None) for rule in KINDS for zone in ZONES for days in range(8)]
    counts: list[int] = []
    for found in (items[:1], items):
        with clock.at(START + timedelta(days=8)):
            tried(lambda: counts.append(statements(world, people, chairs, found)))  # noqa: B023
    assert counts[0] == counts[1] <= 8


def test_its_ids_are_of_the_same_letters() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sql_public_id()} FROM (VALUES {', '.join(['(1)'] * 200)}) numbers")
        made = [one for (one,) in cursor.fetchall()]
    assert len(set(made)) == 200
    assert set("".join(made)) <= set("23456789abcdefghjkmnpqrstuvwxyz")
    assert {len(one) for one in made} == {16}
