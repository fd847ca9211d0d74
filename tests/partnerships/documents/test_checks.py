from __future__ import annotations

import contextlib
import io
import struct
import zlib
from random import Random

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from partnerships.documents.checks import check, safe_name
from partnerships.documents.states import FileType

from . import files
from .files import upload


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("policy.pdf", files.pdf(), FileType.PDF),
        ("Policy.DOCX", files.word(), FileType.DOCX),
        ("budget.xlsx", files.sheet(), FileType.XLSX),
        ("letter.odt", files.open_document(), FileType.ODT),
        ("well.jpeg", files.photo((40, 30)), FileType.JPEG),
        ("map.png", files.photo((40, 30), kind="PNG"), FileType.PNG),
        ("note.txt", "Réunion à Tandi\n".encode(), FileType.TEXT),
        ("note.txt", "Réunion à Tandi\n".encode("cp1252"), FileType.TEXT),
        ("list.csv", b"a;b\n1;2\n", FileType.CSV),
        ("without an ending", files.pdf(), FileType.PDF),
    ],
)
def test_files_are_told_by_their_content(name: str, content: bytes, found: str) -> None:
    assert check(upload(name, content, "text/html")).content_type == found


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("policy.pdf", files.word(), "content says “Word document”"),
        ("photo.jpg", files.pdf(), "content says “PDF”"),
        ("policy.docx", files.sheet(), "content says “Excel workbook”"),
        ("policy.pdf", b"just words", "content says “Text file”"),
        ("run.exe", b"just words", "name ends in"),
        ("page.html", b"<p>hello</p>", "name ends in"),
        ("policy.pdf", b"MZ\x90\x00\x03" + bytes(200), "cannot take"),
        ("picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "cannot take"),
        ("page.txt", b"<!DOCTYPE html><script>alert(1)</script>", "cannot take"),
        ("all.zip", files.archive({"a.txt": b"a"}), "cannot take"),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Office file"),
        ("photo.jpg", files.photo((40, 30))[:200], "damaged"),
        ("cut.pdf", b"%PDF-1.7\nand nothing more", "damaged"),
        ("cut.docx", files.word()[:900], "damaged"),
        ("locked.pdf", files.pdf("secret"), "password"),
        ("script.pdf", files.pdf_with_script(), "program"),
        ("locked.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
        ("macro.docx", files.word_with({"word/vbaProject.bin": b"x"}), "macros"),
        ("macro.odt", files.open_document(parts={"Basic/Standard/Module1.xml": b"x"}), "macros"),
        ("bomb.docx", files.word_with({"word/media/zeros.bin": bytes(120 * 1024 * 1024)}), "far too large"),
        ("many.docx", files.word_with({f"p/{n}": b"" for n in range(5001)}), "far too large"),
        ("empty.txt", b"", "empty"),
    ],
)
def test_what_lies_hides_or_explodes_is_refused_in_words(name: str, content: bytes, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        check(upload(name, content))


def test_size_is_refused_before_reading(settings) -> None:
    settings.DOCUMENT_MAX_BYTES = 1000

    class Unread(io.BytesIO):
        def read(self, *args: object) -> bytes:
            raise AssertionError("read")

    file = upload("big.pdf", b"x")
    file.file, file.size = Unread(b"x" * 10), 50 * 1024 * 1024
    with pytest.raises(ValidationError, match="The largest we take"):
        check(file)


def test_photos_come_out_small_and_forget_where_they_were_taken() -> None:
    checked = check(upload("well.jpg", files.photo((3000, 1500))))
    with Image.open(io.BytesIO(checked.content)) as picture:
        assert picture.size == (2000, 1000)
        assert not picture.getexif()
    assert b"SecretCamera" not in checked.content
    png = check(upload("well.png", files.photo((50, 20), kind="PNG")))
    assert b"SecretCamera" not in png.content
    assert b"eXIf" not in png.content


def test_a_photo_stands_upright() -> None:
    picture, out, exif = Image.new("RGB", (60, 20)), io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    picture.save(out, "JPEG", exif=exif)
    with Image.open(io.BytesIO(check(upload("a.jpg", out.getvalue())).content)) as drawn:
        assert drawn.size == (20, 60)


@given(st.text(max_size=400))
def test_names_are_harmless(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert len(safe) <= 170
    assert "/" not in safe
    assert "\\" not in safe
    assert safe.isprintable()


@settings(deadline=None)
@given(st.binary(max_size=4000))
def test_any_bytes_are_taken_or_refused_never_an_error(content: bytes) -> None:
    for start in (b"", b"%PDF-", b"PK\x03\x04", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n"):
        try:
            check(upload("x", start + content))
        except ValidationError:
            continue


PROGRAM = b"1 0 <</S/JavaScript/JS(app.alert(1))>>"


@pytest.mark.parametrize(
    "hidden",
    [
        PROGRAM.replace(b"/JavaScript", b"/J#61vaScript"),
        b"1 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode>>stream\r\n" + zlib.compress(PROGRAM) + b"\nendstream",
        b"<</Filter/FlateDecode/Type /ObjStm>>\nstream\n"
        + zlib.compress(PROGRAM.replace(b"Java", b"#4aava"))
        + b"\nend",
    ],
)
def test_a_program_that_hides_in_a_pdf_is_found(hidden: bytes) -> None:
    with pytest.raises(ValidationError) as refused:
        check(upload("plan.pdf", b"%PDF-1.7\n" + hidden + b"\nstartxref\n0\n%%EOF"))
    assert refused.value.code == "macros"


def test_packed_objects_of_a_pdf_that_are_none_do_not_stop_it() -> None:
    odd = b"/ObjStm stream\nno such thing " * 2000 + b"/ObjStm"
    assert check(upload("plan.pdf", b"%PDF-1.7\n" + odd + b"\nstartxref\n0\n%%EOF")).content_type == FileType.PDF


def _damaged(content: bytes, seed: int) -> bytes:
    random, spoilt = Random(seed), bytearray(content)
    for _ in range(random.choice((1, 2, 5, 20))):
        spoilt[random.randrange(len(spoilt))] = random.randrange(256)
    return bytes(spoilt)


@pytest.mark.parametrize(("name", "content"), [("a.docx", files.word()), ("a.xlsx", files.sheet())])
def test_whatever_was_done_to_a_file_it_is_kept_or_refused_with_a_sentence(name: str, content: bytes) -> None:
    for seed in range(400):
        with contextlib.suppress(ValidationError):
            check(upload(name, _damaged(content, seed)))


def test_a_photo_that_nothing_can_be_made_of_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(_picture: object) -> object:
        raise struct.error("required argument is not an integer")

    monkeypatch.setattr("partnerships.documents.checks.ImageOps.exif_transpose", stumble)
    with pytest.raises(ValidationError):
        check(upload("a.jpg", files.photo((40, 30))))
