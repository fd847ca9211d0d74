from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from lifecycle.agreement import papers, queries, tasks
from lifecycle.agreement.models import Agreement, Paper
from partnerships import clock
from partnerships.documents.actions import withdraw_document
from partnerships.documents.models import Document
from partnerships.documents.permissions import can_change_document
from partnerships.looks.paper import NoPaper
from tests.factories import World, sign_in
from tests.lifecycle.agreement.conftest import signed, terms_agreed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_keys(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def paper(world: World) -> Paper:
    terms_agreed(world)
    signed(world)
    return Paper.objects.get()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only the job matters: no rendering."""
    monkeypatch.setattr(papers, "render", lambda frozen: b"%PDF-1.7 pages")
    monkeypatch.setattr(papers.sealing, "seal", lambda pdf: pdf)


def files() -> list[str]:
    found: list[str] = []
    for folder in default_storage.listdir("documents")[0] if default_storage.exists("documents") else []:
        found += default_storage.listdir(f"documents/{folder}")[1]
    return found


def text_of(document: Document) -> str:
    with document.file.open() as file:
        reader = PdfReader(io.BytesIO(file.read()))
        return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_the_pdf_holds_the_text_the_signatures_and_what_proves_them(paper: Paper, world: World) -> None:
    assert tasks.sweep() == 1
    paper.refresh_from_db()
    assert paper.state == "done"
    assert paper.document is not None
    text = text_of(paper.document)
    assert "Memorandum of understanding: Tandi water and livelihoods" in text
    assert "Lead of Sahel Futures" in text
    assert "Board resolution of 3 March" in text
    assert paper.frozen.sha256 in text.replace(" ", "")
    assert "Site safety" in text
    assert "1 January 2027 to 31 December 2032" in text


def test_it_is_tagged_in_its_language_and_sealed(world: World) -> None:
    signed(world, language="fr")
    tasks.make_paper(Paper.objects.get().pk)
    document = Paper.objects.get().document
    assert document is not None
    with document.file.open() as file:
        reader = PdfReader(io.BytesIO(file.read()))
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "fr"
    assert root["/MarkInfo"]["/Marked"]
    # The shipped fonts alone, whatever the machine that made it has.
    fonts: Any = reader.pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    assert {str(fonts[name]["/BaseFont"]).partition("+")[2] for name in fonts} <= {"Report-Sans", "Report-Sans-Bold"}
    assert b"pdfuaid:part" in root["/Metadata"].get_object().get_data()
    assert [f["/FT"] for f in (root["/AcroForm"]["/Fields"][0].get_object(),)] == ["/Sig"]


def test_partners_and_broker_find_it_among_the_documents(paper: Paper, world: World, quick: None) -> None:
    papers.sweep()
    for side, sees in {"ngo": True, "company": True, "broker": True, "community": False}.items():
        assert Document.objects.visible_to(world.leads[side]).exists() is sees


def test_no_partner_alone_takes_it_off_the_pages(paper: Paper, world: World, quick: None, client: Client) -> None:
    papers.sweep()
    document = Document.objects.visible_to(world.leads["ngo"]).get()
    assert not can_change_document(world.ngo, document)
    with pytest.raises(ValidationError, match="amendment"):
        withdraw_document(document, by=world.ngo)
    for side in ("ngo", "company"):
        sign_in(client, world.place(side))
        page = reverse("documents:detail", args=[world.pid, document.public_id])
        assert client.get(page).status_code == 200


def test_it_is_made_from_what_was_frozen_not_from_the_rows(paper: Paper, world: World) -> None:
    Agreement.objects.of(world.partnership).update(title="Tampered")
    papers.make(paper.pk)
    paper.refresh_from_db()
    assert paper.document is not None
    assert "Tampered" not in text_of(paper.document)


def test_the_sweep_may_run_twice(paper: Paper, quick: None) -> None:
    assert papers.sweep() == 1
    assert papers.sweep() == 0
    assert Document.objects.unguarded("count").count() == 1


def test_a_worker_killed_in_the_middle_leaves_it_to_the_next(paper: Paper, quick: None) -> None:
    assert papers.claim(paper.pk) is not None
    # The worker is gone. Another one finds nothing to do before the lease ends …
    assert papers.sweep() == 0
    with clock.at(clock.now() + papers.LEASE + timedelta(seconds=1)):
        # … and then makes it, once.
        assert papers.sweep() == 1
        assert papers.sweep() == 0
    paper.refresh_from_db()
    assert (paper.state, paper.attempts) == ("done", 2)
    assert len(files()) == 1


def test_a_worker_that_wakes_up_late_leaves_nothing_behind(paper: Paper, quick: None) -> None:
    slow = papers.claim(paper.pk)
    assert slow is not None
    with clock.at(clock.now() + papers.LEASE + timedelta(seconds=1)):
        assert papers.make(paper.pk)
    assert not papers._keep(slow, b"%PDF-1.7 late")
    assert Document.objects.unguarded("count").count() == 1
    assert len(files()) == 1


def test_a_failure_is_tried_again_then_shown_with_a_way_on(
    paper: Paper, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(papers, "render", lambda frozen: 1 / 0)
    for attempt in range(1, papers.MAX_ATTEMPTS + 1):
        papers.sweep()
        paper.refresh_from_db()
        assert paper.attempts == attempt
    assert (paper.state, paper.reason, paper.error) == ("failed", "broken", "ZeroDivisionError")
    papers.retry(paper, by=world.company)
    monkeypatch.setattr(papers, "render", lambda frozen: b"%PDF-1.7 pages")
    monkeypatch.setattr(papers.sealing, "seal", lambda pdf: pdf)
    assert papers.sweep() == 1


def test_missing_libraries_are_said_at_once(paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(frozen: Any) -> bytes:
        raise NoPaper("no pango")

    monkeypatch.setattr(papers, "render", missing)
    papers.sweep()
    paper.refresh_from_db()
    assert (paper.state, paper.reason) == ("failed", "libraries")


def test_one_that_kills_every_worker_is_given_up(paper: Paper, quick: None) -> None:
    moment = clock.now()
    for number in range(papers.MAX_ATTEMPTS):
        with clock.at(moment + number * (papers.LEASE + timedelta(seconds=1))):
            assert papers.claim(paper.pk) is not None
    with clock.at(moment + timedelta(hours=1)):
        assert papers.sweep() == 0
    paper.refresh_from_db()
    assert paper.state == "failed"


def test_what_people_typed_cannot_bring_anything_in(world: World) -> None:
    agreement = signed(world)
    frozen = queries.standing_text(agreement)
    assert frozen is not None
    frozen.snapshot = frozen.snapshot.replace(agreement.title, "<img src='file:///etc/passwd'>Title")
    assert papers.render(frozen).startswith(b"%PDF")
