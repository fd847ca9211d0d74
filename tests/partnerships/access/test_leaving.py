"""A party that left reads what it could on leaving, and nothing that is written later, in an older circle neither."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from lifecycle.agreement import actions as agreement
from lifecycle.agreement.models import Agreement, ClauseText
from lifecycle.road import actions as road
from partnerships import clock
from partnerships.access import actions as access
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.documents import actions as documents
from partnerships.documents.models import Document
from partnerships.history.models import Act
from partnerships.record import actions as record
from partnerships.record import queries
from partnerships.work import actions as work
from partnerships.work.models import WorkItem
from tests.factories import World, make_partnership, sign_in

pytestmark = pytest.mark.django_db


def _note(by: Place, circle: object, title: str) -> Document:
    return documents.note_seen(
        partnership=by.partnership, circle=circle, by=by, title=title, seen_by="Ama", seen_on=clock.today(),  # type: ignore[arg-type]
        held_at="Accra",
    )  # fmt: skip


@pytest.fixture
def world() -> World:
    return make_partnership(partners=3)


def test_what_is_written_after_somebody_left_is_not_theirs(world: World, client: Client) -> None:
    circle = access.circle_here(world.ngo, CircleKind.PARTNERS)
    before = _note(world.ngo, circle, "Before they left")
    road.end_alone(reason="Our mandate ended.", by=world.third)
    with clock.at(clock.now() + timedelta(minutes=1)):
        after = _note(world.ngo, circle, "After they left")
        work.open_item(
            record.HAND_OVER,
            partnership=world.partnership,
            key="later",
            party=world.party("ngo"),
            circle=circle,
            path="/",
        )
    gone = world.third.user
    assert list(Document.objects.visible_to(gone)) == [before]
    assert set(Document.objects.visible_to(world.company.user)) == {before, after}
    told = Act.objects.visible_to(gone).filter(model="partnerships.document").values_list("object_id", flat=True)
    assert list(told) == [before.pk]
    assert not WorkItem.objects.visible_to(gone).filter(key="later").exists()
    page = sign_in(client, gone).get(f"/p/{world.pid}/documents/").content.decode()
    assert "Before they left" in page
    assert "After they left" not in page


def test_what_is_changed_after_somebody_left_is_not_theirs(world: World) -> None:
    note = _note(world.ngo, access.circle_here(world.ngo, CircleKind.PARTNERS), "As it was")
    road.end_alone(reason="Our mandate ended.", by=world.third)
    assert note in Document.objects.visible_to(world.third.user)
    with clock.at(clock.now() + timedelta(minutes=1)):
        note.title = "As they made it later"
        access.save_version(note, seen=note.version, fields=["title"])
    assert note not in Document.objects.visible_to(world.third.user)
    assert note in Document.objects.visible_to(world.company.user)


def test_what_was_released_and_is_changed_after_somebody_left_is_not_theirs(world: World) -> None:
    own = _note(world.ngo, access.circle_here(world.ngo, CircleKind.OWN), "As it was")
    bundle = documents.release_document(own, to=access.circle_here(world.ngo, CircleKind.PARTNERS), by=world.ngo)
    for side in ("third", "company"):
        access.open_release(bundle, by=world.place(side))
    road.end_alone(reason="Our mandate ended.", by=world.third)
    assert own in Document.objects.visible_to(world.third.user)
    with clock.at(clock.now() + timedelta(minutes=1)):
        own.refresh_from_db()
        own.title = "As they made it later"
        access.save_version(own, seen=own.version, fields=["title"])
    assert own not in Document.objects.visible_to(world.third.user)
    assert own in Document.objects.visible_to(world.company.user)


def test_who_left_reads_no_text_that_is_still_negotiated(world: World, client: Client) -> None:
    draft = agreement.draft(by=world.ngo, kind="mou", length="short", language="en")
    clause = draft.clauses.first()
    assert clause is not None
    address = f"/p/{world.pid}/agreement/clauses/{clause.public_id}/"
    sign_in(client, world.third)
    assert client.get(address).status_code == 200
    road.end_alone(reason="Our mandate ended.", by=world.third)
    assert client.get(address).status_code == 404
    assert not Agreement.objects.visible_to(world.third.user).exists()
    assert not ClauseText.objects.visible_to(world.third.user).exists()


def test_who_left_opens_no_release_any_more(world: World) -> None:
    own = _note(world.ngo, access.circle_here(world.ngo, CircleKind.OWN), "For later")
    bundle = documents.release_document(own, to=access.circle_here(world.ngo, CircleKind.PARTNERS), by=world.ngo)
    assert queries.unopened_releases(world.third) == [bundle]
    road.end_alone(reason="Our mandate ended.", by=world.third)
    assert queries.unopened_releases(world.third) == []
    with pytest.raises(ValidationError):
        access.open_release(bundle, by=world.third)
    assert not Document.objects.visible_to(world.third.user).exists()
