"""What goes to the own side first: how far its people agree, head office beside field, and who reads it when."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.reports import building
from evaluation.reviews import actions, queries, reading
from evaluation.reviews.models import OpenAnswer, OwnFigures, Part, Respondent
from partnerships import clock
from partnerships.access.actions import open_release, recall
from partnerships.history.models import Act
from partnerships.people.models import Membership, Office, User
from partnerships.record.models import Seat

from .conftest import CODES, START, instrument


def url(world, name, round, *args):
    return reverse(f"reviews:{name}", args=[world.partnership.public_id, round.public_id, *args])


def place_in_offices(world, name, *, field):
    """So many of a side sit in the field, the others in head office."""
    organisation = world.lead(name).own_party.organisation
    head = Office.objects.create(organisation=organisation, name="Head", kind="head")
    site = Office.objects.create(organisation=organisation, name="Site", kind="field")
    for at, user in enumerate(world.people[name]):
        office = site if at < field else head
        Seat.objects.filter(membership__user=user).update(office=office)


def more_people(world, name, until):
    """The side grows to so many."""
    party = world.lead(name).own_party
    for n in range(len(world.people[name]), until):
        user = User.objects.create_user(f"{name}{n}@example.org", name=f"{name.capitalize()} {n}")
        membership = Membership.objects.create(user=user, organisation=party.organisation)
        Seat.objects.create(party=party, membership=membership)
        world.people[name].append(user)


def answering(world, name, round, says, *, hand_in=True):
    """Each person of a side answers what `says` gives for their place in the row, and the statement."""
    seats = [world.seat(user) for user in world.people[name]]
    part = actions.choose_individual(world.part(round, name), seats=seats, by=world.lead(name))
    for at, respondent in enumerate(part.respondents.order_by("pk")):
        world.answer(respondent, lambda code, at=at: says(at, code))
    if hand_in:
        actions.submit_part(world.part(round, name), by=world.lead(name))


def open_up(world, round):
    round = world.fresh(round)
    with clock.at(round.opening_at):
        assert actions.open_round(round)
    return world.fresh(round)


def read(world, name, round):
    found = reading.read(round, world.lead(name))
    assert found is not None
    return found


def mean(world, name, round, of, code="trust.1"):
    return read(world, name, round).row(code).means.get(world.lead(of).own_party.public_id)


@pytest.fixture
def spread(world):
    """A round in which the company's people, ten of them and in one office, are divided on trust."""
    more_people(world, "company", 10)
    round = world.started()
    answering(world, "company", round, lambda at, code: (1, 3)[at % 2] if code.startswith("trust") else 3)
    world.individually(round, "ngo", 2)
    return open_up(world, round)


@pytest.fixture
def relay(world):
    """A round in which head office and site of the company, six and five people, see it differently."""
    more_people(world, "company", 11)
    place_in_offices(world, "company", field=5)
    round = world.started()
    answering(world, "company", round, lambda at, code: 1 + at % 2 if at < 5 else 3 - at % 2)
    world.individually(round, "ngo", 2)
    return open_up(world, round)


