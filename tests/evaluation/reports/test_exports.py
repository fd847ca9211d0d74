"""Many reports as one file: made once, going on after a killed worker, given only while all in it may be given."""

from __future__ import annotations

import hashlib
import io
import tempfile
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from evaluation.reports import actions, tasks
from evaluation.reports.actions import exporting, papers
from evaluation.reports.models import Report, ReportExport, ReportJob
from evaluation.reviews import actions as reviews
from partnerships import clock
from partnerships.documents.storage import WholeFiles
from partnerships.history.models import Act
from partnerships.people.models import Membership, User
from tests.running import full_disk, store_away


@pytest.fixture
def administrator(world):
    user = User.objects.create_user("admin@example.org", name="Administrator")
    Membership.objects.create(user=user, organisation=world.lead("ngo").own_party.organisation, role="administrator")
    return user


@pytest.fixture
def reports(world):
    """Two reports of one round, both released to the NGO's administrators."""
    round = world.opened(ngo=2, company=4)
    reviews.add_finding(round, text="We meet too late", by=world.lead("ngo"))
    made = [actions.make_report(round, audience=each, by=world.lead("ngo")) for each in ("partners", "own")]
    for each in made:
        actions.release_to_organisation(each, by=world.lead("ngo"))
    return made


@pytest.fixture
def asked(reports, administrator):
    organisation = administrator.memberships.get().organisation
    return actions.start_export(organisation, reports, language="en", by=administrator)


def finished(export):
    while actions.go_on(export.pk):
        pass
    export.refresh_from_db()
    return export


def files():
    from django.conf import settings

    return sorted(path.name for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file())


def left_in_temp(export):
    return list(Path(tempfile.gettempdir()).glob(f"common-ground-export-{export.public_id}-*"))


