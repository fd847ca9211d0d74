"""What a review begins with (last time's promises, the goals), what becomes of its actions, and a broker's own log."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from evaluation.reviews import actions, queries, reading
from evaluation.reviews.actions import findings
from evaluation.reviews.models import Action, FacilitationNote
from lifecycle.delivery import actions as delivery
from lifecycle.delivery.models import Commitment
from lifecycle.diligence import actions as diligence
from lifecycle.diligence.models import SharedPage
from lifecycle.diligence.states import LineKind, PageKind, Relation
from partnerships import clock
from partnerships.history.models import Act
from partnerships.people.models import Membership, User
from partnerships.record.models import Seat
from partnerships.work.models import WorkItem

from .conftest import START
from .test_own import url


@pytest.fixture
def promised(world):
    """A round after which the company promised three things: done, late and open."""
    round = world.opened(ngo=1, company=3)
    with clock.at(round.opening_at + timedelta(hours=1)):
        company, ngo = world.lead("company"), world.lead("ngo")
        for text, days in (("Join the meeting", 10), ("Name a stand-in", 20), ("Publish the minutes", 400)):
            action = actions.add_action(
                round, text=text, owner_party=company.own_party, due_on=clock.today() + timedelta(days=days), by=ngo
            )
            actions.accept_action(action, owner_seat=company.seat, due_on=action.due_on, by=company)
        actions.finish_action(Action.objects.unguarded("test").get(text="Join the meeting"), note="Helps", by=company)
    return round


class TestTheNextReviewBegins:
    def test_with_what_became_of_the_promises(self, world, client, promised):
        with clock.at(START + timedelta(days=200)):
            for round in (world.plan(), world.opened(ngo=1, company=3, kind="closing")):
                client.force_login(world.leads["ngo"])
                page = client.get(url(world, "round", round))
                rows = {row["deed"].text: row["deed"].state for row in page.context["promised"]}
                assert rows == {
                    "Join the meeting": "done",
                    "Name a stand-in": "late",
                    "Publish the minutes": "accepted",
                }
                assert "What you promised last time" in page.content.decode()

    def test_the_first_review_begins_with_nothing(self, world, client, promised):
        client.force_login(world.leads["ngo"])
        assert client.get(url(world, "round", promised)).context["before"] is None

    def test_only_to_whom_they_were_made(self, world, promised):
        world.join("second_company", "company", "partner", 6)
        with clock.at(START + timedelta(days=200)):
            round = world.plan()
            assert reading.before(round, world.lead("ngo")) is not None
            assert reading.before(round, world.lead("second_company")) is None, "it came later"


class TestCommitments:
    @pytest.fixture
    def signed(self, monkeypatch):
        """An agreement stands. What it says does not matter here; that there is one does."""
        monkeypatch.setattr(findings, "signed_agreement", lambda partnership: object())

    def add(self, world, round, owner="company", **more):
        party = world.lead(owner).own_party
        values = {"text": "Join the meeting", "due_on": clock.today() + timedelta(days=20), **more}
        return actions.add_action(round, owner_party=party, by=world.lead("company"), **values)

    def test_an_accepted_action_becomes_one_and_another_partner_confirms_it(self, world, signed):
        round = world.opened()
        with clock.at(round.opening_at):
            action = self.add(world, round)
            commitment = Commitment.objects.of(world.partnership).get()
            assert (commitment.what, commitment.owner_id) == (action.text, action.owner_party_id)
            open_items = WorkItem.objects.filter(closed_at=None, subject=action.text)
            assert [item.kind for item in open_items] == ["delivery.commitment"], "it waits once"
            actions.finish_action(action, note="Did it", by=world.lead("company"))
            deed = self.deed(world, round)
            assert (deed.state, deed.to_confirm) == ("done", True)
            delivery.confirm(commitment, by=world.lead("ngo"))
            assert not self.deed(world, round).to_confirm

    def deed(self, world, round):
        found = reading.read(world.fresh(round), world.lead("ngo"))
        assert found is not None
        return found.deeds[0]

    def test_what_was_delivered_there_is_done_here(self, world, signed):
        round = world.opened()
        with clock.at(round.opening_at):
            self.add(world, round)
            delivery.deliver(Commitment.objects.of(world.partnership).get(), by=world.lead("company"))
            assert self.deed(world, round).state == "done"

    def test_its_day_is_the_commitments(self, world, signed):
        round = world.opened()
        with clock.at(round.opening_at):
            action = self.add(world, round)
            with pytest.raises(ValidationError, match="commitment already"):
                actions.accept_action(action, owner_seat=None, due_on=None, by=world.lead("company"))
            Commitment.objects.of(world.partnership).update(due_on=clock.today() - timedelta(days=1))
            assert self.deed(world, round).state == "late"

    def test_a_proposal_waits_for_its_owner_first(self, world, signed):
        round = world.opened()
        with clock.at(round.opening_at):
            self.add(world, round, owner="ngo")
            assert not Commitment.objects.of(world.partnership).exists()

    def test_without_an_agreement_it_stays_an_action(self, world):
        round = world.opened()
        with clock.at(round.opening_at):
            self.add(world, round)
        assert not Commitment.objects.of(world.partnership).exists()

    def test_who_joined_since_reads_none_of_it(self, world, signed):
        round = world.opened()
        world.join("second_company", "company", "partner", 1)
        with clock.at(round.opening_at):
            self.add(world, round)
        assert not Commitment.objects.of(world.partnership).exists(), "commitments are read by all partners of today"

    def test_a_long_text_is_shortened(self):
        assert findings.shortened("Join") == "Join"
        assert len(findings.shortened("word " * 100)) <= 300


class TestTheBrokersLog:
    def test_only_its_author_reads_it(self, world, client):
        round = world.opened()
        broker = world.leads["broker"]
        colleague = User.objects.create_user("colleague@example.org", name="Colleague")
        membership = Membership.objects.create(
            user=colleague, organisation=world.lead("broker").own_party.organisation, role="administrator"
        )
        Seat.objects.create(party=world.lead("broker").own_party, membership=membership)
        client.force_login(broker)
        acts = Act.objects.count()
        assert client.post(url(world, "log", round), {"text": ""}).status_code == 200, "nothing typed: said there"
        client.post(url(world, "log", round), {"text": "zebrafish between the lines"})
        assert b"zebrafish" in client.get(url(world, "log", round)).content
        assert Act.objects.count() == acts, "that there is one is nobody's business"
        note = FacilitationNote.objects.unguarded("test").get()
        client.force_login(colleague)
        assert b"zebrafish" not in client.get(url(world, "log", round)).content
        assert client.post(url(world, "remove_note", round, note.public_id)).status_code == 404
        for name in ("ngo", "company"):
            client.force_login(world.leads[name])
            assert client.get(url(world, "log", round)).status_code == 403
            assert not FacilitationNote.objects.visible_to(world.leads[name]).exists()
        client.force_login(broker)
        client.post(url(world, "remove_note", round, note.public_id))
        assert not FacilitationNote.objects.unguarded("test").exists()

    def test_the_broker_reads_early_only_where_announced_and_only_groups(self, world, client):
        def the_day_before(**more):
            round = world.started(**more)
            world.individually(round, "ngo", 2)
            world.agreed(round, "company", 3)
            return world.fresh(round)

        for early, readable in ((False, False), (True, True)):
            round = the_day_before(broker_early=early)
            with clock.at(round.own_results_at):
                actions.sweep()
                found = reading.read(world.fresh(round), world.lead("broker"))
                assert (found is not None) == readable
                if found is not None:
                    shown = {key for row in found.statements for key in row.means}
                    assert shown == {world.lead("ngo").own_party.public_id}, "the agreed answer is of a few people"
                    assert not found.comments
                    assert not any(mean.sd or mean.relay for row in found.statements for mean in row.means.values())
                    client.force_login(world.leads["broker"])
                    assert client.get(url(world, "round", round)).status_code == 200
            with clock.at(round.opening_at):
                actions.sweep()
                found = reading.read(world.fresh(round), world.lead("broker"))
                assert found is not None
                assert len({key for row in found.statements for key in row.means}) == 2


class TestGapsNobodyTalkedAbout:
    def test_an_invitation_becomes_a_warning_after_thirty_days(self, world, client):
        round = world.opened(ngo=0, company=3)
        client.force_login(world.leads["ngo"])
        for days, silent in ((29, False), (31, True)):
            with clock.at(round.opening_at + timedelta(days=days)):
                page = client.get(url(world, "round", round))
                assert ("Not talked about yet" in page.content.decode()) == silent
                assert bool(queries.review_flags([world.partnership.pk])) == silent


class TestEdges:
    def test_nobody_knows(self, world, client):
        round = world.opened(ngo=None, company=None)
        client.force_login(world.leads["ngo"])
        for name in ("round", "statements", "own", "session"):
            page = client.get(url(world, name, round))
            assert page.status_code == 200, name
        found = reading.read(round, world.lead("ngo"))
        assert found is not None
        assert found.heads == []
        assert {key for row in found.statements for key in row.unsure}, "that they do not know is told"

    @pytest.mark.parametrize("people", [1, 2, 4])
    def test_a_side_of_few_is_destroyed_unread_and_shows_nothing(self, world, people):
        round = world.started()
        seats = [world.seat(user) for user in world.people["company"]]
        part = actions.choose_individual(world.part(round, "company"), seats=seats, by=world.lead("company"))
        for respondent in list(part.respondents.order_by("pk"))[:people]:
            world.answer(respondent, 1)
        world.individually(round, "ngo", 3)
        with pytest.raises(ValidationError):
            actions.submit_part(world.part(round, "company"), by=world.lead("company"))
        assert not world.part(round, "company").answers.exists()

    def test_somebody_on_both_sides_answers_for_each_once(self, world):
        """Each side counts its own people; nothing ties the two answers together."""
        double = world.people["ngo"][3]
        membership = Membership.objects.create(user=double, organisation=world.lead("company").own_party.organisation)
        Seat.objects.create(party=world.lead("company").own_party, membership=membership)
        round = world.started()
        for name, value in (("ngo", 2), ("company", 3)):
            seats = list(queries.people_of(world.lead(name).own_party))
            part = actions.choose_individual(world.part(round, name), seats=seats, by=world.lead(name))
            for respondent in part.respondents.all():
                world.answer(respondent, value, comments={"trust.1": f"From {name}"})
            actions.submit_part(world.part(round, name), by=world.lead(name))
        round = world.fresh(round)
        with clock.at(round.opening_at):
            actions.open_round(round)
        parts = {name: world.part(round, name) for name in ("ngo", "company")}
        assert {name: part.respondents_count for name, part in parts.items()} == {"ngo": 6, "company": 8}
        hashes = [set(part.comments.values_list("author_hash", flat=True)) for part in parts.values()]
        assert not hashes[0] & hashes[1]
        own = queries.own_respondent(world.fresh(round), double)
        assert own is not None
        assert len(actions.comments_by(own)) == 1

    def test_an_opened_round_never_goes_back(self, world, client):
        round = world.opened()
        client.force_login(world.leads["ngo"])
        for name in ("start", "cancel", "hand_in", "start_over", "invite", "part", "dates"):
            try:
                client.post(url(world, name, round), {})
            except ValidationError:
                continue
        assert world.fresh(round).state == "opened"
        for act in (
            lambda: actions.start_round(round, by=world.lead("ngo")),
            lambda: actions.cancel_round(round, by=world.lead("ngo")),
            lambda: actions.start_over(world.part(round, "ngo"), by=world.lead("ngo")),
            lambda: actions.submit_part(world.part(round, "ngo"), by=world.lead("ngo")),
        ):
            with pytest.raises(ValidationError):
                act()
        assert not actions.give_own_results(round)
        assert not actions.open_round(round)
        assert world.fresh(round).opened_at == round.opened_at

    def test_clocks_an_hour_apart_open_it_once_and_not_early(self, world):
        """Two machines sweep, one of them an hour ahead, then the other behind it."""
        round = world.started()
        world.individually(round, "ngo", 1)
        world.individually(round, "company", 3)
        opening = world.fresh(round).opening_at
        with clock.at(opening - timedelta(minutes=30)):
            actions.sweep()
            assert world.fresh(round).state == "own_results", "the one behind"
        with clock.at(opening + timedelta(minutes=30)):
            actions.sweep()
        opened = world.fresh(round)
        assert opened.state == "opened"
        with clock.at(opening - timedelta(minutes=30)):
            actions.sweep()
            assert reading.read(world.fresh(round), world.lead("ngo")) is not None
        assert world.fresh(round).opened_at == opened.opened_at
        assert Act.objects.filter(kind="reviews.opened").count() == 1

    def test_another_wording_is_not_compared(self, world):
        """A later version of the instrument: only what is asked the same way is laid beside each other."""
        world.opened(ngo=1, company=2)
        old = world.version
        changed = {**old.content, "items": [dict(item) for item in old.content["items"]]}
        for item in changed["items"]:
            if item["dimension"] == "power":
                item["code"] = item["code"] + "x"
        world.version = type(old).objects.create(
            kind="instrument", code=old.code, version=2, title=old.title, content=changed, checksum="v2",
            published_at=START,
        )  # fmt: skip
        with clock.at(START + timedelta(days=200)):
            round = world.opened(ngo=2, company=2)
            found = reading.read(round, world.lead("ngo"))
        assert found is not None
        points = {trend.dimension: trend.points[world.lead("ngo").own_party.public_id] for trend in found.trends}
        assert points["trust"] == ["1.0", "2.0"]
        assert points["power"][0] == ""

    def test_every_language_and_output_reads_the_same_figures(self, world, client):
        round = world.opened(ngo=lambda code: 1 if code.endswith("1") else 4, company=2)
        seen = {}
        for language in ("en", "fr", "es"):
            world.leads["ngo"].language = language
            world.leads["ngo"].save()
            client.force_login(world.leads["ngo"])
            page = client.get(url(world, "statements", round))
            seen[language] = [
                "".join(letter for letter in cell.text if letter.isdigit())
                for theme in page.context["themes"]
                for sentence in theme.sentences
                for _name, cell in sentence.cells
                if cell is not None
            ]
        assert seen["en"] == seen["fr"] == seen["es"]
        assert len(seen["en"]) == 12


class TestTheGoals:
    def test_are_asked_for_on_the_newest_opened_round_alone(self, world, client):
        for name in ("ngo", "company"):
            line = diligence.add_line(kind=LineKind.GOAL, text=f"Goal of {name}", by=world.lead(name))
            diligence.change_line(line, by=world.lead(name), relation=Relation.COMPATIBLE)
        page = SharedPage.objects.of(world.partnership).get(kind=PageKind.GOALS)
        for name in ("ngo", "company"):
            diligence.agree_page(page, seen=page.version, by=world.lead(name))
        old = world.opened()
        with clock.at(START + timedelta(days=200)):
            new = world.opened(kind="closing")
            planned = world.plan()
            client.force_login(world.leads["ngo"])
            asked = {
                round: "Do your goals still hold?" in client.get(url(world, "round", round)).content.decode()
                for round in (old, new, planned)
            }
        assert asked == {old: False, new: True, planned: True}
