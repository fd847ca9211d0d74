"""A report keeps what one reader may see; page, PDF and spreadsheet say the same."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from evaluation.reports import actions, building, printing, tasks
from evaluation.reports.actions import papers
from evaluation.reports.models import Report, ReportJob
from evaluation.reviews import actions as reviews
from partnerships import clock
from partnerships.history.models import Act
from partnerships.looks import paper
from partnerships.people.models import Membership, User
from tests.running import full_disk, store_away

FORMULA = '=HYPERLINK("http://example.org","click")'
HIDDEN = "zebrafish in the well"


def url(report, name="report", *args):
    return reverse(f"reports:{name}", args=[report.partnership.public_id, report.public_id, *args])


@pytest.fixture
def opened(world):
    round = world.opened(ngo=lambda code: 1 if code.startswith("power") else 3, company=4, comments={"trust.1": HIDDEN})
    finding = reviews.add_finding(round, text=FORMULA, about="power.1", by=world.lead("ngo"))
    reviews.take_stance(finding, stance="dissents", dissent="@SUM(1)", by=world.lead("company"))
    due = round.opening_at.date() + timedelta(days=40)
    reviews.add_action(
        round,
        text="+1 Join",
        owner_party=world.lead("company").own_party,
        due_on=due,
        finding=finding,
        by=world.lead("ngo"),
    )
    return round


@pytest.fixture
def report(world, opened):
    return actions.make_report(opened, audience="partners", by=world.lead("ngo"))


@pytest.fixture
def administrator(world):
    user = User.objects.create_user("admin@example.org", name="Administrator")
    Membership.objects.create(user=user, organisation=world.lead("ngo").own_party.organisation, role="administrator")
    return user


class TestBuilding:
    def test_a_snapshot_survives_its_storage(self, world, opened, report):
        snapshot = building.build(opened, world.lead("ngo"), audience="partners")
        assert snapshot is not None
        stored = Report.objects.unguarded("test").get(pk=report.pk).snapshot
        again = building.from_json(stored)
        assert building.to_json(again) == stored
        assert again.reading.dimensions[0].means == snapshot.reading.dimensions[0].means
        assert again.reading.statements[0].expected == []

    def test_nothing_before_the_opening(self, world):
        round = world.started()
        world.agreed(round, "ngo")
        assert building.build(world.fresh(round), world.lead("ngo"), audience="partners") is None
        with pytest.raises(Exception, match="before the round is opened"):
            actions.make_report(world.fresh(round), audience="partners", by=world.lead("ngo"))

    def test_one_for_all_has_no_comment_and_ones_own_has_only_what_one_reads(self, world, opened):
        for audience, count in (("partners", 0), ("own", 6)):
            made = actions.make_report(opened, audience=audience, by=world.lead("ngo"))
            assert len(building.from_json(made.snapshot).reading.comments) == count
            assert (HIDDEN in str(made.snapshot)) == bool(count)

    def test_the_same_is_not_made_twice_and_a_change_makes_a_new_one(self, world, opened, report):
        assert actions.make_report(opened, audience="partners", by=world.lead("company")).pk == report.pk
        reviews.mark_talked(opened, about="power.1", by=world.lead("ngo"))
        assert actions.make_report(opened, audience="partners", by=world.lead("ngo")).pk != report.pk

    def test_an_old_report_stays_as_it_was(self, world, opened, report, client):
        before = report.snapshot
        reviews.add_finding(opened, text="Later", by=world.lead("ngo"))
        report.refresh_from_db()
        assert report.snapshot == before


class TestWhoReads:
    def test_all_readers_of_the_round_and_nobody_else(self, world, report, administrator, client):
        outsider = User.objects.create_user("outsider@example.org", name="Outsider")
        for user, status in (
            (world.leads["ngo"], 200),
            (world.leads["company"], 200),
            (world.leads["broker"], 200),
            (administrator, 404),
            (outsider, 404),
        ):
            client.force_login(user)
            assert client.get(url(report)).status_code == status, user
            assert client.get(url(report, "sheet")).status_code == status, user
            assert client.post(url(report, "ask")).status_code == (302 if status == 200 else 404), user

    def test_ones_own_stays_on_the_own_side(self, world, opened, client):
        own = actions.make_report(opened, audience="own", by=world.lead("ngo"))
        client.force_login(world.people["ngo"][3])
        assert HIDDEN in client.get(url(own)).content.decode()
        for name in ("company", "broker"):
            client.force_login(world.leads[name])
            assert client.get(url(own)).status_code == 404

    def test_an_administrator_reads_what_was_released_until_it_is_taken_back(
        self, world, report, administrator, client
    ):
        client.force_login(world.leads["ngo"])
        client.post(url(report, "release"))
        client.post(url(report, "release"))
        client.force_login(administrator)
        assert client.get(url(report)).status_code == 200
        assert client.get(reverse("reviews:list", args=[world.partnership.public_id])).status_code == 403
        page = client.get(reverse("reports:exports"))
        assert b"Kessa health posts" in page.content
        assert not Act.objects.visible_to(world.leads["company"]).filter(kind="reports.released").exists()
        client.force_login(world.leads["ngo"])
        client.post(url(report, "take_back"))
        client.force_login(administrator)
        assert client.get(url(report)).status_code == 404

    def test_the_other_sides_administrator_reads_nothing(self, world, report, client):
        other = User.objects.create_user("other-admin@example.org", name="Other")
        Membership.objects.create(
            user=other, organisation=world.lead("company").own_party.organisation, role="administrator"
        )
        actions.release_to_organisation(report, by=world.lead("ngo"))
        client.force_login(other)
        assert client.get(url(report)).status_code == 404
        assert b"Kessa" not in client.get(reverse("reports:exports")).content

    def test_a_member_makes_but_does_not_release(self, world, opened, client):
        client.force_login(world.people["ngo"][3])
        path = reverse("reports:round", args=[world.partnership.public_id, opened.public_id])
        assert client.get(path).status_code == 200
        answer = client.post(path, {"audience": "partners"})
        made = Report.objects.unguarded("test").get()
        assert answer.url == url(made)
        assert client.post(url(made, "release")).status_code == 403


class TestSheet:
    def test_text_is_never_a_formula_and_numbers_are_numbers(self, world, report, client):
        client.force_login(world.leads["company"])
        answer = client.get(url(report, "sheet"))
        book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
        assert book.sheetnames == [
            "Overview", "Contents", "Dimensions", "What holds you together", "Statements", "What to talk about first",
            "Agreed", "In words", "Who answered",
        ]  # fmt: skip
        cells = {cell.value: cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
        assert cells[FORMULA] == "s"
        assert cells["+1 Join"] == "s"
        row = next(book["Dimensions"].iter_rows(min_row=2, max_row=2))
        assert [cell.value for cell in row][1:4] == [1, 3.6, 2.6], "of seven people: 3.6 or more"
        assert row[1].data_type == "n"
        assert answer["Content-Disposition"].startswith("attachment")


class TestPdf:
    def test_it_is_tagged_in_the_readers_language_with_contents(self, world, report):
        data = printing.pdf_of(building.from_json(report.snapshot), language="fr", word="review")
        pdf = PdfReader(io.BytesIO(data))
        assert pdf.trailer["/Root"]["/Lang"] == "fr"
        assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
        text = "\n".join(page.extract_text() for page in pdf.pages)
        assert "(fr)" in text, "the instrument in French"
        assert "Kessa health posts" in text
        assert HIDDEN not in text
        assert FORMULA in text.replace("\n", "")
        assert len(pdf.pages) >= 4

    def test_ones_own_says_so_on_every_page(self, world, opened):
        own = actions.make_report(opened, audience="own", by=world.lead("ngo"))
        html = printing.html_of(building.from_json(own.snapshot), language="en", word="evaluation")
        assert "For Ngo alone" in html
        assert "Evaluation 1" in html
        assert HIDDEN in html

    def test_what_people_write_is_never_markup(self, world, opened):
        reviews.add_finding(opened, text="<img src=file:///etc/passwd>", by=world.lead("ngo"))
        made = actions.make_report(opened, audience="partners", by=world.lead("ngo"))
        html = printing.html_of(building.from_json(made.snapshot), language="en", word="review")
        assert "<img" not in html
        assert paper.to_pdf(html)

    def test_the_page_asks_shows_progress_and_gives_it(self, world, report, client, settings, tmp_path):
        client.force_login(world.leads["company"])
        client.post(url(report, "ask"))
        client.post(url(report, "ask"))
        job = ReportJob.objects.get()
        assert job.state == "queued"
        page = client.get(url(report)).content.decode()
        assert "waits its turn" in page
        assert client.get(url(report, "pdf", job.public_id)).status_code == 404
        part = client.get(url(report, "job", job.public_id), headers={"HX-Request": "true"})
        assert "every 2s" in part.content.decode()
        tasks.sweep()
        tasks.sweep()
        job.refresh_from_db()
        assert (job.state, job.progress, job.attempts) == ("done", 100, 1)
        answer = client.get(url(report, "pdf", job.public_id))
        assert b"".join(answer.streaming_content).startswith(b"%PDF")
        assert answer["Content-Type"] == "application/pdf"
        assert "every 2s" not in client.get(url(report)).content.decode()
        client.force_login(User.objects.create_user("outsider@example.org", name="Outsider"))
        assert client.get(url(report, "pdf", job.public_id)).status_code == 404
        assert client.get(url(report, "job", job.public_id)).status_code == 404

    def test_a_worker_killed_in_the_middle_is_followed_by_another(self, world, report, monkeypatch):
        job = actions.ask_for_pdf(report, language="en", word="review", user=world.leads["ngo"])
        assert papers.claim(job.pk) is not None
        assert papers.claim(job.pk) is None, "it is in somebody's hands"
        tasks.sweep()
        job.refresh_from_db()
        assert job.state == "working"
        with clock.at(clock.now() + actions.lease() + timedelta(seconds=1)):
            tasks.sweep()
        job.refresh_from_db()
        assert (job.state, job.attempts) == ("done", 2)

    def test_a_full_disk_is_said_on_the_page_and_leaves_no_part_of_the_file(self, world, report, client, settings):
        client.force_login(world.leads["ngo"])
        client.post(url(report, "ask"))
        with full_disk(after=8_000):
            tasks.sweep()
        job = ReportJob.objects.get()
        assert (job.state, job.reason, job.attempts) == ("failed", "room", 1)
        assert [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()] == []
        assert "There is no room for it on this installation at the moment." in client.get(url(report)).content.decode()
        client.post(url(report, "ask"))
        tasks.sweep()
        assert ReportJob.objects.get().state == "done"

    def test_a_store_that_does_not_answer_is_said_on_the_page(self, world, report, client):
        client.force_login(world.leads["ngo"])
        client.post(url(report, "ask"))
        with store_away("_save"):
            tasks.sweep()
        assert ReportJob.objects.get().reason == "store"
        assert "The store where files are kept does not answer" in client.get(url(report)).content.decode()
        client.post(url(report, "ask"))
        tasks.sweep()
        assert ReportJob.objects.get().state == "done"

    def test_a_worker_that_was_given_up_changes_nothing_when_it_comes_back(self, world, report):
        job = actions.ask_for_pdf(report, language="en", word="review", user=world.leads["ngo"])
        slow = papers.claim(job.pk)
        assert slow is not None
        with clock.at(clock.now() + actions.lease() + timedelta(seconds=1)):
            assert actions.make_pdf(job.pk)
        assert not papers._still_mine(slow, 90)
        papers._fail(slow, "error")
        job.refresh_from_db()
        assert job.state == "done"

    def test_a_long_report_keeps_its_worker_and_says_how_far_it_is(self, world, report, monkeypatch):
        """Longer than the lease: each page that is laid out renews it, so that nobody takes the work over."""
        job = actions.ask_for_pdf(report, language="en", word="review", user=world.leads["ngo"])
        monkeypatch.setattr(paper, "TELL_EVERY", timedelta())
        seen = []
        keep = papers._still_mine

        def slowly(job, progress):
            held = keep(job, progress)
            seen.append((progress, papers.claim(job.pk)))
            return held

        monkeypatch.setattr(papers, "_still_mine", slowly)
        assert actions.make_pdf(job.pk)
        assert all(other is None for _progress, other in seen)
        assert {31, 32, 33, 34} <= {progress for progress, _other in seen}

    def test_a_worker_that_was_overtaken_stops_in_the_middle_and_leaves_no_file(
        self, world, report, monkeypatch, settings
    ):
        job = actions.ask_for_pdf(report, language="en", word="review", user=world.leads["ngo"])
        monkeypatch.setattr(paper, "TELL_EVERY", timedelta())
        keep, pages = papers._still_mine, []

        def overtaken(job, progress):
            pages.append(progress)
            if progress == 31:
                ReportJob.objects.filter(pk=job.pk).update(claim="another")
            return keep(job, progress)

        monkeypatch.setattr(papers, "_still_mine", overtaken)
        assert not actions.make_pdf(job.pk)
        assert max(pages) == 31
        job.refresh_from_db()
        assert (job.state, job.claim, job.reason) == ("working", "another", "")
        assert not list(settings.MEDIA_ROOT.rglob("*.pdf"))

    def test_a_worker_killed_between_file_and_row_leaves_one_file_in_the_end(
        self, world, report, monkeypatch, settings
    ):
        job = actions.ask_for_pdf(report, language="en", word="review", user=world.leads["ngo"])
        dead = papers.claim(job.pk)
        dead.file.storage.save(papers._file_name(dead, dead.claim), ContentFile(b"%PDF-"))
        assert len(list(settings.MEDIA_ROOT.rglob("*.pdf"))) == 1
        with clock.at(clock.now() + actions.lease() + timedelta(seconds=1)):
            tasks.sweep()
        job.refresh_from_db()
        assert [path.name for path in settings.MEDIA_ROOT.rglob("*.pdf")] == [job.file.name.rsplit("/")[-1]]

    def test_three_dead_workers_are_enough(self, world, report):
        job = actions.ask_for_pdf(report, language="en", word="review", user=world.leads["ngo"])
        moment = clock.now()
        for _n in range(papers.ATTEMPTS_MAX):
            with clock.at(moment):
                assert papers.claim(job.pk) is not None
            moment += actions.lease() + timedelta(seconds=1)
        with clock.at(moment):
            tasks.sweep()
        job.refresh_from_db()
        assert (job.state, job.reason) == ("failed", "stopped")

    @pytest.mark.parametrize(
        ("error", "reason"), [(paper.NoPaper("no pango"), "libraries"), (RuntimeError("odd"), "error")]
    )
    def test_a_failure_says_why_and_can_be_tried_again(self, world, report, client, monkeypatch, error, reason):
        def broken(*args):
            raise error

        monkeypatch.setattr(paper, "to_pdf", broken)
        job = actions.ask_for_pdf(report, language="en", word="review", user=world.leads["ngo"])
        tasks.sweep()
        job.refresh_from_db()
        assert (job.state, job.reason) == ("failed", reason)
        client.force_login(world.leads["ngo"])
        page = client.get(url(report)).content.decode()
        assert str(actions.REASONS[reason]) in page
        assert "Try again" in page
        monkeypatch.undo()
        client.post(url(report, "ask"))
        tasks.sweep()
        job.refresh_from_db()
        assert job.state == "done"

    def test_one_that_fails_does_not_stop_the_others(self, world, opened, report, monkeypatch):
        own = actions.make_report(opened, audience="own", by=world.lead("ngo"))
        Report.objects.unguarded("test").filter(pk=report.pk).update(snapshot={"format": 1})
        for each in (report, own):
            actions.ask_for_pdf(each, language="en", word="review", user=world.leads["ngo"])
        assert actions.sweep() == 1
        assert set(ReportJob.objects.values_list("state", flat=True)) == {"failed", "done"}

    def test_a_done_job_has_its_file(self, world, report):
        with pytest.raises(IntegrityError):
            ReportJob.objects.create(report=report, language="es", state="done", asked_by=world.leads["ngo"])

    def test_a_broker_that_does_not_answer_loses_nothing(self, world, report, client, monkeypatch):
        def down(*args, **kwargs):
            raise OSError("connection refused")

        monkeypatch.setattr(tasks.make_pdf, "delay", down)
        client.force_login(world.leads["ngo"])
        assert client.post(url(report, "ask")).status_code == 302
        assert ReportJob.objects.get().state == "queued"


class TestPages:
    @pytest.mark.parametrize("language", ["en", "fr", "es"])
    def test_the_page_in_three_languages(self, world, report, client, language):
        world.leads["ngo"].language = language
        world.leads["ngo"].save()
        client.force_login(world.leads["ngo"])
        page = client.get(url(report)).content.decode()
        assert page.count("cg-gaps") >= 1
        assert ("(fr)" in page) == (language == "fr")

    def test_before_the_opening_there_is_nothing_to_report(self, world, client):
        round = world.started()
        client.force_login(world.leads["ngo"])
        path = reverse("reports:round", args=[world.partnership.public_id, round.public_id])
        assert client.get(path).status_code == 302
        assert client.post(path, {"audience": "partners"}).status_code == 302
        assert not Report.objects.unguarded("test").exists()
