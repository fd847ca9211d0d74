"""Written alone, opened together: nobody reads another's answer before all are in, and a stop stays a stop."""

from __future__ import annotations

import re

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lifecycle.scoping import actions, queries
from lifecycle.scoping.actions import Given
from lifecycle.scoping.models import Sheet, SheetAnswer
from lifecycle.scoping.states import SheetKind
from partnerships.access.models import Release
from partnerships.access.places import Place
from partnerships.history.models import Act
from partnerships.notices.models import Notice
from partnerships.record import actions as record
from partnerships.record.holding import set_hold
from partnerships.work.models import WorkItem
from tests.factories import World, make_partnership, sign_in
from tests.lifecycle.scoping.made import answer_screen, open_screens, write_motives

pytestmark = pytest.mark.django_db
SCREEN = SheetKind.SCREEN


def read_by(place: Place) -> set[int]:
    """Whose screen answers this person reads."""
    rows = SheetAnswer.objects.visible_to(place.user).of(place.partnership)
    return set(rows.values_list("party", flat=True))


def test_a_partner_that_accepted_the_rules_is_asked_for_both() -> None:
    world = make_partnership()
    kinds = set(
        WorkItem.objects.waiting_for(world.company.user)
        .filter(party=world.party("company"))
        .values_list("kind", flat=True)
    )
    assert {"scoping.screen", "scoping.motives"} <= kinds


def test_nobody_else_reads_a_draft_nor_learns_of_it() -> None:
    world = make_partnership(partners=3, broker=True, community=True, authority=True)
    answer_screen(world.ngo, note="MARKER")
    for name in ("company", "third", "broker", "community", "authority"):
        place = world.place(name)
        assert read_by(place) == set()
        assert not Sheet.objects.visible_to(place.user).of(world.partnership).exists()
        assert [s.is_in for s in queries.sheet_states(place, SCREEN)[SCREEN]] == [False, False, False]
    assert read_by(world.colleague("ngo")) == {world.party("ngo").pk}
    assert not SheetAnswer.objects.visible_to(world.outsider).exists()
    assert not Act.objects.of(world.partnership).filter(kind__startswith="scoping").exists()


def test_handed_in_is_known_and_the_answers_are_not() -> None:
    world = make_partnership(broker=True)
    answer_screen(world.ngo)
    assert actions.hand_in(SCREEN, by=world.ngo) is False
    for name in ("company", "broker"):
        assert [s.is_in for s in queries.sheet_states(world.place(name), SCREEN)[SCREEN]] == [True, False]
        assert read_by(world.place(name)) == set()
        assert queries.side_by_side(world.place(name), SCREEN) == {}
    assert Notice.objects.filter(recipient=world.company.user, kind="scoping.screen_waits").count() == 1
    assert not Release.objects.filter(partnership=world.partnership).exists()


def test_the_last_hand_in_opens_all_for_partners_and_broker_alone() -> None:
    world = make_partnership(partners=3, broker=True, community=True, authority=True, funder=True)
    for name in ("ngo", "company"):
        answer_screen(world.place(name))
        assert actions.hand_in(SCREEN, by=world.place(name)) is False
    answer_screen(world.third)
    assert actions.hand_in(SCREEN, by=world.third) is True
    everybody = {p.pk for p in world.ngo.partners}
    for name in ("ngo", "company", "third", "broker"):
        assert read_by(world.place(name)) == everybody
    for name in ("community", "authority", "funder"):
        assert read_by(world.place(name)) == set()
    assert read_by(world.place(world.administrator("ngo"))) == set()
    for name in ("ngo", "company", "third", "broker"):
        assert Notice.objects.filter(recipient=world.place(name).user, kind="scoping.screen_open").count() == 1
    assert not WorkItem.objects.filter(partnership=world.partnership, kind="scoping.screen", closed_at=None).exists()


