"""What goes wrong in the field: lost links and keys, two seats, long comments, odd clocks, a single respondent."""

from __future__ import annotations

from datetime import timedelta, timezone
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from evaluation.reviews import actions, kinds, queries
from evaluation.reviews.models import Comment, Respondent, SealedAnswer
from partnerships import clock
from partnerships.notices.mails import compose
from partnerships.notices.models import Notice
from partnerships.people.models import Membership
from partnerships.record.models import Seat
from partnerships.work.models import WorkItem

from .conftest import CODES
from .test_views import screen_data, url

NEW = "a-newer-key-of-enough-length-09"
#: A thousand words in three scripts.
WORDS = " ".join(["river рукопись كتاب"] * 333)


class TestLostLink:
    def asked(self, world):
        round = world.started()
        seats = [world.seat(user) for user in world.people["ngo"]]
        part = actions.choose_individual(
            world.part(round, "ngo"), seats=seats, addresses=["driver@example.org"], by=world.lead("ngo")
        )
        return round, part, part.respondents.get(email="driver@example.org")

    def test_a_new_link_goes_out_voids_the_old_and_keeps_what_was_answered(self, world, client):
        round, part, respondent = self.asked(world)
        old = kinds.link_to_answer(respondent)
        client.post(f"{old}trust/", screen_data(round, "trust", "1"))
        fresh = actions.renew_link(part, respondent, by=world.lead("ngo"))
        new = kinds.link_to_answer(fresh)
        mails = Notice.objects.filter(address="driver@example.org").order_by("pk")
        assert [new in compose([mail]).body for mail in mails][-1]
        gone = client.get(old)
        assert gone.status_code == 410
        assert "newer link" in gone.content.decode()
        assert client.post(f"{old}trust/", screen_data(round, "trust", "4")).status_code == 410
        assert client.get(f"{new}trust/").status_code == 200
        assert queries.draft_of(fresh).answers == {"trust.1": 1, "trust.2": 1}

    def test_who_has_answered_gets_one_too_and_nobody_learns_of_it(self, world, client):
        round, _part, respondent = self.asked(world)
        world.answer(respondent)
        client.force_login(world.leads["ngo"])
        page = client.get(url(world, "renew_link", round)).content.decode()
        assert "driver@example.org" in page
        assert "Answered" not in page
        done = client.post(url(world, "renew_link", round), {"who": respondent.public_id}, follow=True)
        assert "old one opens nothing" in done.content.decode()
        respondent.refresh_from_db()
        assert (respondent.counter, respondent.state) == (1, "done")

    def test_a_seat_that_has_answered_is_not_asked_again_on_the_work_list(self, world):
        _round, part, _driver = self.asked(world)
        respondent = part.respondents.filter(seat__isnull=False).first()
        world.answer(respondent)
        actions.renew_link(part, respondent, by=world.lead("ngo"))
        mine = WorkItem.objects.filter(kind="reviews.answer", person=respondent.seat.membership.user, closed_at=None)
        assert not mine.exists()

    def test_only_a_lead_of_the_own_side_sends_one(self, world, client):
        round, _part, _driver = self.asked(world)
        for user, status in ((world.people["ngo"][3], 403), (world.leads["broker"], 403)):
            client.force_login(user)
            assert client.get(url(world, "renew_link", round)).status_code == status

    def test_not_after_the_freeze(self, world):
        round, part, respondent = self.asked(world)
        for row in part.respondents.all():
            world.answer(row)
        actions.submit_part(part, by=world.lead("ngo"))
        world.agreed(round, "company")
        with pytest.raises(ValidationError, match="Nobody can answer now"):
            actions.renew_link(part, respondent, by=world.lead("ngo"))


