"""What each partner got and gave since the review before: asked at the close of a round, for its own side alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.outcomes import actions, queries
from evaluation.reviews import actions as reviews
from evaluation.reviews.models import Round
from partnerships import clock
from partnerships.work.models import WorkItem
from tests.evaluation.reviews.conftest import START, World, make_world

KIND = "outcomes.worth"


@pytest.fixture
def world(db: None) -> Iterator[World]:
    with clock.at(START):
        yield make_world()


def settled(world: World, *, after: int = 200, kind: str = "regular") -> Round:
    """A round whose one finding every partner has said its word on."""
    with clock.at(START + timedelta(days=after)):
        round = world.opened(kind=kind)
        with clock.at(round.opening_at):
            found = reviews.add_finding(round, text="Minutes come late.", by=world.lead("ngo"))
            reviews.take_stance(found, stance="agrees", by=world.lead("company"))
    return round


def write_all(world: World, round: Round, *, but: str = "") -> None:
    """Value, hours and cost of the week before the opening."""
    ngo, day = world.lead("ngo"), round.opened_on() - timedelta(days=7)
    values = {
        "kind": "learning", "words": "zebra", "starts_on": day, "ends_on": day, "amount": None, "currency": "",
    }  # fmt: skip
    if but != "value":
        actions.write_value(by=ngo, values=values)
    if but != "hours":
        hours = {"coordinating": Decimal(3), "delivering": Decimal(8)}
        actions.write_hours(by=ngo, person=ngo.user, span="week", day=day, **hours)
    if but != "cost":
        cost = {"what": "Travel", "form": "cash", "on": day, "amount": Decimal(5), "currency": "XOF"}
        actions.write_cost(by=ngo, values=cost)


def asked(world: World, name: str) -> bool:
    return WorkItem.objects.open().filter(kind=KIND, party=world.lead(name).own_party).exists()


def test_each_partner_is_asked_on_its_own_side_once_the_findings_are_settled(world: World) -> None:
    round = settled(world)
    assert asked(world, "ngo")
    assert asked(world, "company")
    ngo = WorkItem.objects.waiting_for(world.leads["ngo"]).filter(kind=KIND)
    assert ngo.get().path == reverse("outcomes:since", args=[world.partnership.public_id, round.public_id])
    assert not WorkItem.objects.waiting_for(world.leads["broker"]).filter(kind=KIND).exists()


@pytest.mark.parametrize("kind", ["pulse", "baseline"])
def test_nobody_is_asked_after_a_pulse_or_a_baseline(world: World, kind: str) -> None:
    settled(world, kind=kind)
    assert not asked(world, "ngo")


def test_the_period_is_that_since_the_review_before_and_a_pulse_does_not_part_it(world: World) -> None:
    first, _pulse, last = settled(world, after=10), settled(world, after=80, kind="pulse"), settled(world)
    with clock.at(last.opening_at):
        found = queries.since_last(world.lead("ngo"), last)
        assert (found.starts_on, found.ends_on) == (first.opened_on(), last.opened_on())
        write_all(world, last)
        assert queries.since_last(world.lead("ngo"), last).missing == []
        assert queries.since_last(world.lead("ngo"), first).missing == ["value", "hours", "cost"]
        assert queries.since_last(world.lead("company"), last).missing == ["value", "hours", "cost"]


@pytest.mark.parametrize("left_out", ["value", "hours", "cost"])
def test_it_waits_until_all_is_written_down(world: World, left_out: str) -> None:
    round = settled(world)
    with clock.at(round.opening_at):
        write_all(world, round, but=left_out)
        assert asked(world, "ngo"), left_out
        assert queries.since_last(world.lead("ngo"), round).missing == [left_out]
    assert asked(world, "company")


def test_all_there_or_said_to_be_all_it_waits_no_longer_and_is_not_asked_again(world: World, client: Client) -> None:
    round = settled(world)
    with clock.at(round.opening_at):
        write_all(world, round)
        assert not asked(world, "ngo")
        client.force_login(world.leads["company"])
        client.post(reverse("outcomes:since", args=[world.partnership.public_id, round.public_id]))
        assert not asked(world, "company")
        again = reviews.add_finding(round, text="Another.", by=world.lead("ngo"))
        reviews.take_stance(again, stance="agrees", by=world.lead("company"))
    assert not asked(world, "ngo")
    assert not asked(world, "company")


def test_who_has_written_it_down_before_is_not_asked(world: World) -> None:
    with clock.at(START + timedelta(days=200)):
        round = world.opened()
        with clock.at(round.opening_at):
            write_all(world, round)
            found = reviews.add_finding(round, text="Minutes come late.", by=world.lead("ngo"))
            reviews.take_stance(found, stance="agrees", by=world.lead("company"))
    assert not asked(world, "ngo")
    assert asked(world, "company")


def test_the_pages_show_each_side_its_own_alone(world: World, client: Client) -> None:
    round = settled(world)
    pages = [
        reverse(name, args=[world.partnership.public_id, round.public_id])
        for name in ("reviews:round", "outcomes:since")
    ]
    with clock.at(round.opening_at):
        client.force_login(world.leads["ngo"])
        assert "Write down what is missing" in client.get(pages[0]).content.decode()
        write_all(world, round)
        assert "Write down what is missing" not in client.get(pages[0]).content.decode()
        assert "zebra" in client.get(pages[1]).content.decode()
        client.force_login(world.leads["company"])
        assert "Write down what is missing" in client.get(pages[0]).content.decode()
        assert "zebra" not in client.get(pages[1]).content.decode()
        client.force_login(world.leads["broker"])
        assert "What you got and gave" not in client.get(pages[0]).content.decode()
        assert client.get(pages[1]).status_code == 403


def test_a_form_that_the_page_leads_to_knows_the_period_and_goes_back(world: World, client: Client) -> None:
    round = settled(world)
    pid = world.partnership.public_id
    with clock.at(round.opening_at):
        client.force_login(world.leads["ngo"])
        path = f"{reverse('outcomes:new_value', args=[pid])}?round={round.public_id}"
        assert client.get(path).context["form"].initial["ends_on"] == round.opened_on()
        typed = {"kind": "learning", "words": "How a mine plans", "starts_on": "2027-05-01", "ends_on": "2027-05-20"}
        sent = client.post(path, typed)
        assert sent.headers["Location"] == reverse("outcomes:since", args=[pid, round.public_id])
        assert client.get(f"{reverse('outcomes:new_value', args=[pid])}?round=nonsense").status_code == 200
