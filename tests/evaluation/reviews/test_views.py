"""The pages of reviews: who gets in, what they do, and what nobody sees."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.reviews import actions, kinds, queries
from evaluation.reviews.models import Action, Boundary, Comment, Finding, Respondent, Round
from evaluation.reviews.states import LatePolicy
from lifecycle.communication import actions as communication
from partnerships import clock
from partnerships.access.actions import open_release, recall
from partnerships.notices.mails import compose
from partnerships.notices.models import Notice
from partnerships.people.models import User
from partnerships.work.models import WorkItem

from .conftest import START

HIDDEN = "zebrafish in the well"


def url(world, name, round=None, *args):
    parts = [world.partnership.public_id, *([round.public_id] if round is not None else []), *args]
    return reverse(f"reviews:{name}", args=parts)


@pytest.fixture
def outsider(db):
    return User.objects.create_user("outsider@example.org", name="Outsider")


def screen_data(round, screen, value="3", **more):
    items = queries.screens(round)[screen]
    return {f"s-{item.code}": value for item in items} | {"version": "", **more}


class TestPlan:
    def post(self, **more):
        day = clock.today()
        return {
            "kind": "regular",
            "in_full": "",
            "opens_on": (day + timedelta(days=1)).isoformat(),
            "closes_on": (day + timedelta(days=15)).isoformat(),
            "opening_at": f"{(day + timedelta(days=18)).isoformat()}T10:00",
            "policy": "extend",
            **more,
        }

    def test_the_form_starts_from_usual_dates_and_proposes(self, world, client):
        client.force_login(world.leads["ngo"])
        page = client.get(url(world, "plan"))
        assert page.status_code == 200
        assert "baseline" in page.context["form"].initial["kind"]
        answer = client.post(url(world, "plan"), self.post())
        round = Round.objects.unguarded("test").get()
        assert answer.url == url(world, "round", round)
        assert len(round.statements) == 15, "the shipped instrument's core"
        assert client.get(answer.url).status_code == 200

    def test_in_full_and_a_pulse(self, world, client):
        client.force_login(world.leads["ngo"])
        client.post(url(world, "plan"), self.post(in_full="1"))
        client.post(url(world, "plan"), self.post(kind="pulse"))
        sizes = {round.kind: len(round.statements) for round in Round.objects.unguarded("test")}
        assert sizes == {"regular": 35, "pulse": 5}

    def test_wrong_dates_keep_what_was_typed(self, world, client):
        client.force_login(world.leads["ngo"])
        page = client.post(url(world, "plan"), self.post(closes_on=clock.today().isoformat(), policy="cancel"))
        assert page.status_code == 200
        assert "closes_on" in page.context["form"].errors
        assert page.context["form"]["policy"].value() == "cancel"

    def test_opening_is_typed_on_the_planners_clock(self, world, client):
        world.leads["ngo"].time_zone = "Africa/Dar_es_Salaam"
        world.leads["ngo"].save()
        client.force_login(world.leads["ngo"])
        client.post(url(world, "plan"), self.post())
        round = Round.objects.unguarded("test").get()
        assert round.opening_at.hour == 7
        assert round.opening_local.hour == 10
        assert round.closes_on == clock.today() + timedelta(days=15)
        # Whoever reads it elsewhere sees the same clock, and whose it is: all come at one moment.
        world.leads["company"].time_zone = "America/Toronto"
        world.leads["company"].save()
        for name in ("ngo", "company"):
            client.force_login(world.leads[name])
            html = client.get(url(world, "round", round)).content.decode()
            assert html.count("10:00 (Africa/Dar_es_Salaam)") == 2, "own results, and the opening"
            assert "07:00" not in html
            assert "02:00" not in html

    def test_two_who_change_the_dates_at_once_see_each_other(self, world, client):
        round = world.plan()
        asked = url(world, "dates", round)
        client.force_login(world.leads["ngo"])
        seen = client.get(asked).context["form"]["version"].value()
        client.post(asked, self.post(policy="cancel", version=seen))
        client.force_login(world.leads["company"])
        page = client.post(asked, self.post(policy="open_without", version=seen))
        text = page.content.decode()
        assert "Somebody changed this in between" in text
        labels = dict(LatePolicy.choices)
        (both,) = [each for each in page.context["newer"]["fields"] if each["yours"] == str(labels["open_without"])]
        assert both["theirs"] == str(labels["cancel"])
        assert world.fresh(round).policy == "cancel"
        client.post(asked, self.post(policy="open_without", version=page.context["form"]["version"].value()))
        assert world.fresh(round).policy == "open_without", "sent once more, it counts"

    def test_agreeing_and_starting_are_posts(self, world, client):
        round = world.plan()
        client.force_login(world.leads["company"])
        assert client.get(url(world, "agree", round)).status_code == 405
        page = client.get(url(world, "round", round))
        assert page.context["may_agree"]
        client.post(url(world, "agree", round), {"version": round.version})
        client.post(url(world, "start", round))
        assert world.fresh(round).state == "open"

    def test_a_member_cannot_plan_nor_agree(self, world, client):
        round = world.plan()
        client.force_login(world.people["company"][3])
        assert client.get(url(world, "plan")).status_code == 403
        assert client.post(url(world, "agree", round), {"version": 1}).status_code == 403
        assert client.get(url(world, "round", round)).status_code == 200

    def test_the_boundary_is_agreed_by_all(self, world, client):
        client.force_login(world.leads["ngo"])
        assert client.get(url(world, "boundary")).status_code == 200
        data = {
            "scope": "How we work together",
            "first_on": "2027-04-01",
            "every_months": "12",
            "until_on": "2031-11-01",
        }
        client.post(url(world, "change_boundary"), data)
        client.force_login(world.leads["company"])
        page = client.get(url(world, "boundary"))
        assert page.context["may_agree"]
        client.post(url(world, "boundary"), {"version": page.context["boundary"].version})
        assert not client.get(url(world, "boundary")).context["may_agree"]

    def test_two_first_proposals_of_the_boundary_meet(self, world, client):
        """The second to propose reads the first one's words beside their own, and can save then."""
        data = {"first_on": "2027-04-01", "every_months": "12", "until_on": "2031-11-01"}
        path = url(world, "change_boundary")
        client.force_login(world.leads["company"])
        data["version"] = client.get(path).context["form"]["version"].value()
        client.force_login(world.leads["ngo"])
        client.post(path, {**data, "scope": "How we work together"})
        client.force_login(world.leads["company"])
        stale = client.post(path, {**data, "scope": "And the project"})
        page = stale.content.decode()
        assert "How we work together" in page
        assert "And the project" in page
        assert [f["theirs"] for f in stale.context["newer"]["fields"]] == ["How we work together"]
        assert stale.context["newer"]["by"]
        assert Boundary.objects.of(world.partnership).get().scope == "How we work together"
        client.post(path, {**data, "scope": "Both", "version": stale.context["form"]["version"].value()})
        assert Boundary.objects.of(world.partnership).get().scope == "Both"


