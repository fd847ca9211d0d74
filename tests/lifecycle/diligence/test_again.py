"""Goals read again: dated reaffirmation, drift since the last yes, and the flag where nobody did for too long."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lifecycle.attention import registry
from lifecycle.attention.actions import sweep
from lifecycle.attention.models import Flag
from lifecycle.attention.registry import Raised
from lifecycle.diligence import actions, queries
from lifecycle.diligence.models import LineBefore, PageAgreement, Reaffirmation, SharedLine, SharedPage
from lifecycle.diligence.states import Holds, LineKind, PageKind, Relation
from lifecycle.scoping import actions as scoping
from partnerships import clock
from partnerships.access.actions import open_release
from partnerships.notices.models import Notice
from partnerships.record import actions as record
from partnerships.record.models import Partnership
from partnerships.record.states import Duty, Stage
from tests.factories import World, make_partnership, sign_in
from tests.lifecycle.scoping.made import draw_goal

pytestmark = pytest.mark.django_db


def url(world: World, name: str, *args: str) -> str:
    return reverse(f"diligence:{name}", args=[world.pid, *args])


def goals_page(world: World) -> SharedPage:
    found = queries.shared_page(world.partnership, PageKind.GOALS, world.ngo.partners)
    assert found is not None
    return found


def agreed(world: World) -> SharedPage:
    """A goal of each, talked through and agreed."""
    for name in ("ngo", "company"):
        line = actions.add_line(kind=LineKind.GOAL, text=f"Goal of {name}", by=world.place(name))
        actions.change_line(line, by=world.place(name), relation=Relation.COMPATIBLE)
    page = goals_page(world)
    for name in ("ngo", "company"):
        actions.agree_page(page, seen=page.version, by=world.place(name))
    return page


def line_of(world: World, name: str) -> SharedLine:
    return SharedLine.objects.of(world.partnership).select_related("page").get(party=world.party(name))


def say(world: World, name: str, says: str = Holds.YES, words: str = "") -> Reaffirmation:
    page = goals_page(world)
    return actions.reaffirm(page, says=says, words=words, seen=page.version, by=world.place(name))


def later(days: int) -> clock.at:  # type: ignore[valid-type]
    return clock.at(clock.now() + timedelta(days=days))


def flags(world: World) -> list[Raised]:
    return [r for r in registry.raised([world.partnership.pk]) if r.code == "goals_not_reaffirmed"]


# The word, and its day ------------------------------------------------------------------------------------------------
def test_each_partner_reaffirms_with_its_day_and_everything_said_is_kept() -> None:
    world = make_partnership(broker=True)
    agreed(world)
    with later(100):
        first = say(world, "ngo")
        say(world, "company", Holds.DRIFTED, "The mine was sold.")
    with later(150):
        say(world, "company")
        own, other = queries.read_again(world.broker, goals_page(world))
        assert own.held_at == first.created_at
        assert [r.says for r in other.said] == [Holds.YES, Holds.DRIFTED]
        assert not other.has_drifted
    assert Reaffirmation.objects.of(world.partnership).count() == 3


def test_saying_that_they_drifted_needs_words_tells_the_others_and_is_no_yes() -> None:
    world = make_partnership()
    agreed(world)
    with pytest.raises(ValidationError, match="what has changed"):
        say(world, "ngo", Holds.DRIFTED, "  ")
    with later(10):
        say(world, "ngo", Holds.DRIFTED, "We pay what the district promised.")
        own, _other = queries.read_again(world.ngo, goals_page(world))
    assert own.has_drifted
    assert own.held_at is not None
    assert own.held_at < clock.now() + timedelta(days=1), "the last yes is the agreement before"
    assert Notice.objects.filter(recipient=world.company.user, kind="diligence.drifted").count() == 1
    assert not Notice.objects.filter(recipient=world.ngo.user, kind="diligence.drifted").exists()


def test_a_yes_is_to_the_page_as_it_stands_and_a_page_that_moved_is_read_again(client: Client) -> None:
    world = make_partnership()
    page = agreed(world)
    actions.change_line(line_of(world, "company"), by=world.company, text="Another goal")
    with pytest.raises(ValidationError) as caught:
        actions.reaffirm(page, says=Holds.YES, words="", seen=page.version, by=world.ngo)
    assert caught.value.code == "stale"
    asked = sign_in(client, world.ngo).get(url(world, "reaffirm")).content.decode()
    assert "Needed where they have drifted." in asked
    assert "cg-optional" not in asked
    stale = {"says": "drifted", "words": "My long words", "version": page.version}
    text = sign_in(client, world.ngo).post(url(world, "reaffirm"), stale).content.decode()
    assert "has changed since you looked" in text
    assert "My long words" in text
    assert "Another goal" in text
    say(world, "ngo")
    assert world.party("ngo").pk in queries.agreed_by(goals_page(world)), "a yes is an agreement too"


def test_only_leads_reaffirm_and_only_where_something_stands(client: Client) -> None:
    world = make_partnership(broker=True, community=True)
    assert sign_in(client, world.ngo).get(url(world, "reaffirm")).status_code == 404
    agreed(world)
    member = world.colleague("ngo")
    for who in (member, world.broker, world.community):
        assert sign_in(client, who).get(url(world, "reaffirm")).status_code == 403
    page = goals_page(world)
    long = {"says": "yes", "words": "x" * 2001, "version": page.version}
    refused = sign_in(client, world.ngo).post(url(world, "reaffirm"), long)
    assert "x" * 2001 in refused.content.decode()
    done = client.post(url(world, "reaffirm"), {"says": "yes", "words": "", "version": page.version})
    assert done["Location"] == url(world, "page", "goals")
    assert "1 time read again" in client.get(url(world, "page", "goals")).content.decode()


# Drift ----------------------------------------------------------------------------------------------------------------
def test_drift_tells_line_by_line_what_changed_since_the_last_yes(client: Client) -> None:
    world = make_partnership(broker=True)
    agreed(world)
    with later(20):
        actions.change_line(line_of(world, "ngo"), by=world.ngo, text="Reworded goal")
        actions.change_line(line_of(world, "ngo"), by=world.company, relation=Relation.CONFLICT)
        actions.remove_line(line_of(world, "company"), by=world.company)
        actions.add_line(kind=LineKind.RED_LINE, text="No silence", by=world.company)
    with later(21):
        since = queries.read_again(world.company, goals_page(world))[1].held_at
        assert since is not None
        found = {d.how: d for d in queries.drift(world.company, goals_page(world), since)}
        assert set(found) == {"changed", "gone", "new"}
        changed = found["changed"]
        assert changed.was is not None
        assert (changed.was.text, changed.was.relation) == ("Goal of ngo", Relation.COMPATIBLE)
        page = sign_in(client, world.ngo).get(url(world, "page", "goals")).content.decode()
        assert "Reworded goal" in page
        assert "A line of Corvane Gold was taken away" in page
        assert "Goal of company" not in page, "what was taken away is its side's again"
        assert "Seen as in conflict now, before as compatible" in page
        assert (
            "What has changed since" in sign_in(client, world.broker).get(url(world, "page", "goals")).content.decode()
        )
        say(world, "company")
    with later(22):
        now = queries.read_again(world.company, goals_page(world))[1].held_at
        assert now is not None
        assert queries.drift(world.company, goals_page(world), now) == []


def test_a_line_that_went_there_and_back_is_no_drift() -> None:
    world = make_partnership()
    agreed(world)
    with later(20):
        actions.change_line(line_of(world, "ngo"), by=world.ngo, relation=Relation.CONFLICT)
        actions.change_line(line_of(world, "ngo"), by=world.ngo, relation=Relation.COMPATIBLE)
    with later(21):
        since = queries.read_again(world.ngo, goals_page(world))[0].held_at
        assert since is not None
        assert queries.drift(world.ngo, goals_page(world), since) == []


def test_what_nobody_agreed_to_is_deleted_and_leaves_no_trace() -> None:
    world = make_partnership()
    line = actions.add_line(kind=LineKind.GOAL, text="A slip", by=world.ngo)
    actions.change_line(line, by=world.ngo, text="Another slip")
    actions.remove_line(line_of(world, "ngo"), by=world.ngo)
    assert not SharedLine.objects.of(world.partnership).exists()
    assert not LineBefore.objects.of(world.partnership).exists()


def test_a_line_is_reworded_beside_the_newer_text_and_taken_away_after_asking(client: Client) -> None:
    world = make_partnership()
    agreed(world)
    line = line_of(world, "ngo")
    path = url(world, "relate", "goals", line.public_id)
    actions.change_line(line, by=world.company, relation=Relation.CONFLICT)
    form = {"relation": "shared", "text": "My words", "version": line.version - 1}
    text = sign_in(client, world.ngo).post(path, form).content.decode()
    assert "In conflict" in text
    assert "My words" in text
    assert client.post(path, {**form, "version": line.version}).status_code == 302
    assert line_of(world, "ngo").text == "My words"
    foreign = url(world, "relate", "goals", line_of(world, "company").public_id)
    client.post(foreign, {"relation": "shared", "text": "Theirs", "version": line_of(world, "company").version})
    assert line_of(world, "company").text == "Goal of company"
    remove = url(world, "remove_line", "goals", line.public_id)
    assert "asked again" in client.get(remove).content.decode()
    assert SharedLine.objects.of(world.partnership).filter(withdrawn_at=None).count() == 2
    client.post(remove)
    assert SharedLine.objects.of(world.partnership).filter(withdrawn_at=None).count() == 1


# The flag -------------------------------------------------------------------------------------------------------------
def test_the_flag_stands_after_180_days_for_the_partner_that_did_not() -> None:
    world = make_partnership(stage=Stage.IMPLEMENTATION)
    agreed(world)
    with later(170):
        assert flags(world) == []
        say(world, "company")
    with later(185):
        (flag,) = flags(world)
        assert (flag.party_id, flag.high) == (world.party("ngo").pk, False)
        assert flag.inputs["days"] >= 180
        sweep()
        assert Flag.objects.get(code="goals_not_reaffirmed").party_id == world.party("ngo").pk
        say(world, "ngo", Holds.DRIFTED, "Everything changed.")
        assert len(flags(world)) == 1, "that they drifted is no reaffirmation"
        say(world, "ngo")
        assert flags(world) == []
        sweep()
        assert not Flag.objects.filter(code="goals_not_reaffirmed", cleared_at=None).exists()


def test_another_lead_asks_all_partners_to_read_them_again(client: Client) -> None:
    world = make_partnership(stage=Stage.IMPLEMENTATION)
    agreed(world)
    with later(30):
        old = world.company.seat
        assert old is not None
        successor = world.colleague("company", duty=Duty.LEAD)
        record.end_seat(old, by=world.place(successor.user))
        world.leads["company"] = successor.user
        found = {f.party_id: f.inputs for f in flags(world)}
        assert set(found) == {world.party("ngo").pk, world.party("company").pk}
        assert found[world.party("ngo").pk] == {"days_since_lead_changed": 0}
        sweep()
        assert "A lead changed 0 days ago" in (
            sign_in(client, world.ngo).get(reverse("record:overview", args=[world.pid])).content.decode()
        )
    with later(31):
        for name in ("ngo", "company"):
            say(world, name)
        assert flags(world) == []


def test_goals_nobody_wrote_are_asked_for_once_the_work_has_gone_on_for_long() -> None:
    world = make_partnership(stage=Stage.IMPLEMENTATION)
    assert flags(world) == []
    Partnership.objects.filter(pk=world.partnership.pk).update(stage_since=clock.today() - timedelta(days=200))
    assert {f.inputs["days"] for f in flags(world)} == {200}


def test_while_goals_are_being_compared_nothing_is_flagged() -> None:
    world = make_partnership(stage=Stage.DILIGENCE)
    agreed(world)
    with later(400):
        assert flags(world) == []


def test_two_queries_for_any_number_of_records_and_a_partner_that_left_is_not_asked() -> None:
    worlds = [make_partnership(partners=3, stage=Stage.IMPLEMENTATION) for _ in range(3)]
    record.leave(worlds[0].party("third"), by=worlds[0].third)
    with later(300):
        for some in ([worlds[0]], worlds):
            with CaptureQueriesContext(connection) as captured:
                found = queries.reaffirmation_flags([w.partnership.pk for w in some])
            assert len(captured) == 2
            assert len(found) == (2 if len(some) == 1 else 8)


# Goals of the canvas --------------------------------------------------------------------------------------------------
def test_a_goal_of_the_canvas_is_taken_over_and_shared_once_all_have(client: Client) -> None:
    world = make_partnership()
    goal = draw_goal(world.ngo, world.company, text="One well for both")
    side = scoping.write_side(goal, gain="Quiet nights", fear="Blame", by=world.company, seen=0)
    open_release(scoping.show_side(side, to="partners", by=world.company), by=world.ngo)
    page = sign_in(client, world.ngo).get(url(world, "page", "goals")).content.decode()
    assert "Goals from your canvas" in page
    client.post(url(world, "take_goal", goal.public_id))
    line = SharedLine.objects.of(world.partnership).get()
    assert (line.text, line.relation, line.goal) == (goal.text, Relation.NOT_DISCUSSED, goal)
    assert "Goals from your canvas" not in client.get(url(world, "page", "goals")).content.decode()
    client.post(url(world, "take_goal", goal.public_id))
    assert SharedLine.objects.of(world.partnership).count() == 1, "once a side"
    sign_in(client, world.company).post(url(world, "take_goal", goal.public_id))
    relations = SharedLine.objects.of(world.partnership).values_list("relation", flat=True)
    assert list(relations) == [Relation.SHARED, Relation.SHARED]
    page = sign_in(client, world.ngo).get(url(world, "page", "goals")).content.decode()
    assert "Quiet nights" in page


def test_gains_and_fears_of_the_others_stay_hidden_on_the_shared_page(client: Client) -> None:
    world = make_partnership()
    goal = draw_goal(world.ngo, world.company, text="One well for both")
    scoping.write_side(goal, gain="Quiet nights", fear="Blame", by=world.company, seen=0)
    actions.take_goal(goal, by=world.company)
    assert "Quiet nights" in sign_in(client, world.company).get(url(world, "page", "goals")).content.decode()
    assert "Quiet nights" not in sign_in(client, world.ngo).get(url(world, "page", "goals")).content.decode()


def test_a_goal_that_was_taken_out_is_not_taken_over(client: Client) -> None:
    world = make_partnership()
    goal = draw_goal(world.ngo, world.company)
    scoping.take_out_goal(goal, by=world.ngo)
    with pytest.raises(ValidationError, match="taken out"):
        actions.take_goal(goal, by=world.company)
    assert sign_in(client, world.company).post(url(world, "take_goal", goal.public_id)).status_code == 404


def test_goals_stand_side_by_side_a_column_a_partner(client: Client) -> None:
    world = make_partnership(partners=3)
    for name in ("ngo", "company", "third"):
        actions.add_line(kind=LineKind.GOAL, text=f"Goal of {name}", by=world.place(name))
    first = SharedLine.objects.of(world.partnership).select_related("page").first()
    assert first is not None
    actions.change_line(first, by=world.company, relation=Relation.CONFLICT)
    page = sign_in(client, world.third).get(url(world, "page", "goals")).content.decode()
    order = [page.index(f"Goal of {name}") for name in ("ngo", "company", "third")]
    assert order == sorted(order)
    assert "row-cols-md-3" in page
    assert page.index("In conflict") < page.index("Not discussed"), "what needs talk first"


def test_the_page_asks_as_often_for_three_rounds_as_for_one(client: Client) -> None:
    counts = []
    for many in (1, 3):
        world = make_partnership()
        agreed(world)
        for number in range(many):
            actions.take_goal(draw_goal(world.ngo, world.company, text=f"Goal {number}"), by=world.ngo)
            actions.change_line(line_of(world, "company"), by=world.company, text=f"Reworded {number}")
            say(world, "ngo")
        sign_in(client, world.company).get(url(world, "page", "goals"))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url(world, "page", "goals")).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_a_line_that_is_gone_is_neither_changed_nor_taken_away_once_more(client: Client) -> None:
    world = make_partnership(stage=Stage.DILIGENCE)
    page = agreed(world)
    line = page.lines.get(party=world.party("ngo"))
    sign_in(client, world.ngo)
    away = url(world, "remove_line", PageKind.GOALS, line.public_id)
    assert client.post(away).status_code == 302
    version = goals_page(world).version
    assert client.post(away).status_code == 404
    sent = {"relation": Relation.CONFLICT, "version": line.version, "text": "Again"}
    assert client.post(url(world, "relate", PageKind.GOALS, line.public_id), sent).status_code == 404
    assert goals_page(world).version == version


def test_a_partner_that_left_knows_the_yeses_of_before_and_no_later_one(client: Client) -> None:
    world = make_partnership(partners=3, stage=Stage.DILIGENCE)
    line = actions.add_line(kind=LineKind.GOAL, text="Water", by=world.third)
    actions.change_line(line, by=world.third, relation=Relation.COMPATIBLE)
    page = goals_page(world)
    actions.agree_page(page, seen=page.version, by=world.ngo)
    third = world.third.user
    later = clock.now() + timedelta(days=2)
    with clock.at(clock.now() + timedelta(days=1)):
        record.leave(world.party("third"), by=world.third)
    with clock.at(later):
        page.refresh_from_db()
        actions.agree_page(page, seen=page.version, by=world.company)
        page = SharedPage.objects.get(pk=page.pk)
        place = world.place(third)
        ngo, company = world.party("ngo").pk, world.party("company").pk
        assert queries.agreed_by(page) == {ngo, company}
        assert queries.agreed_by(page, place) == {ngo}
        assert queries.agreed_by(page, world.ngo) == {ngo, company}
        held = {a.party.pk: a.held_at for a in queries.read_again(place, page)}
        assert held[ngo] is not None
        assert held[company] is None
        assert {a.party_id for a in PageAgreement.objects.visible_to(third)} == {ngo}
        assert {a.party_id for a in PageAgreement.objects.visible_to(world.ngo.user)} == {ngo, company}
        assert not PageAgreement.objects.visible_to(world.outsider).exists()