class TestOwnFirst:
    def test_the_spread_is_the_own_sides_until_it_releases_it(self, world, spread):
        own = mean(world, "company", spread, "company")
        assert (own.sd, own.rwg, own.divided) == ("1.0", "0.5", True)
        assert not own.alike
        for name in ("ngo", "broker"):
            theirs = mean(world, name, spread, "company")
            assert (theirs.text, theirs.n) == (own.text, own.n), "the mean is for all"
            assert (theirs.sd, theirs.rwg, theirs.divided) == ("", "", False)

    def test_released_opened_and_recalled(self, world, spread):
        figures = OwnFigures.objects.unguarded("test").get(party=world.lead("company").own_party)
        bundle = actions.release_own_figures(figures, by=world.lead("company"))
        assert Act.objects.filter(kind="reviews.own_released").count() == 1
        assert mean(world, "ngo", spread, "company").sd == "", "released, not opened"
        with pytest.raises(ValidationError, match="already"):
            actions.release_own_figures(figures, by=world.lead("company"))
        recall(bundle, by=world.lead("company"))
        with pytest.raises(ValidationError):
            open_release(bundle, by=world.lead("ngo"))
        again = actions.release_own_figures(figures, by=world.lead("company"))
        open_release(again, by=world.lead("ngo"))
        assert mean(world, "ngo", spread, "company").sd == "1.0"
        assert mean(world, "broker", spread, "company").sd == "", "the broker has not opened it"

    def test_nobody_releases_what_is_anothers(self, world, spread):
        figures = OwnFigures.objects.unguarded("test").get(party=world.lead("company").own_party)
        with pytest.raises(ValidationError, match="Only the side"):
            actions.release_own_figures(figures, by=world.lead("ngo"))

    def test_a_report_for_all_has_none_of_it_whoever_makes_it(self, world, spread):
        snapshot = building.build(spread, world.lead("company"), audience="all")
        assert snapshot is not None
        told = {
            value for row in snapshot.reading.statements for each in row.means.values() for value in (each.sd, each.rwg)
        }
        assert told == {""}
        assert not any(each.divided or each.relay for row in snapshot.reading.statements for each in row.means.values())

    def test_the_page(self, world, client, spread):
        client.force_login(world.leads["company"])
        page = client.get(url(world, "own", spread))
        assert b"Divided" in page.content
        assert [each["state"] for each in page.context["shown"]] == ["own"]
        client.post(url(world, "release_own", spread), {"kind": "agreement"})
        page = client.get(url(world, "own", spread))
        assert [each["state"] for each in page.context["shown"]] == ["released"]
        client.post(page.context["shown"][0]["recall_url"])
        assert [each["state"] for each in client.get(url(world, "own", spread)).context["shown"]] == ["own"]
        client.post(url(world, "release_own", spread), {"kind": "agreement"})
        open_release(world.partnership.releases.latest("pk"), by=world.lead("ngo"))
        assert [each["state"] for each in client.get(url(world, "own", spread)).context["shown"]] == ["open"]
        client.force_login(world.leads["ngo"])
        assert "Divided within Company" in client.get(url(world, "statements", spread)).content.decode()

    def test_who_gets_in(self, world, client, spread):
        client.force_login(world.leads["broker"])
        assert client.get(url(world, "own", spread)).status_code == 403
        client.force_login(world.people["company"][3])
        assert client.get(url(world, "own", spread)).status_code == 200
        assert client.post(url(world, "release_own", spread), {"kind": "agreement"}).status_code == 403
        client.force_login(world.leads["ngo"])
        assert client.post(url(world, "release_own", spread), {"kind": "relay"}).status_code == 404

    def test_an_agreed_answer_has_no_inside(self, world, client):
        round = world.started()
        world.agreed(round, "company", 4)
        world.individually(round, "ngo", 2)
        round = open_up(world, round)
        assert not OwnFigures.objects.unguarded("test").filter(party=world.lead("company").own_party).exists()
        client.force_login(world.leads["company"])
        assert b"one agreed answer" in client.get(url(world, "own", round)).content

    def test_the_day_before_it_is_there_and_cannot_be_released(self, world, client):
        more_people(world, "company", 10)
        round = world.started()
        answering(world, "company", round, lambda at, code: (1, 3)[at % 2])
        world.individually(round, "ngo", 2)
        with clock.at(world.fresh(round).own_results_at):
            actions.sweep()
            client.force_login(world.leads["company"])
            page = client.get(url(world, "own", round))
            assert b"Divided" in page.content
            assert page.context["shown"] == []
            client.force_login(world.leads["ngo"])
            assert b"Company" not in client.get(url(world, "own", round)).content.split(b"<main")[1].split(b"</main")[0]

    def test_the_number_of_queries_does_not_grow_with_the_rounds(self, world, client):
        client.force_login(world.leads["ngo"])
        counts = []
        for n in range(3):
            with clock.at(START + timedelta(days=90 * n)):
                round = world.opened(ngo=1, company=4)
            with CaptureQueriesContext(connection) as seen:
                assert client.get(url(world, "own", round)).status_code == 200
            counts.append(len(seen))
        assert counts[1] == counts[2]


