"""Before a checklist goes, and what can be taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lifecycle.diligence import actions, queries
from lifecycle.diligence.states import Level, RoundReason
from partnerships import clock
from partnerships.access.actions import circle_here, open_release, recall
from partnerships.access.states import CircleKind
from partnerships.documents import actions as documents
from partnerships.documents import sweeping
from partnerships.documents.models import Document
from partnerships.record.states import Stage
from partnerships.work.models import WorkItem
from tests.factories import World, make_partnership, sign_in

from .conftest import answer, release_self


def address(world: World, name: str, *args: str) -> str:
    return reverse(f"diligence:{name}", args=[world.pid, *args])


def a_document(world: World, who: str = "ngo", title: str = "Extract", **more: Any) -> Document:
    by = world.place(who)
    made = documents.note_seen(
        partnership=world.partnership, circle=circle_here(by, CircleKind.OWN), by=by, title=title, seen_by="A lead",
        seen_on=clock.today(), held_at="Safe",
    )  # fmt: skip
    Document.objects.of(world.partnership).filter(pk=made.pk).update(**more)
    made.refresh_from_db()
    return made


def missing(world: World) -> dict[str, list[str]]:
    place = world.ngo
    found = queries.checklist(place.own_party, place.own_party, place.partners)
    queries.with_citations(found.rows, place)
    return {str(c.title): [m.text.split(" ")[0] for m in c.missing] for c in queries.preflight(place, found)}


CRITICAL = "Critical questions without an answer"
UNKNOWN = "Answers that say “not known yet”"
EVIDENCE = "Answers that want a document and cite none"
LATE = "Documents that are out of date"
UNCONFIRMED = "Answers of the round before that nobody has confirmed"


def test_what_is_missing_is_said_before_anything_is_sent(world: World) -> None:
    ngo = world.ngo
    answer(ngo, ngo.own_party, "2.1", Level.NONE)
    answer(ngo, ngo.own_party, "2.2", Level.UNKNOWN)
    answer(ngo, ngo.own_party, "3.1", Level.NA, "Not searched on purpose")
    found = missing(world)
    assert "2.1" not in found[CRITICAL]
    assert "8.1" in found[CRITICAL]
    assert found[UNKNOWN] == ["2.2"]
    assert found[EVIDENCE] == ["2.1"]
    actions.cite(about=ngo.own_party, code="2.1", documents=[a_document(world)], by=ngo)
    assert missing(world)[EVIDENCE] == []
    yesterday = clock.today() - timedelta(days=1)
    old = a_document(world, title="Licence", valid_until=yesterday)
    actions.cite(about=ngo.own_party, code="2.1", documents=[old], by=ngo)
    assert missing(world)[LATE] == ["Licence,"]
    actions.start_refresh(reason=RoundReason.SITE, note="", by=ngo)
    assert missing(world)[UNCONFIRMED] == ["2.1", "2.2", "3.1"]


def test_the_page_says_it_with_links_and_who_would_read_what(world: World) -> None:
    ngo, me = world.ngo, world.party("ngo").public_id
    answer(ngo, ngo.own_party, "2.1", Level.NONE)
    actions.cite(about=ngo.own_party, code="2.1", documents=[a_document(world)], by=ngo)
    added = {"heading": "Owner", "text": "Since May.", "level": "", "documents": [a_document(world, title="Register")]}
    actions.add_point(about=ngo.own_party, theme="identity", **added, by=ngo)
    html = sign_in(Client(), ngo).get(address(world, "release", me)).content.decode()
    assert address(world, "question", me, "8.1") in html
    assert "Extract" in html
    assert "Register" in html, "what an added point cites goes along too"
    assert "1 point that nobody asked for" in html
    for text in ("What can be taken back", "Until somebody opens it", "Cannot be taken back", "1 answer"):
        assert text in html
    assert "Read by Corvane Gold and Third Chair." in html
    assert "Comité de Tandi" in html


def test_another_folder_can_look_too(world: World, request: pytest.FixtureRequest) -> None:
    waits = queries.Check("Counsel", (queries.Missing("2.1 Waits", "/there/"),))
    checks = list(queries.CHECKS)
    queries.register_check(lambda place, found: waits)
    request.addfinalizer(lambda: queries.CHECKS.__setitem__(slice(None), checks))
    answer(world.ngo, world.party("ngo"), "2.1")
    html = sign_in(Client(), world.ngo).get(address(world, "release", world.party("ngo").public_id)).content.decode()
    assert '<a href="/there/">2.1 Waits</a>' in html


def test_the_page_asks_as_much_for_three_answers_as_for_one(world: World) -> None:
    ngo, me = world.ngo, world.party("ngo").public_id
    client = sign_in(Client(), ngo)

    def count() -> int:
        client.get(address(world, "release", me))
        with CaptureQueriesContext(connection) as captured:
            client.get(address(world, "release", me))
        return len(captured)

    def say(code: str) -> None:
        answer(ngo, ngo.own_party, code)
        actions.cite(about=ngo.own_party, code=code, documents=[a_document(world, title=f"For {code}")], by=ngo)

    say("2.1")
    one = count()
    say("2.2")
    say("3.1")
    assert count() == one


def test_pressed_by_mistake_it_is_recalled_until_opened_and_withdrawn_after(world: World) -> None:
    ngo, me = world.ngo, world.party("ngo").public_id
    answer(ngo, ngo.own_party, "2.1", text="Pressed by mistake")
    read = address(world, "read", me, me)
    company, broker = sign_in(Client(), world.company), sign_in(Client(), world.broker)
    bundle = release_self(ngo)
    open_release(bundle, by=world.broker)
    assert recall(bundle, by=ngo)
    with pytest.raises(ValidationError):
        open_release(bundle, by=world.company)
    assert company.get(read).status_code == 404
    # Who had opened it goes on reading, until it is withdrawn; and its side is told so.
    assert "Pressed by mistake" in broker.get(read).content.decode()
    [shown] = queries.released_to(ngo, ngo.own_party)
    assert ([p.name for p in shown.opened], shown.unopened) == (["Third Chair"], [])
    assert (
        address(world, "withdraw", me) in sign_in(Client(), ngo).get(address(world, "checklist", me)).content.decode()
    )
    html = sign_in(Client(), ngo).post(address(world, "withdraw", me), follow=True).content.decode()
    assert "Withdrawn." in html
    assert broker.get(read).status_code == 404
    assert "Pressed by mistake" in sign_in(Client(), ngo).get(address(world, "checklist", me)).content.decode()


def test_what_was_released_in_an_earlier_round_is_withdrawn_too(world: World) -> None:
    ngo, me = world.ngo, world.party("ngo").public_id
    answer(ngo, ngo.own_party, "2.1", text="Of the first round")
    open_release(release_self(ngo), by=world.company)
    actions.start_refresh(reason=RoundReason.SITE, note="", by=ngo)
    assert actions.withdraw_checklist(about=ngo.own_party, by=ngo) == 1
    assert sign_in(Client(), world.company).get(address(world, "read", me, me)).status_code == 404


def test_who_has_opened_a_checklist_is_shown_to_its_side(world: World) -> None:
    ngo, me = world.ngo, world.party("ngo").public_id
    answer(ngo, ngo.own_party, "2.1")
    open_release(release_self(ngo), by=world.company)
    [shown] = queries.released_to(ngo, ngo.own_party)
    assert [p.name for p in shown.opened] == ["Corvane Gold"]
    assert [p.name for p in shown.unopened] == ["Third Chair"]
    assert queries.released_to(ngo, world.party("company")) == []
    html = sign_in(Client(), ngo).get(address(world, "checklist", me)).content.decode()
    assert "Recall it" in html


def test_an_out_of_date_document_is_flagged_where_it_is_cited(world: World) -> None:
    ngo, me = world.ngo, world.party("ngo").public_id
    old = a_document(world, title="Licence", valid_until=clock.today() - timedelta(days=1), kind="mandate")
    answer(ngo, ngo.own_party, "2.1")
    actions.cite(about=ngo.own_party, code="2.1", documents=[old], by=ngo)
    client = sign_in(Client(), ngo)
    for page in ("checklist", "question"):
        args = [me] if page == "checklist" else [me, "2.1"]
        assert "out of date since" in client.get(address(world, page, *args)).content.decode()
    html = client.get(address(world, "support", me, "2.1")).content.decode()
    assert "Ask for a newer one" in html
    assert "Seen, not kept. " in html
    # There is no file that could be kept or removed.
    assert "after the partnership is closed" not in html


def test_a_cited_document_whose_time_is_over_still_says_what_was_there(world: World) -> None:
    ngo, me = world.ngo, world.party("ngo").public_id
    paper = documents.store(
        partnership=world.partnership, upload=ContentFile(b"Registered under number 12", name="extract.txt"), by=ngo,
        circle=circle_here(ngo, CircleKind.OWN), kind="policy", title="Extract of the register",
        keep_until=clock.today() + timedelta(days=40),
    )  # fmt: skip
    answer(ngo, ngo.own_party, "2.1", Level.NONE)
    actions.cite(about=ngo.own_party, code="2.1", documents=[paper], by=ngo)
    client, theirs = sign_in(Client(), ngo), sign_in(Client(), world.company)
    html = client.get(address(world, "support", me, "2.1")).content.decode()
    assert "Kept until" in html
    open_release(release_self(ngo), by=world.company)
    read = address(world, "read", me, me)
    assert "Extract of the register" in theirs.get(read).content.decode()
    for days in (10, 41):
        with clock.at(clock.now() + timedelta(days=days)):
            sweeping.sweep()
    paper.refresh_from_db()
    assert not paper.is_file
    own = (address(world, "checklist", me), address(world, "question", me, "2.1"), address(world, "support", me, "2.1"))
    for reader, path in (*((client, path) for path in own), (theirs, read)):
        page = reader.get(path).content.decode()
        assert "Extract of the register" in page, path
        assert "No longer kept" in page, path


# Those who leave, and records that are closed -------------------------------------------------------------------------
def test_the_checklists_of_who_leaves_are_owed_no_longer_and_the_others_go_on(db: None) -> None:
    from lifecycle.road.actions import end_alone

    world = make_partnership(partners=3, stage=Stage.DILIGENCE)
    third = world.third.own_party
    answer(world.third, third, "2.1")
    answer(world.ngo, third, "2.1")
    end_alone(reason="No people left.", by=world.third)
    waits = WorkItem.objects.of(world.partnership).open().filter(key__startswith="dd:ask:")
    assert not waits.filter(party=third).exists()
    assert not waits.filter(key=f"dd:ask:{world.party('ngo').pk}:{third.pk}").exists()
    assert waits.filter(party=world.party("ngo")).exists()
    client = sign_in(Client(), world.ngo)
    about_third = address(world, "question", third.public_id, "2.1")
    assert client.post(about_third, {"value": "none"}).status_code == 404
    me = world.party("ngo").public_id
    sent = {"version": "0", "round": "0", "value": "none"}
    assert client.post(address(world, "question", me, "2.1"), sent).status_code == 302


def test_a_closed_record_takes_no_answers(world: World) -> None:
    me = world.party("ngo").public_id
    answer(world.ngo, world.party("ngo"), "2.1")
    type(world.partnership).objects.filter(pk=world.partnership.pk).update(standing="ended")
    world.partnership.refresh_from_db()
    assert not world.partnership.is_open
    client = sign_in(Client(), world.ngo)
    for name, *args in (("question", me, "2.1"), ("confirm", me), ("fact", "x"), ("refresh",), ("release", me)):
        assert client.post(address(world, name, *args), {"value": "none"}).status_code == 403, name