class TestOutside:
    def test_an_outsider_finds_nothing(self, world, client, outsider):
        round = world.opened()
        client.force_login(outsider)
        for name in ("list", "plan", "boundary"):
            assert client.get(url(world, name)).status_code == 404
        for name in ("round", "dates", "part", "hand_in", "statements", "comments", "answer_start", "my_comments"):
            assert client.get(url(world, name, round)).status_code == 404

    def test_a_party_outside_the_circle_finds_no_round(self, world, client):
        world.join("community", "community", "rights_holder", 1)
        round = world.opened()
        client.force_login(world.leads["community"])
        assert client.get(url(world, "list")).status_code == 200
        assert client.get(url(world, "round", round)).status_code == 404
        assert client.get(url(world, "statements", round)).status_code == 404

    def test_signed_out_one_is_asked_to_sign_in(self, world, client):
        assert client.get(url(world, "list")).status_code == 302


class TestPart:
    def test_choosing_inviting_and_handing_in(self, world, client):
        round = world.started()
        client.force_login(world.leads["ngo"])
        page = client.get(url(world, "part", round))
        assert page.context["form"]["mode"].value() == "individual"
        seats = [str(world.seat(user).pk) for user in world.people["ngo"][:5]]
        client.post(url(world, "part", round), {"mode": "individual", "seats": seats, "addresses": ""})
        assert world.part(round, "ngo").respondents.count() == 5
        client.post(url(world, "invite", round), {"addresses": "driver@example.org"})
        assert world.part(round, "ngo").respondents.count() == 6
        page = client.get(url(world, "round", round))
        assert b"0 of 6" in page.content
        for respondent in world.part(round, "ngo").respondents.all():
            world.answer(respondent)
        page = client.get(url(world, "round", round))
        assert b"6 of 6" in page.content
        assert client.get(url(world, "hand_in", round)).status_code == 200
        client.post(url(world, "hand_in", round))
        client.post(url(world, "hand_in", round))
        assert world.part(round, "ngo").is_in

    def test_too_few_are_told_why(self, world, client):
        round = world.started()
        client.force_login(world.leads["ngo"])
        page = client.post(
            url(world, "part", round), {"mode": "individual", "seats": [], "addresses": "a@example.org\nno address"}
        )
        assert "addresses" in page.context["form"].errors
        page = client.post(url(world, "part", round), {"mode": "individual", "seats": [], "addresses": "a@example.org"})
        assert "one agreed answer" in page.content.decode()

    def test_the_other_side_sees_a_lock_and_no_number(self, world, client):
        round = world.started()
        world.individually(round, "ngo")
        client.force_login(world.leads["company"])
        page = client.get(url(world, "round", round)).content.decode()
        assert "Sealed until all are in" in page
        assert "Handed in" not in page
        assert "of 6" not in page
        client.force_login(world.leads["broker"])
        page = client.get(url(world, "round", round)).content.decode()
        assert "of 6" not in page
        assert "Handed in" not in page

    def test_only_a_lead_manages_the_part(self, world, client):
        round = world.started()
        client.force_login(world.people["ngo"][3])
        for name in ("part", "invite", "hand_in", "start_over"):
            assert client.get(url(world, name, round)).status_code == 403
        assert client.post(url(world, "remind", round)).status_code == 403
        client.force_login(world.leads["broker"])
        assert client.get(url(world, "part", round)).status_code == 403

    def test_starting_over_asks_first(self, world, client):
        round = world.started()
        world.agreed(round, "ngo", hand_in=False)
        client.force_login(world.leads["ngo"])
        assert b"destroyed, unread" in client.get(url(world, "start_over", round)).content
        client.post(url(world, "start_over", round))
        assert world.part(round, "ngo").mode == "undecided"


