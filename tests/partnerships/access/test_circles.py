"""Circles and releases: who reads what, at every step."""

from __future__ import annotations

import itertools

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partnerships.access import actions
from partnerships.access.models import Circle
from partnerships.access.states import CircleKind
from partnerships.people import actions as people
from partnerships.record.actions import leave
from partnerships.record.models import HandoverPage
from tests.factories import World, make_partnership

pytestmark = pytest.mark.django_db
SIDES = ("ngo", "company", "third", "broker", "community", "authority")


def full_world() -> World:
    return make_partnership(partners=3, broker=True, community=True, authority=True)


def item(world: World, kind: str, side: str = "ngo") -> HandoverPage:
    """Any private item will do; this one is the record's own."""
    place = world.place(side)
    assert place.seat is not None
    return HandoverPage.objects.create(
        partnership=world.partnership,
        circle=actions.circle_here(place, kind),
        party=place.own_party,
        author=place.user,
        seat=place.seat,
        who="secret",
    )


def readers(world: World, row: HandoverPage) -> set[str]:
    return {s for s in SIDES if HandoverPage.objects.visible_to(world.place(s).user).filter(pk=row.pk).exists()}


READS = {
    CircleKind.OWN: {"ngo"},
    CircleKind.CAUCUS: {"ngo", "broker"},
    CircleKind.PARTNERS_ALONE: {"ngo", "company", "third"},
    CircleKind.PARTNERS: {"ngo", "company", "third", "broker"},
    CircleKind.ALL: set(SIDES),
}


@pytest.mark.parametrize("kind", READS)
def test_a_circle_is_read_by_its_parties_and_nobody_else(kind: str) -> None:
    world = full_world()
    row = item(world, kind)
    assert readers(world, row) == READS[CircleKind(kind)]
    for stranger in (world.outsider, world.administrator("ngo")):
        assert not HandoverPage.objects.visible_to(stranger).exists()


def test_what_only_its_author_reads_stays_with_the_author() -> None:
    world = full_world()
    row = item(world, CircleKind.AUTHOR)
    assert readers(world, row) == {"ngo"}
    assert not HandoverPage.objects.visible_to(world.colleague("ngo").user).exists()


def test_every_current_seat_of_a_party_reads_and_no_ended_one() -> None:
    world = full_world()
    row = item(world, CircleKind.OWN)
    colleague = world.colleague("ngo")
    assert HandoverPage.objects.visible_to(colleague.user).filter(pk=row.pk).exists()
    assert colleague.seat is not None
    people.end_membership(colleague.seat.membership)
    assert not HandoverPage.objects.visible_to(colleague.user).exists()


def test_equal_circles_are_one_row_and_a_new_party_makes_a_new_one() -> None:
    world = make_partnership()
    first = actions.circle_here(world.ngo, CircleKind.PARTNERS)
    assert actions.circle_here(world.company, CircleKind.PARTNERS) == first
    old = item(world, CircleKind.PARTNERS)
    world.bring("third")
    assert actions.circle_here(world.ngo, CircleKind.PARTNERS) != first
    assert not HandoverPage.objects.visible_to(world.third.user).filter(pk=old.pk).exists()
    new = item(world, CircleKind.PARTNERS)
    assert HandoverPage.objects.visible_to(world.third.user).filter(pk=new.pk).exists()


def test_who_leaves_reads_what_it_could_and_nothing_made_after() -> None:
    world = make_partnership(partners=3)
    old = item(world, CircleKind.PARTNERS)
    leave(world.party("third"), by=world.third)
    new = item(world, CircleKind.PARTNERS)
    found = set(HandoverPage.objects.visible_to(world.third.user).values_list("pk", flat=True))
    assert found == {old.pk}
    assert new.pk not in found


def test_a_release_is_read_only_after_it_is_opened_and_only_by_who_opened_it() -> None:
    world = full_world()
    row = item(world, CircleKind.OWN)
    bundle = actions.release([row], kind="test", to=actions.circle_here(world.ngo, CircleKind.PARTNERS), by=world.ngo)
    assert readers(world, row) == {"ngo"}
    actions.open_release(bundle, by=world.company)
    assert readers(world, row) == {"ngo", "company"}
    with pytest.raises(ValidationError):
        actions.open_release(bundle, by=world.community)


