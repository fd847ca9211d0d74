"""An opportunity becomes a goal, with what each partner gains and fears; and the canvas comes before any project."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lifecycle.scoping import actions, queries
from lifecycle.scoping.models import CanvasEntry, Goal, GoalSide
from partnerships.access.actions import open_release, recall
from partnerships.access.models import Release
from partnerships.catalogue.queries import current_content
from partnerships.record import actions as record
from partnerships.record.forms import ProposeForm
from tests.factories import World, make_partnership, sign_in
from tests.lifecycle.scoping.made import draw_goal, draw_opportunity

pytestmark = pytest.mark.django_db


def url(world: World, name: str, *args: str) -> str:
    return reverse(f"scoping:{name}", args=[world.pid, *args])


def side_of(world: World, reader: str, whose: str) -> GoalSide | None:
    (row,) = queries.goals(world.place(reader))
    return next(s.side for s in row.sides if s.party == world.party(whose))


def test_no_project_field_exists_before_the_canvas() -> None:
    """A record opens with a title and a place; what comes nearest to a project is a goal, drawn from an opportunity."""
    world = make_partnership()
    fields = set(ProposeForm(user=world.ngo.user).fields)
    assert fields <= {"name", "organisation", "country", "site", "is_exploration", "parent", "stage"}
    assert actions.canvas_version().items[0].code == "constraints"
    assert not Goal._meta.get_field("opportunity").null
    one, two = actions.write_entries("constraints", ["Dust", "No road"], by=world.ngo, reach="partners")
    with pytest.raises(ValidationError, match="different partners"):
        actions.write_entry("opportunities", text="A road", by=world.ngo, eases=[one, two])


def test_a_pair_becomes_an_opportunity_and_a_goal_by_plain_forms(client: Client) -> None:
    world = make_partnership(broker=True)
    opportunity = draw_opportunity(world.ngo, world.company)
    sign_in(client, world.company)
    assert "Make it a goal" in client.get(url(world, "canvas")).content.decode()
    form = {"text": "One well for\n both", "about": "water", "gain": "Quiet nights", "fear": "Blame", "seen": "0"}
    done = client.post(url(world, "draw_goal", opportunity.public_id), form)
    assert done["Location"] == url(world, "goals")
    goal = Goal.objects.of(world.partnership).get()
    assert goal.text == "One well for both"
    page = client.get(url(world, "goals")).content.decode()
    assert "Quiet nights" in page
    assert "constraint of Sahel Futures" in page
    assert "Became a goal" in client.get(url(world, "canvas")).content.decode()
    for name in ("ngo", "broker"):
        page = sign_in(client, world.place(name)).get(url(world, "goals")).content.decode()
        assert "One well for both" in page
        assert "Quiet nights" not in page, "a gain stays on its side until it is shown"


def test_gains_and_fears_are_shown_by_a_lead_opened_by_the_others_and_recalled_before() -> None:
    world = make_partnership(partners=3, broker=True)
    goal = draw_goal(world.ngo, world.company)
    side = actions.write_side(goal, gain="Water", fear="Our name", by=world.ngo, seen=0)
    first = actions.show_side(side, to="partners", by=world.ngo)
    assert side_of(world, "company", "ngo") is None, "released, and not opened"
    recall(first, by=world.ngo)
    bundle = actions.show_side(side, to="partners", by=world.ngo)
    open_release(bundle, by=world.company)
    shown = side_of(world, "company", "ngo")
    assert shown is not None
    assert shown.fear == "Our name"
    assert side_of(world, "third", "ngo") is None
    assert side_of(world, "broker", "ngo") is None
    # Recalled from those who had not opened it: it is not only its own side's, and is not said to be.
    recall(bundle, by=world.ngo)
    assert side_of(world, "company", "ngo") is not None
    assert queries.released_sides(world.ngo) == {side.pk}


def test_only_a_lead_shows_what_the_side_gains(client: Client) -> None:
    world = make_partnership()
    goal = draw_goal(world.ngo, world.company)
    actions.write_side(goal, gain="Water", fear="", by=world.ngo, seen=0)
    member = world.colleague("ngo")
    assert sign_in(client, member).get(url(world, "show_side", goal.public_id)).status_code == 403
    assert client.post(url(world, "side", goal.public_id), {"gain": "x", "fear": "y", "seen": "1"}).status_code == 302
    sign_in(client, world.ngo)
    assert "you can recall it" in client.get(url(world, "show_side", goal.public_id)).content.decode()
    assert client.post(url(world, "show_side", goal.public_id), {"to": "partners"}).status_code == 302
    assert Release.objects.filter(partnership=world.partnership, kind="scoping.goal").count() == 1
    client.post(url(world, "show_side", goal.public_id), {"to": "partners"})
    assert Release.objects.filter(partnership=world.partnership, kind="scoping.goal").count() == 1


def test_two_people_on_one_goal_and_one_side_see_the_newer_words(client: Client) -> None:
    world = make_partnership()
    goal = draw_goal(world.ngo, world.company)
    actions.reword_goal(goal, text="Newer words", about="land", by=world.company, seen=1)
    page = sign_in(client, world.ngo).post(
        url(world, "goal", goal.public_id), {"text": "Mine", "about": "water", "seen": "1"}
    )
    text = page.content.decode()
    assert "Newer words" in text
    assert "Mine" in text
    again = {"text": "Mine and newer", "about": "water", "seen": "2"}
    assert client.post(url(world, "goal", goal.public_id), again).status_code == 302
    actions.write_side(goal, gain="First", fear="", by=world.colleague("ngo"), seen=0)
    stale = client.post(url(world, "side", goal.public_id), {"gain": "Second", "fear": "", "seen": "0"})
    assert "First" in stale.content.decode()
    assert GoalSide.objects.of(world.partnership).get().gain == "First"


@pytest.mark.parametrize("field", ["text", "gain", "fear"])
def test_what_is_too_long_is_refused_and_kept(client: Client, field: str) -> None:
    world = make_partnership()
    opportunity = draw_opportunity(world.ngo, world.company)
    form = {"text": "A well", "about": "water", "gain": "", "fear": "", "seen": "0", field: "x" * 1300}
    page = sign_in(client, world.ngo).post(url(world, "draw_goal", opportunity.public_id), form)
    assert page.status_code == 200
    assert "x" * 1300 in page.content.decode()
    assert not Goal.objects.of(world.partnership).exists()


def test_a_constraint_that_is_taken_out_leaves_the_goal_and_says_so(client: Client) -> None:
    world = make_partnership()
    goal = draw_goal(world.ngo, world.company)
    constraint = CanvasEntry.objects.of(world.partnership).get(prompt="constraints", party=world.party("ngo"))
    sign_in(client, world.ngo)
    asks = client.get(url(world, "remove", constraint.public_id)).content.decode()
    assert "loses its pair" in asks
    assert CanvasEntry.objects.of(world.partnership).filter(withdrawn_at=None).count() == 3
    client.post(url(world, "remove", constraint.public_id))
    (row,) = queries.goals(world.company)
    assert row.goal == goal
    assert row.lost_pair
    assert "Does the goal still hold?" in client.get(url(world, "goals")).content.decode()
    assert "was taken out" in client.get(url(world, "canvas")).content.decode()


def test_a_constraint_that_goes_while_somebody_pairs_it(client: Client) -> None:
    world = make_partnership()
    pair = [
        actions.write_entry("constraints", text=f"of {n}", by=world.place(n), reach="partners")
        for n in ("ngo", "company")
    ]
    actions.remove_entry(pair[1], by=world.company)
    with pytest.raises(ValidationError, match="taken out"):
        actions.write_entry("opportunities", text="A road", by=world.ngo, eases=pair)
    form = {"text": "A road", "pairs": [e.public_id for e in pair]}
    page = sign_in(client, world.ngo).post(url(world, "write", "opportunities"), form)
    assert page.status_code == 200
    assert "A road" in page.content.decode()
    assert not CanvasEntry.objects.of(world.partnership).filter(prompt="opportunities").exists()


def test_an_opportunity_that_goes_while_somebody_makes_it_a_goal(client: Client) -> None:
    world = make_partnership()
    opportunity = draw_opportunity(world.ngo, world.company)
    actions.remove_entry(opportunity, by=world.ngo)
    with pytest.raises(ValidationError, match="taken out"):
        actions.draw_goal(opportunity, text="A well", about="water", by=world.company)
    assert sign_in(client, world.company).get(url(world, "draw_goal", opportunity.public_id)).status_code == 404


def test_a_line_that_goes_while_somebody_changes_it_keeps_what_was_typed(client: Client) -> None:
    world = make_partnership()
    (line,) = actions.write_entries("constraints", ["Dust"], by=world.ngo)
    sign_in(client, world.colleague("ngo"))
    form = client.get(url(world, "entry", line.public_id)).content.decode()
    assert 'name="prompt" value="constraints"' in form
    actions.remove_entry(line, by=world.ngo)
    typed = {"version": "1", "prompt": "constraints", "text": "Dust and noise at night"}
    page = client.post(url(world, "entry", line.public_id), typed).content.decode()
    assert "taken out while you were writing" in page
    assert "Dust and noise at night" in page
    assert f'action="{url(world, "write", "constraints")}"' in page
    client.post(url(world, "write", "constraints"), {"text": "Dust and noise at night", "reach": "own"})
    assert [e.text for e in queries.canvas(world.ngo)] == ["Dust and noise at night"]
    assert client.post(url(world, "entry", line.public_id), {"version": "1", "text": "x"}).status_code == 404


def test_a_goal_is_taken_out_by_its_side_after_asking(client: Client) -> None:
    world = make_partnership()
    goal = draw_goal(world.ngo, world.company)
    actions.write_side(goal, gain="Water", fear="", by=world.ngo, seen=0)
    assert sign_in(client, world.company).get(url(world, "remove_goal", goal.public_id)).status_code == 403
    sign_in(client, world.ngo)
    assert "1 partner" in client.get(url(world, "remove_goal", goal.public_id)).content.decode()
    client.post(url(world, "remove_goal", goal.public_id))
    assert queries.goals(world.company) == []
    with pytest.raises(ValidationError, match="taken out"):
        actions.write_side(goal, gain="x", fear="", by=world.company, seen=0)


def test_a_partner_that_leaves_keeps_its_place_with_what_it_showed() -> None:
    world = make_partnership(partners=3)
    goal = draw_goal(world.ngo, world.third)
    side = actions.write_side(goal, gain="A map", fear="", by=world.third, seen=0)
    open_release(actions.show_side(side, to="partners", by=world.third), by=world.company)
    record.leave(world.party("third"), by=world.third)
    (row,) = queries.goals(world.company)
    assert [s.party.name for s in row.sides] == ["Sahel Futures", "Corvane Gold", "Ministry of Water"]
    (row,) = queries.goals(world.ngo)
    assert [s.party.name for s in row.sides] == ["Sahel Futures", "Corvane Gold"], "it never opened it"


def test_bodies_authorities_and_outsiders_find_no_goal(client: Client) -> None:
    world = make_partnership(community=True, authority=True)
    goal = draw_goal(world.ngo, world.company)
    for who in (world.community, world.authority):
        assert sign_in(client, who).get(url(world, "goals")).status_code == 403
        assert sign_in(client, who).get(url(world, "goal", goal.public_id)).status_code == 403
    assert sign_in(client, world.outsider).get(url(world, "goals")).status_code == 404


@pytest.mark.parametrize("name", ["goals", "canvas", "overview"])
def test_pages_ask_as_often_for_three_goals_as_for_one(client: Client, name: str) -> None:
    counts = []
    for many in (1, 3):
        world = make_partnership()
        for number in range(many):
            goal = draw_goal(world.ngo, world.company, text=f"Goal {number}")
            actions.write_side(goal, gain="Water", fear="Blame", by=world.ngo, seen=0)
        sign_in(client, world.ngo).get(url(world, name))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url(world, name)).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_every_form_of_the_canvas_is_plain_html(client: Client) -> None:
    """By keyboard and phone: boxes to tick and lines to type, nothing to drag, nothing that needs a script."""
    world = make_partnership()
    opportunity = draw_opportunity(world.ngo, world.company)
    sign_in(client, world.ngo)
    paths = [url(world, "write", "opportunities"), url(world, "draw_goal", opportunity.public_id)]
    for path in paths:
        page = client.get(path).content.decode()
        assert "draggable" not in page
        assert '<button class="btn btn-primary" type="submit">' in page
    assert 'type="checkbox"' in client.get(paths[0]).content.decode()


def test_the_catalogue_prompts_exist() -> None:
    assert {"constraints", "opportunities"} <= set(actions.canvas_version().by_code)
    assert current_content(type(actions.canvas_version()), "constraints").item("opportunities").by == "together"


def test_words_that_a_colleague_writes_anew_are_in_the_language_of_the_colleague() -> None:
    world = make_partnership()
    goal = draw_goal(world.ngo, world.company)
    entry = goal.opportunity
    place = world.colleague("company")
    place.user.language = "fr"
    actions.reword_goal(goal, text=goal.text, about="health", by=place, seen=goal.version)
    assert Goal.objects.of(world.partnership).get().language == "en", "the words are the same"
    actions.reword_goal(goal, text="Un puits", about="water", by=place, seen=goal.version)
    actions.change_entry(entry, text="Un puits partagé", by=place, seen=entry.version)
    assert Goal.objects.of(world.partnership).get().language == "fr"
    assert CanvasEntry.objects.of(world.partnership).get(pk=entry.pk).language == "fr"