class TestAnswering:
    def asked(self, world, name="ngo"):
        round = world.started()
        seats = [world.seat(user) for user in world.people[name]]
        actions.choose_individual(world.part(round, name), seats=seats, by=world.lead(name))
        return world.fresh(round)

    def test_screen_by_screen_to_the_end(self, world, client):
        round = self.asked(world)
        user = world.people["ngo"][2]
        client.force_login(user)
        step = client.get(url(world, "answer_start", round)).url
        assert step == url(world, "answer", round, "purpose")
        for screen in ("purpose", "trust", "power"):
            page = client.get(step)
            assert page.status_code == 200
            assert "cg-scale" in page.content.decode()
            step = client.post(url(world, "answer", round, screen), screen_data(round, screen)).url
        assert step.startswith(url(world, "answer_check", round))
        page = client.get(step)
        assert page.context["missing"] == 0
        client.post(url(world, "answer_check", round))
        respondent = queries.own_respondent(round, user)
        assert respondent is not None
        assert respondent.state == "done"
        assert b"Your answer is sealed" in client.get(url(world, "answer_check", round)).content

    def test_autosave_keeps_unfinished_screens(self, world, client):
        round = self.asked(world)
        client.force_login(world.people["ngo"][2])
        path = url(world, "answer", round, "trust")
        answer = client.post(path, {"s-trust.1": "dk", "c-trust.1": HIDDEN}, headers={"X-Autosave": "1"})
        assert (answer.status_code, answer["X-Version"]) == (204, "1")
        page = client.get(path).content.decode()
        assert HIDDEN in page, "its writer finds it again"
        assert 'value="dk"' in page
        respondent = queries.own_respondent(round, world.people["ngo"][2])
        assert respondent is not None
        assert queries.draft_of(respondent).answers == {"trust.1": None}

    def test_a_wrong_value_is_refused_and_kept_apart(self, world, client):
        round = self.asked(world)
        client.force_login(world.people["ngo"][2])
        path = url(world, "answer", round, "trust")
        page = client.post(path, {"s-trust.1": "7", "c-trust.2": "typed"})
        assert page.status_code == 422
        assert b"typed" in page.content

    def test_nobody_else_opens_it(self, world, client):
        round = self.asked(world)
        client.force_login(world.leads["company"])
        assert client.get(url(world, "answer", round, "trust")).status_code == 404
        client.force_login(world.leads["broker"])
        assert client.get(url(world, "answer_check", round)).status_code == 404

    def test_a_round_that_closes_while_someone_types_keeps_the_text_on_the_page(self, world, client):
        round = world.started()
        world.individually(round, "ngo")
        client.force_login(world.people["ngo"][2])
        path = url(world, "answer", round, "trust")
        assert client.get(path).status_code == 200
        world.agreed(round, "company")
        page = client.post(path, screen_data(round, "trust", **{"c-trust.1": HIDDEN}))
        assert page.status_code == 409
        assert HIDDEN in page.content.decode()
        assert "was not added" in page.content.decode()
        answer = client.post(path, screen_data(round, "trust"), headers={"X-Autosave": "1"})
        assert answer.status_code == 410

    def test_an_agreed_answer_shows_what_a_colleague_saved_in_between(self, world, client):
        round = world.started()
        actions.choose_agreed(world.part(round, "ngo"), by=world.lead("ngo"))
        client.force_login(world.people["ngo"][1])
        path = url(world, "answer", round, "trust")
        client.post(path, screen_data(round, "trust", "1", version="0"))
        client.force_login(world.people["ngo"][2])
        page = client.post(path, screen_data(round, "trust", "4", version="0"))
        assert page.status_code == 409
        assert [(row["theirs"], row["yours"]) for row in page.context["stale"]] == [("1", "4"), ("1", "4")]

    def test_withdrawing_asks_first(self, world, client):
        round = world.started()
        world.individually(round, "ngo", hand_in=False)
        client.force_login(world.people["ngo"][2])
        assert b"destroyed, unread" in client.get(url(world, "answer_withdraw", round)).content
        client.post(url(world, "answer_withdraw", round))
        respondent = queries.own_respondent(round, world.people["ngo"][2])
        assert respondent is not None
        assert respondent.state == "withdrawn"

    def test_a_guess_about_the_others(self, world, client):
        round = world.started(expected=["trust.1"])
        actions.choose_agreed(world.part(round, "ngo"), by=world.lead("ngo"))
        client.force_login(world.leads["ngo"])
        company = world.lead("company").own_party
        path = url(world, "answer", round, "trust")
        assert b"What will most people at Company answer?" in client.get(path).content
        client.post(path, screen_data(round, "trust", **{f"g-trust.1-{company.public_id}": "4", "version": "0"}))
        respondent = world.part(round, "ngo").respondents.get()
        assert queries.draft_of(respondent).guesses == {"trust.1": {str(company.pk): 4}}


