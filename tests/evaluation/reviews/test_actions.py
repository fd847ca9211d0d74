"""A round from its plan to its opening, and all that can go wrong on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from evaluation.reviews import actions, queries, sealing
from evaluation.reviews.actions import Plan
from evaluation.reviews.gate import agreement_conditions, implementation_conditions
from evaluation.reviews.models import Comment, OpenAnswer, Part, Respondent, Round, SealedAnswer
from partnerships import clock
from partnerships.access.states import CircleKind
from partnerships.history.models import Act
from partnerships.notices.models import Notice
from partnerships.people.models import User
from partnerships.portfolio.actions import refresh_summary
from partnerships.portfolio.models import Summary
from partnerships.record.models import Partnership, Party, Seat
from partnerships.record.states import Stage
from partnerships.work.models import WorkItem

from .conftest import CODES, START

HIDDEN = 'zebrafish "in the well"'


def waiting(party, kind=None):
    rows = WorkItem.objects.filter(party=party, closed_at=None)
    return set((rows.filter(kind=kind) if kind else rows).values_list("kind", flat=True))


def codes_of(round):
    return list(round.statements)


class TestPlanning:
    def test_the_proposer_agrees_and_the_others_are_asked(self, world):
        round = world.plan()
        assert round.number == 1
        assert codes_of(round) == CODES
        assert list(round.consents.values_list("party", flat=True)) == [world.lead("ngo").own_party.pk]
        assert waiting(world.lead("company").own_party) == {"reviews.dates"}
        assert Notice.objects.filter(kind="reviews.planned", recipient=world.leads["company"]).count() == 1
        assert round.circle.kind == CircleKind.PARTNERS

    @pytest.mark.parametrize(
        ("dates", "field"),
        [
            ({"closes_at": START - timedelta(days=1)}, "closes_on"),
            ({"opens_at": START - timedelta(days=9), "closes_at": START - timedelta(days=2)}, "closes_on"),
            ({"opening_at": START + timedelta(days=14, hours=23)}, "opening_at"),
            ({"expected": CODES}, "expected"),
        ],
    )
    def test_dates_out_of_order_are_refused_next_to_their_field(self, world, dates, field):
        with pytest.raises(ValidationError) as refused:
            world.plan(**dates)
        assert field in refused.value.message_dict
        assert not Round.objects.unguarded("test").exists()

    def test_one_round_of_a_kind_at_a_time(self, world):
        world.plan()
        with pytest.raises(ValidationError, match="under way"):
            world.plan()
        world.plan(kind="pulse")

    def test_changing_the_dates_asks_everybody_again(self, world):
        round = world.plan()
        seen = round.version
        company = world.lead("company")
        later = Plan(START + timedelta(days=1), START + timedelta(days=20), START + timedelta(days=30))
        actions.change_plan(round, later, seen=seen, by=world.lead("ngo"))
        with pytest.raises(ValidationError, match="changed while you were reading"):
            actions.agree_dates(round, seen=seen, by=company)
        actions.agree_dates(round, seen=seen + 1, by=company)
        assert waiting(company.own_party) == set()

    def test_it_does_not_start_before_all_agreed(self, world):
        round = world.plan()
        with pytest.raises(ValidationError, match="Company"):
            actions.start_round(round, by=world.lead("ngo"))
        actions.sweep()
        assert world.fresh(round).state == "planned"
        actions.agree_dates(round, seen=round.version, by=world.lead("company"))
        actions.sweep()
        assert world.fresh(round).state == "open"
        with pytest.raises(ValidationError, match="started already"):
            actions.start_round(round, by=world.lead("ngo"))

    def test_only_a_planned_round_is_cancelled_by_hand(self, world):
        round = world.plan()
        actions.cancel_round(round, by=world.lead("company"))
        assert world.fresh(round).state == "cancelled"
        assert waiting(world.lead("company").own_party) == set()
        started = world.started()
        assert started.number == 2
        with pytest.raises(ValidationError, match="started"):
            actions.cancel_round(started, by=world.lead("company"))


class TestTakingPart:
    def test_few_people_give_one_agreed_answer(self, world):
        round = world.started()
        seats = [world.seat(user) for user in world.people["ngo"][:4]]
        with pytest.raises(ValidationError, match="one agreed answer"):
            actions.choose_individual(world.part(round, "ngo"), seats=seats, by=world.lead("ngo"))
        assert world.part(round, "ngo").mode == "undecided"
        part = actions.choose_agreed(world.part(round, "ngo"), by=world.lead("ngo"))
        assert part.respondents.count() == 1

    def test_somebody_named_twice_is_asked_once(self, world):
        round = world.started()
        seats = [world.seat(user) for user in world.people["ngo"][:4]]
        addresses = ["ngo0@example.org", "Driver@example.org", "driver@example.org "]
        part = actions.choose_individual(
            world.part(round, "ngo"), seats=[*seats, seats[0]], addresses=addresses, by=world.lead("ngo")
        )
        assert part.respondents.count() == 5
        assert actions.invite_more(part, addresses=["DRIVER@example.org"], by=world.lead("ngo")) == 0
        mail = Notice.objects.get(address="driver@example.org")
        assert mail.kind == "reviews.asked"
        row = part.respondents.get(email="driver@example.org")
        assert row.email_hash
        assert "driver" not in row.email_hash

    def test_mode_is_chosen_before_the_first_invitation(self, world):
        round = world.started()
        part = world.individually(round, "ngo", hand_in=False)
        with pytest.raises(ValidationError, match="before the first invitation"):
            actions.choose_agreed(part, by=world.lead("ngo"))
        actions.start_over(part, by=world.lead("ngo"))
        assert not SealedAnswer.objects.exists()
        actions.choose_agreed(part, by=world.lead("ngo"))

    def test_chosen_while_planned_the_invitations_wait_for_the_start(self, world):
        round = world.plan()
        seats = [world.seat(user) for user in world.people["company"]]
        actions.choose_individual(world.part(round, "company"), seats=seats, by=world.lead("company"))
        assert not Notice.objects.filter(kind="reviews.asked").exists()
        actions.agree_dates(round, seen=round.version, by=world.lead("company"))
        actions.start_round(round)
        assert Notice.objects.filter(kind="reviews.asked").count() == 7

    def test_nobody_of_another_side_is_asked(self, world):
        round = world.started()
        seats = [world.seat(user) for user in world.people["company"]]
        with pytest.raises(ValidationError, match="own side"):
            actions.choose_individual(world.part(round, "ngo"), seats=seats, by=world.lead("ngo"))

    def test_reminding_tells_nobody_who_is_missing_and_happens_once_a_day(self, world):
        round = world.started()
        part = world.individually(round, "ngo", hand_in=False)
        actions.withdraw_answer(part.respondents.first())
        fresh = part.respondents.exclude(state="withdrawn").first()
        Respondent.objects.filter(pk=fresh.pk).update(state="started")
        before = Notice.objects.count()
        actions.remind_part(part, by=world.lead("ngo"))
        actions.remind_part(part, by=world.lead("ngo"))
        assert Notice.objects.count() == before + 1

    def test_the_personal_item_is_seen_by_nobody_else(self, world):
        round = world.started()
        world.individually(round, "ngo", hand_in=False, people=5)
        other = User.objects.get(email="ngo5@example.org")
        items = WorkItem.objects.filter(kind="reviews.answer")
        assert items.count() == 5
        assert not items.visible_to(other).exists()
        assert not items.visible_to(world.leads["company"]).exists()


class TestAnswering:
    def respondent(self, world, round, name="ngo"):
        part = world.individually(round, name, hand_in=False)
        return part.respondents.order_by("pk").first()

    def test_it_is_saved_screen_by_screen_and_can_be_changed(self, world):
        round = world.started()
        part = actions.choose_agreed(world.part(round, "ngo"), by=world.lead("ngo"))
        respondent = part.respondents.get()
        actions.answer(respondent, screen="trust", answers={"trust.1": 2}, comments={"trust.1": "so so"})
        actions.answer(respondent, screen="power", answers={"power.1": None, "trust.1": 4})
        draft = queries.draft_of(respondent)
        assert draft.answers == {"trust.1": 2, "power.1": None}, "a screen writes its own statements only"
        with pytest.raises(ValidationError, match="4 sentences"):
            actions.finish_answer(respondent)
        actions.answer(respondent, screen="trust", answers={"trust.1": 4}, comments={"trust.1": ""})
        draft = queries.draft_of(respondent)
        assert draft.answers["trust.1"] == 4
        assert draft.comments == {}

    def test_two_hands_on_one_agreed_answer_do_not_overwrite_each_other(self, world):
        round = world.started()
        part = actions.choose_agreed(world.part(round, "ngo"), by=world.lead("ngo"))
        respondent = part.respondents.get()
        actions.answer(respondent, screen="trust", answers={"trust.1": 2}, seen=0)
        with pytest.raises(ValidationError) as stale:
            actions.answer(respondent, screen="trust", answers={"trust.1": 1}, seen=0)
        assert stale.value.code == "stale"
        actions.answer(respondent, screen="power", answers={"power.1": 1}, seen=0)
        assert queries.draft_of(respondent).answers == {"trust.1": 2, "power.1": 1}

    def test_nothing_readable_is_stored_before_the_opening(self, world):
        round = world.started(expected=["trust.1"])
        other = world.lead("company").own_party.pk
        world.individually(
            round, "ngo", 1, comments={"trust.1": HIDDEN}, guesses={"trust.1": {other: 4}}, hand_in=False
        )
        for model in (SealedAnswer, Respondent, Part, Round, WorkItem, Notice, Act):
            for row in model._default_manager.all().values():
                assert "zebrafish" not in str(row)
        assert not OpenAnswer.objects.exists()
        assert not Comment.objects.unguarded("test").exists()
        fields = {field.name for field in SealedAnswer._meta.fields}
        assert fields == {"id", "part", "respondent", "ciphertext"}, "no time and no counter"
        assert Part.objects.unguarded("test").filter(respondents_count__isnull=False).count() == 0

    def test_withdrawing_destroys_and_one_can_answer_again(self, world):
        round = world.started()
        respondent = self.respondent(world, round)
        actions.withdraw_answer(respondent)
        assert not SealedAnswer.objects.filter(respondent=respondent).exists()
        world.answer(respondent, 0)
        respondent.refresh_from_db()
        assert respondent.state == "done"

    def test_an_agreed_answer_taken_back_after_handing_in_is_no_answer(self, world, client):
        round = world.started()
        part = world.agreed(round, "company")
        actions.withdraw_answer(part.respondents.get())
        world.individually(round, "ngo")
        assert world.fresh(round).state == "frozen"
        assert not world.part(round, "company").counts
        client.force_login(world.leads["company"])
        page = client.get(reverse("reviews:round", args=[round.partnership.public_id, round.public_id]))
        assert "We took our answer back" in page.content.decode()

    def test_a_round_that_closes_while_someone_types_says_so(self, world):
        round = world.started()
        respondent = self.respondent(world, round)
        actions.submit_part(world.part(round, "ngo"), by=world.lead("ngo"))
        world.individually(round, "company")
        assert world.fresh(round).state == "frozen"
        with pytest.raises(ValidationError, match="not added") as refused:
            actions.answer(respondent, screen="trust", answers={"trust.1": 0})
        assert refused.value.code == "closed"
        with pytest.raises(ValidationError, match="closed"):
            actions.withdraw_answer(respondent)


class TestHandingIn:
    def test_not_before_enough_have_answered(self, world):
        round = world.started()
        part = world.individually(round, "ngo", hand_in=False)
        for respondent in part.respondents.all()[:2]:
            actions.withdraw_answer(respondent)
        with pytest.raises(ValidationError, match="4 people of your side"):
            actions.submit_part(part, by=world.lead("ngo"))

    def test_an_unfinished_agreed_answer_is_not_handed_in(self, world):
        round = world.started()
        with pytest.raises(ValidationError, match="Choose first"):
            actions.submit_part(world.part(round, "ngo"), by=world.lead("ngo"))
        part = actions.choose_agreed(world.part(round, "ngo"), by=world.lead("ngo"))
        with pytest.raises(ValidationError, match="not finished"):
            actions.submit_part(part, by=world.lead("ngo"))

    def test_a_second_time_is_refused_and_changes_nothing(self, world):
        round = world.started()
        part = world.agreed(round, "ngo")
        first = part.handed_in_at
        with clock.at(START + timedelta(days=1)), pytest.raises(ValidationError) as refused:
            actions.submit_part(part, by=world.lead("ngo"))
        assert refused.value.code == "twice"
        assert world.part(round, "ngo").handed_in_at == first
        assert Act.objects.filter(kind="reviews.handed_in").count() == 1

    def test_the_other_side_does_not_learn_of_it(self, world):
        round = world.started()
        world.agreed(round, "ngo")
        company = world.leads["company"]
        assert not Act.objects.visible_to(company).filter(kind="reviews.handed_in").exists()
        assert not Part.objects.visible_to(company).filter(party=world.lead("ngo").own_party).exists()
        assert not WorkItem.objects.visible_to(company).filter(kind="reviews.hand_in", party__organisation__name="Ngo")

    def test_the_last_part_freezes_the_round(self, world):
        round = world.started()
        world.agreed(round, "ngo")
        assert world.fresh(round).state == "open"
        world.agreed(round, "company")
        round = world.fresh(round)
        assert round.state == "frozen"
        assert not WorkItem.objects.filter(closed_at=None, key__startswith="review:").exists()
        assert Notice.objects.filter(kind="reviews.frozen", recipient=world.leads["broker"]).exists()

    def test_the_opening_moves_if_the_last_part_came_late(self, world):
        round = world.started()
        world.agreed(round, "ngo")
        late = round.opening_at - timedelta(hours=3)
        with clock.at(late):
            world.agreed(round, "company")
        assert world.fresh(round).opening_at == late + timedelta(hours=24)


class TestOpening:
    def test_each_partner_reads_its_own_a_day_before_and_nothing_of_the_other(self, world):
        round = world.started()
        world.individually(round, "ngo", 1)
        world.individually(round, "company", 4)
        round = world.fresh(round)
        assert not actions.give_own_results(round), "it is not time yet"
        with clock.at(round.own_results_at):
            assert actions.give_own_results(round)
            assert not actions.give_own_results(round)
            round = world.fresh(round)
            ngo = queries.results([round], world.lead("ngo"))[round.pk]
            assert {side for each in ngo.statements for side in each.cells} == {world.lead("ngo").own_party.pk}
            assert ngo.statements[0].means == {world.lead("ngo").own_party.pk: 1}
            assert round.pk not in queries.results([round], world.lead("broker"))
        assert not OpenAnswer.objects.exists(), "the day before is unsealed on the way, and never stored"

    def test_a_broker_reads_a_day_earlier_only_where_that_was_announced(self, world):
        round = world.started(broker_early=True)
        world.individually(round, "ngo", 1)
        world.individually(round, "company", 4)
        round = world.fresh(round)
        with clock.at(round.own_results_at):
            actions.give_own_results(round)
            result = queries.results([world.fresh(round)], world.lead("broker"))[round.pk]
            assert len(result.statements[0].means) == 2

    def test_all_open_in_the_same_moment_and_the_sealed_rows_go(self, world):
        round = world.opened(ngo=1, company=4, comments={"trust.1": HIDDEN})
        assert round.state == "opened"
        assert not SealedAnswer.objects.exists()
        for name in ("ngo", "company", "broker"):
            result = queries.results([round], world.lead(name))[round.pk]
            assert sorted(result.statements[0].means.values()) == [1, Fraction("3.6")], "of seven people: 3.6 or more"
        assert OpenAnswer.objects.filter(statement="trust.1").count() == 2, "tallies, not persons"
        assert {field.name for field in OpenAnswer._meta.fields} == {
            "id", "part", "statement", "about", "value", "group", "seat", "count",
        }  # fmt: skip
        assert not OpenAnswer.objects.exclude(seat=None).exists(), "a seat stands only where all of a side said yes"
        assert not Respondent.objects.exclude(email="").exists()

    def test_it_opens_once_however_often_the_sweep_runs(self, world):
        round = world.started()
        world.agreed(round, "ngo")
        world.agreed(round, "company")
        with clock.at(world.fresh(round).opening_at + timedelta(days=3)):
            actions.sweep()
            actions.sweep()
        assert world.fresh(round).state == "opened", "after an outage it opens at once"
        assert Act.objects.filter(kind="reviews.opened").count() == 1
        assert OpenAnswer.objects.filter(statement="trust.1").count() == 2
        assert Notice.objects.filter(kind="reviews.opened", recipient=world.leads["ngo"]).count() == 1

    def test_not_before_its_time(self, world):
        round = world.started()
        world.agreed(round, "ngo")
        world.agreed(round, "company")
        assert not actions.open_round(world.fresh(round))
        actions.sweep()
        assert world.fresh(round).state == "frozen"

    def test_a_lost_key_leaves_everything_as_it_was_and_says_why(self, world, settings):
        round = world.started()
        world.agreed(round, "ngo")
        world.agreed(round, "company")
        key, settings.SEAL_KEYS = settings.SEAL_KEYS, "another-key-of-enough-length-77"
        with clock.at(world.fresh(round).opening_at):
            actions.sweep()
            assert "SEAL_KEYS" in world.fresh(round).trouble
            assert SealedAnswer.objects.count() == 2
            settings.SEAL_KEYS = f"another-key-of-enough-length-77,{key}"
            actions.sweep()
        assert world.fresh(round).state == "opened"
        assert world.fresh(round).trouble == ""

    def test_one_round_that_cannot_open_does_not_stop_the_others(self, world, monkeypatch):
        rounds = [world.started(), world.started(kind="pulse")]
        for round in rounds:
            world.agreed(round, "ngo")
            world.agreed(round, "company")
        broken = SealedAnswer.objects.filter(part__round=rounds[0]).first()
        SealedAnswer.objects.filter(pk=broken.pk).update(ciphertext="gAAAAA-not-ours")
        with clock.at(world.fresh(rounds[0]).opening_at):
            actions.sweep()
        assert [world.fresh(round).state for round in rounds] == ["own_results", "opened"] or [
            world.fresh(round).state for round in rounds
        ] == ["frozen", "opened"]

    def test_too_few_answers_are_destroyed_unread(self, world):
        round = world.started()
        part = world.individually(round, "ngo")
        for respondent in part.respondents.all()[:2]:
            actions.withdraw_answer(respondent)
        world.individually(round, "company")
        assert world.part(round, "ngo").destroyed_at is not None
        assert not SealedAnswer.objects.filter(part=part).exists()
        with clock.at(world.fresh(round).opening_at):
            actions.sweep()
        result = queries.results([world.fresh(round)], world.lead("ngo"))[round.pk]
        assert len(result.statements[0].cells) == 1

    def test_comments_go_to_their_own_side_first(self, world):
        round = world.started()
        world.individually(round, "ngo", comments={"trust.1": HIDDEN})
        world.individually(round, "company")
        with clock.at(world.fresh(round).opening_at):
            actions.sweep()
        ngo, company, broker = (world.leads[name] for name in ("ngo", "company", "broker"))
        assert Comment.objects.visible_to(ngo).count() == 6
        assert not Comment.objects.visible_to(company).exists()
        assert not Comment.objects.visible_to(broker).exists()
        assert set(Comment.objects.visible_to(ngo).values_list("author", flat=True)) == {None}

    def test_its_writer_alone_withdraws_a_comment(self, world):
        round = world.opened(comments={"trust.1": HIDDEN})
        mine, other = Respondent.objects.filter(part=world.part(round, "ngo")).order_by("pk")[:2]
        (comment,) = actions.comments_by(mine)
        with pytest.raises(ValidationError, match="who wrote"):
            actions.withdraw_comment(comment, respondent=other)
        actions.withdraw_comment(comment, respondent=mine)
        comment.refresh_from_db()
        assert comment.text == ""
        assert actions.comments_by(mine) == []
        assert len(actions.comments_by(other)) == 1


class TestLate:
    def late(self, round):
        return clock.at(round.closes_at + timedelta(minutes=1))

    def test_enough_answers_count_as_handed_in(self, world):
        round = world.started()
        world.agreed(round, "company")
        world.individually(round, "ngo", hand_in=False)
        with self.late(round):
            actions.sweep()
        assert world.fresh(round).state == "frozen"
        assert world.part(round, "ngo").handed_in_by is None

    def test_extend_gives_two_weeks_three_times_then_cancels(self, world):
        round = world.started(policy="extend")
        world.agreed(round, "ngo")
        for n in (1, 2, 3):
            before = world.fresh(round)
            with self.late(before):
                actions.sweep()
                actions.sweep()
            after = world.fresh(round)
            assert (after.state, after.extensions) == ("open", n)
            assert after.closes_at == before.closes_at + timedelta(days=14)
            assert after.opening_at == before.opening_at + timedelta(days=14)
            item = WorkItem.objects.get(kind="reviews.mode", closed_at=None)
            assert item.due_on == after.closes_on
        with self.late(world.fresh(round)):
            actions.sweep()
        assert world.fresh(round).state == "cancelled"
        assert not SealedAnswer.objects.exists()

    def test_open_without_the_one_that_is_missing(self, world):
        round = world.started(policy="open_without")
        world.agreed(round, "ngo", 2)
        actions.choose_agreed(world.part(round, "company"), by=world.lead("company"))
        with self.late(round):
            actions.sweep()
        assert world.fresh(round).state == "frozen"
        with clock.at(world.fresh(round).opening_at):
            actions.sweep()
        result = queries.results([world.fresh(round)], world.lead("company"))[round.pk]
        assert list(result.statements[0].cells) == [world.lead("ngo").own_party.pk]

    def test_open_without_anybody_is_cancelled(self, world):
        round = world.started(policy="open_without")
        with self.late(round):
            actions.sweep()
        assert world.fresh(round).state == "cancelled"

    def test_cancel_destroys_everything_unread_and_tells_all(self, world):
        round = world.started(policy="cancel")
        world.agreed(round, "ngo")
        with self.late(round):
            actions.sweep()
        assert world.fresh(round).state == "cancelled"
        assert not SealedAnswer.objects.exists()
        assert Notice.objects.filter(kind="reviews.cancelled").count() == 14


class TestLeaving:
    def test_a_person_who_finished_counts_though_they_left(self, world):
        round = world.started()
        part = world.individually(round, "ngo", 2, hand_in=False)
        seat = world.seat(world.people["ngo"][5])
        Seat.objects.filter(pk=seat.pk).update(ended_on=clock.today())
        assert not Respondent.objects.all().of_user(world.people["ngo"][5]).exists()
        actions.submit_part(part, by=world.lead("ngo"))
        world.individually(round, "company")
        with clock.at(world.fresh(round).opening_at):
            actions.sweep()
        assert world.part(round, "ngo").respondents_count == 6

    def test_nobody_inherits_the_question_of_somebody_who_left(self, world):
        round = world.started()
        seats = [world.seat(user) for user in world.people["ngo"]]
        actions.choose_individual(world.part(round, "ngo"), seats=seats, by=world.lead("ngo"))
        Seat.objects.filter(pk=seats[5].pk).update(ended_on=clock.today())
        WorkItem.objects.filter(person=world.people["ngo"][5]).update(person=None)
        actions.sweep()
        assert WorkItem.objects.filter(kind="reviews.answer", closed_at=None).count() == 5

    def test_one_of_two_partners_leaves_and_the_round_ends_unread(self, world):
        round = world.started()
        world.agreed(round, "ngo")
        Party.objects.filter(pk=world.lead("company").own_party.pk).update(left_on=clock.today())
        actions.sweep()
        assert world.fresh(round).state == "cancelled"
        assert not SealedAnswer.objects.exists()

    def test_one_of_three_partners_leaves_and_the_others_go_on(self, world):
        world.join("junior", "company", "partner", 2)
        round = world.started()
        world.agreed(round, "ngo")
        world.agreed(round, "junior")
        Party.objects.filter(pk=world.lead("company").own_party.pk).update(left_on=clock.today())
        actions.sweep()
        round = world.fresh(round)
        assert round.state == "frozen", "those who stay had all handed in"
        with clock.at(round.opening_at):
            actions.sweep()
        result = queries.results([world.fresh(round)], world.lead("ngo"))[round.pk]
        assert len(result.statements[0].cells) == 2
        # Who left without handing in does not read what the others said.
        assert queries.results([world.fresh(round)], world.lead("company")) == {}
        assert not OpenAnswer.objects.visible_to(world.lead("company").user).exists()
        assert OpenAnswer.objects.visible_to(world.lead("junior").user).exists()

    def test_one_of_three_ends_alone_on_its_page_while_a_round_is_open(self, world, client):
        """What it handed in is not lost to the others; it is asked for nothing more, and what it types is refused."""
        world.join("junior", "company", "partner", 2)
        round = world.started()
        world.agreed(round, "ngo")
        world.agreed(round, "company", 4)
        part = actions.choose_agreed(world.part(round, "junior"), by=world.lead("junior"))
        writer = part.respondents.get()
        client.force_login(world.leads["junior"])
        answer = client.post(f"/p/{world.partnership.public_id}/end/", {"reason": "Our mine was sold."})
        assert answer.status_code == 302
        actions.sweep()
        actions.sweep()
        round = world.fresh(round)
        assert round.state == "frozen", "those who stay had all handed in"
        assert not WorkItem.objects.filter(closed_at=None, party=part.party).exists()
        with pytest.raises(ValidationError):
            actions.answer(writer, screen="trust", answers={"trust.1": 0})
        with clock.at(round.opening_at):
            actions.sweep()
            actions.sweep()
        result = queries.results([world.fresh(round)], world.lead("ngo"))[round.pk]
        assert sorted(result.statements[0].means.values()) == [3, 4]
        assert Act.objects.filter(kind="reviews.opened").count() == 1

    def test_one_of_two_ends_alone_on_its_page_while_a_round_is_open(self, world, client):
        round = world.started()
        world.agreed(round, "ngo")
        client.force_login(world.leads["company"])
        client.post(f"/p/{world.partnership.public_id}/end/", {"reason": "Our board said no."})
        actions.sweep()
        actions.sweep()
        assert world.fresh(round).state == "cancelled"
        assert not SealedAnswer.objects.exists(), "destroyed unread"
        told = list(Notice.objects.filter(kind="reviews.cancelled").values_list("recipient", flat=True))
        assert world.leads["ngo"].pk in told
        assert len(told) == len(set(told))

    def test_the_partnership_ends_while_a_round_is_open(self, world):
        round = world.started()
        world.agreed(round, "ngo")
        Partnership.objects.filter(pk=world.partnership.pk).update(standing="ended")
        actions.sweep()
        assert world.fresh(round).state == "cancelled"

    def test_once_frozen_it_opens_as_agreed(self, world):
        round = world.started()
        world.agreed(round, "ngo")
        world.agreed(round, "company")
        Partnership.objects.filter(pk=world.partnership.pk).update(standing="ended")
        with clock.at(world.fresh(round).opening_at):
            actions.sweep()
        assert world.fresh(round).state == "opened"


class TestAfterwards:
    def test_a_finding_waits_for_the_others_and_keeps_dissent(self, world):
        round = world.opened()
        ngo, company = world.lead("ngo"), world.lead("company")
        finding = actions.add_finding(round, text="Decisions come late", by=ngo)
        assert waiting(company.own_party, "reviews.finding") == {"reviews.finding"}
        with pytest.raises(ValidationError, match="how you see it"):
            actions.take_stance(finding, stance="dissents", by=company)
        actions.take_stance(finding, stance="dissents", dissent="They come as agreed", by=company)
        assert waiting(company.own_party, "reviews.finding") == set()
        actions.take_stance(finding, stance="agrees", by=company)
        stances = finding.stances.values_list("stance", "dissent")
        assert set(stances) == {("agrees", "")}

    def test_an_action_for_another_side_waits_for_its_yes(self, world):
        round = world.opened()
        ngo, company = world.lead("ngo"), world.lead("company")
        due = clock.today() + timedelta(days=30)
        action = actions.add_action(
            round, text="Join the weekly meeting", owner_party=company.own_party, due_on=due, by=ngo
        )
        assert waiting(company.own_party, "reviews.accept") == {"reviews.accept"}
        with pytest.raises(ValidationError, match="Only the side"):
            actions.accept_action(action, owner_seat=None, due_on=due, by=ngo)
        seat = world.seat(world.people["company"][2])
        actions.accept_action(action, owner_seat=seat, due_on=due, by=company)
        item = WorkItem.objects.get(kind="reviews.action", closed_at=None)
        assert (item.person, item.due_on, item.subject) == (seat.membership.user, due, action.text)
        actions.finish_action(action, note="It helps", by=company)
        assert not WorkItem.objects.filter(kind="reviews.action", closed_at=None).exists()

    def test_a_day_that_is_over_and_a_person_of_another_side_are_refused(self, world):
        round = world.opened()
        ngo = world.lead("ngo")
        with pytest.raises(ValidationError) as refused:
            actions.add_action(
                round, text="x", owner_party=ngo.own_party, due_on=clock.today() - timedelta(days=1), by=ngo
            )
        assert "due_on" in refused.value.message_dict
        with pytest.raises(ValidationError, match="another side"):
            actions.add_action(
                round,
                text="x",
                owner_party=ngo.own_party,
                owner_seat=world.seat(world.people["company"][0]),
                due_on=None,
                by=ngo,
            )

    def test_talking_about_a_gap_is_noted_once_and_notes_add_up(self, world):
        round = world.opened(ngo=0, company=4)
        actions.mark_talked(round, about="trust.1", note="We compared lists", by=world.lead("ngo"))
        talk = actions.mark_talked(round, about="trust.1", note="And again", by=world.lead("company"))
        assert talk.note.splitlines() == ["We compared lists", "And again"]
        assert Act.objects.filter(kind="reviews.talked").count() == 1

    def test_nothing_is_concluded_before_the_opening(self, world):
        round = world.started()
        with pytest.raises(ValidationError, match="after the opening"):
            actions.add_finding(round, text="x", by=world.lead("ngo"))

    def test_reseal_all_lets_an_old_key_go(self, world, settings):
        round = world.started()
        world.agreed(round, "ngo")
        old = settings.SEAL_KEYS
        settings.SEAL_KEYS = f"a-newer-key-of-enough-length-03,{old}"
        assert actions.reseal_all().done == 1
        settings.SEAL_KEYS = "a-newer-key-of-enough-length-03"
        assert queries.draft_of(world.part(round, "ngo").respondents.get()).answers
        assert sealing.keyed_hash("x")


class TestFlagsAndSummaries:
    def flags(self, world):
        return {each.code for each in queries.review_flags([world.partnership.pk])}

    def test_with_who_left_there_is_nothing_to_talk_about(self, world):
        world.join("third", "company", "partner", 7)
        round = world.started()
        for name, value in (("ngo", 4), ("company", 4), ("third", 0)):
            world.individually(round, name, value)
        party = world.lead("third").own_party
        party.left_on, party.left_at = clock.today(), clock.now()
        party.save()
        round = world.fresh(round)
        with clock.at(round.opening_at):
            assert actions.open_round(round)
        assert world.fresh(round).wide == []

    def test_a_wide_gap_not_talked_about_for_30_days(self, world):
        round = world.opened(ngo=0, company=4)
        assert round.wide == CODES[:5]
        with clock.at(round.opened_at + timedelta(days=30)):
            assert self.flags(world) == set()
        with clock.at(round.opened_at + timedelta(days=31)):
            assert self.flags(world) == {"undiscussed_gap"}
            assert waiting(world.lead("ngo").own_party, "reviews.talk")
            for code in round.wide:
                actions.mark_talked(round, about=code, by=world.lead("ngo"))
            assert self.flags(world) == set()
            assert not waiting(world.lead("ngo").own_party, "reviews.talk")

    def test_a_pulse_that_falls(self, world):
        for n, value in enumerate((3, 2)):
            with clock.at(START + timedelta(days=100 * n)):
                round = world.opened(ngo=value, company=4, kind="pulse")
        assert round.fell
        assert self.flags(world) == {"falling_pulse"}
        with clock.at(START + timedelta(days=300)):
            assert not world.opened(ngo=3, company=4, kind="pulse").fell
        assert self.flags(world) == set()

    def test_flags_take_two_queries_however_many(self, world, django_assert_num_queries):
        world.opened(ngo=0, company=4)
        with django_assert_num_queries(2):
            queries.review_flags([world.partnership.pk])

    def test_each_partner_gets_its_own_headline_and_a_baseline_none(self, world):
        refresh_summary(world.partnership)
        world.opened(ngo=0, company=4, kind="baseline")
        rows = {row.party_id: row for row in Summary.objects.all()}
        assert {row.headline for row in rows.values()} == {""}
        world.opened(ngo=0, company=4)
        rows = {row.party_id: row for row in Summary.objects.all()}
        ngo, company, broker = (world.lead(name).own_party.pk for name in ("ngo", "company", "broker"))
        assert (rows[ngo].headline, rows[company].headline, rows[broker].headline) == ("at_risk", "strong", "")
        assert len({row.last_review_on for row in rows.values()}) == 1

    def test_the_first_review_is_asked_for_and_done(self, world):
        Partnership.objects.filter(pk=world.partnership.pk).update(stage=Stage.IMPLEMENTATION)
        world.partnership.refresh_from_db()
        actions.keep_calendar(world.partnership)
        assert waiting(world.lead("ngo").own_party, "reviews.first")
        world.opened()
        assert not waiting(world.lead("ngo").own_party, "reviews.first")


class TestBoundary:
    def propose(self, world, name="ngo", **more):
        values = {
            "scope": "How we work together",
            "first_on": START.date() + timedelta(days=150),
            "every_months": 12,
            "until_on": START.date() + timedelta(days=2000),
            **more,
        }
        return actions.set_boundary(**values, by=world.lead(name))

    def test_it_holds_when_all_agree_and_a_change_asks_again(self, world):
        boundary = self.propose(world)
        assert {c.code: c.met for c in agreement_conditions(world.lead("ngo"))}["reviews.boundary"] is False
        actions.agree_boundary(boundary, seen=1, by=world.lead("company"))
        assert {c.code: c.met for c in agreement_conditions(world.lead("ngo"))}["reviews.boundary"] is True
        User.objects.filter(pk=world.leads["company"].pk).update(language="es")
        world.leads["company"].refresh_from_db()
        assert self.propose(world, "company", scope="Y el proyecto", seen=1).language == "es"
        with pytest.raises(ValidationError, match="changed while"):
            actions.agree_boundary(boundary, seen=1, by=world.lead("ngo"))
        assert {c.code: c.met for c in agreement_conditions(world.lead("ngo"))}["reviews.boundary"] is False
        with pytest.raises(ValidationError) as stale:
            self.propose(world, seen=1)
        assert stale.value.code == "stale"

    @pytest.mark.parametrize(
        ("more", "field"), [({"until_on": START.date()}, "until_on"), ({"every_months": 13}, "every_months")]
    )
    def test_dates_in_order(self, world, more, field):
        with pytest.raises(ValidationError) as refused:
            self.propose(world, **more)
        assert field in refused.value.message_dict

    def test_the_baseline_meets_its_condition_when_all_are_in_though_sealed(self, world):
        def met():
            return {c.code: c.met for c in agreement_conditions(world.lead("ngo"))}["reviews.baseline"]

        round = world.started(kind="baseline")
        asked = queries.instrument_of(round)
        expecting = replace(asked, baseline_intro=asked.intro)
        assert queries.ends_of(asked, round.kind) == ("not true", "fully true"), "no words of its own"
        assert queries.ends_of(expecting, round.kind) == ("not at all", "surely"), "it asks how likely it is"
        assert queries.ends_of(expecting, "regular") == ("not true", "fully true")
        world.agreed(round, "ngo")
        assert not met()
        world.agreed(round, "company")
        assert met()

    def test_a_closing_review_must_be_planned_before_concluding(self, world):
        assert not implementation_conditions(world.lead("ngo"))[0].met
        world.plan(kind="closing")
        assert implementation_conditions(world.lead("ngo"))[0].met
