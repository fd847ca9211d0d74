"""Links in mails: one purpose, one object, one person; wrong, expired, used and replaced ones are told apart."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partnerships import clock
from partnerships.notices import links
from partnerships.notices.models import MailLink
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def refusal(purpose: str, token: str) -> str:
    with pytest.raises(links.LinkRefused) as refused:
        links.look(purpose, token)
    return refused.value.reason


def test_a_link_opens_until_it_is_used() -> None:
    token = links.token_for("confirm", 7, make_user())
    found = links.look("confirm", token)
    links.look("confirm", token)
    links.use(found)
    assert refusal("confirm", token) == "used"
    with pytest.raises(links.LinkRefused):
        links.use(found)


def test_a_link_for_one_purpose_opens_no_other() -> None:
    token = links.token_for("confirm", 7, make_user())
    assert refusal("contact", token) == "wrong"


def test_expired_replaced_and_of_somebody_who_left() -> None:
    user = make_user()
    token = links.token_for("confirm", 7, user)
    with clock.at(clock.now() + timedelta(days=15)):
        assert refusal("confirm", token) == "expired"
    newer = links.token_for("confirm", 7, user, renew=True)
    assert refusal("confirm", token) == "replaced"
    links.look("confirm", newer)
    user.is_active = False
    user.save()
    assert refusal("confirm", newer) == "wrong"


def test_the_database_holds_no_token() -> None:
    token = links.token_for("confirm", 7, make_user())
    row = MailLink.objects.get()
    assert token not in "".join(str(v) for v in vars(row).values())


@given(st.text(max_size=60))
def test_nothing_made_up_opens(text: str) -> None:
    assert refusal("confirm", text) == "wrong"