def test_a_second_hand_in_says_so_and_does_nothing() -> None:
    world = make_partnership()
    answer_screen(world.ngo)
    actions.hand_in(SCREEN, by=world.ngo)
    with pytest.raises(ValidationError, match="already"):
        actions.hand_in(SCREEN, by=world.ngo)
    assert Act.objects.of(world.partnership).filter(kind="scoping.screen_in").count() == 1
    answer_screen(world.company)
    actions.hand_in(SCREEN, by=world.company)
    for place in (world.ngo, world.company):
        with pytest.raises(ValidationError, match="already"):
            actions.hand_in(SCREEN, by=place)
    assert Release.objects.filter(partnership=world.partnership).count() == 2
    assert Act.objects.of(world.partnership).filter(kind="scoping.screen_open").count() == 1


def test_what_is_missing_is_named() -> None:
    world = make_partnership()
    with pytest.raises(ValidationError, match="1, 3, 4, 5, 6, 11"):
        actions.hand_in(SCREEN, by=world.ngo)
    answer_screen(world.ngo, q5="")
    with pytest.raises(ValidationError, match="5"):
        actions.hand_in(SCREEN, by=world.ngo)


def test_a_stale_form_writes_nothing() -> None:
    world = make_partnership()
    first = answer_screen(world.ngo)
    answer_screen(world.colleague("ngo"), seen=first.version, q5="tension")
    with pytest.raises(ValidationError) as caught:
        answer_screen(world.ngo, seen=first.version, q5="clash")
    assert caught.value.code == "stale"
    assert SheetAnswer.objects.visible_to(world.ngo.user).get(question="5").option == "tension"


def test_under_a_legal_hold_nothing_is_emptied_and_what_was_typed_stays(client: Client) -> None:
    world = make_partnership()
    first = write_motives(world.ngo)
    set_hold(by=world.ngo, reason="A claim.")
    sign_in(client, world.ngo)
    address = reverse("scoping:motives", args=[world.pid])
    page = client.get(address).content.decode()
    names = re.findall(r'<textarea[^>]*name="([^"]+)"', page)
    typed = {**dict.fromkeys(names, "Typed anew"), names[0]: "", "version": str(first.version)}
    assert client.post(address, typed, headers={"X-Autosave": "1"}).status_code == 422
    refused = client.post(address, typed).content.decode()
    assert "legal hold" in refused
    assert "Typed anew" in refused
    assert SheetAnswer.objects.of(world.partnership).count() == len(names)


def test_two_first_saves_do_not_make_two_sheets() -> None:
    world = make_partnership()
    answer_screen(world.ngo)
    with pytest.raises(ValidationError) as caught:
        answer_screen(world.colleague("ngo"), q5="tension")
    assert caught.value.code == "stale"
    assert Sheet.objects.visible_to(world.ngo.user).count() == 1


def test_an_option_that_is_not_asked_is_refused() -> None:
    world = make_partnership()
    for answers in ({"5": Given(option="want")}, {"99": Given(text="x")}):
        with pytest.raises(ValidationError):
            actions.save_sheet(SCREEN, by=world.ngo, answers=answers, seen=0)


def test_taken_back_until_opened() -> None:
    world = make_partnership()
    sheet = answer_screen(world.ngo)
    actions.hand_in(SCREEN, by=world.ngo)
    with pytest.raises(ValidationError, match="Take it back"):
        answer_screen(world.ngo, seen=sheet.version)
    actions.take_back(SCREEN, by=world.ngo)
    answer_screen(world.company)
    assert actions.hand_in(SCREEN, by=world.company) is False
    assert read_by(world.company) == {world.party("company").pk}
    assert actions.hand_in(SCREEN, by=world.ngo) is True
    with pytest.raises(ValidationError, match="opened"):
        actions.take_back(SCREEN, by=world.ngo)


