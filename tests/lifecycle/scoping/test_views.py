"""Scoping's pages: who gets which, and the way through them by plain forms."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lifecycle.scoping import actions, queries
from lifecycle.scoping.actions import bodies
from lifecycle.scoping.models import CanvasEntry, Sentence, SheetAnswer, Talk, WayProposal
from lifecycle.scoping.states import About, SentenceKind, SheetKind
from partnerships import clock
from partnerships.access.models import Release
from partnerships.record.models import Partnership
from partnerships.work.models import WorkItem
from tests.factories import World, make_partnership, sign_in
from tests.lifecycle.scoping.made import READY, answer_screen, mark_spectrum, open_motives, open_screens

pytestmark = pytest.mark.django_db
TOGETHER = ("screen", "motives", "card", "spectrum", "sentences", "way", "canvas", "goals", "prior")
WRITING = (
    ("check", "screen"),
    ("sentence", "purpose"),
    ("talk",),
    ("write", "constraints"),
    ("release",),
    ("name_body",),
    ("new_prior",),
)


def url(world: World, name: str, *args: str) -> str:
    return reverse(f"scoping:{name}", args=[world.pid, *args])


def typed(version: int = 0, **more: str) -> dict[str, str]:
    return {"version": str(version), **{f"q_{q}": o for q, o in READY.items()}, **more}


def everything(world: World) -> World:
    """A record with something on every page."""
    open_screens(world.ngo, world.company)
    open_motives(world.ngo, world.company)
    actions.propose_sentence(SentenceKind.PURPOSE, text="Water for five villages.", by=world.ngo, seen=0)
    actions.set_talk(starts_at=clock.now() + timedelta(days=3), where="Tandi", by=world.ngo)
    for place in (world.ngo, world.company):
        actions.write_entries("constraints", ["Drought", "No road"], by=place, reach="partners")
    pair = list(CanvasEntry.objects.visible_to(world.ngo.user))
    actions.write_entry("opportunities", text="A shared well", by=world.ngo, eases=[pair[0], pair[2]])
    body = bodies.name_body(by=world.ngo, name="Council")
    bodies.ask(body, about=About.INVOLVEMENT, asked_on=clock.today(), how="", by=world.ngo)
    return world


@pytest.mark.parametrize("filled", [False, True])
def test_who_opens_which_page(client: Client, filled: bool) -> None:
    world = make_partnership(broker=True, community=True, authority=True)
    if filled:
        everything(world)
    member = world.colleague("ngo")
    for name in TOGETHER:
        path = url(world, name)
        for who in (world.ngo, member, world.company, world.broker):
            assert sign_in(client, who).get(path).status_code == 200, (name, who.own_party.name)
        for who in (world.community, world.authority, world.administrator("ngo")):
            assert sign_in(client, who).get(path).status_code == 403, name
    for name in ("overview", "affected"):
        path = url(world, name)
        for who in (world.ngo, member, world.broker, world.community, world.authority):
            assert sign_in(client, who).get(path).status_code == 200
    for name, *args in WRITING:
        path = url(world, name, *args)
        assert sign_in(client, world.ngo).get(path).status_code in {200, 302}
        assert sign_in(client, world.broker).get(path).status_code == 403
        assert sign_in(client, world.community).get(path).status_code == 403
    for name in ("overview", *TOGETHER, "affected"):
        assert sign_in(client, world.outsider).get(url(world, name)).status_code == 404
        client.logout()
        assert client.get(url(world, name)).status_code == 302


def test_only_a_lead_hands_in(client: Client) -> None:
    world = make_partnership()
    answer_screen(world.ngo)
    sign_in(client, world.colleague("ngo"))
    assert client.post(url(world, "hand_in", "screen")).status_code == 403
    assert "can hand it in" in client.get(url(world, "check", "screen")).content.decode()
    assert client.get(url(world, "hand_in", "screen")).status_code == 405


def test_the_first_twenty_minutes_by_plain_forms(client: Client) -> None:
    world = make_partnership(broker=True)
    for name in ("ngo", "company"):
        sign_in(client, world.place(name))
        lines = {"version": "0", "n_want": "Water", "n_fear": "Blame", "n_success": "Wells that run"}
        assert client.post(url(world, "motives"), lines)["Location"] == url(world, "check", "motives")
        after = client.post(url(world, "hand_in", "motives"))
        assert client.get(after["Location"]).status_code == 200
        assert client.post(url(world, "screen"), typed())["Location"] == url(world, "check", "screen")
        client.post(url(world, "hand_in", "screen"))
    for name in ("ngo", "company", "broker"):
        page = sign_in(client, world.place(name)).get(url(world, "screen")).content.decode()
        assert "All of you are ready" in page
        assert "Wells that run" in client.get(url(world, "motives")).content.decode()


def test_nothing_of_the_other_side_shows_before_all_are_in(client: Client) -> None:
    world = make_partnership(broker=True)
    answer_screen(world.company, note="zebramarker")
    actions.hand_in(SheetKind.SCREEN, by=world.company)
    for name in ("ngo", "broker"):
        sign_in(client, world.place(name))
        for page in ("overview", "screen", "motives", "canvas", "affected"):
            assert "zebramarker" not in client.get(url(world, page)).content.decode()
    assert "zebramarker" in sign_in(client, world.company).get(url(world, "screen")).content.decode()


def test_autosave_keeps_and_tells_the_version(client: Client) -> None:
    world = make_partnership()
    sign_in(client, world.ngo)
    auto: dict[str, Any] = {"headers": {"X-Autosave": "1"}}
    first = client.post(url(world, "screen"), {"version": "0", "q_1": "one", "n_1": "half a thou"}, **auto)
    assert (first.status_code, first["X-Version"]) == (204, "2")
    assert client.post(url(world, "screen"), typed(2), **auto)["X-Version"] == "3"
    assert client.post(url(world, "screen"), typed(2), **auto)["X-Version"] == "3", "sent twice is no quarrel"
    assert client.post(url(world, "screen"), typed(2, n_5="else"), **auto).status_code == 409
    assert client.post(url(world, "screen"), typed(3, q_1="nonsense"), **auto).status_code == 422
    assert SheetAnswer.objects.visible_to(world.ngo.user).get(question="1").option == "together"


def test_a_stale_form_shows_both_and_keeps_what_was_typed(client: Client) -> None:
    world = make_partnership()
    sheet = answer_screen(world.ngo, note="newer words")
    sign_in(client, world.colleague("ngo"))
    page = client.post(url(world, "screen"), typed(sheet.version - 1, n_5="my words"))
    assert page.status_code == 409
    text = page.content.decode()
    assert "newer words" in text
    assert "my words" in text
    current = queries.own_sheet(world.ngo, SheetKind.SCREEN)
    assert current is not None
    assert f'name="version" value="{current.version}"' in text


def test_changing_an_answer_shows_both_with_their_dates(client: Client) -> None:
    world = everything(make_partnership())
    sign_in(client, world.ngo)
    path = url(world, "change", "screen", "5")
    answer = queries.own_answers(queries.own_sheet(world.ngo, SheetKind.SCREEN), world.ngo.user)["5"]
    assert client.get(path).status_code == 200
    done = client.post(path, {"seen": str(answer.pk), "option": "tension", "text": "The river"})
    assert done["Location"] == url(world, "screen")
    stale = client.post(path, {"seen": str(answer.pk), "option": "clash", "text": "Mine"})
    assert stale.status_code == 200
    assert "The river" in stale.content.decode()
    page = sign_in(client, world.company).get(url(world, "screen")).content.decode()
    assert "You differ on one question" in page
    assert "Exchanged, and compatible" in page
    assert "Changed" in page


def test_sentences_by_plain_forms(client: Client) -> None:
    world = make_partnership()
    sign_in(client, world.ngo)
    path = url(world, "sentence", "purpose")
    assert client.post(path, {"number": "0", "text": "Water."})["Location"] == url(world, "sentences")
    stale = client.post(path, {"number": "0", "text": "Wells."}).content.decode()
    assert "Water." in stale
    assert "Wells." in stale
    sign_in(client, world.company)
    client.post(url(world, "agree", "purpose"), {"number": "1"})
    assert queries.agreed_sentence(world.ngo, "purpose") == "Water."
    assert client.post(url(world, "agree", "purpose"), {"number": "x"}).status_code == 404
    assert client.post(url(world, "agree", "other"), {"number": "1"}).status_code == 404
    assert Sentence.objects.visible_to(world.ngo.user).count() == 1


def test_a_way_by_plain_forms(client: Client) -> None:
    world = make_partnership()
    sign_in(client, world.ngo)
    assert "screens first" in client.post(url(world, "way"), {"way": "go_on"}).content.decode()
    open_screens(world.ngo, world.company)
    client.post(url(world, "way"), {"way": "contract"})
    proposal = WayProposal.objects.visible_to(world.company.user).get()
    sign_in(client, world.company).post(url(world, "agree_way"), {"proposal": proposal.public_id})
    assert Partnership.objects.get(pk=world.partnership.pk).standing == "not_pursued"
    for name in ("overview", "way", "screen", "sentences", "canvas", "affected"):
        assert client.get(url(world, name)).status_code == 200
    assert client.post(url(world, "way"), {"way": "go_on"}).status_code == 403


@pytest.mark.parametrize("way", ["grant", "contract", "own_sector", "nothing"])
def test_every_other_way_closes_with_respect_and_the_record_stays_findable(client: Client, way: str) -> None:
    world = make_partnership(partners=3, broker=True)
    open_screens(world.ngo, world.company, world.third)
    text = sign_in(client, world.ngo).get(url(world, "way")).content.decode()
    assert all(f'value="{choice}"' in text for choice in ("go_on", "grant", "contract", "own_sector", "nothing"))
    proposal = actions.propose_way(way=way, by=world.ngo)
    actions.agree_way(proposal, by=world.company)
    assert Partnership.objects.get(pk=world.partnership.pk).standing == "active", "all partners, not two of three"
    actions.agree_way(proposal, by=world.third)
    assert Partnership.objects.get(pk=world.partnership.pk).standing == "not_pursued"
    for name in ("ngo", "company", "third", "broker"):
        sign_in(client, world.place(name))
        assert world.partnership.name in client.get("/partnerships/?standing=not_pursued").content.decode()
        assert "Settled" in client.get(url(world, "way")).content.decode()
        assert client.get(url(world, "screen")).status_code == 200
        assert not WorkItem.objects.waiting_for(world.place(name).user).exists(), "nobody owes anything any more"
    assert client.get(reverse("record:overview", args=[world.pid])).status_code == 200


def test_a_stop_of_one_of_three_is_never_averaged_away_and_stands_first(client: Client) -> None:
    world = make_partnership(partners=3)
    for name, answers in (("ngo", {}), ("company", {}), ("third", {"q5": "clash", "q3": "one"})):
        answer_screen(world.place(name), **answers)
        actions.hand_in(SheetKind.SCREEN, by=world.place(name))
    page = sign_in(client, world.ngo).get(url(world, "screen")).content.decode()
    assert "A stop on one question" in page
    assert page.index("Somebody says stop") < page.index("Where you differ") < page.index("Where you are all ready")
    assert "What would make it so." in page
    main = page.split("<main")[1].split("</main>")[0]
    assert "%" not in main
    assert "average" not in main


def test_what_the_first_twenty_minutes_do_not_need_is_folded_until_the_screens_are_open(client: Client) -> None:
    world = make_partnership()
    page = sign_in(client, world.ngo).get(url(world, "overview")).content.decode()
    assert "pieces, for after the first talk" in page
    open_screens(world.ngo, world.company)
    page = client.get(url(world, "overview")).content.decode()
    assert "pieces, for after the first talk" not in page
    for name in ("canvas", "goals", "card", "spectrum", "prior"):
        assert f'href="{url(world, name)}"' in page
    assert f'href="{reverse("diligence:page", args=[world.pid, "goals"])}"' in page


def test_a_sheet_that_a_partner_handed_in_waits_for_the_others(client: Client) -> None:
    world = make_partnership()
    mark_spectrum(world.company)
    actions.hand_in(SheetKind.SPECTRUM, by=world.company)
    page = sign_in(client, world.ngo).get(url(world, "overview")).content.decode()
    assert "Filled in: Corvane Gold." in page
    assert WorkItem.objects.waiting_for(world.ngo.user).filter(kind="scoping.spectrum", holds_stage=False).count() == 1


def test_the_next_talk_stands_in_the_calendar_of_all_partners(client: Client) -> None:
    world = make_partnership()
    sign_in(client, world.ngo)
    past = client.post(url(world, "talk"), {"starts_at": "2020-01-01T10:00", "where": ""})
    assert "still to come" in past.content.decode()
    when = (clock.now() + timedelta(days=5)).strftime("%Y-%m-%dT%H:%M")
    assert client.post(url(world, "talk"), {"starts_at": when, "where": "Tandi"}).status_code == 302
    assert client.post(url(world, "talk"), {"starts_at": when, "where": "Bamako"}).status_code == 302
    assert Talk.objects.visible_to(world.company.user).filter(replaced_at=None).get().where == "Bamako"
    assert WorkItem.objects.filter(partnership=world.partnership, kind="scoping.talk", closed_at=None).count() == 2
    assert WorkItem.objects.visible_to(world.company.user).filter(kind="scoping.talk", closed_at=None).count() == 1


def test_the_canvas_is_private_first_and_pairs_make_opportunities(client: Client) -> None:
    world = make_partnership(broker=True)
    sign_in(client, world.ngo)
    client.post(url(world, "write", "constraints"), {"text": "No water\n\n No road ", "reach": "own"})
    assert [e.text for e in queries.canvas(world.ngo)] == ["No water", "No road"]
    assert queries.canvas(world.company) == []
    client.post(url(world, "release"), {"to": "partners"})
    assert queries.canvas(world.company) == []
    sign_in(client, world.company)
    page = client.get(url(world, "canvas")).content.decode()
    assert "Released, not opened" in page
    assert "No water" not in page
    release = Release.objects.get(partnership=world.partnership)
    client.post(reverse("record:open_release", args=[world.pid, release.public_id]))
    assert len(queries.canvas(world.company)) == 2
    assert queries.canvas(world.broker) == []
    client.post(url(world, "write", "constraints"), {"text": "Dust", "reach": "partners"})
    entries = queries.canvas(world.company)
    form = {"text": "A paved, wetted road", "pairs": [entries[0].public_id]}
    assert "at least two" in client.post(url(world, "write", "opportunities"), form).content.decode()
    form["pairs"] = [entries[1].public_id, entries[2].public_id]
    assert client.post(url(world, "write", "opportunities"), form).status_code == 302
    page = sign_in(client, world.ngo).get(url(world, "canvas")).content.decode()
    assert "A paved, wetted road" in page
    assert "No road" not in sign_in(client, world.broker).get(url(world, "canvas")).content.decode()


def test_lines_are_changed_by_their_own_side_and_taken_out(client: Client) -> None:
    world = make_partnership()
    (line,) = actions.write_entries("constraints", ["Dust"], by=world.ngo, reach="partners")
    (root,) = actions.write_entries("root_cause", ["Rent"], by=world.ngo)
    (secret,) = actions.write_entries("constraints", ["Debt"], by=world.ngo)
    sign_in(client, world.company)
    assert client.get(url(world, "entry", secret.public_id)).status_code == 404
    refused = client.post(url(world, "entry", line.public_id), {"version": "1", "text": "Noise"})
    assert "own side only" in refused.content.decode()
    assert client.post(url(world, "entry", root.public_id), {"version": "1", "text": "Land"}).status_code == 302
    stale = sign_in(client, world.ngo).post(url(world, "entry", root.public_id), {"version": "1", "text": "Law"})
    assert "Land" in stale.content.decode()
    client.post(url(world, "remove", line.public_id))
    client.post(url(world, "remove", secret.public_id))
    assert [e.text for e in queries.canvas(world.ngo)] == ["Land"]
    assert CanvasEntry.objects.unguarded("test").filter(text="Dust").exists()
    assert not CanvasEntry.objects.unguarded("test").filter(text="Debt").exists()


def test_a_body_is_named_asked_and_answers(client: Client) -> None:
    world = make_partnership(community=True, authority=True)
    sign_in(client, world.ngo)
    party = world.party("community")
    named = client.post(url(world, "name_body"), {"body_party": str(party.pk), "address_language": "fr"})
    asked = client.post(
        named["Location"], {"about": "involvement", "asked_on": clock.today().isoformat(), "how": "Palaver"}
    )
    assert asked["Location"] == url(world, "affected")
    assert "on the list already" not in client.get(url(world, "affected")).content.decode()
    sign_in(client, world.community)
    board = client.get(url(world, "overview")).content.decode()
    assert "One thing waits for you" in board
    body = queries.bodies(world.community)[0].body
    path = url(world, "answer_body", body.public_id, "involvement")
    page = client.get(path).content.decode()
    assert page.count("checked") == 2
    readers = [world.party("ngo").public_id]
    assert client.post(path, {"says": "yes", "words": "Ask us first", "readers": readers}).status_code == 302
    assert "Ask us first" in sign_in(client, world.ngo).get(url(world, "affected")).content.decode()
    assert "Ask us first" not in sign_in(client, world.authority).get(url(world, "affected")).content.decode()
    assert sign_in(client, world.ngo).get(path).status_code == 403


@pytest.mark.parametrize("name", ["overview", "screen", "motives", "canvas", "affected", "sentences"])
def test_queries_do_not_grow_with_what_is_there(client: Client, name: str) -> None:
    counts = []
    for many in (1, 3):
        world = everything(make_partnership(broker=True))
        for number in range(many - 1):
            actions.write_entries("constraints", [f"More {number}"], by=world.company, reach="partners")
            body = bodies.name_body(by=world.ngo, name=f"Body {number}")
            bodies.ask(body, about=About.INVOLVEMENT, asked_on=clock.today(), how="", by=world.ngo)
        sign_in(client, world.broker).get(url(world, name))
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(url(world, name)).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert counts[0] < 45


def test_a_broker_who_joins_later_is_shown_what_each_side_shows(client: Client) -> None:
    world = make_partnership()
    open_screens(world.ngo, world.company)
    world.bring("broker")
    sign_in(client, world.broker)
    assert "opened before you joined" in client.get(url(world, "screen")).content.decode()
    sign_in(client, world.ngo)
    assert "joined after the opening" in client.get(url(world, "screen")).content.decode()
    client.post(url(world, "show", "screen"))
    assert "joined after the opening" not in client.get(url(world, "screen")).content.decode()
    assert SheetAnswer.objects.visible_to(world.broker.user).count() == 0
    assert "Released, not opened" in sign_in(client, world.broker).get(url(world, "screen")).content.decode()
    release = Release.objects.get(partnership=world.partnership, openings=None)
    client.post(reverse("record:open_release", args=[world.pid, release.public_id]))
    assert set(SheetAnswer.objects.visible_to(world.broker.user).values_list("party", flat=True)) == {
        world.party("ngo").pk
    }