def test_a_recall_takes_it_back_from_who_has_not_opened_it() -> None:
    world = make_partnership(partners=3)
    row = item(world, CircleKind.OWN)
    bundle = actions.release([row], kind="test", to=actions.circle_here(world.ngo, CircleKind.PARTNERS), by=world.ngo)
    actions.open_release(bundle, by=world.company)
    with pytest.raises(ValidationError):
        actions.recall(bundle, by=world.company)
    actions.recall(bundle, by=world.ngo)
    with pytest.raises(ValidationError):
        actions.open_release(bundle, by=world.third)
    assert readers_of(world, row, ("ngo", "company", "third")) == {"ngo", "company"}


def readers_of(world: World, row: HandoverPage, sides: tuple[str, ...]) -> set[str]:
    return {s for s in sides if HandoverPage.objects.visible_to(world.place(s).user).filter(pk=row.pk).exists()}


def test_what_everybody_opened_cannot_be_recalled_but_withdrawn() -> None:
    world = make_partnership()
    row = item(world, CircleKind.OWN)
    bundle = actions.release([row], kind="test", to=actions.circle_here(world.ngo, CircleKind.PARTNERS), by=world.ngo)
    actions.open_release(bundle, by=world.company)
    with pytest.raises(ValidationError):
        actions.recall(bundle, by=world.ngo)
    with pytest.raises(ValidationError):
        actions.withdraw(row, by=world.company)
    actions.withdraw(row, by=world.ngo)
    assert readers_of(world, row, ("ngo", "company")) == {"ngo"}


def test_only_the_side_that_wrote_it_releases_it() -> None:
    world = make_partnership()
    row = item(world, CircleKind.PARTNERS)
    with pytest.raises(ValidationError):
        actions.release([row], kind="test", to=row.circle, by=world.company)


def test_a_seat_in_the_umbrella_opens_nothing_in_the_site() -> None:
    umbrella = make_partnership()
    site = make_partnership(parent=umbrella.partnership)
    row = item(site, CircleKind.ALL)
    assert not HandoverPage.objects.visible_to(umbrella.company.user).filter(pk=row.pk).exists()


def test_a_signed_out_reader_sees_nothing() -> None:
    from django.contrib.auth.models import AnonymousUser

    world = make_partnership()
    item(world, CircleKind.ALL)
    anonymous = AnonymousUser()
    assert not HandoverPage.objects.visible_to(anonymous).exists()  # type: ignore[arg-type]


steps = st.lists(
    st.sampled_from(list(itertools.product(("release", "open", "recall", "withdraw"), ("company", "third")))),
    max_size=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_whatever_happens_only_who_opened_an_unwithdrawn_release_reads(story: list[tuple[str, str]]) -> None:
    world = make_partnership(partners=3)
    row = item(world, CircleKind.OWN)
    bundle = None
    opened: set[str] = set()
    recalled = withdrawn = False
    for verb, side in story:
        try:
            if verb == "release" and bundle is None:
                circle = actions.circle_here(world.ngo, CircleKind.PARTNERS)
                bundle = actions.release([row], kind="test", to=circle, by=world.ngo)
            elif verb == "open" and bundle is not None:
                actions.open_release(bundle, by=world.place(side))
                opened.add(side)
            elif verb == "recall" and bundle is not None:
                actions.recall(bundle, by=world.ngo)
                recalled = True
            elif verb == "withdraw":
                actions.withdraw(row, by=world.ngo)
                withdrawn = True
        except ValidationError:
            assert verb in {"open", "recall"}
    expected = {"ngo"} if withdrawn else {"ngo"} | opened
    assert readers_of(world, row, ("ngo", "company", "third")) == expected
    assert not (recalled and opened == {"company", "third"} and bundle is None)


def test_circles_are_asked_as_a_subquery() -> None:
    world = make_partnership()
    sql = str(HandoverPage.objects.visible_to(world.ngo.user).query)
    assert "IN (SELECT" in sql
    assert Circle.objects.filter(partnership=world.partnership).count() < 20
