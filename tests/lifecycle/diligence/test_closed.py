"""A record that is over, and a partner that left: what was found out stays readable to its own side, and stays put."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from lifecycle.diligence import actions, queries
from lifecycle.diligence.models import DiligenceAnswer
from lifecycle.diligence.states import Level, LineKind, Outcome
from lifecycle.road import actions as road
from partnerships.access.actions import circle_here, open_release
from partnerships.access.states import CircleKind
from partnerships.record.models import Partnership
from partnerships.record.states import Stage
from partnerships.work.models import WorkItem
from tests.factories import World, make_partnership, sign_in

from .conftest import Pair, answer, know_everything, release_self, soon
from .test_views import about, client_of, url

MARK = "Quillfeather"


def close(world: World) -> None:
    road.not_pursue(by=world.ngo)
    world.partnership = Partnership.objects.get(pk=world.partnership.pk)


def main_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    [main] = re.findall(r"<main.*?</main>", response.content.decode(), re.DOTALL)
    return str(main)


def walk(world: World, who: str, start: str) -> dict[str, str]:
    """Every page of due diligence that links lead to from there; each must open."""
    client, found, waiting = client_of(world, who), {}, [start]
    while waiting:
        address = waiting.pop()
        if address in found:
            continue
        found[address] = main = main_of(client, address)
        links = {*re.findall(r'(?:href|hx-get)="([^"#?]*)', main)}
        inside = [link for link in links if link.startswith(f"/p/{world.pid}/diligence/")]
        waiting += [link for link in inside if not re.search("/(file|sheet)/$", link)]
    return found


def worked_on(world: World) -> None:
    """A concern with its measure, counsel's word, an added point, a decision, a talking point, goals."""
    ngo, company = world.ngo, world.party("company")
    know_everything(world)
    answer(ngo, company, "5.1", Level.SOME, f"{MARK} about them")
    assert ngo.seat
    actions.set_measure(
        about=company, code="5.1", text="Fence it", owner=ngo.seat, due_on=soon(), board_on=None, by=ngo
    )
    actions.add_point(
        about=ngo.own_party, theme="identity", heading="Also", text=f"{MARK} added", level="", documents=[], by=ngo
    )
    actions.ask_check(about=ngo.own_party, codes=[], seat=world.colleague("ngo").seat, due_on=soon(), by=ngo)
    actions.add_line(kind=LineKind.GOAL, text="Water", by=ngo)
    actions.decide(outcome=Outcome.CONDITIONS, reason="", by=ngo)


def test_what_a_side_found_out_is_read_after_the_record_closed(world: World) -> None:
    worked_on(world)
    close(world)
    client = client_of(world, "ngo")
    me, them = about(world, "ngo"), about(world, "company")
    assert f"{MARK} about them" in main_of(client, url(world, "checklist", them))
    assert f"{MARK} added" in main_of(client, url(world, "checklist", me))
    assert f"{MARK} about them" in main_of(client, url(world, "question", them, "5.1"))
    for name in ("facts", "trace", "depth", "decision"):
        main_of(client, url(world, name))
    # Another side's checklist is as closed as ever.
    assert MARK not in main_of(client_of(world, "company"), url(world, "checklist", me))
    assert client_of(world, "broker").get(url(world, "checklist", me)).status_code == 403
    assert client_of(world, "broker").get(url(world, "trace")).status_code == 403


def test_a_closed_record_leads_to_nothing_that_does_not_open_and_offers_no_form(world: World) -> None:
    worked_on(world)
    close(world)
    pages = walk(world, "ngo", url(world, "overview"))
    assert {url(world, "checklist", about(world, "ngo")), url(world, "facts"), url(world, "trace")} <= set(pages)
    # A paper is made from what is there.
    pages.pop(url(world, "papers"))
    offered = {
        address: forms
        for address, main in pages.items()
        if (forms := re.findall(rf'<form[^>]*method="post"[^>]*>|action="/p/{world.pid}/diligence/[^"]*"', main))
    }
    # But for taking back what was released, which is a right.
    me = about(world, "ngo")
    back = offered.pop(url(world, "checklist", me))
    assert all("/recall/" in form for form in back)
    assert list(offered) == [url(world, "withdraw", me)]


@pytest.mark.parametrize("who", ["broker", "community"])
def test_nor_do_the_pages_of_others(world: World, who: str) -> None:
    worked_on(world)
    close(world)
    walk(world, who, url(world, "overview"))


def test_reading_is_given_back_and_writing_is_not(world: World) -> None:
    worked_on(world)
    close(world)
    client, me = client_of(world, "ngo"), about(world, "ngo")
    [check] = actions.checking.CounselCheck.objects.of(world.partnership)
    for name, *args in (
        ("question", me, "2.1"), ("confirm", me), ("depth",), ("agree_depth",), ("check", check.public_id),
        ("fact", "x"), ("assign", me), ("measure", me, "2.1"), ("support", me, "2.1"), ("add_point", me),
        ("decision",),
    ):  # fmt: skip
        assert client.post(url(world, name, *args), {"value": "none"}).status_code == 403, name
    before = DiligenceAnswer.objects.of(world.partnership).count()
    autosave = client.post(url(world, "question", me, "2.1"), {"value": "some"}, headers={"X-Autosave": "1"})
    assert (autosave.status_code, DiligenceAnswer.objects.of(world.partnership).count()) == (403, before)