class TestRelayCheck:
    def test_head_office_beside_site(self, world, relay):
        own = mean(world, "company", relay, "company")
        assert {name: (each.text, each.n) for name, each in own.relay.items()} == {
            "head": ("2.5", 6),
            "field": ("1.4", 5),
        }
        assert own.sd == "", "never the spread of the whole beside its groups"
        assert mean(world, "ngo", relay, "company").relay == {}
        dimension = read(world, "company", relay).row("trust").means[world.lead("company").own_party.public_id]
        assert {name: each.text for name, each in dimension.relay.items()} == {"head": "2.5", "field": "1.4"}

    def test_the_page_draws_both_and_others_read_it_once_released(self, world, client, relay):
        client.force_login(world.leads["company"])
        page = client.get(url(world, "own", relay))
        assert page.context["relay"].rows
        assert "Head office 2.5" in page.content.decode()
        client.post(url(world, "release_own", relay), {"kind": "relay"})
        open_release(world.partnership.releases.latest("pk"), by=world.lead("ngo"))
        client.force_login(world.leads["ngo"])
        assert "Head office 2.5" in client.get(url(world, "statements", relay)).content.decode()

    def test_the_day_before_says_the_same_as_the_opening(self, world):
        more_people(world, "company", 11)
        place_in_offices(world, "company", field=5)
        round = world.started()
        answering(world, "company", round, lambda at, code: 1 + at % 2 if at < 5 else 3 - at % 2)
        world.individually(round, "ngo", 2)
        with clock.at(world.fresh(round).own_results_at):
            actions.sweep()
            before = mean(world, "company", world.fresh(round), "company")
            # Whoever moves somebody to another office meanwhile reads no other groups: the difference would be theirs.
            site = Seat.objects.get(membership__user=world.people["company"][0]).office
            Seat.objects.filter(membership__user=world.people["company"][10]).update(office=site)
            assert before == mean(world, "company", world.fresh(round), "company")
        assert before == mean(world, "company", open_up(world, round), "company")
        assert not Respondent.objects.unguarded("test").exclude(group="").exists()

    def test_a_small_group_is_never_in_the_database(self, world):
        """Six in head office and four at the site: no tally knows who sits where, in no copy of it."""
        more_people(world, "company", 10)
        place_in_offices(world, "company", field=4)
        round = world.started()
        answering(world, "company", round, lambda at, code: 2)
        world.individually(round, "ngo", 2)
        open_up(world, round)
        assert set(OpenAnswer.objects.values_list("group", flat=True)) == {""}
        assert not Part.objects.unguarded("test").filter(has_groups=True).exists()

    def test_where_a_group_does_not_know_the_statement_has_no_groups(self, world):
        more_people(world, "company", 11)
        place_in_offices(world, "company", field=5)
        round = world.started()
        answering(world, "company", round, lambda at, code: None if at == 0 and code == "trust.1" else 1 + at % 3)
        world.individually(round, "ngo", 2)
        round = open_up(world, round)
        rows = OpenAnswer.objects.filter(part__party=world.lead("company").own_party)
        assert set(rows.filter(statement="trust.1").values_list("group", flat=True)) == {""}
        assert set(rows.filter(statement="trust.2").values_list("group", flat=True)) == {"head", "field"}
        assert mean(world, "company", round, "company", "trust.1").relay == {}
        assert set(mean(world, "company", round, "company", "trust.2").relay) == {"head", "field"}

    def test_somebody_from_outside_belongs_where_was_said(self, world):
        round = world.started()
        part = actions.choose_individual(
            world.part(round, "ngo"),
            seats=[world.seat(user) for user in world.people["ngo"]],
            addresses=["driver@example.org"],
            by=world.lead("ngo"),
        )
        guest = part.respondents.get(email="driver@example.org")
        assert queries.group_of(guest) == ""
        guest.group = "field"
        assert queries.group_of(guest) == "field"


