"""A kind of work may give its reminders a link of their own, in the mail alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from partnerships.access.actions import circle_for
from partnerships.access.states import CircleKind
from partnerships.notices import mails
from partnerships.notices.models import Notice
from partnerships.people import actions as people
from partnerships.people.models import User
from partnerships.record import actions as record
from partnerships.record.models import Partnership
from partnerships.work import actions as work
from partnerships.work import kinds
from partnerships.work.models import WorkItem

pytestmark = pytest.mark.django_db


@pytest.fixture
def linked() -> Iterator[str]:
    kind = kinds.register("test.linked", "Tick it", mail_path=lambda n: f"/l/{n.object_id}-{n.recipient_id}/")
    yield kind
    kinds._kinds.pop(kind)


@pytest.fixture
def partnership() -> Partnership:
    user = User.objects.create_user("a@example.org", name="Aïssata")
    membership = people.open_organisation(name="Sahel Futures", kind="ngo", administrator=user)
    return record.propose(by=user, membership=membership, name="Tandi")


def _reminded(partnership: Partnership, kind: str) -> tuple[WorkItem, Notice]:
    party = partnership.parties.get()
    circle = circle_for(partnership, CircleKind.ALL)
    row = work.open_item(kind, partnership=partnership, key="x", party=party, circle=circle, path="/p/x/", item=party)
    work.nudge(row)
    return row, Notice.objects.get(work_item=row)


def test_the_mail_leads_to_the_kinds_own_link_and_the_inbox_to_the_page(linked: str, partnership: Partnership) -> None:
    row, notice = _reminded(partnership, linked)
    assert mails.line_of(notice, record="Tandi").url.endswith(f"/l/{row.object_id}-{notice.recipient_id}/")
    assert mails.in_app(notice, record="Tandi").url == "/p/x/"


def test_other_kinds_lead_to_their_page(partnership: Partnership) -> None:
    _row, notice = _reminded(partnership, record.HAND_OVER)
    assert mails.line_of(notice, record="Tandi").url.endswith("/p/x/")
    assert "/l/" not in mails.line_of(notice, record="Tandi").url


def test_a_mail_of_what_was_done_meanwhile_leads_to_the_page(linked: str, partnership: Partnership) -> None:
    _row, notice = _reminded(partnership, linked)
    work.close_item(partnership, "x")
    assert mails.line_of(Notice.objects.get(pk=notice.pk), record="Tandi").url.endswith("/p/x/")