class TestKeys:
    def test_a_lost_key_is_said_to_the_respondent_who_can_answer_again(self, world, client, settings):
        round = world.started()
        world.individually(round, "ngo", hand_in=False)
        settings.SEAL_KEYS = NEW
        client.force_login(world.people["ngo"][2])
        for name, args in (("answer_start", ()), ("answer_check", ()), ("answer", ("trust",))):
            page = client.get(url(world, name, round, *args))
            assert page.status_code == 503
            assert "key that it was sealed with is missing" in page.content.decode()
        path = url(world, "answer", round, "trust")
        assert client.post(path, screen_data(round, "trust"), headers={"X-Autosave": "1"}).status_code == 503
        client.post(url(world, "answer_withdraw", round))
        assert client.post(path, screen_data(round, "trust")).status_code == 302
        assert client.get(path).status_code == 200

    def test_it_is_known_a_day_before_the_opening_and_the_page_says_so(self, world, client, settings):
        round = world.started()
        world.agreed(round, "ngo")
        world.agreed(round, "company")
        keys, settings.SEAL_KEYS = settings.SEAL_KEYS, NEW
        with clock.at(world.fresh(round).own_results_at):
            actions.sweep()
            assert (world.fresh(round).state, "SEAL_KEYS" in world.fresh(round).trouble) == ("frozen", True)
            client.force_login(world.leads["ngo"])
            page = client.get(url(world, "round", round)).content.decode()
            assert "Nothing is lost" in page
            settings.SEAL_KEYS = f"{NEW},{keys}"
            actions.sweep()
            assert world.fresh(round).state == "own_results"
            settings.SEAL_KEYS = NEW
            page = client.get(url(world, "round", round))
            assert page.status_code == 200
            assert "Nothing is lost" in page.content.decode()

    def test_one_lost_key_does_not_hold_up_the_change_of_the_others(self, world, settings):
        keys = settings.SEAL_KEYS
        lost, kept = world.started(), world.started(kind="pulse")
        settings.SEAL_KEYS = "a-key-that-will-be-lost-for-good"
        world.agreed(lost, "ngo")
        settings.SEAL_KEYS = keys
        world.agreed(kept, "ngo")
        settings.SEAL_KEYS = f"{NEW},{keys}"
        before = SealedAnswer.objects.get(part__round=lost).ciphertext
        with pytest.raises(CommandError, match=f"1 in round {lost.public_id}"):
            call_command("reseal_answers", "--check")
        with pytest.raises(CommandError, match="Do not take any key away yet"):
            call_command("reseal_answers", stdout=StringIO())
        assert SealedAnswer.objects.get(part__round=lost).ciphertext == before
        settings.SEAL_KEYS = NEW
        assert queries.draft_of(world.part(kept, "ngo").respondents.get()).answers
        with pytest.raises(CommandError, match="no need"):
            call_command("reseal_answers", "--give-up", kept.public_id)
        said = StringIO()
        call_command("reseal_answers", "--give-up", lost.public_id, stdout=said)
        assert "1 answers were unreadable" in said.getvalue()
        assert (world.fresh(lost).state, world.fresh(kept).state) == ("cancelled", "open")
        assert Notice.objects.filter(kind="reviews.cancelled", recipient=world.leads["company"]).exists()

    def test_after_a_change_of_keys_writers_and_addresses_are_still_known(self, world, settings):
        round = world.opened(comments={"trust.1": "mine"})
        asked = world.started(kind="pulse")
        seats = [world.seat(user) for user in world.people["ngo"]]
        part = actions.choose_individual(
            world.part(asked, "ngo"), seats=seats, addresses=["driver@example.org"], by=world.lead("ngo")
        )
        settings.SEAL_KEYS = f"{NEW},{settings.SEAL_KEYS}"
        said = StringIO()
        call_command("reseal_answers", stdout=said)
        assert "can be taken out" in said.getvalue()
        settings.SEAL_KEYS = NEW
        call_command("reseal_answers", "--check", stdout=said)
        writer = Respondent.objects.filter(part=world.part(round, "ngo")).first()
        (comment,) = actions.comments_by(writer)
        actions.withdraw_comment(comment, respondent=writer)
        assert actions.invite_more(part, addresses=["driver@example.org"], by=world.lead("ngo")) == 0


