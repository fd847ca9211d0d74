"""What bodies of affected people said, in reports: never further than they let it be read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from evaluation.outcomes import actions as outcomes
from evaluation.reports import actions, building, printing
from evaluation.reports.actions import renewing
from evaluation.reports.models import Report
from evaluation.reviews import actions as reviews
from lifecycle.delivery.models import Commitment
from lifecycle.scoping.actions import bodies
from partnerships import clock
from partnerships.access.actions import authored, circle_for, circle_here
from partnerships.notices import links

WORDS = "the spring is ours"


@pytest.fixture
def opened(world):
    world.join("council", "community", "rights_holder", 1)
    return world.opened()


@pytest.fixture
def now(opened):
    with clock.at(opened.opened_at + timedelta(hours=2)):
        yield


def make(world, opened, audience, by="ngo"):
    return actions.make_report(opened, audience=audience, by=world.lead(by))


def said_in(report):
    return str(Report.objects.unguarded("test").get(pk=report.pk).snapshot)


def noted(world, *readers):
    """A partner writes down what a body without a seat says, and the body approves it by mail for these readers."""
    body = bodies.name_body(by=world.lead("ngo"), name="Assembly of Kessa", address="assembly@example.org")
    note = bodies.write_note(body, about="involvement", says="yes", words=WORDS, by=world.lead("ngo"))
    token = links.token_for("scoping.note", note.pk, None)
    return bodies.approve_note(token, readers=[world.lead(name).own_party for name in readers])


@pytest.mark.usefixtures("now")
class TestAnswers:
    def test_the_partners_consent_shows_no_words_of_a_body_that_a_partner_wrote_down(self, world, opened):
        noted(world, "company", "broker")
        assert WORDS in said_in(make(world, opened, "partners"))
        assert WORDS not in said_in(make(world, opened, "all")), "the council was not chosen"

    def test_they_stand_where_the_body_chose_every_reader(self, world, opened):
        noted(world, "company", "broker", "council")
        assert WORDS in said_in(make(world, opened, "all"))

    def test_without_a_funder_here_nobody_let_a_donor_read_them(self, world, opened):
        noted(world, "company", "broker", "council")
        assert WORDS not in said_in(make(world, opened, "donor"))

    def test_with_a_funder_it_is_the_bodys_yes_that_counts(self, world, opened):
        world.join("fund", "funder", "funder", 1)
        answer = noted(world, "company", "broker")
        assert WORDS not in said_in(make(world, opened, "donor"))
        bodies.withdraw_answer(answer, by=world.lead("ngo"))
        note = bodies.write_note(answer.body, about="involvement", says="yes", words=WORDS, by=world.lead("ngo"))
        chosen = [world.lead(name).own_party for name in ("company", "broker", "fund")]
        bodies.approve_note(links.token_for("scoping.note", note.pk, None), readers=chosen)
        assert WORDS in said_in(make(world, opened, "donor"))

    def test_who_joins_after_it_was_made_is_not_shown_it(self, world, opened, client):
        noted(world, "company", "broker", "council")
        report = make(world, opened, "all")
        with clock.at(clock.now() + timedelta(days=1)):
            world.join("district", "government", "authority", 1)
            actions.agree(report, seen=report.version, by=world.lead("company"))
            assert Report.objects.visible_to(world.leads["council"]).filter(pk=report.pk).exists()
            assert not Report.objects.visible_to(world.leads["district"]).filter(pk=report.pk).exists()


@pytest.mark.usefixtures("now")
def test_who_left_agrees_to_nothing_and_its_words_go_no_further(world, opened):
    third = world.join("third", "company", "partner", 1)
    place = world.lead("third")
    Commitment.objects.create(
        **authored(place, circle_here(place, "partners")), what="Dig the channel", owner=third, due_on=clock.today()
    )
    # As the partners read it.
    assert "Dig the channel" in said_in(make(world, opened, "all"))
    third.left_on, third.left_at = clock.today(), clock.now()
    third.save()
    assert "Dig the channel" not in said_in(make(world, opened, "all"))
    assert "Dig the channel" in said_in(make(world, opened, "partners"))


@pytest.mark.usefixtures("now")
class TestOutcomes:
    def test_what_a_body_says_of_a_change_goes_no_further_than_its_readers(self, world, opened):
        council = world.lead("council").own_party
        place = world.lead("ngo")
        broker = world.lead("broker").own_party
        chosen = circle_for(place.partnership, "chosen", parties=[*place.partners, broker, council])
        values = {"what": "People meet", "for_whom": "Herders", "how_known": "Seen", "since": clock.today()}
        outcome = outcomes.record_outcome(kind="told", by=place, circle=chosen, values=values)
        outcomes.voice(outcome, stance="different", words=WORDS, seen=1, by=world.lead("council"))
        outcomes.voice(outcome, stance="different", words="Only some do", seen=1, by=world.lead("company"))
        assert WORDS in said_in(make(world, opened, "all"))
        world.join("district", "government", "authority", 1)
        wider = said_in(make(world, opened, "all"))
        assert "People meet" in wider
        assert "Only some do" in wider
        assert WORDS not in wider
        assert WORDS in said_in(make(world, opened, "partners"))

    def test_what_somebody_takes_back_or_says_anew_goes_out_of_reports(self, world, opened):
        council = world.lead("council")
        place = world.lead("ngo")
        chosen = circle_for(
            place.partnership, "chosen",
            parties=[*place.partners, world.lead("broker").own_party, council.own_party],
        )  # fmt: skip
        values = {"what": "People meet", "for_whom": "Herders", "how_known": "Seen", "since": clock.today()}
        outcome = outcomes.record_outcome(kind="told", by=place, circle=chosen, values=values)
        outcomes.voice(outcome, stance="different", words=WORDS, seen=1, by=council)
        outcomes.voice(outcome, stance="different", words="Only some do", seen=1, by=world.lead("company"))
        report = make(world, opened, "all")
        assert renewing.sweep() == 0
        # Worded anew meanwhile: what was said to the words of the report stands in it still.
        outcomes.reword_outcome(outcome, by=place, values=values | {"what": "Many meet"}, seen=1)
        outcomes.withdraw_voice(outcome, by=council)
        assert renewing.sweep() == 1
        assert WORDS not in said_in(report)
        assert "Only some do" in said_in(report)
        outcomes.voice(outcome, stance="confirmed", words="", seen=2, by=council)
        outcomes.voice(outcome, stance="different", words="Half of them", seen=2, by=world.lead("company"))
        last = building.from_json(make(world, opened, "partners").snapshot)
        (effect,) = last.content.layers.effects
        assert (effect.confirmed_by, effect.seen_by) == ([], ["Council"]), "a body's yes stands for no partner's"
        outcomes.voice(outcome, stance="different", words="Half of them", seen=2, by=world.lead("company"))
        assert renewing.sweep() == 0, "nothing new was said"
        outcomes.voice(outcome, stance="confirmed", words="", seen=2, by=world.lead("company"))
        assert renewing.sweep() == 1
        assert "Half of them" not in str(list(Report.objects.unguarded("test").values_list("snapshot", flat=True)))


@pytest.mark.usefixtures("now")
class TestReplaced:
    def test_an_answer_that_a_later_one_replaced_goes_out_of_older_reports(self, world, opened):
        answer = noted(world, "company", "broker")
        report = make(world, opened, "partners")
        later = bodies.write_note(answer.body, about="involvement", says="no", words="Not now", by=world.lead("ngo"))
        bodies.approve_note(links.token_for("scoping.note", later.pk, None), readers=[world.lead("company").own_party])
        assert renewing.sweep() == 1
        assert WORDS not in said_in(report)
        assert renewing.sweep() == 0, "once"


@pytest.mark.usefixtures("now")
class TestWhoLeft:
    def leave(self, world, name):
        party = world.lead(name).own_party
        party.left_on, party.left_at = clock.today(), clock.now()
        party.save()

    def test_nobody_agrees_in_the_place_of_who_left_before_its_yes(self, world, opened):
        world.join("third", "company", "partner", 1)
        report = make(world, opened, "all")
        with clock.at(clock.now() + timedelta(days=1)):
            self.leave(world, "third")
            with pytest.raises(ValidationError, match="Third has left"):
                actions.agree(report, seen=report.version, by=world.lead("company"))
            again = make(world, opened, "all")
            assert again.pk != report.pk
            assert actions.agree(again, seen=again.version, by=world.lead("company"))

    def test_a_yes_given_before_leaving_stands(self, world, opened):
        world.join("third", "company", "partner", 1)
        report = make(world, opened, "all")
        actions.agree(report, seen=report.version, by=world.lead("third"))
        with clock.at(clock.now() + timedelta(days=1)):
            self.leave(world, "third")
            assert actions.agree(report, seen=report.version, by=world.lead("company"))


def test_what_who_left_answered_and_said_of_a_finding_goes_no_further(world):
    third = world.join("third", "company", "partner", 1)
    round = world.started()
    world.individually(round, "ngo")
    world.individually(round, "company")
    world.agreed(round, "third", value=0)
    round = world.fresh(round)
    with clock.at(round.opening_at):
        reviews.open_round(round)
        round = world.fresh(round)
        finding = reviews.add_finding(round, text="Decisions come late", by=world.lead("ngo"))
        reviews.take_stance(finding, stance="dissents", dissent="Only yours do", by=world.lead("third"))
        before = make(world, round, "all")
        assert "Only yours do" in said_in(before)
        read = building.from_json(before.snapshot).reading
        assert read.statements[0].gap
        assert third.public_id in read.statements[0].means
        third.left_on, third.left_at = clock.today(), clock.now()
        third.save()
        wider = said_in(make(world, round, "all"))
        assert "Decisions come late" in wider
        assert "Only yours do" not in wider
        without = building.from_json(make(world, round, "all").snapshot)
        rows = (*without.reading.statements, *without.reading.dimensions)
        assert all(third.public_id not in row.means for row in rows)
        assert without.reading.statements[0].gap != read.statements[0].gap, "nothing of it is left in a gap either"
        assert third.public_id not in {head.side for head in without.reading.heads}
        assert third.public_id not in {rate.side for rate in without.content.rates}
        told = building.telling_of(without)
        (left,) = [side for side in told.sides if side.key == third.public_id]
        assert told.people_of(left) == "has left; its answers go no further"
        assert "Third" not in printing.for_whom(without, told)
        partners = make(world, round, "partners")
        assert "Only yours do" in said_in(partners)
        assert third.public_id in building.from_json(partners.snapshot).reading.statements[0].means
