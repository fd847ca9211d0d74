"""The language switch, for who is signed in and who is not."""

from __future__ import annotations

import pytest
from django.test import Client

from partnerships.people.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return User.objects.create_user("awa@ngo.example", name="Awa Demba")


def test_a_choice_holds_for_a_signed_in_person(client: Client, person: User) -> None:
    client.force_login(person)
    client.post("/language/", {"language": "fr", "next": "/"})
    person.refresh_from_db()
    assert person.language == "fr"
    assert client.get("/no/such/page").content.decode().count('<html lang="fr"') == 1


def test_a_stranger_keeps_it_in_a_cookie(client: Client) -> None:
    client.post("/language/", {"language": "es", "next": "/"})
    assert '<html lang="es"' in client.get("/no/such/page").content.decode()


@pytest.mark.parametrize("language", ["xx", "", "fr-x"])
def test_a_language_we_do_not_speak_changes_nothing(client: Client, person: User, language: str) -> None:
    client.force_login(person)
    assert client.post("/language/", {"language": language, "next": "/"}).status_code == 302
    person.refresh_from_db()
    assert person.language == "en"


def test_looking_changes_nothing(client: Client, person: User) -> None:
    client.force_login(person)
    client.get("/language/?language=fr")
    person.refresh_from_db()
    assert person.language == "en"


def test_it_leads_nowhere_else(client: Client) -> None:
    answer = client.post("/language/", {"language": "fr", "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/"