def test_a_change_after_the_opening_stands_beside_what_was_said() -> None:
    world = make_partnership(broker=True)
    open_screens(world.ngo, world.company)
    old = SheetAnswer.objects.visible_to(world.ngo.user).get(party=world.party("ngo"), question="5")
    actions.change_answer(SCREEN, "5", by=world.ngo, given=Given(option="clash"), seen=old.pk)
    for name in ("company", "broker"):
        said = queries.side_by_side(world.place(name), SCREEN)["5"][0]
        assert said.answer is not None
        assert (said.answer.option, said.answer.is_change) == ("clash", True)
        assert [b.option for b in said.before] == ["compatible"]
    with pytest.raises(ValidationError) as caught:
        actions.change_answer(SCREEN, "5", by=world.ngo, given=Given(option="tension"), seen=old.pk)
    assert caught.value.code == "stale"


def test_stops_come_first_and_are_never_averaged() -> None:
    world = make_partnership(partners=3)
    for name, option in (("ngo", "compatible"), ("company", "compatible"), ("third", "clash")):
        answer_screen(world.place(name), q5=option, q4="field" if name == "ngo" else "communities", q3="one")
        actions.hand_in(SCREEN, by=world.place(name))
    rows = queries.compared(queries.side_by_side(world.ngo, SCREEN), ["1", "3", "4", "5", "6", "11"])
    assert [(r.question, r.standing) for r in rows[:3]] == [("5", "stop"), ("4", "differ"), ("3", "not_yet")]
    assert {r.standing for r in rows[3:]} == {"ready"}


def test_who_joins_later_reads_when_all_are_in_again() -> None:
    world = make_partnership()
    open_screens(world.ngo, world.company)
    world.bring("third")
    assert read_by(world.third) == set()
    answer_screen(world.third)
    assert read_by(world.third) == {world.party("third").pk}
    assert actions.hand_in(SCREEN, by=world.third) is True
    assert len(read_by(world.third)) == len(read_by(world.ngo)) == 3


def test_when_the_one_who_was_missing_leaves_the_others_are_opened() -> None:
    world = make_partnership(partners=3)
    for name in ("ngo", "company"):
        answer_screen(world.place(name))
        actions.hand_in(SCREEN, by=world.place(name))
    third = world.third
    record.leave(third.own_party, by=third)
    assert len(read_by(world.ngo)) == 2
    assert read_by(third) <= {third.own_party.pk}


def test_motive_notes_are_exchanged_in_the_same_way() -> None:
    world = make_partnership()
    write_motives(world.ngo)
    actions.hand_in(SheetKind.MOTIVES, by=world.ngo)
    actions.save_sheet(SheetKind.MOTIVES, by=world.company, answers={"want": Given(text="peace")}, seen=0)
    with pytest.raises(ValidationError, match="three lines"):
        actions.hand_in(SheetKind.MOTIVES, by=world.company)
    sheet = queries.own_sheet(world.company, SheetKind.MOTIVES)
    assert sheet is not None
    write_motives(world.company, seen=sheet.version)
    assert actions.hand_in(SheetKind.MOTIVES, by=world.company) is True
    assert set(queries.side_by_side(world.ngo, SheetKind.MOTIVES)) == {"want", "fear", "success"}


NAMES = ("ngo", "company", "third")
steps = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(["save", "in", "back"])), max_size=14)


@pytest.fixture
def three() -> World:
    return make_partnership(partners=3, broker=True)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(taken=steps)
