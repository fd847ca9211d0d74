"""Files as people, and others, would send them; made here, so that nobody needs to trust a binary in the repository."""

from __future__ import annotations

import io
import zipfile

import docx
import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pypdf import PdfWriter


def upload(name: str, content: bytes, content_type: str = "application/octet-stream") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type)


def pdf(password: str = "") -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    writer.write(out)
    return out.getvalue()


def pdf_with_script() -> bytes:
    return pdf().replace(b"/Type /Catalog", b"/Type /Catalog /OpenAction << /S /JavaScript /JS (app.alert(1)) >>")


def word(text: str = "A policy.") -> bytes:
    document, out = docx.Document(), io.BytesIO()
    document.add_paragraph(text)
    document.save(out)
    return out.getvalue()


def sheet() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["=1+1"])
    book.save(out)
    return out.getvalue()


def archive(parts: dict[str, bytes], *, stored: tuple[str, ...] = ()) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content, zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def word_with(parts: dict[str, bytes]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(word())) as file:
        return archive({n: file.read(n) for n in file.namelist()} | parts)


def open_document(kind: str = "text", parts: dict[str, bytes] | None = None) -> bytes:
    mimetype = f"application/vnd.oasis.opendocument.{kind}".encode()
    return archive({"mimetype": mimetype, "content.xml": b"<a/>", **(parts or {})}, stored=("mimetype",))


def photo(size: tuple[int, int] = (3000, 1500), *, place: bool = True, kind: str = "JPEG") -> bytes:
    picture, out = Image.new("RGB", size, (20, 90, 90)), io.BytesIO()
    exif = Image.Exif()
    if place:
        exif[0x010F] = "SecretCamera"
        exif.get_ifd(0x8825).update({1: "S", 2: (13.0, 31.0, 12.0), 3: "W", 4: (71.0, 58.0, 1.0)})
    picture.save(out, kind, exif=exif)
    return out.getvalue()