class TestLink:
    def link(self, world, round):
        seats = [world.seat(user) for user in world.people["ngo"]]
        part = actions.choose_individual(
            world.part(round, "ngo"), seats=seats, addresses=["driver@example.org"], by=world.lead("ngo")
        )
        respondent = part.respondents.get(email="driver@example.org")
        return respondent, kinds.link_to_answer(respondent)

    def test_the_mail_leads_to_the_answer_without_a_password(self, world, client):
        round = world.started()
        respondent, link = self.link(world, round)
        mail = compose([Notice.objects.get(address="driver@example.org")])
        assert link in mail.body
        step = client.get(link)
        assert step.status_code == 302
        for screen in ("purpose", "trust", "power"):
            step = client.post(f"{link}{screen}/", screen_data(round, screen))
            assert step.status_code == 302
        client.post(f"{link}check/")
        respondent.refresh_from_db()
        assert respondent.state == "done"
        # It opens this answer, and nothing else.
        assert client.get(url(world, "round", round)).status_code == 302
        # Other sites learn nothing of the link. "no-referrer" would do more than that: browsers then send the form
        # with "Origin: null", which the check against forged forms refuses.
        assert client.get(link)["Referrer-Policy"] == "same-origin"

    def test_a_wrong_or_replaced_link_says_so(self, world, client):
        round = world.started()
        respondent, link = self.link(world, round)
        assert client.get(link[:-4] + "xyz/").status_code == 410
        assert client.get(reverse("reviews:answer_link", args=["nonsense"])).status_code == 410
        Respondent.objects.filter(pk=respondent.pk).update(counter=1)
        page = client.get(link)
        assert page.status_code == 410
        assert b"newer link" in page.content

    def test_a_seat_that_ended_closes_its_link(self, world, client):
        round = world.started()
        seats = [world.seat(user) for user in world.people["ngo"]]
        part = actions.choose_individual(world.part(round, "ngo"), seats=seats, by=world.lead("ngo"))
        respondent = part.respondents.get(seat=seats[4])
        link = kinds.link_to_answer(respondent)
        assert client.get(link).status_code == 302
        seats[4].ended_on = clock.today()
        seats[4].save()
        assert client.get(link).status_code == 410

    def test_afterwards_it_only_withdraws_comments(self, world, client):
        round = world.started()
        respondent, link = self.link(world, round)
        for row in world.part(round, "ngo").respondents.all():
            world.answer(row, comments={"trust.1": HIDDEN} if row.pk == respondent.pk else {})
        actions.submit_part(world.part(round, "ngo"), by=world.lead("ngo"))
        world.agreed(round, "company")
        assert b"closed" in client.get(link).content
        with clock.at(world.fresh(round).opening_at):
            actions.sweep()
            page = client.get(f"{link}comments/")
            assert HIDDEN in page.content.decode()
            comment = Comment.objects.unguarded("test").get()
            client.post(f"{link}comments/", {"comment": comment.public_id})
            comment.refresh_from_db()
        assert comment.text == ""