def test_opened_only_when_all_are_in(three: World, taken: list[tuple[str, str]]) -> None:
    """Whatever they do in whatever order: before all are in nobody reads another, from then on everybody reads all."""
    from django.db import transaction

    with transaction.atomic():
        saved: set[str] = set()
        handed_in: set[str] = set()
        opened = False
        for name, step in taken:
            place = three.place(name)
            sheet = queries.own_sheet(place, SCREEN)
            allowed = {
                "save": name not in handed_in and not opened,
                "in": name in saved and name not in handed_in and not opened,
                "back": name in handed_in and not opened,
            }[step]
            try:
                if step == "save":
                    answer_screen(place, seen=sheet.version if sheet else 0)
                    saved.add(name)
                elif step == "in":
                    opened = actions.hand_in(SCREEN, by=place)
                    handed_in.add(name)
                else:
                    actions.take_back(SCREEN, by=place)
                    handed_in.discard(name)
            except ValidationError:
                assert not allowed
            else:
                assert allowed
            assert opened == (handed_in == set(NAMES))
            for reader in (*NAMES, "broker"):
                own = {three.party(reader).pk} if reader in saved else set()
                everybody = {three.party(n).pk for n in NAMES}
                assert read_by(three.place(reader)) == (everybody if opened else own)
        transaction.set_rollback(True)


def card_page(world: World, who: str) -> str:
    response = sign_in(Client(), world.place(who)).get(reverse("scoping:card", args=[world.pid]))
    assert response.status_code == 200, who
    return response.content.decode()


def test_cards_of_how_we_work_are_filled_in_alone_and_stand_on_one_page_once_both_are_in() -> None:
    world = make_partnership(broker=True, community=True)
    words = {"ngo": "Quartzword: we ask the villages first", "company": "Basaltword: the board decides in a week"}
    for name, text in words.items():
        client = sign_in(Client(), world.place(name))
        filled = client.post(
            reverse("scoping:card", args=[world.pid]), {"version": "0", "n_what_we_do": text, "n_deciding": f"{text}."}
        )
        assert filled["Location"] == reverse("scoping:check", args=[world.pid, "card"])
        assert text in client.get(filled["Location"]).content.decode()
        # Neither a draft nor a card that was handed in is read by anybody else while one is missing.
        for step in ("draft", "in"):
            if step == "in" and name == "company":
                break
            if step == "in":
                handed = client.post(reverse("scoping:hand_in", args=[world.pid, "card"]))
                assert handed["Location"] == reverse("scoping:card", args=[world.pid])
            assert text in card_page(world, name)
            for other in {"ngo", "company", "broker"} - {name}:
                assert text not in card_page(world, other), (name, step, other)
    assert [s.is_in for s in queries.sheet_states(world.broker, SheetKind.CARD)[SheetKind.CARD]] == [True, False]

    sign_in(Client(), world.company).post(reverse("scoping:hand_in", args=[world.pid, "card"]))
    for name in ("ngo", "company", "broker"):
        html = card_page(world, name)
        for text in words.values():
            assert text in html, name
        assert html.count("Quartzword") == html.count("Basaltword") == 2
    assert read_by_of(world.place("community"), SheetKind.CARD) == set()
    outside = sign_in(Client(), world.community).get(reverse("scoping:card", args=[world.pid]))
    assert "Quartzword" not in outside.content.decode()


def read_by_of(place: Place, kind: str) -> set[int]:
    """Whose sheets of a kind this person reads."""
    rows = SheetAnswer.objects.visible_to(place.user).of(place.partnership).filter(sheet__kind=kind)
    return set(rows.values_list("party", flat=True))


def test_an_answer_that_changes_is_read_by_those_who_read_the_others_and_by_nobody_sooner() -> None:
    world = make_partnership(partners=2, broker=True)
    open_screens(world.ngo, world.company)
    world.bring("third")
    changed = actions.change_answer("screen", "5", by=world.ngo, given=Given(option="clash"), seen=current(world, "5"))
    for name in ("ngo", "company", "broker"):
        assert SheetAnswer.objects.visible_to(world.place(name)).filter(pk=changed.pk).exists(), name
    assert not SheetAnswer.objects.visible_to(world.third).filter(pk=changed.pk).exists()
    open_screens(world.third)
    assert SheetAnswer.objects.visible_to(world.third).filter(pk=changed.pk).exists()


def current(world: World, question: str) -> int:
    rows = SheetAnswer.objects.visible_to(world.ngo).filter(party=world.party("ngo"), replaced_at=None)
    return rows.get(question=question).pk
