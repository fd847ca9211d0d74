"""What a person reads, said once more in Django's own words: the statement in SQL must find the same rows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, models
from django.db.models import Exists, OuterRef, Q
from django.test.utils import CaptureQueriesContext

from partnerships import clock
from partnerships.access import actions as access
from partnerships.access.guard import find, place_of
from partnerships.access.models import Circle, CircleParty, ReleaseItem, current_seats
from partnerships.access.places import Place
from partnerships.history.actions import log
from partnerships.history.models import Act
from partnerships.people.models import User
from partnerships.record.models import HandoverPage, Partnership, Party
from partnerships.work.actions import open_item
from partnerships.work.models import WorkItem
from tests.factories import World, make_partnership

pytestmark = pytest.mark.django_db
SIDES = ("ngo", "company", "third", "broker", "community")


def in_circles(user: User, written: str) -> Q:
    seats = current_seats(user)
    by_party = CircleParty.objects.filter(party__in=seats.filter(party__left_at=None).values("party")).values("circle")
    as_author = Q(author=user.pk) & Exists(seats.filter(party__partnership=OuterRef("partnership")))
    then = CircleParty.objects.filter(
        circle=OuterRef("circle"), party__in=seats.values("party"), party__left_at__gte=OuterRef(written)
    )
    return Q(circle__in=Circle.objects.filter(Q(pk__in=by_party) | as_author)) | Q(Exists(then))


def readable(user: User) -> models.QuerySet[HandoverPage]:
    seats = current_seats(user)
    items = ReleaseItem.objects.filter(model="partnerships.handoverpage")
    opened = items.filter(release__openings__party__in=seats.filter(party__left_at=None).values("party"))
    then = items.filter(
        object_id=OuterRef("pk"),
        release__openings__party__in=seats.values("party"),
        release__openings__party__left_at__gte=OuterRef("changed_at"),
    )
    reads = in_circles(user, "changed_at") | Q(pk__in=opened.values("object_id")) | Q(Exists(then))
    everything = HandoverPage.objects.unguarded("held against what visible_to finds")
    return everything.filter(reads, Q(withdrawn_at=None) | Q(party__in=seats.values("party")))


def fill(world: World, sides: tuple[str, ...] = SIDES) -> None:
    """Of every side an item, an act and a piece of work in every circle; some released, opened, withdrawn."""
    for number, side in enumerate(sides):
        by = world.place(side)
        assert by.seat is not None
        own = []
        for kind in ("author", "own", "caucus", "partners_alone", "partners", "all"):
            circle = access.circle_here(by, kind)
            own.append(HandoverPage.objects.create(**access.authored(by, circle), seat=by.seat, who=f"{side} {kind}"))
            log("record.changed", by=by, item=own[-1])
            open_item(
                "record.consent", partnership=world.partnership, key=f"{side}:{kind}", party=by.own_party,
                circle=circle, path="/", person=by.user if kind == "author" else None,
            )  # fmt: skip
        everybody = access.circle_here(by, "all")
        bundle = access.release(own[:2], kind="handover", to=everybody, by=by)
        access.open_release(bundle, by=world.place(sides[(number + 1) % len(sides)]))
        access.release_opened([own[2]], kind="handover", to=everybody, party=by.own_party, by=by.user)
        access.withdraw(own[4], by=by)
        access.withdraw(own[2], by=by) if number % 2 else None


def everybody(*worlds: World) -> list[User]:
    people = {user.pk: user for world in worlds for user in world.leads.values()}
    people |= {world.outsider.pk: world.outsider for world in worlds}
    return list(people.values())


@pytest.fixture
def worlds() -> tuple[World, World]:
    """Two records; in the first a side has left, after which the others went on writing."""
    first = make_partnership(partners=3, broker=True, community=True)
    second = make_partnership(partners=3, broker=True, community=True, name="Another")
    fill(second)
    with clock.at(clock.now() - timedelta(days=2)):
        fill(first)
    third = first.party("third")
    Party.objects.filter(pk=third.pk).update(left_on=clock.today(), left_at=clock.now() - timedelta(days=1))
    fill(first, ("ngo", "company", "broker", "community"))
    # What changed after the leaving is not for who left, and what did not change is.
    old = HandoverPage.objects.of(first.partnership).filter(who="company all").order_by("pk").first()
    assert old is not None
    HandoverPage.objects.of(first.partnership).filter(pk=old.pk).update(changed_at=clock.now())
    return first, second


def test_the_statement_finds_what_the_rule_says(worlds: tuple[World, World]) -> None:
    read = {}
    for user in everybody(*worlds):
        found = set(HandoverPage.objects.visible_to(user).values_list("pk", flat=True))
        assert found == set(readable(user).values_list("pk", flat=True)), user
        for model, written in ((Act, "at"), (WorkItem, "opened_at")):
            expected = set(model.objects.filter(in_circles(user, written)).values_list("pk", flat=True))
            assert set(model.objects.visible_to(user).values_list("pk", flat=True)) == expected, (user, model)
        read[user.name] = len(found)
    # The world tells them apart: no two sides of a record read the same, and outsiders read nothing.
    assert len(set(read.values())) >= 5
    assert all(not HandoverPage.objects.visible_to(world.outsider).exists() for world in worlds)
    assert HandoverPage.objects.visible_to(worlds[0].leads["third"]).exists()


def test_a_place_reads_what_its_person_reads_in_that_record(worlds: tuple[World, World]) -> None:
    plain = 0
    for world in worlds:
        for user in everybody(*worlds):
            place = place_of(user, world.partnership)
            plain += place.is_plain
            for model in (HandoverPage, Act):
                expected = set(
                    model.objects.visible_to(user).filter(partnership=world.partnership).values_list("pk", flat=True)
                )
                assert set(model.objects.visible_to(place).values_list("pk", flat=True)) == expected, (user, model)
            # A place that no guard made has looked nothing up, and reads by the rule.
            bare = Place(user=user, partnership=world.partnership)
            assert not bare.is_plain
            found = set(HandoverPage.objects.visible_to(bare).values_list("pk", flat=True))
            assert found == set(HandoverPage.objects.visible_to(place).values_list("pk", flat=True))
    assert plain == 4 + 5


def test_the_guard_finds_the_records_that_are_visible_in_two_queries(worlds: tuple[World, World]) -> None:
    first, second = worlds
    administrators = [first.administrator("ngo"), first.administrator("third"), second.administrator("broker")]
    for user in [*everybody(first, second), *administrators]:
        for world in (first, second):
            visible = Partnership.objects.visible_to(user).filter(pk=world.partnership.pk).exists()
            place = find(user, world.pid)
            assert (place is not None) == visible, (user, world.partnership)
            assert place in (None, place_of(user, world.partnership))
    with CaptureQueriesContext(connection) as captured:
        assert find(first.leads["ngo"], first.pid)
    assert len(captured) == 2
    assert find(first.leads["ngo"], "nothing") is None
