"""Whose questions: proposed, read from then on, agreed by all, and asked in the next round."""

from __future__ import annotations

from html import unescape

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from lifecycle.diligence import actions, queries
from lifecycle.diligence.models import DiligenceRound
from lifecycle.diligence.states import RoundReason
from partnerships.access.actions import open_release
from partnerships.access.places import Place
from partnerships.catalogue.drafting import is_own
from partnerships.catalogue.models import CatalogueVersion
from partnerships.people.models import Membership
from tests.factories import World, make_partnership, make_user, sign_in
from tests.partnerships.authoring.made import publish, small, start

from .conftest import answer, release_self

pytestmark = pytest.mark.django_db


def library_of(place: Place, **fields: object) -> CatalogueVersion:
    """A published library of a partner's organisation, with one question."""
    membership = Membership.objects.create(
        user=make_user(), organisation=place.own_party.organisation, role="administrator"
    )
    return publish(small(membership, **fields))


def read(world: World, version: CatalogueVersion) -> str:
    assert version.organisation is not None
    return reverse("diligence:library", args=[world.pid, version.organisation.public_id, version.code, version.version])


def opened(world: World, who: str, path: str) -> int:
    return sign_in(Client(), world.place(who)).get(path).status_code


def test_a_library_is_read_by_the_partners_from_the_proposal_on_and_never_before(world: World) -> None:
    version = library_of(world.company)
    page = read(world, version)
    assert opened(world, "company", page) == 200, "its own people read what they would propose"
    assert [opened(world, who, page) for who in ("ngo", "broker", "community", "authority")] == [404] * 4
    actions.propose_depth(depth="light", library=version, by=world.company)
    assert [opened(world, who, page) for who in ("company", "ngo", "broker")] == [200] * 3
    assert [opened(world, who, page) for who in ("community", "authority")] == [404] * 2
    assert sign_in(Client(), world.outsider).get(page).status_code == 404
    other = library_of(world.company)
    assert opened(world, "ngo", read(world, other)) == 404, "only what was proposed"


def test_in_another_record_it_stays_closed(world: World) -> None:
    version = library_of(world.company)
    actions.propose_depth(depth="light", library=version, by=world.company)
    elsewhere = make_partnership(name="Elsewhere")
    assert opened(elsewhere, "ngo", read(elsewhere, version)) == 404


def test_a_partner_proposes_only_what_its_own_organisation_published(world: World) -> None:
    theirs = library_of(world.company)
    with pytest.raises(ValidationError, match="your organisation has published"):
        actions.propose_depth(depth="light", library=theirs, by=world.ngo)
    assert queries.offered_libraries(world.ngo) == []
    assert queries.offered_libraries(world.company) == [theirs]
    page = sign_in(Client(), world.ngo).get(reverse("diligence:depth", args=[world.pid])).content.decode()
    assert "Our questions" not in page
    actions.propose_depth(depth="light", library=theirs, by=world.company)
    assert queries.offered_libraries(world.ngo) == [theirs], "what was proposed here can be proposed again"


def test_where_nothing_is_answered_yet_an_agreed_library_just_counts(world: World) -> None:
    version = library_of(world.company)
    choice = actions.propose_depth(depth="light", library=version, by=world.company)
    assert queries.library_for(world.partnership) == queries.shipped_library()
    assert actions.agree_depth(choice, by=world.ngo) is True
    assert queries.library_for(world.partnership) == version
    assert not queries.awaits_refresh(world.partnership)
    with pytest.raises(ValidationError, match="agreed already"):
        actions.propose_depth(depth="light", library=version, by=world.company)
    back = actions.propose_depth(depth="light", by=world.ngo)
    assert actions.agree_depth(back, by=world.company)
    assert queries.library_for(world.partnership) == queries.shipped_library()


def test_three_partners_all_have_to_agree() -> None:
    world = make_partnership(partners=3)
    version = library_of(world.third)
    choice = actions.propose_depth(depth="light", library=version, by=world.third)
    assert actions.agree_depth(choice, by=world.ngo) is False
    assert queries.library_for(world.partnership) == queries.shipped_library()
    assert actions.agree_depth(choice, by=world.company) is True
    assert queries.library_for(world.partnership) == version


def test_a_round_that_is_on_goes_on_and_a_refresh_is_offered(world: World) -> None:
    answer(world.ngo, world.ngo.own_party, "2.1")
    version = library_of(world.company)
    depth = reverse("diligence:depth", args=[world.pid])
    company, ngo = sign_in(Client(), world.company), sign_in(Client(), world.ngo)
    sent = company.post(depth, {"depth": "light", "library": str(version.pk)})
    assert sent.status_code == 302
    page = ngo.get(depth).content.decode()
    assert "With the questions of Corvane Gold: “Our questions”, version 1." in page
    assert read(world, version) in page
    choice = queries.open_depth_choice(world.partnership)
    assert choice is not None
    read_it = {"choice": choice.public_id}
    agreed = ngo.post(reverse("diligence:agree_depth", args=[world.pid]), read_it, follow=True).content.decode()
    assert "This round asks other questions than you agreed on" in agreed
    assert queries.library_for(world.partnership) == queries.shipped_library()
    refresh = reverse("diligence:refresh_questions", args=[world.pid])
    assert refresh in agreed
    assert "Begin a round" in ngo.get(refresh).content.decode()
    ngo.post(refresh)
    now = DiligenceRound.objects.of(world.partnership).get(number=2)
    assert (now.library, now.reason) == (version, RoundReason.QUESTIONS)
    assert not queries.awaits_refresh(world.partnership)
    ngo.post(refresh)
    assert DiligenceRound.objects.of(world.partnership).count() == 2, "once is enough"


