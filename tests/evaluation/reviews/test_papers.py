"""Answers on paper: sealed like all others, counted like all others, and read by nobody, who typed them included."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluation.reviews import actions, queries
from evaluation.reviews.models import Comment, OpenAnswer, Respondent, SealedAnswer
from partnerships import clock
from partnerships.history.models import Act
from partnerships.record.holding import set_hold

from .conftest import CODES, START
from .test_views import url

SPOKEN = "a heron at the gate"


@pytest.fixture
def asked(world):
    """A round in which the NGO asks four by seat, and more on paper."""
    round = world.started()
    seats = [world.seat(user) for user in world.people["ngo"][:4]]
    actions.choose_individual(world.part(round, "ngo"), seats=seats, on_paper=2, by=world.lead("ngo"))
    return world.fresh(round)


def type_in(world, round, user=None, *, form="form-1", value=2, comments=None, way="interview", noted_on=None):
    return actions.enter_for(
        world.part(round, "ngo"),
        form=form,
        way=way,
        noted_on=noted_on or clock.today(),
        language="fr",
        answers=dict.fromkeys(CODES, value),
        comments=comments or {},
        by=world.place(user or world.people["ngo"][5]),
    )


def data(form="form-1", **more):
    return {
        "form": form,
        "way": "paper",
        "noted_on": clock.today().isoformat(),
        "language": "es",
        **{f"s-{code}": "1" for code in CODES},
        **more,
    }


class TestTypingIn:
    def test_it_makes_up_the_minimum_and_counts_like_the_others(self, world, asked):
        for row in world.part(asked, "ngo").respondents.all():
            world.answer(row, 4)
        with pytest.raises(ValidationError, match="at least 5"):
            actions.submit_part(world.part(asked, "ngo"), by=world.lead("ngo"))
        type_in(world, asked, value=0, comments={"trust.1": SPOKEN})
        actions.submit_part(world.part(asked, "ngo"), by=world.lead("ngo"))
        world.agreed(asked, "company", 3)
        with clock.at(world.fresh(asked).opening_at):
            actions.sweep()
            result = queries.results([world.fresh(asked)], world.lead("ngo"))[asked.pk]
        assert world.part(asked, "ngo").respondents_count == 5
        assert float(result.statements[0].means[world.lead("ngo").own_party.pk]) == pytest.approx(16 / 5)
        assert Comment.objects.unguarded("test").get().text == SPOKEN

    def test_it_is_ciphertext_from_the_first_moment(self, world, asked):
        type_in(world, asked, comments={"trust.1": SPOKEN})
        for model in (SealedAnswer, Respondent, Act):
            assert all(SPOKEN not in str(row) for row in model._default_manager.all().values())
        assert not OpenAnswer.objects.exists()

    def test_who_how_and_when_stand_there_until_the_opening_and_no_longer(self, world, asked):
        respondent = type_in(world, asked)
        assert (respondent.way, respondent.entered_by) == ("interview", world.people["ngo"][5])
        before = Act.objects.count()
        type_in(world, asked, form="form-2")
        assert Act.objects.count() == before, "a log that nobody may change would keep name and time"
        for row in world.part(asked, "ngo").respondents.filter(on_paper=False):
            world.answer(row)
        actions.submit_part(world.part(asked, "ngo"), by=world.lead("ngo"))
        world.agreed(asked, "company")
        with clock.at(world.fresh(asked).opening_at):
            actions.sweep()
        respondent.refresh_from_db()
        assert (respondent.way, respondent.noted_on, respondent.entered_by) == ("", None, None)
        assert world.part(asked, "ngo").respondents.filter(on_paper=True).count() == 2

    def test_they_go_with_a_round_that_is_called_off_and_so_do_addresses(self, world, asked):
        actions.invite_more(world.part(asked, "ngo"), addresses=["driver@example.org"], by=world.lead("ngo"))
        type_in(world, asked)
        actions.sweeping.call_off(world.fresh(asked), None)
        rows = Respondent.objects.filter(part__round=asked)
        assert not rows.exclude(email="").exists()
        assert not rows.exclude(entered_by=None).exists()
        assert not SealedAnswer.objects.exists()

    def test_sent_twice_it_is_entered_once(self, world, asked):
        assert type_in(world, asked).pk == type_in(world, asked).pk
        assert SealedAnswer.objects.count() == 1

    @pytest.mark.parametrize(
        ("changes", "said"),
        [({"value": 7}, "between 0 and 4"), ({"noted_on": (START + timedelta(days=1)).date()}, "lies ahead")],
    )
    def test_what_cannot_be_is_refused_and_leaves_nothing(self, world, asked, changes, said):
        with pytest.raises(ValidationError, match=said):
            type_in(world, asked, **changes)
        assert not Respondent.objects.filter(on_paper=True).exists()

    def test_a_line_without_a_tick_is_asked_for(self, world, asked):
        with pytest.raises(ValidationError, match="1 sentence has no answer"):
            actions.enter_for(
                world.part(asked, "ngo"), form="f", way="paper", noted_on=clock.today(), language="en",
                answers=dict.fromkeys(CODES[1:], 2), by=world.lead("ngo"),
            )  # fmt: skip

    def test_never_for_another_side_nor_into_one_agreed_answer(self, world, asked):
        with pytest.raises(ValidationError, match="own side"):
            type_in(world, asked, world.leads["company"])
        other = world.started(kind="pulse")
        actions.choose_agreed(world.part(other, "ngo"), by=world.lead("ngo"))
        with pytest.raises(ValidationError, match="each person answers alone"):
            type_in(world, other)

    def test_not_after_the_freeze(self, world, asked):
        for row in world.part(asked, "ngo").respondents.all():
            world.answer(row)
        respondent = type_in(world, asked)
        actions.submit_part(world.part(asked, "ngo"), by=world.lead("ngo"))
        world.agreed(asked, "company")
        with pytest.raises(ValidationError, match="not added"):
            type_in(world, asked, form="late")
        with pytest.raises(ValidationError, match="closed"):
            actions.take_out(respondent, by=world.place(world.people["ngo"][5]))

    def test_who_typed_it_in_takes_it_out_and_nobody_else(self, world, asked):
        respondent = type_in(world, asked)
        with pytest.raises(ValidationError, match="Only who typed"):
            actions.take_out(respondent, by=world.lead("ngo"))
        actions.take_out(respondent, by=world.place(world.people["ngo"][5]))
        assert not SealedAnswer.objects.exists()
        assert world.part(asked, "ngo").respondents.count() == 4

    def test_nobody_answers_from_it_and_nobody_is_reminded(self, world, asked):
        respondent = type_in(world, asked)
        typist = world.people["ngo"][5]
        assert queries.own_respondent(asked, typist) is None
        assert respondent not in list(queries.linked(world.part(asked, "ngo")))
        with pytest.raises(ValidationError, match="no personal link"):
            actions.renew_link(world.part(asked, "ngo"), respondent, by=world.lead("ngo"))


class TestPages:
    def test_type_it_in_then_it_is_gone_from_the_page(self, world, asked, client):
        typist = world.people["ngo"][5]
        client.force_login(typist)
        page = client.get(url(world, "on_paper", asked))
        assert page.status_code == 200
        assert page["Cache-Control"].count("no-store")
        done = client.post(url(world, "on_paper", asked), data(**{"c-trust.1": SPOKEN}))
        assert done.status_code == 302
        page = client.get(done.url).content.decode()
        assert SPOKEN not in page
        assert "1 answer of your side came on paper" in page
        respondent = Respondent.objects.get(on_paper=True)
        out = url(world, "take_out", asked, respondent.public_id)
        assert out in page
        # Its address opens no answer, and nobody else's list has it.
        client.force_login(world.leads["ngo"])
        assert client.get(out).status_code == 404
        assert out not in client.get(url(world, "on_paper", asked)).content.decode()
        assert "1 of them on paper" in client.get(url(world, "round", asked)).content.decode()
        client.force_login(typist)
        assert client.post(out).status_code == 302
        assert not Respondent.objects.filter(on_paper=True).exists()

    def test_what_is_missing_is_said_and_what_was_typed_stays(self, world, asked, client):
        client.force_login(world.people["ngo"][5])
        page = client.post(url(world, "on_paper", asked), data(**{"s-trust.1": "", "c-trust.2": SPOKEN}))
        assert page.status_code == 422
        assert SPOKEN in page.content.decode()
        assert "Where nothing is ticked on the paper" in page.content.decode()
        assert not Respondent.objects.filter(on_paper=True).exists()

    def test_no_other_side_gets_in_nor_the_broker(self, world, asked, client):
        type_in(world, asked)
        client.force_login(world.leads["broker"])
        assert client.get(url(world, "on_paper", asked)).status_code == 403
        client.force_login(world.leads["company"])
        assert client.get(url(world, "on_paper", asked)).status_code == 404
        assert "on paper or in a talk" not in client.get(url(world, "round", asked)).content.decode()

    def test_few_asked_by_mail_and_the_rest_on_paper(self, world, client):
        round = world.started()
        client.force_login(world.leads["ngo"])
        form = {"mode": "individual", "seats": [], "addresses": "a@example.org", "on_paper": "3"}
        assert "one agreed answer" in client.post(url(world, "part", round), form).content.decode()
        client.post(url(world, "part", round), {**form, "on_paper": "4"})
        assert world.part(round, "ngo").mode == "individual"

    @pytest.mark.parametrize(("language", "word"), [("en", "Write no name"), ("fr", ""), ("es", "")])
    def test_a_form_to_print_in_each_language(self, world, asked, client, language, word, monkeypatch):
        from partnerships.looks import paper

        seen = {}
        make = paper.to_pdf

        def keep(html, *args):
            seen["html"] = html
            return make(html, *args)

        monkeypatch.setattr(paper, "to_pdf", keep)
        client.force_login(world.people["ngo"][5])
        page = client.get(url(world, "paper_form", asked, language))
        assert page.content.startswith(b"%PDF")
        assert f'<html lang="{language}">' in seen["html"]
        assert word in seen["html"]
        suffix = "" if language == "en" else f" ({language})"
        assert all(f"Sentence {code}{suffix}" in seen["html"] for code in CODES)
        assert client.get(url(world, "paper_form", asked, "xx")).status_code == 404

    def test_constant_queries_however_many_were_typed_in(self, world, asked, client):
        client.force_login(world.people["ngo"][5])
        counts = []
        for n in range(3):
            type_in(world, asked, form=f"form-{n}")
            with CaptureQueriesContext(connection) as taken:
                client.get(url(world, "on_paper", asked))
            counts.append(len(taken))
        assert counts[0] == counts[2]


class TestHeld:
    def test_while_a_legal_hold_stands_nothing_is_taken_out_or_started_over(self, world, asked):
        respondent = type_in(world, asked)
        set_hold(by=world.lead("ngo"), reason="A claim.")
        by = world.place(world.people["ngo"][5])
        with pytest.raises(ValidationError, match="legal hold"):
            actions.take_out(respondent, by=by)
        with pytest.raises(ValidationError, match="legal hold"):
            actions.start_over(world.part(asked, "ngo"), by=world.lead("ngo"))
        assert SealedAnswer.objects.filter(respondent=respondent).exists()

    def test_nor_does_a_broker_drop_a_line_of_its_log(self, world, asked):
        broker = world.lead("broker")
        note = actions.write_note(asked, text="They sat apart", by=broker)
        set_hold(by=broker, reason="A claim.")
        with pytest.raises(ValidationError, match="legal hold"):
            actions.drop_note(note, by=broker)
