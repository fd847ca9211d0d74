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
from lifecycle.scoping import gate, queries
from lifecycle.scoping.actions import bodies, listing
from lifecycle.scoping.models import AffectedBody, BodyAnswer, BodyNote
from lifecycle.scoping.states import About, BodySays
from partnerships import clock
from partnerships.access.places import Place
from partnerships.notices import delivery, links
from partnerships.notices.models import Notice
from partnerships.record.holding import set_hold
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


def test_a_seat_that_is_taken_is_given_to_no_other_body() -> None:
    world = make_partnership(community=True, authority=True)
    body = name_seated(world)
    other = world.party("authority")
    with pytest.raises(ValidationError, match="seat"):
        bodies.seat_body(body, body_party=other, by=world.company)
    body.refresh_from_db()
    assert body.body_party == world.party("community")


def test_who_took_its_answer_back_can_be_asked_again() -> None:
    world = make_partnership(community=True)
    body = name_seated(world)
    given = answer(world, BodySays.YES, About.INVOLVEMENT)
    bodies.withdraw_answer(given, by=world.community)
    bodies.ask(body, about=About.INVOLVEMENT, asked_on=clock.today(), how="Once more", by=world.company)
    assert WorkItem.objects.waiting_for(world.community.user).filter(kind="scoping.involvement").exists()


def test_a_note_from_before_it_joined_replaces_nothing_that_a_body_says_itself(client: Client) -> None:
    world = make_partnership()
    note, path = noted(world)
    world.bring("community")
    bodies.seat_body(note.body, body_party=world.party("community"), by=world.ngo)
    answer(world, BodySays.REFUSE)
    assert client.get(path).status_code == 410
    assert client.post(path, {"answer": "approve", "readers": []}).status_code == 410
    [standing] = BodyAnswer.objects.of(world.partnership).filter(replaced_at=None)
    assert standing.says == BodySays.REFUSE


def test_whom_it_waits_for_is_told_to_those_who_know_the_body() -> None:
    world = make_partnership(community=True, authority=True)
    body = bodies.name_body(by=world.ngo, name="Comité", body_party=world.party("community"))
    assert gate.affected_asked(world.authority)[0].facts == ""
    bodies.ask(body, about=About.PARTNERSHIP, asked_on=clock.today(), how="", by=world.ngo)
    community = world.party("community").pk
    assert condition(world.ngo).waiting_for == (community,)
    assert community not in condition(world.authority).waiting_for


# The list put right ---------------------------------------------------------------------------------------------------
def correct(body: AffectedBody, by: Place, **changes: str) -> AffectedBody:
    body.refresh_from_db()
    names = ("name", "speaks_for", "address", "address_language")
    values = {**{name: getattr(body, name) for name in names}, **changes}
    return listing.change_body(body, seen=body.version, by=by, **values)


def test_a_slip_in_the_address_is_mended_and_the_note_goes_there(client: Client) -> None:
    world = make_partnership()
    body = bodies.name_body(by=world.ngo, name="Council", address="counsil@example.org")
    bodies.write_note(body, about=About.PARTNERSHIP, says=BodySays.WANT, words=WORDS, by=world.ngo)
    wrong = bodies._path_of_note(Notice.objects.get(kind="scoping.note"))
    correct(body, world.ngo, address="council@example.org")
    newest = Notice.objects.filter(kind="scoping.note").order_by("pk").last()
    assert newest is not None
    assert newest.address == "council@example.org"
    assert client.get(wrong).status_code == 410
    assert WORDS in client.get(bodies._path_of_note(newest)).content.decode()


def test_once_it_has_answered_its_address_stands(client: Client) -> None:
    world = make_partnership()
    body = bodies.name_body(by=world.ngo, name="Council", address="council@example.org")
    bodies.write_note(body, about=About.PARTNERSHIP, says=BodySays.REFUSE, words=WORDS, by=world.ngo)
    bodies.approve_note(_token(Notice.objects.get(kind="scoping.note")), readers=[])
    with pytest.raises(ValidationError, match="it stands"):
        correct(body, world.ngo, address="other@example.org")
    # And so do the name under which it spoke, and whom it spoke for, whatever became of the answer.
    for changes in ({"name": "Council of elders"}, {"speaks_for": "Somebody else"}):
        with pytest.raises(ValidationError, match="what it said stays with it") as caught:
            correct(body, world.ngo, **changes)
        assert list(caught.value.message_dict) == list(changes)
    assert correct(body, world.ngo, address_language="fr").name == "Council"


def _token(notice: Notice) -> str:
    return bodies._path_of_note(notice).strip("/").split("/")[-1]


def test_no_partner_gives_its_own_address_later_either() -> None:
    world = make_partnership()
    body = bodies.name_body(by=world.ngo, name="Council", address="council@example.org")
    with pytest.raises(ValidationError):
        correct(body, world.ngo, address=world.company.user.email)


