"""An invitation's link: once, for its time, the newest one only; whatever is wrong with it is said in words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from partnerships import clock
from partnerships.people import actions
from partnerships.people.models import Invitation, Membership, User
from tests.at_once import at_once
from tests.factories import PASSWORD, make_organisation, make_user, sign_in

pytestmark = pytest.mark.django_db
JOIN = {"name": "Ama Doe", "password": PASSWORD, "language": "en"}


@pytest.fixture
def invitation() -> Invitation:
    home = make_organisation()
    return actions.invite_member(organisation=home.organisation, email="ama@example.org", by=home.user)


def refused(path: str, words: str) -> None:
    """Neither shown nor accepted, with the reason and a way on."""
    for answer in (Client().get(path), Client().post(path, JOIN)):
        assert answer.status_code == 410
        assert words in answer.content.decode()
        assert "/account/login/" in answer.content.decode()
    assert not User.objects.filter(email="ama@example.org", name="Somebody else").exists()


def test_used_once_it_says_so(invitation: Invitation) -> None:
    path = actions.invitation_path(invitation)
    assert Client().post(path, JOIN).status_code == 302
    assert Membership.objects.filter(user__email="ama@example.org").count() == 1
    refused(path, "This link was used already")
    assert Membership.objects.filter(user__email="ama@example.org").count() == 1


def test_looking_uses_nothing_up(invitation: Invitation) -> None:
    path = actions.invitation_path(invitation)
    for _ in range(3):
        assert Client().get(path).status_code == 200
    assert Invitation.objects.get().is_open


def test_after_its_time_it_says_so(invitation: Invitation) -> None:
    path = actions.invitation_path(invitation)
    with clock.at(clock.now() + timedelta(days=actions.INVITATION_DAYS, seconds=1)):
        refused(path, "This link has expired")
    assert not User.objects.filter(email="ama@example.org").exists()


def test_sent_again_the_older_one_points_to_the_newer(invitation: Invitation) -> None:
    older = actions.invitation_path(invitation)
    actions.send_again(invitation)
    refused(older, "A newer link has replaced this one")
    assert Client().post(actions.invitation_path(Invitation.objects.get()), JOIN).status_code == 302


@pytest.mark.parametrize("how", ["cut", "changed", "another"])
def test_a_wrong_one_tells_nothing(invitation: Invitation, how: str) -> None:
    path = actions.invitation_path(invitation)
    head, _slash, _end = path.rpartition("/")
    token = head.rpartition("/")[2]
    other = {"cut": token[:-4], "changed": token[:-1] + ("A" if token[-1] != "A" else "B"), "another": f"9{token}"}[how]
    refused(path.replace(token, other), "This link is not right")


def test_somebody_elses_account_does_not_take_it(invitation: Invitation) -> None:
    somebody = make_user()
    page = sign_in(Client(), somebody).get(actions.invitation_path(invitation))
    assert page.status_code == 200
    with pytest.raises(ValidationError, match="another address"):
        actions.accept(invitation, user=somebody)
    assert Invitation.objects.get().is_open


@pytest.mark.django_db(transaction=True)
def test_pressed_twice_it_brings_in_one_person() -> None:
    home = make_organisation()
    made = actions.invite_member(organisation=home.organisation, email="ama@example.org", by=home.user)

    def press() -> object:
        return actions.accept_as_new(
            actions.find_invitation(actions.invitation_path(made).split("/")[-2]),
            name="Ama",
            password=PASSWORD,
            language="en",
        )

    answers = at_once(press, press)
    assert sum(isinstance(answer, User) for answer in answers) == 1, answers
    assert User.objects.filter(email="ama@example.org").count() == 1
    assert Membership.objects.filter(user__email="ama@example.org").count() == 1