class TestMaking:
    def test_a_pdf_of_each_and_one_workbook(self, asked, reports):
        export = finished(asked)
        assert export.state == "done"
        assert export.expires_at == export.finished_at + timedelta(days=7)
        with export.file.open("rb") as file, zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            assert len(names) == 3
            assert names[-1] == "reports.xlsx"
            assert [reports[0].public_id in names[0], reports[1].public_id in names[1]] == [True, True]
            assert len(PdfReader(io.BytesIO(archive.read(names[0]))).pages) >= 4
            book = load_workbook(io.BytesIO(archive.read(names[-1])))
        rows = list(book["Reports"].iter_rows(min_row=2, values_only=True))
        assert [row[-1] for row in rows] == names[:2]
        assert {row[0] for row in rows} == {"Kessa health posts"}
        assert "We meet too late" in {row[3] for row in book["Agreed"].iter_rows(min_row=2, values_only=True)}
        means = {row[6] for row in book["Statements"].iter_rows(min_row=2, values_only=True)}
        assert means == {2, "3.6 or more"}
        assert left_in_temp(asked) == []

    def test_the_same_reports_give_the_same_bytes_on_another_day(self, asked, reports, administrator):
        def digest(export):
            with export.file.open("rb") as file:
                return hashlib.sha256(file.read()).hexdigest()

        first = digest(finished(asked))
        with clock.at(clock.now() + timedelta(days=400)):
            ReportJob.objects.all().delete()
            again = actions.start_export(asked.organisation, reports, language="en", by=administrator)
            assert digest(finished(again)) == first

    def test_nothing_is_made_twice(self, asked, reports, administrator):
        finished(asked)
        digests = {job.pk: (job.attempts, job.finished_at) for job in ReportJob.objects.all()}
        again = finished(actions.start_export(asked.organisation, reports, language="en", by=administrator))
        assert again.state == "done"
        assert {job.pk: (job.attempts, job.finished_at) for job in ReportJob.objects.all()} == digests

    def test_one_that_failed_says_why_and_is_run_again_or_left_out(self, asked, reports, administrator, client):
        Report.objects.unguarded("test").filter(pk=reports[1].pk).update(snapshot={"format": 1})
        export = finished(asked)
        assert (export.state, export.reason) == ("failed", "items")
        client.force_login(administrator)
        page = client.get(reverse("reports:export", args=[export.public_id])).content.decode()
        assert "Something went wrong while it was made" in page
        assert "Go on without the one that failed" in page
        Report.objects.unguarded("test").filter(pk=reports[1].pk).update(snapshot=reports[1].snapshot)
        client.post(reverse("reports:export_again", args=[export.public_id]))
        assert finished(export).state == "done"

    def test_the_file_goes_on_without_one_that_failed(self, asked, reports, monkeypatch):
        make = papers.make_pdf
        broken = ReportJob.objects.get(report=reports[1]).pk
        monkeypatch.setattr(
            papers, "make_pdf", lambda pk: papers._fail(papers.claim(pk), "error") if pk == broken else make(pk)
        )
        export = finished(asked)
        assert export.state == "failed"
        actions.go_without(export)
        ReportJob.objects.filter(pk=broken).update(state="failed", reason="error")
        export = finished(export)
        assert export.state == "done"
        with export.file.open("rb") as file, zipfile.ZipFile(file) as archive:
            assert [name.rsplit(".")[-1] for name in archive.namelist()] == ["pdf", "xlsx"]
            book = load_workbook(io.BytesIO(archive.read("reports.xlsx")))
        assert len(list(book["Reports"].iter_rows(min_row=2))) == 2, "the workbook has its figures all the same"

    def test_it_expires_and_its_file_goes(self, asked, django_capture_on_commit_callbacks):
        export = finished(asked)
        assert any(name.endswith(".zip") for name in files())
        with clock.at(export.expires_at + timedelta(seconds=1)), django_capture_on_commit_callbacks(execute=True):
            tasks.sweep()
        export.refresh_from_db()
        assert (export.state, export.file.name) == ("expired", "")
        assert not any(name.endswith(".zip") for name in files())

    @pytest.mark.parametrize("count", [1, 3])
    def test_the_pages_ask_the_same_number_of_questions(
        self, count, world, reports, administrator, client, django_assert_max_num_queries
    ):
        more = [
            Report(
                **{
                    field.attname: getattr(reports[0], field.attname)
                    for field in Report._meta.concrete_fields
                    if field.name not in {"id", "public_id"}
                }
            )
            for _n in range(count)
        ]
        for each in more:
            each.save()
            actions.release_to_organisation(each, by=world.lead("ngo"))
        client.force_login(administrator)
        with django_assert_max_num_queries(12):
            assert client.get(reverse("reports:exports")).status_code == 200
        export = actions.start_export(
            administrator.memberships.get().organisation, more, language="en", by=administrator
        )
        with django_assert_max_num_queries(9):
            assert client.get(reverse("reports:export", args=[export.public_id])).status_code == 200


class Killed(BaseException):
    """The worker dies here: nothing after this runs but what the system itself does."""


#: Where a worker can die while it packs: the object that holds the step, its name, and whether before or after it.
STEPS = [
    (exporting, "claim", "after"),
    (exporting, "_add", "before"),
    (exporting, "_add", "after"),
    (exporting, "write", "after"),
    (exporting, "_keep", "before"),
    (exporting, "_keep", "after"),
    (exporting, "_finish", "before"),
    (exporting, "_finish", "after"),
    (papers, "claim", "after"),
    (papers, "make_pdf", "after"),
]


