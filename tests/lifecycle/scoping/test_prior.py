"""Prior work: links and notes, and what concluded partnerships learned beside them."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lifecycle.scoping import actions, queries
from lifecycle.scoping.models import PriorWork
from tests.factories import World, make_partnership, sign_in
from tests.lifecycle.scoping.made import draw_goal

pytestmark = pytest.mark.django_db
WORK = {"title": "Well committees", "link": "https://example.org/wells", "note": "Reuse the log.", "seen": "0"}


def url(world: World, name: str, *args: str) -> str:
    return reverse(f"scoping:{name}", args=[world.pid, *args])


def test_links_and_notes_by_plain_forms(client: Client) -> None:
    world = make_partnership(broker=True)
    sign_in(client, world.ngo)
    assert client.post(url(world, "new_prior"), {**WORK, "reach": "partners"})["Location"] == url(world, "prior")
    client.post(url(world, "new_prior"), {**WORK, "title": "Our own failure", "link": "", "reach": "own"})
    actions.write_entry("reuse", text="The district has a pump school", by=world.company)
    for name in ("company", "broker"):
        page = sign_in(client, world.place(name)).get(url(world, "prior")).content.decode()
        assert 'href="https://example.org/wells"' in page
        assert "The district has a pump school" in page
        assert "Our own failure" not in page
    assert "Our own failure" in sign_in(client, world.ngo).get(url(world, "prior")).content.decode()


@pytest.mark.parametrize("link", ["javascript:alert(1)", "ftp://example.org/x", "no address", "https://" + "x" * 600])
def test_a_link_that_is_none_is_refused(client: Client, link: str) -> None:
    world = make_partnership()
    page = sign_in(client, world.ngo).post(url(world, "new_prior"), {**WORK, "link": link, "reach": "partners"})
    assert page.status_code == 200
    assert not PriorWork.objects.of(world.partnership).exists()


@pytest.mark.parametrize(("field", "length"), [("title", 161), ("note", 2001)])
def test_what_is_too_long_is_refused(client: Client, field: str, length: int) -> None:
    world = make_partnership()
    data = {**WORK, "reach": "partners", field: "x" * length}
    page = sign_in(client, world.ngo).post(url(world, "new_prior"), data)
    assert "x" * length in page.content.decode()
    assert not PriorWork.objects.of(world.partnership).exists()


def test_two_people_of_one_side_see_the_newer_words_and_others_change_nothing(client: Client) -> None:
    world = make_partnership()
    found = actions.note_prior(title="Wells", link="", note="One", by=world.ngo)
    path = url(world, "change_prior", found.public_id)
    actions.change_prior(found, title="Wells", link="", note="Newer note", by=world.colleague("ngo"), seen=1)
    page = sign_in(client, world.ngo).post(path, {**WORK, "note": "My note", "seen": "1"}).content.decode()
    assert "Newer note" in page
    assert "My note" in page
    assert client.post(path, {**WORK, "note": "Both", "seen": "2"}).status_code == 302
    assert sign_in(client, world.company).get(path).status_code == 403
    with pytest.raises(ValidationError):
        actions.change_prior(found, title="x", link="", note="", by=world.company, seen=3)


def test_taking_out_asks_first_and_keeps_that_it_was_there(client: Client) -> None:
    world = make_partnership()
    shared = actions.note_prior(title="Shared", link="", note="", by=world.ngo)
    own = actions.note_prior(title="Own", link="", note="", by=world.ngo, reach="own")
    sign_in(client, world.ngo)
    assert "it is deleted" in client.get(url(world, "remove_prior", own.public_id)).content.decode()
    assert PriorWork.objects.of(world.partnership).count() == 2
    for found in (shared, own):
        client.post(url(world, "remove_prior", found.public_id))
    assert queries.prior_work(world.ngo) == []
    assert list(PriorWork.objects.of(world.partnership).values_list("title", flat=True)) == ["Shared"]


def test_what_a_partnership_is_about_is_what_the_reader_may_read() -> None:
    world = make_partnership(country="Mali")
    draw_goal(world.ngo, world.company, text="Shared well", about="water")
    actions.write_entry("constraints", text="A debt nobody knows of", by=world.company)
    sought = queries.sought(world.ngo)
    assert sought.country == "Mali"
    assert sought.about == {"water"}
    assert sought.sectors == frozenset()
    assert "Shared well" in sought.texts
    assert not any("debt" in text for text in sought.texts)
    assert any("debt" in text for text in queries.sought(world.company).texts)


def test_the_page_asks_as_often_for_three_as_for_one(client: Client) -> None:
    counts = []
    for many in (1, 3):
        world = make_partnership()
        for number in range(many):
            actions.note_prior(title=f"Work {number}", link="", note="", by=world.ngo)
        sign_in(client, world.company).get(url(world, "prior"))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url(world, "prior")).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
