"""Texts in few languages, codes, differences, and publishing whole or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from partnerships.catalogue import actions as catalogue
from partnerships.catalogue.content import Library, Text
from partnerships.catalogue.drafting import (
    INSTEAD,
    differences,
    filled,
    is_own,
    new_code,
    options_as_before,
    problems_of,
    recoded,
    settled,
    settled_fact,
    written,
)
from partnerships.catalogue.loading import CODE
from partnerships.catalogue.models import CatalogueDraft, CatalogueVersion
from partnerships.catalogue.queries import content, current, known_codes
from tests.factories import make_organisation
from tests.partnerships.authoring.made import fact, publish, question, small, start, theme

SHIPPED = {"code": "4.1", "text": {"en": "Are we sound?"}, "direction": "both", "answer": "scale", "depth": "light"}
OWN = SHIPPED | {"code": "qabcdefg"}


def test_a_missing_language_repeats_what_was_written_and_says_so() -> None:
    text = filled({"text": {"fr": "Bonjour"}}, "fr")
    assert text == {"text": {"en": "Bonjour", "fr": "Bonjour", "es": "Bonjour", "missing": ["en", "es"]}}
    assert written(text) == {"text": {"fr": "Bonjour"}}
    found = Text("Bonjour", "Bonjour", "Bonjour", ("en", "es"))
    with translation.override("es"):
        assert (str(found), found.lang) == ("Bonjour", "fr")
    with translation.override("fr"):
        assert found.lang == "fr"
    assert filled({"en": "a", "es": "b"}, "es")["fr"] == "b"
    with translation.override("es"):
        assert Text("a", "b", "c").lang == "es"


def test_a_shipped_question_with_other_words_is_another_question() -> None:
    known = {"4.1": SHIPPED}
    assert settled(SHIPPED | {"depth": "full", "guidance": {"en": "Look."}}, known)["code"] == "4.1"
    changed = settled(SHIPPED | {"text": {"en": "Are we rich?"}}, known, same=True)
    assert is_own(changed["code"])
    assert changed[INSTEAD] == "4.1"
    again = settled(changed | {"text": {"en": "Are we really rich?"}}, known)
    assert again["code"] == changed["code"], "its code stays while it is being written"
    assert settled(again | {"text": SHIPPED["text"]}, known) == SHIPPED, "back to the words, back to the code"


def test_of_an_own_question_its_author_says_whether_it_asks_the_same() -> None:
    known = {OWN["code"]: OWN}
    better = OWN | {"text": {"en": "Are we sound today?"}}
    assert settled(better, known, same=True) == better
    assert settled(better, known, same=False)[INSTEAD] == OWN["code"]
    other = settled(OWN | {"answer": "number"}, known, same=True)
    assert other["code"] != OWN["code"], "an answer of another form is never compared"


def test_codes_are_codes_and_too_many_to_meet() -> None:
    codes = {new_code() for _n in range(2000)}
    assert len(codes) == 2000
    assert all(CODE.fullmatch(code) and len(code) <= 16 and is_own(code) for code in codes)
    assert not is_own("4.1")


def test_a_fact_that_says_something_else_is_another_fact() -> None:
    known = {"dam": {"code": "dam", "title": {"en": "A dam"}}}
    assert settled_fact({"code": "dam", "title": {"en": "A dam"}, "text": {"en": "how"}}, known)["code"] == "dam"
    assert settled_fact({"code": "dam", "title": {"en": "A river"}}, known)["code"] != "dam"


def test_codes_of_a_file_become_ours_and_references_follow() -> None:
    before: dict[str, Any] = {"themes": [{"code": "t1", "title": {"en": "Money"}}], "facts": [], "items": [OWN]}
    sent = {
        "themes": [{"code": "money", "title": {"en": "Money"}}, {"code": "new", "title": {"en": "Water"}}],
        "facts": [{"code": "dam", "title": {"en": "A dam"}}],
        "items": [
            OWN | {"code": "one", "theme": "money"},
            OWN | {"code": "two", "theme": "new", "text": {"en": "Who drinks it?"}, "only_if": ["dam", "operating"]},
        ],
    }
    made = recoded(sent, before)
    assert made["themes"][0]["code"] == "t1"
    assert made["items"][0] == OWN | {"theme": "t1"}, "the same words are the same question"
    assert is_own(made["items"][1]["code"])
    assert made["items"][1]["theme"] == made["themes"][1]["code"] != "new"
    assert made["items"][1]["only_if"] == [made["facts"][0]["code"], "operating"]
    twice = recoded({"items": [OWN | {"code": "one"}, OWN | {"code": "two"}]}, before)["items"]
    assert twice[0]["code"] != twice[1]["code"], "two questions never get one code"


def test_differences_are_named_by_what_they_are() -> None:
    before = {"items": [SHIPPED, OWN], "themes": [], "intro": {"en": "a"}}
    changed = OWN | {"depth": "full"}
    new = OWN | {"code": new_code(), INSTEAD: "4.1"}
    added = OWN | {"code": new_code()}
    found = differences(before, {"items": [changed, new, added], "themes": [], "intro": {"en": "b"}})
    assert [each["code"] for each in found.added["items"]] == [added["code"]]
    assert found.removed["items"] == []
    assert [each.fields for each in found.changed["items"]] == [("depth",)]
    assert [each.before for each in found.replaced] == [SHIPPED]
    assert found.intro
    assert differences(before, before).is_empty
    assert differences(before, before | {"items": [OWN, SHIPPED]}).reordered


@pytest.mark.parametrize(
    ("change", "path", "said"),
    [
        ({"guidance": {}}, ("items", 0, "guidance"), "this is missing"),
        ({"answer": "choice", "options": []}, ("items", 0, "answer"), "a question with a choice needs at least two"),
        ({"critical": 1}, ("items", 0, "depth"), "a critical question belongs to the light checklist"),
        ({"lessons": ["XX9"]}, ("items", 0, "lessons"), "“XX9” is not known"),
        ({"documents": ["XX9"]}, ("items", 0, "documents"), "“XX9” is not known"),
        ({"only_if": ["nothing"]}, ("items", 0, "only_if", 0), "“nothing” is none of the facts"),
        ({"code": "q" * 17}, ("items", 0, "code"), "a code has at most 16"),
        ({"theme": "elsewhere"}, ("items", 0, "theme"), "“elsewhere” is not one of the groups above"),
    ],
)
@pytest.mark.django_db
def test_a_problem_is_named_by_item_and_field(change: dict[str, Any], path: tuple[Any, ...], said: str) -> None:
    draft = small()
    assert problems_of("library", draft.title, draft.content, "en", known_codes()) == []
    item = {k: v for k, v in (draft.content["items"][0] | change).items() if v not in ({}, [])}
    content = draft.content | {"items": [item]}
    found = problems_of("library", draft.title, content, "en", known_codes())
    assert any(each.path == path and each.message.startswith(said) for each in found), found


@pytest.mark.django_db
def test_an_empty_theme_an_empty_library_and_no_name_are_problems() -> None:
    draft = small()
    two = draft.content | {"themes": [*draft.content["themes"], {"code": "t2", "title": {"en": "Water"}}]}
    found = problems_of("library", draft.title, two, "en", known_codes())
    assert [(each.path, each.message) for each in found] == [(("themes", 1), "no question belongs to it")]
    many = draft.content | {"items": [draft.content["items"][0] | {"code": new_code()} for _n in range(301)]}
    found = problems_of("library", draft.title, many, "en", known_codes())
    assert [each.message for each in found] == ["A library has at most 300 questions."]
    messages = {each.message for each in problems_of("library", {}, {"intro": {}, "items": []}, "en", known_codes())}
    assert {"give it a name", "there is no question in it yet"} <= messages


@pytest.mark.parametrize("garbage", [None, 5, "x", [], {"items": 5}, {"items": [5]}, {"items": [{"lessons": [[]]}]}])
@pytest.mark.django_db
def test_whatever_a_file_holds_is_a_problem_and_never_an_error(garbage: Any) -> None:
    content = garbage if isinstance(garbage, dict) else {"items": garbage}
    assert problems_of("library", garbage, content, "en", known_codes())


# Drafts ---------------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_published_draft_is_the_next_version_and_the_draft_is_gone() -> None:
    draft = small()
    first = publish(draft)
    assert (first.version, first.organisation_id, first.kind) == (1, draft.organisation_id, "library")
    assert not CatalogueDraft.objects.filter(pk=draft.pk).exists()
    asked = content(first, Library)
    assert str(asked.items[0].text) == "Do we pay on time?"
    assert asked.items[0].text.missing == ("fr", "es")
    again = catalogue.start_draft(
        organisation=draft.organisation, title="", language="en", based_on=first, by=draft.author
    )
    assert again.content["items"][0]["text"] == {"en": "Do we pay on time?"}, "only what was written"
    question(again, again.content["items"][0]["code"], guidance={"en": "Look at twenty."})
    second = publish(again)
    assert (second.code, second.version) == (first.code, 2)
    assert content(second, Library).items[0].code == asked.items[0].code
    assert content(CatalogueVersion.objects.get(pk=first.pk), Library) == asked, "the old version is what it was"


@pytest.mark.django_db
def test_shipped_texts_keep_their_translations_and_never_become_the_shipped_version() -> None:
    draft = start()
    shipped = current("library", "diligence")
    made = publish(draft)
    assert content(made, Library).items == content(shipped, Library).items
    assert current("library", "diligence") == shipped


@pytest.mark.django_db
def test_nothing_half_is_published() -> None:
    draft = small()
    question(draft, theme=draft.content["themes"][0]["code"], guidance={})
    with pytest.raises(ValidationError) as refused:
        publish(draft)
    assert refused.value.code == "problems"
    assert not CatalogueVersion.objects.filter(organisation=draft.organisation).exists()
    assert CatalogueDraft.objects.filter(pk=draft.pk).exists()


@pytest.mark.django_db
def test_what_is_published_is_what_was_looked_at() -> None:
    draft = small()
    draft.refresh_from_db()
    seen = draft.version
    theme(draft, "Water")
    with pytest.raises(ValidationError) as refused:
        catalogue.publish_draft(draft, seen=seen, by=draft.author)
    assert refused.value.code == "stale"


@pytest.mark.django_db
def test_the_same_once_more_is_no_new_version() -> None:
    draft = small()
    first = publish(draft)
    again = catalogue.start_draft(
        organisation=draft.organisation, title="", language="en", based_on=first, by=draft.author
    )
    with pytest.raises(ValidationError) as refused:
        publish(again)
    assert refused.value.code == "same"


@pytest.mark.django_db
def test_one_draft_of_a_list_and_none_from_another_organisations_version() -> None:
    draft = small()
    made = publish(draft)
    begin = {"organisation": draft.organisation, "title": "", "language": "en", "by": draft.author}
    one = catalogue.start_draft(**begin, based_on=made)
    assert catalogue.start_draft(**begin, based_on=made) == one
    assert catalogue.start_draft(**begin | {"title": "Copy"}, based_on=made, copy=True).code != made.code
    other = make_organisation()
    with pytest.raises(ValidationError, match="another organisation"):
        catalogue.start_draft(
            organisation=other.organisation, title="Theirs", language="en", based_on=made, by=other.user
        )


@pytest.mark.django_db
def test_a_file_waits_beside_the_draft_until_somebody_says_yes() -> None:
    draft = small()
    before = draft.content
    offered = before | {"items": [before["items"][0] | {"depth": "full"}]}
    catalogue.offer_content(draft, title={}, content=offered, name="ours.xlsx", by=draft.author)
    assert draft.content == before
    catalogue.drop_offer(draft, by=draft.author)
    assert (draft.content, draft.offered) == (before, None)
    catalogue.offer_content(draft, title={}, content=offered, name="ours.xlsx", by=draft.author)
    seen = draft.version
    fact(draft)
    with pytest.raises(ValidationError, match="Look again"):
        catalogue.take_offer(draft, seen=seen, by=draft.author)
    draft.refresh_from_db()
    catalogue.take_offer(draft, seen=draft.version, by=draft.author)
    assert draft.content["items"][0]["depth"] == "full"
    assert (draft.title, draft.offered) == ({"en": "Our questions"}, None)


@pytest.mark.django_db
def test_drafts_and_own_versions_are_for_the_organisations_administrators() -> None:
    draft = small()
    made = publish(draft)
    again = catalogue.start_draft(
        organisation=draft.organisation, title="", language="en", based_on=made, by=draft.author
    )
    other = make_organisation().user
    assert list(CatalogueDraft.objects.visible_to(draft.author)) == [again]
    assert not CatalogueDraft.objects.visible_to(other).exists()
    assert made in CatalogueVersion.objects.visible_to(draft.author)
    assert made not in CatalogueVersion.objects.visible_to(other)
    assert current("library", "diligence") in CatalogueVersion.objects.visible_to(other)


@pytest.mark.parametrize("field", ["text", "unit", "options"])
def test_a_translation_that_comes_later_makes_no_other_question(field: str) -> None:
    said = {
        "text": {"en": "Are we sound?"},
        "unit": {"en": "tonnes"},
        "options": [{"code": "a", "text": {"en": "Yes"}}, {"code": "b", "text": {"en": "No"}, "level": "some"}],
    }
    before = OWN | {"answer": "number" if field == "unit" else "choice", field: said[field]}
    more: dict[str, Any] = {
        "text": {"en": "Are we sound?", "fr": "Sommes-nous solides ?"},
        "unit": {"en": "tonnes", "es": "toneladas"},
        "options": [
            {"code": "a", "text": {"en": "Yes", "fr": "Oui"}},
            {"code": "b", "text": {"en": "No"}, "level": "some"},
        ],
    }
    now = settled(before | {field: more[field]}, {OWN["code"]: before})
    assert (now["code"], INSTEAD in now) == (OWN["code"], False)
    other = settled(before | {field: more[field], "direction": "about_authority"}, {OWN["code"]: before})
    assert other[INSTEAD] == OWN["code"]


def test_options_keep_their_codes_when_they_are_translated() -> None:
    before = [{"code": "yes", "text": {"en": "Yes"}}, {"code": "no", "text": {"en": "No"}}]
    typed = [{"code": "o1", "text": {"en": "Yes", "fr": "Oui"}}, {"code": "o2", "text": {"en": "No"}}]
    assert options_as_before(typed, before) == [typed[0] | {"code": "yes"}, typed[1] | {"code": "no"}]
    reworded = [typed[0], {"code": "o2", "text": {"en": "Never"}}]
    assert options_as_before(reworded, before) == reworded


def test_a_fact_that_is_translated_is_the_same_fact() -> None:
    known = {"dam": {"code": "dam", "title": {"en": "A dam"}}}
    assert settled_fact({"code": "dam", "title": {"en": "A dam", "fr": "Un barrage"}}, known)["code"] == "dam"
    assert settled_fact({"code": "dam", "title": {"fr": "Un barrage"}}, known)["code"] != "dam"