@pytest.mark.parametrize(("owner", "name", "when"), STEPS, ids=lambda each: getattr(each, "__name__", each))
def test_a_worker_killed_at_any_step_is_followed_by_one_that_goes_on(asked, monkeypatch, owner, name, when):
    step = getattr(owner, name)

    def dies(*args, **kwargs):
        if when == "after":
            step(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, dies)
        # A killed process cleans nothing up.
        patch.setattr(exporting.shutil, "rmtree", lambda *args, **kwargs: None)
        with pytest.raises(Killed):
            finished(asked)
    made = {job.pk: job.finished_at for job in ReportJob.objects.filter(state="done")}
    with clock.at(clock.now() + papers.lease() + timedelta(seconds=1)):
        for _n in range(3):
            tasks.sweep()
    asked.refresh_from_db()
    assert asked.state == "done"
    now = {job.pk: job.finished_at for job in ReportJob.objects.filter(state="done")}
    assert {pk: now[pk] for pk in made} == made, "what was there is not made again"
    zips = [each for each in files() if each.endswith(".zip")]
    assert zips == [asked.file.name.rsplit("/")[-1]], "one file in the end"
    assert len([each for each in files() if each.endswith(".pdf")]) == 2
    assert left_in_temp(asked) == []


class TestNoRoom:
    @pytest.mark.parametrize("after", [0, 3_000, 60_000], ids=["at once", "in the workbook", "in the archive"])
    def test_a_full_disk_is_said_and_leaves_nothing_behind(self, asked, administrator, client, after):
        for job in ReportJob.objects.all():
            assert papers.make_pdf(job.pk)
        before = files()
        with full_disk(after=after):
            actions.go_on(asked.pk)
        asked.refresh_from_db()
        assert (asked.state, asked.reason) == ("failed", "room")
        assert files() == before
        assert left_in_temp(asked) == []
        client.force_login(administrator)
        page = client.get(reverse("reports:export", args=[asked.public_id])).content.decode()
        assert "There is no room for it on this installation at the moment." in page
        client.post(reverse("reports:export_again", args=[asked.public_id]))
        assert finished(asked).state == "done"

    def test_no_room_in_the_store_alone(self, asked, monkeypatch):
        for job in ReportJob.objects.all():
            assert papers.make_pdf(job.pk)
        before = files()

        def full(*args, **kwargs):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(WholeFiles, "_save", full)
            actions.go_on(asked.pk)
        asked.refresh_from_db()
        assert (asked.state, asked.reason) == ("failed", "room")
        assert (files(), left_in_temp(asked)) == (before, [])

    def test_a_store_that_does_not_answer(self, asked):
        for job in ReportJob.objects.all():
            assert papers.make_pdf(job.pk)
        with store_away("_save"):
            actions.go_on(asked.pk)
        asked.refresh_from_db()
        assert (asked.state, asked.reason) == ("failed", "store")

    def test_a_pdf_whose_file_is_gone_is_made_once_more(self, asked):
        for job in ReportJob.objects.all():
            assert papers.make_pdf(job.pk)
        job = ReportJob.objects.first()
        job.file.storage.delete(job.file.name)
        assert finished(asked).state == "done"