class TestTwoSeats:
    def test_the_same_person_on_both_sides_answers_for_each_and_the_two_never_mix(self, world, client):
        both = world.people["ngo"][1]
        company = world.lead("company").own_party
        membership = Membership.objects.create(user=both, organisation=company.organisation)
        Seat.objects.create(party=company, membership=membership, duty="member")
        round = world.started()
        seat = {
            name: Seat.objects.get(membership__user=both, party=world.lead(name).own_party)
            for name in ("ngo", "company")
        }
        for name in ("ngo", "company"):
            others = [world.seat(user) for user in world.people[name] if user != both]
            actions.choose_individual(world.part(round, name), seats=[seat[name], *others], by=world.lead(name))
        here = {name: world.part(round, name).respondents.get(seat=seat[name]) for name in ("ngo", "company")}
        paths = {item.party_id: item.path for item in WorkItem.objects.filter(kind="reviews.answer", person=both)}
        assert len(set(paths.values())) == 2, "each question leads to its own answer"
        client.force_login(both)
        assert client.get(url(world, "answer", round, "trust")).status_code == 200
        client.post(url(world, "answer", round, "trust"), screen_data(round, "trust", "0"))
        assert queries.draft_of(here["ngo"]).answers == {"trust.1": 0, "trust.2": 0}
        assert queries.draft_of(here["company"]).answers == {}
        other = client.get(paths[company.pk])
        assert other.status_code == 302
        assert other.url.startswith("/answer/")
        client.post(f"{other.url}trust/", screen_data(round, "trust", "4"))
        assert queries.draft_of(here["company"]).answers == {"trust.1": 4, "trust.2": 4}
        assert queries.draft_of(here["ngo"]).answers["trust.1"] == 0


class TestWords:
    def test_a_thousand_words_in_three_scripts_arrive_whole_and_harmless(self, world, client):
        long = f"<b>bold</b> & 🌾 {WORDS}"
        assert len(long.split()) > 1000
        round = world.started()
        part = world.individually(round, "ngo", hand_in=False)
        client.force_login(world.people["ngo"][2])
        path = url(world, "answer", round, "trust")
        cut = "&lt;b&gt;bold&lt;/b&gt; &amp; 🌾"
        assert client.post(path, screen_data(round, "trust", **{"c-trust.1": long})).status_code == 302
        page = client.get(url(world, "answer_check", round)).content.decode()
        assert cut in page
        assert "<b>bold</b>" not in page
        too_long = client.post(path, screen_data(round, "trust", **{"c-trust.1": "كتاب " * 2100}))
        assert too_long.status_code == 422, "too long is said, and never cut in silence"
        actions.submit_part(part, by=world.lead("ngo"))
        world.agreed(round, "company")
        with clock.at(world.fresh(round).opening_at):
            actions.sweep()
            assert Comment.objects.unguarded("test").get().text == long.strip()
            client.force_login(world.leads["ngo"])
            page = client.get(url(world, "comments", round)).content.decode()
        assert cut in page
        assert "<b>bold</b>" not in page


