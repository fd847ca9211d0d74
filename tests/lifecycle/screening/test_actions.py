"""Searching, deciding, remembering, and letting people go."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from lifecycle.attention import actions as attention
from lifecycle.attention.models import Flag
from lifecycle.attention.queries import flags_of
from lifecycle.road import actions as road
from lifecycle.screening import actions, queries, tasks
from lifecycle.screening.models import Match, MatchDecision, Principal, ScreeningRun
from lifecycle.screening.states import Cause, RunState, Verdict
from partnerships import clock
from partnerships.access.places import Place
from partnerships.history.models import Act
from partnerships.notices.models import Notice
from partnerships.portfolio.models import Summary
from partnerships.record.holding import lift_hold, set_hold
from partnerships.record.models import LegalHold, Partnership
from partnerships.work.models import WorkItem
from tests.factories import World, make_partnership

from .conftest import NEAR, found, put

WHY = "Another register number."


def name_director(by: Place, name: str = "Marit Ostrander", **more: str) -> Principal:
    of = next(p for p in by.partners if p.pk != by.own_party.pk)
    return actions.name_principal(name=name, of=of, role=more.get("role", "director"), by=by)


def waiting(world: World, side: str = "ngo") -> list[WorkItem]:
    return list(WorkItem.objects.of(world.partnership).open().filter(kind="screening.decide", party=world.party(side)))


@pytest.fixture
def searched(world: World) -> World:
    """A list of the NGO's, a director named, and a search."""
    put(world.party("ngo").organisation)
    name_director(world.ngo)
    actions.search_now(by=world.ngo)
    return world


def test_a_search_finds_organisations_and_people_and_says_so_in_the_log(searched: World) -> None:
    matches = found(searched)
    assert sorted(matches) == ["Korvane Gold Trading FZE", "Marit Oestrander"]
    firm, person = matches["Korvane Gold Trading FZE"], matches["Marit Oestrander"]
    assert (firm.about, firm.principal, firm.searched) == (searched.party("company"), None, "Corvane Gold")
    assert person.principal is not None
    assert person.details["birth"] == "1951-04-02"
    run = ScreeningRun.objects.of(searched.partnership).filter(cause=Cause.ASKED).get()
    assert (run.people_count, run.found_count, run.state) == (1, 2, RunState.DONE)
    assert {"Sahel Futures", "Corvane Gold", "Third Chair", "Comité de Tandi"} == set(run.organisations)
    assert "Marit" not in str(run.organisations), "people are counted in the log"
    assert [s.version.list.source for s in run.lists.all()] == ["opensanctions"]
    (item,) = waiting(searched)
    assert item.subject == ""
    assert {*item.circle.members.values_list("party", flat=True)} == {searched.party("ngo").pk}


def test_nothing_of_it_is_another_sides(searched: World) -> None:
    for side in ("company", "broker", "community"):
        place = searched.place(side)
        assert not Match.objects.visible_to(place).exists()
        assert not Principal.objects.visible_to(place.user).exists()
        assert not ScreeningRun.objects.visible_to(place).exists()
        assert not MatchDecision.objects.visible_to(place).exists()
        assert not Act.objects.visible_to(place.user).filter(kind__startswith="screening.").exists()
        assert not WorkItem.objects.visible_to(place.user).filter(kind="screening.decide").exists()


def test_without_a_list_there_is_nothing_to_search_in(world: World) -> None:
    with pytest.raises(ValidationError, match="No list is in force"):
        actions.search_now(by=world.ngo)


def test_a_dismissal_is_remembered_until_the_list_says_something_else(searched: World) -> None:
    version = queries.versions_in_force(searched.party("ngo").organisation)[0]
    firm = found(searched)["Korvane Gold Trading FZE"]
    actions.decide(firm, verdict="other", why=WHY, by=searched.ngo)
    actions.search_now(by=searched.ngo)
    assert found(searched)["Korvane Gold Trading FZE"].verdict == Verdict.OTHER
    # The same entry in a newer version is not asked about.
    newer = put(None, NEAR, again=version)
    actions.sweep()
    assert found(searched)["Korvane Gold Trading FZE"].verdict == Verdict.OTHER
    assert not Notice.objects.filter(kind="screening.found").exists()
    changed = [{**NEAR[0], "identifiers": "REG 41"}, *NEAR[1:]]
    put(None, changed, again=newer)
    actions.sweep()
    firm = found(searched)["Korvane Gold Trading FZE"]
    assert (firm.verdict, firm.has_changed) == (Verdict.OPEN, True)
    assert firm.details["number"] == "REG 41"
    assert [d.why for d in firm.decisions.all()] == [WHY]
    assert Notice.objects.filter(kind="screening.found").count() == 1