class TestGiving:
    def test_each_download_is_an_act_that_the_side_reads(self, world, asked, administrator, client):
        export = finished(asked)
        client.force_login(administrator)
        for _n in range(2):
            answer = client.get(reverse("reports:export_file", args=[export.public_id]))
            assert b"".join(answer.streaming_content).startswith(b"PK")
        acts = Act.objects.filter(kind="reports.downloaded")
        assert acts.count() == 4
        assert Act.objects.visible_to(world.leads["ngo"]).filter(kind="reports.downloaded").count() == 4
        assert not Act.objects.visible_to(world.leads["company"]).filter(kind="reports.downloaded").exists()

    def test_a_report_taken_back_since_makes_the_file_void(self, world, asked, reports, administrator, client):
        export = finished(asked)
        actions.take_back(reports[0], by=world.lead("ngo"))
        client.force_login(administrator)
        answer = client.get(reverse("reports:export_file", args=[export.public_id]), follow=True)
        assert "was taken back since" in answer.content.decode()
        export.refresh_from_db()
        assert (export.state, export.file.name) == ("void", "")
        assert client.get(reverse("reports:export_file", args=[export.public_id])).status_code == 404

    def test_the_sweep_throws_a_void_file_away_before_anybody_asks(
        self, world, asked, reports, administrator, django_capture_on_commit_callbacks
    ):
        export = finished(asked)
        counts = []
        for _more in range(2):
            with CaptureQueriesContext(connection) as captured:
                actions.exporting.sweep()
            counts.append(len(captured))
            finished(actions.start_export(asked.organisation, reports[:1], language="en", by=administrator))
        assert len(set(counts)) == 1, "however many files lie there"
        actions.take_back(reports[1], by=world.lead("ngo"))
        with django_capture_on_commit_callbacks(execute=True):
            tasks.sweep()
        export.refresh_from_db()
        assert (export.state, export.reason) == ("void", "taken_back")
        assert not any(export.public_id in name for name in files())

    def test_who_no_longer_administers_gets_nothing(self, asked, administrator, client):
        export = finished(asked)
        administrator.memberships.update(role="member")
        client.force_login(administrator)
        for name in ("export", "export_file"):
            assert client.get(reverse(f"reports:{name}", args=[export.public_id])).status_code == 404

    def test_nobody_else_finds_it(self, world, asked, client):
        export = finished(asked)
        other = User.objects.create_user("other@example.org", name="Other")
        Membership.objects.create(
            user=other, organisation=world.lead("ngo").own_party.organisation, role="administrator"
        )
        for user in (other, world.leads["ngo"], world.leads["company"]):
            client.force_login(user)
            assert client.get(reverse("reports:export", args=[export.public_id])).status_code == 404
            assert client.get(reverse("reports:export_file", args=[export.public_id])).status_code == 404


class TestPages:
    def test_an_administrator_chooses_follows_and_takes(self, world, reports, administrator, client):
        client.force_login(administrator)
        page = client.get(reverse("reports:exports")).content.decode()
        assert page.count('name="report"') == 2
        answer = client.post(reverse("reports:start"), {"report": [reports[0].public_id], "language": "es"})
        export = ReportExport.objects.get()
        assert answer.url == reverse("reports:export", args=[export.public_id])
        assert "0 of 1 reports are made" in client.get(answer.url).content.decode()
        part = client.get(answer.url, headers={"HX-Request": "true"})
        assert "every 2s" in part.content.decode()
        finished(export)
        assert client.get(answer.url, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
        assert "Download the file" in client.get(answer.url).content.decode()

    def test_what_was_not_released_cannot_be_chosen(self, world, reports, administrator, client):
        actions.take_back(reports[0], by=world.lead("ngo"))
        client.force_login(administrator)
        client.post(reverse("reports:start"), {"report": [each.public_id for each in reports], "language": "en"})
        assert [item.report_id for item in ReportExport.objects.get().items.all()] == [reports[1].pk]
        answer = client.post(reverse("reports:start"), {"language": "en"}, follow=True)
        assert "Choose at least one report." in answer.content.decode()
        client.force_login(world.leads["company"])
        assert (
            client.post(reverse("reports:start"), {"report": [reports[1].public_id], "language": "en"}).status_code
            == 404
        )

    def test_a_period_that_ends_before_it_starts_is_said(self, reports, administrator, client):
        client.force_login(administrator)
        day = reports[0].opened_on
        page = client.get(reverse("reports:exports"), {"since": day + timedelta(days=1), "until": day})
        assert "ends before it starts" in page.content.decode()
        assert not page.context["rows"]
        later = client.get(reverse("reports:exports"), {"since": day + timedelta(days=1)})
        assert not later.context["rows"]

    def test_a_report_taken_back_since_is_not_even_named(self, world, asked, reports, administrator, client):
        round = reports[0].round
        client.force_login(administrator)
        page = client.get(reverse("reports:export", args=[asked.public_id])).content.decode()
        assert page.count(round.title()) == 2
        actions.take_back(reports[0], by=world.lead("ngo"))
        page = client.get(reverse("reports:export", args=[asked.public_id])).content.decode()
        assert page.count(round.title()) == 1