class TestDisguise:
    def start(self, world):
        round = world.started()
        seats = [world.seat(user) for user in world.people["ngo"]]
        actions.choose_individual(world.part(round, "ngo"), seats=seats, by=world.lead("ngo"))
        respondent = queries.own_respondent(round, world.people["ngo"][2])
        world.answer(respondent, comments={"trust.1": "As I always say, wowzers", "power.1": "fine"}, finish=False)
        return round, respondent

    def test_all_own_comments_stand_together_and_are_changed_before_they_are_sealed(self, world, client):
        round, respondent = self.start(world)
        client.force_login(world.people["ngo"][2])
        page = client.get(url(world, "answer_check", round)).content.decode()
        assert "style gives away" in page
        assert page.index("wowzers") < page.index("fine")
        client.post(
            url(world, "answer_check", round),
            {"act": "finish", "c-trust.1": "It works well", "c-power.1": "", "c-purpose.1": "smuggled in"},
        )
        assert queries.draft_of(respondent).comments == {"trust.1": "It works well"}
        respondent.refresh_from_db()
        assert respondent.state == "done"
        assert len(queries.draft_of(respondent).answers) == len(CODES), "the answers stay as they were"

    def test_saving_them_alone_does_not_finish(self, world, client):
        round, respondent = self.start(world)
        client.force_login(world.people["ngo"][2])
        client.post(url(world, "answer_check", round), {"act": "comments", "c-trust.1": "plain", "c-power.1": "fine"})
        respondent.refresh_from_db()
        assert (respondent.state, queries.draft_of(respondent).comments["trust.1"]) == ("started", "plain")

    def test_in_an_agreed_answer_a_colleagues_text_is_not_overwritten(self, world, client):
        round = world.started()
        actions.choose_agreed(world.part(round, "ngo"), by=world.lead("ngo"))
        respondent = world.part(round, "ngo").respondents.get()
        world.answer(respondent, comments={"trust.1": "ours"}, finish=False)
        client.force_login(world.people["ngo"][1])
        seen = client.get(url(world, "answer_check", round)).context["form"]["seen"].value()
        actions.answer(respondent, screen="trust", answers={}, comments={"trust.1": "theirs by now"})
        page = client.post(
            url(world, "answer_check", round), {"act": "finish", "seen": seen, "c-trust.1": "typed here"}
        )
        assert page.status_code == 409
        assert "typed here" in page.content.decode()
        assert "theirs by now" in page.content.decode()
        respondent.refresh_from_db()
        assert respondent.state == "started"

    def test_the_opening_keeps_no_order_of_respondents(self, world):
        orders = set()
        for kind in ("regular", "pulse", "closing", "baseline"):
            round = world.started(kind=kind)
            part = actions.choose_individual(
                world.part(round, "ngo"), seats=[world.seat(u) for u in world.people["ngo"]], by=world.lead("ngo")
            )
            for n, row in enumerate(part.respondents.order_by("pk")):
                world.answer(row, comments={"trust.1": f"comment {n}"})
            actions.submit_part(part, by=world.lead("ngo"))
            world.agreed(round, "company")
            with clock.at(world.fresh(round).opening_at):
                actions.sweep()
            texts = Comment.objects.unguarded("test").filter(part=part).order_by("pk").values_list("text", flat=True)
            assert sorted(texts) == [f"comment {n}" for n in range(6)]
            orders.add(tuple(texts))
        # Four times the same by chance: once in 373 million.
        assert len(orders) > 1


class TestClocks:
    def test_an_hour_apart_only_the_servers_clock_decides(self, world, client):
        """A browser an hour behind sends after the freeze; one in another zone sends before it, at a later hour."""
        round = world.started(policy="open_without")
        world.individually(round, "ngo", hand_in=False)
        part = actions.choose_agreed(world.part(round, "company"), by=world.lead("company"))
        world.answer(part.respondents.get())
        actions.submit_part(part, by=world.lead("company"))
        client.force_login(world.people["ngo"][2])
        path = url(world, "answer", round, "trust")
        ahead = timezone(timedelta(hours=1))
        with clock.at((round.closes_at - timedelta(minutes=1)).astimezone(ahead)):
            actions.sweep()
            assert world.fresh(round).state == "open"
            assert client.post(path, screen_data(round, "trust", "1")).status_code == 302
        with clock.at((round.closes_at + timedelta(seconds=1)).astimezone(timezone(timedelta(hours=-1)))):
            actions.sweep()
            assert world.fresh(round).state == "frozen"
            late = client.post(
                path, screen_data(round, "trust", "4"), headers={"Date": "Mon, 02 Nov 2026 08:00:00 GMT"}
            )
            assert late.status_code == 409
            respondent = queries.own_respondent(round, world.people["ngo"][2])
            assert queries.draft_of(respondent).answers["trust.1"] == 1


class TestFew:
    def test_a_single_respondent_is_never_shown_alone(self, world):
        round = world.started(policy="open_without")
        seats = [world.seat(user) for user in world.people["ngo"][:5]]
        part = actions.choose_individual(world.part(round, "ngo"), seats=seats, by=world.lead("ngo"))
        world.answer(part.respondents.first(), 0)
        world.agreed(round, "company", 3)
        with pytest.raises(ValidationError, match="1 person of your side"):
            actions.submit_part(part, by=world.lead("ngo"))
        with clock.at(round.closes_at):
            actions.sweep()
        assert world.part(round, "ngo").destroyed_at is not None
        assert not SealedAnswer.objects.filter(part=part).exists()

    def test_all_dont_know_is_handed_in_opened_and_shown_as_nothing(self, world, client):
        round = world.opened(ngo=None, company=None)
        result = queries.results([round], world.lead("ngo"))[round.pk]
        assert all(not row.means for row in result.statements)
        client.force_login(world.leads["ngo"])
        for name in ("round", "statements"):
            assert client.get(url(world, name, round)).status_code == 200
