"""The affected people's answer: theirs alone, read by whom they choose, and overridden by nothing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from lifecycle.road.registry import Condition
from lifecycle.scoping import bodies, gate, queries
from lifecycle.scoping.models import AffectedBody, BodyAnswer, BodyNote
from lifecycle.scoping.states import About, BodySays
from partnerships import clock
from partnerships.access.places import Place
from partnerships.notices import delivery, links
from partnerships.notices.models import Notice
from partnerships.work.models import WorkItem
from tests.factories import World, make_partnership, sign_in

pytestmark = pytest.mark.django_db
WORDS = "zebramarker: the river is ours"


def name_seated(world: World, about: str = About.INVOLVEMENT) -> AffectedBody:
    body = bodies.name_body(by=world.ngo, name="Comité", body_party=world.party("community"))
    bodies.ask(body, about=about, asked_on=clock.today(), how="In Tandi", by=world.ngo)
    return body


def answer(
    world: World, says: str, about: str = About.PARTNERSHIP, readers: tuple[str, ...] = ("ngo", "company")
) -> BodyAnswer:
    return bodies.answer_as_body(
        about=about, says=says, words=WORDS, readers=[world.party(n) for n in readers], by=world.community
    )


def condition(place: Place) -> Condition:
    return gate.affected_answer(place)[0]


def reads(place: Place) -> bool:
    return BodyAnswer.objects.visible_to(place.user).of(place.partnership).exists()


def test_a_seated_body_is_told_and_nothing_hurries_it() -> None:
    world = make_partnership(community=True)
    name_seated(world)
    item = WorkItem.objects.waiting_for(world.community.user).get(kind="scoping.involvement")
    assert (item.due_on, item.next_reminder_at) == (None, None)
    assert not WorkItem.objects.visible_to(world.ngo.user).filter(kind="scoping.involvement").exists()
    assert Notice.objects.filter(recipient=world.community.user, kind="scoping.asked").exists()
    answer(world, BodySays.YES, About.INVOLVEMENT)
    assert not WorkItem.objects.waiting_for(world.community.user).filter(kind="scoping.involvement").exists()


def test_only_those_whom_the_community_chose_read_its_words() -> None:
    world = make_partnership(partners=3, broker=True, community=True, authority=True, funder=True)
    name_seated(world)
    answer(world, BodySays.WANT, readers=("ngo", "company"))
    assert reads(world.ngo)
    assert reads(world.company)
    assert reads(world.community)
    for name in ("third", "broker", "authority", "funder"):
        assert not reads(world.place(name))
        assert "Comité" not in str(condition(world.place(name)).facts)
    assert not BodyAnswer.objects.visible_to(world.outsider).exists()
    assert not BodyAnswer.objects.visible_to(world.administrator("community")).exists()


def test_an_authority_is_never_ticked_beforehand() -> None:
    world = make_partnership(partners=3, broker=True, community=True, authority=True)
    ticked = {p.name for p in world.ngo.present if bodies.may_read_by_default(p)}
    assert ticked == {"Sahel Futures", "Corvane Gold", "Third Chair"}


def test_nothing_overrides_a_no() -> None:
    world = make_partnership(community=True)
    assert not condition(world.ngo).met
    name_seated(world, About.PARTNERSHIP)
    waiting = condition(world.ngo)
    assert (waiting.met, waiting.waivable, waiting.waiting_for) == (False, False, (world.party("community").pk,))
    answer(world, BodySays.REFUSE)
    refused = condition(world.ngo)
    assert (refused.met, refused.waivable) == (False, False)
    assert "no to this partnership" in str(refused.facts)
    answer(world, BodySays.MIXED)
    assert condition(world.ngo).met
    assert condition(world.company).met


def test_every_body_that_wishes_to_be_involved_is_waited_for() -> None:
    world = make_partnership(community=True)
    name_seated(world, About.PARTNERSHIP)
    answer(world, BodySays.WANT)
    other = bodies.name_body(by=world.company, name="River assembly")
    assert not condition(world.ngo).met
    BodyAnswer.objects.create(
        partnership=world.partnership,
        party=world.party("company"),
        circle=other.circle,
        body=other,
        about=About.INVOLVEMENT,
        says=BodySays.NO,
    )
    assert condition(world.ngo).met


def test_a_body_answers_unasked_and_takes_it_back() -> None:
    world = make_partnership(community=True)
    given = answer(world, BodySays.WANT)
    assert condition(world.ngo).met
    bodies.withdraw_answer(given, by=world.community)
    assert not reads(world.ngo)
    assert not condition(world.ngo).met
    with pytest.raises(ValidationError):
        bodies.withdraw_answer(given, by=world.ngo)


def test_nobody_answers_for_another() -> None:
    world = make_partnership(community=True)
    body = name_seated(world)
    with pytest.raises(ValidationError):
        bodies.answer_as_body(
            about=About.PARTNERSHIP, says=BodySays.WANT, words="", readers=[], by=world.ngo, body=body
        )
    with pytest.raises(ValidationError, match="seat"):
        bodies.write_note(body, about=About.PARTNERSHIP, says=BodySays.WANT, words="", by=world.ngo)


def test_the_future_is_not_written_down() -> None:
    world = make_partnership()
    body = bodies.name_body(by=world.ngo, name="Council")
    with pytest.raises(ValidationError):
        bodies.ask(body, about=About.INVOLVEMENT, asked_on=clock.today() + timedelta(days=1), how="", by=world.ngo)


def noted(world: World) -> tuple[BodyNote, str]:
    body = bodies.name_body(by=world.ngo, name="Council", address="council@example.org")
    note = bodies.write_note(body, about=About.PARTNERSHIP, says=BodySays.WANT, words=WORDS, by=world.ngo)
    return note, reverse("scoping:approve_note", args=[links.token_for("scoping.note", note.pk, None)])


def test_a_note_counts_once_the_body_approves_it(client: Client) -> None:
    world = make_partnership(partners=3, broker=True)
    _note, path = noted(world)
    assert Notice.objects.filter(address="council@example.org", kind="scoping.note").count() == 1
    assert not BodyNote.objects.visible_to(world.company.user).exists()
    assert not condition(world.ngo).met
    page = client.get(path)
    assert page.status_code == 200
    assert WORDS in page.content.decode()
    assert not BodyAnswer.objects.unguarded("test").exists()
    done = client.post(path, {"answer": "approve", "readers": [world.party("company").public_id]})
    assert done.status_code == 200
    assert reads(world.ngo)
    assert reads(world.company)
    assert not reads(world.third)
    assert not reads(world.broker)
    assert condition(world.ngo).met
    again = client.post(path, {"answer": "approve"})
    assert again.status_code == 410
    assert BodyAnswer.objects.unguarded("test").count() == 1


def test_a_note_that_is_not_right_counts_for_nothing(client: Client) -> None:
    world = make_partnership()
    note, path = noted(world)
    assert client.post(path, {"answer": "object", "objection": "We said maybe"}).status_code == 200
    note.refresh_from_db()
    assert (note.refused_at is not None, note.objection) == (True, "We said maybe")
    assert not BodyAnswer.objects.unguarded("test").exists()
    assert Notice.objects.filter(recipient=world.ngo.user, kind="scoping.note_back").exists()
    assert client.get(path).status_code == 410


def test_a_wrong_or_expired_link_says_so(client: Client) -> None:
    world = make_partnership()
    _note, path = noted(world)
    assert client.get(reverse("scoping:approve_note", args=["1-0.wrong"])).status_code == 404
    with clock.at(clock.now() + timedelta(days=20)):
        assert client.get(path).status_code == 410


def test_a_body_that_joins_reads_what_it_was_asked() -> None:
    world = make_partnership()
    body = bodies.name_body(by=world.ngo, name="Comité")
    bodies.ask(body, about=About.INVOLVEMENT, asked_on=clock.today(), how="In Tandi", by=world.ngo)
    world.bring("community")
    assert queries.bodies(world.community) == []
    bodies.seat_body(body, body_party=world.party("community"), by=world.ngo)
    found = queries.bodies(world.community)
    assert [q.how for q in found[0].questions] == ["In Tandi"]
    assert WorkItem.objects.waiting_for(world.community.user).filter(kind="scoping.involvement").exists()


def test_the_page_shows_words_to_the_chosen_alone(client: Client) -> None:
    world = make_partnership(partners=3, broker=True, community=True, authority=True)
    name_seated(world)
    answer(world, BodySays.WANT)
    path = reverse("scoping:affected", args=[world.pid])
    for name, sees in {
        "ngo": True,
        "company": True,
        "community": True,
        "third": False,
        "broker": False,
        "authority": False,
    }.items():
        page = sign_in(client, world.place(name)).get(path)
        assert page.status_code == 200
        assert ("zebramarker" in page.content.decode()) is sees


def test_the_mail_itself_leads_to_the_note(client: Client, mailoutbox: list[EmailMessage]) -> None:
    world = make_partnership()
    noted(world)
    delivery.deliver()
    mail = next(m for m in mailoutbox if m.to == ["council@example.org"])
    assert "zebramarker" not in f"{mail.subject} {mail.body}"
    assert "Sahel Futures" in mail.subject
    found = re.search(r"/note/\S+/", str(mail.body))
    assert found is not None
    assert "zebramarker" in client.get(found.group()).content.decode()


def test_no_partner_approves_a_bodys_note_at_an_address_of_its_own(client: Client) -> None:
    world = make_partnership()
    sign_in(client, world.company)
    for lead in (world.company, world.ngo):
        sent = {"name": "Council of elders", "address": lead.user.email.upper(), "address_language": "en"}
        response = client.post(f"/p/{world.pid}/scoping/affected/name/", sent)
        assert response.status_code == 200
        assert "address" in response.context["form"].errors
    assert not AffectedBody.objects.of(world.partnership).exists()
    with pytest.raises(ValidationError):
        bodies.name_body(by=world.company, name="Council of elders", address=world.company.user.email)
