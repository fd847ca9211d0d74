"""As communities see it: written down or said by themselves, approved by them, read by those whom they chose."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.reviews import actions, kinds, queries
from evaluation.reviews.actions import Speaker
from evaluation.reviews.models import Voice, VoiceAnswer
from evaluation.reviews.queries import Said
from lifecycle.scoping.actions import bodies as scoping
from lifecycle.scoping.actions import listing
from partnerships import clock
from partnerships.catalogue.content import Instrument
from partnerships.catalogue.queries import current, current_content
from partnerships.history.models import Act
from partnerships.notices import links
from partnerships.notices.mails import compose
from partnerships.notices.models import Notice
from partnerships.work.models import WorkItem

from .test_views import url

SPOKEN = "the water truck came twice"


@pytest.fixture
def questions(world):
    return [item.code for item in current_content(Instrument, "community").items]


@pytest.fixture
def body(world):
    """A body named in scoping, without a seat, with a mail address."""
    return scoping.name_body(
        by=world.lead("ngo"), name="Assembly of Kessa", speaks_for="three villages", address="assembly@example.org",
        address_language="fr",
    )  # fmt: skip


@pytest.fixture
def seated(world):
    """A rights-holder body with a seat, and an authority that it never lets read by default."""
    party = world.join("committee", "community", "rights_holder", 2)
    world.join("district", "government", "authority", 1)
    return party


def said(questions, words=SPOKEN):
    return {code: Said("partly", words if n == 0 else "") for n, code in enumerate(questions)}


def note(world, round, speaker, questions, by="ngo", **more):
    return actions.write_voice(
        round, speaker, said=said(questions), how="meeting", spoken_on=clock.today(), spoken_language="Kessa",
        by=world.lead(by), **more,
    )  # fmt: skip


def sent(page):
    """What the form of a page that asks first sends."""
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    (text,) = re.findall(r"<textarea[^>]*>\s*(.*?)</textarea>", page, re.DOTALL)
    return {"answer": fields["answer"], "sure": fields["sure"], "objection": text.strip()}


def token(voice):
    return links.token_for(kinds.VOICE_PURPOSE, voice.pk, None)


def open_it(world, round):
    if world.fresh(round).state == "open":
        world.individually(round, "ngo")
        world.individually(round, "company")
    with clock.at(world.fresh(round).opening_at):
        actions.sweep()
    return world.fresh(round)


@pytest.fixture
def readers(world):
    """Whose leads read a voice."""

    def of(voice):
        return {name for name, lead in world.leads.items() if Voice.objects.visible_to(lead).filter(pk=voice.pk)}

    return of


class TestWithoutASeat:
    def test_approved_by_mail_and_read_from_the_opening_on_by_those_it_chose(self, world, body, questions, readers):
        round = world.started()
        voice = note(world, round, Speaker(body), questions)
        mail = Notice.objects.get(address="assembly@example.org")
        assert (mail.kind, mail.language) == ("reviews.voice_mail", "fr")
        assert reverse("reviews:approve_voice", args=[token(voice)]) in compose([mail]).body
        assert SPOKEN not in compose([mail]).body
        assert readers(voice) == {"ngo"}, "a note that nobody approved is its writer's alone"
        actions.approve_voice_by_link(token(voice), readers=[world.lead("company").own_party])
        assert readers(voice) == {"ngo"}, "approved before the opening, it waits for it"
        assert queries.community_voice(world.fresh(round), world.lead("ngo")) == []
        round = open_it(world, round)
        assert readers(voice) == {"ngo", "company"}
        (heard,) = queries.community_voice(round, world.lead("company"))
        assert (heard.body, heard.speaks_for, heard.noted_by_name, heard.spoken_language) == (
            "Assembly of Kessa", "three villages", "Ngo", "Kessa",
        )  # fmt: skip
        assert [each.question for each in heard.heard] == questions
        assert heard.heard[0].words == SPOKEN
        assert queries.community_voice(round, world.lead("broker")) == []

    def test_not_approved_it_never_counts_and_its_writer_hears_why(self, world, body, questions, readers):
        round = world.started()
        voice = note(world, round, Speaker(body), questions)
        actions.refuse_voice_by_link(token(voice), objection="We never said that")
        assert Notice.objects.filter(kind="reviews.voice_back", recipient=world.leads["ngo"]).exists()
        round = open_it(world, round)
        assert queries.community_voice(round, world.lead("ngo")) == []
        assert readers(voice) == {"ngo"}

    def test_the_link_works_once(self, world, body, questions, client):
        round = world.started()
        voice = note(world, round, Speaker(body), questions)
        path = reverse("reviews:approve_voice", args=[token(voice)])
        page = client.get(path)
        assert page.status_code == 200
        assert SPOKEN in page.content.decode()
        assert client.get(path).status_code == 200, "looking is not deciding"
        company = world.lead("company").own_party
        done = client.post(path, {"answer": "approve", "readers": [company.public_id]})
        assert "Approved" in done.content.decode()
        assert client.post(path, {"answer": "object"}).status_code == 410
        voice.refresh_from_db()
        assert voice.approved_at is not None
        assert client.get(reverse("reviews:approve_voice", args=["nonsense"])).status_code == 404

    def test_an_address_is_needed_and_no_day_ahead(self, world, questions):
        silent = scoping.name_body(by=world.lead("ngo"), name="Elders")
        round = world.started()
        with pytest.raises(ValidationError, match="mail address"):
            note(world, round, Speaker(silent), questions)
        with pytest.raises(ValidationError, match="has no seat"):
            actions.ask_voice(round, Speaker(silent), by=world.lead("ngo"))

    def test_each_question_needs_an_answer_of_the_instrument(self, world, body, questions):
        round = world.started()
        for wrong in (
            {code: Said("yes") for code in questions[1:]},
            {code: Said("certainly") for code in questions},
        ):
            with pytest.raises(ValidationError):
                actions.write_voice(
                    round, Speaker(body), said=wrong, how="phone", spoken_on=clock.today(), spoken_language="",
                    by=world.lead("ngo"),
                )  # fmt: skip
        with pytest.raises(ValidationError) as refused:
            actions.write_voice(
                round, Speaker(body), said=said(questions), how="phone", spoken_on=clock.today() + timedelta(days=1),
                spoken_language="", by=world.lead("ngo"),
            )  # fmt: skip
        assert "spoken_on" in refused.value.error_dict
        assert not Voice.objects.unguarded("test").exists()

    def test_a_body_that_has_joined_since_answers_for_itself(self, world, body, questions, client):
        round = world.started()
        voice = note(world, round, Speaker(body), questions)
        party = world.join("committee", "community", "rights_holder", 1)
        scoping.seat_body(body, body_party=party, by=world.lead("ngo"))
        page = client.get(reverse("reviews:approve_voice", args=[token(voice)]))
        assert page.status_code == 410
        assert "answers for itself" in page.content.decode()

    def test_a_called_off_round_takes_no_yes(self, world, body, questions, client):
        round = world.started()
        voice = note(world, round, Speaker(body), questions)
        actions.sweeping.call_off(world.fresh(round), None)
        assert client.get(reverse("reviews:approve_voice", args=[token(voice)])).status_code == 410


class TestWithASeat:
    def test_it_is_asked_answers_by_itself_and_chooses(self, world, seated, questions, readers):
        round = world.started()
        voice = actions.ask_voice(round, Speaker(party=seated), by=world.lead("ngo"))
        assert WorkItem.objects.filter(kind="reviews.voice", party=seated, closed_at=None).exists()
        assert Notice.objects.filter(kind="reviews.voice", recipient=world.leads["committee"]).exists()
        with pytest.raises(ValidationError, match="asked already"):
            actions.ask_voice(round, Speaker(party=seated), by=world.lead("company"))
        with pytest.raises(ValidationError, match="answers for itself"):
            actions.answer_voice(voice, said=said(questions), spoken_language="", readers=[], by=world.lead("ngo"))
        actions.answer_voice(
            voice, said=said(questions), spoken_language="Kessa", readers=[world.lead("company").own_party],
            by=world.lead("committee"),
        )  # fmt: skip
        assert not WorkItem.objects.filter(kind="reviews.voice", closed_at=None).exists()
        assert readers(voice) == {"committee"}, "not even who asked reads it before the opening"
        round = open_it(world, round)
        assert readers(voice) == {"committee", "company"}
        (heard,) = queries.community_voice(round, world.lead("company"))
        assert (heard.noted_by, heard.how) == ("", "itself")
        assert queries.community_voice(round, world.lead("ngo")) == [], "who asked reads it only where it was chosen"
        assert not VoiceAnswer.objects.all().visible_to(world.leads["district"]).exists()

    def test_it_approves_what_was_written_down_through_its_seat(self, world, seated, questions, readers):
        round = world.started()
        voice = note(world, round, Speaker(party=seated), questions, by="broker")
        assert readers(voice) == {"broker", "committee"}
        with pytest.raises(ValidationError, match="answers for itself"):
            actions.approve_voice(voice, readers=[], by=world.lead("broker"))
        actions.approve_voice(voice, readers=[world.lead("ngo").own_party], by=world.lead("committee"))
        with pytest.raises(ValidationError, match="decided before"):
            actions.refuse_voice(voice, objection="", by=world.lead("committee"))
        round = open_it(world, round)
        assert readers(voice) == {"broker", "committee", "ngo"}

    def test_after_the_opening_it_is_read_at_once_and_replaces_the_earlier(self, world, seated, questions):
        round = world.opened()
        first = note(world, round, Speaker(party=seated), questions)
        actions.approve_voice(first, readers=[], by=world.lead("committee"))
        assert len(queries.community_voice(round, world.lead("ngo"))) == 1
        second = note(world, round, Speaker(party=seated), questions)
        actions.approve_voice(second, readers=[], by=world.lead("committee"))
        assert [each.key for each in queries.community_voice(round, world.lead("ngo"))] == [second.public_id]

    def test_taken_back_at_any_time_it_leaves_every_page(self, world, seated, questions, readers):
        round = world.opened()
        voice = note(world, round, Speaker(party=seated), questions)
        actions.approve_voice(voice, readers=[world.lead("company").own_party], by=world.lead("committee"))
        with pytest.raises(ValidationError, match="Only the body"):
            actions.withdraw_voice(voice, by=world.lead("company"))
        actions.withdraw_voice(voice, by=world.lead("committee"))
        for name in ("ngo", "company"):
            assert queries.community_voice(round, world.lead(name)) == []
        assert readers(voice) == {"ngo"}, "its writer still sees that there was a note"

    def test_history_keeps_that_it_spoke_and_none_of_its_words(self, world, seated, questions):
        round = world.opened()
        voice = note(world, round, Speaker(party=seated), questions)
        actions.approve_voice(voice, readers=[], by=world.lead("committee"))
        acts = Act.objects.filter(kind__startswith="reviews.voice")
        assert acts.count() == 2
        assert all(SPOKEN not in str(row) for row in acts.values())
        assert not Act.objects.visible_to(world.leads["district"]).filter(kind__startswith="reviews.voice").exists()


class TestPages:
    def test_a_partner_asks_writes_down_and_the_body_decides_on_its_page(self, world, seated, body, questions, client):
        round = world.started()
        client.force_login(world.leads["ngo"])
        page = client.get(url(world, "voices", round)).content.decode()
        assert "Assembly of Kessa" in page
        assert "Committee" in page
        client.post(url(world, "voices", round), {"body": seated.public_id})
        asked = Voice.objects.unguarded("test").get()
        form = {
            "how": "meeting", "spoken_on": clock.today().isoformat(), "spoken_language": "Kessa",
            **{f"q-{code}": "no" for code in questions}, f"w-{questions[0]}": SPOKEN,
        }  # fmt: skip
        write = url(world, "write_voice", round, body.public_id)
        assert client.get(write).status_code == 200
        assert client.post(write, {**form, f"q-{questions[2]}": ""}).status_code == 200
        assert Voice.objects.unguarded("test").count() == 1, "what is not complete is not sent"
        client.post(write, form)
        assert Voice.objects.unguarded("test").filter(by_note=True).count() == 1

        client.force_login(world.leads["committee"])
        path = reverse("reviews:voice", args=[world.partnership.public_id, asked.public_id])
        page = client.get(path).content.decode()
        assert "Were we asked?" in page
        district = next(p for p in world.lead("ngo").parties if p.name == "District")
        company = world.lead("company").own_party
        assert f'value="{district.public_id}"' in page
        assert client.get(reverse("record:overview", args=[world.partnership.public_id])).content.decode().count(path)
        own = {f"q-{code}": "yes" for code in questions}
        assert client.post(path, {"answer": "say", **own, f"q-{questions[0]}": "maybe"}).status_code == 422
        client.post(path, {"answer": "say", **own, f"w-{questions[0]}": SPOKEN, "readers": [company.public_id]})
        asked.refresh_from_db()
        assert asked.approved_at is not None
        assert client.post(path, {"answer": "object"}).status_code == 403

        round = open_it(world, round)
        with clock.at(round.opening_at):
            client.force_login(world.leads["company"])
            page = client.get(url(world, "round", round)).content.decode()
            assert "As communities see it" in page
            assert SPOKEN in page
            client.force_login(world.leads["broker"])
            assert SPOKEN not in client.get(url(world, "round", round)).content.decode()

    def test_the_body_takes_it_back_on_a_page_that_asks_first(self, world, seated, questions, client):
        round = world.opened()
        voice = note(world, round, Speaker(party=seated), questions)
        actions.approve_voice(voice, readers=[], by=world.lead("committee"))
        path = reverse("reviews:withdraw_voice", args=[world.partnership.public_id, voice.public_id])
        client.force_login(world.leads["company"])
        assert client.get(path).status_code == 404
        client.force_login(world.leads["committee"])
        assert "leaves all pages" in client.get(path).content.decode()
        client.post(path)
        client.force_login(world.leads["ngo"])
        assert SPOKEN not in client.get(url(world, "round", round)).content.decode()

    def test_it_declines_on_a_page_that_asks_first_and_is_said_to_have_declined(self, world, seated, client):
        round = world.started()
        voice = actions.ask_voice(round, Speaker(party=seated), by=world.lead("ngo"))
        path = reverse("reviews:voice", args=[world.partnership.public_id, voice.public_id])
        client.force_login(world.leads["committee"])
        assert "Why, if you wish to say it" in client.get(path).content.decode()
        page = client.post(path, {"answer": "object", "objection": "We are tired"}).content.decode()
        assert "Do you not wish to answer?" in page
        assert "We are tired" in page
        assert f'href="{path}"' in page
        voice.refresh_from_db()
        assert voice.waits_for_body
        client.post(path, sent(page))
        voice.refresh_from_db()
        assert (voice.refused_at is not None, voice.objection) == (True, "We are tired")
        client.force_login(world.leads["ngo"])
        for where in (path, url(world, "voices", round)):
            page = client.get(where).content.decode()
            assert "Does not wish to answer" in page
            assert "Not approved" not in page
            assert "We are tired" in page
        assert Notice.objects.filter(kind="reviews.voice_declined", recipient=world.leads["ngo"]).exists()
        assert not Notice.objects.filter(kind="reviews.voice_back").exists()
        assert Act.objects.filter(kind="reviews.voice_declined").exists()
        assert not Act.objects.filter(kind="reviews.voice_refused").exists()

    def test_by_the_link_of_a_mail_its_no_is_asked_first_without_a_sign_in(self, world, body, questions, client):
        voice = note(world, world.started(), Speaker(body), questions)
        path = reverse("reviews:approve_voice", args=[token(voice)])
        page = client.post(path, {"answer": "object", "objection": "We never said that"})
        assert page.status_code == 200
        assert "Is it not right?" in page.content.decode()
        voice.refresh_from_db()
        assert voice.waits_for_body
        assert client.get(path).status_code == 200, "to be asked is not to decide: the link still works"
        done = client.post(path, sent(page.content.decode()))
        assert "Not approved" in done.content.decode()
        voice.refresh_from_db()
        assert voice.objection == "We never said that"
        assert client.get(path).status_code == 410

    def test_outsiders_of_the_voice_find_nothing(self, world, seated, questions, client):
        round = world.started()
        voice = note(world, round, Speaker(party=seated), questions)
        path = reverse("reviews:voice", args=[world.partnership.public_id, voice.public_id])
        for name in ("company", "district", "broker"):
            client.force_login(world.leads[name])
            assert client.get(path).status_code == 404
        client.force_login(world.leads["committee"])
        assert client.get(url(world, "voices", round)).status_code == 403
        assert client.get(path).status_code == 200
        client.force_login(world.leads["ngo"])
        assert client.get(path).status_code == 200
        assert client.post(path, {"answer": "approve"}).status_code == 403

    def test_constant_queries_however_many_bodies_speak(self, world, questions, client):
        round = world.opened()
        client.force_login(world.leads["ngo"])
        counts = {}
        for name in ("voices", "round"):
            client.get(url(world, name, round))  # What a process reads once.
        for n in range(1, 4):
            party = world.join(f"committee{n}", "community", "rights_holder", 1)
            voice = note(world, round, Speaker(party=party), questions)
            actions.approve_voice(voice, readers=[], by=world.lead(f"committee{n}"))
            for name in ("voices", "round"):
                with CaptureQueriesContext(connection) as taken:
                    assert client.get(url(world, name, round)).status_code == 200
                counts.setdefault(name, []).append(len(taken))
        assert all(each[0] == each[2] for each in counts.values()), counts


def test_the_shipped_instrument_is_the_five_spoken_questions(world, questions):
    assert len(questions) == 5
    assert queries.voice_instrument(current("instrument", "community").pk).spoken


class TestTheList:
    """Of scoping: a body that was asked or heard in a review is no slip in a list."""

    def correct(self, world, body, **changes):
        names = ("name", "speaks_for", "address", "address_language")
        values = {**{name: getattr(body, name) for name in names}, **changes}
        return listing.change_body(body, seen=body.version, by=world.lead("ngo"), **values)

    @pytest.mark.parametrize("by", ["ngo", "company"])
    def test_once_something_was_written_down_for_it_its_address_stands(self, world, body, questions, by):
        note(world, world.started(), Speaker(body), questions, by=by)
        with pytest.raises(ValidationError, match="it stands"):
            self.correct(world, body, address="other@example.org")
        assert self.correct(world, body, name="Assembly of all Kessa").address == "assembly@example.org"

    def test_it_is_not_taken_off_the_list(self, world, body, questions, client):
        note(world, world.started(), Speaker(body), questions)
        with pytest.raises(ValidationError, match="stays on the list"):
            listing.remove_body(body, by=world.lead("ngo"))
        client.force_login(world.leads["ngo"])
        path = reverse("scoping:remove_body", args=[world.partnership.public_id, body.public_id])
        assert client.post(path).status_code < 500


class TestTakingBack:
    def test_what_a_seated_body_approved_is_the_bodys_to_take_back(self, world, seated, questions, client):
        round = world.opened()
        voice = note(world, round, Speaker(party=seated), questions)
        actions.approve_voice(voice, readers=[], by=world.lead("committee"))
        client.force_login(world.leads["ngo"])
        path = reverse("reviews:withdraw_voice", args=[world.partnership.public_id, voice.public_id])
        assert client.post(path).status_code == 403
        with pytest.raises(ValidationError, match="Only the body"):
            actions.withdraw_voice(voice, by=world.lead("ngo"))
        client.force_login(world.leads["committee"])
        assert client.post(path).status_code == 302
        voice.refresh_from_db()
        assert voice.withdrawn_at is not None
        self.reads(world, client, round, voice, set())

    def reads(self, world, client, round, voice, names):
        """Who reads its words on its own page; that there was something stays with its readers."""
        path = reverse("reviews:voice", args=[world.partnership.public_id, voice.public_id])
        for name in ("ngo", "company", "committee"):
            client.force_login(world.leads[name])
            assert (SPOKEN in client.get(path).content.decode()) == (name in names), name
        client.force_login(world.leads["ngo"])
        page = client.get(url(world, "voices", round)).content.decode()
        assert (path in page) == ("ngo" in names)
        assert SPOKEN not in page

    def test_whom_a_later_one_no_longer_lets_read_reads_the_earlier_one_no_more(self, world, seated, questions, client):
        round = world.opened()
        first = note(world, round, Speaker(party=seated), questions)
        actions.approve_voice(first, readers=[world.lead("company").own_party], by=world.lead("committee"))
        self.reads(world, client, round, first, {"ngo", "company", "committee"})
        later = actions.ask_voice(round, Speaker(party=seated), by=world.lead("ngo"))
        actions.answer_voice(
            later, said=said(questions, "all is well"), spoken_language="", readers=[], by=world.lead("committee")
        )
        self.reads(world, client, round, first, {"committee"})

    def test_what_it_has_not_approved_its_writer_takes_back(self, world, seated, questions):
        voice = note(world, world.started(), Speaker(party=seated), questions)
        assert actions.withdraw_voice(voice, by=world.lead("ngo")).withdrawn_at is not None

    def test_a_body_without_a_seat_asks_its_writer(self, world, body, questions):
        voice = note(world, world.opened(), Speaker(body), questions)
        actions.approve_voice_by_link(token(voice), readers=[])
        assert actions.withdraw_voice(voice, by=world.lead("ngo")).withdrawn_at is not None

    def test_once_it_has_joined_it_reads_what_it_approved_by_mail_and_takes_it_back(
        self, world, body, questions, client
    ):
        round = world.opened()
        voice = note(world, round, Speaker(body), questions)
        actions.approve_voice_by_link(token(voice), readers=[])
        party = world.join("committee", "community", "rights_holder", 1)
        scoping.seat_body(body, body_party=party, by=world.lead("company"))
        with pytest.raises(ValidationError, match="Only the body"):
            actions.withdraw_voice(voice, by=world.lead("ngo"))
        client.force_login(world.leads["committee"])
        overview = client.get(reverse("record:overview", args=[world.partnership.public_id])).content.decode()
        path = reverse("reviews:voice", args=[world.partnership.public_id, voice.public_id])
        assert path in overview
        assert SPOKEN in client.get(path).content.decode()
        assert client.post(f"{path}withdraw/").status_code == 302
        assert queries.community_voice(round, world.lead("ngo")) == []


class TestLinks:
    def ended(self, world, client, path):
        page = client.get(path)
        assert page.status_code == 410
        assert SPOKEN not in page.content.decode()
        company = world.lead("company").own_party
        assert client.post(path, {"answer": "approve", "readers": [company.public_id]}).status_code == 410
        assert not Voice.objects.unguarded("test").exclude(approved_at=None).exists()

    def test_a_closed_record_takes_no_yes(self, world, body, questions, client):
        voice = note(world, world.opened(), Speaker(body), questions)
        type(world.partnership).objects.filter(pk=world.partnership.pk).update(standing="closed")
        self.ended(world, client, reverse("reviews:approve_voice", args=[token(voice)]))

    def test_nor_does_what_somebody_wrote_who_left_since(self, world, body, questions, client):
        voice = note(world, world.opened(), Speaker(body), questions, by="company")
        party = world.lead("company").own_party
        party.left_on, party.left_at = clock.today(), clock.now()
        party.save()
        self.ended(world, client, reverse("reviews:approve_voice", args=[token(voice)]))

    def test_a_link_opens_nothing_else(self, world, body, questions, client):
        voice = note(world, world.started(), Speaker(body), questions)
        asked = scoping.write_note(body, about="involvement", says="yes", words="", by=world.lead("ngo"))
        other = links.token_for("scoping.note", asked.pk, None)
        assert client.get(reverse("reviews:approve_voice", args=[other])).status_code == 404
        assert client.get(reverse("scoping:approve_note", args=[token(voice)])).status_code == 404
        for each in (other, token(voice)):
            assert client.get(reverse("reviews:answer_link", args=[each])).status_code == 410
