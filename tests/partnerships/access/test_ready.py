"""A statement that is built once finds what its queryset finds, with whatever values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.test.utils import CaptureQueriesContext

from partnerships import clock
from partnerships.access.guard import place_of
from partnerships.access.ready import Ready, ReadyHere
from partnerships.people.models import Membership, Organisation, User
from partnerships.record.models import Partnership, Party, Seat
from partnerships.work.models import WorkItem
from tests.factories import make_partnership

pytestmark = pytest.mark.django_db

ROUNDS = 4  # The second time a connection to PostgreSQL prepares it, afterwards it only asks.


def test_it_finds_what_the_queryset_finds_each_time() -> None:
    one, two = make_partnership(), make_partnership()
    parties = Ready(
        lambda record, role: (
            Party.objects.filter(partnership=record, role=role).select_related("organisation").order_by("pk")
        )
    )
    for world in [one, two] * ROUNDS:
        expected = Party.objects.filter(partnership=world.partnership, role="partner").order_by("pk")
        with CaptureQueriesContext(connection) as asked:
            found = parties(record=world.partnership.pk, role="partner")
            assert [p.organisation.name for p in found] == [p.organisation.name for p in list(found)]
        assert len(asked) == 1
        assert found == list(expected)
        assert parties(record=world.partnership.pk, role="nobody's") == []


def test_days_and_instants_are_values_too() -> None:
    world = make_partnership()
    joined = world.company.user.joined_at
    since = Ready(lambda moment, day: User.objects.filter(joined_at__gte=moment, joined_at__date__gte=day))
    for _ in range(ROUNDS):
        assert world.company.user in since(moment=joined, day=date(2000, 1, 1))
        assert since(moment=datetime(2200, 1, 1, tzinfo=UTC), day=date(2000, 1, 1)) == []
        assert since(moment=joined, day=date(2200, 1, 1)) == []


def test_lists_of_any_length_share_few_texts() -> None:
    people = [make_partnership().company.user for _ in range(5)]
    named = Ready(lambda ids: User.objects.filter(pk__in=ids).order_by("pk").values_list("pk", flat=True))
    for length in [0, 1, 2, 3, 4, 5] * ROUNDS:
        ids = [u.pk for u in people[:length]]
        assert named(ids=ids) == sorted(ids)
    assert len(named._texts) == 5  # none, 1, 2, 4, 8


def test_what_changes_the_text_makes_a_text_of_its_own() -> None:
    seat = make_partnership().company.seat
    seats = Ready(lambda ended: Seat.objects.filter(ended_on=ended))
    assert seat in seats(ended=None)
    assert seats(ended=date(2001, 1, 1)) == []
    assert seat in seats(ended=None)


def test_constants_and_per_cent_signs_stay_as_they_are() -> None:
    world = make_partnership()
    Organisation.objects.filter(pk=world.party("ngo").organisation_id).update(name="100% 'local'")
    found = Ready(lambda kind: Organisation.objects.filter(kind=kind, name__contains="0% 'l"))
    for _ in range(ROUNDS):
        assert [o.name for o in found(kind=world.party("ngo").organisation.kind)] == ["100% 'local'"]


def test_annotations_and_what_is_fetched_beside_come_along() -> None:
    world = make_partnership()
    led = Exists(Seat.objects.filter(membership=OuterRef("pk"), duty="lead"))
    memberships = Ready(
        lambda user: Membership.objects.filter(user=user).annotate(leads=led).prefetch_related("organisation")
    )
    user, organisation = world.company.user, world.party("company").organisation
    for _ in range(ROUNDS):
        (found,) = memberships(user=user.pk)
        assert found.leads
        with CaptureQueriesContext(connection) as asked:
            assert found.organisation == organisation
        assert not asked.captured_queries


def test_a_value_that_does_not_stand_in_the_text_is_refused() -> None:
    doubled = Ready(lambda number: User.objects.filter(pk=number * 2))
    with pytest.raises(ValueError, match="does not stand"):
        doubled(number=3)


def test_the_clock_goes_on() -> None:
    user = make_partnership().ngo.user
    here = Ready(
        lambda ids: User.objects.filter(pk__in=ids, joined_at__lte=clock.now(), mail_paused_until__gte=clock.today())
    )
    User.objects.filter(pk=user.pk).update(mail_paused_until=user.joined_at.date() + timedelta(days=5))
    for days, there in ((-1, False), (1, True), (5, True), (6, False)) * ROUNDS:
        with clock.at(user.joined_at + timedelta(days=days)):
            assert (user in here(ids=[user.pk])) is there


def test_what_is_reckoned_from_the_clock_would_stand_still_and_is_refused() -> None:
    late = Ready(lambda: User.objects.filter(joined_at__lte=clock.now() - timedelta(days=3)))
    with pytest.raises(ValueError, match="does not stand"):
        late()


def test_what_a_person_reads_in_a_record() -> None:
    world, other = make_partnership(), make_partnership()
    items = ReadyHere(lambda place: WorkItem.objects.visible_to(place).filter(~Q(kind="")).order_by("pk"))
    for _ in range(ROUNDS):
        for here in (world, other):
            for person in (here.ngo, here.company):
                place = place_of(person.user, here.partnership)
                assert items(place) == list(WorkItem.objects.visible_to(place).order_by("pk"))
                assert items(place)


def test_without_a_seat_the_queryset_itself_is_asked() -> None:
    world = make_partnership()
    stranger = make_partnership().ngo.user
    items = ReadyHere(lambda place: WorkItem.objects.visible_to(place))
    place = place_of(stranger, world.partnership)
    assert not place.is_plain
    assert items(place) == []


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite keeps no plans for a connection")
def test_postgresql_keeps_the_plan_from_the_second_time_on() -> None:
    world = make_partnership()
    found = Ready(lambda record: Partnership.objects.filter(pk=record, name__startswith="P"))
    with CaptureQueriesContext(connection) as asked:
        for _ in range(3):
            found(record=world.partnership.pk)
    texts = [q["sql"].split()[0] for q in asked.captured_queries]
    assert texts == ["SELECT", "EXECUTE", "EXECUTE"]
