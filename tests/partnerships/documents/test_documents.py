from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from partnerships import clock
from partnerships.access.actions import circle_here, open_release, withdraw
from partnerships.access.models import Release
from partnerships.access.states import CircleKind
from partnerships.documents import actions
from partnerships.documents.models import Document
from partnerships.history.models import Act
from partnerships.notices.models import Notice
from tests.factories import World, make_partnership, sign_in
from tests.running import full_disk, store_away

from . import files

EVERYBODY = {"ngo", "company", "broker", "authority", "community"}


@pytest.fixture
def world(db: None) -> World:
    return make_partnership(broker=True, authority=True, community=True)


def test_a_full_disk_is_said_in_the_form_and_leaves_no_part_of_the_file(world: World, settings: Any) -> None:
    sent = {"file": files.upload("notes.txt", b"What we saw.\n" * 20_000), "circle": CircleKind.OWN, "title": "Notes"}
    with full_disk():
        answer = signed_in(world, "ngo").post(page(world, "upload"), sent)
    assert answer.status_code == 200
    assert "There is no room for this file here at the moment." in answer.content.decode()
    assert not Document.objects.unguarded("test").exists()
    assert [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()] == []


def test_a_store_that_does_not_answer_is_said_in_the_form_and_what_was_typed_is_kept(
    world: World, settings: Any
) -> None:
    sent = {"file": files.upload("notes.txt", b"What we saw."), "circle": CircleKind.OWN, "title": "Of the wells"}
    with store_away("_save"):
        answer = signed_in(world, "ngo").post(page(world, "upload"), sent)
    assert answer.status_code == 200
    said = answer.content.decode()
    assert "does not answer at the moment. This file was not kept" in said
    assert "Of the wells" in said
    assert not Document.objects.unguarded("test").exists()


def test_a_file_whose_store_does_not_answer_is_away_for_a_moment(world: World) -> None:
    document = keep(world)
    client = signed_in(world, "ngo")
    client.raise_request_exception = False
    with store_away("_open"):
        answer = client.get(page(world, "file", document.public_id))
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert "The files cannot be reached for a moment" in answer.content.decode()