def test_who_is_the_same_stays_so_when_the_list_changes(searched: World) -> None:
    version = queries.versions_in_force(searched.party("ngo").organisation)[0]
    actions.decide(found(searched)["Korvane Gold Trading FZE"], verdict="same", why=WHY, by=searched.ngo)
    put(None, [{**NEAR[0], "identifiers": "REG 41"}, *NEAR[1:]], again=version)
    actions.sweep()
    firm = found(searched)["Korvane Gold Trading FZE"]
    assert (firm.verdict, firm.has_changed) == (Verdict.SAME, True)


def test_what_a_newer_version_does_not_name_any_more_waits_for_nobody(searched: World) -> None:
    version = queries.versions_in_force(searched.party("ngo").organisation)[0]
    newer = put(None, [NEAR[2]], again=version)
    actions.sweep()
    assert all(m.gone_at is not None for m in found(searched).values())
    assert waiting(searched) == []
    # And it is asked again when it comes back.
    put(None, NEAR, again=newer)
    actions.sweep()
    assert all(m.gone_at is None for m in found(searched).values())
    assert len(waiting(searched)) == 1


def test_deciding_closes_what_waits_and_keeps_each_decision(searched: World) -> None:
    firm, person = found(searched).values()
    actions.decide(firm, verdict="unsure", why="We asked.", by=searched.ngo)
    assert len(waiting(searched)) == 1
    actions.decide(person, verdict="other", why="Born in 1978.", by=searched.ngo)
    assert waiting(searched) == []
    actions.decide(firm, verdict="other", why=WHY, by=searched.ngo)
    assert list(firm.decisions.order_by("pk").values_list("verdict", "why")) == [
        ("unsure", "We asked."),
        ("other", WHY),
    ]


