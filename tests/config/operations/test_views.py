"""The operations page: who opens it, what it tells and keeps to itself, and what its buttons do."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.test import Client

from config.operations import notes, state
from evaluation.reports import actions as reports
from evaluation.reports.models import ReportJob
from lifecycle.agreement.models import Paper
from partnerships.notices.models import Notice
from partnerships.notices.states import MailState
from partnerships.record.states import Stage
from tests.evaluation.reviews.conftest import World as ReviewWorld
from tests.evaluation.reviews.conftest import make_world
from tests.factories import make_partnership, make_user, sign_in
from tests.lifecycle.agreement.conftest import _own_conditions, signed

__all__ = ["_own_conditions"]
pytestmark = pytest.mark.django_db
#: Of the page, with something in each of its lists.
QUERIES = 14
PAGE, AGAIN = "/operations/", "/operations/try-again/"
ADDRESS, TITLE = "nobody.elses.business@example.net", "A title that is nobody else's business"


@pytest.fixture(autouse=True)
def _a_broker_that_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "broker", lambda: "ok")
    monkeypatch.setattr(notes, "_noted_at", 0.0)


@pytest.fixture
def staff(client: Client, request: pytest.FixtureRequest) -> Client:
    """Somebody with the mark of staff and no permission besides; a world that a test asks for is made before."""
    if "review" in request.fixturenames:
        request.getfixturevalue("review")
    return sign_in(client, make_user("Operator", is_staff=True))


def page(client: Client) -> str:
    answer = client.get(PAGE)
    assert answer.status_code == 200
    return answer.content.decode()


def failed_mail(kind: str = "people.invited", error: str = "SMTPRecipientsRefused", **fields: Any) -> Notice:
    number = Notice.objects.count()
    return Notice.objects.create(
        address=ADDRESS, kind=kind, key=f"n{number}", mail_state=MailState.FAILED, last_error=error,
        attempts=8, names={"organisation": TITLE}, **fields,
    )  # fmt: skip


@pytest.fixture
def review() -> ReviewWorld:
    return make_world()


def failed_reports(review: ReviewWorld, *languages: str) -> list[ReportJob]:
    report = reports.make_report(review.opened(ngo=2, company=4), audience="partners", by=review.lead("ngo"))
    jobs = [reports.ask_for_pdf(report, language=code, word="review", user=review.leads["ngo"]) for code in languages]
    ReportJob.objects.filter(pk__in=[job.pk for job in jobs]).update(state="failed", reason="stopped", attempts=3)
    return jobs


def failed_paper() -> Paper:
    signed(make_partnership(stage=Stage.AGREEMENT, name=TITLE))
    paper = Paper.objects.latest("pk")
    Paper.objects.filter(pk=paper.pk).update(state="failed", reason="broken", error="OSError", attempts=4)
    return paper


# Who ------------------------------------------------------------------------------------------------------------------
def test_for_everybody_but_staff_there_is_no_such_page(client: Client) -> None:
    world = make_partnership()
    mail = failed_mail()
    asked = {"what": "mails", "kind": mail.kind, "error": mail.last_error}
    assert client.get(PAGE).headers["Location"].startswith("/account/login/")
    assert client.post(AGAIN, asked).headers["Location"].startswith("/account/login/")
    sign_in(client, world.administrator("ngo"))
    assert client.get(PAGE).status_code == 404
    assert client.post(AGAIN, asked).status_code == 404
    assert PAGE not in client.get("/").content.decode()
    mail.refresh_from_db()
    assert mail.mail_state == MailState.FAILED


def test_staff_find_it_in_their_bar(staff: Client) -> None:
    assert f'href="{PAGE}"' in staff.get("/me/").content.decode()


@pytest.mark.parametrize("path", [PAGE, AGAIN, "/admin/", "/admin/partnerships/user/"])
def test_with_the_setting_staff_need_a_second_step(client: Client, settings: Any, path: str) -> None:
    settings.STAFF_SECOND_STEP = True
    user = make_user(is_staff=True, is_superuser=True)
    sign_in(client, user)
    assert client.get(path).headers["Location"] == "/account/2fa/"
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    assert client.get(path).status_code == (405 if path == AGAIN else 200)


def test_the_setting_asks_nobody_else_for_a_second_step(client: Client, settings: Any) -> None:
    settings.STAFF_SECOND_STEP = True
    sign_in(client, make_partnership().ngo)
    assert client.get("/").status_code == 200
    assert client.get(PAGE).status_code == 404


# What -----------------------------------------------------------------------------------------------------------------
def test_where_nothing_is_wrong_it_says_so(staff: Client) -> None:
    for task in notes.scheduled():
        notes.note_done(task, "worker@here")
    told = page(staff)
    assert "Everything works." in told
    assert "worker@here" in told
    assert "Try again" not in told


def test_before_any_worker_was_there_it_says_so(staff: Client) -> None:
    told = page(staff)
    assert "2 parts need to be looked at." in told
    assert "No worker has looked for due work yet." in told


def test_it_names_kinds_reasons_and_records_and_nothing_of_their_content(staff: Client, review: ReviewWorld) -> None:
    failed_mail()
    failed_reports(review, "en")
    paper = failed_paper()
    notes.note_failure("reports.sweep", "0d7b1c3e", ValueError(TITLE), "worker@here")
    told = page(staff)
    for shown in (
        "SMTPRecipientsRefused",
        "Its worker was stopped each time",
        review.partnership.public_id,
        "OSError",
        paper.frozen.agreement.partnership.public_id,
        "reports.sweep",
        "ValueError",
        "0d7b1c3e",
    ):
        assert shown in told
    for hidden in (ADDRESS, "nobody else", review.partnership.name, paper.frozen.agreement.title, "Sahel Futures"):
        assert hidden not in told


def test_a_review_that_cannot_be_opened_is_told_with_its_reason(staff: Client, review: ReviewWorld) -> None:
    round = review.started()
    type(round).objects.unguarded("test").filter(pk=round.pk).update(trouble="A key is missing from SEAL_KEYS.")
    told = page(staff)
    assert "A key is missing from SEAL_KEYS." in told
    assert "One review cannot be opened." in told
    assert review.partnership.public_id in told


def test_without_the_broker_it_opens_and_says_so(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "broker", lambda: "no answer")
    monkeypatch.setattr(notes, "cache", None)
    failed_mail()
    told = page(staff)
    assert "Does not answer" in told
    assert "SMTPRecipientsRefused" in told


def test_it_costs_as_many_queries_for_one_of_each_as_for_three(
    staff: Client, review: ReviewWorld, django_assert_num_queries: Any
) -> None:
    jobs = failed_reports(review, "en", "fr", "es")
    papers = [failed_paper() for _ in range(3)]
    for number in range(3):
        failed_mail(error=f"Error{number}")
        failed_mail(error=f"Other{number}")
    waiting = Notice.objects.filter(last_error__startswith="Other")
    waiting.update(mail_state=MailState.PENDING)
    page(staff)
    with django_assert_num_queries(QUERIES):
        three = page(staff)
    assert all(f"Error{number}" in three and f"Other{number}" in three for number in range(3))
    assert three.count("Its worker was stopped each time") == 3
    ReportJob.objects.filter(pk__in=[job.pk for job in jobs[1:]]).update(state="done", file="x")
    Paper.objects.filter(pk__in=[paper.pk for paper in papers[1:]]).delete()
    Notice.objects.filter(last_error__in=["Error1", "Error2", "Other1", "Other2"]).delete()
    with django_assert_num_queries(QUERIES):
        page(staff)


# Trying again ---------------------------------------------------------------------------------------------------------
def test_mails_of_one_kind_and_reason_are_sent_again_and_it_is_logged(
    staff: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    mails = [failed_mail(), failed_mail(), failed_mail(error="SMTPDataError"), failed_mail(kind="work.reminder")]
    told = staff.post(AGAIN, {"what": "mails", "kind": "people.invited", "error": mails[0].last_error}, follow=True)
    assert "2 are in the queue again." in told.content.decode()
    states = [Notice.objects.get(pk=mail.pk).mail_state for mail in mails]
    assert states == ["pending", "pending", "failed", "failed"]
    assert Notice.objects.get(pk=mails[0].pk).attempts == 0
    entry = LogEntry.objects.get()
    assert (entry.user.name, entry.object_repr) == ("Operator", "people.invited SMTPRecipientsRefused × 2")
    [line] = [r.getMessage() for r in caplog.records if r.name == "config.operations.actions"]
    assert line == f"2 of Notice put back in the queue by {entry.user.public_id}"
    assert "Tried again by hand" in told.content.decode()
    assert ADDRESS not in told.content.decode()


def test_one_pdf_of_a_report_or_all_are_made_again(staff: Client, review: ReviewWorld) -> None:
    jobs = failed_reports(review, "en", "fr", "es")
    staff.post(AGAIN, {"what": "reports", "which": jobs[0].public_id})
    assert list(ReportJob.objects.order_by("pk").values_list("state", "attempts")) == [
        ("queued", 0),
        ("failed", 3),
        ("failed", 3),
    ]
    staff.post(AGAIN, {"what": "reports"})
    assert set(ReportJob.objects.values_list("state", flat=True)) == {"queued"}


def test_a_pdf_of_an_agreement_is_made_again(staff: Client) -> None:
    first, second = failed_paper(), failed_paper()
    staff.post(AGAIN, {"what": "papers", "which": first.pk})
    assert [Paper.objects.get(pk=paper.pk).state for paper in (first, second)] == ["queued", "failed"]
    staff.post(AGAIN, {"what": "papers"})
    assert Paper.objects.get(pk=second.pk).state == "queued"


def test_what_was_made_or_sent_is_not_done_twice(staff: Client, review: ReviewWorld) -> None:
    [job] = failed_reports(review, "en")
    ReportJob.objects.filter(pk=job.pk).update(state="working")
    mail = failed_mail()
    Notice.objects.filter(pk=mail.pk).update(mail_state=MailState.SENT)
    for asked in ({"what": "reports"}, {"what": "mails", "kind": mail.kind, "error": mail.last_error}):
        told = staff.post(AGAIN, asked, follow=True).content.decode()
        assert "somebody else was faster" in told
    assert ReportJob.objects.get().state == "working"
    assert Notice.objects.get(pk=mail.pk).mail_state == MailState.SENT
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize(
    "asked", [{}, {"what": "everything"}, {"what": "mails"}, {"what": "papers", "which": "1 OR 1=1"}]
)
def test_nonsense_is_refused(staff: Client, asked: dict[str, str]) -> None:
    assert staff.post(AGAIN, asked).status_code == 400


def test_a_get_acts_never(staff: Client) -> None:
    assert staff.get(AGAIN).status_code == 405


def test_what_was_noted_before_an_upgrade_breaks_nothing(staff: Client) -> None:
    """A mail of a kind that this release does not know, and an empty cache."""
    cache.clear()
    failed_mail(kind="kind.of.old")
    assert "kind.of.old" in page(staff)