def test_what_is_deleted_is_gone_also_where_its_file_cannot_be_taken_away_now(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    document = keep(world)
    with store_away("delete"), django_capture_on_commit_callbacks(execute=True):
        assert actions.withdraw_document(document, by=world.place("ngo"))
    assert not Document.objects.unguarded("test").exists()


def test_a_line_that_breaks_while_the_row_is_written_leaves_the_file(
    world: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row may stand after all. What belongs to nobody is swept."""
    # The second one surely does not: its file goes at once.
    for error, left in ((OperationalError, 1), (ValueError, 1)):

        def breaks(*args: Any, error: type[Exception] = error, **kwargs: Any) -> None:
            raise error

        monkeypatch.setattr(actions, "log", breaks)
        with pytest.raises(error):
            keep(world)
        assert len([path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]) == left


def page(world: World, name: str, *args: str) -> str:
    return reverse(f"documents:{name}", args=[world.partnership.public_id, *args])


def signed_in(world: World, who: str) -> Client:
    return sign_in(Client(), world.outsider if who == "outsider" else world.leads[who])


def keep(world: World, who: str = "ngo", circle: str = CircleKind.OWN, name: str = "policy.pdf") -> Document:
    place = world.place(who)
    return actions.store(
        partnership=world.partnership,
        upload=files.upload(name, files.pdf()),
        circle=circle_here(place, circle),
        kind="policy",
        by=place,
    )


def readers(world: World, document: Document) -> set[str]:
    """Who gets the file; everybody else must get 404, on every one of its pages."""
    found = set()
    for who in (*world.leads, "outsider"):
        client = signed_in(world, who)
        answers = {client.get(page(world, n, document.public_id)).status_code for n in ("file", "detail")}
        assert answers in ({200}, {404}), (who, answers)
        if answers == {200}:
            found.add(who)
            assert document.title in client.get(page(world, "list")).content.decode()
        elif who != "outsider":
            assert document.title not in client.get(page(world, "list")).content.decode()
    return found


def test_each_circle_reads_and_nobody_else(world: World) -> None:
    world.leads["colleague"] = world.colleague("ngo").user
    own = {"ngo", "colleague"}
    assert readers(world, keep(world, circle=CircleKind.AUTHOR, name="author.pdf")) == {"ngo"}
    assert readers(world, keep(world, circle=CircleKind.OWN, name="own.pdf")) == own
    assert readers(world, keep(world, circle=CircleKind.CAUCUS, name="caucus.pdf")) == own | {"broker"}
    assert readers(world, keep(world, circle=CircleKind.PARTNERS_ALONE, name="alone.pdf")) == own | {"company"}
    assert readers(world, keep(world, circle=CircleKind.PARTNERS, name="all3.pdf")) == own | {"company", "broker"}
    assert readers(world, keep(world, circle=CircleKind.ALL, name="every.pdf")) == own | EVERYBODY


def test_a_third_partner_reads_nothing_of_the_others(db: None) -> None:
    world = make_partnership(partners=3)
    assert readers(world, keep(world)) == {"ngo"}


def test_released_reads_only_who_opened_and_recall_takes_it_back(world: World) -> None:
    document = keep(world)
    ngo, company = world.place("ngo"), world.place("company")
    bundle = actions.release_document(document, to=circle_here(ngo, CircleKind.PARTNERS), by=ngo)
    assert readers(world, document) == {"ngo"}
    html = signed_in(world, "company").get(page(world, "list")).content.decode()
    assert "Released, not opened" in html
    assert document.title not in html
    open_release(bundle, by=company)
    assert readers(world, document) == {"ngo", "company"}
    detail = signed_in(world, "ngo").get(page(world, "detail", document.public_id)).content.decode()
    assert "Not opened" in detail
    signed_in(world, "ngo").post(reverse("record:recall_release", args=[world.partnership.public_id, bundle.public_id]))
    with pytest.raises(ValidationError, match="recalled"):
        open_release(Release.objects.get(pk=bundle.pk), by=world.place("broker"))
    assert readers(world, document) == {"ngo", "company"}
    detail = signed_in(world, "ngo").get(page(world, "detail", document.public_id)).content.decode()
    assert ("Opened" in detail, "Not opened" in detail) == (True, False), "who had opened it goes on reading"
    told = Notice.objects.filter(kind="documents.released")
    assert {n.recipient.name for n in told if n.recipient} == {"Lead of Corvane Gold", "Lead of Third Chair"}
    assert not any("policy" in str(n.names) for n in told)


def test_only_the_own_side_releases_and_withdraws(world: World) -> None:
    document = keep(world, circle=CircleKind.PARTNERS)
    world.leads["colleague"] = world.colleague("ngo").user
    for who, status in (("company", 403), ("colleague", 403), ("outsider", 404), ("ngo", 200)):
        for name in ("release", "withdraw"):
            assert signed_in(world, who).get(page(world, name, document.public_id)).status_code == status, (who, name)
    with pytest.raises(ValidationError):
        actions.withdraw_document(document, by=world.place("company"))


def test_unseen_is_deleted_with_its_file_and_seen_is_withdrawn(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    unseen, seen = keep(world), keep(world, circle=CircleKind.PARTNERS)
    client = signed_in(world, "ngo")
    assert "Nobody outside your side" in client.get(page(world, "withdraw", unseen.public_id)).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(page(world, "withdraw", unseen.public_id))
        client.post(page(world, "withdraw", seen.public_id))
    assert not default_storage.exists(unseen.file.name)
    assert default_storage.exists(seen.file.name)
    assert readers(world, seen) == {"ngo"}
    kinds = list(Act.objects.order_by("pk").filter(kind__startswith="documents").values_list("kind", flat=True))
    assert kinds == ["documents.stored"] * 2 + ["documents.deleted", "documents.withdrawn"]


def test_released_but_never_opened_leaves_nothing_behind(world: World) -> None:
    document, ngo = keep(world), world.place("ngo")
    bundle = actions.release_document(document, to=circle_here(ngo, CircleKind.PARTNERS), by=ngo)
    assert actions.withdraw_document(document, by=ngo) is True
    bundle.refresh_from_db()
    assert bundle.recalled_at is not None


def test_a_withdrawn_item_leaves_those_who_opened_it(world: World) -> None:
    document, ngo = keep(world), world.place("ngo")
    open_release(
        actions.release_document(document, to=circle_here(ngo, CircleKind.PARTNERS), by=ngo), by=world.place("company")
    )
    withdraw(document, by=ngo)
    assert readers(world, document) == {"ngo"}


def test_the_file_is_saved_never_shown(world: World) -> None:
    document = keep(world, name="Policy “2026”.pdf")
    response = signed_in(world, "ngo").get(page(world, "file", document.public_id))
    assert b"".join(response.streaming_content).startswith(b"%PDF-")  # type: ignore[attr-defined]
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in response["Cache-Control"]
    assert "policy" not in document.file.name.lower()
    assert Client().get(page(world, "file", document.public_id)).status_code == 302


def test_uploading_in_the_browser(world: World) -> None:
    client = signed_in(world, "ngo")
    data = {"file": files.upload("well.jpg", files.photo()), "circle": "own", "kind": "photo", "title": "The well"}
    response = client.post(page(world, "upload"), data, follow=True)
    assert "The well" in response.content.decode()
    document = Document.objects.unguarded("test").get()
    assert (document.original_name, document.content_type) == ("well.jpg", "image/jpeg")
    assert len(document.sha256) == 64
    assert document.size < 100_000


def test_a_lying_file_keeps_what_was_typed(world: World) -> None:
    data = {"file": files.upload("policy.pdf", files.word()), "circle": "own", "title": "Our policy"}
    response = signed_in(world, "ngo").post(page(world, "upload"), data)
    html = response.content.decode()
    assert response.status_code == 200
    assert "content says “Word document”" in html
    assert "Our policy" in html
    assert not Document.objects.unguarded("test").exists()


def test_fifty_megabytes_get_a_sentence_and_are_not_kept(world: World, tmp_path: Any, settings: Any) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    data = {"file": files.upload("film.pdf", b"%PDF-" + bytes(50 * 1024 * 1024)), "circle": "own", "title": "Film"}
    html = signed_in(world, "ngo").post(page(world, "upload"), data).content.decode()
    assert "This file is 50.0\xa0MB. The largest we take is 25.0\xa0MB" in html
    assert 'value="Film"' in html


def test_far_too_large_is_not_even_read(world: World, settings: Any) -> None:
    settings.DOCUMENT_MAX_BYTES = 1000
    data = {"file": files.upload("film.pdf", bytes(20_000)), "circle": "own"}
    assert signed_in(world, "ngo").post(page(world, "upload"), data).status_code == 413


def test_seen_and_conversation(world: World) -> None:
    client = signed_in(world, "company")
    today = clock.today()
    seen = {
        "title": "Delegation chart", "circle": "partners", "seen_by": "A. Lead", "seen_on": today,
        "held_at": "Their legal office",
    }  # fmt: skip
    assert client.post(page(world, "note_seen"), {**seen, "seen_on": today + timedelta(days=3)}).status_code == 200
    assert not Document.objects.unguarded("test").exists()
    assert "Their legal office" in client.post(page(world, "note_seen"), seen, follow=True).content.decode()
    talk = {
        "title": "Dust",
        "circle": "own",
        "talked_with": "Their director",
        "talked_on": today,
        "note": "No new road.",
    }
    assert "No new road." in client.post(page(world, "note_conversation"), talk, follow=True).content.decode()
    document = Document.objects.unguarded("test").get(held="talk")
    assert client.get(page(world, "file", document.public_id)).status_code == 404


def test_chosen_parties_need_a_choice_and_are_not_lumped(world: World) -> None:
    client = signed_in(world, "ngo")
    data = {"file": files.upload("a.txt", b"words"), "circle": "chosen"}
    assert "Choose at least one party" in client.post(page(world, "upload"), data).content.decode()
    data = {
        "file": files.upload("a.txt", b"words"), "circle": "chosen", "parties": [world.party("community").public_id],
    }  # fmt: skip
    client.post(page(world, "upload"), data)
    assert readers(world, Document.objects.unguarded("test").get()) == {"ngo", "community"}


def test_who_left_reads_what_it_could_but_adds_nothing(world: World) -> None:
    document = keep(world, circle=CircleKind.ALL)
    party = world.party("authority")
    party.left_on = date(2026, 1, 1)
    party.save(update_fields=["left_on"])
    client = signed_in(world, "authority")
    assert client.get(page(world, "file", document.public_id)).status_code == 200
    assert client.get(page(world, "upload")).status_code == 403


def test_the_list_asks_the_same_however_long(world: World) -> None:
    def count() -> int:
        client = signed_in(world, "ngo")
        client.get(page(world, "list"))
        with CaptureQueriesContext(connection) as captured:
            client.get(page(world, "list"))
        return len(captured)

    ngo = world.ngo
    counts = []
    for _ in range(3):
        actions.release_document(keep(world), to=circle_here(ngo, CircleKind.PARTNERS), by=ngo)
        counts.append(count())
    assert len(set(counts)) == 1, counts
    assert counts[0] <= 15


def test_long_lists_come_in_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from partnerships.documents import queries

    monkeypatch.setattr(queries, "PAGE", 2)
    for n in range(5):
        keep(world, name=f"paper{n}.pdf")
    client = signed_in(world, "ngo")
    first = client.get(page(world, "list"))
    assert [r["it"].title for r in first.context["documents"]] == ["paper4.pdf", "paper3.pdf"]
    second = client.get(page(world, "list") + first.context["next_url"])
    assert [r["it"].title for r in second.context["documents"]] == ["paper2.pdf", "paper1.pdf"]