def test_an_answer_always_shows_the_question_as_it_was_asked(world: World) -> None:
    membership = Membership.objects.create(
        user=make_user(), organisation=world.company.own_party.organisation, role="administrator"
    )
    first = publish(small(membership))
    assert actions.agree_depth(actions.propose_depth(depth="standard", library=first, by=world.company), by=world.ngo)
    code = first.content["items"][0]["code"]
    actions.save_answers(
        about=world.ngo.own_party, said={code: actions.Said("some", "Late twice.")}, seen=None, by=world.ngo
    )
    draft = start(membership)
    publish(draft)
    place = world.ngo
    found = queries.checklist(place.own_party, place.own_party, place.partners)
    assert [str(row.question.text) for row in found.rows] == ["Do we pay on time?"]
    assert found.rows[0].answer is not None
    assert found.rows[0].answer.library == first


def test_whoever_may_not_speak_for_its_side_proposes_and_begins_nothing(world: World) -> None:
    member = world.colleague("ngo")
    client = sign_in(Client(), member)
    for name in ("depth", "refresh_questions"):
        assert client.post(reverse(f"diligence:{name}", args=[world.pid])).status_code == 403


def _queries(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def test_the_page_asks_the_same_number_of_queries_for_one_and_for_three_libraries(world: World) -> None:
    client = sign_in(Client(), world.company)
    path = reverse("diligence:depth", args=[world.pid])
    one_library = library_of(world.company)
    actions.propose_depth(depth="light", library=one_library, by=world.company)
    one = _queries(client, path)
    library_of(world.company)
    actions.propose_depth(depth="full", library=library_of(world.company), by=world.company)
    assert _queries(client, path) == one


def test_a_yes_is_to_the_proposal_that_was_read(world: World) -> None:
    ngo, agree = sign_in(Client(), world.ngo), reverse("diligence:agree_depth", args=[world.pid])
    read_first = actions.propose_depth(depth="standard", by=world.company)
    assert read_first.public_id in ngo.get(reverse("diligence:depth", args=[world.pid])).content.decode()
    other = actions.propose_depth(depth="full", by=world.company)
    said = ngo.post(agree, {"choice": read_first.public_id}, follow=True).content.decode()
    assert "Something else has been proposed since. Look again." in said
    assert queries.depth_of(world.partnership) == "light"
    ngo.post(agree, {"choice": other.public_id})
    assert queries.depth_of(world.partnership) == "full"


def test_what_was_released_is_read_also_where_its_theme_is_asked_no_more(world: World) -> None:
    version = library_of(world.company)
    proposed = actions.propose_depth(depth="standard", library=version, by=world.company)
    assert actions.agree_depth(proposed, by=world.ngo)
    code = version.content["items"][0]["code"]
    ngo = world.ngo.own_party
    actions.save_answers(about=ngo, said={code: actions.Said("some", "Late twice.")}, seen=None, by=world.ngo)
    open_release(release_self(world.ngo), by=world.company)
    back = actions.propose_depth(depth="light", by=world.company)
    assert actions.agree_depth(back, by=world.ngo)
    actions.start_refresh(reason=RoundReason.QUESTIONS, note="", by=world.ngo)
    assert queries.released_checklists(world.company)[0].count == 1
    page = reverse("diligence:read", args=[world.pid, ngo.public_id, ngo.public_id])
    html = sign_in(Client(), world.company).get(page).content.decode()
    assert "Do we pay on time?" in html
    assert "Late twice." in html


def test_an_own_questions_drawn_code_is_shown_to_nobody(world: World) -> None:
    """Its words stand for it before a release and where counsel is asked; a shipped question keeps its number."""
    version = library_of(world.ngo)
    choice = actions.propose_depth(depth="standard", library=version, by=world.ngo)
    actions.agree_depth(choice, by=world.company)
    found = queries.checklist(world.ngo.own_party, world.ngo.own_party, world.ngo.partners)
    own = [row.question for row in found.rows if is_own(row.question.code)]
    assert own
    client = sign_in(Client(), world.ngo)
    about = world.ngo.own_party.public_id
    for name in ("release", "note_check"):
        words = unescape(strip_tags(client.get(reverse(f"diligence:{name}", args=[world.pid, about])).content.decode()))
        assert not [q.code for q in own if q.code in words]
    assert queries.in_short(own[0].code, "Who pays?") == "“Who pays?”"
    assert queries.in_short("6.1", "Who pays?") == "6.1"