class TestResults:
    def test_the_day_before_each_sees_its_own_alone(self, world, client):
        round = world.started()
        world.individually(round, "ngo", 1)
        world.individually(round, "company", 4)
        with clock.at(world.fresh(round).own_results_at):
            actions.sweep()
            client.force_login(world.leads["ngo"])
            page = client.get(url(world, "round", round)).content.decode()
            assert "Your own results" in page
            assert "at risk" in page
            assert "strong</b>" not in page
            client.force_login(world.leads["broker"])
            assert "All parts are in and sealed" in client.get(url(world, "round", round)).content.decode()
            assert client.get(url(world, "statements", round)).status_code == 302

    def test_opened_it_says_who_sees_what(self, world, client):
        round = world.opened(ngo=lambda code: 1 if code.startswith("power") else 3, company=4)
        for name in ("ngo", "company", "broker"):
            client.force_login(world.leads[name])
            page = client.get(url(world, "round", round))
            text = page.content.decode()
            assert "very differently" in text
            assert [item.code for item in page.context["agenda"]][:2] == ["power.1", "power.2"]
            assert client.get(url(world, "statements", round)).status_code == 200

    def test_comments_of_the_other_side_show_only_after_release_and_opening(self, world, client):
        round = world.opened(comments={"trust.1": HIDDEN})
        client.force_login(world.leads["company"])
        page = client.get(url(world, "comments", round))
        chosen = [row["comment"].public_id for row in page.context["rows"]][:1]
        client.post(url(world, "comments", round), {"comment": chosen})
        client.force_login(world.leads["ngo"])
        read = client.get(url(world, "statements", round)).context["reading"]
        assert len({said.side for said in read.comments}) == 1
        bundle = world.partnership.releases.get()
        open_release(bundle, by=world.lead("ngo"))
        read = client.get(url(world, "statements", round)).context["reading"]
        assert len({said.side for said in read.comments}) == 2

    def test_a_released_comment_says_so_and_is_not_offered_again(self, world, client):
        round = world.opened(comments={"trust.1": HIDDEN})
        path = url(world, "comments", round)
        client.force_login(world.leads["company"])
        rows = client.get(path).context["rows"]
        first, second = (row["comment"].public_id for row in rows[:2])

        def offered():
            page = client.get(path)
            return page.content.decode(), [r["comment"].public_id for r in page.context["rows"] if r["may_release"]]

        client.post(path, {"comment": [first]})
        page, free = offered()
        assert f'value="{first}"' not in page
        assert f'value="{second}"' in page
        assert first not in free
        assert page.count("Not opened") == 2, "the other partner and the broker"
        client.post(path, {"comment": [first, second]})
        sizes = [bundle.items.count() for bundle in world.partnership.releases.order_by("pk")]
        assert sizes == [1, 1], "what stands released is not released again"
        assert "This is released already." in client.post(path, {"comment": [first]}, follow=True).content.decode()
        bundle = world.partnership.releases.earliest("pk")
        open_release(bundle, by=world.lead("ngo"))
        page, _free = offered()
        assert page.count("Not opened") == 3
        recall(bundle, by=world.lead("company"))
        page, free = offered()
        assert first in free, "recalled from the broker, it may be released to it anew"
        client.post(path, {"comment": [row["comment"].public_id for row in rows]})
        page, free = offered()
        assert free == []
        assert "Release the chosen comments" not in page

    def test_findings_and_actions_from_the_page(self, world, client):
        round = world.opened(ngo=1, company=4)
        with clock.at(round.opening_at + timedelta(days=1)):
            client.force_login(world.leads["ngo"])
            client.post(url(world, "talk", round, "trust.1"), {"note": "We compared"})
            client.post(url(world, "add_finding", round), {"text": "Decisions come late", "about": "trust.1"})
            finding = Finding.objects.unguarded("test").get()
            company = world.lead("company").own_party
            due = (clock.today() + timedelta(days=20)).isoformat()
            client.post(
                url(world, "add_action", round) + f"?finding={finding.public_id}",
                {"text": "Join the meeting", "due_on": due, "owner": f"{company.pk}-"},
            )
            action = Action.objects.unguarded("test").get()
            page = client.get(url(world, "round", round))
            assert "Company to agree" in page.content.decode()
            client.force_login(world.leads["company"])
            assert "Do you agree?" in client.get(url(world, "round", round)).content.decode()
            asked = client.get(url(world, "stance", round, finding.public_id)).content.decode()
            assert "Needed where you see it differently." in asked
            assert "cg-optional" not in asked, "with one of the answers it is not"
            client.post(url(world, "stance", round, finding.public_id), {"stance": "dissents", "dissent": ""})
            client.post(url(world, "stance", round, finding.public_id), {"stance": "agrees", "dissent": ""})
            seat = world.seat(world.people["company"][2])
            client.post(url(world, "accept_action", round, action.public_id), {"due_on": due, "owner": str(seat.pk)})
            client.post(url(world, "finish_action", round, action.public_id), {"note": "Helps"})
            action.refresh_from_db()
            assert action.done_at is not None
            again = client.post(url(world, "finish_action", round, action.public_id), {"note": "It took longer"})
            assert "It took longer" in again.content.decode(), "what is kept nowhere is not said to be saved"
            action.refresh_from_db()
            assert action.done_note == "Helps"
            assert client.get(url(world, "round", round)).status_code == 200
            client.force_login(world.leads["ngo"])
            assert client.get(url(world, "finish_action", round, action.public_id)).status_code == 403

    def test_nobody_makes_the_round_s_page_endless(self, world, client):
        round = world.opened(ngo=1, company=4)
        with clock.at(round.opening_at + timedelta(days=1)):
            client.force_login(world.leads["ngo"])
            address = url(world, "add_finding", round)
            assert 'maxlength="4000"' in client.get(address).content.decode()
            refused = client.post(address, {"text": "x" * 4001, "about": "trust.1"})
            assert set(refused.context["form"].errors) == {"text"}
            assert not Finding.objects.unguarded("test").exists()
            client.post(address, {"text": "x" * 4000, "about": "trust.1"})
            finding = Finding.objects.unguarded("test").get()
            client.force_login(world.leads["company"])
            said = {"stance": "dissents", "dissent": "x" * 4001}
            stance = client.post(url(world, "stance", round, finding.public_id), said)
            assert set(stance.context["form"].errors) == {"dissent"}
            action = client.post(url(world, "add_action", round), {"text": "x" * 4001})
            assert "text" in action.context["form"].errors

    def test_a_finding_is_taken_back_while_it_is_its_sides_alone(self, world, client):
        round = world.opened(ngo=1, company=4)
        with clock.at(round.opening_at + timedelta(days=1)):
            finding = actions.add_finding(round, text="Decisons come lait", by=world.lead("ngo"))
            address = url(world, "take_finding_back", round, finding.public_id)
            client.force_login(world.leads["company"])
            assert address not in client.get(url(world, "round", round)).content.decode()
            assert client.post(address).status_code == 404
            client.force_login(world.leads["ngo"])
            assert address in client.get(url(world, "round", round)).content.decode()
            assert "Decisons come lait" in client.get(address).content.decode()
            client.post(address)
            assert "Decisons come lait" not in client.get(url(world, "round", round)).content.decode()
            asked = WorkItem.objects.filter(key__startswith=f"finding:{finding.pk}:", closed_at=None)
            assert not asked.exists()

    def test_what_is_sent_about_a_finding_taken_back_meanwhile_is_not_lost(self, world, client):
        round = world.opened(ngo=1, company=4)
        with clock.at(round.opening_at + timedelta(days=1)):
            finding = actions.add_finding(round, text="Decisions come late", by=world.lead("ngo"))
            client.force_login(world.leads["company"])
            stance = url(world, "stance", round, finding.public_id)
            more = url(world, "add_action", round) + f"?finding={finding.public_id}"
            seen = client.get(stance).context["form"]["seen"].value()
            actions.take_finding_back(finding, by=world.lead("ngo"))
            said = {"stance": "dissents", "dissent": "They come as agreed", "seen": seen}
            owner = f"{world.lead('company').own_party.pk}-"
            due = (clock.today() + timedelta(days=20)).isoformat()
            for address, sent, typed in (
                (stance, said, "They come as agreed"),
                (more, {"text": "Join the meeting", "due_on": due, "owner": owner}, "Join the meeting"),
            ):
                page = client.post(address, sent).content.decode()
                assert "Somebody removed this while you were writing." in page
                assert typed in page
                assert "Decisions come late" not in page
                assert client.get(address).status_code == 404
            assert not Action.objects.unguarded("test").exists()

    def test_a_finding_stays_once_another_side_has_said_its_word_or_an_action_follows(self, world, client):
        round = world.opened(ngo=1, company=4)
        with clock.at(round.opening_at + timedelta(days=1)):
            ngo, company = world.lead("ngo"), world.lead("company")
            answered, followed = (actions.add_finding(round, text=text, by=ngo) for text in ("One.", "Two."))
            actions.take_stance(answered, stance="agrees", by=company)
            actions.add_action(round, text="Meet", owner_party=ngo.own_party, due_on=None, finding=followed, by=ngo)
            client.force_login(world.leads["ngo"])
            for finding in (answered, followed):
                address = url(world, "take_finding_back", round, finding.public_id)
                assert address not in client.get(url(world, "round", round)).content.decode()
                assert "It stays" in client.post(address, follow=True).content.decode()
                finding.refresh_from_db()
                assert finding.withdrawn_at is None

    def test_what_was_released_of_each_ledger_stands_at_every_review(self, world, client):
        communication.write_driver(by=world.lead("ngo"), kind="driver", text="Our board doubts us.")
        theirs = communication.write_driver(by=world.lead("company"), kind="want", text="A licence renewed in May.")
        release = communication.release_drivers([theirs], by=world.lead("company"))
        running, done = world.started(kind="pulse"), world.opened()

        def page(name, round):
            client.force_login(world.leads[name])
            return client.get(url(world, "round", round)).content.decode()

        for round in (running, done):
            assert "Our board doubts us." in page("ngo", round)
            assert "A licence renewed" not in page("ngo", round), "released, not opened"
            assert "Our board doubts us." not in page("company", round)
        open_release(release, by=world.lead("ngo"))
        for round in (running, done):
            assert "A licence renewed in May." in page("ngo", round)

    @pytest.mark.parametrize("language", ["fr", "es"])
    def test_in_other_languages(self, world, client, language):
        round = world.opened(ngo=1, company=4)
        world.leads["ngo"].language = language
        world.leads["ngo"].save()
        client.force_login(world.leads["ngo"])
        for name in ("round", "statements"):
            assert f"({language})" in client.get(url(world, name, round)).content.decode()

    def test_the_number_of_queries_does_not_grow_with_the_rounds(self, world, client):
        client.force_login(world.leads["ngo"])
        counts: dict[str, list[int]] = {"list": [], "round": []}
        for n in range(4):
            with clock.at(START + timedelta(days=60 * n)):
                round = world.opened(ngo=1, company=4)
            for name, args in (("list", []), ("round", [round])):
                with CaptureQueriesContext(connection) as seen:
                    assert client.get(url(world, name, *args)).status_code == 200
                counts[name].append(len(seen))
        assert counts["list"][1] == counts["list"][3]
        assert counts["round"][1] == counts["round"][3] < 40


class TestFindings:
    def test_a_colleagues_newer_word_is_shown_beside_yours_and_not_overwritten(self, world, client):
        round = world.opened()
        finding = actions.add_finding(round, text="Decisions come late", by=world.lead("ngo"))
        client.force_login(world.leads["company"])
        address = url(world, "stance", round, finding.public_id)
        sent = {"stance": "agrees", "dissent": "", "seen": client.get(address).context["form"]["seen"].value()}
        actions.take_stance(finding, stance="dissents", dissent="They come as agreed", by=world.lead("company"))
        page = client.post(address, sent)
        assert "They come as agreed" in page.content.decode()
        assert finding.stances.get(by=world.leads["company"]).stance == "dissents"
        again = client.post(address, {**sent, "seen": page.context["form"]["seen"].value()})
        assert again.status_code == 302
        assert finding.stances.get(by=world.leads["company"]).stance == "agrees"
