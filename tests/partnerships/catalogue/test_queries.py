from __future__ import annotations

from typing import Any

import pytest
from django.template import Context, Template
from django.utils import translation

from partnerships import clock
from partnerships.catalogue.actions import load_all
from partnerships.catalogue.content import Library, Screen, Text
from partnerships.catalogue.models import CatalogueVersion
from partnerships.catalogue.queries import NotLoaded, content, current, current_content, lesson, text

HELLO = Text("Hello <you>", "Bonjour", "Hola")


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Hello <you>"), ("fr", "Bonjour"), ("es", "Hola"), ("fr-ca", "Bonjour"), ("de", "Hello <you>")],
)
def test_text_in_the_readers_language_else_english(language: str, said: str) -> None:
    with translation.override(language):
        assert text(HELLO) == str(HELLO) == said
        assert text({"en": "Hello <you>", "fr": "Bonjour", "es": "Hola"}) == said
    assert text(HELLO, language) == said


def test_templates_print_texts_escaped_in_the_readers_language() -> None:
    with translation.override("es"):
        assert Template("{{ it }}").render(Context({"it": HELLO})) == "Hola"
    assert Template("{{ it }}").render(Context({"it": HELLO})) == "Hello &lt;you&gt;"


def test_every_lesson_has_its_why_without_a_query() -> None:
    assert (
        lesson("MED").why.en == "When a journalist calls, it is too late to find out that you would answer differently."
    )
    with pytest.raises(KeyError):
        lesson("XX9")


@pytest.mark.django_db
class TestStored:
    def test_current_is_the_newest_shipped_version(self) -> None:
        load_all()
        first = CatalogueVersion.objects.get(kind="screen", code="fit", organisation=None, version=1)
        copy: dict[str, Any] = {"title": first.title, "content": first.content, "checksum": "2" * 64}
        CatalogueVersion.objects.create(kind="screen", code="fit", version=10, published_at=clock.now(), **copy)
        CatalogueVersion.objects.create(kind="screen", code="fit", version=9, published_at=clock.now(), **copy)
        assert current("screen", "fit").version == current("screen").version == 10

    def test_says_which_lists_there_are(self) -> None:
        load_all()
        with pytest.raises(ValueError, match=r"say which \(constraints"):
            current("canvas")
        with pytest.raises(NotLoaded, match="load_catalogue"):
            current("screen", "nothing")

    def test_content_is_made_once(self, django_assert_num_queries: Any) -> None:
        load_all()
        version = current("library", "diligence")
        made = content(version, Library)
        with django_assert_num_queries(1):
            assert content(current("library", "diligence"), Library) is made
        assert current_content(Library) is made

    def test_content_of_another_kind_is_refused(self) -> None:
        load_all()
        with pytest.raises(TypeError, match="is no Screen"):
            content(current("library", "diligence"), Screen)