@pytest.mark.parametrize(("verdict", "why", "field"), [("other", "  ", "why"), ("open", "So.", "verdict")])
def test_a_decision_says_what_and_why(searched: World, verdict: str, why: str, field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        actions.decide(found(searched)["Marit Oestrander"], verdict=verdict, why=why, by=searched.ngo)
    assert field in refused.value.message_dict


def test_the_same_is_a_flag_for_the_own_side_alone_for_good(searched: World) -> None:
    actions.decide(found(searched)["Korvane Gold Trading FZE"], verdict="same", why=WHY, by=searched.ngo)
    (hit,) = queries.standing_hits(searched.partnership, searched.party("ngo"))
    assert (hit.about, hit.is_principal) == (searched.party("company"), False)
    assert queries.standing_hits(searched.partnership, searched.party("company")) == []
    attention.sweep()
    title = "A public list names somebody of this partnership"
    (shown,) = [f for f in flags_of(searched.ngo)[0] if f.title == title]
    assert (shown.high, shown.is_private, shown.alone_until) == (True, True, None)
    counts = {s.organisation.name: s.flags_high for s in Summary.objects.select_related("organisation")}
    for days in (0, 20, 4000):
        with clock.at(clock.now() + timedelta(days=days)):
            attention.sweep()
            for side in ("company", "broker", "community"):
                assert title not in [f.title for f in flags_of(searched.place(side))[0]], side
    assert counts["Sahel Futures"] == counts["Corvane Gold"] + 1
    flag = Flag.objects.get(code="list_hit", cleared_at=None)
    attention.dismiss(flag, until=clock.today() + timedelta(days=9), reason="Asked.", by=searched.ngo)
    assert not Act.objects.visible_to(searched.company.user).filter(kind="attention.dismissed").exists()
    actions.decide(found(searched)["Korvane Gold Trading FZE"], verdict="other", why=WHY, by=searched.ngo)
    attention.sweep()
    assert not Flag.objects.filter(code="list_hit", cleared_at=None).exists()


def test_a_new_list_searches_all_records_of_its_organisation_in_the_background(world: World) -> None:
    put(world.party("ngo").organisation)
    assert ScreeningRun.objects.of(world.partnership).get().state == RunState.WAITING
    assert tasks.sweep() == 1
    run = ScreeningRun.objects.of(world.partnership).get()
    assert (run.party, run.cause, run.new_count) == (world.party("ngo"), Cause.NEW_LIST, 1)
    assert Notice.objects.filter(kind="screening.found", recipient=world.ngo.user).count() == 1
    assert tasks.sweep() == 0
    assert actions.ask_again() == 0
    assert ScreeningRun.objects.of(world.partnership).count() == 1


def test_a_list_of_the_whole_installation_asks_nobody_who_never_searched(world: World) -> None:
    version = put(None)
    assert actions.sweep() == 0
    actions.search_now(by=world.company)
    put(None, again=version)
    assert actions.sweep() == 1
    assert {r.party for r in ScreeningRun.objects.of(world.partnership)} == {world.party("company")}


def test_searching_again_goes_on_where_a_worker_stopped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    make_partnership(name="Another one")
    monkeypatch.setattr(actions, "PARTIES", 1)
    asked = []
    ask = actions._ask_parties

    def stops(ids: list[int], **more: str) -> int:
        if asked:
            raise KeyboardInterrupt
        asked.extend(ids)
        return ask(ids, **more)

    version = put(None)
    for party in Partnership.objects.get(pk=world.partnership.pk).parties.filter(role="partner"):
        actions._ask_parties([party.pk], key="before", cause=Cause.EVERYWHERE)
    type(version).objects.filter(pk=version.pk).update(rescreen_after=0)
    monkeypatch.setattr(actions, "_ask_parties", stops)
    with pytest.raises(KeyboardInterrupt):
        actions.ask_again()
    monkeypatch.setattr(actions, "_ask_parties", ask)
    assert actions.ask_again() == 1, "the first was not asked twice"


def test_an_administrator_has_everything_searched_once_a_minute(world: World) -> None:
    organisation = world.party("ngo").organisation
    with pytest.raises(ValidationError):
        actions.search_everywhere(organisation, by=world.ngo.user)
    put(organisation)
    actions.sweep()
    with clock.at(clock.now()):
        assert actions.search_everywhere(organisation, by=world.ngo.user) == 1
        assert actions.search_everywhere(organisation, by=world.ngo.user) == 0


def test_taking_a_person_away_takes_what_was_found_about_them(searched: World) -> None:
    person = found(searched)["Marit Oestrander"]
    actions.decide(person, verdict="unsure", why="We asked.", by=searched.ngo)
    actions.take_principal_away(Principal.objects.of(searched.partnership).get(), by=searched.ngo)
    assert list(found(searched)) == ["Korvane Gold Trading FZE"]
    assert not MatchDecision.objects.filter(why="We asked.").exists()
    run = ScreeningRun.objects.of(searched.partnership).filter(cause=Cause.ASKED).get()
    assert run.people_count == 1


def test_people_are_let_go_once_the_record_is_over(searched: World) -> None:
    assert actions.let_principals_go() == 0
    Partnership.objects.filter(pk=searched.partnership.pk).update(standing="ended")
    assert actions.let_principals_go() == 0
    with clock.at(clock.now() + timedelta(days=31)):
        set_hold(by=searched.ngo, reason="A claim is expected.")
        assert actions.let_principals_go() == 0
        [hold] = LegalHold.objects.visible_to(searched.ngo)
        lift_hold(hold, by=searched.ngo, because="It was settled.")
        # What another side holds is its own.
        set_hold(by=searched.company, reason="Ours.")
        assert actions.let_principals_go() == 1
    assert list(found(searched)) == ["Korvane Gold Trading FZE"]


def test_only_people_of_parties_that_are_in_are_named(world: World) -> None:
    elsewhere = make_partnership(name="Another one").company.own_party
    with pytest.raises(ValidationError):
        actions.name_principal(name="Tor Velgarm", of=elsewhere, role="owner", by=world.ngo)


def test_the_search_becomes_a_document_that_names_no_person(searched: World) -> None:
    actions.decide(found(searched)["Marit Oestrander"], verdict="other", why="Born in 1978.", by=searched.ngo)
    run = queries.with_lists(ScreeningRun.objects.visible_to(searched.ngo)).get(cause=Cause.ASKED)
    document = actions.keep_as_document(run, by=searched.ngo)
    assert (document.kind, document.circle.kind) == ("search_log", "own")
    with document.file.open("rb") as file:
        text = file.read().decode()
    assert "Corvane Gold" in text
    assert "1 person named by us" in text
    assert "OpenSanctions" in text
    assert "Somebody else: 1" in text
    assert "Marit" not in text
    assert "Oestrander" not in text
    assert "1978" not in text


def test_names_in_any_script_are_searched(world: World) -> None:
    put(world.party("ngo").organisation, [{"name": "Тор Велгарм"}, {"name": "欧铭骁"}, {"name": "محمود الترمزي"}])
    for name in ("Velgarm Tor", "Ou Mingxiao", "Mahmud al-Tarmuzi"):
        name_director(world.ngo, name)
    actions.search_now(by=world.ngo)
    assert len(found(world)) == 3


def test_people_stay_for_a_while_after_the_record_is_over_however_long_ago_they_were_named(searched: World) -> None:
    with clock.at(clock.now() + timedelta(days=40)):
        road.not_pursue(by=searched.ngo)
        assert actions.let_principals_go() == 0
    with clock.at(clock.now() + timedelta(days=71)):
        assert actions.let_principals_go() == 1


def test_a_match_that_changed_while_somebody_decided_is_looked_at_again(searched: World) -> None:
    person = found(searched)["Marit Oestrander"]
    actions.decide(person, verdict="other", why=WHY, seen=person.mark, by=searched.ngo)
    with pytest.raises(ValidationError) as caught:
        actions.decide(person, verdict="same", why="Same birthday.", seen=person.mark, by=searched.ngo)
    assert caught.value.code == "stale"
    person.refresh_from_db()
    assert person.verdict == Verdict.OTHER
    actions.decide(person, verdict="same", why="Same birthday.", seen=person.mark, by=searched.ngo)
