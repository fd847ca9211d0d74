"""The pages: who opens what, what they say, and how many statements they ask."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lifecycle.screening import actions, queries, views
from lifecycle.screening.models import ListVersion, Match, Principal, ScreeningList, ScreeningRun
from lifecycle.screening.states import Cause, VersionState
from partnerships import clock
from partnerships.documents.models import Document
from partnerships.people.models import User
from partnerships.record.models import Partnership
from tests.factories import World, sign_in

from .conftest import NEAR, UN, found, put, simple
from .test_actions import name_director


def url(world: World, name: str, *args: str) -> str:
    return reverse(f"screening:{name}", args=[world.pid, *args])


def client_of(world: World, who: str | User) -> Client:
    return sign_in(Client(), world.place(who) if isinstance(who, str) else who)


@pytest.fixture
def administrator(world: World) -> User:
    return world.administrator("ngo")


@pytest.fixture
def own(world: World, administrator: User) -> Any:
    """Addresses of the organisation's lists."""
    organisation = world.party("ngo").organisation.public_id
    return lambda name, *args: reverse(f"screening:{name}", args=[organisation, *args])


@pytest.fixture(autouse=True)
def enqueued(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What a page hands to the worker."""
    given: list[int] = []
    monkeypatch.setattr(views.tasks.load, "delay", given.append)
    return given


def upload(content: bytes, name: str = "list.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/octet-stream")


class TestLists:
    def test_an_administrator_loads_a_list_and_sees_it_in_force(
        self, world: World, administrator: User, own: Any, enqueued: list[int], django_capture_on_commit_callbacks: Any
    ) -> None:
        client = client_of(world, administrator)
        assert "No list yet." in client.get(own("lists")).content.decode()
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(own("load_list"), {"source": "un", "file": upload(UN.encode(), "un.xml")}, follow=True)
        version = ListVersion.objects.get()
        assert enqueued == [version.pk]
        assert "A version is being read." in answer.content.decode()
        actions.load(version.pk)
        page = client.get(own("lists")).content.decode()
        assert "As published on" in page
        assert "2 entries" in page
        page = client.get(own("list", version.list.public_id)).content.decode()
        assert str(administrator) in page

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"MZ\x90\x00", "This is no list"),
            (b"PK\x03\x04", "Unpack it first"),
            (UN.encode(), "none of the formats"),
            (b"", "empty"),
        ],
    )
    def test_what_is_no_list_is_said_beside_the_file(
        self, world: World, administrator: User, own: Any, content: bytes, said: str
    ) -> None:
        client = client_of(world, administrator)
        answer = client.post(own("load_list"), {"source": "opensanctions", "file": upload(content)})
        assert said in answer.content.decode()
        assert not ScreeningList.objects.exists()

    def test_a_list_may_be_larger_than_a_document_up_to_its_own_limit(
        self, world: World, administrator: User, own: Any, settings: Any
    ) -> None:
        settings.DOCUMENT_MAX_BYTES, settings.SCREENING_MAX_BYTES = 1000, 3 * 2**20
        client = client_of(world, administrator)
        content = simple([{"name": f"Name number {n}"} for n in range(500)])
        assert len(content) > 1000
        client.post(own("load_list"), {"source": "opensanctions", "file": upload(content)})
        assert ListVersion.objects.get().size == len(content)
        answer = client.post(own("load_list"), {"source": "opensanctions", "file": upload(content + b" " * 4 * 2**20)})
        assert "at most 3 MB" in answer.content.decode()

    def test_a_failed_version_says_why_and_that_the_old_one_stays(
        self, world: World, administrator: User, own: Any
    ) -> None:
        first = put(world.party("ngo").organisation)
        client = client_of(world, administrator)
        cut = simple([{"name": f"Name {n}"} for n in range(40)])[:-25]
        client.post(own("load_version", first.list.public_id), {"file": upload(cut)})
        actions.load(ListVersion.objects.latest("pk").pk)
        page = client.get(own("list", first.list.public_id)).content.decode()
        assert "The file breaks off in the middle." in page
        assert "It is in line 41." in page
        assert "The version before it stays in force." in page
        assert "The newest file was not taken:" in client.get(own("lists")).content.decode()

    def test_another_format_is_refused_for_a_newer_version(self, world: World, administrator: User, own: Any) -> None:
        first = put(world.party("ngo").organisation)
        answer = client_of(world, administrator).post(
            own("load_version", first.list.public_id), {"file": upload(UN.encode())}
        )
        assert "another format" in answer.content.decode()

    def test_stopping_asks_first_and_says_what_goes(self, world: World, administrator: User, own: Any) -> None:
        first = put(world.party("ngo").organisation)
        client = client_of(world, administrator)
        assert "All its names are deleted here" in client.get(own("retire_list", first.list.public_id)).content.decode()
        assert first.entries.exists()
        client.post(own("retire_list", first.list.public_id))
        assert not first.entries.exists()
        assert client.get(own("list", first.list.public_id)).status_code == 404

    def test_a_list_of_the_installation_is_shown_and_not_changed(
        self, world: World, administrator: User, own: Any
    ) -> None:
        everybodys = put(None)
        client = client_of(world, administrator)
        page = client.get(own("list", everybodys.list.public_id)).content.decode()
        assert "Those who run the installation keep this list up to date." in page
        for name in ("load_version", "retire_list"):
            assert client.get(own(name, everybodys.list.public_id)).status_code == 404

    def test_all_partnerships_are_searched_and_numbers_alone_are_shown(
        self, world: World, administrator: User, own: Any
    ) -> None:
        put(world.party("ngo").organisation)
        client = client_of(world, administrator)
        assert "1 partnership is searched." in client.get(own("search_everywhere")).content.decode()
        client.post(own("search_everywhere"))
        actions.sweep()
        page = client.get(own("lists")).content.decode()
        assert "Korvane" not in page
        assert ScreeningRun.objects.of(world.partnership).filter(cause=Cause.EVERYWHERE).exists()

    def test_a_record_that_waits_for_two_searches_is_counted_once(self, world: World, administrator: User) -> None:
        organisation = world.party("ngo").organisation
        put(organisation)
        for minutes in (0, 2):
            with clock.at(clock.now() + timedelta(minutes=minutes)):
                actions.search_everywhere(organisation, by=administrator)
        assert ScreeningRun.objects.of(world.partnership).filter(cause=Cause.EVERYWHERE).count() == 2
        assert queries.progress_of(administrator, organisation).waiting == 1

    def test_matches_are_counted_where_the_administrator_has_a_seat(
        self, world: World, administrator: User, own: Any
    ) -> None:
        put(world.party("ngo").organisation)
        actions.search_now(by=world.ngo)
        organisation = world.party("ngo").organisation
        found = Match.objects.of(world.partnership).filter(party=world.party("ngo")).count()
        assert found
        told = queries.progress_of(administrator, organisation)
        assert (told.records, told.to_decide) == (1, 0), "that a name is near to a listed one is its own side's"
        assert queries.progress_of(world.ngo.user, organisation).to_decide == found

    def test_nobody_else_opens_an_organisations_lists(self, world: World, own: Any) -> None:
        first = put(world.party("ngo").organisation)
        member = world.colleague("ngo").user
        for who in (member, world.company.user, world.outsider):
            for address in (
                own("lists"),
                own("load_list"),
                own("search_everywhere"),
                own("list", first.list.public_id),
            ):
                assert client_of(world, who).get(address).status_code == 404

    def test_without_a_broker_the_sweep_finds_the_list(
        self,
        world: World,
        administrator: User,
        own: Any,
        monkeypatch: pytest.MonkeyPatch,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        def away(_pk: int) -> None:
            raise ConnectionError

        monkeypatch.setattr(views.tasks.load, "delay", away)
        with django_capture_on_commit_callbacks(execute=True):
            client_of(world, administrator).post(
                own("load_list"), {"source": "opensanctions", "file": upload(simple(NEAR))}
            )
        actions.sweep()
        assert ListVersion.objects.get().state == VersionState.IN_FORCE

    def test_the_number_of_queries_does_not_grow_with_the_lists(
        self, world: World, administrator: User, own: Any
    ) -> None:
        client, counts = client_of(world, administrator), []
        for _number in range(3):
            put(world.party("ngo").organisation)
            client.get(own("lists"))
            with CaptureQueriesContext(connection) as seen:
                client.get(own("lists"))
            counts.append(len(seen))
        assert counts[0] == counts[2]


class TestARecord:
    def test_a_lead_names_a_person_searches_and_decides(self, world: World) -> None:
        put(world.party("ngo").organisation)
        client = client_of(world, "ngo")
        assert "Nothing has been searched yet." in client.get(url(world, "overview")).content.decode()
        client.post(
            url(world, "new_principal"),
            {"of": world.party("company").pk, "role": "director", "name": "Marit Ostrander"},
        )
        answer = client.post(url(world, "search"), follow=True).content.decode()
        assert "Searched. 2 matches are new." in answer
        assert "Decide 2 matches" in answer
        firm, person = found(world)["Korvane Gold Trading FZE"], found(world)["Marit Oestrander"]
        page = client.get(url(world, "match", person.public_id)).content.decode()
        for said in ("Marit Ostrander", "Marit Oestrander", "1951-04-02", "One letter differs: ostrander, oestrander."):
            assert said in page
        answer = client.post(
            url(world, "match", person.public_id), {"verdict": "other", "why": "Born in 1978."}, follow=True
        )
        assert answer.redirect_chain[-1][0] == url(world, "match", firm.public_id)
        answer = client.post(
            url(world, "match", firm.public_id), {"verdict": "same", "why": "The same register number."}, follow=True
        )
        assert answer.redirect_chain[-1][0] == url(world, "overview")
        assert "Born in 1978." in answer.content.decode()

    def test_a_decision_without_a_reason_is_asked_again_with_what_was_typed(self, world: World) -> None:
        put(world.party("ngo").organisation)
        actions.search_now(by=world.ngo)
        firm = found(world)["Korvane Gold Trading FZE"]
        answer = client_of(world, "ngo").post(url(world, "match", firm.public_id), {"verdict": "other", "why": ""})
        assert answer.status_code == 200
        assert not firm.decisions.exists()

    def test_without_a_list_the_page_says_who_loads_one(self, world: World) -> None:
        client = client_of(world, "company")
        assert "No list is in force for your organisation." in client.get(url(world, "overview")).content.decode()
        answer = client.post(url(world, "search"), follow=True)
        assert "Its administrator loads one" in answer.content.decode()

    def test_taking_a_person_away_says_what_goes(self, world: World) -> None:
        put(world.party("ngo").organisation)
        principal = name_director(world.ngo)
        actions.search_now(by=world.ngo)
        client = client_of(world, "ngo")
        page = client.get(url(world, "remove_principal", principal.public_id)).content.decode()
        assert "1 match about it, and what was decided about it, is deleted too." in page
        client.post(url(world, "remove_principal", principal.public_id))
        assert not Principal.objects.of(world.partnership).exists()
        assert not Match.objects.of(world.partnership).filter(listed="Marit Oestrander").exists()
        assert client.get(reverse("record:history", args=[world.pid])).status_code == 200

    def test_a_search_is_kept_as_a_document(self, world: World) -> None:
        put(world.party("ngo").organisation)
        run = actions.search_now(by=world.ngo)
        client = client_of(world, "ngo")
        assert "Keep as a supporting document" in client.get(url(world, "run", run.public_id)).content.decode()
        client.post(url(world, "keep", run.public_id))
        assert Document.objects.visible_to(world.ngo).filter(kind="search_log").count() == 1
        assert not Document.objects.visible_to(world.company).filter(kind="search_log").exists()

    def test_a_search_that_waits_is_not_kept(self, world: World) -> None:
        put(world.party("ngo").organisation)
        run = ScreeningRun.objects.of(world.partnership).get()
        client = client_of(world, "ngo")
        assert "It is done in the background" in client.get(url(world, "run", run.public_id)).content.decode()
        assert client.post(url(world, "keep", run.public_id)).status_code == 404

    def test_the_own_side_reads_and_its_leads_and_administrators_act(self, world: World) -> None:
        put(world.party("ngo").organisation)
        run = actions.search_now(by=world.ngo)
        firm = found(world)["Korvane Gold Trading FZE"]
        member = world.colleague("ngo")
        client = client_of(world, member.user)
        for address in (url(world, "overview"), url(world, "match", firm.public_id), url(world, "run", run.public_id)):
            assert client.get(address).status_code == 200
        acts = [url(world, "search"), url(world, "match", firm.public_id), url(world, "keep", run.public_id)]
        for address in acts:
            assert client.post(address, {"verdict": "other", "why": "No."}).status_code == 403
        assert client.get(url(world, "new_principal")).status_code == 403
        assert member.seat is not None
        member.seat.membership.role = "administrator"
        member.seat.membership.save()
        assert client.post(url(world, "search")).status_code == 302

    @pytest.mark.parametrize("side", ["company", "broker", "community"])
    def test_another_side_finds_nothing(self, world: World, side: str) -> None:
        put(world.party("ngo").organisation)
        principal = name_director(world.ngo)
        run = actions.search_now(by=world.ngo)
        firm = found(world)["Korvane Gold Trading FZE"]
        client = client_of(world, side)
        addresses = [
            url(world, "overview"),
            url(world, "match", firm.public_id),
            url(world, "run", run.public_id),
            url(world, "remove_principal", principal.public_id),
        ]
        for address in addresses:
            answer = client.get(address)
            assert answer.status_code in ({200, 404} if side == "company" else {403})
            assert "Korvane" not in answer.content.decode()
            assert "Marit" not in answer.content.decode()

    def test_when_the_record_is_over_it_is_read_and_not_changed(self, world: World) -> None:
        put(world.party("ngo").organisation)
        actions.search_now(by=world.ngo)
        Partnership.objects.filter(pk=world.partnership.pk).update(standing="ended")
        client = client_of(world, "ngo")
        page = client.get(url(world, "overview")).content.decode()
        assert "Korvane" in page
        assert "Search" not in page.split("<main")[1].split("Last search")[0]
        assert client.post(url(world, "search")).status_code == 403

    def test_the_number_of_queries_does_not_grow_with_matches_people_and_searches(self, world: World) -> None:
        organisation = world.party("ngo").organisation
        client, counts = client_of(world, "ngo"), []
        for number, director in enumerate(("Marit Ostrander", "Tor Velgarm", "Ilse Brandow"), start=1):
            entries = [{"name": name} for name in ("Marit Oestrander", "Tor Velgarn", "Ilse Brandov")[:number]]
            name_director(world.ngo, director)
            put(organisation, [*entries, *NEAR[:1]])
            actions.search_now(by=world.ngo)
            ScreeningList.objects.exclude(pk=ScreeningList.objects.latest("pk").pk).update(
                retired_at=world.ngo.user.joined_at
            )
            for match in found(world).values():
                actions.decide(match, verdict="other", why="No.", by=world.ngo)
            client.get(url(world, "overview"))
            with CaptureQueriesContext(connection) as seen:
                assert client.get(url(world, "overview")).status_code == 200
            counts.append(len(seen))
        assert counts[0] == counts[2] <= 20

    @pytest.mark.parametrize("language", ["fr", "es"])
    def test_in_other_languages(self, world: World, language: str) -> None:
        put(world.party("ngo").organisation)
        actions.search_now(by=world.ngo)
        User.objects.filter(pk=world.leads["ngo"].pk).update(language=language)
        world.leads["ngo"].refresh_from_db()
        client = client_of(world, "ngo")
        assert client.get(url(world, "overview")).status_code == 200
        assert client.get(url(world, "match", found(world)["Korvane Gold Trading FZE"].public_id)).status_code == 200


def test_a_listed_name_is_a_reason_to_look_again_for_the_side_that_found_it(world: World) -> None:
    put(world.party("ngo").organisation)
    actions.search_now(by=world.ngo)
    actions.decide(found(world)["Korvane Gold Trading FZE"], verdict="same", why="The same register.", by=world.ngo)
    page = reverse("diligence:decision", args=[world.pid])
    html = sign_in(Client(), world.ngo).get(page).content.decode()
    assert "This may be a reason to look at each other again" in html
    assert reverse("diligence:refresh", args=[world.pid]) in html
    for side in ("company", "broker"):
        html = sign_in(Client(), world.place(side)).get(page).content.decode()
        assert "on the list" not in html
