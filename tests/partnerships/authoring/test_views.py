"""The pages on which administrators write, and whom they are not for."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from partnerships.authoring import actions
from partnerships.catalogue.actions import changing
from partnerships.catalogue.models import CatalogueDraft, CatalogueVersion
from partnerships.people.models import Membership
from tests.factories import make_organisation, make_user, sign_in

from .made import fact, publish, question, small, start, theme

pytestmark = pytest.mark.django_db


def at(draft: CatalogueDraft, name: str, *args: str) -> str:
    return reverse(f"authoring:{name}", args=[draft.organisation.public_id, draft.public_id, *args])


def fields_of(page: str) -> dict[str, Any]:
    """What a browser would send of the form on a page."""
    from html import unescape

    found: dict[str, Any] = {}
    form = page[page.index("<main") :]
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name is None or (('type="radio"' in tag or 'type="checkbox"' in tag) and "checked" not in tag):
            continue
        if 'type="checkbox"' in tag:
            found.setdefault(name[1], []).append(unescape(value[1] if value else ""))
        else:
            found[name[1]] = unescape(value[1] if value else "")
    for name_, value_ in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
        found[name_] = unescape(value_)
    for name_, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)"[^>]*selected', options)
        found[name_] = chosen[1] if chosen else ""
    found.pop("csrfmiddlewaretoken", None)
    found.pop("language", None)
    found.pop("next", None)
    return found


def every_page(draft: CatalogueDraft, made: CatalogueVersion) -> list[str]:
    """Every address of the folder, for a draft with a theme, a question and a fact."""
    draft.refresh_from_db()
    group, item, condition = (draft.content[key][0]["code"] for key in ("themes", "items", "facts"))
    organisation = draft.organisation.public_id
    version = ["own", made.code, str(made.version)]
    return [
        reverse("authoring:libraries", args=[organisation]),
        reverse("authoring:start", args=[organisation]),
        *(at(draft, name) for name in ("draft", "about", "new_theme", "new_fact", "preview", "differences")),
        *(at(draft, name) for name in ("publish", "discard", "upload", "offered")),
        *(at(draft, name, group) for name in ("theme", "theme_words", "move_theme", "remove_theme", "new_question")),
        *(at(draft, name, item) for name in ("question", "move_question", "remove_question")),
        *(at(draft, name, condition) for name in ("fact", "remove_fact")),
        *(at(draft, "download_draft", form) for form in ("xlsx", "yaml")),
        reverse("authoring:version", args=[organisation, *version]),
        reverse("authoring:next_version", args=[organisation, *version]),
        reverse("authoring:download_version", args=[organisation, *version, "xlsx"]),
    ]


def test_every_page_is_for_administrators_of_the_organisation_and_for_nobody_else(client: Client) -> None:
    who = make_organisation()
    made = publish(small(who))
    draft = small(who)
    fact(draft)
    member = make_user()
    Membership.objects.create(user=member, organisation=who.organisation)
    former = make_user()
    Membership.objects.create(user=former, organisation=who.organisation, role="administrator", ended_on="2020-01-01")
    staff = make_user(is_staff=True, is_superuser=True)
    pages = every_page(draft, made)
    for stranger in (make_organisation().user, member, former, staff):
        sign_in(client, stranger)
        for page in pages:
            assert client.get(page).status_code in (404, 405), page
            assert client.post(page).status_code in (404, 405), page
    draft.refresh_from_db()
    assert draft.content["items"], "nothing was changed by them"
    sign_in(client, who.user)
    for page in pages:
        assert client.get(page).status_code in (200, 302, 405), page


def test_another_organisations_address_does_not_open_a_draft(client: Client) -> None:
    mine, theirs = make_organisation(), make_organisation()
    draft = small(theirs)
    sign_in(client, mine.user)
    address = at(draft, "draft").replace(theirs.organisation.public_id, mine.organisation.public_id)
    assert client.get(address).status_code == 404
    made = publish(draft)
    own = [mine.organisation.public_id, "own", made.code, made.version]
    assert client.get(reverse("authoring:version", args=own)).status_code == 404
    assert client.get(reverse("authoring:version", args=[*own[:1], "shipped", *own[2:]])).status_code == 404


def test_an_administrator_writes_a_library_from_nothing_and_publishes_it(client: Client) -> None:
    who = make_organisation()
    sign_in(client, who.user)
    organisation = who.organisation.public_id
    page = client.get(reverse("people:organisation", args=[organisation]))
    assert reverse("authoring:libraries", args=[organisation]) in page.content.decode()
    begin = reverse("authoring:start", args=[organisation])
    response = client.post(begin, {"title": "Nos questions", "language": "fr", "start": "empty"}, follow=True)
    draft = CatalogueDraft.objects.get()
    assert "cannot be published" not in response.content.decode()
    assert client.get(at(draft, "publish")).status_code == 302
    client.post(
        at(draft, "about"), fields_of(client.get(at(draft, "about")).content.decode()) | {"intro_fr": "Bonjour."}
    )
    client.post(at(draft, "new_theme"), {"title_fr": "Argent", "seen": actions.mark_of(None)})
    draft.refresh_from_db()
    group = draft.content["themes"][0]["code"]
    asked = fields_of(client.get(at(draft, "new_question", group)).content.decode())
    asked |= {
        "text_fr": "Quelle part de nos revenus ?", "answer": "choice", "critical": "1", "depth": "light",
        "guidance_fr": "Trois ans.", "option_0_fr": "Moins d’un tiers", "option_1_fr": "Plus", "means_1": "serious",
        "only_if": ["operating"], "lessons": ["CH3"], "documents": ["accounts"],
    }  # fmt: skip
    response = client.post(at(draft, "new_question", group), asked)
    assert response.status_code == 302, response.content.decode()
    draft.refresh_from_db()
    item = draft.content["items"][0]
    assert item["options"] == [
        {"code": "o1", "text": {"fr": "Moins d’un tiers"}},
        {"code": "o2", "text": {"fr": "Plus"}, "level": "serious"},
    ]
    assert (item["only_if"], item["lessons"], item["documents"]) == (["operating"], ["CH3"], ["accounts"])
    seen = fields_of(client.get(at(draft, "publish")).content.decode())
    response = client.post(at(draft, "publish"), {"version": seen["version"]}, follow=True)
    shown = response.content.decode()
    assert "Published" in shown
    assert 'lang="fr"' in shown
    assert "Written in French" in shown
    assert CatalogueVersion.objects.get(organisation=who.organisation).version == 1


def test_what_is_missing_leads_to_its_field(client: Client) -> None:
    draft = small()
    code = question(draft, theme=draft.content["themes"][0]["code"], guidance={}, critical=1)
    sign_in(client, draft.author)
    page = client.get(at(draft, "draft")).content.decode()
    assert f'href="{at(draft, "question", code)}#id_guidance_en"' in page
    assert 'id="id_guidance_en"' in client.get(at(draft, "question", code)).content.decode()
    assert f'href="{at(draft, "publish")}"' not in page


def test_a_form_sent_as_it_is_changes_nothing(client: Client) -> None:
    draft = start()
    sign_in(client, draft.author)
    for item in draft.content["items"][::9] + [i for i in draft.content["items"] if i.get("options")]:
        address = at(draft, "question", item["code"])
        sent = client.post(address, fields_of(client.get(address).content.decode()))
        assert sent.status_code == 302, sent.content.decode()
    fresh = CatalogueDraft.objects.get()
    assert fresh.content == draft.content


def test_somebody_elses_newer_words_stand_beside_what_was_typed(client: Client) -> None:
    draft = small()
    code = draft.content["items"][0]["code"]
    sign_in(client, draft.author)
    typed = fields_of(client.get(at(draft, "question", code)).content.decode()) | {"text_en": "Mine?"}
    question(draft, code, text={"en": "Theirs?"}, depth="full")
    page = client.post(at(draft, "question", code), typed)
    shown = page.content.decode()
    assert (page.status_code, "Theirs?" in shown, "Mine?" in shown) == (200, True, True)
    beside = shown[shown.index("Somebody changed this in between") :]
    assert re.findall(r"<h3>([^<]+), now</h3>", beside) == ["Question", "Asked from"], "only what differs"
    draft.refresh_from_db()
    assert draft.content["items"][0]["text"] == {"en": "Theirs?"}
    assert client.post(at(draft, "question", code), fields_of(shown)).status_code == 302
    draft.refresh_from_db()
    assert draft.content["items"][0]["text"] == {"en": "Mine?"}


@pytest.mark.parametrize("name", ["question", "theme_words", "fact"])
def test_what_a_colleague_left_out_meanwhile_is_said_and_can_be_added_anew(client: Client, name: str) -> None:
    draft = small()
    made = {"question": draft.content["items"][0]["code"], "theme_words": theme(draft, "Water"), "fact": fact(draft)}
    code = made[name]
    sign_in(client, draft.author)
    first = "text_en" if name == "question" else "title_en"
    typed = fields_of(client.get(at(draft, name, code)).content.decode()) | {first: "Mine, typed"}
    draft.refresh_from_db()
    with changing(draft, by=draft.author) as locked:
        for key in ("items", "themes", "facts"):
            locked.content[key] = [each for each in locked.content.get(key, ()) if each["code"] != code]
    page = client.post(at(draft, name, code), typed)
    shown = page.content.decode()
    assert (page.status_code, "Somebody left this out" in shown, "Mine, typed" in shown) == (200, True, True)
    assert client.post(at(draft, name, code), fields_of(shown)).status_code == 302
    assert "Mine, typed" in str(CatalogueDraft.objects.get().content)
    assert client.get(at(draft, name, code)).status_code == 404


def test_another_questions_change_is_no_conflict(client: Client) -> None:
    draft = small()
    code = draft.content["items"][0]["code"]
    sign_in(client, draft.author)
    typed = fields_of(client.get(at(draft, "question", code)).content.decode()) | {"text_en": "Mine?"}
    question(draft, theme=draft.content["themes"][0]["code"], text={"en": "Another one?"})
    assert client.post(at(draft, "question", code), typed).status_code == 302


def test_an_own_question_is_the_same_or_another_as_its_author_says(client: Client) -> None:
    draft = small()
    made = publish(draft)
    sign_in(client, draft.author)
    organisation = draft.organisation.public_id
    client.post(reverse("authoring:next_version", args=[organisation, "own", made.code, made.version]))
    again = CatalogueDraft.objects.get()
    code = again.content["items"][0]["code"]
    typed = fields_of(client.get(at(again, "question", code)).content.decode())
    assert typed["same"] == "yes"
    client.post(at(again, "question", code), typed | {"text_en": "Do we pay within a month?"})
    again.refresh_from_db()
    assert again.content["items"][0]["code"] == code
    typed = fields_of(client.get(at(again, "question", code)).content.decode())
    client.post(at(again, "question", code), typed | {"same": "no"})
    again.refresh_from_db()
    other = again.content["items"][0]["code"]
    assert other != code
    page = client.get(at(again, "differences")).content.decode()
    assert "1 question asks something else now" in page
    assert client.get(at(again, "question", code)).status_code == 200, "its old address still leads to it"


def test_order_and_leaving_out(client: Client) -> None:
    draft = small()
    group = draft.content["themes"][0]["code"]
    question(draft, theme=group, text={"en": "Second?"})
    second = theme(draft, "Water")
    question(draft, theme=second, text={"en": "Who drinks it?"})
    condition = fact(draft)
    question(draft, theme=second, text={"en": "Below the dam?"}, only_if=[condition])
    sign_in(client, draft.author)
    draft.refresh_from_db()
    codes = [item["code"] for item in draft.content["items"]]
    client.post(at(draft, "move_question", codes[1]), {"way": "up"})
    client.post(at(draft, "move_question", codes[2]), {"way": "up"})
    client.post(at(draft, "move_theme", second), {"way": "up"})
    draft.refresh_from_db()
    assert [item["code"] for item in draft.content["items"]] == [codes[1], codes[0], codes[2], codes[3]]
    assert [each["code"] for each in draft.content["themes"]] == [second, group]
    leave_out(client, draft, "remove_fact", condition, says="asked always")
    draft.refresh_from_db()
    assert "only_if" not in draft.content["items"][3]
    asked = client.get(at(draft, "remove_theme", second))
    assert "Its 2 questions go with it" in asked.content.decode()
    # A colleague writes one more meanwhile: it is not taken along unseen.
    question(draft, theme=second, text={"en": "Who fishes there?"})
    for seen in (asked.context["seen"], ""):
        again = client.post(at(draft, "remove_theme", second), {"seen": seen}, follow=True)
        assert "nothing was left out" in again.content.decode()
        assert "Its 3 questions go with it" in again.content.decode()
    client.post(at(draft, "remove_theme", second), {"seen": again.context["seen"]})
    leave_out(client, draft, "remove_question", codes[0])
    draft.refresh_from_db()
    assert [item["code"] for item in draft.content["items"]] == [codes[1]]
    leave_out(client, draft, "discard")
    assert not CatalogueDraft.objects.exists()


def leave_out(client: Client, draft: CatalogueDraft, name: str, *codes: str, says: str = "") -> None:
    """Asked first, and done as it was shown."""
    asked = client.get(at(draft, name, *codes))
    assert says in asked.content.decode()
    client.post(at(draft, name, *codes), {"seen": asked.context["seen"]})


def test_what_a_colleague_changed_meanwhile_is_not_left_out_unseen(client: Client) -> None:
    draft = small()
    group, condition = draft.content["themes"][0]["code"], fact(draft)
    code = question(draft, theme=group, only_if=[condition])
    sign_in(client, draft.author)
    pages = [("remove_question", code), ("remove_fact", condition), ("discard",)]
    shown = [client.get(at(draft, *page)).context["seen"] for page in pages]
    draft.refresh_from_db()
    question(draft, code, text={"en": "Who opens the dam, and when?"})
    for page, seen in zip(pages, shown, strict=True):
        again = client.post(at(draft, *page), {"seen": seen}, follow=True).content.decode()
        assert "Somebody changed" in again
    draft.refresh_from_db()
    assert code in [each["code"] for each in draft.content["items"]]
    assert condition in [each["code"] for each in draft.content["facts"]]


def _queries(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def test_pages_ask_the_same_number_of_queries_for_one_and_for_three(client: Client) -> None:
    who = make_organisation()
    sign_in(client, who.user)
    draft = small(who)
    fact(draft)
    libraries = reverse("authoring:libraries", args=[who.organisation.public_id])
    begin = reverse("authoring:start", args=[who.organisation.public_id])
    group = draft.content["themes"][0]["code"]
    pages = [
        libraries,
        begin,
        at(draft, "draft"),
        at(draft, "theme", group),
        at(draft, "preview"),
        at(draft, "publish"),
    ]
    pages += [at(draft, "differences"), at(draft, "question", draft.content["items"][0]["code"])]
    publish(small(who))
    one = [_queries(client, page) for page in pages]
    for number in range(2):
        publish(small(who))
        small(who)
        question(draft, theme=group, text={"en": f"Question {number}?"})
        question(draft, theme=theme(draft, f"Theme {number}"))
        fact(draft, f"Fact {number}")
    assert [_queries(client, page) for page in pages] == one