class TestTwins:
    def again(self, world, days, *, people):
        with clock.at(START + timedelta(days=days)):
            round = world.started()
            world.individually(round, "company", 2, people=people)
            world.individually(round, "ngo", 2)
            round = world.fresh(round)
        with clock.at(round.opening_at):
            assert actions.open_round(round)
        return world.fresh(round)

    def test_one_person_less_a_month_later_tells_nothing_of_that_side(self, world, client):
        self.again(world, 0, people=7)
        second = self.again(world, 30, people=6)
        assert mean(world, "ngo", second, "company") is None
        client.force_login(world.leads["company"])
        for name in ("round", "statements", "own"):
            assert (
                client.get(reverse(f"reviews:{name}", args=[world.partnership.public_id, second.public_id])).status_code
                == 200
            )
        assert not OwnFigures.objects.unguarded("test").filter(part__round=second, party__organisation__name="Company")
        assert mean(world, "ngo", second, "ngo").bound == "", "the same six people: nothing to work out"

    def test_the_same_people_or_later_is_as_usual(self, world):
        self.again(world, 0, people=7)
        assert mean(world, "ngo", self.again(world, 30, people=7), "company").bound == ""
        assert mean(world, "ngo", self.again(world, 120, people=6), "company").bound == ""

    def test_one_address_more_is_found_too(self, world):
        def ask(day, addresses):
            with clock.at(START + timedelta(days=day)):
                round = world.started()
                seats = [world.seat(user) for user in world.people["company"]]
                part = actions.choose_individual(
                    world.part(round, "company"), seats=seats, addresses=addresses, by=world.lead("company")
                )
                for respondent in part.respondents.all():
                    world.answer(respondent, 2)
                actions.submit_part(part, by=world.lead("company"))
                world.individually(round, "ngo", 2)
                round = world.fresh(round)
            with clock.at(round.opening_at):
                actions.open_round(round)
            return world.part(round, "company").is_twin

        assert not ask(0, ["driver@example.org"])
        assert not ask(20, ["driver@example.org"])
        assert ask(40, ["driver@example.org", "guard@example.org"])

    def test_an_own_version_asks_the_same_once_more(self, world):
        self.again(world, 0, people=7)
        world.version = instrument("own_version")
        assert mean(world, "ngo", self.again(world, 30, people=6), "company") is None

    def test_two_at_once_do_not_tell_it_the_day_before(self, world):
        """A review and the closing review, side by side: with one person less in the one, its own side reads it not."""
        rounds = []
        for kind, people in (("regular", 7), ("closing", 6)):
            round = world.started(kind=kind)
            world.individually(round, "company", 2, people=people)
            world.individually(round, "ngo", 2)
            rounds.append(world.fresh(round))
        with clock.at(rounds[0].own_results_at):
            actions.sweep()
            told = [mean(world, "company", world.fresh(round), "company") for round in rounds]
        assert [cell is not None for cell in told] == [True, False]
        assert [mean(world, "ngo", open_up(world, round), "company") is not None for round in rounds] == [True, False]

    def test_one_more_on_paper_is_found_too(self, world):
        """Whoever answers on paper is known to nobody: they may be the same people."""

        def ask(day, by_seat, on_paper):
            with clock.at(START + timedelta(days=day)):
                round = world.started()
                seats = [world.seat(user) for user in world.people["company"][:by_seat]]
                part = actions.choose_individual(
                    world.part(round, "company"), seats=seats, on_paper=on_paper, by=world.lead("company")
                )
                for respondent in part.respondents.all():
                    world.answer(respondent, 2)
                for number in range(on_paper):
                    actions.enter_for(
                        part, form=f"{day}-{number}", way="paper", noted_on=clock.today(), language="en",
                        answers=dict.fromkeys(CODES, 2), by=world.lead("company"),
                    )  # fmt: skip
                actions.submit_part(world.part(round, "company"), by=world.lead("company"))
                world.individually(round, "ngo", 2)
                round = world.fresh(round)
            with clock.at(round.opening_at):
                actions.open_round(round)
            return world.part(round, "company").is_twin

        assert not ask(0, 0, 6)
        assert not ask(20, 0, 6), "as many as before: nothing to work out"
        assert ask(40, 0, 7)
        assert ask(55, 1, 5), "who sits may be one of those who answered on paper"


class TestGroupsSoonAfter:
    """What was told of a group is not laid beside the same people with one more, or one less."""

    @pytest.fixture
    def more(self, world):
        """A round that told six of head office and five at the site; then ten more people."""
        more_people(world, "company", 11)
        place_in_offices(world, "company", field=5)
        self.ask(world, 0, range(11))
        more_people(world, "company", 21)

    def ask(self, world, days, who):
        with clock.at(START + timedelta(days=days)):
            round = world.started()
            seats = [world.seat(world.people["company"][at]) for at in who]
            part = actions.choose_individual(world.part(round, "company"), seats=seats, by=world.lead("company"))
            for respondent in part.respondents.all():
                world.answer(respondent, 2)
            actions.submit_part(part, by=world.lead("company"))
            world.individually(round, "ngo", 2)
            return open_up(world, round)

    def test_one_more_at_the_site_is_not_the_difference(self, world, more, client):
        """Head office changes, so that the whole is far from a twin: the site is as it was, and one more."""
        Seat.objects.filter(membership__user=world.people["company"][11]).update(
            office=Seat.objects.get(membership__user=world.people["company"][0]).office
        )
        Seat.objects.filter(membership__user__in=world.people["company"][12:]).update(
            office=Seat.objects.get(membership__user=world.people["company"][10]).office
        )
        who = [0, 1, 2, 3, 4, 11, *range(12, 18)]
        round = self.ask(world, 30, who)
        own = mean(world, "company", round, "company")
        assert (own.n, own.relay, own.sd) == (12, {}, ""), "nor the spread of the whole beside the groups of then"
        assert not OpenAnswer.objects.filter(part__round=round).exclude(group="").exists()
        client.force_login(world.leads["company"])
        assert "Neither how far you agree" in client.get(url(world, "own", round)).content.decode()
        assert set(mean(world, "company", self.ask(world, 100, who), "company").relay) == {"head", "field"}

    def test_nor_is_a_whole_side_one_group_of_then_and_one_more(self, world, more):
        assert mean(world, "company", self.ask(world, 30, [0, 1, 2, 3, 4, 11]), "company") is None
        assert mean(world, "company", self.ask(world, 50, [0, *range(11, 21)]), "company").n == 11
