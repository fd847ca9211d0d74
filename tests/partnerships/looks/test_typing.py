"""What people type is not lost: saved a moment after typing, kept in the window where the line or the server fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.partnerships.looks.gallery"),
]


@pytest.fixture
def page(browser: Any, live_server: Any) -> Iterator[Any]:
    page = browser.new_context(base_url=str(live_server.url)).new_page()
    yield page
    page.context.close()


def says(page: Any, text: str) -> None:
    page.locator("[data-autosave-status]").filter(has_text=text).wait_for(timeout=10_000)


def kept(page: Any) -> int:
    return int(page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('cg:')).length"))


def test_typing_is_saved_after_a_moment(page: Any) -> None:
    page.goto("/typing/204/")
    page.get_by_label("Your answer").fill("Clear for the wells.")
    says(page, "Saved")
    assert page.locator("[name=version]").input_value() == "2", "the next save knows what it stands on"
    assert kept(page) == 0


def test_what_is_sent_waits_for_a_save_on_its_way(page: Any) -> None:
    page.goto("/slow/")
    page.get_by_label("Your answer").fill("Clear for the wells.")
    says(page, "Saving")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/slow/?sent=*", timeout=10_000)
    assert page.url.endswith("sent=2"), "sent on the version before, it would meet its own text as somebody else's"


def test_a_failing_server_loses_nothing(page: Any) -> None:
    page.goto("/typing/503/")
    page.get_by_label("Your answer").fill("Not clear for who chooses the villages.")
    says(page, "Not sent yet")
    page.reload()
    assert page.get_by_label("Your answer").input_value() == "Not clear for who chooses the villages."
    says(page, "Here is what you typed before")


def test_a_newer_text_is_announced_not_overwritten(page: Any) -> None:
    page.goto("/typing/409/")
    page.get_by_label("Your answer").fill("Mine.")
    says(page, "Somebody saved a newer text")
    assert kept(page) == 1


def test_without_a_line_the_form_stays(page: Any) -> None:
    page.goto("/typing/204/")
    page.context.set_offline(True)
    page.get_by_label("Your answer").fill("From the field.")
    page.get_by_role("button", name="Save").click()
    says(page, "Not sent yet")
    page.context.set_offline(False)
    says(page, "Saved")


def test_what_was_sent_is_forgotten(page: Any) -> None:
    page.goto("/typing/503/")
    page.get_by_label("Your answer").fill("Sent with the button.")
    page.get_by_role("button", name="Save").click()
    page.wait_for_load_state()
    page.wait_for_function("document.querySelector('textarea').value === ''")
    assert kept(page) == 0


def test_signing_out_forgets_what_was_typed(page: Any) -> None:
    page.goto("/typing/503/")
    page.get_by_label("Your answer").fill("Private.")
    says(page, "Not sent yet")
    page.route("**/account/logout/", lambda route: route.fulfill(body="<html></html>", content_type="text/html"))
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/account/logout/")
    assert kept(page) == 0


def test_everything_works_without_scripts(browser: Any, live_server: Any) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=str(live_server.url))
    page = context.new_page()
    page.goto("/typing/204/")
    page.get_by_label("Your answer").fill("Sent.")
    page.get_by_role("button", name="Save").click()
    assert page.url.endswith("/typing/204/")
    context.close()


def test_what_did_not_arrive_is_there_again_after_a_sign_in_in_between(page: Any) -> None:
    page.goto("/typing/503/")
    script = page.evaluate("document.querySelector('script[src*=common-ground]').src")
    head = f"<head><script src='{script}' defer></script></head>"
    asks = f"<!doctype html><html data-keep-drafts>{head}<p>Who are you?</p></html>"
    page.get_by_label("Your answer").fill("Typed while the session ran out.")
    page.route(
        "**/typing/503/",
        lambda route: (
            route.fulfill(body=asks, content_type="text/html") if route.request.method == "POST" else route.continue_()
        ),
    )
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Who are you?").wait_for()
    page.goto("/typing/204/")
    page.goto("/typing/503/")
    says(page, "Here is what you typed before")
    assert page.get_by_label("Your answer").input_value() == "Typed while the session ran out."