def test_a_body_named_by_mistake_leaves_the_list_until_it_was_asked(client: Client) -> None:
    world = make_partnership()
    asked = bodies.name_body(by=world.ngo, name="Council")
    bodies.ask(asked, about=About.INVOLVEMENT, asked_on=clock.today(), how="", by=world.company)
    slip = bodies.name_body(by=world.ngo, name="Counsil")
    sign_in(client, world.company)
    assert client.get(f"/p/{world.pid}/scoping/affected/{slip.public_id}/take-off/").status_code == 403
    sign_in(client, world.ngo)
    page = client.get(f"/p/{world.pid}/scoping/affected/").content.decode()
    assert page.count("take-off/") == 1
    assert client.post(f"/p/{world.pid}/scoping/affected/{slip.public_id}/take-off/").status_code == 302
    with pytest.raises(ValidationError, match="stays on the list"):
        listing.remove_body(asked, by=world.ngo)
    assert [body.name for body in AffectedBody.objects.of(world.partnership)] == ["Council"]


def test_a_newer_correction_is_shown_beside_ones_own(client: Client) -> None:
    world = make_partnership()
    body = bodies.name_body(by=world.ngo, name="Council")
    sign_in(client, world.ngo)
    address = f"/p/{world.pid}/scoping/affected/{body.public_id}/change/"
    old = {"name": "Council of ten", "speaks_for": "", "address": "", "address_language": "en", "seen": "1"}
    correct(body, world.colleague("ngo"), name="Council of elders")
    page = client.post(address, old)
    assert page.status_code in {200, 409}
    assert "Council of elders" in page.content.decode()
    assert "Council of ten" in page.content.decode()


def test_no_side_turns_what_another_wrote_down_to_an_address_of_its_choice(client: Client) -> None:
    world = make_partnership()
    body = bodies.name_body(by=world.ngo, name="Council", address="council@example.org")
    bodies.write_note(body, about=About.PARTNERSHIP, says=BodySays.REFUSE, words=WORDS, by=world.company)
    with pytest.raises(ValidationError, match="named this body"):
        correct(body, world.company, address="mine@elsewhere.example")
    sign_in(client, world.company)
    assert client.get(f"/p/{world.pid}/scoping/affected/{body.public_id}/change/").status_code == 403
    correct(body, world.ngo, address="elsewhere@example.org")
    (mail,) = Notice.objects.filter(kind="scoping.note")
    assert mail.address == "council@example.org", "the company's note stays where the company sent it"


def test_a_note_on_its_way_needs_somewhere_to_go() -> None:
    world = make_partnership()
    body = bodies.name_body(by=world.ngo, name="Council", address="council@example.org")
    bodies.write_note(body, about=About.PARTNERSHIP, says=BodySays.WANT, words=WORDS, by=world.ngo)
    with pytest.raises(ValidationError, match="on its way"):
        correct(body, world.ngo, address="")


def test_once_it_has_a_seat_a_body_takes_back_by_itself_what_it_approved_by_mail(client: Client) -> None:
    world = make_partnership()
    note, path = noted(world)
    client.post(path, {"answer": "approve", "readers": []})
    given = BodyAnswer.objects.of(world.partnership).get()
    world.bring("community")
    bodies.seat_body(note.body, body_party=world.party("community"), by=world.ngo)
    with pytest.raises(ValidationError, match="Only the body"):
        bodies.withdraw_answer(BodyAnswer.objects.unguarded("test").get(pk=given.pk), by=world.ngo)
    back = reverse("scoping:withdraw_answer", args=[world.partnership.public_id, given.public_id])
    sign_in(client, world.ngo.user)
    assert client.post(back).status_code == 403
    sign_in(client, world.community.user)
    assert back in client.get(reverse("scoping:affected", args=[world.partnership.public_id])).content.decode()
    assert client.post(back).status_code == 302
    given.refresh_from_db()
    assert given.withdrawn_at is not None


def test_a_note_is_approved_while_the_partnership_goes_on(client: Client) -> None:
    world = make_partnership()
    _note, path = noted(world)
    type(world.partnership).objects.filter(pk=world.partnership.pk).update(standing="closed")
    page = client.get(path)
    assert page.status_code == 410
    assert WORDS not in page.content.decode()
    assert client.post(path, {"answer": "approve", "readers": []}).status_code == 410
    assert not BodyAnswer.objects.of(world.partnership).exists()


def test_while_a_legal_hold_stands_no_body_leaves_the_list() -> None:
    world = make_partnership()
    body = bodies.name_body(by=world.ngo, name="Council")
    set_hold(by=world.ngo, reason="A claim.")
    with pytest.raises(ValidationError, match="legal hold"):
        listing.remove_body(body, by=world.ngo)