def test_what_came_from_the_umbrella_is_read_after_the_site_closed(pair: Pair) -> None:
    answer(pair.above.ngo, pair.above.party("company"), "5.1", Level.SOME, f"{MARK} above")
    [heir] = [h for h in actions.inheriting.heirs(pair.site.ngo) if h.answers]
    actions.inherit([heir.source.public_id], by=pair.site.ngo)
    close(pair.site)
    pages = walk(pair.site, "ngo", url(pair.site, "overview"))
    assert {url(pair.site, "inherited"), url(pair.site, "risks_above")} <= set(pages)
    assert "Take answers over" not in pages[url(pair.site, "inherited")]


# Partners that left ---------------------------------------------------------------------------------------------------
@pytest.fixture
def three(db: None) -> World:
    return make_partnership(partners=3, broker=True, stage=Stage.DILIGENCE)


def leave(world: World, who: str = "third") -> None:
    road.end_alone(reason="No people left.", by=world.place(who))
    world.partnership = Partnership.objects.get(pk=world.partnership.pk)


def test_who_left_reads_what_its_side_had_found_out_until_then(three: World) -> None:
    answer(three.third, three.party("ngo"), "2.1", Level.SOME, f"{MARK} about the NGO")
    answer(three.third, three.party("third"), "2.1", Level.SOME, f"{MARK} about us")
    decision = actions.decide(outcome=Outcome.NOT_NOW, reason=f"{MARK} is why", by=three.third)
    leave(three)
    answer(three.ngo, three.party("ngo"), "2.1", Level.SOME, "Written later")
    open_release(release_self(three.ngo), by=three.company)
    actions.start_refresh(reason="other", note="Later round", by=three.ngo)
    pages = walk(three, "third", url(three, "overview"))
    everything = "".join(pages.values())
    assert f"{MARK} about the NGO" in everything
    assert f"{MARK} about us" in everything
    # Its own decision, why, and the trace of it; and nobody else's.
    assert url(three, "decided_trace", decision.public_id) in pages
    assert f"{MARK} is why" in pages[url(three, "decision")]
    assert "Not decided yet" not in pages[url(three, "decision")]
    assert "Written later" not in everything
    assert "Later round" not in everything
    assert not any('<form method="post"' in main for main in pages.values())
    for name in ("checklist", "question"):
        args = (about(three, "third"),) if name == "checklist" else (about(three, "third"), "2.1")
        assert client_of(three, "third").get(url(three, name, *args)).status_code == 403
    # Nobody else comes to it by that.
    mine = reverse("diligence:read", args=[three.pid, about(three, "third"), about(three, "ngo")])
    assert client_of(three, "ngo").get(mine).status_code == 404


def test_what_was_found_out_about_who_left_stays_readable(three: World) -> None:
    answer(three.ngo, three.party("third"), "2.1", Level.SOME, f"{MARK} about them")
    leave(three)
    pages = walk(three, "ngo", url(three, "overview"))
    mine = reverse("diligence:read", args=[three.pid, about(three, "ngo"), about(three, "third")])
    assert f"{MARK} about them" in pages[mine]
    assert MARK not in "".join(walk(three, "company", url(three, "overview")).values())


def test_what_was_released_about_who_left_is_withdrawn_all_the_same(three: World) -> None:
    ngo, third = three.ngo, three.party("third")
    answer(ngo, third, "2.1", Level.SOME, f"{MARK} about them")
    bundle = actions.release_checklist(
        about=third, to=circle_here(ngo, CircleKind.PARTNERS), with_documents=False, by=ngo
    )
    open_release(bundle, by=three.company)
    leave(three)
    client, address = client_of(three, "ngo"), url(three, "withdraw", third.public_id)
    theirs = url(three, "read", about(three, "ngo"), third.public_id)
    assert MARK in client_of(three, "company").get(theirs).content.decode()
    assert address in client.get(theirs).content.decode()
    assert client.get(address).status_code == 200
    assert client.post(address).url == theirs  # type: ignore[attr-defined]
    assert client_of(three, "company").get(theirs).status_code == 404
    assert client.get(theirs).status_code == 200


def test_what_it_released_is_taken_back_after_leaving_and_in_a_closed_record(three: World) -> None:
    third, me, member = three.third, about(three, "third"), three.colleague("third")
    answer(third, third.own_party, "2.1", Level.SOME, f"{MARK} about us")
    actions.add_point(
        about=third.own_party, theme="identity", heading="Also", text=f"{MARK} added", level="", documents=[], by=third
    )
    open_release(release_self(third), by=three.company)
    leave(three)
    close(three)
    theirs, client = url(three, "read", me, me), client_of(three, "third")
    assert MARK in main_of(client_of(three, "company"), theirs)
    back = url(three, "withdraw", me)
    assert back in walk(three, "third", url(three, "overview"))
    assert sign_in(Client(), member).get(back).status_code == 403
    assert client.post(back).url == theirs  # type: ignore[attr-defined]
    assert client_of(three, "company").get(theirs).status_code == 404
    kept = main_of(client, theirs)
    assert f"{MARK} about us" in kept
    assert f"{MARK} added" in kept


def test_a_depth_that_only_the_leaver_had_not_agreed_to_counts(three: World) -> None:
    choice = actions.propose_depth(depth="standard", by=three.ngo)
    assert not actions.agree_depth(choice, by=three.company)
    leave(three)
    assert queries.depth_of(three.partnership) == "standard"
    assert not WorkItem.objects.of(three.partnership).open().filter(key__startswith="dd:depth:").exists()


def test_a_depth_that_somebody_who_stays_has_not_agreed_to_waits(three: World) -> None:
    choice = actions.propose_depth(depth="standard", by=three.ngo)
    actions.agree_depth(choice, by=three.third)
    leave(three)
    assert queries.depth_of(three.partnership) == "light"
    assert actions.agree_depth(choice, by=three.company)
